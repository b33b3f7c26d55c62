//! The running kernel and the options it was built with.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Seen;

/// The running kernel, by uname(2), and how it was built.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Kernel {
    /// `Linux`.
    pub system: Seen<String>,
    /// Such as `6.1.0-31-amd64`.
    pub release: Seen<String>,
    /// The options of its build.
    pub config: Seen<KernelConfig>,
}

/// Options of a kernel's build, without their prefix `CONFIG_`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct KernelConfig {
    /// Those that the text names, by name.
    pub options: BTreeMap<String, KernelOption>,
}

/// How an option was built.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum KernelOption {
    /// `y`
    BuiltIn,
    /// `m`
    Module,
    /// `n`, or `is not set`
    LeftOut,
}

impl KernelConfig {
    /// Reads `CONFIG_NAME=y|m|n` lines, as in /proc/config.gz or /boot/config-RELEASE; all else is left out.
    pub fn parse(text: &str) -> Self {
        Self { options: text.lines().filter_map(|line| option(line.trim())).collect() }
    }

    /// Whether it was built at all, as a module too.
    pub fn has(&self, name: &str) -> bool {
        matches!(self.options.get(name), Some(KernelOption::BuiltIn | KernelOption::Module))
    }
}

fn option(line: &str) -> Option<(String, KernelOption)> {
    let (name, value) = line.strip_prefix("CONFIG_")?.split_once('=')?;
    let state = match value.as_bytes().first()? {
        b'y' => KernelOption::BuiltIn,
        b'm' => KernelOption::Module,
        b'n' => KernelOption::LeftOut,
        _ => return None,
    };
    Some((name.to_owned(), state))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_built_in_and_as_modules_are_there_and_comments_are_not() {
        let text = "# a comment\nCONFIG_MEMCG=y\nCONFIG_OVERLAY_FS=m\n# CONFIG_AUFS_FS is not set\n\
                    CONFIG_EXT4_FS=n\nCONFIG_HZ=250\nCONFIG_LOCALVERSION=\"\"\n";
        let config = KernelConfig::parse(text);
        assert!(config.has("MEMCG") && config.has("OVERLAY_FS"));
        assert!(!config.has("AUFS_FS") && !config.has("EXT4_FS") && !config.has("HZ"));
        assert_eq!(config.options.len(), 3);
    }
}
