//! A cluster as an upgrade finds it: its nodes, its control planes' pods, its addons and its stored configuration, all asked at once and
//! only read.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use futures::future::try_join_all;
use serde_json::Value;

use super::api::{ApiError, Server};
use super::apply_error::ClusterError;
use super::etcd_survey;
use super::event_loop::EventLoop;
use super::files::Tree;
use super::observe::kubelet_setup;
use super::retry::Retry;
use super::webhook_survey::webhooks;
use crate::config::{StoredText, StoredTexts};
use crate::facts::{
    ComponentPod, DeprecatedApi, EtcdSaid, LiveAddons, NodeKubelet, Seen, StoredSettings, Unseen, Webhook,
    image_tag,
};
use crate::join::etcd::pod_endpoints;
use crate::manifests::objects;
use crate::manifests::static_pod::StaticPod;
use crate::plan::{Content, EtcdAccess};
use crate::upgrade::GROUPS;
use crate::yaml;

const NODES: &str = "/api/v1/nodes";
const CONTROL_PLANE_LABEL: &str = "node-role.kubernetes.io/control-plane";
/// Every static pod that kubeadm makes has this label.
const PODS: &str = "/api/v1/namespaces/kube-system/pods?labelSelector=tier%3Dcontrol-plane";
/// CoreDNS is known by its label: it may have been installed under another name.
const DNS: &str = "/apis/apps/v1/namespaces/kube-system/deployments?labelSelector=k8s-app%3Dkube-dns";
/// kube-proxy is known by its name.
const PROXY: &str = "/apis/apps/v1/namespaces/kube-system/daemonsets/kube-proxy";
const CONFIG_MAPS: &str = "/api/v1/namespaces/kube-system/configmaps";
const VERSION: &str = "/version";
const METRICS: &str = "/metrics";
/// One for each deprecated API that a client has asked for since the API server was started.
const DEPRECATED_APIS: &str = "apiserver_requested_deprecated_apis";
const JSON: &str = "application/json";

/// The components' own configurations: the ConfigMap, and its entry.
const CONFIGURATIONS: [(&str, &str); 2] = [("kubelet-config", "kubelet"), ("kube-proxy", "config.conf")];

/// How long a server is asked again that answers that it cannot answer now.
const BUSY: Duration = Duration::from_secs(10);

/// How long one is waited for that does not answer at all.
const STARTING: Duration = Duration::from_mins(1);

/// The way to a cluster.
#[derive(Debug)]
pub struct Surveyor {
    runtime: EventLoop,
    server: Server,
    on_silence: OnSilence,
}

/// What becomes of it that nobody answers.
#[derive(Debug, Clone, Copy)]
pub enum OnSilence {
    /// It is told.
    Tell,
    /// It is waited for: a run before may have been cut off, and the kubelet starts what that has ended. This is told once.
    Wait(fn(&str)),
}

impl OnSilence {
    /// How long a member of etcd may take. Whoever looks at a plan waits for it; an upgrade does not end for a host that is busy.
    fn of_etcd(self) -> Duration {
        match self {
            Self::Tell => Duration::from_secs(1),
            Self::Wait(_) => Duration::from_secs(5),
        }
    }
}

/// What the API server has told.
#[derive(Debug)]
pub struct Survey {
    /// The ClusterConfiguration, YAML.
    pub cluster_configuration: String,
    /// As in [`UpgradeFacts`](crate::facts::UpgradeFacts), as are the others.
    pub server: Seen<String>,
    /// In the order of the cluster's list.
    pub nodes: Vec<NodeKubelet>,
    /// Likewise.
    pub components: Vec<ComponentPod>,
    /// The tag of CoreDNS' image.
    pub dns: Option<String>,
    /// The addons' pods.
    pub addons: LiveAddons,
    /// The version of each configuration, by its group.
    pub configurations: BTreeMap<String, String>,
    /// What else of the components' settings counts.
    pub stored: StoredSettings,
    /// As the API server counts them.
    pub deprecated_apis: Seen<Vec<DeprecatedApi>>,
    /// Those that fail closed, and who answers.
    pub webhooks: Seen<Vec<Webhook>>,
    /// Where the members of etcd are reached, as their pods say.
    pub etcd_endpoints: Vec<String>,
}

