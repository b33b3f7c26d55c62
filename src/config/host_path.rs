//! Paths of the host that a configuration names, the user's own or a cluster's: absolute, and nowhere upwards. What
//! such a path leads to is to be seen in it, and below a folder that stands for the host it stays in that folder.
//!
//! What a command only reads for its caller (`--config`, `--patches`, a discovery file) is no path of the host: it
//! counts from the folder that the caller is in, and may lead upwards, as with kubeadm.

use std::path::{Component, Path, PathBuf};

use super::error::{ConfigErrors, Place};
use super::given::At;
use super::problem::Problem;
use super::read::is_absolute;

/// Reads a path of the host.
///
/// # Errors
/// [`Problem::NotAbsolute`] or [`Problem::Upwards`].
pub fn host_path(text: &str) -> Result<PathBuf, Problem> {
    if !is_absolute(text) {
        return Err(Problem::NotAbsolute { value: text.to_owned() });
    }
    let path = PathBuf::from(text);
    refuse_upwards(&path).map(|()| path)
}

/// Refuses a path that a flag has given, which counts from the folder that the user is in.
///
/// # Errors
/// [`Problem::Upwards`], at the flag.
pub fn check_path_of_flag(flag: &'static str, path: &Path) -> Result<(), ConfigErrors> {
    let at = At { place: Place::Flag(flag), field: String::new() };
    refuse_upwards(path).map_err(|problem| ConfigErrors(vec![at.refuse(problem)]))
}

/// Refuses a path with a part `..`; `mounts/..data` has none.
///
/// # Errors
/// [`Problem::Upwards`].
pub fn refuse_upwards(path: &Path) -> Result<(), Problem> {
    if path.components().any(|part| part == Component::ParentDir) {
        return Err(Problem::Upwards { value: path.display().to_string() });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_of_the_host_are_absolute_and_lead_nowhere_upwards() {
        for text in ["/", "/etc/kubernetes/pki", "/a/./b//c/", "/var/lib/..data", "/a/b..", "/..."] {
            assert_eq!(host_path(text), Ok(PathBuf::from(text)));
        }
        for text in ["/..", "/etc/kubernetes/../cron.d", "/a/..", "/a//../b", "/./.."] {
            assert_eq!(host_path(text), Err(Problem::Upwards { value: text.to_owned() }));
        }
        for text in ["", "pki", "./pki", "../pki", "~/pki"] {
            assert_eq!(host_path(text), Err(Problem::NotAbsolute { value: text.to_owned() }));
        }
    }

    #[test]
    fn a_flag_is_named_where_its_path_leads_upwards() {
        let errors = check_path_of_flag("kubeconfig-dir", Path::new("/root/../etc")).unwrap_err();
        assert_eq!(errors.to_string(), "--kubeconfig-dir: \"/root/../etc\" must not have '..' in it");
        assert!(check_path_of_flag("kubeconfig-dir", Path::new("/root/etc")).is_ok());
    }
}
