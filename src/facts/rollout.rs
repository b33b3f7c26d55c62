//! What the cluster says of a Deployment or a DaemonSet whose pods are replaced.

use serde_json::Value;

/// A Deployment or DaemonSet, as it was before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenPods {
    /// `spec.template`
    pub template: Value,
    /// Whether all of its pods were of that template, and up.
    pub were_up: bool,
}

impl SeenPods {
    /// Of an object as the API server gives it; none where there is none.
    pub fn of(object: &Value) -> Option<Self> {
        let template = object.pointer("/spec/template")?.clone();
        Some(Self { template, were_up: is_rolled_out(object) })
    }
}

/// Whether all pods are of the object's template, and up; of none there are none to be up.
pub fn is_rolled_out(object: &Value) -> bool {
    let number = |at: &str| object.pointer(at).and_then(Value::as_i64).unwrap_or_default();
    if number("/status/observedGeneration") < number("/metadata/generation") {
        return false;
    }
    let of_nodes = object.pointer("/status/desiredNumberScheduled").is_some();
    let [wanted, updated, available] = if of_nodes {
        ["/status/desiredNumberScheduled", "/status/updatedNumberScheduled", "/status/numberAvailable"]
            .map(number)
    } else {
        // Those of before count as long as they are there.
        let is_mixed = number("/status/replicas") != number("/status/updatedReplicas");
        if is_mixed {
            return false;
        }
        ["/spec/replicas", "/status/updatedReplicas", "/status/availableReplicas"].map(number)
    };
    updated == wanted && available >= wanted
}

/// A pod that does not start by its template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StuckPod {
    /// The pod's name.
    pub pod: String,
    /// Where it should run.
    pub node: String,
    /// As the kubelet says it, such as `ImagePullBackOff`.
    pub reason: String,
    /// Its words; empty where it has none.
    pub message: String,
}

/// What the pods of a template come to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NewPods {
    /// How many are up.
    pub ready: usize,
    /// One that does not start.
    pub stuck: Option<StuckPod>,
}

/// What a kubelet waits for that does not pass by itself. `ContainerCreating` and `PodInitializing` do.
const STUCK: [&str; 9] = [
    "CrashLoopBackOff",
    "CreateContainerConfigError",
    "CreateContainerError",
    "ErrImageNeverPull",
    "ErrImagePull",
    "ImageInspectError",
    "ImagePullBackOff",
    "InvalidImageName",
    "RunContainerError",
];

impl NewPods {
    /// Of those `pods` whose image is the one of `object`'s template.
    pub fn of(object: &Value, pods: &[Value]) -> Self {
        let image = object.pointer("/spec/template/spec/containers/0/image");
        let new = pods.iter().filter(|pod| pod.pointer("/spec/containers/0/image") == image);
        Self { ready: new.clone().filter(|pod| is_ready(pod)).count(), stuck: new.clone().find_map(stuck) }
    }
}

fn is_ready(pod: &Value) -> bool {
    list(pod, "/status/conditions")
        .iter()
        .any(|condition| condition["type"] == "Ready" && condition["status"] == "True")
}

fn stuck(pod: &Value) -> Option<StuckPod> {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let waiting = list(pod, "/status/containerStatuses").iter().map(|status| &status["state"]["waiting"]);
    let waiting = waiting.clone().find(|waiting| STUCK.iter().any(|reason| waiting["reason"] == *reason))?;
    Some(StuckPod {
        pod: text(&pod["metadata"]["name"]),
        node: text(&pod["spec"]["nodeName"]),
        reason: text(&waiting["reason"]),
        message: text(&waiting["message"]),
    })
}

fn list<'a>(value: &'a Value, at: &str) -> &'a [Value] {
    value.pointer(at).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn deployment(status: &Value) -> Value {
        json!({ "metadata": { "generation": 2 }, "spec": { "replicas": 2, "template": template("new") }, "status": status })
    }

    fn template(image: &str) -> Value {
        json!({ "spec": { "containers": [{ "image": image }] } })
    }

    fn pod(image: &str, ready: &str, waiting: &str) -> Value {
        json!({
            "metadata": { "name": "coredns-1" },
            "spec": { "nodeName": "cp1", "containers": [{ "image": image }] },
            "status": {
                "conditions": [{ "type": "Ready", "status": ready }],
                "containerStatuses": [{ "state": { "waiting": { "reason": waiting, "message": "why" } } }],
            },
        })
    }

    #[test]
    fn a_deployment_is_rolled_out_once_all_of_its_pods_are_new_and_up_and_no_old_one_is_left() {
        let done =
            json!({ "observedGeneration": 2, "replicas": 2, "updatedReplicas": 2, "availableReplicas": 2 });
        assert!(is_rolled_out(&deployment(&done)));
        for (field, value) in
            [("observedGeneration", 1), ("replicas", 3), ("availableReplicas", 1), ("updatedReplicas", 1)]
        {
            let mut status = done.clone();
            status[field] = json!(value);
            assert!(!is_rolled_out(&deployment(&status)), "{field}");
        }
        assert!(SeenPods::of(&deployment(&done)).unwrap().were_up);
        assert_eq!(SeenPods::of(&Value::Null), None);
    }

    #[test]
    fn a_daemon_set_is_rolled_out_once_each_node_has_its_new_pod_up() {
        let of = |desired: i64, updated: i64, available: i64| {
            let status = json!({
                "observedGeneration": 1, "desiredNumberScheduled": desired,
                "updatedNumberScheduled": updated, "numberAvailable": available,
            });
            is_rolled_out(&json!({ "metadata": { "generation": 1 }, "status": status }))
        };
        assert!(of(3, 3, 3) && !of(3, 2, 3) && !of(3, 3, 2));
    }

    #[test]
    fn only_new_pods_tell_what_the_new_template_comes_to() {
        let object = deployment(&json!({}));
        let of = |pods: &[Value]| NewPods::of(&object, pods);
        assert_eq!(
            of(&[pod("old", "True", ""), pod("old", "False", "CrashLoopBackOff")]),
            NewPods::default()
        );
        assert_eq!(of(&[pod("new", "True", ""), pod("new", "False", "ContainerCreating")]).ready, 1);
        let stuck = of(&[pod("new", "False", "ImagePullBackOff")]).stuck.unwrap();
        assert_eq!(
            (stuck.pod.as_str(), stuck.node.as_str(), stuck.reason.as_str()),
            ("coredns-1", "cp1", "ImagePullBackOff")
        );
        assert_eq!(stuck.message, "why");
    }
}
