//! The files that a kubeconfig names, as client-go finds them: a path counts from the kubeconfig's own folder, and data that
//! stands in the kubeconfig goes before a file.

use std::path::{Path, PathBuf};

use super::document::{AuthInfo, Document};

/// The CA's file, where the text names one and does not carry the CA itself; `kubeconfig` is the text's own path.
pub fn authority_file(text: &[u8], kubeconfig: &Path) -> Option<PathBuf> {
    let document = Document::parse(text).ok()?;
    Some(beside(kubeconfig, document.current_cluster()?.authority_file()?))
}

/// The files of the CA, the client certificate and its key that the current context leads to.
pub fn named_files(text: &[u8], kubeconfig: &Path) -> Vec<PathBuf> {
    let Ok(document) = Document::parse(text) else { return Vec::new() };
    let authority = document.current_cluster().and_then(|cluster| cluster.authority_file());
    let user = document.current_user();
    let named = [authority, user.and_then(AuthInfo::certificate_file), user.and_then(AuthInfo::key_file)];
    named.into_iter().flatten().map(|path| beside(kubeconfig, path)).collect()
}

/// A path that is written in the kubeconfig with this path.
pub fn beside(kubeconfig: &Path, path: &str) -> PathBuf {
    kubeconfig.parent().unwrap_or(Path::new("")).join(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "{kind: Config, apiVersion: v1, current-context: c, contexts: [{name: c, context: {cluster: k, user: u}}], \
        clusters: [{name: k, cluster: {certificate-authority: pki/ca.crt}}], \
        users: [{name: u, user: {client-certificate: ../u.crt, client-key: /u.key}}]}";

    #[test]
    fn a_path_counts_from_the_kubeconfig_s_folder() {
        let at = Path::new("/etc/kubernetes/admin.conf");
        assert_eq!(authority_file(TEXT.as_bytes(), at), Some("/etc/kubernetes/pki/ca.crt".into()));
        let named = ["/etc/kubernetes/pki/ca.crt", "/etc/kubernetes/../u.crt", "/u.key"].map(PathBuf::from);
        assert_eq!(named_files(TEXT.as_bytes(), at), named);
        assert_eq!(authority_file(TEXT.as_bytes(), Path::new("admin.conf")), Some("pki/ca.crt".into()));
    }

    #[test]
    fn data_goes_before_a_file() {
        let text = TEXT.replace("client-key:", "client-key-data: aw==, client-key:");
        let text = text
            .replace("certificate-authority:", "certificate-authority-data: Yw==, certificate-authority:");
        assert_eq!(named_files(text.as_bytes(), Path::new("/k/a.conf")), [PathBuf::from("/k/../u.crt")]);
        let blank = text.replace("aw==", "''");
        assert_eq!(named_files(blank.as_bytes(), Path::new("/k/a.conf"))[1], PathBuf::from("/u.key"));
    }
}
