//! The gate before init: look, judge, pull the images that are missing.

use super::failure::Failure;
use super::invocation::Invocation;
use crate::config::{Config, NodeSpec, RunOptions, Spec};
use crate::facts::Facts;
use crate::host::pull::{PullObserver, PullOrder, PullProgress, pull_all};
use crate::plan::PreviousInit;
use crate::preflight::{self, Finding, Gate};
use crate::report;

/// Every finding about this host, those to be ignored as warnings, for a dry run: nothing is pulled.
pub fn judge(config: &Config, facts: Facts, earlier: &PreviousInit) -> Result<Vec<Finding>, Failure> {
    let (_, findings) = look_beyond(config, facts, earlier);
    tell(findings)
}

/// Judges this host and pulls the missing images; refuses to go on where an error is left.
pub fn check(config: &Config, facts: Facts, earlier: &PreviousInit) -> Result<Vec<Finding>, Failure> {
    let (facts, findings) = look_beyond(config, facts, earlier);
    for path in earlier.own() {
        report::say(&format!("[preflight] {} is here and fits: it is kept", path.display()));
    }
    pull_and_pass(config.spec(), &config.run, &facts, findings)
}

/// What is to be seen of this host, and what is wrong with it, but for what an earlier init accounts for.
fn look_beyond(config: &Config, facts: Facts, earlier: &PreviousInit) -> (Facts, Vec<Finding>) {
    let in_the_way = earlier.findings(&facts);
    let facts = earlier.mask_own_resources(facts);
    let mut findings = run_checks(Gate::Init, config.spec(), &config.run, &facts);
    findings.extend(preflight::ignore(in_the_way, &config.run.ignore_preflight_errors));
    (facts, findings)
}

/// What a gate finds, with the errors that are to be ignored as warnings.
pub fn run_checks(gate: Gate, spec: Spec<'_>, run: &RunOptions, facts: &Facts) -> Vec<Finding> {
    let findings = preflight::ignore(preflight::judge(gate, spec, facts), &bearable());
    preflight::ignore(findings, &run.ignore_preflight_errors)
}

/// With such a cluster kubeadm goes on, and so does who is called by its name.
fn bearable() -> Vec<String> {
    match Invocation::now() {
        Invocation::Kubewright => Vec::new(),
        Invocation::Kubeadm => vec!["SubnetOverlap".to_owned()],
    }
}

/// Reports the findings of a dry run that is printed. By its own name this program tells what would stop it and goes on; a
/// kubeadm stops.
pub fn tell(findings: Vec<Finding>) -> Result<Vec<Finding>, Failure> {
    match Invocation::now() {
        Invocation::Kubewright => {
            report::findings(&findings);
            Ok(findings)
        }
        Invocation::Kubeadm => fail_on_errors(findings),
    }
}

/// Pulls the images that a control plane misses; refuses to go on where an error is left.
pub fn pull_and_pass(
    spec: Spec<'_>,
    run: &RunOptions,
    facts: &Facts,
    mut findings: Vec<Finding>,
) -> Result<Vec<Finding>, Failure> {
    let images = preflight::images_to_pull(spec, facts);
    // On a host that is refused anyway there is nothing to pull for.
    if !preflight::is_fatal(&findings) && !images.is_empty() {
        let pulled = pull_images(spec.node, &images);
        findings.extend(preflight::ignore(pulled, &run.ignore_preflight_errors));
    }
    fail_on_errors(findings)
}

/// Reports the warnings; refuses to go on where an error is left.
pub fn fail_on_errors(findings: Vec<Finding>) -> Result<Vec<Finding>, Failure> {
    if preflight::is_fatal(&findings) {
        return Err(Failure::Preflight(findings));
    }
    report::findings(&findings);
    Ok(findings)
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
