use std::sync::OnceLock;

use jiff::ToSpan;
use proptest::prelude::*;

use super::super::fixtures::{self, KnownKeys};
use super::super::{Order, catalogue, mint, remarks};
use super::*;
use crate::config::{Etcd, ExternalEtcd, KeyAlgorithm, Spec};

fn items() -> Vec<Item> {
    catalogue(fixtures::config().spec())
}

/// Everything, minted once: an ECDSA certificate differs each time that it is signed.
fn complete() -> Existing {
    static FILES: OnceLock<Existing> = OnceLock::new();
    FILES.get_or_init(|| fixtures::complete(fixtures::config().spec())).clone()
}

fn only(names: &[&str]) -> Vec<Item> {
    items().into_iter().filter(|item| names.contains(&item.name)).collect()
}

/// `existing` without the files at `paths`.
fn without(existing: &Existing, paths: &[&str]) -> Existing {
    let kept = Existing::paths(&items()).into_iter().filter(|path| !paths.contains(&path.as_str()));
    kept.filter_map(|path| existing.get(&path).map(|bytes| (path.clone(), bytes.to_vec()))).collect()
}

fn with(existing: &Existing, path: &str, bytes: &[u8]) -> Existing {
    let mut changed = existing.clone();
    changed.insert(path, bytes);
    changed
}

/// What is said of each refusal, in order.
fn refused(items: &[Item], existing: &Existing) -> Vec<String> {
    refused_at(items, existing, fixtures::now())
}

fn refused_at(items: &[Item], existing: &Existing, now: Timestamp) -> Vec<String> {
    decide(items, existing, now).unwrap_err().iter().map(ToString::to_string).collect()
}

fn decisions(items: &[Item], existing: &Existing) -> Vec<(&'static str, Decision)> {
    let decided = decide(items, existing, fixtures::now()).unwrap();
    decided.into_iter().map(|(item, decision)| (item.name, decision)).collect()
}

#[test]
fn on_an_empty_host_everything_is_created() {
    let decided = decisions(&items(), &Existing::default());
    assert_eq!(decided.len(), 11);
    assert!(decided.iter().all(|(_, decision)| *decision == Decision::Create));
}

#[test]
fn what_was_minted_is_kept() {
    let decided = decisions(&items(), &complete());
    assert!(decided.iter().all(|(_, decision)| *decision == Decision::Keep(Kept::Pair)), "{decided:?}");
}

#[test]
fn with_an_external_etcd_there_is_nothing_below_its_ca() {
    let mut config = fixtures::config();
    config.cluster.etcd = Etcd::External(ExternalEtcd {
        endpoints: Vec::new(),
        http_endpoints: Vec::new(),
        ca_file: String::new(),
        cert_file: String::new(),
        key_file: String::new(),
    });
    let names: Vec<_> = catalogue(config.spec()).iter().map(|item| item.name).collect();
    let wanted =
        ["ca", "apiserver", "apiserver-kubelet-client", "front-proxy-ca", "front-proxy-client", "sa"];
    assert_eq!(names, wanted);
}

#[test]
fn a_ca_without_its_key_is_external_and_its_leaves_have_to_exist() {
    let existing = without(&complete(), &["ca.key"]);
    assert!(is_external(Ca::Cluster, &existing) && !is_external(Ca::Etcd, &existing));
    let decided = decisions(&items(), &existing);
    assert_eq!(decided[0], ("ca", Decision::Keep(Kept::ExternalAuthority)));
    assert!(decided[1..].iter().all(|(_, decision)| *decision == Decision::Keep(Kept::Pair)));

    let existing = without(
        &existing,
        &["apiserver.crt", "apiserver.key", "sa.key", "sa.pub", "etcd/peer.crt", "etcd/peer.key"],
    );
    assert_eq!(
        refused(&items(), &existing),
        [
            "apiserver.crt has to be given, since the key of ca.crt is not here (external CA)",
            "sa.key has to be given, since the key of ca.crt is not here (external CA)",
        ]
    );
}

#[test]
fn half_a_pair_is_refused_and_the_missing_half_named() {
    let existing = without(&complete(), &["front-proxy-ca.crt", "etcd/peer.key"]);
    assert_eq!(
        refused(&items(), &existing),
        [
            "front-proxy-ca.crt does not exist, but its key does, and certificates that it has signed; restore it, for all control \
             planes of a cluster have the same",
            "etcd/peer.key does not exist, but its certificate does; restore the key, or remove the certificate to have both made",
        ]
    );
}

