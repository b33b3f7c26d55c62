//! What has ended, ends soon, has not begun, or ends after its CA.

use std::collections::BTreeMap;
use std::path::Path;

use super::super::content::Certificate;
use super::super::fault::Fault;
use super::super::finding::{Finding, Severity};
use super::super::node::Node;
use super::super::role::Role;
use super::super::thresholds::Threshold;
use super::case::{Authority, Case, Found, Leaf, ends, in_places};
use crate::pki::Ca;

/// Longer than this a leaf should not hold: browsers take no longer one from a public CA.
const LONG: i64 = 398 * 24 * 3600;

pub fn judge(case: &Case<'_, '_>, found: &mut Found) {
    for leaf in case.leaves() {
        if !found.explains(&leaf.pair.certificate.name) {
            of_leaf(case, &leaf, found);
        }
    }
    let authorities = case.authorities();
    for authority in &authorities {
        of_authority(case, authority, &authorities, found);
    }
    for leaf in case.leaves() {
        outlives(case, &leaf, &authorities, found);
    }
    serials(case, found);
}

fn has_ended(certificate: &Certificate, case: &Case<'_, '_>) -> bool {
    case.now.as_second() > certificate.found.not_after.as_second()
}

fn not_yet(
    case: &Case<'_, '_>,
    node: &Node<'_>,
    name: &str,
    certificate: &Certificate,
    found: &mut Found,
) -> bool {
    let from = certificate.found.not_before;
    if case.now >= from {
        return false;
    }
    let message = format!("the certificate {:?} is not valid yet", certificate.told());
    let finding = Finding::new(Fault::CertificateNotYetValid, Severity::Critical, node, name, message);
    found.explain(certificate.hash);
    found.add(
        finding
            .seen(format!("it holds from {from}, and it is {}", case.now))
            .run("timedatectl", "which shows whether this host's clock is right"),
    );
    true
}

fn of_leaf(case: &Case<'_, '_>, leaf: &Leaf<'_, '_>, found: &mut Found) {
    let (certificate, pair, node) = (leaf.certificate, leaf.pair, leaf.node);
    let name = &pair.certificate.name;
    if not_yet(case, node, name, certificate, found) {
        return;
    }
    let (from, until) = (certificate.found.not_before, certificate.found.not_after);
    let seen = format!("{}; it is that of {}", ends(until, case.now), pair.role.told());
    let by_itself = |finding: Finding| {
        match pair.role {
        Role::Kubelet => finding.fix("the kubelet renews it by itself while its API server answers: `journalctl -u kubelet` says what is in the way"),
        role => finding.renew(role),
    }
    };
    if has_ended(certificate, case) {
        let message = format!("the certificate {:?} has ended", certificate.told());
        let finding = Finding::new(Fault::CertificateExpired, Severity::Critical, node, name, message);
        found.explain(certificate.hash);
        found.add(match pair.role {
            Role::Kubelet => finding
                .seen(seen)
                .fix("the page of CertificateExpired shows how to give the kubelet a new one"),
            role => finding.seen(seen).renew(role),
        });
        return;
    }
    let limits = case.limits;
    if let Some(severity) = soon(certificate, case, limits.crit, limits.warn) {
        let message = format!("the certificate {:?} ends soon", certificate.told());
        let finding = Finding::new(Fault::CertificateEndsSoon, severity, node, name, message);
        found.add(by_itself(finding.seen(seen)));
    }
    if until.as_second().saturating_sub(from.as_second()) > LONG && pair.role != Role::KubeletServing {
        let message = format!("the certificate {:?} holds for longer than 398 days", certificate.told());
        let finding = Finding::new(Fault::LongLife, Severity::Notice, node, name, message);
        let days = until.as_second().saturating_sub(from.as_second()) / (24 * 3600);
        found.add(finding.seen(format!("from {from} to {until}, {days} days")).renew(pair.role));
    }
}

fn soon(
    certificate: &Certificate,
    case: &Case<'_, '_>,
    crit: Threshold,
    warn: Threshold,
) -> Option<Severity> {
    let (from, until) = (certificate.found.not_before, certificate.found.not_after);
    let is_reached = |threshold: Threshold| threshold.is_reached(from, until, case.now);
    match (is_reached(crit), is_reached(warn)) {
        (true, _) => Some(Severity::Critical),
        (false, true) => Some(Severity::Warning),
        (false, false) => None,
    }
}

/// The same CA, issued again: its key and name, and another end.
fn is_again(one: &Certificate, other: &Certificate) -> bool {
    one.key == other.key && one.found.subject == other.found.subject && one.hash != other.hash
}

