//! The name that the program was called by → whose words it speaks where programs read them.

use std::ffi::OsStr;
use std::path::Path;

/// `ln -s kubewright /usr/bin/kubeadm` is all that a script has to notice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Invocation {
    Kubewright,
    /// The answers of the newest kubeadm that this program carries: its version, its one exit code for whatever fails,
    /// its first lines of errors in a command line.
    Kubeadm,
}

impl Invocation {
    /// By the file name of the command line's first word. Any other name is one that somebody has given kubewright.
    pub fn of(word: Option<&OsStr>) -> Self {
        let name = word.and_then(|word| Path::new(word).file_name());
        if name == Some(OsStr::new("kubeadm")) { Self::Kubeadm } else { Self::Kubewright }
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::Kubewright => "kubewright",
            Self::Kubeadm => "kubeadm",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_file_of_that_name_is_kubeadm() {
        let of = |word: &str| Invocation::of(Some(OsStr::new(word)));
        for word in ["kubeadm", "/usr/bin/kubeadm", "./kubeadm"] {
            assert_eq!(of(word), Invocation::Kubeadm, "{word}");
        }
        for word in ["kubewright", "/opt/kubeadm/kubewright", "kubeadm-1.36", ""] {
            assert_eq!(of(word), Invocation::Kubewright, "{word}");
        }
        assert_eq!(Invocation::of(None), Invocation::Kubewright);
    }
}