#[test]
fn a_leaf_of_another_ca_is_refused() {
    let mut config = fixtures::config();
    config.cluster.key_algorithm = KeyAlgorithm::EcdsaP384;
    let other = fixtures::complete(config.spec());
    let mut existing = complete();
    for path in ["etcd/server.crt", "etcd/server.key"] {
        existing.insert(path, other.get(path).unwrap());
    }
    let wanted = "etcd/server.crt is not signed by etcd/ca.crt; remove it and its key to have both made";
    assert_eq!(refused(&items(), &existing), [wanted]);
}

#[test]
fn a_leaf_of_a_ca_that_is_gone_is_refused() {
    let existing = without(&complete(), &["front-proxy-ca.crt", "front-proxy-ca.key"]);
    assert_eq!(
        refused(&items(), &existing),
        [
            "front-proxy-client.crt was not signed by the CA that would be made, since front-proxy-ca.crt does not exist; \
          restore the CA, or move this out of the way"
        ]
    );
}

#[test]
fn a_leaf_alone_needs_its_ca_on_disk() {
    assert_eq!(
        refused(&only(&["apiserver"]), &Existing::default()),
        ["apiserver.crt cannot be judged or made: ca.crt does not exist; make the CA first"]
    );
    let existing = without(&complete(), &["apiserver.crt", "apiserver.key"]);
    assert_eq!(decisions(&only(&["apiserver"]), &existing), [("apiserver", Decision::Create)]);
}

#[test]
fn a_key_that_was_written_before_its_certificate_gets_one() {
    let mut keys = Existing::default();
    for stem in ["ca", "apiserver"] {
        keys.insert(format!("{stem}.key"), complete().get(&format!("{stem}.key")).unwrap());
        let last = decisions(&only(&["ca", "apiserver"]), &keys).pop().unwrap();
        let wanted = if stem == "ca" { Decision::Create } else { Decision::CompleteCertificate };
        assert_eq!(last, ("apiserver", wanted));
    }
    assert_eq!(decisions(&only(&["ca"]), &keys), [("ca", Decision::CompleteCertificate)]);
    let broken = with(&keys, "ca.key", b"hunter2");
    assert!(refused(&only(&["ca"]), &broken)[0].starts_with("ca.key cannot be used"));
}

#[test]
fn every_name_that_a_certificate_lacks_is_listed() {
    let mut config = fixtures::config();
    config
        .cluster
        .api_server
        .cert_sans
        .extend(["new.example.com", "a.wild.example", "192.0.2.1"].map(String::from));
    let said = refused(&catalogue(config.spec()), &complete());
    assert_eq!(
        said,
        ["apiserver.crt lacks the names new.example.com, 192.0.2.1; remove it and its key to have both made"]
    );
}

#[test]
fn a_client_certificate_does_not_serve() {
    let existing = complete();
    let mut swapped = existing.clone();
    for end in ["crt", "key"] {
        let bytes = existing.get(&format!("apiserver-kubelet-client.{end}")).unwrap();
        swapped.insert(format!("apiserver.{end}"), bytes);
    }
    let said = refused(&items(), &swapped);
    assert_eq!(said.len(), 1);
    assert!(said[0].contains("apiserver.crt is not for serving TLS (serverAuth)"), "{said:?}");
}

#[test]
fn dates_count_to_the_second() {
    let existing = complete();
    // The fixtures are made at 08:00:00.9 and hold from five minutes before that for a year.
    let at = |text: &str| text.parse::<Timestamp>().unwrap();
    assert!(decide(&items(), &existing, at("2026-11-21T07:55:00Z")).is_ok());
    assert!(decide(&items(), &existing, at("2027-11-21T08:00:00.999Z")).is_ok());
    let early = refused_at(&items(), &existing, at("2026-11-21T07:54:59Z"));
    assert_eq!(early[0], "ca.crt is not valid before 2026-11-21T07:55:00Z; check the clock");
    let late = refused_at(&items(), &existing, at("2027-11-21T08:00:01Z"));
    assert_eq!(late.len(), 7, "each leaf by its name: {late:?}");
    assert_eq!(
        late[0],
        "apiserver.crt expired at 2027-11-21T08:00:00Z; remove it and its key to have both made"
    );
}

