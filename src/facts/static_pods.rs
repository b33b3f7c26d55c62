//! What the manifests of this host's static pods say of it.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::path::PathBuf;

use k8s_openapi::api::core::v1::Pod;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Seen, Unseen};
use crate::manifests::etcd::CLIENT_URL_ANNOTATION;
use crate::yaml;

/// The member of etcd that this host runs, by its manifest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LocalEtcd {
    /// As the cluster's members know it.
    pub name: String,
    /// The folder of its data on this host.
    pub data_dir: PathBuf,
    /// Where the other members reach it.
    pub peer_url: Option<String>,
    /// Where clients reach it, and then, as far as the manifest knows of them, the other members.
    pub endpoints: Vec<String>,
    /// It was told of other members when it was set up.
    pub has_others: bool,
}

const DATA_VOLUME: &str = "etcd-data";
const CERTIFICATES_VOLUME: &str = "k8s-certs";
/// kubeadm's ports of etcd.
const PEER_PORT: &str = ":2380";
const CLIENT_PORT: &str = ":2379";
const LOCAL: &str = "https://127.0.0.1:2379";

impl LocalEtcd {
    /// etcd.yaml's text → the member.
    pub fn parse(manifest: &str) -> Seen<Self> {
        let pod = parse(manifest)?;
        let data_dir = host_path(&pod, DATA_VOLUME)
            .ok_or_else(|| Unseen::new("etcd's data folder", "the manifest has no volume etcd-data"))?;
        Ok(Self {
            name: argument(&pod, "--name=").unwrap_or_default(),
            data_dir,
            peer_url: argument(&pod, "--initial-advertise-peer-urls="),
            endpoints: endpoints(&pod),
            has_others: argument(&pod, "--initial-cluster=").is_some_and(|cluster| cluster.contains(',')),
        })
    }
}

/// kube-apiserver.yaml's text → the folder that holds its certificates.
pub fn certificates_dir(manifest: &str) -> Option<PathBuf> {
    host_path(&parse(manifest).ok()?, CERTIFICATES_VOLUME)
}

/// kube-apiserver.yaml's text → the address that it advertises.
pub fn advertised_address(manifest: &str) -> Option<IpAddr> {
    argument(&parse(manifest).ok()?, "--advertise-address=")?.parse().ok()
}

/// kube-apiserver.yaml's text → the port that it serves at.
pub fn secure_port(manifest: &str) -> Option<u16> {
    argument(&parse(manifest).ok()?, "--secure-port=")?.parse().ok()
}

/// A static pod's text → the paths of the host that it mounts; none where it cannot be read, as the kubelet then runs none of it.
pub fn host_paths(manifest: &str) -> Vec<PathBuf> {
    let volumes = parse(manifest).ok().and_then(|pod| pod.spec?.volumes).unwrap_or_default();
    volumes.into_iter().filter_map(|volume| Some(volume.host_path?.path.into())).collect()
}

fn parse(manifest: &str) -> Seen<Pod> {
    let unseen = |why: &dyn ToString| Unseen::new("the static pod", why.to_string());
    let value: Value = yaml::from_str(manifest).map_err(|error| unseen(&error))?;
    serde_json::from_value(value).map_err(|error| unseen(&error))
}

fn host_path(pod: &Pod, volume: &str) -> Option<PathBuf> {
    let volumes = pod.spec.as_ref()?.volumes.as_ref()?;
    let path = &volumes.iter().find(|found| found.name == volume)?.host_path.as_ref()?.path;
    (!path.is_empty()).then(|| path.into())
}

fn argument(pod: &Pod, flag: &str) -> Option<String> {
    let command = pod.spec.as_ref()?.containers.first()?.command.as_ref()?;
    command.iter().find_map(|word| word.strip_prefix(flag)).map(str::to_owned)
}

/// A member that has joined was told of the others: `--initial-cluster=a=https://10.0.0.1:2380,b=…`.
fn endpoints(pod: &Pod) -> Vec<String> {
    let annotations = pod.metadata.annotations.as_ref();
    let announced = annotations.and_then(|all| all.get(CLIENT_URL_ANNOTATION)).cloned().unwrap_or_default();
    let cluster = argument(pod, "--initial-cluster=").unwrap_or_default();
    let members = cluster.split(',').filter_map(|member| member.split_once('=')?.1.strip_suffix(PEER_PORT));
    let mut all: Vec<String> = announced.split(',').map(str::to_owned).collect();
    all.extend([LOCAL.to_owned()]);
    all.extend(members.map(|host| format!("{host}{CLIENT_PORT}")));
    let mut seen = BTreeSet::new();
    all.retain(|url| !url.is_empty() && seen.insert(url.clone()));
    all
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    const ETCD: &str = "\
apiVersion: v1
kind: Pod
metadata:
  name: etcd
  annotations: {kubeadm.kubernetes.io/etcd.advertise-client-urls: 'https://10.0.0.1:2379'}
spec:
  containers:
  - name: etcd
    command: [etcd, --name=cp1, --data-dir=/inside, --initial-advertise-peer-urls=https://10.0.0.1:2380,
      '--initial-cluster=cp0=https://10.0.0.7:2380,cp1=https://10.0.0.1:2380']
  volumes:
  - {name: etcd-certs, hostPath: {path: /etc/kubernetes/pki/etcd}}
  - {name: etcd-data, hostPath: {path: /srv/etcd}}
";

    #[test]
    fn the_member_is_what_its_manifest_says() {
        let member = LocalEtcd::parse(ETCD).unwrap();
        assert_eq!((member.name.as_str(), member.data_dir.to_str()), ("cp1", Some("/srv/etcd")));
        assert_eq!(member.peer_url.as_deref(), Some("https://10.0.0.1:2380"));
        let wanted = ["https://10.0.0.1:2379", "https://127.0.0.1:2379", "https://10.0.0.7:2379"];
        assert_eq!(member.endpoints, wanted);
    }

    #[test]
    fn what_a_pod_mounts_of_the_host_is_told_and_of_what_is_no_pod_nothing() {
        assert_eq!(host_paths(ETCD), [Path::new("/etc/kubernetes/pki/etcd"), Path::new("/srv/etcd")]);
        let json = r#"{"kind":"Pod","spec":{"containers":[],"volumes":[{"name":"a","emptyDir":{}},{"name":"b","hostPath":{"path":"/b"}}]}}"#;
        assert_eq!(host_paths(json), [Path::new("/b")]);
        for text in ["", "a: [", "kind: Pod", "just text"] {
            assert!(host_paths(text).is_empty(), "{text}");
        }
    }

    #[test]
    fn a_manifest_that_says_nothing_is_named() {
        for text in ["a: [", "spec: {}", "kind: Pod"] {
            assert!(LocalEtcd::parse(text).is_err(), "{text}");
        }
        assert_eq!(certificates_dir(ETCD), None);
        assert_eq!(advertised_address(ETCD), None);
        let api_server = ETCD.replace("--data-dir=/inside", "--advertise-address=10.0.0.1");
        assert_eq!(advertised_address(&api_server), "10.0.0.1".parse().ok());
        assert_eq!(secure_port(&ETCD.replace("--data-dir=/inside", "--secure-port=7443")), Some(7443));
        assert_eq!(
            certificates_dir(&ETCD.replace("etcd-certs", "k8s-certs")),
            Some("/etc/kubernetes/pki/etcd".into())
        );
    }
}
