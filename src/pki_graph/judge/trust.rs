//! Who trusts whom, and who does not and should.

use std::collections::{BTreeMap, BTreeSet};

use super::super::content::Certificate;
use super::super::fault::Fault;
use super::super::finding::{Finding, Severity};
use super::super::hash::Hash;
use super::super::node::{Bundle, Node, Pair};
use super::super::relation::RELATIONS;
use super::super::role::{Domain, Role, Trust};
use super::super::signatures::Fit;
use super::case::{Case, Found};
use crate::pki::go::{self, Pool, Untrusted};

pub fn judge(case: &Case<'_, '_>, found: &mut Found) {
    for node in &case.graph.nodes {
        half_done(node, found);
        signing_file(node, found);
        authorities_shared(node, found);
        etcd_shared(node, found);
    }
    copies_differ(case, found);
    for node in &case.graph.nodes {
        narrower(node, found);
        left_over(case, node, found);
    }
    relations(case, found);
}

fn keys(certificates: &[Certificate]) -> BTreeSet<Hash> {
    certificates.iter().map(|certificate| certificate.key).collect()
}

fn keys_of(node: &Node<'_>, trust: Trust) -> BTreeSet<Hash> {
    node.bundles_of(trust).flat_map(|bundle| keys(bundle.held.certificates())).collect()
}

/// The next CA signs already, and is not trusted yet.
fn half_done(node: &Node<'_>, found: &mut Found) {
    let Some(pair) = node.pair(Role::Signer).filter(|_| node.rotates()) else { return };
    let trusted = keys_of(node, Trust::ApiClients);
    let is_trusted =
        pair.certificate.certificates().iter().any(|certificate| trusted.contains(&certificate.key));
    if is_trusted || trusted.is_empty() || found.explains(&pair.certificate.name) {
        return;
    }
    let message = "a rotation of the CA stands still: what signs is not trusted";
    let finding =
        Finding::new(Fault::RotationHalfDone, Severity::Warning, node, &pair.certificate.name, message);
    found.explain(&pair.certificate.name);
    found.add(finding.seen("the controller manager signs with a CA that is not in --client-ca-file").fix(
        "put both CAs into ca.crt on all nodes, the one that signs first, before anything else goes on",
    ));
}

fn signing_file(node: &Node<'_>, found: &mut Found) {
    let Some(pair) = node.pair(Role::Signer) else { return };
    let count = pair.certificate.certificates().len();
    if count < 2 || found.explains(&pair.certificate.name) {
        return;
    }
    let message =
        "the controller manager signs with a file of more than one certificate, with which it does not start";
    let finding =
        Finding::new(Fault::SigningFileBundle, Severity::Critical, node, &pair.certificate.name, message);
    found.add(
        finding
            .seen(format!("{count} certificates; {} takes exactly one", pair.source))
            .fix("give --cluster-signing-cert-file a file of its own, with the CA of its key alone"),
    );
}

/// Whoever is a client could say that it is the aggregator, and speak for anybody.
fn authorities_shared(node: &Node<'_>, found: &mut Found) {
    let clients = keys_of(node, Trust::ApiClients);
    for bundle in node.bundles_of(Trust::ApiProxies) {
        let shared = bundle.held.certificates().iter().find(|certificate| clients.contains(&certificate.key));
        let Some(shared) = shared else { continue };
        let names: Vec<&str> = node
            .program("kube-apiserver")
            .map(|server| server.all("requestheader-allowed-names").collect())
            .unwrap_or_default();
        let message =
            "the CA of the API server's clients vouches for aggregators, too: a client can speak for anybody";
        let finding =
            Finding::new(Fault::AuthoritiesShared, Severity::Critical, node, &bundle.held.name, message);
        found.explain(&bundle.held.name);
        let allowed = if names.is_empty() { "any client".to_owned() } else { names.join(", ") };
        found.add(
            finding
                .seen(format!(
                    "the CA {:?} ({}) is in --client-ca-file and in --requestheader-client-ca-file; allowed is {allowed}",
                    shared.told(),
                    shared.key.short()
                ))
                .fix("give --requestheader-client-ca-file a CA of its own"),
        );
    }
}

