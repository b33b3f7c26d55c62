//! Checks of files and folders that must not be there yet, or must be there already.

use std::path::Path;

use super::Finding;
use super::machine::unseen_error;
use super::subjects::{self, MANIFESTS};
use crate::config::Spec;
use crate::facts::{Facts, FolderState};

/// FileAvailable: no manifest of a control plane is there yet.
pub fn manifests(_: Spec<'_>, facts: &Facts) -> Vec<Finding> {
    MANIFESTS.iter().filter_map(|path| manifest(path, facts)).collect()
}

/// Of all that [`manifests`] looks at.
pub fn manifest_ids(_: Spec<'_>) -> Vec<String> {
    MANIFESTS.iter().map(|path| path_id("FileAvailable", Path::new(path))).collect()
}

fn manifest(path: &str, facts: &Facts) -> Option<Finding> {
    let id = path_id("FileAvailable", Path::new(path));
    let finding = match facts.file(Path::new(path)) {
        Ok(false) => return None,
        Ok(true) => Finding::error(id, format!("{path} already exists"))
            .seen("a control plane was set up, or begun, here before"),
        // What may not be looked at may as well be free; the write says so if not.
        Err(unseen) => unseen_error(id, &unseen).into_warning(),
    };
    Some(finding.fix(begin_afresh(path)))
}

/// A file that is here and that init would write otherwise.
pub fn in_the_way(path: &Path, why: impl Into<String>) -> Finding {
    let shown = path.display();
    Finding::error(path_id("FileAvailable", path), format!("{shown} already exists"))
        .seen(why)
        .fix(format!("init with the arguments of before; {}", begin_afresh(&shown.to_string())))
}

fn begin_afresh(path: &str) -> String {
    format!("to begin afresh: kubewright reset, or rm {path}")
}

/// etcd takes up whatever data it finds, so it has to find none.
pub fn etcd_folder(spec: Spec<'_>, facts: &Facts) -> Vec<Finding> {
    subjects::etcd_folder(spec).and_then(|path| folder(path, facts)).into_iter().collect()
}

/// Of all that [`etcd_folder`] looks at.
pub fn folder_ids(spec: Spec<'_>) -> Vec<String> {
    subjects::etcd_folder(spec).map(|path| path_id("DirAvailable", path)).into_iter().collect()
}

fn folder(path: &Path, facts: &Facts) -> Option<Finding> {
    let id = path_id("DirAvailable", path);
    let shown = path.display();
    let finding = match facts.folder(path) {
        Ok(FolderState::Missing | FolderState::Empty) => return None,
        Ok(FolderState::Filled) => Finding::error(id, format!("{shown} is not empty"))
            .seen("it holds the data of an etcd that ran here before"),
        Err(unseen) => unseen_error(id, &unseen),
    };
    Some(finding.fix(format!(
        "move the data away: mv {shown} {shown}.old; or, if it is of no more use, kubewright reset"
    )))
}

/// ExternalEtcdClientCertificates: the CA, certificate and key that the configuration names are there.
pub fn etcd_client_files(spec: Spec<'_>, facts: &Facts) -> Vec<Finding> {
    let missing = |path: &Path| {
        let finding = match facts.file(path) {
            Ok(true) => return None,
            Ok(false) => Finding::error(ETCD_FILES, format!("{} doesn't exist", path.display()))
                .seen("etcd.external of the configuration names it"),
            Err(unseen) => unseen_error(ETCD_FILES, &unseen),
        };
        Some(finding.fix(format!("copy it from an etcd host to {}", path.display())))
    };
    subjects::etcd_client_files(spec).iter().filter_map(|path| missing(path)).collect()
}

/// Of all that [`etcd_client_files`] looks at.
pub fn client_ids(spec: Spec<'_>) -> Vec<String> {
    let is_asked = !subjects::etcd_client_files(spec).is_empty();
    is_asked.then(|| ETCD_FILES.to_owned()).into_iter().collect()
}

const ETCD_FILES: &str = "ExternalEtcdClientCertificates";

/// kubeadm writes a path into an id with each slash as a dash.
fn path_id(kind: &str, path: &Path) -> String {
    format!("{kind}-{}", path.display().to_string().replace('/', "-"))
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{external_etcd, ids, unseen};
    use super::*;
    use crate::config::fixture::config;

    #[test]
    fn each_manifest_that_is_there_is_named() {
        let all = |facts: &mut Facts| facts.files.values_mut().for_each(|file| *file = Ok(true));
        let wanted = [
            "error FileAvailable--etc-kubernetes-manifests-kube-apiserver.yaml",
            "error FileAvailable--etc-kubernetes-manifests-kube-controller-manager.yaml",
            "error FileAvailable--etc-kubernetes-manifests-kube-scheduler.yaml",
            "error FileAvailable--etc-kubernetes-manifests-etcd.yaml",
        ];
        assert_eq!(ids(manifests, config().spec(), all), wanted);
        assert!(ids(manifests, config().spec(), |_| ()).is_empty());
    }

    #[test]
    fn etcd_s_folder_may_be_missing_or_empty_but_not_filled() {
        for (state, wanted) in [
            (Ok(FolderState::Missing), vec![]),
            (Ok(FolderState::Empty), vec![]),
            (Ok(FolderState::Filled), vec!["error DirAvailable--var-lib-etcd"]),
            (Err(unseen()), vec!["error DirAvailable--var-lib-etcd"]),
        ] {
            let set =
                |facts: &mut Facts| facts.folders.values_mut().for_each(|folder| *folder = state.clone());
            assert_eq!(ids(etcd_folder, config().spec(), set), wanted);
        }
    }

    #[test]
    fn an_external_etcd_leaves_the_local_folder_alone_and_needs_its_client_files() {
        let filled = |facts: &mut Facts| {
            facts.folders.values_mut().for_each(|folder| *folder = Ok(FolderState::Filled));
            facts.files.insert("/etc/etcd/ca.crt".into(), Ok(true));
            facts.files.insert("/etc/etcd/client.crt".into(), Ok(false));
            facts.files.insert("/etc/etcd/client.key".into(), Ok(false));
        };
        assert!(ids(etcd_folder, external_etcd().spec(), filled).is_empty());
        let id = "error ExternalEtcdClientCertificates";
        assert_eq!(ids(etcd_client_files, external_etcd().spec(), filled), [id, id]);
    }
}
