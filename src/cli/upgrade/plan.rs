//! `upgrade plan`: ask the cluster, its etcd and this host; judge; show. Nothing is written, anywhere.

use std::path::{Path, PathBuf};

use super::command::VERSION;
use super::edits::{observe_edits, read_patches};
use super::failure::UpgradeFailure;
use super::reached::kubeconfig;
use super::request::edit_choice;
use crate::cli::certs::{present, read};
use crate::cli::claim::Claim;
use crate::cli::failure::Failure;
use crate::cli::flags::FlagValues;
use crate::cli::invocation::Invocation;
use crate::cli::output::{output, screen};
use crate::cli::request;
use crate::config::{
    self, Config, Etcd, Flags, HostDefaults, Need, Requested, RequestedUpgradePlan, SourceFile, Spec, Stored,
    UpgradePlanFlags,
};
use crate::facts::{CertificateEnd, EtcdSaid, LiveAddons, Unseen, UpgradeFacts, UpgradeHost};
use crate::host::{Node, OnSilence, Surveyor, observe};
use crate::manifests::static_pod::StaticPod;
use crate::pki;
use crate::plan::{self, Content, ExpirationInputs, Expirations, Managed, Paths};
use crate::report::{self, Output};
use crate::upgrade::{self, Inputs, UpgradePlan, Wanted};
use crate::yaml;

const KUBELET_CLIENT: &str = "apiserver-kubelet-client";

/// Shows the plan. By its own name the program ends with 2 where none of the versions can be had.
pub fn run(node: &Node, given: FlagValues<'_>, invocation: Invocation) -> Result<(), Failure> {
    let output = output(given, "upgrade plan")?;
    let requested = read_request(given)?;
    let claim = Claim::read(node)?;
    let (config, mut facts, live) = observe_all(node, node, given, OnSilence::Tell)?;
    let folder = request::from_here(given, "patches")?.or(requested.patches);
    let patches = read_patches(folder, &config.cluster)?;
    facts.addon_edits = plan::addon_edits(config.spec(), &live, &patches);
    if facts.host.manifests.contains(&StaticPod::ApiServer) {
        match observe_edits(node, &config.cluster, &patches) {
            Ok((name, edits)) => (facts.host.node_name, facts.host.edits) = (Some(name), edits),
            Err(why) => facts.host.unseen.push(why),
        }
    }
    let from = upgrade::cluster_version(&facts).ok_or(UpgradeFailure::NoVersion)?;
    let wanted =
        Wanted { version: requested.version, allowed: requested.allowed, kubeadm: claim.version().0 };
    let plan = upgrade::plan(&Inputs {
        facts: &facts,
        cluster: &config.cluster,
        from: &from,
        wanted: &wanted,
        with_etcd: requested.etcd_upgrade,
        edits: edit_choice(given),
        ignored: &ignored(requested.ignore_preflight_errors, invocation),
    });
    let shown = requested.print_config.then(|| in_yaml(config.spec()));
    show(&output, &plan, shown.as_deref())?;
    if plan.is_blocked() { Err(UpgradeFailure::Blocked { versions: plan.judged }.into()) } else { Ok(()) }
}

/// kubeadm looks at none of it in a plan, and goes on.
fn ignored(named: Vec<String>, invocation: Invocation) -> Vec<String> {
    match invocation {
        Invocation::Kubewright => named,
        Invocation::Kubeadm => vec!["all".to_owned()],
    }
}

fn show(output: &Output, plan: &UpgradePlan, configuration: Option<&str>) -> Result<(), Failure> {
    let text = || report::upgrade_lines(plan, configuration) + &report::upgrade_text(plan, screen());
    report::document(&output.render(&[report::upgrade_document(plan)], text)?);
    report::upgrade_findings(plan);
    Ok(())
}

fn read_request(given: FlagValues<'_>) -> Result<RequestedUpgradePlan, Failure> {
    let source = request::config_source(given)?;
    let flags = UpgradePlanFlags {
        unknown: request::unknown(),
        version: given.text(VERSION),
        allow_experimental_upgrades: given.switch("allow-experimental-upgrades"),
        allow_release_candidate_upgrades: given.switch("allow-release-candidate-upgrades"),
        etcd_upgrade: given.switch("etcd-upgrade"),
        ignore_preflight_errors: given.list("ignore-preflight-errors").unwrap_or_default(),
        print_config: given.switch("print-config"),
    };
    let requested = RequestedUpgradePlan::parse(source.as_ref().map(SourceFile::text), &flags)
        .map_err(|errors| Failure::Config(errors).in_file(source.as_ref()))?;
    request::tell(&requested.warnings, source.as_ref());
    Ok(requested)
}

