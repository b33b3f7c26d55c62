use std::sync::LazyLock;

use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, GeneralSubtree, IsCa, Issuer,
    KeyPair, KeyUsagePurpose, NameConstraints,
};

use super::*;

/// Within the fixed years of rcgen's certificates, 1975 to 4096.
const NOW: i64 = 1_800_000_000;
static KEYS: LazyLock<[KeyPair; 3]> = LazyLock::new(|| [0; 3].map(|_| KeyPair::generate().unwrap()));

fn params(name: &str) -> CertificateParams {
    let mut params =
        CertificateParams::new(vec!["api.test".into(), "*.svc.test".into(), "10.0.0.1".into()]).unwrap();
    params.distinguished_name = rcgen::DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    params
}

fn ca(name: &str) -> CertificateParams {
    let mut params = params(name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params
}

fn alone(of: &CertificateParams, key: usize) -> Vec<u8> {
    of.self_signed(&KEYS[key]).unwrap().der().to_vec()
}

/// `of`, with a key of its own, signed by another's.
fn signed(of: &CertificateParams, key: usize, by: &CertificateParams, signer: usize) -> Vec<u8> {
    let issuer = Issuer::from_params(by, &KEYS[signer]);
    of.signed_by(&KEYS[key], &issuer).unwrap().der().to_vec()
}

fn api() -> PeerName {
    PeerName::Dns("api.test".into())
}

fn of_ca(leaf: &CertificateParams) -> Result<(), NotVouched> {
    vouch(&signed(leaf, 1, &ca("ca"), 0), &[], &[&alone(&ca("ca"), 0)], &api(), NOW)
}

#[test]
fn a_leaf_may_call_itself_a_ca() {
    assert_eq!(of_ca(&ca("server")), Ok(()));
    assert_eq!(of_ca(&params("server")), Ok(()));
}

#[test]
fn a_leaf_that_is_trusted_itself_needs_no_ca() {
    for leaf in [alone(&params("server"), 0), alone(&ca("server"), 0), signed(&params("s"), 1, &ca("ca"), 0)]
    {
        assert_eq!(vouch(&leaf, &[], &[&leaf], &api(), NOW), Ok(()));
    }
}

#[test]
fn another_key_of_the_same_name_vouches_for_nothing() {
    let leaf = signed(&params("server"), 1, &ca("ca"), 2);
    assert_eq!(vouch(&leaf, &[], &[&alone(&ca("ca"), 0)], &api(), NOW), Err(NotVouched::Unknown));
    assert_eq!(vouch(&leaf, &[], &[], &api(), NOW), Err(NotVouched::Unknown));
    let copy = alone(&params("server"), 0);
    assert_eq!(vouch(&copy, &[&copy], &[&leaf], &api(), NOW), Err(NotVouched::Unknown));
}

#[test]
fn the_name_has_to_be_among_the_alternative_names() {
    let leaf = alone(&params("other.test"), 0);
    let is_for = |name: PeerName| vouch(&leaf, &[], &[&leaf], &name, NOW).is_ok();
    for name in ["api.test", "API.test", "api.test.", "x.svc.test"] {
        assert!(is_for(PeerName::Dns(name.into())), "{name}");
    }
    for name in ["other.test", "x.api.test", "svc.test", "x.y.svc.test", ".svc.test", ""] {
        assert!(!is_for(PeerName::Dns(name.into())), "{name}");
    }
    assert!(is_for(PeerName::Ip([10, 0, 0, 1].into())) && !is_for(PeerName::Ip([10, 0, 0, 2].into())));
    let told = vouch(&leaf, &[], &[&leaf], &PeerName::Dns("x".into()), NOW).unwrap_err();
    assert_eq!(
        told,
        NotVouched::Name { has: vec!["api.test".into(), "*.svc.test".into(), "10.0.0.1".into()] }
    );
}

#[test]
fn dates_count_for_the_leaf_and_its_cas() {
    let mut early = params("server");
    early.not_before = rcgen::date_time_ymd(2060, 1, 1);
    assert!(matches!(of_ca(&early), Err(NotVouched::Early { .. })));
    let mut late = ca("server");
    late.not_after = rcgen::date_time_ymd(2020, 1, 1);
    assert!(matches!(of_ca(&late), Err(NotVouched::Expired { .. })));
    let leaf = alone(&late, 0);
    assert!(matches!(vouch(&leaf, &[], &[&leaf], &api(), NOW), Err(NotVouched::Expired { .. })));
    let mut old = ca("ca");
    old.not_after = rcgen::date_time_ymd(2020, 1, 1);
    let leaf = signed(&params("server"), 1, &old, 0);
    assert_eq!(vouch(&leaf, &[], &[&alone(&old, 0)], &api(), NOW), Err(NotVouched::Unknown));
}

#[test]
fn usages_count_for_the_whole_chain() {
    let for_clients = |mut of: CertificateParams| {
        of.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        of
    };
    assert_eq!(of_ca(&for_clients(params("server"))), Err(NotVouched::Usage));
    let by = for_clients(ca("ca"));
    let leaf = signed(&params("server"), 1, &by, 0);
    assert_eq!(vouch(&leaf, &[], &[&alone(&by, 0)], &api(), NOW), Err(NotVouched::Unknown));
}

#[test]
fn only_a_ca_that_may_sign_is_above() {
    let signer_of = |by: &CertificateParams| {
        vouch(&signed(&params("server"), 1, by, 0), &[], &[&alone(by, 0)], &api(), NOW)
    };
    assert_eq!(signer_of(&ca("ca")), Ok(()));
    assert_eq!(signer_of(&params("ca")), Err(NotVouched::Unknown), "no basic constraints");
    let mut leaf_only = params("ca");
    leaf_only.is_ca = IsCa::ExplicitNoCa;
    assert_eq!(signer_of(&leaf_only), Err(NotVouched::Unknown));
    let mut no_signer = ca("ca");
    no_signer.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    assert_eq!(signer_of(&no_signer), Err(NotVouched::Unknown));
    let mut constrained = ca("ca");
    let only = GeneralSubtree::DnsName("test".into());
    constrained.name_constraints =
        Some(NameConstraints { permitted_subtrees: vec![only], excluded_subtrees: Vec::new() });
    assert_eq!(signer_of(&constrained), Err(NotVouched::Unknown), "webpki's to judge");
}

#[test]
fn a_chain_goes_by_way_of_what_the_server_sends_and_no_deeper_than_allowed() {
    let chain = |mut root: CertificateParams, between: &CertificateParams, limit: Option<u8>| {
        root.is_ca = IsCa::Ca(limit.map_or(BasicConstraints::Unconstrained, BasicConstraints::Constrained));
        let middle = signed(between, 1, &root, 0);
        let leaf = signed(&ca("server"), 2, between, 1);
        vouch(&leaf, &[&leaf, &middle, b"no certificate"], &[&alone(&root, 0)], &api(), NOW)
    };
    assert_eq!(chain(ca("root"), &ca("middle"), None), Ok(()));
    assert_eq!(chain(ca("root"), &ca("middle"), Some(1)), Ok(()));
    assert_eq!(chain(ca("root"), &ca("middle"), Some(0)), Err(NotVouched::Unknown));
    assert_eq!(chain(ca("root"), &params("middle"), None), Err(NotVouched::Unknown));
}

#[test]
fn an_unknown_critical_extension_is_refused() {
    let mut odd = ca("server");
    let mut extension = rcgen::CustomExtension::from_oid_content(&[1, 3, 6, 1, 4, 1, 99999, 1], vec![5, 0]);
    odd.custom_extensions.push(extension.clone());
    assert_eq!(of_ca(&odd), Ok(()));
    extension.set_criticality(true);
    odd.custom_extensions = vec![extension];
    assert_eq!(of_ca(&odd), Err(NotVouched::Extension));
}

#[test]
fn what_is_no_certificate_is_refused() {
    let mut leaf = alone(&params("server"), 0);
    assert_eq!(vouch(b"", &[], &[b""], &api(), NOW), Err(NotVouched::Unreadable));
    leaf.push(0);
    assert_eq!(vouch(&leaf, &[], &[&leaf], &api(), NOW), Err(NotVouched::Unreadable));
}
