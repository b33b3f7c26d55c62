//! A cluster of canned answers, which the real kubeadm takes for one too: one control plane `cp1` and a worker.

use std::collections::BTreeMap;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::thread;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::http::talk;

const SYSTEM: &str = "/api/v1/namespaces/kube-system";
/// The ConfigMaps that it has.
const MAPS: [&str; 4] = ["kubeadm-config", "kubelet-config", "kube-proxy", "coredns"];
const CONTROL_PLANE: &str = "node-role.kubernetes.io/control-plane";
const COREFILE: &str = ".:53 {\n    errors\n    ready\n    kubernetes cluster.local in-addr.arpa ip6.arpa\n    \
                        forward . /etc/resolv.conf\n    cache 30\n    loop\n    reload\n    loadbalance\n}\n";

/// What it has, for a test to change before it is served.
#[derive(Debug, Clone)]
pub struct Cluster {
    /// Of the control plane's components, with the v.
    pub version: String,
    pub kubelets: Vec<(&'static str, String)>,
    pub etcd: String,
    /// Where etcd is reached, as its pod says.
    pub etcd_url: String,
    pub dns: String,
    /// kube-proxy's DaemonSet; null where it has none.
    pub proxy: Value,
    /// `CoreDNS`' Deployment in the place of the one that it has by itself.
    pub dns_pods: Value,
    /// Configurations of validating webhooks.
    pub webhooks: Vec<Value>,
    /// EndpointSlices of any Service.
    pub endpoints: Vec<Value>,
    /// Below `etcd:` and beside it, in its ClusterConfiguration.
    pub configuration: String,
    /// ConfigMaps of kube-system in the place of those that it has by itself.
    pub maps: BTreeMap<&'static str, Value>,
    /// What else it has, by its path in the API.
    pub objects: BTreeMap<String, Value>,
}

impl Cluster {
    pub fn of(version: &str, etcd: &str, dns: &str) -> Self {
        Self {
            version: version.to_owned(),
            kubelets: vec![("cp1", version.to_owned()), ("w1", version.to_owned())],
            etcd: etcd.to_owned(),
            etcd_url: "https://127.0.0.1:1".to_owned(),
            dns: dns.to_owned(),
            proxy: Value::Null,
            dns_pods: Value::Null,
            webhooks: Vec::new(),
            endpoints: Vec::new(),
            configuration: "etcd: {local: {dataDir: /var/lib/etcd}}\ncertificatesDir: /etc/kubernetes/pki\n"
                .to_owned(),
            maps: BTreeMap::new(),
            objects: BTreeMap::new(),
        }
    }

    fn answer(&self, method: &str, target: &str) -> (u16, Value) {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let list = |kind: &str, items: Vec<Value>| {
            let version = if kind == "DeploymentList" { "apps/v1" } else { "v1" };
            (200, json!({ "kind": kind, "apiVersion": version, "metadata": {}, "items": items }))
        };
        let map = |data: Value| {
            (
                200,
                json!({ "kind": "ConfigMap", "apiVersion": "v1", "metadata": { "name": "a", "namespace": "kube-system" }, "data": data }),
            )
        };
        let system = path.strip_prefix(SYSTEM).unwrap_or_default();
        if let Some(map) = system.strip_prefix("/configmaps/").and_then(|name| self.maps.get(name)) {
            return (200, map.clone());
        }
        match (method, path, system) {
            ("POST", "/apis/authentication.k8s.io/v1/selfsubjectreviews", _) => (
                201,
                json!({
                    "kind": "SelfSubjectReview", "apiVersion": "authentication.k8s.io/v1",
                    "status": { "userInfo": { "username": "system:node:cp1", "groups": ["system:nodes"] } },
                }),
            ),
            ("GET", "/version", _) => {
                (200, json!({ "major": "1", "minor": "36", "gitVersion": self.version }))
            }
            // No client has asked for what is deprecated.
            ("GET", "/metrics", _) => (200, json!("")),
            ("GET", "/api/v1/nodes", _) => {
                let of_control_planes = query.contains("labelSelector=");
                let nodes =
                    self.kubelets.iter().filter(|(name, _)| !of_control_planes || name.starts_with("cp"));
                list("NodeList", nodes.map(|(name, kubelet)| node(name, kubelet)).collect())
            }
            ("GET", "/api/v1/nodes/cp1", _) => (200, node("cp1", &self.version)),
            ("GET", _, "/pods") => {
                let is_asked = |pod: &Value| {
                    let component = pod["metadata"]["labels"]["component"].as_str().unwrap();
                    let is_named = |end: &str| query.contains(&format!("component%3D{component}{end}"));
                    !query.contains("component%3D") || is_named("%2C") || is_named("&")
                };
                list("PodList", self.pods().into_iter().filter(is_asked).collect())
            }
            ("GET", _, "/configmaps/kubeadm-config") => map(json!({ "ClusterConfiguration": format!(
                "apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\nkubernetesVersion: {}\n\
                 networking: {{dnsDomain: cluster.local, serviceSubnet: 10.96.0.0/12}}\n{}",
                self.version, self.configuration
            ) })),
            ("GET", _, "/configmaps/kubelet-config") => map(
                json!({ "kubelet": "apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n" }),
            ),
            ("GET", _, "/configmaps/kube-proxy") => map(
                json!({ "config.conf": "apiVersion: kubeproxy.config.k8s.io/v1alpha1\nkind: KubeProxyConfiguration\n" }),
            ),
            ("GET", _, "/configmaps/coredns") => map(json!({ "Corefile": COREFILE })),
            ("GET", _, "/configmaps") => {
                let named = |name: &&str| {
                    let (_, mut map) = self.answer("GET", &format!("{SYSTEM}/configmaps/{name}"));
                    map["metadata"] = json!({ "name": name, "namespace": "kube-system" });
                    map
                };
                list("ConfigMapList", MAPS.iter().map(named).collect())
            }
            ("GET", "/apis/apps/v1/namespaces/kube-system/daemonsets/kube-proxy", _)
                if !self.proxy.is_null() =>
            {
                (200, self.proxy.clone())
            }
            ("GET", "/apis/apps/v1/namespaces/kube-system/deployments", _) if !self.dns_pods.is_null() => {
                list("DeploymentList", vec![self.dns_pods.clone()])
            }
            ("GET", "/apis/apps/v1/namespaces/kube-system/deployments", _) => {
                let image = format!("registry.k8s.io/coredns/coredns:{}", self.dns);
                let spec = json!({ "template": { "spec": { "containers": [{ "name": "coredns", "image": image }] } } });
                list("DeploymentList", vec![json!({ "metadata": { "name": "coredns" }, "spec": spec })])
            }
            ("GET", "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations", _) => {
                list("ValidatingWebhookConfigurationList", self.webhooks.clone())
            }
            ("GET", "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations", _) => {
                list("MutatingWebhookConfigurationList", Vec::new())
            }
            ("GET", path, _) if path.starts_with("/apis/discovery.k8s.io/v1/") => {
                list("EndpointSliceList", self.endpoints.clone())
            }
            ("GET", SYSTEM, _) => (
                200,
                json!({ "kind": "Namespace", "apiVersion": "v1", "metadata": { "name": "kube-system", "labels": { "kubernetes.io/metadata.name": "kube-system" } } }),
            ),
            ("POST", "/apis/batch/v1/namespaces/kube-system/jobs", _) => (201, job()),
            ("GET", path, _) if path.starts_with("/apis/batch/v1/namespaces/kube-system/jobs/") => {
                (200, job())
            }
            ("GET", path, _) if self.objects.contains_key(path) => (200, self.objects[path].clone()),
            _ => (
                404,
                json!({ "kind": "Status", "apiVersion": "v1", "status": "Failure", "code": 404, "reason": "NotFound" }),
            ),
        }
    }

