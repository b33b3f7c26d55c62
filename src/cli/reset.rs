//! `reset` and `reset phase …`: read, observe, plan, show, ask, apply, report.

use clap::ArgMatches;
use serde_json::{Value, json};

use super::check::check;
use super::confirm::confirmed;
use super::failure::Failure;
use super::flags::FlagValues;
use super::host_lock::host_lock;
use super::preflight::pass;
use super::request;
use super::target::ApplyTarget;
use crate::config::{RequestedReset, Reset, ResetDefaults, ResetFlags, SourceFile};
use crate::facts::{NodeNetwork, ResetFacts, ResetHost};
use crate::host::{Access, Node, PhaseFailed, execute, observe};
use crate::plan::{self, Membership, Paths, Phase, RESET, ResetInputs, ResetPlan, ResetSteps, reset_order};
use crate::preflight::{self, Checked, Finding};
use crate::report::{self, Detail, Document, DocumentKind, Progress, Status};
use crate::text::in_full;

const QUESTION: &str = "all of this will be stopped and removed; are you sure?";

/// The whole of `reset`, or the phases in it that `phases` names.
pub fn run(host: &Node, matches: &ArgMatches, phases: &[Phase], detail: Detail) -> Result<(), Failure> {
    let given = FlagValues(matches);
    let requested = read_request(given)?;
    let target = ApplyTarget::read(given, requested.dry_run)?;
    let node = target.node(host);
    let _turn = host_lock(&target, host, "reset")?;
    let found = observe::reset::host(&node);
    let config = resolve(requested, &found, phases)?;
    let phases = RESET.without(phases, &config.skip_phases)?;
    let findings = check_host(&target, &node, &config, &phases)?;
    let questions = plan::reset_questions(&config, &found);
    let facts = match &target {
        ApplyTarget::Host | ApplyTarget::Listing => observe::reset::answer(&node, &questions),
        ApplyTarget::Folder(_) => observe::reset::files_of(&node, &questions),
    };
    let network = network(given, &target, &node, &phases);
    let member = member(&target, &node, &config, &found, &facts, &phases);
    let inputs =
        ResetInputs { config: &config, host: &found, facts: &facts, member, network: network.as_ref() };
    let plan = plan::reset(&inputs, &phases)?;
    show(given, &target, &plan);
    let steps = plan::steps_json(&plan.effects);
    let run = Run { given, target, host, config, phases, findings, plan, steps };
    if run.is_to_be_asked() && !confirmed(QUESTION)? {
        return Err(Failure::NotConfirmed);
    }
    run.carry_out(detail)
}

fn read_request(given: FlagValues<'_>) -> Result<RequestedReset, Failure> {
    let source = request::config_source(given)?;
    let text = source.as_ref().map(SourceFile::text);
    let in_file = |failure: Failure| failure.in_file(source.as_ref());
    let requested =
        RequestedReset::parse(text, &flags(given)).map_err(|errors| in_file(Failure::Config(errors)))?;
    request::tell(&requested.warnings, source.as_ref());
    check(&RESET, &requested.skip_phases, None, source.as_ref())?;
    Ok(requested)
}

fn flags(given: FlagValues<'_>) -> ResetFlags {
    let list = |name| given.list(name).unwrap_or_default();
    ResetFlags {
        unknown: request::unknown(),
        cert_dir: given.text("cert-dir"),
        cleanup_tmp_dir: given.switch("cleanup-tmp-dir"),
        cri_socket: given.text("cri-socket"),
        dry_run: given.switch("dry-run"),
        force: given.switch("force"),
        ignore_preflight_errors: list("ignore-preflight-errors"),
        skip_phases: list("skip-phases"),
    }
}

/// Which runtime it is matters to the one phase that stops pods.
fn resolve(requested: RequestedReset, host: &ResetHost, phases: &[Phase]) -> Result<Reset, Failure> {
    let stops_pods = phases.contains(&Phase::ResetCleanupNode);
    let defaults = ResetDefaults {
        certificates_dir: host.certificates_dir.clone(),
        kubelet_socket: host.kubelet_socket.clone(),
        cri_sockets: if stops_pods { host.cri_sockets.clone() } else { Vec::new() },
    };
    requested.resolve(defaults).map_err(Failure::Config)
}

/// A folder is no host; a dry run that is printed tells what would stop it, and goes on.
fn check_host(
    target: &ApplyTarget,
    node: &Node,
    config: &Reset,
    phases: &[Phase],
) -> Result<Vec<Finding>, Failure> {
    if !phases.contains(&Phase::ResetPreflight) || matches!(target, ApplyTarget::Folder(_)) {
        return Ok(Vec::new());
    }
    let checked = Checked::default().with(preflight::judge_user(node.user())).with_passed("IsPrivilegedUser");
    let checked = checked.ignoring(&config.ignore_preflight_errors);
    pass(target, checked).map(Checked::into_findings)
}

/// What there is to remove of the pods' network, where that was asked for.
fn network(
    given: FlagValues<'_>,
    target: &ApplyTarget,
    node: &Node,
    phases: &[Phase],
) -> Option<NodeNetwork> {
    let is_asked = given.is_on("network") && phases.contains(&Phase::ResetCleanupNode);
    match target {
        ApplyTarget::Host | ApplyTarget::Listing => is_asked.then(|| observe::node_network::observe(node)),
        ApplyTarget::Folder(_) => None,
    }
}

