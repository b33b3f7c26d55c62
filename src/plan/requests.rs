//! What a configuration wants signed by a CA whose key is elsewhere → keys, requests, and kubeconfigs with a key alone.

use std::path::{Path, PathBuf};

use super::draft::PlanError;
use super::inputs::certificate_path;
use super::renewable::client_item;
use super::{Action, Content, Expect, File, FileKind, Files};
use crate::config::Spec;
use crate::kubeconfig::{self, Kubeconfig};
use crate::pki::{self, Contents, Item, KeySource, MintedFile};

/// One key and its request.
#[derive(Debug)]
pub struct RequestPlan {
    /// kubeadm's name: `apiserver`, `admin.conf`.
    pub name: &'static str,
    /// Writes the key, or the kubeconfig with it, and the request.
    pub action: Action,
}

impl RequestPlan {
    fn of(name: &'static str, files: [File; 2]) -> Self {
        Self { name, action: Action::Replace(files.into()) }
    }

    /// The key, or the kubeconfig with it, and the request.
    pub fn files(&self) -> &[File] {
        self.action.describe().subject.written()
    }
}

/// Every file that would be written, or is in the way of one.
pub fn request_paths(spec: Spec<'_>, kubeconfig_dir: &Path) -> Vec<PathBuf> {
    let leaves = leaves(spec).into_iter().flat_map(|item| [item.key_path(), request_path(item.stem)]);
    let leaves = leaves.map(|below| certificate_path(spec.cluster, &below));
    let kubeconfigs = kubeconfig::FILES.iter().flat_map(|file| {
        [file.name.to_owned(), request_path(file.name)].map(|name| kubeconfig_dir.join(name))
    });
    leaves.chain(kubeconfigs).collect()
}

/// The keys and requests of all leaves, and then those of the kubeconfigs, in kubeadm's order.
///
/// # Errors
/// Every one of [`request_paths`] that is there: a key may belong to a request that is being signed.
pub fn requests(
    spec: Spec<'_>,
    kubeconfig_dir: &Path,
    files: &Files,
    keys: &dyn KeySource,
) -> Result<Vec<RequestPlan>, PlanError> {
    let taken: Vec<String> = request_paths(spec, kubeconfig_dir)
        .iter()
        .filter(|path| files.contains_key(*path))
        .map(|path| path.display().to_string())
        .collect();
    if !taken.is_empty() {
        return Err(PlanError::Taken(taken));
    }
    let leaves = leaves(spec);
    let kubeconfigs = kubeconfig::catalogue(spec);
    let items: Vec<Item> =
        leaves.iter().cloned().chain(kubeconfigs.iter().map(|file| client_item(file, spec).0)).collect();
    let mut pairs = pki::requests(&items, keys)?.into_iter();
    let mut all = Vec::new();
    for (item, pair) in leaves.iter().zip(pairs.by_ref()) {
        let files = pair.map(|file| written(certificate_path(spec.cluster, &file.path), &file));
        all.push(RequestPlan::of(item.name, files));
    }
    for (kubeconfig, pair) in kubeconfigs.iter().zip(pairs) {
        all.push(partial(kubeconfig, kubeconfig_dir, &pair)?);
    }
    Ok(all)
}

fn request_path(stem: &str) -> String {
    format!("{stem}.csr")
}

fn leaves(spec: Spec<'_>) -> Vec<Item> {
    let is_leaf = |item: &Item| match item.contents {
        Contents::Leaf(_) => true,
        Contents::Authority(_) | Contents::ServiceAccountKeys => false,
    };
    pki::catalogue(spec).into_iter().filter(is_leaf).collect()
}

fn partial(
    file: &Kubeconfig,
    folder: &Path,
    [key, request]: &[MintedFile; 2],
) -> Result<RequestPlan, PlanError> {
    let text = kubeconfig::with_key_alone(file, &key.bytes)
        .map_err(|source| PlanError::Render { what: file.name.to_owned(), source })?;
    let kubeconfig = File {
        path: folder.join(file.name),
        kind: FileKind::Kubeconfig,
        content: Content::new(text.expose_secret()),
        expect: Expect::Absent,
    };
    Ok(RequestPlan::of(file.name, [kubeconfig, written(folder.join(&request.path), request)]))
}

fn written(path: PathBuf, file: &MintedFile) -> File {
    File {
        path,
        kind: FileKind::Pki(file.kind),
        content: Content::new(file.bytes.as_slice()),
        expect: Expect::Absent,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kubeconfig::Document;
    use crate::pki::fixtures::{self, KnownKeys};

    fn plan(files: &Files) -> Result<Vec<RequestPlan>, PlanError> {
        requests(fixtures::config().spec(), Path::new("/k"), files, &KnownKeys)
    }

    #[test]
    fn each_certificate_has_a_key_and_a_request() {
        let plan = plan(&Files::new()).unwrap();
        let paths: Vec<_> = plan.iter().flat_map(RequestPlan::files).map(|file| file.path.clone()).collect();
        assert_eq!(paths, request_paths(fixtures::config().spec(), Path::new("/k")));
        assert_eq!(plan.len(), 12);
        assert!(plan.iter().flat_map(RequestPlan::files).all(|file| file.kind.mode() == 0o600));
    }

    #[test]
    fn a_kubeconfig_has_a_key_and_neither_certificate_nor_ca() {
        let plan = plan(&Files::new()).unwrap();
        let admin = plan.iter().find(|plan| plan.name == "admin.conf").unwrap();
        let document = Document::parse(admin.files()[0].content.bytes()).unwrap();
        let user = document.current_user().unwrap();
        assert!(user.client_key_data.is_some() && user.client_certificate_data.is_none());
        assert_eq!(document.current_cluster().unwrap().certificate_authority_data, None);
        assert_eq!(document.current_cluster().unwrap().server, "https://cp.example.com:6444");
    }

    #[test]
    fn nothing_is_made_where_a_file_is_in_the_way() {
        let paths = ["/etc/kubernetes/pki/apiserver.key", "/k/admin.conf"].map(PathBuf::from);
        let taken: Files = paths.into_iter().map(|path| (path, Content::new("x"))).collect();
        assert_eq!(
            plan(&taken).unwrap_err().to_string(),
            "these files exist, and are not overwritten; move them away, or give other folders:\n  \
             /etc/kubernetes/pki/apiserver.key\n  /k/admin.conf"
        );
    }
}
