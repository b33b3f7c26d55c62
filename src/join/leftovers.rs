//! What an earlier join left on this host: its own, which is gone on from, or a stranger's, which is refused.

use std::path::Path;

use super::credentials::is_blank;
use crate::facts::{Facts, FolderState, PortState};
use crate::kubeconfig::{Document, Reach};
use crate::pki::{self, FoundCert};
use crate::preflight::Finding;

/// A file that tells which cluster an earlier run was about.
#[derive(Debug, Clone, Copy)]
pub struct Trace<'a> {
    /// Absolute, on this host.
    pub path: &'a Path,
    /// How its CAs are read.
    pub kind: TraceKind,
    /// The file's bytes.
    pub content: &'a [u8],
}

/// In what form a trace names the CAs of its cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TraceKind {
    /// A kubeconfig: the CAs of the current context's cluster.
    Kubeconfig,
    /// CA certificates as PEM, as in `ca.crt`.
    Authority,
}

/// Whether an earlier run was here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Earlier {
    /// None of the traces is there, or all are blank.
    NothingFound,
    /// It was about the same cluster: what it left is this run's own.
    OfThisCluster,
}

/// `authority` is the PEM of the CA of the cluster that is joined. What trusts other CAs only is refused, a finding a file; while
/// a cluster changes its CA, a file may have both, and the join one.
///
/// # Errors
/// A finding for each trace that trusts none of the cluster's CAs, or that cannot be read.
pub fn previous_join(traces: &[Trace<'_>], authority: &[u8]) -> Result<Earlier, Vec<Finding>> {
    let known = authorities(authority);
    let is_ours = |trace: &&Trace<'_>| {
        let trusted = trusted_by(trace);
        trusted.iter().any(|cert| known.contains(cert))
    };
    let mut traces = traces.iter().filter(|trace| !is_blank(trace.content)).peekable();
    let nothing = traces.peek().is_none();
    let strange: Vec<Finding> = traces.filter(|trace| !is_ours(trace)).map(stranger).collect();
    match (strange.is_empty(), nothing) {
        (false, _) => Err(strange),
        (true, true) => Ok(Earlier::NothingFound),
        (true, false) => Ok(Earlier::OfThisCluster),
    }
}

/// The certificates' DER.
fn authorities(pem: &[u8]) -> Vec<Vec<u8>> {
    let der = |cert: &FoundCert| cert.der.clone();
    pki::certificates(pem).map(|bundle| bundle.iter().map(der).collect()).unwrap_or_default()
}

fn trusted_by(trace: &Trace<'_>) -> Vec<Vec<u8>> {
    let reach = || -> Option<Reach> { Document::parse(trace.content).ok()?.reach(None) };
    match trace.kind {
        TraceKind::Authority => authorities(trace.content),
        TraceKind::Kubeconfig => reach().map(|reach| authorities(&reach.authority)).unwrap_or_default(),
    }
}

fn stranger(trace: &Trace<'_>) -> Finding {
    let path = trace.path.display();
    let id = format!("FileAvailable-{}", path.to_string().replace('/', "-"));
    Finding::error(id, format!("{path} already exists"))
        .seen("it is of another cluster than the one to be joined")
        .fix("kubewright reset (takes this host out of that cluster)")
}

/// Programs of a node and of a control plane, as the kernel names their processes (15 bytes at most).
const OWN: &[&str] = &["kubelet", "kube-apiserver", "kube-controller", "kube-scheduler", "etcd"];

/// The facts without what an earlier run of the same join accounts for: manifests, etcd's data, and the ports of the
/// programs that it has started.
#[must_use]
pub fn mask_own_resources(mut facts: Facts, earlier: Earlier, manifests: &[&str]) -> Facts {
    match earlier {
        Earlier::NothingFound => return facts,
        Earlier::OfThisCluster => {}
    }
    facts.ports.values_mut().filter(|state| is_own(state)).for_each(|state| *state = PortState::Free);
    for path in manifests {
        facts.files.entry(path.into()).and_modify(|found| *found = Ok(false));
    }
    let filled = facts.folders.values_mut().filter(|state| **state == Ok(FolderState::Filled));
    filled.for_each(|state| *state = Ok(FolderState::Empty));
    facts
}

fn is_own(state: &PortState) -> bool {
    state.holder().is_some_and(|name| OWN.contains(&name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::Engine as _;

    const OURS: &[u8] = include_bytes!("../../tests/golden/pki/rsa-ca.crt");
    const OTHER: &[u8] = include_bytes!("../../tests/golden/pki/p256-ca.crt");

    fn kubeconfig(authority: &[u8]) -> Vec<u8> {
        let data = base64::engine::general_purpose::STANDARD.encode(authority);
        format!(
            "current-context: a@k\ncontexts: [{{name: a@k, context: {{cluster: k, user: a}}}}]\n\
             clusters: [{{name: k, cluster: {{server: 'https://h:6443', certificate-authority-data: {data}}}}}]\n"
        )
        .into_bytes()
    }

    fn trace(kind: TraceKind, content: &[u8]) -> Trace<'_> {
        Trace { path: Path::new("/etc/kubernetes/kubelet.conf"), kind, content }
    }

    #[test]
    fn what_trusts_the_cluster_s_ca_is_this_join_s_own() {
        let conf = kubeconfig(OURS);
        let traces = [trace(TraceKind::Kubeconfig, &conf), trace(TraceKind::Authority, OURS)];
        assert_eq!(previous_join(&traces, OURS), Ok(Earlier::OfThisCluster));
        assert_eq!(previous_join(&[], OURS), Ok(Earlier::NothingFound));
    }

    #[test]
    fn what_trusts_the_cluster_s_next_ca_besides_is_its_own_too() {
        let both = [OTHER, OURS].concat();
        let conf = kubeconfig(&both);
        let traces = [trace(TraceKind::Kubeconfig, &conf), trace(TraceKind::Authority, &both)];
        assert_eq!(previous_join(&traces, OURS), Ok(Earlier::OfThisCluster));
    }

    #[test]
    fn a_kubeconfig_that_lost_power_has_left_blank_is_nobody_s() {
        let traces = [trace(TraceKind::Kubeconfig, b"\0\0"), trace(TraceKind::Kubeconfig, b"")];
        assert_eq!(previous_join(&traces, OURS), Ok(Earlier::NothingFound));
    }

    #[test]
    fn what_trusts_another_ca_or_cannot_be_read_is_a_stranger_s() {
        let conf = kubeconfig(OTHER);
        for trace in [
            trace(TraceKind::Kubeconfig, &conf),
            trace(TraceKind::Authority, OTHER),
            trace(TraceKind::Kubeconfig, b"x"),
        ] {
            let findings = previous_join(&[trace], OURS).unwrap_err();
            assert_eq!(findings[0].id, "FileAvailable--etc-kubernetes-kubelet.conf");
        }
    }
}
