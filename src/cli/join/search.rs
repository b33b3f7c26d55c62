//! The cluster: looked for and read while the host is looked at.

use std::path::PathBuf;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use super::Found;
use crate::cli::failure::Failure;
use crate::config::{Discovery, DiscoverySource, Join};
use crate::host::{
    ApiError, ClusterError, ClusterQuestion, NotAnswered, Server, Shared, Tree, ask, discover, event_loop,
};
use crate::join::discovery::{Discovered, Halt, Voucher};
use crate::kubeconfig::Document;
use crate::plan::{Paths, Phase, PlanError};
use crate::report;

/// A search that goes on by itself. Whoever does not wait for its end ends the program.
pub struct Search(JoinHandle<Result<Found, Failure>>);

struct Wanted {
    discovery: Option<Discovery>,
    node: String,
    shared: Shared,
    discovery_time: Duration,
    call_time: Duration,
}

impl Search {
    pub fn begin(join: &Join, phases: &[Phase]) -> Self {
        let has_key = join.control_plane.as_ref().is_some_and(|own| own.certificate_key.is_some());
        let fetches = has_key && phases.contains(&Phase::JoinDownloadCerts);
        let wanted = Wanted {
            discovery: join.discovery.clone(),
            node: join.node.name.to_string(),
            shared: if fetches { Shared::Wanted } else { Shared::NotWanted },
            discovery_time: join.timeouts.discovery.to_std(),
            call_time: join.timeouts.kubernetes_api_call.to_std(),
        };
        Self(thread::spawn(move || search(&wanted)))
    }

    /// A panic in the thread goes on in this one.
    pub fn end(self) -> Result<Found, Failure> {
        self.0.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    }
}

fn search(wanted: &Wanted) -> Result<Found, Failure> {
    let runtime = event_loop().map_err(ClusterError::Runtime)?;
    runtime.block_on(async {
        let discovered = match &wanted.discovery {
            Some(discovery) => discover(discovery, wanted.discovery_time, report::warn).await?,
            None => by_admin_conf()?,
        };
        discovered.remarks.iter().for_each(|remark| report::warn(&remark.to_string()));
        read(wanted, discovered).await
    })
}

fn by_admin_conf() -> Result<Discovered, Failure> {
    let path: PathBuf = Paths::default().kubeconfig;
    let missing = || PlanError::Missing {
        path: path.display().to_string(),
        phase: "`join phase control-plane-prepare kubeconfig`",
    };
    let found = Tree::new("/").read_one(&path)?.ok_or_else(missing)?;
    let bootstrap = Document::parse(found.content.bytes())
        .map_err(|error| PlanError::Unusable { path: path.display().to_string(), why: error.to_string() })?;
    Ok(Discovered { bootstrap, remarks: Vec::new() })
}

async fn read(wanted: &Wanted, discovered: Discovered) -> Result<Found, Failure> {
    let reach = discovered.reach().ok_or(Failure::NoReach)?;
    let text = discovered
        .bootstrap
        .to_yaml()
        .map_err(|source| PlanError::Render { what: "the kubeconfig of the discovery".to_owned(), source })?;
    let server = Server::from_kubeconfig("of the discovery", text.expose_secret(), None)
        .await
        .map_err(ClusterError::Api)?;
    let question = ClusterQuestion { node: &wanted.node, shared: wanted.shared };
    let asked = ask(&server, question, wanted.call_time).await;
    let cluster = asked.map_err(|error| told(error, wanted.discovery.as_ref()))?;
    Ok(Found { bootstrap: discovered.bootstrap, reach, cluster })
}

/// A server that is not the cluster's, in the words of the discovery: without a pin it shows only now.
fn told(error: NotAnswered, discovery: Option<&Discovery>) -> Failure {
    let voucher = match discovery.map(|discovery| &discovery.source) {
        Some(DiscoverySource::File(file)) => Voucher::File(file.clone()),
        Some(DiscoverySource::Token(_)) | None => Voucher::ClusterInfo,
    };
    match error {
        NotAnswered::Api(ApiError::Unreachable { server, cause, fault }) => {
            match fault.clone().judge(&server, &voucher, None) {
                Halt::Final(error) => error.into(),
                Halt::Heals(_) => NotAnswered::Api(ApiError::Unreachable { server, cause, fault }).into(),
            }
        }
        other => other.into(),
    }
}
