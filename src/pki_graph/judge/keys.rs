//! Keys that are not their certificates', or are in more places than they should.

use std::collections::BTreeMap;
use std::path::Path;

use super::super::content::{Certificate, Pem};
use super::super::fault::Fault;
use super::super::finding::{Finding, Severity};
use super::super::hash::Hash;
use super::super::node::{Node, Pair, is_of_rotation, pem_of};
use super::super::role::Role;
use super::case::{Case, Found};

pub fn judge(case: &Case<'_, '_>, found: &mut Found) {
    for node in &case.graph.nodes {
        for pair in &node.pairs {
            matches(node, pair, found);
            order(case, node, pair, found);
        }
        tokens(node, found);
        absent(node, found);
        astray(case, node, found);
    }
    shared(case, found);
}

fn matches(node: &Node<'_>, pair: &Pair<'_>, found: &mut Found) {
    let (certificate, key) = (&pair.certificate, &pair.key);
    if found.explains(&certificate.name) || found.explains(&key.name) {
        return;
    }
    let (Some(private), Some(first)) = (pair.private(), certificate.certificates().first()) else { return };
    if first.key == private {
        return;
    }
    let is_behind = certificate.certificates().iter().any(|one| one.key == private);
    let (id, message) = match (is_behind, pair.role) {
        (true, _) => (Fault::ChainOrder, "the first certificate of a file is not that of its key"),
        (false, Role::Signer) => {
            (Fault::SigningPairMismatch, "the key that signs requests is not that of the CA beside it")
        }
        (false, _) => (Fault::KeyMismatch, "a certificate and its key do not belong together"),
    };
    found.explain(&certificate.name);
    found.explain(first.hash);
    let seen = format!(
        "the certificate {:?} has the key {}, {} has {}",
        first.told(),
        first.key.short(),
        key.name,
        private.short()
    );
    let finding = Finding::new(id, Severity::Critical, node, &certificate.name, message).seen(seen);
    found.add(match (id, pair.role) {
        (Fault::ChainOrder, _) => {
            finding.fix("put the certificate of the key first, and what has signed it behind")
        }
        (_, Role::Signer) => finding.fix("name the key of that CA in --cluster-signing-key-file"),
        (_, role) => finding.renew(role),
    });
}

/// What follows a leaf has signed what stands before it, or is no part of its chain.
fn order(case: &Case<'_, '_>, node: &Node<'_>, pair: &Pair<'_>, found: &mut Found) {
    let all = pair.certificate.certificates();
    if pair.role == Role::Signer || found.explains(&pair.certificate.name) {
        return;
    }
    let signs = |(below, above): (&Certificate, &Certificate)| {
        case.graph.signatures.of(below.hash).iter().any(|signer| signer.hash == above.hash)
    };
    let has_chain = all.len() > 2;
    if !has_chain || all.iter().zip(all.iter().skip(1)).all(signs) {
        return;
    }
    let message = "the certificates behind the first are not in the order of their chain";
    let names: Vec<String> = all.iter().map(Certificate::told).collect();
    let finding = Finding::new(Fault::ChainOrder, Severity::Warning, node, &pair.certificate.name, message);
    found.add(
        finding
            .seen(format!("in this order: {}", names.join(", ")))
            .fix("put each behind the one that it has signed"),
    );
}

/// The API server has to take what it signs itself, and what the controller manager signs.
fn tokens(node: &Node<'_>, found: &mut Found) {
    let is_explained = node.token_checks.iter().any(|file| found.explains(&file.held.name));
    if node.token_checks.is_empty() || is_explained {
        return;
    }
    let checked: Vec<Hash> = node
        .token_checks
        .iter()
        .filter_map(|file| file.held.pem())
        .flat_map(|pem| pem.public_keys.iter().copied().chain(pem.private()))
        .collect();
    for file in &node.token_signers {
        let Some(key) = file.held.pem().and_then(Pem::private) else { continue };
        if checked.contains(&key) || found.explains(&file.held.name) {
            continue;
        }
        let message =
            "tokens of service accounts are signed by a key that the API server does not check them with";
        let names: Vec<&str> = node.token_checks.iter().map(|file| file.held.name.as_str()).collect();
        let shown: Vec<String> = checked.iter().map(|key| key.short()).collect();
        let seen = format!(
            "{} ({}) has the key {}; {} has {}",
            file.held.name,
            file.source,
            key.short(),
            names.join(", "),
            shown.join(", ")
        );
        found.explain(&file.held.name);
        let finding = Finding::new(Fault::SaKeysMismatch, Severity::Critical, node, &file.held.name, message);
        let command = format!("openssl pkey -in {} -pubout", file.held.path.display());
        found.add(
            finding
                .seen(seen)
                .run(command, "whose output belongs into the file of --service-account-key-file"),
        );
    }
}

