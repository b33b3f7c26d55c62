//! Programs of the host that a minor's preflight looks for.

/// A program that has to be in PATH, or should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Program {
    /// As it is looked for in PATH.
    pub name: &'static str,
    /// What comes of it when it is not there.
    pub missing: Missing,
}

/// What comes of it when a program is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missing {
    /// The host is refused.
    Refused,
    /// The user is warned.
    Warned,
}

/// A program without which the host is refused.
pub const fn needs(name: &'static str) -> Program {
    Program { name, missing: Missing::Refused }
}

/// A program that the user is warned to be without.
pub const fn wants(name: &'static str) -> Program {
    Program { name, missing: Missing::Warned }
}
