//! `explain ID`: what a cause, a finding or an error means and what to do about it, as the guide's page says it.

use std::fmt::Write as _;

use clap::{Arg, ArgMatches, Command};

use super::failure::Failure;
use super::flags::FlagValues;
use crate::causes::Cause;
use crate::config::nearest;
use crate::pki_graph::Fault;
use crate::report::{self, ErrorId};

/// A page of docs/guide: its heading is the id, and what it means is the line after that.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Page(&'static str);

macro_rules! findings {
    ($($file:literal,)*) => {
        /// Those of preflight, whose ids are not all known before a host was looked at, and of an upgrade.
        const FINDINGS: &[Page] =
            &[$(Page(include_str!(concat!("../../docs/guide/src/findings/", $file, ".md"))),)*];
    };
}

findings! {
    "IsPrivilegedUser",
    "NumCPU",
    "Mem",
    "KubernetesVersion",
    "Firewalld",
    "Port",
    "FileAvailable",
    "HTTPProxy",
    "HTTPProxyCIDR",
    "CRI",
    "ContainerRuntimeVersion",
    "Swap",
    "FileExisting",
    "SystemVerification",
    "Hostname",
    "KubeletVersion",
    "Service-kubelet",
    "FileContent",
    "ExternalEtcdVersion",
    "DirAvailable",
    "ExternalEtcdClientCertificates",
    "SubnetOverlap",
    "CgroupDriver",
    "SandboxImage",
    "ImagePull",
    "Downgrade",
    "UnstableVersion",
    "ApiServerSkew",
    "KubeletSkew",
    "ControlPlaneNodesReady",
    "StaticPodManifest",
    "LocalEdits",
    "PatchesMissing",
    "RemovedFlag",
    "RemovedFeatureGate",
    "LockedFeatureGate",
    "RemovedAdmissionPlugin",
    "RemovedGroupVersion",
    "RemovedEtcdFlag",
    "RemovedApiInUse",
    "KubeletSettings",
    "CorefilePlugin",
    "AddonEdits",
    "WebhookInTheWay",
    "EtcdUnhealthy",
    "EtcdAlarm",
    "EtcdLearner",
    "EtcdBridge",
    "EtcdPinned",
    "EtcdRoom",
    "CertificatesRenewed",
    "ExcessGrant",
    "NotSeen",
}

/// The id is none of those that there are.
#[derive(Debug, thiserror::Error)]
#[error("there is no cause, finding or error {id:?}{}", did_you_mean(.near))]
pub struct UnknownId {
    /// As it was given.
    id: String,
    /// Those that look like it, the likest first.
    near: Vec<&'static str>,
}

fn did_you_mean(near: &[&str]) -> String {
    if near.is_empty() { String::new() } else { format!("; did you mean {}?", near.join(", ")) }
}

/// `explain`, alone or with an id.
pub fn command() -> Command {
    let id = Arg::new("id").value_name("ID").help(
        "As a cause, a finding or an error is named in an output, as in NoBackend or Port-6443; without one, all are listed",
    );
    Command::new("explain").about("Print what a cause, a finding or an error means, and what to do").arg(id)
}

/// Prints the pages of the id, or all ids. One id may be that of a cause and of an error.
pub fn run(matches: &ArgMatches) -> Result<(), Failure> {
    match FlagValues(matches).text("id") {
        None => report::out(&listed()),
        Some(id) => report::out(&explained(&id)?),
    }
    Ok(())
}

fn sections() -> [(&'static str, Vec<Page>); 4] {
    [
        (
            "Causes, of what is waited for and does not come",
            Cause::ALL.iter().map(|cause| Page(cause.page())).collect(),
        ),
        ("Findings, of preflight and of an upgrade's plan", FINDINGS.to_vec()),
        ("Faults, of `certs check`", Fault::ALL.iter().map(|id| Page(id.page())).collect()),
        ("Errors", ErrorId::ALL.iter().map(|id| Page(id.page())).collect()),
    ]
}

fn pages() -> impl Iterator<Item = Page> {
    sections().into_iter().flat_map(|(_, pages)| pages)
}

fn listed() -> String {
    let mut text = String::new();
    for (title, pages) in sections() {
        let _ = writeln!(text, "{title}:");
        for page in pages {
            let _ = writeln!(text, "  {:<31}{}", page.id(), page.meaning());
        }
        text.push('\n');
    }
    text + "`kubewright explain ID` says what to do about one.\n"
}

fn explained(id: &str) -> Result<String, UnknownId> {
    let found: Vec<String> = pages().filter(|page| page.is_of(id)).map(Page::plain).collect();
    if found.is_empty() {
        Err(UnknownId { id: id.to_owned(), near: near(id) })
    } else {
        Ok(found.join("\n\n"))
    }
}

fn near(id: &str) -> Vec<&'static str> {
    let mut known: Vec<&str> = pages().map(Page::id).collect();
    let mut near = Vec::new();
    while let Some(next) = nearest(id, known.iter().copied()).filter(|_| near.len() < 3) {
        known.retain(|name| *name != next);
        near.push(next);
    }
    near
}

