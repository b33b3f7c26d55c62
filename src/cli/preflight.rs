//! The gate before init: look, judge, pull the images that are missing.

use tracing::info;

use super::failure::Failure;
use super::invocation::Invocation;
use super::target::ApplyTarget;
use crate::config::{Config, ImagePullPolicy, NodeSpec, RunOptions, Spec};
use crate::facts::Facts;
use crate::host::observe;
use crate::host::pull::{PullObserver, PullOrder, PullProgress, pull_all};
use crate::plan::PreviousInit;
use crate::preflight::{self, Checked, Finding, Gate};
use crate::report;

/// Every finding about this host, those to be ignored as warnings, for a dry run: nothing is pulled.
pub fn judge(config: &Config, facts: Facts, earlier: &PreviousInit) -> Result<Vec<Finding>, Failure> {
    let (_, checked) = look_beyond(config, facts, earlier);
    tell(checked).map(conclude)
}

/// Judges this host and pulls the missing images; refuses to go on where an error is left.
pub fn check(config: &Config, facts: Facts, earlier: &PreviousInit) -> Result<Vec<Finding>, Failure> {
    let (facts, checked) = look_beyond(config, facts, earlier);
    for path in earlier.own() {
        report::say(&format!("[preflight] {} is here and fits: it is kept", path.display()));
    }
    pull_and_pass(config.spec(), &config.run, &facts, checked).map(conclude)
}

/// What is to be seen of this host, and what is wrong with it, but for what an earlier init accounts for.
fn look_beyond(config: &Config, facts: Facts, earlier: &PreviousInit) -> (Facts, Checked) {
    let in_the_way = earlier.findings(&facts);
    let facts = earlier.mask_own_resources(facts);
    let checked = run_checks(Gate::Init, config.spec(), &config.run, &facts).with(in_the_way);
    (facts, checked.ignoring(&config.run.ignore_preflight_errors))
}

/// What the checks of a gate come to, with the errors that are to be ignored as warnings.
pub fn run_checks(gate: Gate, spec: Spec<'_>, run: &RunOptions, facts: &Facts) -> Checked {
    let checked = Checked::at(gate, spec, facts);
    checked.passed.iter().for_each(|id| info!("[preflight] ok: {id}"));
    checked.ignoring(&bearable()).ignoring(&run.ignore_preflight_errors)
}

/// With such a cluster kubeadm goes on, and so does who is called by its name.
fn bearable() -> Vec<String> {
    match Invocation::now() {
        Invocation::Kubewright => Vec::new(),
        Invocation::Kubeadm => ["SubnetOverlap", "KubeletSettings"].map(str::to_owned).into(),
    }
}

/// Reports the findings of a dry run that is printed. By its own name this program tells what would stop it and goes on; a
/// kubeadm stops.
pub fn tell(checked: Checked) -> Result<Checked, Failure> {
    match Invocation::now() {
        Invocation::Kubewright => {
            report::findings(&checked.findings);
            Ok(checked)
        }
        Invocation::Kubeadm => fail_on_errors(checked),
    }
}

/// Pulls the images that a control plane misses; refuses to go on where an error is left.
pub fn pull_and_pass(
    spec: Spec<'_>,
    run: &RunOptions,
    facts: &Facts,
    mut checked: Checked,
) -> Result<Checked, Failure> {
    let images = preflight::images_to_pull(spec, facts);
    // On a host that is refused anyway there is nothing to pull for.
    if !checked.is_fatal() && !images.is_empty() {
        let pulled = pull_images(spec.node, &images);
        checked =
            checked.with(preflight::ignore(pulled, &run.ignore_preflight_errors)).with_passed("ImagePull");
    }
    fail_on_errors(checked)
}

/// Pulls those of `images` that the runtime does not have, by the node's policy.
pub fn pull_missing(spec: Spec<'_>, images: &[String], ignored: &[String]) -> Checked {
    let socket = &spec.node.cri_socket;
    let missing = match spec.node.image_pull_policy {
        ImagePullPolicy::Always => images.to_vec(),
        ImagePullPolicy::IfNotPresent => observe::missing_images(socket, images),
        ImagePullPolicy::Never => Vec::new(),
    };
    let pulled = if missing.is_empty() { Vec::new() } else { pull_images(spec.node, &missing) };
    Checked::default().with(preflight::ignore(pulled, ignored)).with_passed("ImagePull")
}

/// Reports the warnings; refuses to go on where an error is left.
pub fn fail_on_errors(checked: Checked) -> Result<Checked, Failure> {
    if checked.is_fatal() {
        return Err(Failure::Preflight(checked));
    }
    report::findings(&checked.findings);
    Ok(checked)
}

/// What an error means to a run of this kind: one on the host ends there, a dry run tells what would stop it, and goes on.
pub fn pass(target: &ApplyTarget, checked: Checked) -> Result<Checked, Failure> {
    match target {
        ApplyTarget::Host => fail_on_errors(checked),
        ApplyTarget::Listing | ApplyTarget::Folder(_) => tell(checked),
    }
}

/// Tells how many checks have come to what, and returns all that was found.
pub fn conclude(checked: Checked) -> Vec<Finding> {
    tell_sum(&checked);
    checked.into_findings()
}

/// kubeadm has no such line.
pub fn tell_sum(checked: &Checked) {
    match Invocation::now() {
        Invocation::Kubewright => report::preflight_sum(checked.sum()),
        Invocation::Kubeadm => {}
    }
}

/// What is wrong once all of `images` were tried.
fn pull_images(node: &NodeSpec, images: &[String]) -> Vec<Finding> {
    let order = if node.image_pull_serial { PullOrder::Serial } else { PullOrder::SideBySide };
    pull_all(&node.cri_socket, images, order, &Told).map_or_else(
        |error| vec![preflight::no_pulls(&error)],
        |pulled| preflight::judge_pulls(&pulled.pulls),
    )
}

/// Says how the pulls go.
struct Told;

impl PullObserver for Told {
    fn report(&self, image: &str, progress: &PullProgress) {
        let line = match progress {
            PullProgress::Started => format!("pulling {image}"),
            PullProgress::Retrying { attempt, why } => format!("pulling {image}, try {attempt}: {why}"),
            PullProgress::Done => format!("pulled {image}"),
            PullProgress::Failed { why } => format!("could not pull {image}: {why}"),
        };
        report::say(&format!("[preflight] {line}"));
    }
}