/// Why a cluster did not tell what an upgrade has to know.
#[derive(Debug, thiserror::Error)]
pub enum NotSurveyed {
    /// The call itself failed.
    #[error("cannot {what}")]
    Call {
        /// As in `list the nodes`.
        what: &'static str,
        /// What the API server said, or what was in the way.
        #[source]
        source: ApiError,
    },
    /// There is no stored configuration.
    #[error(
        "the cluster has no ClusterConfiguration in the ConfigMap kube-system/kubeadm-config: it was not set up by kubeadm or kubewright"
    )]
    NoConfiguration,
    /// There is none of the kubelets.
    #[error("the cluster has no KubeletConfiguration in the ConfigMap kube-system/kubelet-config")]
    NoKubeletConfiguration,
}

impl Surveyor {
    /// By the kubeconfig with this path and text.
    pub fn open(path: &Path, text: &Content, on_silence: OnSilence) -> Result<Self, ClusterError> {
        let text =
            std::str::from_utf8(text.bytes()).map_err(|_| ClusterError::NotText { path: path.to_owned() })?;
        let runtime = EventLoop::new().map_err(ClusterError::Runtime)?;
        let server = runtime.block_on(Server::from_kubeconfig(&path.display().to_string(), text, None))?;
        Ok(Self { runtime, server, on_silence })
    }

    /// Asks for all of it at once.
    pub fn survey(&self) -> Result<Survey, NotSurveyed> {
        self.runtime.block_on(Box::pin(survey(&self.asker())))
    }

    /// The texts that an upgrade goes by.
    ///
    /// # Errors
    /// The cluster does not tell them, or has none.
    pub fn stored(&self) -> Result<StoredTexts, NotSurveyed> {
        self.runtime.block_on(stored(&self.asker()))
    }

    /// These objects, by their paths in the API; null for those that there are not.
    ///
    /// # Errors
    /// The API server does not tell.
    pub fn objects(&self, paths: &[String]) -> Result<Vec<Value>, NotSurveyed> {
        let asker = self.asker();
        let all = paths.iter().map(|path| asker.one(path, "read an object that the upgrade would write"));
        self.runtime.block_on(try_join_all(all))
    }

    fn asker(&self) -> Asker<'_> {
        Asker { server: &self.server, on_silence: self.on_silence, told: Cell::new(false) }
    }

    /// Asks each member of the etcd at these endpoints.
    pub fn etcd(&self, tree: &Tree, endpoints: &[String], access: &EtcdAccess) -> EtcdSaid {
        self.runtime.block_on(etcd_survey::survey(tree, endpoints, access, self.on_silence.of_etcd()))
    }
}

async fn survey(ask: &Asker<'_>) -> Result<Survey, NotSurveyed> {
    let (version, nodes, pods, dns, proxy, maps, metrics, webhooks) = tokio::join!(
        ask.one(VERSION, "ask for the API server's version"),
        ask.all(NODES, "list the nodes"),
        ask.all(PODS, "list the pods of the control planes"),
        ask.all(DNS, "list the Deployments of CoreDNS"),
        ask.one(PROXY, "read kube-proxy's DaemonSet"),
        ask.all(CONFIG_MAPS, "list the ConfigMaps of kube-system"),
        ask.server.get_text(METRICS),
        webhooks(ask),
    );
    let (pods, maps) = (pods?, maps?);
    let [kubelet, of_proxy] = CONFIGURATIONS.map(|(map, name)| entry(&maps, map, name));
    let dns = dns?.into_iter().next().unwrap_or_default();
    let image = first_image(&dns, "/spec/template/spec");
    Ok(Survey {
        cluster_configuration: entry(&maps, "kubeadm-config", "ClusterConfiguration")
            .ok_or(NotSurveyed::NoConfiguration)?,
        server: git_version(version),
        nodes: nodes?.iter().map(node).collect(),
        components: components(&pods),
        dns: (!dns.is_null()).then(|| image_tag(image).to_owned()),
        configurations: [&kubelet, &of_proxy]
            .into_iter()
            .flatten()
            .filter_map(|text| api_version(text))
            .collect(),
        stored: StoredSettings {
            kubelet: kubelet.as_deref().map(kubelet_setup::document).unwrap_or_default(),
            proxy_gates: of_proxy.as_deref().map(kubelet_setup::document).unwrap_or_default().gates,
            corefile: entry(&maps, "coredns", "Corefile"),
        },
        deprecated_apis: deprecated_apis(metrics),
        webhooks,
        etcd_endpoints: pod_endpoints(&pods),
        addons: LiveAddons { dns, proxy: proxy? },
    })
}

