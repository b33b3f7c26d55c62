//! What a certificate is: its key, its signature, and what it may be used for.

use super::super::content::Certificate;
use super::super::fault::Fault;
use super::super::finding::{Finding, Severity};
use super::super::node::Node;
use super::super::role::Role;
use super::super::seen::SeenFile;
use super::case::{Authority, Case, Found, Leaf, in_places};
use crate::pki::go::Purpose;
use crate::pki::{ExtendedUsage, KeyKind};

pub fn judge(case: &Case<'_, '_>, found: &mut Found) {
    let leaves = case.leaves();
    for leaf in &leaves {
        if found.explains(&leaf.pair.certificate.name) {
            continue;
        }
        let (node, name, role) = (leaf.node, leaf.pair.certificate.name.as_str(), leaf.pair.role);
        weak(node, name, leaf.certificate, Some(role), found);
        usage(leaf, found);
        shape(leaf, found);
    }
    encipherment(&leaves, found);
    for authority in case.authorities() {
        of_authority(case, &authority, found);
    }
}

/// Short keys, and signatures that nobody verifies any more. A root's signature of itself is not looked at.
fn weak(node: &Node<'_>, name: &str, certificate: &Certificate, role: Option<Role>, found: &mut Found) {
    let renewed = |finding: Finding| match role {
        Some(role) => finding.renew(role),
        None => finding.fix("make a new CA; all that it has signed has to be made again"),
    };
    let is_weak = match certificate.found.key {
        KeyKind::Rsa(bits) => bits < 2048,
        KeyKind::Ecdsa(bits) => bits < 256,
        KeyKind::Other => false,
    };
    if is_weak {
        let message = format!("the key of {:?} is too short", certificate.told());
        let finding = Finding::new(Fault::WeakKey, Severity::Warning, node, name, message);
        found.add(renewed(
            finding.seen(format!(
                "it is {}; RSA from 2048 bits and P-256 are long enough",
                certificate.found.key
            )),
        ));
    }
    if let Some(algorithm) = certificate.found.broken_signature.filter(|_| !certificate.is_self_issued()) {
        let message =
            format!("the certificate {:?} is signed with {algorithm}, which Go refuses", certificate.told());
        let finding = Finding::new(Fault::WeakSignature, Severity::Critical, node, name, message);
        found.explain(certificate.hash);
        found.add(renewed(finding.seen(format!("its signature algorithm is {algorithm}"))));
    }
}

fn usage(leaf: &Leaf<'_, '_>, found: &mut Found) {
    let (certificate, pair) = (leaf.certificate, leaf.pair);
    let name = &pair.certificate.name;
    if certificate.found.key_usages.is_some_and(|usages| !usages.digital_signature) {
        let message = format!("the key of {:?} may not sign a handshake", certificate.told());
        let finding = Finding::new(Fault::KeyUsageWrong, Severity::Critical, leaf.node, name, message);
        found.add(finding.seen("its key usage lacks digitalSignature").renew_from_config(pair.role));
    }
    let Some(usages) = &certificate.found.extended_usages else {
        return too_wide(leaf, "it names no extended key usage", found);
    };
    if usages.contains(&ExtendedUsage::Any) {
        return too_wide(leaf, "its extended key usage is any", found);
    }
    let wanted = leaf.roles.iter().flat_map(|role| role.purposes());
    let lacks: Vec<&str> = wanted
        .filter(|purpose| !usages.contains(&extended(**purpose)))
        .map(|purpose| purpose.told())
        .collect();
    if let Some(lacks) = lacks.first() {
        let message = format!(
            "the certificate {:?} is not for what {} uses it for",
            certificate.told(),
            pair.role.told()
        );
        let finding = Finding::new(Fault::UsageMissing, Severity::Critical, leaf.node, name, message);
        found.explain(certificate.hash);
        found.add(finding.seen(format!("its extended key usage lacks {lacks}")).renew_from_config(pair.role));
        return;
    }
    // A server of Kubernetes' that could log in as a client, and does not have to.
    let is_server_alone = leaf.roles.iter().all(|role| role.purposes() == [Purpose::Server]);
    if is_server_alone && usages.contains(&ExtendedUsage::ClientAuth) {
        too_wide(
            leaf,
            "its extended key usage has clientAuth beside serverAuth, so that it can log in",
            found,
        );
    }
}

fn extended(purpose: Purpose) -> ExtendedUsage {
    match purpose {
        Purpose::Server => ExtendedUsage::ServerAuth,
        Purpose::Client => ExtendedUsage::ClientAuth,
    }
}

