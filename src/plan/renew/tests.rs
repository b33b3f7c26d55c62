use jiff::SignedDuration;

use super::super::RENEWABLE;
use super::super::fixture::init_files;
use super::*;
use crate::config::{KeyAlgorithm, Spec};
use crate::pki::SystemKeys;
use crate::pki::fixtures;

const KUBERNETES: &str = "/etc/kubernetes";

fn names() -> Vec<&'static str> {
    RENEWABLE.iter().map(|row| row.name).collect()
}

fn later() -> Timestamp {
    fixtures::now().saturating_add(SignedDuration::from_hours(100)).unwrap()
}

fn plan(spec: Spec<'_>, files: &Files, basis: Basis) -> Result<RenewPlan, PlanError> {
    let names = names();
    let kubeconfig_dir = Path::new(KUBERNETES);
    renew(&RenewInputs { spec, files, kubeconfig_dir, names: &names, basis, now: later() }, &SystemKeys)
}

/// The files as they are once the plan is carried out.
fn carried_out(files: &Files, plan: &RenewPlan) -> Files {
    let mut files = files.clone();
    for (_, action) in &plan.actions {
        let Action::Replace(all) = action else { panic!("a renewal replaces files") };
        files.extend(all.iter().map(|file| (file.path.clone(), file.content.clone())));
    }
    files
}

fn path(name: &str) -> PathBuf {
    Path::new("/etc/kubernetes/pki").join(name)
}

fn refused(files: &Files, basis: Basis) -> String {
    plan(fixtures::config().spec(), files, basis).unwrap_err().to_string()
}

/// The names of those that are renewed, and why.
fn renewed(plan: &RenewPlan) -> Vec<String> {
    let text = |renewal: &Renewal| match &renewal.outcome {
        RenewalOutcome::Renewed { changes, .. } => {
            let why: Vec<_> = changes.iter().map(ToString::to_string).collect();
            Some(format!("{}: {}", renewal.name, why.join("; ")))
        }
        RenewalOutcome::Missing | RenewalOutcome::External { .. } | RenewalOutcome::Kept { .. } => None,
    };
    plan.renewals.iter().filter_map(text).collect()
}

#[test]
fn every_certificate_is_renewed_and_says_what_it_said() {
    let config = fixtures::config();
    let plan = plan(config.spec(), init_files(), Basis::Itself).unwrap();
    assert_eq!(renewed(&plan).len(), RENEWABLE.len());
    let files = carried_out(init_files(), &plan);
    for target in targets(config.spec(), Path::new(KUBERNETES)) {
        let old = Certificate::find(&target, init_files()).unwrap().unwrap();
        let new = Certificate::find(&target, &files).unwrap().unwrap();
        let (old, new_cert) = (old.bundle.own, new.bundle.own);
        assert_eq!(new.key, HeldKey::Own, "{}", target.item.name);
        assert_eq!(
            (&old.subject, &old.dns_names, &old.ip_addresses),
            (&new_cert.subject, &new_cert.dns_names, &new_cert.ip_addresses)
        );
        assert_eq!(old.extended_usages, new_cert.extended_usages);
        assert_ne!(old.public_key, new_cert.public_key);
        assert_eq!(new_cert.not_after.as_second(), later().as_second() + 365 * 24 * 3600);
        assert_eq!(new_cert.not_before.as_second(), later().as_second() - 300);
    }
}

#[test]
fn cas_service_account_keys_and_the_kubelet_s_file_are_not_touched() {
    let plan = plan(fixtures::config().spec(), init_files(), Basis::Itself).unwrap();
    let files = carried_out(init_files(), &plan);
    let same: Vec<_> = init_files()
        .iter()
        .filter(|(path, content)| files.get(*path) == Some(*content))
        .map(|(path, _)| path)
        .collect();
    let expected = [
        "kubelet.conf",
        "pki/ca.crt",
        "pki/ca.key",
        "pki/etcd/ca.crt",
        "pki/etcd/ca.key",
        "pki/front-proxy-ca.crt",
        "pki/front-proxy-ca.key",
    ];
    assert_eq!(same, expected.map(|name| Path::new(KUBERNETES).join(name)).iter().collect::<Vec<_>>());
}

#[test]
fn by_the_configuration_that_they_were_made_from_nothing_is_renewed() {
    let plan = plan(fixtures::config().spec(), init_files(), Basis::Configuration).unwrap();
    assert_eq!(renewed(&plan), Vec::<String>::new());
    assert!(plan.actions.is_empty());
}

#[test]
fn by_another_configuration_those_are_renewed_that_differ_and_then_none() {
    let mut config = fixtures::config();
    config.cluster.api_server.cert_sans.push("new.example.com".to_owned());
    let first = plan(config.spec(), init_files(), Basis::Configuration).unwrap();
    assert_eq!(renewed(&first), ["apiserver: new names new.example.com"]);
    let files = carried_out(init_files(), &first);
    assert!(plan(config.spec(), &files, Basis::Configuration).unwrap().actions.is_empty());
}

