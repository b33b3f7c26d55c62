//! Programs of the host that a minor's preflight looks for.

/// A program that has to be in PATH, or should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Program {
    pub name: &'static str,
    pub missing: Missing,
}

/// What comes of it when a program is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Missing {
    Refused,
    Warned,
}

pub const fn needs(name: &'static str) -> Program {
    Program { name, missing: Missing::Refused }
}

pub const fn wants(name: &'static str) -> Program {
    Program { name, missing: Missing::Warned }
}