/// A kubelet's own, which nobody checks, is as the kubelet makes it.
fn too_wide(leaf: &Leaf<'_, '_>, seen: &str, found: &mut Found) {
    if leaf.pair.role == Role::KubeletServing {
        return;
    }
    let message = format!(
        "the certificate {:?} may be used for more than {} needs",
        leaf.certificate.told(),
        leaf.pair.role.told()
    );
    let name = &leaf.pair.certificate.name;
    let finding = Finding::new(Fault::UsageTooWide, Severity::Notice, leaf.node, name, message);
    found.add(finding.seen(seen).renew_from_config(leaf.pair.role));
}

fn shape(leaf: &Leaf<'_, '_>, found: &mut Found) {
    let (certificate, pair) = (leaf.certificate, leaf.pair);
    let name = &pair.certificate.name;
    if certificate.is_authority() {
        let message = format!("the certificate {:?} of {} is a CA's", certificate.told(), pair.role.told());
        let finding = Finding::new(Fault::LeafIsAuthority, Severity::Warning, leaf.node, name, message);
        found.add(
            finding
                .seen("its basic constraints say CA:TRUE: whoever has its key can sign others")
                .renew(pair.role),
        );
    }
    if certificate.found.names_authority_serial {
        let message = format!(
            "the certificate {:?} names its CA's serial number, which a CA that is issued again has not",
            certificate.told()
        );
        let finding = Finding::new(Fault::AkiNamesSerial, Severity::Notice, leaf.node, name, message);
        found.add(finding.seen("its authority key identifier has issuer and serial number").renew(pair.role));
    }
}

/// RSA's alone; told once for all that have it.
fn encipherment(leaves: &[Leaf<'_, '_>], found: &mut Found) {
    let is_odd = |leaf: &&Leaf<'_, '_>| {
        matches!(leaf.certificate.found.key, KeyKind::Ecdsa(_))
            && leaf.certificate.found.key_usages.is_some_and(|usages| usages.key_encipherment)
    };
    let odd: Vec<&Leaf<'_, '_>> = leaves.iter().filter(is_odd).collect();
    let Some(first) = odd.first() else { return };
    let message = "ECDSA certificates have the key usage keyEncipherment, which is RSA's";
    let names: Vec<&str> = odd.iter().map(|leaf| leaf.pair.certificate.name.as_str()).collect();
    let finding = Finding::new(
        Fault::KeyUsageWrong,
        Severity::Notice,
        first.node,
        &first.pair.certificate.name,
        message,
    );
    found.add(
        finding
            .seen(names.join(", "))
            .fix("nothing, unless something refuses them; kubeadm makes them so, too"),
    );
}

fn of_authority(case: &Case<'_, '_>, authority: &Authority<'_, '_>, found: &mut Found) {
    let certificate = authority.certificate;
    let Some((node, name)) = authority.places.first() else { return };
    if found.explains(name) || found.explains(certificate.hash) {
        return;
    }
    let signs = case.graph.signatures.below(certificate.hash).next().is_some();
    let is_alone = authority.is_anchor
        && node.tree.file(name.as_ref()).map(SeenFile::count).is_none_or(|count| count == 1);
    if !certificate.is_authority() && (signs || is_alone) {
        let message = format!("{:?} is trusted as a CA, and is none", certificate.told());
        let finding = Finding::new(Fault::NotAnAuthority, Severity::Critical, node, name, message);
        found.explain(certificate.hash);
        found.add(
            finding
                .seen(format!(
                    "its basic constraints do not say CA:TRUE; it is in {}",
                    in_places(&authority.places)
                ))
                .fix("put the CA's own certificate there"),
        );
        return;
    }
    weak(node, name, certificate, None, found);
    if !certificate.found.may_sign {
        let message = format!("the CA {:?} may not sign certificates", certificate.told());
        let finding = Finding::new(Fault::KeyUsageWrong, Severity::Critical, node, name, message);
        found.explain(certificate.hash);
        found.add(
            finding
                .seen("its key usage lacks keyCertSign")
                .fix("have it issued again, with the same key and name"),
        );
    }
    if certificate.found.path_length == Some(0) && certificate.is_self_issued() {
        let message = format!("the root {:?} allows no CA below itself", certificate.told());
        let finding = Finding::new(Fault::PathLenZero, Severity::Notice, node, name, message);
        found.add(
            finding
                .seen("its basic constraints have a path length of 0: in a rotation it cannot vouch for the next CA")
                .fix("nothing now; a rotation will have to wait for all clients"),
        );
    }
}
