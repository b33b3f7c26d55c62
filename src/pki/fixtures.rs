//! What the tests of this module and of those above it share: a configuration and known keys.

use jiff::Timestamp;

use crate::config::{
    ApiServer, ClusterSpec, ComponentSettings, Config, Etcd, HostPort, ImageMeta, KeyAlgorithm, LocalEtcd,
    Spec, fixture,
};
use crate::versions;

use super::{BadKey, Existing, KeySource, Minted, Order, PrivateKey, Serial, catalogue, decide, mint};

/// The moment at which the fixtures are made.
pub fn now() -> Timestamp {
    "2026-11-21T08:00:00.9Z".parse().unwrap()
}

/// The golden test keys: one for CAs, one for all else, whatever the algorithm asked for.
#[derive(Clone, Copy)]
pub struct KnownKeys;

impl KeySource for KnownKeys {
    fn key(&self, owner: &str, algorithm: KeyAlgorithm) -> Result<PrivateKey, BadKey> {
        let is_authority = owner == "ca" || owner.ends_with("-ca") || owner.ends_with("/ca");
        PrivateKey::from_pem(match (algorithm, is_authority) {
            (KeyAlgorithm::EcdsaP256, true) => include_bytes!("../../tests/golden/pki/p256-ca.key"),
            (KeyAlgorithm::EcdsaP256, false) => include_bytes!("../../tests/golden/pki/p256-leaf.key"),
            (KeyAlgorithm::EcdsaP384, true) => include_bytes!("../../tests/golden/pki/p384-ca.key"),
            (KeyAlgorithm::EcdsaP384, false) => include_bytes!("../../tests/golden/pki/p384-leaf.key"),
            (KeyAlgorithm::Rsa2048 | KeyAlgorithm::Rsa3072 | KeyAlgorithm::Rsa4096, true) => {
                include_bytes!("../../tests/golden/pki/rsa-ca.key")
            }
            (KeyAlgorithm::Rsa2048 | KeyAlgorithm::Rsa3072 | KeyAlgorithm::Rsa4096, false) => {
                include_bytes!("../../tests/golden/pki/rsa-leaf.key")
            }
        })
    }

    fn serial(&self, owner: &str) -> Result<Serial, BadKey> {
        let number = owner.bytes().fold(1, |sum: u64, byte| sum * 3 % 1_000_003 + u64::from(byte));
        Ok(Serial::new(number).unwrap())
    }
}

/// Everything minted for `spec` at [`now`], as files on disk.
pub fn complete(spec: Spec<'_>) -> Existing {
    let items = catalogue(spec);
    let decided = decide(&items, &Existing::default(), now()).unwrap();
    let order = Order { items: &decided, clients: &[], existing: &Existing::default() };
    files(mint(&order, now(), &KnownKeys).unwrap())
}

/// The same, as if they were on disk.
pub fn files(minted: Minted) -> Existing {
    minted.files.into_iter().map(|file| (file.path, file.bytes.to_vec())).collect()
}

/// P-256, so that tests are fast; a local etcd; a control plane endpoint.
pub fn config() -> Config {
    let mut config = fixture::config();
    config.cluster = cluster();
    config.advertise("10.1.2.3");
    config
}

fn cluster() -> ClusterSpec {
    ClusterSpec {
        minor: versions::newest(),
        version: "v1.37.1".parse().unwrap(),
        control_plane_endpoint: Some(HostPort { host: "cp.example.com".into(), port: 6444 }),
        etcd: Etcd::Local(LocalEtcd {
            image: ImageMeta::default(),
            data_dir: "/var/lib/etcd".into(),
            extra_args: Vec::new(),
            extra_envs: Vec::new(),
            server_cert_sans: vec!["bar.example.com".into(), "1.2.3.4".into(), "a.b".into()],
            peer_cert_sans: Vec::new(),
        }),
        api_server: ApiServer {
            component: ComponentSettings::default(),
            cert_sans: ["foo.example.com", "10.1.2.3", "*.wild.example", "fd00::1", "node-1"]
                .map(String::from)
                .into(),
        },
        key_algorithm: KeyAlgorithm::EcdsaP256,
        ..fixture::config().cluster
    }
}
