//! `certs check-expiration`: the ends of this host's certificates → a table, or a document of kubeadm's.

use std::path::{Path, PathBuf};

use super::settings::{Purpose, settings};
use crate::cli::failure::Failure;
use crate::cli::flags::Given;
use crate::cli::output::output;
use crate::host::Tree;
use crate::host::observe::{self, Root};
use crate::plan::{self, ExpirationInputs, Files};
use crate::report::{self, expiration_document, expiration_table};

pub fn run(given: Given<'_>) -> Result<(), Failure> {
    let output = output(given, "certs check-expiration")?;
    let tree = Tree::new("/");
    let config = settings(given, Purpose::Places, &tree)?;
    let kubeconfig_dir = Path::new(plan::KUBERNETES);
    let found = tree.read(&plan::expiration_paths(&config, kubeconfig_dir))?;
    let files: Files = found.into_iter().map(|(path, found)| (path, found.content)).collect();
    let keys = present(plan::authority_keys(&config));
    let inputs = ExpirationInputs { config: &config, files: &files, kubeconfig_dir, keys: &keys };
    let all = plan::expirations(&inputs)?;
    let now = observe::now();
    let document = expiration_document(&all, now);
    report::out(&output.render(&[document], || expiration_table(&all, now))?);
    Ok(())
}

/// A folder that may not be looked into counts as one that holds them.
fn present(paths: Vec<PathBuf>) -> Vec<PathBuf> {
    let root = Root::default();
    paths.into_iter().filter(|path| observe::exists(&root, path).unwrap_or(true)).collect()
}
