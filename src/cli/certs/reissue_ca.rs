//! `certs reissue-ca`: CAs issued again by the keys that they have, and their copies on this host exchanged.

use std::path::Path;

use clap::Command;

use super::actions::{carry_out, status, tidy};
use super::command::{ALL, SETTINGS};
use super::failure::CertsFailure;
use super::settings::{Purpose, known_settings, no_access};
use crate::cli::command::output;
use crate::cli::failure::Failure;
use crate::cli::flag_group::FlagGroup;
use crate::cli::flags::{self, Flag, FlagKind, FlagValues};
use crate::cli::host_lock::host_lock;
use crate::cli::target::ApplyTarget;
use crate::config::{At, ConfigErrors, Place, Problem};
use crate::duration::{BadDuration, GoDuration};
use crate::host::{Node, observe};
use crate::pki_graph::Graph;
use crate::plan::{self, REISSUABLE, ReissueInputs, ReissueOutcome, ReissuePlan};
use crate::report::{self, Detail, Document, DocumentKind, reissue_advice, reissue_fields, reissue_table};

const VALIDITY: &str = "validity";
const AGAIN: &str = "again";

#[rustfmt::skip]
const FLAGS: &[Flag] = &[
    Flag { name: AGAIN, group: FlagGroup::Run, kind: FlagKind::Switch, help: "Even where the new certificate would hold hardly longer than the one that is here, or less long" },
    Flag { name: VALIDITY, group: FlagGroup::Run, kind: FlagKind::Value("TIME"), help: "Life of the new certificate from now on, as in 10y, 365d or 87600h [default: the configuration's caCertificateValidityPeriod; without one, the old certificate's life]" },
];

/// The command, with a command for each CA.
pub fn command() -> Command {
    let each = REISSUABLE.iter().map(|(name, about)| one(name, about));
    Command::new("reissue-ca")
        .about("Issue CAs again, by the keys that they have and with a new life: what they have signed holds on, and no key or hash changes")
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommand(one(ALL, "Issue all of them again"))
        .subcommands(each)
}

fn one(name: &'static str, about: &'static str) -> Command {
    let names = [SETTINGS, &["dry-run"]].concat();
    Command::new(name)
        .about(about)
        .args(flags::arguments(&names))
        .args(FLAGS.iter().map(flags::argument))
        .arg(output())
}

/// `name` is one of kubeadm's names of CAs, or `all`.
pub fn run(host: &Node, given: FlagValues<'_>, name: &str, detail: Detail) -> Result<(), Failure> {
    let names: Vec<&'static str> =
        REISSUABLE.iter().map(|(row, _)| *row).filter(|row| name == ALL || *row == name).collect();
    let wanted = validity(given)?;
    let target = ApplyTarget::read(given, given.is_on("dry-run"))?;
    let node = target.node(host);
    let _turn = host_lock(&target, host, "certs reissue-ca")?;
    let (config, is_known) = known_settings(host, node.tree(), given, Purpose::Places)?;
    let configured = is_known.then_some(config.cluster.ca_certificate_validity);
    let root = Path::new("/");
    let tree = observe::pki(&node, root)
        .map_err(|why| CertsFailure::NothingToCheck { root: root.to_owned(), why: Some(why) })?;
    let trees = [tree];
    let graph = Graph::of(&trees);
    let paths = plan::reissue_paths(config.spec(), &graph);
    // What a run has left that was cut off is made whole before it is read.
    tidy(&target, &node, &paths)?;
    let found = node.tree().read(&paths)?;
    let inputs = ReissueInputs {
        spec: config.spec(),
        files: &found.into_iter().map(|(path, found)| (path, found.content)).collect(),
        graph: &graph,
        names: &names,
        validity: wanted.or(configured),
        again: given.is_on(AGAIN),
        now: node.now(),
    };
    let plan = plan::reissue(&inputs, &*node.keys())?;
    refuse_nothing(&plan)?;
    plan.remarks.iter().for_each(|remark| report::warn(&remark.to_string()));
    let applied_by = target.open(host, given, || no_access(given))?;
    let fields = |done: &[&str]| reissue_fields(&plan, |name| done.contains(&name));
    carry_out(applied_by.as_ref(), &plan.actions, detail, DocumentKind::ReissuedAuthorities, fields)?;
    print(given, &target, &plan, &node);
    Ok(())
}

/// Of several, those that cannot be issued again here are told beside the others; that there are no others is an error.
fn refuse_nothing(plan: &ReissuePlan) -> Result<(), CertsFailure> {
    let is_here = |outcome: &ReissueOutcome| {
        matches!(outcome, ReissueOutcome::Kept { .. } | ReissueOutcome::Reissued { .. })
    };
    if plan.reissues.iter().any(|reissue| is_here(&reissue.outcome)) {
        return Ok(());
    }
    Err(CertsFailure::NotReissued { reissues: plan.reissues.clone() })
}

fn print(given: FlagValues<'_>, target: &ApplyTarget, plan: &ReissuePlan, node: &Node) {
    if given.wants_json() {
        let fields = reissue_fields(plan, |_| true);
        let document =
            Document::new(DocumentKind::ReissuedAuthorities, status(target, &plan.actions), fields);
        report::json(&document.to_value());
    } else if *target != ApplyTarget::Listing {
        report::out(&reissue_table(plan));
    } else {
        report::say(reissue_table(plan).trim_end());
    }
    for line in reissue_advice(plan, node.now()) {
        report::say(&line);
    }
    target.say_if_dry();
}

/// Years, which are of 365 days as kubeadm counts them, days, or a duration of Go's.
fn validity(given: FlagValues<'_>) -> Result<Option<GoDuration>, Failure> {
    let Some(text) = given.text(VALIDITY) else { return Ok(None) };
    let bad = |why| refuse(Problem::Duration(why));
    let read = match text.char_indices().next_back() {
        Some((end, unit @ ('y' | 'd'))) => {
            let hours = if unit == 'y' { 365 * 24 } else { 24 };
            days(&text[..end], hours).ok_or_else(|| bad(BadDuration::Form { text: text.clone() }))?
        }
        _ => text.parse().map_err(bad)?,
    };
    if read <= GoDuration::ZERO {
        return Err(refuse(Problem::NotPositive { value: text }));
    }
    Ok(Some(read))
}

/// What Go cannot count is none.
fn days(number: &str, each: i64) -> Option<GoDuration> {
    let number = number.parse::<u32>().ok()?;
    format!("{}h", i64::from(number).checked_mul(each)?).parse().ok()
}

fn refuse(problem: Problem) -> Failure {
    let at = At { place: Place::Flag(VALIDITY), field: String::new() };
    Failure::Config(ConfigErrors(vec![at.refuse(problem)]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<String> {
        let matches = one("ca", "x").try_get_matches_from(["ca", &format!("--validity={text}")]).unwrap();
        validity(FlagValues(&matches)).ok().flatten().map(|life| life.to_string())
    }

    #[test]
    fn a_life_is_in_years_days_or_go_s_units() {
        for (text, wanted) in
            [("10y", "87600h0m0s"), ("30d", "720h0m0s"), ("90m", "1h30m0s"), ("292y", "2557920h0m0s")]
        {
            assert_eq!(read(text).as_deref(), Some(wanted), "{text}");
        }
        for text in ["0y", "-1d", "y", "1.5y", "10", "300y", "5x", "ä"] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