/// The text of an entry of the ConfigMap that has this name.
fn entry(maps: &[Value], map: &str, name: &str) -> Option<String> {
    let found = maps.iter().find(|found| text(found, "/metadata/name") == map)?;
    let text = found.get("data")?.get(name)?.as_str()?;
    (!text.is_empty()).then(|| text.to_owned())
}

/// Who may not read kube-proxy's configuration, as a worker's kubelet may not, does without it.
async fn stored(ask: &Asker<'_>) -> Result<StoredTexts, NotSurveyed> {
    let [kubelet, proxy] = CONFIGURATIONS;
    let (paths, what) =
        ([kubelet.0, proxy.0].map(|map| format!("{CONFIG_MAPS}/{map}")), "read the cluster's configuration");
    let (cluster, of_kubelet, of_proxy) = tokio::join!(
        ask.entry("kubeadm-config", "ClusterConfiguration", what),
        ask.one(&paths[0], "read the kubelets' configuration"),
        ask.one(&paths[1], "read kube-proxy's configuration"),
    );
    let of_proxy = match of_proxy {
        Err(NotSurveyed::Call { source: ApiError::Refused { code: 403, .. }, .. }) => Value::Null,
        told => told?,
    };
    Ok(StoredTexts {
        cluster: cluster?.ok_or(NotSurveyed::NoConfiguration)?,
        kubelet: stored_text(&of_kubelet?, kubelet.1).ok_or(NotSurveyed::NoKubeletConfiguration)?,
        kube_proxy: stored_text(&of_proxy, proxy.1),
    })
}

fn stored_text(map: &Value, entry: &str) -> Option<StoredText> {
    let text = map.get("data")?.get(entry)?.as_str()?.to_owned();
    Some(StoredText { text, is_generated: objects::is_generated(map) })
}

pub(super) struct Asker<'a> {
    server: &'a Server,
    on_silence: OnSilence,
    told: Cell<bool>,
}

impl Asker<'_> {
    pub(super) async fn all(&self, path: &str, what: &'static str) -> Result<Vec<Value>, NotSurveyed> {
        self.again(async || self.server.list(path).await).await.map_err(failed(what))
    }

    /// Null where there is none.
    pub(super) async fn one(&self, path: &str, what: &'static str) -> Result<Value, NotSurveyed> {
        match self.again(async || self.server.call("GET", path, JSON, Vec::new()).await).await {
            Err(ApiError::Refused { code: 404, .. }) => Ok(Value::Null),
            done => done.map_err(failed(what)),
        }
    }

    /// As long as who is asked may only be busy, or starting.
    async fn again<T>(&self, ask: impl AsyncFn() -> Result<T, ApiError>) -> Result<T, ApiError> {
        let (busy, starting) = (Retry::within(BUSY), Retry::within(STARTING));
        loop {
            match ask().await {
                Err(error) if self.may_be_starting(&error) => starting.after(error).await?,
                Err(error) if error.is_busy() || self.may_lack_its_roles(&error) => busy.after(error).await?,
                done => return done,
            }
        }
    }

    /// An API server that has just started refuses whoever has his rights by a role, until it has read the roles.
    fn may_lack_its_roles(&self, error: &ApiError) -> bool {
        let is_forbidden = matches!(error, ApiError::Refused { code: 403, .. });
        is_forbidden && matches!(self.on_silence, OnSilence::Wait(_))
    }

    fn may_be_starting(&self, error: &ApiError) -> bool {
        let OnSilence::Wait(notice) = self.on_silence else { return false };
        let may_be = error.is_busy() || error.is_silence();
        if may_be && !self.told.replace(true) {
            notice(&format!(
                "{error}; waiting for it for up to {} s, as it may be starting",
                STARTING.as_secs()
            ));
        }
        may_be
    }

    async fn entry(&self, map: &str, entry: &str, what: &'static str) -> Result<Option<String>, NotSurveyed> {
        let found = self.one(&format!("{CONFIG_MAPS}/{map}"), what).await?;
        let text = found.get("data").and_then(|data| data.get(entry)).and_then(Value::as_str);
        Ok(text.filter(|text| !text.is_empty()).map(str::to_owned))
    }
}

