use std::sync::OnceLock;

use super::super::{catalogue, render};
use super::*;
use crate::config::KeyAlgorithm;
use crate::pki::fixtures::{self, KnownKeys};
use crate::pki::{Order, mint};

fn wanted() -> Vec<Kubeconfig> {
    catalogue(fixtures::config().spec())
}

/// Always the same CA: an ECDSA certificate differs each time that it is signed.
fn pki() -> &'static Existing {
    static FILES: OnceLock<Existing> = OnceLock::new();
    FILES.get_or_init(|| fixtures::complete(fixtures::config().spec()))
}

fn signing() -> ClusterCa {
    ClusterCa::of(pki()).unwrap()
}

/// The five files, minted under the CA in `existing`.
fn files(existing: &Existing) -> BTreeMap<String, FoundKubeconfig> {
    let requests: Vec<_> = wanted().into_iter().map(|kubeconfig| kubeconfig.request).collect();
    let order = Order { items: &[], clients: &requests, existing };
    let minted = mint(&order, fixtures::now(), &KnownKeys).unwrap();
    let texts = wanted().into_iter().zip(minted.clients).map(|(kubeconfig, client)| {
        let text = render(&kubeconfig, &client).unwrap();
        (kubeconfig.name.to_owned(), found(text.expose_secret()))
    });
    texts.collect()
}

fn found(text: &str) -> FoundKubeconfig {
    FoundKubeconfig { text: Zeroizing::new(text.as_bytes().to_vec()), authority_file: None }
}

/// `admin.conf` with its document changed.
fn changed(change: impl FnOnce(&mut Document)) -> BTreeMap<String, FoundKubeconfig> {
    let mut files = files(pki());
    let mut document = Document::parse(&files["admin.conf"].text).unwrap();
    change(&mut document);
    files.insert("admin.conf".into(), found(document.to_yaml().unwrap().expose_secret()));
    files
}

fn refused(files: &BTreeMap<String, FoundKubeconfig>, ca: &ClusterCa) -> Vec<String> {
    let refusals = decide(&wanted(), files, ca, fixtures::now()).unwrap_err();
    refusals.iter().map(ToString::to_string).collect()
}

fn kept(files: &BTreeMap<String, FoundKubeconfig>, ca: &ClusterCa) -> Vec<Decision> {
    let decided = decide(&wanted(), files, ca, fixtures::now()).unwrap();
    decided.into_iter().map(|(_, decision)| decision).collect()
}

#[test]
fn what_was_rendered_is_kept_and_what_is_missing_created() {
    let mut files = files(pki());
    files.remove("kubelet.conf");
    let fits = Decision::Keep(Kept::Fits);
    let wanted = [fits.clone(), fits.clone(), Decision::Create, fits.clone(), fits];
    assert_eq!(kept(&files, &signing()), wanted);
}

#[test]
fn files_say_what_the_reference_s_say() {
    let files = files(pki());
    let expected = [
        ("admin.conf", "https://cp.example.com:6444", "kubernetes-admin", Some("kubeadm:cluster-admins")),
        ("super-admin.conf", "https://cp.example.com:6444", "kubernetes-super-admin", Some("system:masters")),
        ("kubelet.conf", "https://10.1.2.3:6443", "system:node:node-1", Some("system:nodes")),
        ("controller-manager.conf", "https://10.1.2.3:6443", "system:kube-controller-manager", None),
        ("scheduler.conf", "https://10.1.2.3:6443", "system:kube-scheduler", None),
    ];
    for (name, server, user, group) in expected {
        let document = Document::parse(&files[name].text).unwrap();
        assert_eq!(document.current_context, format!("{user}@kubernetes"));
        assert_eq!(document.current_context().unwrap().user, user);
        assert_eq!(document.current_cluster().unwrap().server, server);
        let data = document.current_user().unwrap().client_certificate_data.as_deref().unwrap();
        let cert = pki::certificates(&decode(data).unwrap()).unwrap().own;
        assert_eq!(cert.common_name.as_deref(), Some(user));
        assert_eq!(cert.organizations.first().map(String::as_str), group);
    }
}

#[test]
fn without_the_ca_s_key_every_file_has_to_exist() {
    let external = ClusterCa::External(pki::certificates(pki().get("ca.crt").unwrap()).unwrap());
    let said = refused(&BTreeMap::new(), &external);
    assert_eq!(said.len(), 5);
    assert_eq!(
        said[1],
        "super-admin.conf has to be given, since the key of the cluster's CA is not here (external CA)"
    );
    assert_eq!(kept(&files(pki()), &external), vec![Decision::Keep(Kept::Fits); 5]);
}

#[test]
fn an_external_ca_may_be_any_certificate_of_its_file() {
    let mut other = fixtures::config();
    other.cluster.key_algorithm = KeyAlgorithm::EcdsaP384;
    let other = fixtures::complete(other.spec());
    let mut both = Existing::default();
    both.insert("ca.crt", [other.get("ca.crt").unwrap(), pki().get("ca.crt").unwrap()].concat());
    let external = ClusterCa::of(&both).unwrap();
    assert!(matches!(external, ClusterCa::External(_)));
    assert_eq!(kept(&files(pki()), &external).len(), 5);

    both.insert("ca.key", other.get("ca.key").unwrap());
    let said = refused(&files(pki()), &ClusterCa::of(&both).unwrap());
    assert_eq!(said.len(), 5, "with its key here, the first alone is the CA");
}

