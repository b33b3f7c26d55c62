//! `certs check-expiration`: the ends of this host's certificates → a table, or a document of kubeadm's.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::failure::CertsFailure;
use super::settings::{Purpose, settings};
use crate::cli::Invocation;
use crate::cli::failure::Failure;
use crate::cli::flags::FlagValues;
use crate::cli::output::{output, screen};
use crate::config::Config;
use crate::host::{Node, Tree, observe};
use crate::plan::{self, ExpirationInputs, Files};
use crate::report::{self, Tables, expiration_document, expiration_table};
use crate::text::in_full;

/// Prints the ends of all certificates and CAs that are here.
pub fn run(node: &Node, given: FlagValues<'_>, invocation: Invocation) -> Result<(), Failure> {
    let output = output(given, "certs check-expiration")?;
    let config = settings(node, node.tree(), given, Purpose::Places)?;
    let kubeconfig_dir = Path::new(plan::KUBERNETES);
    let (files, unread) = read(node.tree(), &config, kubeconfig_dir);
    let keys = present(node, plan::authority_keys(config.spec()));
    let inputs =
        ExpirationInputs { spec: config.spec(), files: &files, kubeconfig_dir, unread: &unread, keys: &keys };
    let all = plan::expirations(&inputs);
    let now = node.now();
    let tables = match invocation {
        Invocation::Kubeadm => Tables::OfKubeadm,
        Invocation::Kubewright => Tables::All,
    };
    let document = expiration_document(&all, now);
    report::document(&output.render(&[document], || expiration_table(&all, tables, now, screen()))?);
    if all.refusals.is_empty() {
        Ok(())
    } else {
        Err(CertsFailure::Unreadable { files: all.refusals }.into())
    }
}

/// The files, and what is in the way of those that are there and cannot be read.
pub fn read(tree: &Tree, config: &Config, kubeconfig_dir: &Path) -> (Files, BTreeMap<PathBuf, String>) {
    let (mut files, mut unread) = (Files::new(), BTreeMap::new());
    let mut take_in = |paths: Vec<PathBuf>, files: &mut Files| {
        for path in paths {
            match tree.read_one(&path) {
                Ok(found) => files.extend(found.map(|found| (path, found.content))),
                Err(error) => drop(unread.insert(path, in_full(&error))),
            }
        }
    };
    take_in(plan::expiration_paths(config.spec(), kubeconfig_dir), &mut files);
    take_in(plan::named_files(&files), &mut files);
    (files, unread)
}

/// A folder that may not be looked into counts as one that holds them.
pub fn present(node: &Node, paths: Vec<PathBuf>) -> Vec<PathBuf> {
    paths.into_iter().filter(|path| observe::exists(node, path).unwrap_or(true)).collect()
}