    fn pods(&self) -> Vec<Value> {
        let of_kubernetes = ["kube-apiserver", "kube-controller-manager", "kube-scheduler"];
        let own = of_kubernetes.map(|name| self.pod(name, &self.version.replace('+', "_")));
        let etcd = (!self.etcd.is_empty()).then(|| self.pod("etcd", &self.etcd));
        own.into_iter().chain(etcd).collect()
    }

    fn pod(&self, component: &str, tag: &str) -> Value {
        json!({
            "metadata": {
                "name": format!("{component}-cp1"), "namespace": "kube-system",
                "labels": { "component": component, "tier": "control-plane" },
                "annotations": {
                    "kubeadm.kubernetes.io/kube-apiserver.advertise-address.endpoint": "192.0.2.10:6443",
                    "kubeadm.kubernetes.io/etcd.advertise-client-urls": self.etcd_url,
                },
            },
            "spec": { "nodeName": "cp1", "containers": [{ "name": component, "image": format!("registry.k8s.io/{component}:{tag}") }] },
            "status": { "phase": "Running" },
        })
    }
}

fn node(name: &str, kubelet: &str) -> Value {
    let labels = if name.starts_with("cp") { json!({ CONTROL_PLANE: "" }) } else { json!({}) };
    json!({
        "kind": "Node", "apiVersion": "v1",
        "metadata": { "name": name, "labels": labels,
            "annotations": { "kubeadm.alpha.kubernetes.io/cri-socket": "unix:///run/containerd/containerd.sock" } },
        "spec": {},
        "status": { "nodeInfo": { "kubeletVersion": kubelet }, "conditions": [{ "type": "Ready", "status": "True" }] },
    })
}

/// The one with which kubeadm tries whether pods come up.
fn job() -> Value {
    json!({
        "kind": "Job", "apiVersion": "batch/v1", "metadata": { "name": "a", "namespace": "kube-system" },
        "status": { "conditions": [{ "type": "Complete", "status": "True" }] },
    })
}

/// Its API server, until the test ends, and what it was asked: `GET /version`.
#[derive(Debug)]
pub struct Served {
    pub address: String,
    pub asked: Arc<Mutex<Vec<String>>>,
}

impl Served {
    pub fn new(cluster: Cluster) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let served = Self { address: listener.local_addr().unwrap().to_string(), asked: Arc::default() };
        let asked = Arc::clone(&served.asked);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let (cluster, asked) = (cluster.clone(), Arc::clone(&asked));
                thread::spawn(move || {
                    drop(talk(&stream, |method, target| {
                        asked.lock().unwrap().push(format!("{method} {target}"));
                        cluster.answer(method, target)
                    }));
                });
            }
        });
        served
    }

    /// A kubeconfig that leads there, in `folder`. Its CA is anybody's: the server speaks no TLS.
    pub fn kubeconfig(&self, folder: &Path) -> PathBuf {
        let path = folder.join("admin.conf");
        let text = format!(
            "{{kind: Config, apiVersion: v1, current-context: a, contexts: [{{name: a, context: {{cluster: k, user: u}}}}], \
             users: [{{name: u, user: {{token: a}}}}], clusters: [{{name: k, cluster: {{server: 'http://{}', certificate-authority-data: {}}}}}]}}",
            self.address,
            STANDARD.encode(ca())
        );
        std::fs::write(&path, text).unwrap();
        path
    }
}

fn ca() -> String {
    rcgen::generate_simple_self_signed(vec!["ca.test".to_owned()]).unwrap().cert.pem()
}