#[test]
fn a_file_of_another_ca_is_refused() {
    let wanted = "admin.conf trusts another CA than the cluster's; the cluster's is not here: restore ca.crt and ca.key, or move \
                  this file out of the way";
    assert_eq!(refused(&files(pki()), &ClusterCa::ToBeMade)[0], wanted);
}

#[test]
fn another_server_is_kept_and_told() {
    let files = changed(|document| document.clusters[0].cluster.server = "https://lb:1".into());
    let decision = &kept(&files, &signing())[0];
    let other =
        Kept::OtherServer { wanted: "https://cp.example.com:6444".into(), found: "https://lb:1".into() };
    assert_eq!(*decision, Decision::Keep(other));
}

#[test]
fn the_ca_may_stand_in_a_file_of_its_own() {
    let mut files = changed(|document| {
        let cluster = &mut document.clusters[0].cluster;
        cluster.certificate_authority_data = None;
        cluster.certificate_authority = Some("/etc/kubernetes/pki/ca.crt".into());
    });
    assert_eq!(
        refused(&files, &signing()),
        [
            "admin.conf names /etc/kubernetes/pki/ca.crt for its cluster's CA, which is not there (a path counts from the \
             kubeconfig's folder)"
        ]
    );
    if let Some(found) = files.get_mut("admin.conf") {
        found.authority_file = pki().get("ca.crt").map(<[u8]>::to_vec);
    }
    assert_eq!(kept(&files, &signing())[0], Decision::Keep(Kept::Fits));
}

#[test]
fn what_no_client_reads_beside_the_ca_is_kept_and_told() {
    let broken = b"-----BEGIN CERTIFICATE-----\naHVudGVyMg==\n-----END CERTIFICATE-----\n";
    let both = [pki().get("ca.crt").unwrap(), broken].concat();
    let files = changed(|document| {
        document.clusters[0].cluster.certificate_authority_data = Some(super::super::document::encode(&both));
    });
    let Decision::Keep(Kept::UnreadBeside(bad)) = &kept(&files, &signing())[0] else { panic!("kept") };
    assert_eq!(bad.to_string(), "its certificate number 2 is not an X.509 certificate");
}

#[test]
fn below_an_external_ca_nothing_is_advised_to_be_removed() {
    let external = ClusterCa::External(pki::certificates(pki().get("ca.crt").unwrap()).unwrap());
    let late = "2027-12-01T00:00:00Z".parse().unwrap();
    for refusal in decide(&wanted(), &files(pki()), &external, late).unwrap_err() {
        let said = refusal.to_string();
        assert!(said.ends_with("have the CA, whose key is not here, sign another one"), "{said}");
    }
}

#[test]
fn a_document_without_its_parts_is_refused_by_the_part() {
    for (files, part) in [
        (changed(|document| document.current_context = "x".into()), "current-context \"x\""),
        (changed(|document| document.clusters.clear()), "cluster it does not define"),
        (changed(|document| document.clusters[0].cluster.certificate_authority_data = None), "names no CA"),
        (
            changed(|document| {
                document.clusters[0].cluster.certificate_authority_data = Some("aGVsbG8=".into());
            }),
            "no certificate in PEM",
        ),
    ] {
        let said = refused(&files, &signing());
        assert!(said.len() == 1 && said[0].starts_with("admin.conf") && said[0].contains(part), "{said:?}");
    }
    let mut files = files(pki());
    files.insert("scheduler.conf".into(), found("users: [hunter2"));
    let said = refused(&files, &signing());
    assert!(said.len() == 1 && said[0].starts_with("scheduler.conf cannot be read"), "{said:?}");
    assert!(!said[0].contains("hunter2"), "{said:?}");
}

#[test]
fn embedded_credentials_have_to_hold() {
    let late = "2027-12-01T00:00:00Z".parse().unwrap();
    let said = decide(&wanted(), &files(pki()), &signing(), late).unwrap_err();
    assert_eq!(said.len(), 5);
    let expired = "admin.conf has a client certificate that expired at 2027-11-21T08:00:00Z; remove the file to have it made";
    assert_eq!(said[0].to_string(), expired);

    let ca_key = super::super::document::encode(pki().get("ca.key").unwrap());
    let files =
        changed(|document| document.users[0].user.client_key_data = Some(crate::secret::Secret::new(ca_key)));
    let mismatch =
        "admin.conf has a client key that is not its client certificate's; remove the file to have it made";
    assert_eq!(refused(&files, &signing()), [mismatch]);
}

#[test]
fn a_token_instead_of_a_certificate_is_kept() {
    let files = changed(|document| {
        let user = &mut document.users[0].user;
        (user.client_certificate_data, user.client_key_data) = (None, None);
        user.other.insert("token".into(), "t".into());
    });
    assert_eq!(kept(&files, &signing())[0], Decision::Keep(Kept::Fits));
}