#[test]
fn another_kind_of_key_is_every_certificate_s_and_then_none_s() {
    let mut config = fixtures::config();
    config.cluster.key_algorithm = KeyAlgorithm::EcdsaP384;
    let first = plan(config.spec(), init_files(), Basis::Configuration).unwrap();
    assert_eq!(renewed(&first).len(), RENEWABLE.len());
    assert_eq!(renewed(&first)[0], "admin.conf: key ECDSA-P384 instead of ECDSA-P256");
    let files = carried_out(init_files(), &first);
    assert!(plan(config.spec(), &files, Basis::Configuration).unwrap().actions.is_empty());
}

#[test]
fn a_pair_that_was_torn_apart_is_whole_after_the_next_run_of_either_kind() {
    let whole = plan(fixtures::config().spec(), init_files(), Basis::Itself).unwrap();
    let new = carried_out(init_files(), &whole);
    let mut torn = init_files().clone();
    torn.insert(path("apiserver.key"), new[&path("apiserver.key")].clone());
    let config = plan(fixtures::config().spec(), &torn, Basis::Configuration).unwrap();
    assert_eq!(renewed(&config), ["apiserver: the old key was not its own"]);
    for basis in [Basis::Itself, Basis::Configuration] {
        let healed = carried_out(&torn, &plan(fixtures::config().spec(), &torn, basis).unwrap());
        let bundle = pki::certificates(healed[&path("apiserver.crt")].bytes()).unwrap();
        assert_eq!(HeldKey::of(&bundle.own, Some(healed[&path("apiserver.key")].bytes())), HeldKey::Own);
    }
}

#[test]
fn what_is_missing_is_told_and_the_rest_renewed() {
    let mut files = init_files().clone();
    files.remove(&Path::new(KUBERNETES).join("super-admin.conf"));
    files.remove(&path("apiserver.crt"));
    let plan = plan(fixtures::config().spec(), &files, Basis::Itself).unwrap();
    let missing: Vec<_> = plan
        .renewals
        .iter()
        .filter(|renewal| renewal.outcome == RenewalOutcome::Missing)
        .map(|renewal| renewal.name)
        .collect();
    assert_eq!(missing, ["apiserver", "super-admin.conf"]);
    assert_eq!(plan.actions.len(), RENEWABLE.len() - 2);
}

#[test]
fn under_an_external_ca_nothing_is_renewed_and_the_others_are() {
    let mut files = init_files().clone();
    files.remove(&path("ca.key"));
    let plan = plan(fixtures::config().spec(), &files, Basis::Itself).unwrap();
    let names: Vec<_> = renewed(&plan).iter().map(|text| text.trim_end_matches(": ").to_owned()).collect();
    assert_eq!(
        names,
        [
            "apiserver-etcd-client",
            "etcd-healthcheck-client",
            "etcd-peer",
            "etcd-server",
            "front-proxy-client"
        ]
    );
    let external = RenewalOutcome::External { key: path("ca.key") };
    assert_eq!(plan.renewals[0], Renewal { name: "admin.conf", outcome: external });
}

#[test]
fn all_that_cannot_be_used_is_named_at_once() {
    let mut files = init_files().clone();
    files.insert(path("apiserver.crt"), Content::new("broken"));
    files.insert(path("etcd/ca.key"), init_files()[&path("ca.key")].clone());
    let other = init_files()[&path("apiserver.key")].clone();
    files.insert(path("etcd/ca.key"), other);
    files.insert(Path::new(KUBERNETES).join("scheduler.conf"), Content::new("kind: Pod"));
    files.remove(&path("front-proxy-ca.crt"));
    files.remove(&path("front-proxy-ca.key"));
    assert_eq!(
        refused(&files, Basis::Itself),
        "these files cannot be used, and are not overwritten:\n  \
         /etc/kubernetes/pki/apiserver.crt cannot be used: it holds no certificate in PEM\n  \
         /etc/kubernetes/pki/etcd/ca.key is not the key of etcd/ca.crt\n  \
         /etc/kubernetes/pki/front-proxy-ca.crt does not exist, so that nothing can be signed\n  \
         /etc/kubernetes/scheduler.conf cannot be read: it is of kind Pod, apiVersion v1; Config, v1 is wanted"
    );
}

#[test]
fn a_kubeconfig_that_trusts_an_older_ca_learns_the_new_one() {
    let config = fixtures::config();
    let mut files = init_files().clone();
    let authority = fixtures::complete(config.spec());
    for name in ["ca.crt", "ca.key"] {
        files.insert(path(name), Content::new(authority.get(name).unwrap()));
    }
    let plan = plan(config.spec(), &files, Basis::Configuration).unwrap();
    let first = renewed(&plan).into_iter().find(|text| text.starts_with("admin.conf")).unwrap();
    assert!(first.ends_with("the old one trusts another CA"), "{first}");
    let after = carried_out(&files, &plan);
    let embedded = Embedded::parse(after[&Path::new(KUBERNETES).join("admin.conf")].bytes()).unwrap();
    let root = pki::certificates(files[&path("ca.crt")].bytes()).unwrap().own;
    assert!(!embedded.trusts_another(&root.der));
}
