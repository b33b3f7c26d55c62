//! What CNI lets networks, containers and interfaces be called (libcni's `ValidateNetworkName`, `ValidateContainerID` and
//! `ValidateInterfaceName`).

/// The kernel's limit, less the end of the text.
const INTERFACE: usize = 15;

/// Of a network, or a container: a letter or a digit, then those, `_`, `.` and `-`.
pub(super) fn is_of_network(name: &str) -> bool {
    let rest = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
    name.starts_with(|c: char| c.is_ascii_alphanumeric()) && name.chars().all(rest)
}

/// Narrower than CNI's rule in one: no program takes it for a flag. What is in no name of an interface is in no path either.
pub(super) fn is_of_interface(name: &str) -> bool {
    let odd = |c: char| matches!(c, '/' | ':') || c.is_whitespace() || c.is_control() || !c.is_ascii();
    (1..=INTERFACE).contains(&name.len())
        && !matches!(name, "." | "..")
        && !name.starts_with('-')
        && !name.contains(odd)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_that_cni_allows() {
        for name in ["bridge", "k8s-pod-network", "a_b.c-1", "0"] {
            assert!(is_of_network(name), "{name}");
        }
        for name in ["", ".", "..", "-a", "_a", "a/b", "../a", "a b", "a\n", "a\0", "\u{fc}"] {
            assert!(!is_of_network(name), "{name:?}");
        }
    }

    #[test]
    fn interfaces_are_those_of_the_kernel() {
        for name in ["cni0", "a.b", "veth123456789ab", "_x"] {
            assert!(is_of_interface(name), "{name}");
        }
        for name in ["", ".", "..", "-a", "a/b", "a:b", "a b", "0123456789abcdef", "a\n"] {
            assert!(!is_of_interface(name), "{name:?}");
        }
    }
}