#[test]
fn a_broken_ca_is_named_once_for_all_its_leaves() {
    let leaf = complete();
    let existing = with(&complete(), "etcd/ca.crt", leaf.get("etcd/server.crt").unwrap());
    assert_eq!(
        refused(&items(), &existing),
        ["etcd/ca.crt is not a CA: its basic constraints do not say CA:TRUE"]
    );
    assert_eq!(refused(&only(&["etcd-peer"]), &existing).len(), 1);
}

#[test]
fn a_key_has_to_be_its_certificate_s() {
    let existing = complete();
    let existing = with(&existing, "apiserver.key", existing.get("ca.key").unwrap());
    let existing = with(&existing, "front-proxy-ca.key", existing.get("sa.key").unwrap());
    assert_eq!(
        refused(&items(), &existing),
        [
            "apiserver.key is not the key of apiserver.crt",
            "front-proxy-ca.key is not the key of front-proxy-ca.crt"
        ]
    );
}

#[test]
fn what_cannot_be_read_is_refused_without_being_shown() {
    let existing = with(&complete(), "ca.key", b"-----BEGIN RSA PRIVATE KEY-----\nhunter2\n");
    let existing = with(&existing, "etcd/peer.crt", b"hunter2");
    let said = refused(&items(), &existing).join("\n");
    assert!(
        said.contains("ca.key cannot be used") && said.contains("etcd/peer.crt cannot be used"),
        "{said}"
    );
    let shown = format!("{said}{:?}", decide(&items(), &existing, fixtures::now()));
    assert!(!shown.contains("hunter2"), "{shown}");
}

#[test]
fn a_missing_sa_pub_follows_from_sa_key_and_the_reverse_is_refused() {
    let sa = only(&["sa"]);
    let existing = without(&complete(), &["sa.pub"]);
    assert_eq!(decisions(&sa, &existing), [("sa", Decision::CompletePublicKey)]);
    let decided = decide(&sa, &existing, fixtures::now()).unwrap();
    let order = Order { items: &decided, clients: &[], existing: &existing };
    let minted = mint(&order, fixtures::now(), &KnownKeys).unwrap();
    assert_eq!(minted.files.len(), 1);
    assert_eq!(minted.files[0].path, "sa.pub");
    assert_eq!(minted.files[0].bytes.as_slice(), complete().get("sa.pub").unwrap());

    let existing = without(&complete(), &["sa.key"]);
    assert_eq!(
        refused(&sa, &existing),
        [
            "sa.key does not exist, but its public key does; restore it, for all control planes of a cluster have the same, and what \
             it has signed is checked with it"
        ]
    );
}

#[test]
fn sa_pub_may_hold_older_keys_but_must_hold_the_current_one() {
    let sa = only(&["sa"]);
    let existing = complete();
    let ca = PrivateKey::from_pem(existing.get("ca.key").unwrap()).unwrap().public_key().to_pem();
    let both = [ca.as_slice(), existing.get("sa.pub").unwrap()].concat();
    assert_eq!(decisions(&sa, &with(&existing, "sa.pub", &both)), [("sa", Decision::Keep(Kept::Pair))]);
    assert_eq!(refused(&sa, &with(&existing, "sa.pub", &ca)), ["sa.key is not the key of sa.pub"]);
}

#[test]
fn a_wildcard_stands_for_one_whole_label() {
    for (have, wanted, matches) in [
        ("*.b.c", "a.b.c", true),
        ("*.B.c", "A.b.C", true),
        ("*.b.c", "*.b.c", true),
        ("*.b.c", "x.a.b.c", false),
        ("*.b.c", "b.c", false),
        ("a.b.c", "*.b.c", false),
        ("*.a.b.c", "*.b.c", false),
    ] {
        assert_eq!(matches_name(have, wanted), matches, "{have} {wanted}");
    }
}

#[test]
fn a_chain_through_an_intermediate_is_kept() {
    let existing = complete();
    // The leaf's own certificate comes first; the CA behind it, as some tools write it, does no harm.
    let chain = [existing.get("apiserver.crt").unwrap(), existing.get("ca.crt").unwrap()].concat();
    let decided = decisions(&only(&["apiserver"]), &with(&existing, "apiserver.crt", &chain));
    assert_eq!(decided, [("apiserver", Decision::Keep(Kept::Pair))]);
}

#[test]
fn an_expired_ca_is_refused_at_once() {
    let said =
        refused_at(&only(&["apiserver"]), &complete(), fixtures::now() + (3650 * 24).hours() + 1.seconds());
    assert_eq!(said.len(), 1);
    assert!(said[0].starts_with("ca.crt expired at"), "{said:?}");
    assert!(said[0].contains("`kubewright certs reissue-ca ca`"), "{said:?}");
    assert!(!said[0].contains("remove"), "{said:?}");
}