impl Page {
    fn id(self) -> &'static str {
        self.0.lines().next().unwrap_or_default().trim_start_matches("# ")
    }

    /// Its first paragraph, which may have several lines.
    fn meaning(self) -> String {
        let lines = self.0.lines().skip(2).take_while(|line| !line.is_empty());
        lines.collect::<Vec<_>>().join(" ")
    }

    /// `Port-*` answers to `Port-6443`. kubeadm compares names without case, too.
    fn is_of(self, id: &str) -> bool {
        let (own, id) = (self.id().to_lowercase(), id.to_lowercase());
        own == id || own.strip_suffix('*').is_some_and(|kind| id.starts_with(kind))
    }

    /// As a terminal shows it: without links and marks, blocks of code indented.
    fn plain(self) -> String {
        let (mut text, mut prose, mut in_code) = (String::new(), String::new(), false);
        for line in self.0.lines() {
            if line.trim_start().starts_with("```") {
                text.push_str(&without_links(&std::mem::take(&mut prose)));
                in_code = !in_code;
            } else if in_code {
                let _ = writeln!(text, "    {line}");
            } else {
                let line = if line.starts_with('#') { line.trim_start_matches(['#', ' ']) } else { line };
                let _ = writeln!(prose, "{}", line.replace("**", ""));
            }
        }
        text + &without_links(&prose)
    }
}

/// `[text](page.md)` → `text`; an address elsewhere stays, behind it.
fn without_links(prose: &str) -> String {
    let mut text = String::new();
    let mut rest = prose;
    while let Some(link) = next_link(rest) {
        text.push_str(link.before);
        text.push_str(link.name);
        if link.target.starts_with("https://") {
            let _ = write!(text, " ({})", link.target);
        }
        rest = link.behind;
    }
    text + rest
}

struct Link<'a> {
    before: &'a str,
    name: &'a str,
    target: &'a str,
    behind: &'a str,
}

fn next_link(text: &str) -> Option<Link<'_>> {
    let (head, tail) = text.split_once("](")?;
    let (before, name) = head.rsplit_once('[')?;
    let (target, behind) = tail.split_once(')')?;
    Some(Link { before, name, target, behind })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::preflight::CHECKS;
    use crate::upgrade;

    #[test]
    fn every_check_has_a_page() {
        let ids: Vec<&str> = FINDINGS.iter().map(|page| page.id()).collect();
        let of_upgrade = upgrade::CHECKS.iter().map(|check| check.id);
        for name in CHECKS.iter().map(|check| check.name).chain(["ImagePull"]).chain(of_upgrade) {
            let id = if name.ends_with('-') { format!("{name}*") } else { name.to_owned() };
            assert!(ids.contains(&id.as_str()), "{id}");
        }
    }

    #[test]
    fn every_id_is_listed_and_explained() {
        let listed = listed();
        for page in pages() {
            let id = page.id();
            assert!(listed.contains(&format!("\n  {id} ")), "{id}");
            let explained = explained(&id.replace('*', "x")).unwrap();
            assert!(explained.contains("\nWhat to do\n") && !explained.contains("]("), "{explained}");
        }
    }

    #[test]
    fn a_finding_is_found_by_its_port_and_in_any_case() {
        for id in ["Port-6443", "port-10250", "Port-*"] {
            assert!(explained(id).unwrap().starts_with("Port-*\n"), "{id}");
        }
    }

    #[test]
    fn what_is_a_cause_and_an_error_is_explained_as_both() {
        assert_eq!(explained("EtcdNoQuorum").unwrap().matches("EtcdNoQuorum\n").count(), 2);
    }

    #[test]
    fn an_id_that_is_none_is_answered_with_those_that_look_like_it() {
        let said = explained("NoBakend").unwrap_err().to_string();
        assert_eq!(said, "there is no cause, finding or error \"NoBakend\"; did you mean NoBackend?");
        let said = explained("xyz").unwrap_err().to_string();
        assert_eq!(said, "there is no cause, finding or error \"xyz\"");
    }

    #[test]
    fn links_and_marks_go_and_code_stays() {
        let page = Page(
            "# Id\n\nIt **is**\nso.\n\n```sh\n# [a](b)\n```\n\n## More\n\n1. See [the\npage](x.md#y) and [there](https://a.b/).\n",
        );
        assert_eq!(page.meaning(), "It **is** so.");
        let plain =
            "Id\n\nIt is\nso.\n\n    # [a](b)\n\nMore\n\n1. See the\npage and there (https://a.b/).\n";
        assert_eq!(page.plain(), plain);
    }
}
