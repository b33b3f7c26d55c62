//! Waiting for the kubelet to get its certificate from the cluster.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use zeroize::Zeroizing;

use super::api::Server;
use super::files::{FileError, Tree};
use super::kubelet_service::{UnitError, call_kubelet};
use super::node::Node;
use crate::join::user_of;
use crate::plan::{Bootstrap, BootstrapFrom, KubeletCall};

/// Between two looks: a look costs some microseconds, and the rest of the join waits for it.
const STEP: Duration = Duration::from_millis(20);
/// How long a kubelet that was restarted is left alone at first: it usually has its certificate within one second,
/// and would try again only after ten where the API server was not quite ready for it.
const PAUSE: Duration = Duration::from_secs(4);
/// What the bootstrap credentials may read once the API server knows them.
const READABLE: &str = "/api/v1/namespaces/kube-system/configmaps/kubeadm-config";

/// Why the kubelet has no certificate of the cluster's.
#[derive(Debug, thiserror::Error)]
pub enum NoCertificate {
    /// `timeouts.tlsBootstrap` is over.
    #[error("the kubelet has not got a certificate within {seconds} s: there is no {kubeconfig}", seconds = .waited.as_secs())]
    Late {
        /// The file that the kubelet would have written.
        kubeconfig: PathBuf,
        /// From the wait's begin.
        waited: Duration,
    },
    /// The kubelet's kubeconfig, or the bootstrap credentials, could not be read.
    #[error(transparent)]
    File(#[from] FileError),
    /// The kubelet could not be restarted.
    #[error(transparent)]
    Unit(#[from] UnitError),
}

/// Returns once the kubelet's kubeconfig is there, with the certificate that it names.
pub async fn await_bootstrap(node: &Node, wanted: &Bootstrap) -> Result<(), NoCertificate> {
    let (begun, tree) = (Instant::now(), node.tree());
    let own = match wanted.from {
        BootstrapFrom::Cluster => None,
        BootstrapFrom::OwnApiServer => server(tree, wanted).await?,
    };
    let (mut nudge_at, mut pause) = (begun, PAUSE);
    while !has_certificate(node, wanted)? {
        let elapsed = begun.elapsed();
        if elapsed >= wanted.timeout.to_std() {
            return Err(NoCertificate::Late { kubeconfig: wanted.kubeconfig.clone(), waited: elapsed });
        }
        if let Some(own) = &own
            && Instant::now() >= nudge_at
            && own.get_text(READABLE).await.is_ok()
        {
            call_kubelet(node, KubeletCall::Restart)?;
            (nudge_at, pause) = (Instant::now() + pause, pause.saturating_mul(2));
        }
        tokio::time::sleep(STEP).await;
    }
    Ok(())
}

/// The API server that the kubelet asks, as the kubelet asks it; none where the kubeconfig is of no use.
async fn server(tree: &Tree, wanted: &Bootstrap) -> Result<Option<Server>, NoCertificate> {
    let Some(found) = tree.read_one(&wanted.credentials)? else { return Ok(None) };
    let text = String::from_utf8_lossy(found.content.bytes());
    let name = wanted.credentials.display().to_string();
    Ok(Server::from_kubeconfig(&name, &text, None).await.ok())
}

/// Whole, and with its key: the kubelet writes its kubeconfig first.
fn has_certificate(node: &Node, wanted: &Bootstrap) -> Result<bool, FileError> {
    let tree = node.tree();
    let Some(found) = tree.read_one(&wanted.kubeconfig)? else { return Ok(false) };
    let read = |path: &Path| {
        let found = tree.read_one(path).ok()??;
        Some(Zeroizing::new(found.content.bytes().to_vec()))
    };
    Ok(user_of(found.content.bytes(), &wanted.kubeconfig, node.now(), read).is_some())
}