#[test]
fn below_an_external_ca_nothing_is_advised_to_be_removed() {
    let external = without(&complete(), &["ca.key", "etcd/ca.key", "front-proxy-ca.key"]);
    let late = fixtures::now() + (400 * 24).hours();
    let mut said = refused_at(&items(), &external, late);
    assert_eq!(said.len(), 7);
    let mut config = fixtures::config();
    config.cluster.api_server.cert_sans.push("new.example.com".into());
    said.extend(refused(&catalogue(config.spec()), &external));
    said.extend(refused(&items(), &without(&external, &["apiserver.key", "etcd/server.crt"])));
    said.extend(refused_at(&items(), &external, fixtures::now() + (4000 * 24).hours()));
    for refusal in said {
        assert!(!refusal.contains("remove"), "{refusal}");
    }
}

#[test]
fn where_nothing_is_started_a_certificate_that_lacks_names_is_kept_and_told() {
    let mut config = fixtures::config();
    config.cluster.api_server.cert_sans.push("new.example.com".into());
    let items: Vec<Item> =
        catalogue(config.spec()).into_iter().filter(|item| item.name == "apiserver").collect();
    let decided = decide_with(&items, &complete(), fixtures::now(), Lacking::Told).unwrap();
    assert_eq!(decided[0].1, Decision::Keep(Kept::Lacking));
    let said: Vec<String> =
        remarks(&decided, &complete(), fixtures::now()).iter().map(ToString::to_string).collect();
    assert_eq!(
        said,
        [
            "apiserver.crt is kept, though it lacks the names new.example.com; `certs renew --from-config` adds them"
        ]
    );
    let torn = with(&complete(), "apiserver.key", complete().get("ca.key").unwrap());
    assert!(decide_with(&items, &torn, fixtures::now(), Lacking::Told).is_err(), "that alone is let pass");
}

#[test]
fn a_ca_that_ends_before_what_it_signs_is_told() {
    let existing = without(&complete(), &["apiserver.crt", "apiserver.key"]);
    let late = fixtures::now() + (3400 * 24).hours();
    let decided = decide(&only(&["ca", "apiserver"]), &existing, late).unwrap();
    let said: Vec<String> = remarks(&decided, &existing, late).iter().map(ToString::to_string).collect();
    assert_eq!(said.len(), 1);
    assert!(
        said[0].starts_with("the CA ca.crt ends at 2036-11-18T08:00:00Z, before what it signs now"),
        "{said:?}"
    );
    assert!(said[0].contains(": apiserver.crt; "), "{said:?}");
    assert_eq!(remarks(&decided, &existing, fixtures::now()), []);
}

fn mint_over(spec: Spec<'_>, existing: &Existing, decided: &[(Item, Decision)]) -> Existing {
    let order = Order { items: decided, clients: &[], existing };
    let mut after = existing.clone();
    let items = catalogue(spec);
    let minted = fixtures::files(mint(&order, fixtures::now(), &KnownKeys).unwrap());
    for path in Existing::paths(&items) {
        if let Some(bytes) = minted.get(&path) {
            assert!(after.get(&path).is_none(), "{path} would be overwritten");
            after.insert(path, bytes);
        }
    }
    after
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever is there: either something is refused, or what is made fits what is there, nothing is overwritten,
    /// and a second run changes nothing.
    #[test]
    fn deciding_and_minting_twice_is_doing_it_once(
        absent in prop::sample::subsequence(items(), 0..=11),
        file in prop::option::weighted(0.2, any::<prop::sample::Index>()),
    ) {
        let config = fixtures::config();
        let items = catalogue(config.spec());
        let paths = Existing::paths(&items);
        let mut gone: Vec<&str> = paths.iter().map(String::as_str).collect();
        gone.retain(|path| absent.iter().any(|item| path.strip_prefix(item.stem).is_some_and(|end| end.starts_with('.'))));
        gone.extend(file.map(|index| index.get(&paths).as_str()));
        let existing = without(&complete(), &gone);
        if let Ok(decided) = decide(&items, &existing, fixtures::now()) {
            let after = mint_over(config.spec(), &existing, &decided);
            for (item, decision) in decide(&items, &after, fixtures::now()).unwrap() {
                prop_assert!(matches!(decision, Decision::Keep(_)), "{} {decision:?}", item.name);
            }
        }
    }
}
