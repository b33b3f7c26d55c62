//! What is named and not there, or is there and cannot be read.

use std::path::Path;

use super::super::fault::Fault;
use super::super::finding::{Finding, Severity};
use super::super::layout;
use super::super::node::{ClientState, Held, KeyFile, Node, Pair, State};
use super::super::role::Role;
use super::case::{Case, Found};
use crate::pki::{BadKey, BadPem};

pub fn judge(case: &Case<'_, '_>, found: &mut Found) {
    for node in &case.graph.nodes {
        for pair in &node.pairs {
            certificate(node, pair, found);
            key(node, pair, found);
        }
        for bundle in &node.bundles {
            if named(node, &bundle.held, &bundle.source, found) {
                certificates(node, &bundle.held, &bundle.source, found);
            }
        }
        for file in node.token_checks.iter().chain(&node.token_signers) {
            token_key(node, file, found);
        }
        clients(node, found);
        link(node, found);
    }
}

/// Whether there is something; what is not is told.
fn named(node: &Node<'_>, held: &Held<'_>, source: &str, found: &mut Found) -> bool {
    let seen = match held.state {
        State::Here(_) | State::Other(_) => return true,
        State::NotLooked => {
            found.explain(&held.name);
            return false;
        }
        State::Absent => "there is no such file",
        State::Dangling => "it is a link that leads nowhere",
        State::NotMounted => "no volume of the pod holds this path",
    };
    found.explain(&held.name);
    let (id, message, fix) = if is_own_link(held) {
        let message = "the kubelet's client certificate is not there";
        (Fault::KubeletLinkBroken, message, "the page of KubeletLinkBroken shows how to give it a new one")
    } else {
        let message = "a file is named that is not there";
        (
            Fault::ReferenceBroken,
            message,
            "correct the path, or bring the file back; in a pod, mount its folder",
        )
    };
    let finding = Finding::new(id, Severity::Critical, node, &held.name, message);
    found.add(finding.seen(format!("{source} names it, and {seen}")).fix(fix));
    false
}

/// `kubelet-client-current.pem`
fn is_own_link(held: &Held<'_>) -> bool {
    held.path.starts_with(layout::KUBELET_PKI)
        && held.path.file_name().is_some_and(|name| name == "kubelet-client-current.pem")
}

/// Whether all of its certificates can be read; what cannot is told.
fn certificates(node: &Node<'_>, held: &Held<'_>, source: &str, found: &mut Found) -> bool {
    let why = match held.pem() {
        Some(pem) => match pem.bad.first() {
            Some(bad) => bad.to_string(),
            None => return true,
        },
        None => "it holds no certificate in PEM".to_owned(),
    };
    unreadable(node, held, source, &why, found);
    false
}

fn unreadable(node: &Node<'_>, held: &Held<'_>, source: &str, why: &str, found: &mut Found) {
    found.explain(&held.name);
    let message = "a file cannot be read as Kubernetes reads it";
    let finding = Finding::new(Fault::Unreadable, Severity::Critical, node, &held.name, message);
    found.add(
        finding
            .seen(format!("{why}; {source} reads it"))
            .fix("bring it back from a copy, or have it made again"),
    );
}

fn certificate(node: &Node<'_>, pair: &Pair<'_>, found: &mut Found) {
    if named(node, &pair.certificate, &pair.source, found) {
        certificates(node, &pair.certificate, &pair.source, found);
    }
}

/// Of a pair whose certificate was told already, nothing is told of the key.
fn key(node: &Node<'_>, pair: &Pair<'_>, found: &mut Found) {
    let held = &pair.key;
    if found.explains(&pair.certificate.name) {
        return;
    }
    let missing = match held.state {
        State::NotLooked => return found.explain(&held.name),
        State::NotMounted => {
            named(node, held, &pair.source, found);
            return;
        }
        State::Absent | State::Dangling => "there is no such file".to_owned(),
        State::Here(pem) | State::Other(Some(pem)) => match pem.key {
            Some(Ok(_)) => return,
            Some(Err(BadKey::Pem(BadPem::EncryptedKey))) => {
                return encrypted(node, held, &pair.source, found);
            }
            Some(Err(why)) if !pem.certificates.is_empty() && matches!(why, BadKey::Pem(_)) => {
                "it holds no private key".to_owned()
            }
            Some(Err(why)) => return unreadable(node, held, &pair.source, &why.to_string(), found),
            None => "it holds no private key".to_owned(),
        },
        State::Other(None) => "it holds no private key".to_owned(),
    };
    found.explain(&held.name);
    let message = format!("the key of {} is not there", pair.certificate.name);
    let finding = Finding::new(Fault::KeyMissing, Severity::Critical, node, &held.name, message);
    found.add(finding.seen(format!("{missing}; {} needs it", pair.source)).renew(pair.role));
}

fn encrypted(node: &Node<'_>, held: &Held<'_>, source: &str, found: &mut Found) {
    found.explain(&held.name);
    let message = "a private key is encrypted, and nothing in Kubernetes asks for a password";
    let finding = Finding::new(Fault::KeyEncrypted, Severity::Critical, node, &held.name, message);
    let command = format!("openssl pkey -in {0} -out {0}.new", held.path.display());
    found.add(
        finding
            .seen(format!("{source} reads it"))
            .run(command, "and put the new file in its place, of mode 0600"),
    );
}

fn token_key(node: &Node<'_>, file: &KeyFile<'_>, found: &mut Found) {
    if !named(node, &file.held, &file.source, found) {
        return;
    }
    let pem = file.held.pem();
    match pem.and_then(|pem| pem.key) {
        Some(Ok(_)) => {}
        Some(Err(BadKey::Pem(BadPem::EncryptedKey))) => {
            encrypted(node, &file.held, &file.source, found);
        }
        _ if pem.is_some_and(|pem| !pem.public_keys.is_empty()) => {}
        other => {
            let why = match other {
                Some(Err(why)) => why.to_string(),
                _ => "it holds no key in PEM".to_owned(),
            };
            unreadable(node, &file.held, &file.source, &why, found);
        }
    }
}

fn clients(node: &Node<'_>, found: &mut Found) {
    for client in &node.clients {
        let path = client.path.display().to_string();
        let held = |state| Held { name: path.clone(), path: client.path.clone(), state };
        match client.config {
            ClientState::Here(_) => {}
            ClientState::NotLooked => found.explain(&path),
            ClientState::Absent => {
                named(node, &held(State::Absent), &client.source, found);
            }
            ClientState::NotMounted => {
                named(node, &held(State::NotMounted), &client.source, found);
            }
            ClientState::Bad(why) => unreadable(node, &held(State::Other(None)), &client.source, why, found),
        }
    }
}

/// A kubelet puts each new certificate into a file of its own, and the link on it.
fn link(node: &Node<'_>, found: &mut Found) {
    let path = Path::new(layout::KUBELET_PKI).join("kubelet-client-current.pem");
    let is_read = node.pair(Role::Kubelet).is_some_and(|pair| pair.certificate.path == path);
    if !is_read || node.tree.file(&path).is_none() || node.tree.is_link(&path) {
        return;
    }
    let message = "the kubelet's client certificate is a file of its own, where the kubelet keeps a link";
    let finding =
        Finding::new(Fault::KubeletLinkBroken, Severity::Critical, node, path.display().to_string(), message);
    found.add(finding.seen("it is no link").fix("the page of KubeletLinkBroken shows how to make it one"));
}
