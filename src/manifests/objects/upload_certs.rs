//! The certificates that further control planes need, sealed, for two hours.

use std::collections::BTreeMap;
use std::path::PathBuf;

use jiff::Timestamp;

use super::bootstrap_token::{secret_name, token_secret};
use super::grants::READ_CERTIFICATES;
use super::object::{KUBE_SYSTEM, Kind, Object, Owner, Write};
use super::sealed::SecretBody;
use crate::config::{BootstrapToken, Config, Etcd, Expiry, TokenString};
use crate::duration::GoDuration;

const LIFE: GoDuration = GoDuration::from_hours(2);

/// Below the certificates' directory, whatever the etcd.
const SHARED: &[&str] = &["ca.crt", "ca.key", "front-proxy-ca.crt", "front-proxy-ca.key", "sa.key", "sa.pub"];
const LOCAL_ETCD: &[&str] = &["etcd/ca.crt", "etcd/ca.key"];

/// A fresh token that nobody joins with: it lives for two hours, and the garbage collector takes what it owns
/// along when the token cleaner deletes it.
#[derive(Debug, Clone, PartialEq)]
pub struct UploadToken(pub TokenString);

/// What another control plane needs of this one's files: the Secret's entry → the file. Those that are not there, such
/// as a CA's key that is kept elsewhere or the files of an etcd without TLS, have an empty entry.
pub fn uploaded_files(config: &Config) -> BTreeMap<String, PathBuf> {
    let directory = &config.cluster.certificates_dir;
    let entry = |name: &&str| (name.replace('/', "-"), directory.join(name));
    let mut files: BTreeMap<String, PathBuf> = SHARED.iter().map(entry).collect();
    match &config.cluster.etcd {
        Etcd::Local(_) => files.extend(LOCAL_ETCD.iter().map(entry)),
        Etcd::External(etcd) => files.extend([
            ("external-etcd-ca.crt".to_owned(), PathBuf::from(&etcd.ca_file)),
            ("external-etcd.crt".to_owned(), PathBuf::from(&etcd.cert_file)),
            ("external-etcd.key".to_owned(), PathBuf::from(&etcd.key_file)),
        ]),
    }
    files
}

/// The upload-certs phase: the token, the Secret that it owns, and who reads it. `sealed` is what each file's entry
/// (`ca.crt`, `etcd-ca.key`) holds, encrypted; an empty entry stands for a file that is not there.
pub fn upload_certs(token: &UploadToken, sealed: &BTreeMap<String, Vec<u8>>, now: Timestamp) -> Vec<Object> {
    let mut objects = vec![token.secret(now), certificates_secret(token, sealed)];
    objects.extend(READ_CERTIFICATES.objects());
    objects
}

/// The Secret kubeadm-certs, without its owner's uid: [`Object::owned_by_uid`] sets it once the token is written.
pub fn certificates_secret(token: &UploadToken, sealed: &BTreeMap<String, Vec<u8>>) -> Object {
    let owner =
        Owner { kind: Kind::Secret, namespace: KUBE_SYSTEM.to_owned(), name: secret_name(&token.0.id) };
    let body = SecretBody::new("kubeadm-certs".to_owned(), None).owned_by(owner.clone());
    let body = sealed.iter().fold(body, |body, (key, bytes)| body.with_closed(key, bytes));
    Object { owner: Some(owner), ..Object::secret(body) }
}

impl UploadToken {
    fn secret(&self, now: Timestamp) -> Object {
        let token = BootstrapToken {
            token: self.0.clone(),
            description: Some("Proxy for managing TTL for the kubeadm-certs secret".to_owned()),
            expiry: Expiry::After(LIFE),
            usages: Vec::new(),
            groups: Vec::new(),
        };
        token_secret(&token, now).written(Write::Create)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{ExternalEtcd, fixture};
    use crate::secret::Secret;

    fn objects() -> Vec<Object> {
        let token =
            UploadToken(TokenString { id: "i0a5df".to_owned(), secret: Secret::new("t06lxhbj7qsbzyf4") });
        let sealed = BTreeMap::from([("ca.crt".to_owned(), b"sealed".to_vec())]);
        upload_certs(&token, &sealed, "2026-11-21T07:50:38Z".parse().unwrap())
    }

    #[test]
    fn an_external_etcd_s_client_goes_along_instead_of_the_local_one_s_ca() {
        let mut config = fixture::config();
        let names = |config: &Config| uploaded_files(config).into_keys().collect::<Vec<_>>();
        assert_eq!(uploaded_files(&config)["etcd-ca.key"], PathBuf::from("/etc/kubernetes/pki/etcd/ca.key"));
        config.cluster.etcd = Etcd::External(ExternalEtcd {
            endpoints: vec!["https://10.0.0.9:2379".to_owned()],
            http_endpoints: Vec::new(),
            ca_file: "/etcd/ca".to_owned(),
            cert_file: "/etcd/crt".to_owned(),
            key_file: "/etcd/key".to_owned(),
        });
        assert_eq!(uploaded_files(&config)["external-etcd.key"], PathBuf::from("/etcd/key"));
        assert!(!names(&config).contains(&"etcd-ca.crt".to_owned()));
        assert_eq!(names(&config).len(), 9);
    }

    #[test]
    fn the_certificates_go_when_their_token_goes() {
        let objects = objects();
        assert_eq!(objects[1].owner.as_ref().unwrap().name, objects[0].name);
        let owned = objects[1].clone().owned_by_uid("1234").body.expose_secret();
        assert_eq!(owned["metadata"]["ownerReferences"][0]["uid"], "1234");
        assert_eq!(owned["metadata"]["ownerReferences"][0]["name"], "bootstrap-token-i0a5df");
    }

    #[test]
    fn the_token_can_neither_sign_nor_authenticate() {
        let body = objects()[0].body.redacted();
        let keys: Vec<&String> = body["data"].as_object().unwrap().keys().collect();
        assert_eq!(keys, ["description", "expiration", "token-id", "token-secret"]);
    }

    #[test]
    fn a_token_id_that_is_taken_is_an_error() {
        assert_eq!(objects()[0].write, Write::Create);
    }
}
