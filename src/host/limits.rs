//! What the kernel keeps of this process: no core, since its memory holds tokens and keys.

use nix::sys::resource::{Resource, getrlimit, setrlimit};

/// A program that ends by a panic leaves no core behind. Where that cannot be said, it is as it was.
pub fn without_cores() {
    if let Ok((_, hard)) = getrlimit(Resource::RLIMIT_CORE) {
        let _ = setrlimit(Resource::RLIMIT_CORE, 0, hard);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_core_has_no_room() {
        without_cores();
        assert_eq!(getrlimit(Resource::RLIMIT_CORE).unwrap().0, 0);
    }
}
