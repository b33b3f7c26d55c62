//! The cluster: looked for and read while the host is looked at.

use std::path::PathBuf;
use std::thread::{self, JoinHandle};
use std::time::Instant;

use super::{SearchOutcome, own};
use crate::cli::failure::Failure;
use crate::config::{Discovery, DiscoverySource, Join};
use crate::facts::ClusterFacts;
use crate::host::{
    ApiError, ClusterError, ClusterQuestion, EventLoop, Node, NotAnswered, Patience, Server, Shared, ask,
    discover, patiently,
};
use crate::join::discovery::{Discovered, TryError, Voucher};
use crate::kubeconfig::{Document, Reach};
use crate::plan::{Paths, Phase, PlanError};
use crate::report::{self, SearchProgress, Timeline};

/// Of this process there is one search.
static PROGRESS: SearchProgress = SearchProgress::new();

/// A search that goes on by itself. Whoever does not wait for its end ends the program.
pub struct Search(JoinHandle<Result<SearchOutcome, Failure>>);

struct Wanted {
    /// Whose own credentials may be of use.
    node: Node,
    join: Join,
    shared: Shared,
}

impl Search {
    /// Starts a thread that finds the cluster and asks it what the node has to know.
    pub fn begin(node: &Node, join: &Join, phases: &[Phase], timeline: Timeline) -> Self {
        let fetches = join.certificate_key.is_some() && phases.contains(&Phase::JoinDownloadCerts);
        let shared = if fetches { Shared::Wanted } else { Shared::NotWanted };
        let wanted = Wanted { node: node.clone(), join: join.clone(), shared };
        let begun = Instant::now();
        Self(thread::spawn(move || {
            let found = search(&wanted);
            timeline.note_discovery(begun);
            found
        }))
    }

    /// A panic in the thread goes on in this one.
    pub fn end(self) -> Result<SearchOutcome, Failure> {
        self.0.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    }
}

fn search(wanted: &Wanted) -> Result<SearchOutcome, Failure> {
    let runtime = EventLoop::new().map_err(ClusterError::Runtime)?;
    runtime.block_on(async {
        match by_arguments(wanted).await {
            Err(failure) if is_for_the_token(&failure) => by_own(wanted, failure).await,
            found => found,
        }
    })
}

async fn by_arguments(wanted: &Wanted) -> Result<SearchOutcome, Failure> {
    let discovered = match &wanted.join.discovery {
        Some(discovery) => {
            let timeout = wanted.join.node.timeouts.discovery.to_std();
            discover(&wanted.node, discovery, timeout, report::warn, &PROGRESS).await?
        }
        None => by_admin_conf(&wanted.node)?,
    };
    discovered.remarks.iter().for_each(|remark| report::warn(&remark.to_string()));
    let (reach, cluster) = read(wanted, &discovered.bootstrap, wanted.shared).await?;
    Ok(SearchOutcome { bootstrap: Some(discovered.bootstrap), reach, cluster })
}

fn is_for_the_token(failure: &Failure) -> bool {
    matches!(failure, Failure::Discovery(error) if own::is_for_the_token(error))
        || matches!(failure, Failure::NotAnswered(error) if own::is_for_the_rights(error))
}

/// An earlier run has got this host credentials of its own: it needs no token any more. Where they are of no use either, the
/// token's failure is told.
async fn by_own(wanted: &Wanted, failure: Failure) -> Result<SearchOutcome, Failure> {
    let Some(way) = own::credentials(&wanted.node, &wanted.join) else {
        return Err(failure);
    };
    // A node may not read the shared certificates.
    let shared = if way.is_admin() { wanted.shared } else { Shared::NotWanted };
    let Ok((reach, cluster)) = read(wanted, &way.document, shared).await else { return Err(failure) };
    report::warn(&format!(
        "{failure}; the cluster was found by {}, which an earlier join has got this host",
        way.path.display()
    ));
    Ok(SearchOutcome { bootstrap: None, reach, cluster })
}

fn by_admin_conf(node: &Node) -> Result<Discovered, Failure> {
    let path: PathBuf = Paths::default().kubeconfig;
    let missing = || PlanError::Missing {
        path: path.display().to_string(),
        phase: "`join phase control-plane-prepare kubeconfig`",
    };
    let found = node.tree().read_one(&path)?.ok_or_else(missing)?;
    let bootstrap = Document::parse(found.content.bytes())
        .map_err(|error| PlanError::Unusable { path: path.display().to_string(), why: error.to_string() })?;
    Ok(Discovered { bootstrap, remarks: Vec::new() })
}

async fn read(
    wanted: &Wanted,
    kubeconfig: &Document,
    shared: Shared,
) -> Result<(Reach, ClusterFacts), Failure> {
    let distilled = kubeconfig.distilled();
    let reach = distilled.reach(None).filter(|reach| !reach.authority.is_empty());
    let reach = reach.ok_or(Failure::NoReach)?;
    let text = distilled
        .to_yaml()
        .map_err(|source| PlanError::Render { what: "the kubeconfig of the discovery".to_owned(), source })?;
    let server = Server::from_kubeconfig("of the discovery", text.expose_secret(), None)
        .await
        .map_err(ClusterError::Api)?;
    let question = ClusterQuestion { node: wanted.join.node.name.as_str(), shared };
    let elsewhere = elsewhere(wanted.join.discovery.as_ref(), &reach);
    let notice = |error: &ApiError| report::warn(&waits(error, elsewhere.as_deref()));
    let limit = wanted.join.node.timeouts.kubernetes_api_call.to_std();
    let what = format!("{} has not told of the cluster yet", reach.server);
    let patience = Patience::new(what, Instant::now() + limit);
    let asking = patiently(&PROGRESS, &patience, ask(&server, question, limit, &notice));
    let cluster = asking.await.map_err(|error| {
        let is_of_the_way = matches!(error, NotAnswered::Api(_));
        let failure = told(error, wanted.join.discovery.as_ref());
        match elsewhere {
            Some(given) if is_of_the_way => {
                Failure::Elsewhere { given, server: reach.server.clone(), failure: Box::new(failure) }
            }
            Some(_) | None => failure,
        }
    })?;
    Ok((reach, cluster))
}

/// The address that was given, where cluster-info leads to another.
fn elsewhere(discovery: Option<&Discovery>, reach: &Reach) -> Option<String> {
    match discovery.map(|discovery| &discovery.source) {
        Some(DiscoverySource::Token(by)) => {
            let given = by.endpoint.to_string();
            (reach.server.trim_end_matches('/') != format!("https://{given}")).then_some(given)
        }
        Some(DiscoverySource::File(_)) | None => None,
    }
}

/// What is waited out.
fn waits(error: &ApiError, elsewhere: Option<&str>) -> String {
    let whence = elsewhere.map_or_else(String::new, |given| {
        format!("the cluster-info of {given}, the address that was given, leads to another: ")
    });
    format!("{whence}{error}; trying again")
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
                TryError::Fatal(error) => error.into(),
                TryError::Transient(_) => {
                    NotAnswered::Api(ApiError::Unreachable { server, cause, fault }).into()
                }
            }
        }
        other => other.into(),
    }
}