/// The cluster's configuration, as it is stored.
pub fn in_yaml(spec: Spec<'_>) -> String {
    let document = config::stored_cluster_configuration(spec);
    yaml::to_string(&document).unwrap_or_default()
}

/// The cluster first: its configuration says what else there is to ask. `node` has the control plane's files, and `host` the kubeconfig.
pub fn observe_all(
    host: &Node,
    node: &Node,
    given: FlagValues<'_>,
    on_silence: OnSilence,
) -> Result<(Config, UpgradeFacts, LiveAddons), Failure> {
    let path = request::from_here(given, "kubeconfig")?.unwrap_or_else(|| Paths::default().kubeconfig);
    let surveyor = Surveyor::open(&path, &kubeconfig(host, &path)?, on_silence)?;
    let survey = surveyor.survey().map_err(UpgradeFailure::Survey)?;
    let config = as_stored(&survey.cluster_configuration)?;
    let spec = config.spec();
    let etcd = match (&config.cluster.etcd, observe::upgrade::external_etcd(node, spec)) {
        (Etcd::External(_), Some(said)) => said,
        (Etcd::External(_), None) => EtcdSaid::Unseen(Unseen::not_asked("the external etcd")),
        (Etcd::Local(_), _) => {
            let told = Some(survey.etcd_endpoints).filter(|told| !told.is_empty());
            let endpoints = told.unwrap_or_else(|| observe::upgrade::own_etcd_endpoints(node));
            surveyor.etcd(node.tree(), &endpoints, &plan::etcd_access(spec))
        }
    };
    let facts = UpgradeFacts {
        server: survey.server,
        nodes: survey.nodes,
        components: survey.components,
        dns: survey.dns,
        configurations: survey.configurations,
        stored: survey.stored,
        deprecated_apis: survey.deprecated_apis,
        addon_edits: Vec::new(),
        webhooks: survey.webhooks,
        etcd,
        host: observe_host(node, &config),
    };
    Ok((config, facts, survey.addons))
}

/// The cluster as it is stored, on a host of which nothing counts.
fn as_stored(text: &str) -> Result<Config, Failure> {
    let cluster = Stored::parse_cluster(text)?;
    let requested = Requested::parse(None, &Flags::default())?;
    let fresh_tokens = request::fresh_tokens(&requested)?;
    let nobody = HostDefaults { fresh_tokens, ..HostDefaults::default() };
    Ok(Config { cluster, ..config::resolve(requested, &nobody, Need::Listing)? })
}

fn observe_host(node: &Node, config: &Config) -> UpgradeHost {
    let seen = observe::upgrade::host(node);
    if seen.manifests.is_empty() {
        return seen;
    }
    let folder = Path::new(plan::KUBERNETES);
    let (files, unread) = read(node.tree(), config, folder);
    let keys = present(node, plan::authority_keys(config.spec()));
    let inputs = ExpirationInputs {
        spec: config.spec(),
        files: &files,
        kubeconfig_dir: folder,
        unread: &unread,
        keys: &keys,
    };
    let all = plan::expirations(&inputs);
    let refused = all.refusals.iter().map(|why| Unseen::new("a certificate of this host", why));
    UpgradeHost {
        unseen: seen.unseen.iter().cloned().chain(refused).collect(),
        certificates: ends(&all),
        kubelet_client_groups: kubelet_client(&all)
            .and_then(|path| groups(files.get(&path)?))
            .unwrap_or_default(),
        ..seen
    }
}

/// Those that can be renewed here.
fn ends(all: &Expirations) -> Vec<CertificateEnd> {
    let held = all.certificates.iter().filter_map(|row| Some((row.name, row.found()?)));
    let own = held.filter(|(_, held)| held.managed == Managed::Here);
    own.map(|(name, held)| CertificateEnd { name: name.to_owned(), until: held.until }).collect()
}

fn kubelet_client(all: &Expirations) -> Option<PathBuf> {
    let row = all.certificates.iter().find(|row| row.name == KUBELET_CLIENT)?;
    row.found().map(|held| held.path.clone())
}

fn groups(text: &Content) -> Option<Vec<String>> {
    Some(pki::certificates(text.bytes()).ok()?.own.organizations)
}