fn of_authority(
    case: &Case<'_, '_>,
    authority: &Authority<'_, '_>,
    all: &[Authority<'_, '_>],
    found: &mut Found,
) {
    let certificate = authority.certificate;
    let Some((node, name)) = authority.places.first() else { return };
    if found.explains(name)
        || found.explains(certificate.hash)
        || not_yet(case, node, name, certificate, found)
    {
        return;
    }
    let newer = all.iter().map(|other| other.certificate).find(|other| {
        is_again(certificate, other)
            && other.found.not_after > certificate.found.not_after
            && !has_ended(other, case)
    });
    let below = case.graph.signatures.below(certificate.hash).count();
    let seen = format!(
        "{}; it has signed {below} of the certificates here, and is in {}",
        ends(certificate.found.not_after, case.now),
        in_places(&authority.places)
    );
    let is_renewed_here = newer.is_some_and(|newer| {
        all.iter().filter(|other| other.certificate.hash == newer.hash).any(|other| {
            authority.places.iter().all(|place| other.places.iter().any(|own| is_same(own, place)))
        })
    });
    if has_ended(certificate, case) {
        if is_renewed_here || beside_another(case, authority, all) {
            let message = format!(
                "a CA {:?} that has ended is still trusted, beside one that holds",
                certificate.told()
            );
            let finding = Finding::new(Fault::TrustExpired, Severity::Warning, node, name, message);
            found.add(finding.seen(seen).fix("take it out of the files, and restart what reads them"));
            return;
        }
        let message = format!("the CA {:?} has ended", certificate.told());
        let finding = Finding::new(Fault::AuthorityExpired, Severity::Critical, node, name, message);
        found.explain(certificate.hash);
        found.add(match newer {
            Some(_) => finding
                .seen(seen)
                .fix("put the copy that was issued again in its place, and restart what reads it"),
            None => reissued(finding.seen(seen), authority, "AuthorityExpired"),
        });
        return;
    }
    let limits = case.limits;
    match (newer, soon(certificate, case, limits.ca_crit, limits.ca_warn)) {
        (Some(newer), late) if !is_renewed_here => {
            let severity =
                if late == Some(Severity::Critical) { Severity::Warning } else { Severity::Notice };
            let message = format!(
                "an older copy of the CA {:?} is in use, and stops at its own end",
                certificate.told()
            );
            let finding = Finding::new(Fault::AuthorityCopyOlder, severity, node, name, message);
            found.explain(certificate.hash);
            found.add(
                finding
                    .seen(format!("{seen}; the newer one ends at {}", newer.found.not_after))
                    .fix("put the newer copy in its place, and restart what reads it"),
            );
        }
        (None, Some(severity)) => {
            let message = format!("the CA {:?} ends soon", certificate.told());
            let finding = Finding::new(Fault::AuthorityEndsSoon, severity, node, name, message);
            found.explain(certificate.hash);
            found.add(reissued(finding.seen(seen), authority, "AuthorityEndsSoon"));
        }
        (Some(_) | None, _) => {}
    }
}

/// By the command where it is a node's own CA in kubeadm's layout, whose key is beside it.
fn reissued(finding: Finding, authority: &Authority<'_, '_>, page: &str) -> Finding {
    let is_here = |ca: &Ca| {
        let path = format!("/etc/kubernetes/pki/{}", ca.certificate_path());
        let key = format!("/etc/kubernetes/pki/{}", ca.key_path());
        authority.certificate.is_self_issued()
            && authority
                .places
                .iter()
                .any(|(node, place)| *place == path && node.tree.file(Path::new(&key)).is_some())
    };
    match Ca::ALL.iter().find(|ca| is_here(ca)) {
        Some(ca) => finding.run(
            format!("kubewright certs reissue-ca {}", ca.name()),
            "with the same key and name, and restart what it names",
        ),
        None => finding
            .fix(format!("have it issued again with the same key and name: the page of {page} shows how")),
    }
}

/// Whether a CA of the same name that holds stands beside it wherever it is.
fn beside_another(case: &Case<'_, '_>, authority: &Authority<'_, '_>, all: &[Authority<'_, '_>]) -> bool {
    authority.places.iter().all(|place| {
        all.iter().any(|other| {
            other.certificate.found.subject == authority.certificate.found.subject
                && !has_ended(other.certificate, case)
                && other.places.iter().any(|own| is_same(own, place))
        })
    })
}

/// Of two hosts, places of one name are two.
fn is_same(one: &(&Node<'_>, String), other: &(&Node<'_>, String)) -> bool {
    one.0.tree.root == other.0.tree.root && one.1 == other.1
}

fn outlives(case: &Case<'_, '_>, leaf: &Leaf<'_, '_>, all: &[Authority<'_, '_>], found: &mut Found) {
    let certificate = leaf.certificate;
    let signers: Vec<&Certificate> = case
        .graph
        .signatures
        .of(certificate.hash)
        .iter()
        .filter_map(|signer| all.iter().find(|one| one.certificate.hash == signer.hash))
        .map(|authority| authority.certificate)
        .filter(|signer| signer.hash != certificate.hash)
        .collect();
    let is_told =
        signers.iter().any(|signer| found.explains(signer.hash)) || found.explains(certificate.hash);
    let Some(last) = signers.iter().max_by_key(|signer| signer.found.not_after) else { return };
    if is_told || last.found.not_after.as_second() >= certificate.found.not_after.as_second() {
        return;
    }
    let message = format!("the certificate {:?} ends after the CA that has signed it", certificate.told());
    let name = &leaf.pair.certificate.name;
    let finding = Finding::new(Fault::OutlivesItsAuthority, Severity::Warning, leaf.node, name, message);
    let seen = format!(
        "it ends at {}, the CA {:?} at {}",
        certificate.found.not_after,
        last.told(),
        last.found.not_after
    );
    found.add(finding.seen(seen).renew(leaf.pair.role));
}

/// A CA that counts from one again after its folder was lost, or a serial number that a script has fixed.
fn serials(case: &Case<'_, '_>, found: &mut Found) {
    let mut seen: BTreeMap<(&[u8], &[u8]), &Certificate> = BTreeMap::new();
    for leaf in case.leaves() {
        let certificate = leaf.certificate;
        let key = (certificate.found.issuer.as_slice(), certificate.found.serial.as_slice());
        let Some(other) = seen.get(&key) else {
            seen.insert(key, certificate);
            continue;
        };
        let message = format!(
            "the CA has given one serial number to {:?} and to {:?}",
            other.told(),
            certificate.told()
        );
        let finding = Finding::new(
            Fault::SerialReused,
            Severity::Warning,
            leaf.node,
            &leaf.pair.certificate.name,
            message,
        );
        found.add(
            finding.seen(format!("both have {}, by one issuer", certificate.serial())).renew(leaf.pair.role),
        );
    }
}