/// What this host's member is to the cluster's etcd, which is asked for it.
fn member(
    target: &ApplyTarget,
    node: &Node,
    config: &Reset,
    host: &ResetHost,
    facts: &ResetFacts,
    phases: &[Phase],
) -> Membership {
    let leaves = phases.contains(&Phase::ResetRemoveEtcdMember) && !matches!(target, ApplyTarget::Folder(_));
    let asked = leaves.then(|| plan::member_question(config, host, facts)).flatten();
    let Some(asked) = asked else { return Membership::None };
    let tree = node.tree();
    let seen = observe::reset::members(tree, &asked);
    let remembered = if seen.is_err() { observe::reset::remembered(tree, &asked) } else { Vec::new() };
    plan::judge_member(asked, seen.as_ref().map_err(|error| in_full(error)), &remembered)
}

/// The plan is a dry run's result, and for everybody else what to look at before the answer.
fn show(given: FlagValues<'_>, target: &ApplyTarget, plan: &ResetPlan) {
    let is_result = *target == ApplyTarget::Listing && !given.wants_json();
    for line in plan.effects.iter().flat_map(|effect| effect.action.describe().lines()) {
        if is_result { report::out(&format!("{line}\n")) } else { report::say(&format!("  {line}")) }
    }
    plan.remarks.iter().chain(&plan.gaps).for_each(|remark| report::warn(remark));
}

struct Run<'a> {
    given: FlagValues<'a>,
    target: ApplyTarget,
    host: &'a Node,
    config: Reset,
    phases: Vec<Phase>,
    findings: Vec<Finding>,
    plan: ResetPlan,
    /// Those of the plan, as the document has them.
    steps: Value,
}

impl Run<'_> {
    /// The question is part of the phase preflight, as in kubeadm.
    fn is_to_be_asked(&self) -> bool {
        self.target == ApplyTarget::Host
            && self.phases.contains(&Phase::ResetPreflight)
            && !self.config.force
            && !self.plan.effects.is_empty()
    }

    fn carry_out(mut self, detail: Detail) -> Result<(), Failure> {
        if self.target == ApplyTarget::Listing {
            return self.conclude(Vec::new());
        }
        let host = self.target.open(self.host, self.given, || access(&self.config))?;
        let order = reset_order(self.config.force);
        let with_network = self.given.is_on("network") && self.target == ApplyTarget::Host;
        let effects = std::mem::take(&mut self.plan.effects);
        let mut steps = ResetSteps::new(effects, with_network);
        let mut progress = Progress::new(detail);
        let failed = execute(&order, &self.phases, &mut steps, &host, self.target.pace(), &mut progress)?;
        self.conclude(failed)
    }

    fn conclude(self, failed: Vec<PhaseFailed>) -> Result<(), Failure> {
        let complete = failed.is_empty() && self.plan.gaps.is_empty();
        let outcome = match (&self.target, self.steps == json!([]), complete) {
            (ApplyTarget::Listing, _, _) => Status::Planned,
            (ApplyTarget::Host | ApplyTarget::Folder(_), _, false) => Status::Incomplete,
            (ApplyTarget::Host | ApplyTarget::Folder(_), true, true) => Status::Nothing,
            (ApplyTarget::Host | ApplyTarget::Folder(_), false, true) => Status::Done,
        };
        let document = self.document(outcome, &failed);
        if outcome == Status::Incomplete {
            return Err(Failure::Incomplete { failed, gaps: self.plan.gaps, document });
        }
        self.say(outcome);
        if self.given.wants_json() {
            report::json(&document.to_value());
        }
        Ok(())
    }

    fn say(&self, outcome: Status) {
        match outcome {
            Status::Planned => report::say("this was a dry run: nothing was changed"),
            Status::Nothing => report::say("there is nothing to reset on this host"),
            Status::Done => self.say_what_stays(),
            Status::Incomplete | Status::Failed => {}
        }
    }

    fn say_what_stays(&self) {
        report::say("the host is reset; what stays, since others may count on it:");
        report::say("  the network plug-ins' configuration in /etc/cni/net.d");
        if !self.given.is_on("network") {
            report::say(
                "  packet rules, services and interfaces of the pods' network; --network removes them",
            );
        }
        report::say("  users' own kubeconfigs, such as ~/.kube/config");
        report::say("  the Node in a cluster that goes on; `kubectl delete node` removes it");
    }

    fn document(&self, outcome: Status, failed: &[PhaseFailed]) -> Document {
        let left =
            failed.iter().map(|failed| failed.source.to_string()).chain(self.plan.gaps.iter().cloned());
        let fields = json!({
            "steps": self.steps,
            "remarks": self.plan.remarks,
            "left": left.collect::<Vec<_>>(),
        });
        Document::new(DocumentKind::Reset, outcome, fields).with_findings(&self.findings)
    }
}

/// No step of a reset asks the API server for anything.
fn access(config: &Reset) -> Access {
    Access {
        kubeconfig: Paths::default().kubeconfig,
        super_admin: None,
        server: None,
        retry_limit: config.timeouts.kubernetes_api_call,
        watch: None,
        readiness: None,
    }
}
