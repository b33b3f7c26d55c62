//! What a join was asked for: the flags, the configuration, the phases, and what to carry them out on.

use crate::cli::check;
use crate::cli::failure::Failure;
use crate::cli::flags::FlagValues;
use crate::cli::request;
use crate::cli::target::ApplyTarget;
use crate::config::{
    self, ClusterSpec, DiscoveryNeed, Join, JoinFlags, Need, RequestedJoin, SourceFile, Spec,
};
use crate::facts::HostFacts;
use crate::host::Node;
use crate::plan::{JOIN, Phase};
use crate::report;
use crate::secret::Secret;

/// What a join was asked for.
#[derive(Debug)]
pub struct JoinRequest<'a> {
    /// The flags.
    pub given: FlagValues<'a>,
    /// The node, and how the cluster is found.
    pub join: Join,
    /// In the place of the cluster until it is known.
    pub unknown_cluster: ClusterSpec,
    /// Those that are carried out, in their order.
    pub phases: Vec<Phase>,
    /// Where the effects go.
    pub target: ApplyTarget,
    /// The host that is looked at.
    pub host: &'a Node,
    /// What is set up: that host, or the folder that stands for it.
    pub node: Node,
}

impl JoinRequest<'_> {
    /// The node before its cluster is known.
    pub fn before(&self) -> Spec<'_> {
        self.in_cluster(&self.unknown_cluster)
    }

    /// The node in its cluster.
    pub fn in_cluster<'a>(&'a self, cluster: &'a ClusterSpec) -> Spec<'a> {
        Spec { cluster, node: &self.join.node }
    }
}

/// By the file of `--config`, the flags and the host.
pub fn read<'a>(
    host: &'a Node,
    given: FlagValues<'a>,
    facts: &HostFacts,
    phases: &[Phase],
) -> Result<JoinRequest<'a>, Failure> {
    let source = request::config_source(given)?;
    let text = source.as_ref().map(SourceFile::text);
    let in_file = |failure: Failure| failure.in_file(source.as_ref());
    let requested = RequestedJoin::parse(text, &flags(given, phases))
        .map_err(|errors| in_file(Failure::Config(errors)))?;
    request::tell(&requested.warnings, source.as_ref());
    check::check(&JOIN, &requested.run.skip_phases, requested.run.patches.as_ref(), source.as_ref())?;
    let defaults = request::host_defaults(facts, Vec::new());
    let join = config::resolve_join(requested, &defaults, Need::Node)
        .map_err(|errors| in_file(Failure::Config(errors)))?;
    let unknown_cluster = config::unknown_cluster();
    let target = ApplyTarget::read(given, join.run.dry_run)?;
    let chosen = choose(phases, &join)?;
    if chosen.is_empty() {
        report::warn(if join.node.is_control_plane() {
            "there is nothing to do; certificates are fetched with --certificate-key"
        } else {
            "there is nothing to do for a worker; a control plane is asked for with --control-plane"
        });
    }
    let node = target.node(host);
    Ok(JoinRequest { given, phases: chosen, join, unknown_cluster, target, host, node })
}

/// The phases without those that are skipped, and without those of a control plane where a worker joins, or of the shared
/// certificates where no key opens them.
fn choose(phases: &[Phase], join: &Join) -> Result<Vec<Phase>, Failure> {
    let mut chosen = JOIN.without(phases, &join.run.skip_phases)?;
    if !join.node.is_control_plane() {
        chosen.retain(|phase| OF_WORKERS.contains(phase));
    }
    chosen.retain(|phase| join.certificate_key.is_some() || *phase != Phase::JoinDownloadCerts);
    Ok(chosen)
}

const OF_WORKERS: &[Phase] =
    &[Phase::JoinPreflight, Phase::JoinKubeletStart, Phase::JoinKubeletWaitBootstrap];

fn flags(given: FlagValues<'_>, phases: &[Phase]) -> JoinFlags {
    let list = |name| given.list(name).unwrap_or_default();
    let secret = |name| given.text(name).map(Secret::new);
    JoinFlags {
        unknown: request::unknown(),
        api_server_endpoint: given.text("api-server-endpoint"),
        apiserver_advertise_address: given.text("apiserver-advertise-address"),
        apiserver_bind_port: given.number("apiserver-bind-port"),
        certificate_key: secret("certificate-key"),
        control_plane: given.switch("control-plane"),
        cri_socket: given.text("cri-socket"),
        discovery_file: given.text("discovery-file"),
        discovery_token: secret("discovery-token"),
        discovery_token_ca_cert_hash: list("discovery-token-ca-cert-hash"),
        discovery_token_unsafe_skip_ca_verification: given
            .switch("discovery-token-unsafe-skip-ca-verification"),
        dry_run: given.switch("dry-run"),
        ignore_preflight_errors: list("ignore-preflight-errors"),
        node_name: given.text("node-name"),
        patches: given.text("patches"),
        skip_phases: list("skip-phases"),
        tls_bootstrap_token: secret("tls-bootstrap-token"),
        token: secret("token"),
        needs: discovery_need(phases),
    }
}

/// A phase without discovery's flags comes after those that have written admin.conf.
fn discovery_need(phases: &[Phase]) -> DiscoveryNeed {
    let finds = |phase: &Phase| phase.entry().flags.contains(&"discovery-file");
    if phases.iter().any(finds) { DiscoveryNeed::Wanted } else { DiscoveryNeed::ByAdminConf }
}
