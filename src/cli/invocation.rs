//! The name that the program was called by → whose words it speaks where programs read them, and for which version.

use std::ffi::OsStr;
use std::path::Path;
use std::sync::OnceLock;

use crate::report;

/// `ln -s kubewright /usr/bin/kubeadm` is all that a script has to notice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Invocation {
    /// This program's own words, and any other name but kubeadm's.
    Kubewright,
    /// The answers of a kubeadm: its version, its one exit code for whatever fails, its first lines of errors in a command
    /// line, its warnings where this program by its own name refuses.
    Kubeadm,
}

/// A name that was understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Called {
    /// Whose words are spoken.
    pub invocation: Invocation,
    /// As hints repeat it.
    pub name: String,
    /// That of kubeadm-1.36, as it was written.
    pub version: Option<String>,
}

/// A process has one name.
static CALLED: OnceLock<Called> = OnceLock::new();

/// Before anybody has called it, as in tests.
static NOBODY: OnceLock<Called> = OnceLock::new();

impl Invocation {
    /// The program's name in what it prints.
    pub fn name(self) -> &'static str {
        match self {
            Self::Kubewright => "kubewright",
            Self::Kubeadm => "kubeadm",
        }
    }

    /// How this process was called.
    pub fn now() -> Self {
        called().invocation
    }
}

impl Called {
    /// By the file name of the command line's first word. Any other name than kubeadm's is one that somebody has given
    /// kubewright.
    pub fn of(word: Option<&OsStr>) -> Self {
        let name = word.and_then(|word| Path::new(word).file_name()?.to_str());
        let Some(name) = name.filter(|name| is_plain(name)) else {
            return Self { invocation: Invocation::Kubewright, name: "kubewright".to_owned(), version: None };
        };
        let version = name.strip_prefix("kubeadm-").and_then(version).map(str::to_owned);
        let is_kubeadm = name == "kubeadm" || version.is_some();
        let invocation = if is_kubeadm { Invocation::Kubeadm } else { Invocation::Kubewright };
        Self { invocation, name: name.to_owned(), version }
    }

    /// Makes it the name of this process.
    pub fn remember(self) -> &'static Self {
        report::call_it(&self.name);
        CALLED.get_or_init(|| self)
    }
}

/// How this process was called.
pub fn called() -> &'static Called {
    CALLED.get().unwrap_or_else(|| NOBODY.get_or_init(|| Called::of(None)))
}

/// What a hint can repeat, and a shell takes for one word.
fn is_plain(name: &str) -> bool {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    name.starts_with(|first: char| first.is_ascii_alphanumeric()) && name.chars().all(allowed)
}

/// `1.36`, `v1.36.3`, `1.36.3-amd64` → the version in it.
fn version(rest: &str) -> Option<&str> {
    let number = rest.strip_prefix('v').unwrap_or(rest);
    let version = number.split('-').next().unwrap_or_default();
    let numbers: Vec<&str> = version.split('.').collect();
    let is_number = |text: &&str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let sound = (2..=3).contains(&numbers.len()) && numbers.iter().all(is_number);
    // What follows may be a machine's kind, or the stage of a version before its release.
    let stage = ["-alpha.", "-beta.", "-rc."].iter().any(|stage| number[version.len()..].starts_with(stage));
    sound.then_some(if stage { number } else { version })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(word: &str) -> Called {
        Called::of(Some(OsStr::new(word)))
    }

    #[test]
    fn only_a_file_of_that_name_is_kubeadm() {
        for word in ["kubeadm", "/usr/bin/kubeadm", "./kubeadm", "kubeadm-1.36"] {
            assert_eq!(of(word).invocation, Invocation::Kubeadm, "{word}");
        }
        for word in ["kubewright", "/opt/kubeadm/kubewright", "kubeadm-linux", "kubeadm2", "kubeadm-1", ""] {
            assert_eq!(of(word).invocation, Invocation::Kubewright, "{word}");
        }
        assert_eq!(Called::of(None).invocation, Invocation::Kubewright);
    }

    #[test]
    fn a_name_may_say_the_version() {
        for (word, version) in [
            ("/opt/bin/kubeadm-1.36", Some("1.36")),
            ("kubeadm-v1.36.3", Some("1.36.3")),
            ("kubeadm-1.36.3-amd64", Some("1.36.3")),
            ("kubeadm-1.37.0-rc.1", Some("1.37.0-rc.1")),
            ("kubeadm-1.20", Some("1.20")),
            ("kubeadm", None),
            ("kubeadm-amd64", None),
            ("kubeadm-1.36.x", None),
            ("kubewright-1.36", None),
        ] {
            assert_eq!(of(word).version.as_deref(), version, "{word}");
        }
    }

    #[test]
    fn hints_repeat_any_name_that_a_shell_takes() {
        for (word, name) in [
            ("/opt/bin/kw", "kw"),
            ("kubeadm-1.36", "kubeadm-1.36"),
            ("-bash", "kubewright"),
            ("a b", "kubewright"),
            ("\u{1b}[1m", "kubewright"),
        ] {
            assert_eq!(of(word).name, name);
        }
    }
}