fn etcd_shared(node: &Node<'_>, found: &mut Found) {
    let clients = keys_of(node, Trust::ApiClients);
    for bundle in node.bundles_of(Trust::EtcdClients) {
        let shared = bundle.held.certificates().iter().find(|certificate| clients.contains(&certificate.key));
        let Some(shared) = shared else { continue };
        let message =
            "etcd trusts the cluster's CA: every client of the cluster can read and write all of it";
        let finding =
            Finding::new(Fault::EtcdTrustsClusterCa, Severity::Critical, node, &bundle.held.name, message);
        found.explain(&bundle.held.name);
        found.add(
            finding
                .seen(format!(
                    "the CA {:?} ({}) is in --client-ca-file and in etcd's --trusted-ca-file",
                    shared.told(),
                    shared.key.short()
                ))
                .fix("give etcd a CA of its own"),
        );
    }
}

/// Where a CA of a name is, and its keys there.
type Copy<'g, 's> = (&'g Node<'s>, &'g str, BTreeSet<Hash>);

/// A CA of one name that is not the same everywhere.
fn copies_differ(case: &Case<'_, '_>, found: &mut Found) {
    if case.graph.nodes.iter().any(Node::rotates) {
        return;
    }
    let mut groups: BTreeMap<(Domain, &[u8]), Vec<Copy<'_, '_>>> = BTreeMap::new();
    for node in &case.graph.nodes {
        for bundle in &node.bundles {
            let certificates = bundle.held.certificates();
            let subjects: BTreeSet<&[u8]> =
                certificates.iter().map(|one| one.found.subject.as_slice()).collect();
            for subject in subjects {
                let keys = certificates
                    .iter()
                    .filter(|one| one.found.subject == subject)
                    .map(|one| one.key)
                    .collect();
                let group = groups.entry((bundle.trust.domain(), subject)).or_default();
                if !group.iter().any(|(_, name, _)| *name == bundle.held.name) {
                    group.push((node, &bundle.held.name, keys));
                }
            }
        }
    }
    for ((_, subject), places) in groups {
        let Some((node, name, first)) = places.iter().max_by_key(|(_, _, keys)| signed(case, keys)) else {
            continue;
        };
        let others: Vec<_> = places.iter().filter(|(_, _, keys)| keys.is_disjoint(first)).collect();
        let Some((_, other, keys)) = others.first() else { continue };
        let message = "copies of the CA that should be one have different keys";
        let short = |keys: &BTreeSet<Hash>| keys.iter().map(|key| key.short()).collect::<Vec<_>>().join(", ");
        let finding = Finding::new(Fault::AuthorityCopiesDiffer, Severity::Critical, node, *other, message);
        let seen = format!(
            "{other} has the key {}; {name} has {}, which has signed {} of the certificates here",
            short(keys),
            short(first),
            signed(case, first)
        );
        for certificate in case.graph.certificates.values().filter(|one| one.found.issuer == subject) {
            found.explain(format!("issuer {}", certificate.hash));
        }
        for (_, other, _) in others {
            found.explain(*other);
        }
        found.add(finding.seen(seen).fix(format!("put the CA of {name} there, and restart what reads it")));
    }
}

/// How many certificates the CAs with these keys have signed.
fn signed(case: &Case<'_, '_>, keys: &BTreeSet<Hash>) -> usize {
    let signers = case.graph.certificates.values().filter(|one| keys.contains(&one.key));
    signers.flat_map(|signer| case.graph.signatures.below(signer.hash)).collect::<BTreeSet<_>>().len()
}

/// A kubeconfig that knows fewer CAs than the cluster trusts, in the middle of a rotation.
fn narrower(node: &Node<'_>, found: &mut Found) {
    let whole: Vec<&Certificate> = node
        .bundles_of(Trust::Published)
        .chain(node.bundles_of(Trust::ApiClients))
        .flat_map(|one| one.held.certificates())
        .collect();
    for bundle in node.bundles.iter().filter(|bundle| matches!(bundle.trust, Trust::Client(_))) {
        let own = bundle.held.certificates();
        let (own_keys, Some(first)) = (keys(own), own.first()) else { continue };
        let is_one_of = whole.iter().any(|one| own_keys.contains(&one.key));
        let lacks =
            whole.iter().find(|one| one.found.subject == first.found.subject && !own_keys.contains(&one.key));
        let (true, Some(lacks)) = (is_one_of, lacks) else { continue };
        let message =
            "a kubeconfig trusts fewer CAs than the cluster, and will not know what the next one signs";
        let finding = Finding::new(Fault::TrustNarrower, Severity::Warning, node, &bundle.held.name, message);
        found.add(
            finding
                .seen(format!("it lacks the CA {:?} with the key {}", lacks.told(), lacks.key.short()))
                .fix("put all CAs of ca.crt into its certificate-authority-data"),
        );
    }
}

/// A CA of the same name that signs nothing any more.
fn left_over(case: &Case<'_, '_>, node: &Node<'_>, found: &mut Found) {
    if node.rotates() {
        return;
    }
    let mut told = BTreeSet::new();
    for bundle in &node.bundles {
        let all = bundle.held.certificates();
        let signs = |one: &Certificate| signed(case, &[one.key].into()) > 0;
        for old in all.iter().filter(|one| !signs(one) && case.now <= one.found.not_after) {
            let has_heir = all
                .iter()
                .any(|one| one.found.subject == old.found.subject && one.key != old.key && signs(one));
            if !has_heir || !told.insert(old.key) || found.explains(&bundle.held.name) {
                continue;
            }
            let message = format!("a CA {:?} is trusted that has signed nothing that is here", old.told());
            let finding =
                Finding::new(Fault::TrustLeftOver, Severity::Warning, node, &bundle.held.name, message);
            let seen =
                format!("its key is {}; another CA of that name has signed what is in use", old.key.short());
            found.add(finding.seen(seen).fix(
                "take it out of all files once no node has anything of it, and restart what reads them",
            ));
        }
    }
}

/// What a server or a client shows, and a bundle by which somebody is to believe it.
struct Broken<'g, 's> {
    told: &'static str,
    of: &'g Node<'s>,
    pair: &'g Pair<'s>,
    by: &'g Node<'s>,
    bundle: &'g Bundle<'s>,
}

fn relations(case: &Case<'_, '_>, found: &mut Found) {
    let nodes = &case.graph.nodes;
    let mut broken = Vec::new();
    for relation in RELATIONS {
        for (role, trust) in relation.directions() {
            for of in nodes {
                for pair in of.pairs.iter().filter(|pair| pair.role == role) {
                    for by in nodes {
                        for bundle in by.bundles_of(trust) {
                            broken.push(Broken { told: relation.told, of, pair, by, bundle });
                        }
                    }
                }
            }
        }
    }
    let mut told: BTreeSet<(Fault, String, String)> = BTreeSet::new();
    for one in broken {
        let Some(finding) = believed(case, &one, found) else { continue };
        // Of one cause there is one finding: the flags that name one file are many.
        if told.insert((finding.id, finding.object.clone(), finding.root.clone())) {
            found.add(finding);
        }
    }
}

/// Nothing where the one is believed by the other, or the reason was told.
fn believed(case: &Case<'_, '_>, one: &Broken<'_, '_>, found: &Found) -> Option<Finding> {
    let (shown, name) = (&one.pair.certificate, &one.bundle.held.name);
    let leaf = one.pair.own()?;
    let roots = one.bundle.held.certificates();
    let is_told = found.explains(&shown.name)
        || found.explains(leaf.hash)
        || found.explains(name)
        || found.explains(format!("issuer {}", leaf.hash))
        || roots.iter().all(|root| found.explains(root.hash));
    if is_told || roots.is_empty() {
        return None;
    }
    let between: BTreeSet<Hash> = shown.certificates().iter().map(|certificate| certificate.hash).collect();
    let trusted: BTreeSet<Hash> = roots.iter().map(|certificate| certificate.hash).collect();
    match case.graph.way(leaf, &between, &trusted) {
        Some(Fit::Whole) => refused(case, one, leaf, found),
        Some(fit @ (Fit::OtherKeyId | Fit::OtherName)) => Some(differs(one, leaf, fit)),
        None => {
            let all: BTreeSet<Hash> = case.graph.certificates.keys().copied().collect();
            match case.graph.way(leaf, &all, &trusted) {
                Some(_) => Some(chain_missing(one, leaf)),
                None => Some(untrusted(case, one, leaf)),
            }
        }
    }
}

fn differs(one: &Broken<'_, '_>, leaf: &Certificate, fit: Fit) -> Finding {
    let (what, who) = match fit {
        Fit::OtherName => ("name, in its bytes,", "nobody takes it"),
        Fit::OtherKeyId | Fit::Whole => ("key id", "OpenSSL refuses it, Go takes it"),
    };
    let message = format!("a CA has another {what} than when it signed {:?}", leaf.told());
    let object = &one.bundle.held.name;
    Finding::new(Fault::AuthorityByteDiffers, Severity::Critical, one.by, object, message)
        .seen(format!(
            "the signature of {} is of its key, and its {what} is not what the certificate names; {who}",
            one.pair.certificate.name
        ))
        .fix("issue the CA again with the subject and the key id that it had, byte by byte")
}

fn chain_missing(one: &Broken<'_, '_>, leaf: &Certificate) -> Finding {
    let message = format!(
        "the certificate {:?} comes without the CA between it and what {} trusts",
        leaf.told(),
        one.bundle.trust.told()
    );
    Finding::new(Fault::ChainMissing, Severity::Critical, one.of, &one.pair.certificate.name, message)
        .seen(format!(
            "its issuer {:?} is neither in this file nor in {} ({})",
            leaf.found.issuer_common_name.as_deref().unwrap_or_default(),
            one.bundle.held.name,
            one.told
        ))
        .fix("append the certificate of that CA to this file")
}

fn untrusted(case: &Case<'_, '_>, one: &Broken<'_, '_>, leaf: &Certificate) -> Finding {
    let issuer = leaf.found.issuer_common_name.as_deref().unwrap_or_default();
    let is_orphan = case.graph.signatures.of(leaf.hash).iter().all(|signer| signer.hash == leaf.hash);
    let between = one.pair.role == Role::EtcdPeer && !std::ptr::eq(one.of, one.by);
    let id = if between { Fault::PeerUntrusted } else { Fault::TrustMissing };
    let names: Vec<String> = one
        .bundle
        .held
        .certificates()
        .iter()
        .map(|root| format!("{:?} ({})", root.told(), root.key.short()))
        .collect();
    let seen = format!(
        "{}: {} is signed by {issuer:?}, and {} ({}) has {}",
        one.told,
        one.pair.certificate.name,
        one.bundle.held.name,
        one.bundle.source,
        names.join(", ")
    );
    let message = format!("{} does not trust what {} shows", one.bundle.trust.told(), one.pair.role.told());
    if is_orphan {
        let finding = Finding::new(id, Severity::Critical, one.of, &one.pair.certificate.name, message);
        finding.seen(seen).renew(one.pair.role)
    } else {
        let finding = Finding::new(id, Severity::Critical, one.by, &one.bundle.held.name, message);
        finding
            .seen(seen)
            .fix(format!("put the CA {issuer:?} into {}, and restart what reads it", one.bundle.held.name))
    }
}

/// What only a whole chain shows: name constraints, path lengths, extensions that nobody knows.
fn refused(case: &Case<'_, '_>, one: &Broken<'_, '_>, leaf: &Certificate, found: &Found) -> Option<Finding> {
    let roots = each(one.bundle.held.certificates(), Hash::of(b""));
    let intermediates = each(one.pair.certificate.certificates(), leaf.hash);
    let parsed = go::Certificate::parse(&leaf.found.der).ok()?;
    let pool = Pool { roots: &roots, intermediates: &intermediates };
    let why = match go::verify(&parsed, pool, case.now, &[]) {
        Ok(())
        | Err(
            Untrusted::Expired { .. } | Untrusted::NotYetValid { .. } | Untrusted::BrokenAlgorithm { .. },
        ) => return None,
        Err(why) => why,
    };
    if found.has(Fault::NotAnAuthority) || found.has(Fault::KeyUsageWrong) {
        return None;
    }
    let message = format!("{} refuses what {} shows", one.bundle.trust.told(), one.pair.role.told());
    let finding =
        Finding::new(Fault::TrustMissing, Severity::Critical, one.of, &one.pair.certificate.name, message);
    Some(finding.seen(format!("{}: {why}", one.told)).renew(one.pair.role))
}

/// All but one, as Go reads them.
fn each(all: &[Certificate], but: Hash) -> Vec<go::Certificate<'_>> {
    all.iter()
        .filter(|one| one.hash != but)
        .filter_map(|one| go::Certificate::parse(&one.found.der).ok())
        .collect()
}
