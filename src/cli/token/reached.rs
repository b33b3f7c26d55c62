//! The cluster that a command of `token` is about: its kubeconfig, and the way to its tokens.

use std::path::{Path, PathBuf};

use super::failure::TokenFailure;
use crate::cli::failure::Failure;
use crate::cli::flags::FlagValues;
use crate::cli::request::absolute;
use crate::host::{FileError, Node, TokenStore, observe};
use crate::kubeconfig::authority_file;
use crate::plan::{Content, Files};
use crate::report::Detail;

/// A cluster whose tokens can be asked for.
#[derive(Debug)]
pub struct Reached {
    /// The path of the kubeconfig that leads there.
    pub kubeconfig: PathBuf,
    /// The kubeconfig, and the CA's file where it names one.
    pub files: Files,
    /// Its tokens.
    pub store: TokenStore,
}

impl Reached {
    /// By `--kubeconfig`, or by the first of the usual ones that is there.
    pub fn open(node: &Node, given: FlagValues<'_>, detail: Detail) -> Result<Self, Failure> {
        let named = given.text("kubeconfig").filter(|path| !path.is_empty());
        let tried = named.map_or_else(|| observe::kubeconfigs(node), |path| vec![path.into()]);
        let Some((kubeconfig, content)) = first(node, &tried).map_err(TokenFailure::ReadKubeconfig)? else {
            return Err(TokenFailure::NoKubeconfig { tried }.into());
        };
        super::detail(detail, &format!("reaching the cluster by {}", kubeconfig.display()));
        let store = TokenStore::open(&kubeconfig, &content)?;
        let mut files = Files::new();
        if let Some(path) = authority_file(content.bytes(), &kubeconfig)
            && let Some(authority) = read(node, &path)?
        {
            files.insert(path, authority);
        }
        files.insert(kubeconfig.clone(), content);
        Ok(Self { kubeconfig, files, store })
    }
}

fn first(node: &Node, paths: &[PathBuf]) -> Result<Option<(PathBuf, Content)>, FileError> {
    for path in paths {
        if let Some(content) = read(node, path)? {
            return Ok(Some((path.clone(), content)));
        }
    }
    Ok(None)
}

/// A path that the user gives counts from the folder that he is in.
fn read(node: &Node, path: &Path) -> Result<Option<Content>, FileError> {
    node.tree().read_named(&absolute(path)?)
}
