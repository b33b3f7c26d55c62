//! A kubeconfig → how nodes reach the cluster that it leads to.

use std::path::Path;

use super::draft::PlanError;
use super::host_effects::{missing, unusable};
use super::{Content, Files};
use crate::join::JoinCommand;
use crate::kubeconfig::{Document, Reach, authority_file};
use crate::pki;

/// The server and the CA of the current context; `files` holds the kubeconfig, and the CA's file where it names one.
pub fn reach(kubeconfig: &Path, files: &Files) -> Result<Reach, PlanError> {
    let text: &Content =
        files.get(kubeconfig).ok_or_else(|| missing(kubeconfig, "`init phase kubeconfig admin`"))?;
    let document = Document::parse(text.bytes()).map_err(|error| unusable(kubeconfig, &error))?;
    let authority = authority_file(text.bytes(), kubeconfig).and_then(|file| files.get(&file));
    let found = document.reach(authority.map(Content::bytes));
    found.ok_or_else(|| unusable(kubeconfig, &"its current context leads to no cluster with a CA"))
}

/// The command with which nodes join that cluster; every certificate of its CA has its pin there.
///
/// # Errors
/// The kubeconfig is not among the files, cannot be read, or leads to no cluster with a CA.
pub fn join_command(kubeconfig: &Path, files: &Files) -> Result<JoinCommand, PlanError> {
    let reach = reach(kubeconfig, files)?;
    let ca_cert_hashes =
        pki::ca_cert_hashes(&reach.authority).map_err(|error| unusable(kubeconfig, &error))?;
    Ok(JoinCommand { endpoint: reach.server.trim_start_matches("https://").to_owned(), ca_cert_hashes })
}

#[cfg(test)]
mod tests {
    use super::*;

    const KUBECONFIG: &str = "/etc/kubernetes/admin.conf";

    fn files(ca: &[u8]) -> Files {
        let text = "{kind: Config, current-context: a, contexts: [{name: a, context: {cluster: k, user: a}}], \
                    clusters: [{name: k, cluster: {server: 'https://[fd00::1]:6443', certificate-authority: /ca.crt}}]}";
        Files::from([(KUBECONFIG.into(), Content::new(text)), ("/ca.crt".into(), Content::new(ca))])
    }

    #[test]
    fn a_ca_that_a_kubeconfig_names_is_pinned_as_one_inside_it() {
        let command =
            join_command(Path::new(KUBECONFIG), &files(include_bytes!("../../tests/golden/pki/rsa-ca.crt")))
                .unwrap();
        assert_eq!(command.endpoint, "[fd00::1]:6443");
        assert_eq!(
            command.ca_cert_hashes,
            ["sha256:211878b6d736fb78459c3ea9bc081d809b935c2372714dd9510707a65d4b3758"]
        );
    }

    #[test]
    fn what_keeps_a_kubeconfig_from_being_used_is_said_with_its_path() {
        let said = |files: &Files| join_command(Path::new(KUBECONFIG), files).unwrap_err().to_string();
        assert!(said(&Files::new()).starts_with("there is no /etc/kubernetes/admin.conf"));
        assert!(said(&files(b"no PEM")).starts_with("/etc/kubernetes/admin.conf cannot be used"));
        let mut lacking = files(b"");
        lacking.remove(Path::new("/ca.crt"));
        assert_eq!(
            said(&lacking),
            "/etc/kubernetes/admin.conf cannot be used: its current context leads to no cluster with a CA"
        );
    }
}