fn absent(node: &Node<'_>, found: &mut Found) {
    if !node.is_control_plane() {
        return;
    }
    for (certificate, key) in node.layout.authorities() {
        let has = |path: &str| node.tree.file(Path::new(path)).is_some();
        let is_elsewhere = certificate.contains("etcd") && node.program("etcd").is_none();
        if !has(certificate) || has(key) || is_elsewhere || found.explains(key) {
            continue;
        }
        let message = "a CA's key is not here, so that nothing below it can be renewed here";
        let finding = Finding::new(Fault::AuthorityKeyAbsent, Severity::Notice, node, *certificate, message);
        found.add(
            finding
                .seen(format!("there is no {key}"))
                .fix("`kubewright certs generate-csr` makes requests for the CA that has the key"),
        );
    }
}

/// A CA's key belongs to control planes, in one place.
fn astray(case: &Case<'_, '_>, node: &Node<'_>, found: &mut Found) {
    let authorities: BTreeMap<Hash, &Certificate> = case
        .authorities()
        .iter()
        .filter(|authority| authority.certificate.is_authority())
        .map(|authority| (authority.certificate.key, authority.certificate))
        .collect();
    let mut allowed: Vec<&Path> = node.pairs.iter().map(|pair| pair.key.path.as_path()).collect();
    if node.is_control_plane() || node.programs.is_empty() && node.clients.is_empty() {
        allowed.extend(node.layout.authorities().iter().map(|(_, key)| Path::new(key)));
    }
    for (path, file) in &node.tree.files {
        let key = pem_of(file).and_then(Pem::private);
        let Some(authority) = key.and_then(|key| authorities.get(&key)) else { continue };
        let is_allowed = |path: &Path| allowed.contains(&path) || is_of_rotation(path);
        if is_allowed(path) || is_allowed(&file.real) {
            continue;
        }
        let message = format!("the key of the CA {:?} lies where it does not belong", authority.told());
        let object = path.display().to_string();
        let finding = Finding::new(Fault::AuthorityKeyAstray, Severity::Critical, node, &object, message);
        found.explain(&object);
        found.add(
            finding
                .seen(format!(
                    "its public half is {}, that of the CA; mode {:04o}",
                    authority.key.short(),
                    file.mode
                ))
                .run(
                    format!("shred -u {object}"),
                    "once you are sure that another copy is kept where it belongs",
                ),
        );
    }
}

/// One key, and several certificates of different holders.
fn shared(case: &Case<'_, '_>, found: &mut Found) {
    struct Holder<'a> {
        certificate: &'a Certificate,
        node: usize,
        name: String,
        is_authority: bool,
    }
    let mut holders: BTreeMap<Hash, Vec<Holder<'_>>> = BTreeMap::new();
    let index =
        |node: &Node<'_>| case.graph.nodes.iter().position(|one| std::ptr::eq(one, node)).unwrap_or(0);
    for leaf in case.leaves() {
        let holder = Holder {
            certificate: leaf.certificate,
            node: index(leaf.node),
            name: leaf.pair.certificate.name.clone(),
            is_authority: false,
        };
        holders.entry(leaf.certificate.key).or_default().push(holder);
    }
    for authority in case.authorities() {
        let Some((node, name)) = authority.places.first() else { continue };
        let holder = Holder {
            certificate: authority.certificate,
            node: index(node),
            name: name.clone(),
            is_authority: true,
        };
        holders.entry(authority.certificate.key).or_default().push(holder);
    }
    for (key, all) in &holders {
        let Some(first) = all.iter().find(|one| !one.is_authority).or(all.first()) else { continue };
        let others: Vec<&Holder<'_>> = all
            .iter()
            .filter(|one| one.certificate.found.subject != first.certificate.found.subject)
            .filter(|one| !found.explains(&one.name) && !found.explains(one.certificate.hash))
            .collect();
        let Some(other) = others.first() else { continue };
        if found.explains(&first.name) || found.explains(first.certificate.hash) {
            continue;
        }
        let severity =
            if all.iter().any(|one| one.is_authority) { Severity::Critical } else { Severity::Warning };
        // The same CA's name written in another way is another fault.
        let is_renamed = all.iter().all(|one| one.is_authority);
        if is_renamed {
            continue;
        }
        let node = &case.graph.nodes[first.node];
        let message = "two certificates of different holders have one key";
        let finding = Finding::new(Fault::KeyShared, severity, node, &first.name, message);
        let role = case
            .leaves()
            .iter()
            .find(|leaf| leaf.pair.certificate.name == first.name)
            .map(|leaf| leaf.pair.role);
        let seen = format!(
            "the key {} is that of {:?} and, in {}, of {:?}",
            key.short(),
            first.certificate.told(),
            other.name,
            other.certificate.told()
        );
        found.add(finding.seen(seen).renew(role.unwrap_or(Role::OtherClient)));
    }
}
