//! `certs renew`: which certificates are renewed and why, and then all of them.

use std::path::{Path, PathBuf};

use super::actions::{carry_out, status, tidy};
use super::command::ALL;
use super::failure::CertsFailure;
use super::settings::{Purpose, no_access, settings};
use crate::cli::failure::Failure;
use crate::cli::flags::FlagValues;
use crate::cli::host_lock::host_lock;
use crate::cli::target::ApplyTarget;
use crate::config::Config;
use crate::host::Node;
use crate::plan::{self, Basis, Files, RENEWABLE, RenewInputs, RenewPlan, RenewalOutcome};
use crate::report::{self, Detail, Document, DocumentKind, renewal_fields, renewal_table, restart_line};

/// `name` is one of kubeadm's names, or `all`.
pub fn run(host: &Node, given: FlagValues<'_>, name: &str, detail: Detail) -> Result<(), Failure> {
    let names: Vec<&'static str> =
        RENEWABLE.iter().map(|row| row.name).filter(|row| name == ALL || *row == name).collect();
    let (basis, purpose) = if given.is_on("from-config") {
        (Basis::Configuration, Purpose::Certificates)
    } else {
        (Basis::Itself, Purpose::Places)
    };
    let target = ApplyTarget::read(given, given.is_on("dry-run"))?;
    let node = target.node(host);
    let _turn = host_lock(&target, host, "certs renew")?;
    let config = settings(host, node.tree(), given, purpose)?;
    let plan = plan(&node, &config, &names, basis)?;
    refuse_external(&plan)?;
    plan.remarks.iter().for_each(|remark| report::warn(&remark.to_string()));
    let applied_by = target.open(host, given, || no_access(given))?;
    tidy(&target, &node, &plan::renewal_paths(config.spec(), Path::new(plan::KUBERNETES)))?;
    let fields = |done: &[&str]| renewal_fields(&plan, |name| done.contains(&name));
    carry_out(applied_by.as_ref(), &plan.actions, detail, DocumentKind::RenewedCertificates, fields)?;
    print(given, &target, &plan);
    Ok(())
}

fn plan(node: &Node, config: &Config, names: &[&'static str], basis: Basis) -> Result<RenewPlan, Failure> {
    let kubeconfig_dir = Path::new(plan::KUBERNETES);
    let contents = |paths: Vec<PathBuf>| -> Result<Files, Failure> {
        Ok(node.tree().read(&paths)?.into_iter().map(|(path, found)| (path, found.content)).collect())
    };
    let mut files = contents(plan::renewal_paths(config.spec(), kubeconfig_dir))?;
    files.extend(contents(plan::named_files(&files))?);
    let inputs =
        RenewInputs { spec: config.spec(), files: &files, kubeconfig_dir, names, basis, now: node.now() };
    Ok(plan::renew(&inputs, &*node.keys())?)
}

/// Where a CA's key is elsewhere the others are renewed all the same; that there are no others is an error.
fn refuse_external(plan: &RenewPlan) -> Result<(), CertsFailure> {
    let external = |outcome: &RenewalOutcome| match outcome {
        RenewalOutcome::External { key } => Some(key.clone()),
        RenewalOutcome::Missing | RenewalOutcome::Kept { .. } | RenewalOutcome::Renewed { .. } => None,
    };
    let keyless: Vec<_> = plan
        .renewals
        .iter()
        .filter_map(|renewal| Some((renewal.name, external(&renewal.outcome)?)))
        .collect();
    let is_done = |outcome: &RenewalOutcome| match outcome {
        RenewalOutcome::Kept { .. } | RenewalOutcome::Renewed { .. } => true,
        RenewalOutcome::Missing | RenewalOutcome::External { .. } => false,
    };
    match keyless.first() {
        Some((_, key)) if !plan.renewals.iter().any(|renewal| is_done(&renewal.outcome)) => {
            let names = keyless.iter().map(|(name, _)| *name).collect();
            Err(CertsFailure::External { key: key.clone(), names })
        }
        _ => Ok(()),
    }
}

fn print(given: FlagValues<'_>, target: &ApplyTarget, plan: &RenewPlan) {
    if given.wants_json() {
        let fields = renewal_fields(plan, |_| true);
        report::json(
            &Document::new(DocumentKind::RenewedCertificates, status(target, &plan.actions), fields)
                .to_value(),
        );
    } else if *target != ApplyTarget::Listing {
        report::out(&renewal_table(plan));
    } else {
        report::say(renewal_table(plan).trim_end());
    }
    for line in restart_line(plan).into_iter().filter(|_| *target == ApplyTarget::Host) {
        report::say(&line);
    }
    target.say_if_dry();
}