fn failed(what: &'static str) -> impl FnOnce(ApiError) -> NotSurveyed {
    move |source| NotSurveyed::Call { what, source }
}

fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

fn git_version(answer: Result<Value, NotSurveyed>) -> Seen<String> {
    let unseen = |why: &dyn ToString| Unseen::new("the API server's version", why.to_string());
    let answer = answer.map_err(|error| unseen(&error))?;
    let version = text(&answer, "/gitVersion");
    if version.is_empty() { Err(unseen(&"it names none")) } else { Ok(version.to_owned()) }
}

/// Out of the API server's metrics, in the text form of Prometheus: `NAME{label=\"value\",…} 1`.
fn deprecated_apis(answer: Result<String, ApiError>) -> Seen<Vec<DeprecatedApi>> {
    let text = answer.map_err(|error| Unseen::new("the use of deprecated APIs", error.to_string()))?;
    let lines = text.lines().filter_map(|line| line.strip_prefix(DEPRECATED_APIS)?.strip_prefix('{'));
    let mut all: Vec<DeprecatedApi> = lines.filter_map(deprecated_api).collect();
    all.sort();
    all.dedup();
    Ok(all)
}

/// None of these values has a quotation mark or a comma.
fn deprecated_api(labels: &str) -> Option<DeprecatedApi> {
    let labels = labels.split('}').next()?;
    let label = |wanted: &str| {
        let mut pairs = labels.split(',').filter_map(|pair| pair.split_once('='));
        let value = pairs.find(|(name, _)| *name == wanted)?.1;
        Some(value.trim_matches('"').to_owned())
    };
    let below = label("subresource").filter(|below| !below.is_empty());
    let resource = label("resource")?;
    Some(DeprecatedApi {
        group: label("group")?,
        version: label("version")?,
        resource: below.map_or(resource.clone(), |below| format!("{resource}/{below}")),
        gone: label("removed_release").filter(|gone| !gone.is_empty())?,
    })
}

fn node(found: &Value) -> NodeKubelet {
    let conditions = found.pointer("/status/conditions").and_then(Value::as_array);
    let is_ready = |condition: &Value| condition["type"] == "Ready" && condition["status"] == "True";
    let labels = found.pointer("/metadata/labels");
    NodeKubelet {
        name: text(found, "/metadata/name").to_owned(),
        kubelet: text(found, "/status/nodeInfo/kubeletVersion").to_owned(),
        is_ready: conditions.into_iter().flatten().any(is_ready),
        is_control_plane: labels.is_some_and(|labels| labels.get(CONTROL_PLANE_LABEL).is_some()),
    }
}

fn components(pods: &[Value]) -> Vec<ComponentPod> {
    let of = |component: StaticPod| {
        let own = move |pod: &&Value| text(pod, "/metadata/labels/component") == component.name();
        pods.iter().filter(own).map(move |pod| ComponentPod {
            component,
            node: text(pod, "/spec/nodeName").to_owned(),
            // Tags may hold no plus.
            version: image_tag(first_image(pod, "/spec")).replacen('_', "+", 1),
        })
    };
    StaticPod::ALL.into_iter().flat_map(of).collect()
}

fn first_image<'a>(found: &'a Value, spec: &str) -> &'a str {
    text(found, &format!("{spec}/containers/0/image"))
}

