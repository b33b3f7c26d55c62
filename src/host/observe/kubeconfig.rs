//! Which kubeconfigs a user has.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::host::node::Node;

const ADMIN: &str = "/etc/kubernetes/admin.conf";

/// Where a kubeconfig is looked for that nobody has named, in order: the files of `KUBECONFIG`, or `~/.kube/config`
/// where that is not set, and then the administrator's. This is kubeadm's order, not that of its help, which names the
/// last alone.
pub fn kubeconfigs(node: &Node) -> Vec<PathBuf> {
    let value = |name| node.variable(name).filter(|value| !value.is_empty());
    places(value("KUBECONFIG"), value("HOME"))
}

fn places(kubeconfig: Option<OsString>, home: Option<OsString>) -> Vec<PathBuf> {
    let mut all: Vec<PathBuf> = match (kubeconfig, home) {
        (Some(list), _) => std::env::split_paths(&list).filter(|path| !path.as_os_str().is_empty()).collect(),
        (None, Some(home)) => vec![Path::new(&home).join(".kube/config")],
        (None, None) => Vec::new(),
    };
    all.push(ADMIN.into());
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(kubeconfig: Option<&str>, home: Option<&str>) -> Vec<String> {
        let all = places(kubeconfig.map(Into::into), home.map(Into::into));
        all.iter().map(|path| path.display().to_string()).collect()
    }

    #[test]
    fn a_user_s_own_come_before_the_administrator_s() {
        assert_eq!(found(None, Some("/root")), ["/root/.kube/config", ADMIN]);
        assert_eq!(found(None, None), [ADMIN]);
    }

    #[test]
    fn kubeconfig_s_list_stands_in_for_the_one_at_home() {
        assert_eq!(found(Some("/a::/b"), Some("/root")), ["/a", "/b", ADMIN]);
    }
}
