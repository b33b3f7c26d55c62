//! The program that a kubeconfig has its credentials from: found and called as client-go does it, and within a limit. It is an
//! administrator's own, and needs the environment that the others are not given.
#![expect(clippy::disallowed_methods, reason = "this is a module that starts processes")]

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use super::child::{ChildError, Ended, Within};

/// One that asks a cloud or a token's server.
const LIMIT: Duration = Duration::from_mins(1);
/// A chain of certificates and a key.
const MOST: usize = 1 << 20;

/// One call of it.
#[derive(Debug, Clone)]
pub struct PluginCall<'a> {
    /// Its path, from [`find_plugin`].
    pub program: &'a Path,
    /// Behind it.
    pub arguments: &'a [&'a str],
    /// What it finds in its environment beside that of this program.
    pub environment: &'a [(&'a str, &'a str)],
}

impl PluginCall<'_> {
    /// Runs it to its end, or ends it and all that it has started when its time is up.
    pub fn run(&self) -> Result<Ended, ChildError> {
        let mut command = Command::new(self.program);
        command.args(self.arguments).envs(self.environment.iter().copied());
        // What it is called with may be a secret.
        let shown = self.program.display().to_string();
        Within { limit: LIMIT, most: MOST, shown }.run(command, "")
    }
}

/// A path counts from the kubeconfig's `folder`; a name is looked for by `PATH`, but in no folder that is only named from where
/// this program happens to run, as in Go.
pub fn find_plugin(command: &str, folder: &Path) -> Option<PathBuf> {
    let is_program = |path: &PathBuf| which::which_in(path, None::<&str>, "/").is_ok();
    if command.contains('/') {
        return std::path::absolute(folder.join(command)).ok().filter(is_program);
    }
    let path = env::var_os("PATH").unwrap_or_default();
    let folders = env::split_paths(&path).filter(|folder| folder.is_absolute());
    folders.map(|folder| folder.join(command)).find(is_program)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_path_counts_from_the_kubeconfig_and_a_name_from_no_relative_folder() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("plug-in");
        std::fs::write(&path, "#!/bin/sh\n").unwrap();
        assert_eq!(find_plugin("./plug-in", folder.path()), None, "nobody may run it");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        assert_eq!(find_plugin("./plug-in", folder.path()), Some(folder.path().join("./plug-in")));
        assert_eq!(find_plugin("plug-in", folder.path()), None);
        assert!(find_plugin("sh", Path::new("/")).unwrap().is_absolute());
    }

    #[test]
    fn it_has_the_environment_and_what_the_kubeconfig_adds() {
        let arguments = ["-c", "echo $HOME $ADDED"];
        let environment = [("ADDED", "x")];
        let program = Path::new("/bin/sh");
        let ended = PluginCall { program, arguments: &arguments, environment: &environment }.run().unwrap();
        assert!(ended.out.ends_with("x\n") && ended.out.starts_with('/'), "{}", ended.out);
        let endless = ["-c", "exec cat /dev/zero # hunter2"];
        let error = PluginCall { program, arguments: &endless, environment: &[] }.run().unwrap_err();
        assert_eq!(error.to_string(), "`/bin/sh` said more than 1 MiB, and was ended");
    }
}