/// Of a group that is known: the group, and the version.
fn api_version(document: &str) -> Option<(String, String)> {
    let document: Value = yaml::from_str(document).ok()?;
    let (group, version) = document.get("apiVersion")?.as_str()?.split_once('/')?;
    let is_known = GROUPS.iter().any(|(known, _)| *known == group);
    is_known.then(|| (group.to_owned(), version.to_owned()))
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::{Arc, Mutex};

    use serde_json::json;

    use super::super::fake_api::{Authority, FakeApi, Question, Reply, SOUND, endpoint, listen};
    use super::*;

    fn pod(component: &str, image: &str) -> Value {
        json!({
            "metadata": { "labels": { "component": component },
                "annotations": { "kubeadm.kubernetes.io/etcd.advertise-client-urls": "https://10.0.0.1:2379" } },
            "spec": { "nodeName": "cp1", "containers": [{ "image": image }] },
        })
    }

    fn answer(question: &Question) -> Value {
        match question.path.split(['?', '&']).next().unwrap() {
            VERSION => json!({ "gitVersion": "v1.36.1" }),
            NODES => json!({ "items": [
                { "metadata": { "name": "cp1", "labels": { CONTROL_PLANE_LABEL: "" } },
                  "status": { "nodeInfo": { "kubeletVersion": "v1.36.1" },
                      "conditions": [{ "type": "Ready", "status": "True" }] } },
                { "metadata": { "name": "w1" } },
            ] }),
            "/api/v1/namespaces/kube-system/pods" => json!({ "items": [
                pod("etcd", "registry.k8s.io/etcd:3.6.6-0"),
                pod("kube-apiserver", "r/kube-apiserver:v1.36.1_k3s.1"),
                pod("kube-vip", "kube-vip:v1"),
            ] }),
            "/apis/apps/v1/namespaces/kube-system/deployments" => json!({ "items": [
                { "spec": { "template": { "spec": { "containers": [{ "image": "coredns:v1.14.2" }] } } } },
            ] }),
            CONFIG_MAPS => json!({ "items": [
                { "metadata": { "name": "kubeadm-config" }, "data": { "ClusterConfiguration": "kind: ClusterConfiguration" } },
                { "metadata": { "name": "kubelet-config" }, "data": { "kubelet": "apiVersion: kubelet.config.k8s.io/v1beta1" } },
            ] }),
            PROXY => json!({ "metadata": { "name": "kube-proxy" } }),
            _ => Value::Null,
        }
    }

    async fn surveyed(change: fn(&Question) -> Option<Reply>) -> Result<Survey, NotSurveyed> {
        let api = FakeApi::serve(Authority::new().server("127.0.0.1", SOUND), move |question| {
            let own = || match answer(&question) {
                Value::Null => Reply(404, "{}".to_owned(), Vec::new()),
                found => Reply(200, found.to_string(), Vec::new()),
            };
            change(&question).unwrap_or_else(own)
        })
        .await;
        let server = Server::unverified(&format!("https://{}", api.endpoint)).unwrap();
        Box::pin(survey(&Asker { server: &server, on_silence: OnSilence::Tell, told: Cell::new(false) }))
            .await
    }

    #[tokio::test]
    async fn one_that_has_not_read_its_roles_yet_is_asked_again_where_it_may_be_starting() {
        let calls = Arc::new(AtomicUsize::new(0));
        let api = FakeApi::serve(Authority::new().server("127.0.0.1", SOUND), move |_| {
            let is_early = calls.fetch_add(1, Ordering::SeqCst) < 2;
            Reply(if is_early { 403 } else { 200 }, "{}".to_owned(), Vec::new())
        })
        .await;
        let server = Server::unverified(&format!("https://{}", api.endpoint)).unwrap();
        let asker = |on_silence| Asker { server: &server, on_silence, told: Cell::new(false) };
        let refused = asker(OnSilence::Tell).one(VERSION, "ask").await.unwrap_err();
        assert!(
            matches!(refused, NotSurveyed::Call { source: ApiError::Refused { code: 403, .. }, .. }),
            "{refused}"
        );
        assert!(asker(OnSilence::Wait(|_| ())).one(VERSION, "ask").await.is_ok());
    }

    #[tokio::test]
    async fn one_that_does_not_answer_is_waited_for_only_where_it_may_be_starting() {
        static TOLD: Mutex<Vec<String>> = Mutex::new(Vec::new());
        let listener = listen().await;
        let at = endpoint(&listener);
        drop(listener);
        let server = Server::unverified(&format!("https://{at}")).unwrap();
        let asker = |on_silence| Asker { server: &server, on_silence, told: Cell::new(false) };
        assert!(asker(OnSilence::Tell).one(VERSION, "ask").await.is_err());
        let later = async {
            tokio::time::sleep(Duration::from_millis(200)).await;
            let listener = tokio::net::TcpListener::bind(at.to_string()).await.unwrap();
            let sound = Authority::new().server("127.0.0.1", SOUND);
            FakeApi::serve_on(listener, sound, |_| Reply(200, "{}".to_owned(), Vec::new()))
        };
        let patient = asker(OnSilence::Wait(|told| TOLD.lock().unwrap().push(told.to_owned())));
        let (found, _api) = tokio::join!(patient.one(VERSION, "ask"), later);
        assert_eq!(found.unwrap(), json!({}));
        let told = TOLD.lock().unwrap();
        assert!(told.len() == 1 && told[0].contains("refused") && told[0].contains("60 s"), "{told:?}");
    }

    #[tokio::test]
    async fn a_cluster_tells_all_that_is_asked() {
        let found = surveyed(|_| None).await.unwrap();
        assert_eq!((found.server, found.dns.as_deref()), (Ok("v1.36.1".to_owned()), Some("v1.14.2")));
        let nodes: Vec<_> = found
            .nodes
            .iter()
            .map(|node| (node.name.as_str(), node.is_ready, node.is_control_plane))
            .collect();
        assert_eq!(nodes, [("cp1", true, true), ("w1", false, false)]);
        let components: Vec<_> =
            found.components.iter().map(|pod| (pod.component, pod.version.as_str())).collect();
        assert_eq!(components, [(StaticPod::Etcd, "3.6.6-0"), (StaticPod::ApiServer, "v1.36.1+k3s.1")]);
        assert_eq!(
            found.configurations,
            BTreeMap::from([("kubelet.config.k8s.io".to_owned(), "v1beta1".to_owned())])
        );
        assert_eq!(found.etcd_endpoints, ["https://10.0.0.1:2379"]);
        assert!(!found.addons.dns.is_null() && !found.addons.proxy.is_null());
    }

    #[test]
    fn deprecated_apis_stand_among_the_metrics() {
        let text = "# TYPE apiserver_requested_deprecated_apis gauge\n\
            apiserver_requested_deprecated_apis{group=\"networking.k8s.io\",removed_release=\"1.37\",resource=\"ipaddresses\",\
            subresource=\"\",version=\"v1beta1\"} 1\n\
            apiserver_requested_deprecated_apis{group=\"\",removed_release=\"\",resource=\"componentstatuses\",subresource=\"\",\
            version=\"v1\"} 1\napiserver_requested_deprecated_apis{broken\napiserver_other{group=\"a\"} 1\n";
        let found = deprecated_apis(Ok(text.to_owned())).unwrap();
        let wanted = DeprecatedApi {
            group: "networking.k8s.io".to_owned(),
            version: "v1beta1".to_owned(),
            resource: "ipaddresses".to_owned(),
            gone: "1.37".to_owned(),
        };
        assert_eq!(found, [wanted]);
    }

    #[tokio::test]
    async fn what_is_refused_is_named() {
        let refused = surveyed(|question| {
            let body = json!({ "reason": "Forbidden", "message": "no" }).to_string();
            question.path.starts_with(NODES).then(|| Reply(403, body, Vec::new()))
        });
        assert!(matches!(refused.await, Err(NotSurveyed::Call { what: "list the nodes", .. })));
        let absent = surveyed(|question| {
            let none = json!({ "items": [] }).to_string();
            question.path.starts_with(CONFIG_MAPS).then(|| Reply(200, none, Vec::new()))
        });
        assert!(matches!(absent.await, Err(NotSurveyed::NoConfiguration)));
        let odd = surveyed(|question| {
            question.path.starts_with("/api").then(|| Reply(200, "[]".to_owned(), Vec::new()))
        });
        assert!(odd.await.is_err());
    }
}
