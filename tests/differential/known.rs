//! What may differ from the real kubeadm, and why. An entry that no configuration shows any more fails the test;
//! docs/differences.md tells the same to readers.

use crate::kubeadms::known::Known;

pub const KNOWN: &[Known] = &[
    Known {
        case: "*",
        minor: "*",
        file: "configmap/kube-public/cluster-info",
        path: "data.jws-kubeconfig-*",
        why: "kubewright signs cluster-info itself; kubeadm leaves that to the controller manager's bootstrapsigner",
    },
    Known {
        case: "*",
        minor: "*",
        file: "clusterrolebinding/_cluster/kubeadm:cluster-admins",
        path: "",
        why: "kubeadm makes the same object through super-admin.conf, but its dry run does not show it",
    },
    Known {
        case: "*",
        minor: "*",
        file: "node/_cluster/*",
        path: "spec.taints[*].timeAdded",
        why: "kubeadm sends it too, but its dry run tells the taints in words, without it",
    },
    Known {
        case: "*",
        minor: "*",
        file: "*",
        path: "status.*",
        why: "the empty status of a Go object; the API server keeps its own",
    },
    Known {
        case: "*",
        minor: "*",
        file: "deployment/kube-system/coredns",
        path: "status",
        why: "the empty status of a Go object; the API server keeps its own",
    },
    Known {
        case: "*",
        minor: "*",
        file: "service/kube-system/kube-dns",
        path: "metadata.resourceVersion",
        why: "kubeadm's \"0\" comes from its template; it asks for no version, as none does",
    },
    Known {
        case: "*",
        minor: "*",
        file: "daemonset/kube-system/kube-proxy",
        path: "spec.template.spec.containers[0].resources",
        why: "an empty object of Go's, which says nothing",
    },
    Known {
        case: "36-*",
        minor: SINCE_1_31,
        file: "deployment/kube-system/coredns",
        path: "spec.strategy",
        why: "an empty object of Go's; the patch took the strategy away",
    },
    Known {
        case: "36-*",
        minor: SINCE_1_31,
        file: "deployment/kube-system/coredns",
        path: "spec.template.spec.tolerations",
        why: "Go leaves the empty list out that the patch set",
    },
    Known {
        case: "*",
        minor: "*",
        file: "configmap/kube-system/k*",
        path: "metadata.annotations.kubeadm.kubernetes.io/component-config.hash",
        why: "each is the hash of its own text; the texts differ in the quotes around IPv4 addresses",
    },
    Known { case: "*", minor: UP_TO_1_33, file: "*", path: "*metadata.creationTimestamp", why: NO_TIME },
    Known {
        case: "*",
        minor: UP_TO_1_33,
        file: "*",
        path: "*preferences",
        why: "an empty object of Go's, which says nothing",
    },
    Known {
        case: "*",
        minor: UP_TO_1_34,
        file: "*",
        path: "*subject key id",
        why: "the built kubeadm takes SHA-1 for it, as Go did then; a name for the key that nobody computes again",
    },
    Known {
        case: "*",
        minor: "1.32 1.33",
        file: "node/_cluster/*",
        path: "metadata.annotations.*",
        why: SOCKET,
    },
    Known {
        case: "64-*",
        minor: "1.34 1.35",
        file: "node/_cluster/*",
        path: "metadata.annotations.*",
        why: SOCKET,
    },
    Known {
        case: "03-*",
        minor: "1.32 1.33",
        file: "node/_cluster/*",
        path: "",
        why: "the annotation with the runtime's socket; kubeadm sends it too, but its dry run shows no object of it",
    },
    Known {
        case: "52-*",
        minor: "1.31 1.32",
        file: "etc/kubernetes/manifests/*",
        path: "*.startupProbe.failureThreshold",
        why: "kubeadm forgets the timeoutForControlPlane of v1beta3",
    },
    Known {
        case: "52-*",
        minor: "1.30",
        file: "etc/kubernetes/manifests/*.yaml",
        path: "spec.containers[0].startupProbe.failureThreshold",
        why: "kubeadm 1.30 stores v1beta3's timeoutForControlPlane, and forgets it in the manifests",
    },
    Known { case: "*", minor: "1.29 1.30 1.31", file: "*", path: "*.containers[0].env[*", why: BY_CHANCE },
    Known { case: "60-*", minor: "*", file: "etc/kubernetes/kubelet.conf", path: "*", why: CAPITALS },
    Known {
        case: "60-*",
        minor: "*",
        file: "etc/kubernetes/manifests/etcd.yaml",
        path: "spec.containers[0].command[*]",
        why: CAPITALS,
    },
    Known { case: "60-*", minor: "*", file: "etc/kubernetes/pki/*.crt", path: "names*", why: CAPITALS },
    Known { case: "60-*", minor: "*", file: "etc/kubernetes/pki/etcd/*.crt", path: "subject", why: CAPITALS },
    Known {
        case: "60-*",
        minor: "*",
        file: "var/lib/kubelet/kubeadm-flags.env",
        path: "text",
        why: CAPITALS,
    },
    Known { case: "60-*", minor: "*", file: "node/_cluster/*", path: "", why: CAPITALS },
    Known {
        case: "52-*",
        minor: "*",
        file: "stdout",
        path: "join command 0",
        why: "kubeadm names a certificateKey of the file even where nothing was uploaded that it would open",
    },
];

/// Of those that are here.
const UP_TO_1_33: &str = "1.29 1.30 1.31 1.32 1.33";
const UP_TO_1_34: &str = "1.29 1.30 1.31 1.32 1.33 1.34";
/// CoreDNS' deployment takes patches.
const SINCE_1_31: &str = "1.31 1.32 1.33 1.34 1.35 1.36 1.37";
/// A run may show none of it.
pub const BY_CHANCE: &str =
    "kubeadm lists environment variables in another order at each run; kubewright, by name";
const NO_TIME: &str = "the empty time of a Go object; the API server sets its own";

const SOCKET: &str = "kubeadm sends it too, but its dry run shows another socket, which it makes up";

const CAPITALS: &str = "kubeadm takes --node-name as it is, and the node can never register; kubewright lowers it, as both do with a file's";

/// Each entry stands in docs/differences.md as a row of its table, and no other row stands there.
pub fn assert_documented() {
    let document = include_str!("../../docs/differences.md");
    let written: Vec<&str> = document.lines().filter(|line| line.starts_with("| `")).collect();
    let known: Vec<String> = KNOWN
        .iter()
        .map(|known| {
            let path = if known.path.is_empty() { "all of it" } else { &format!("`{}`", known.path) };
            format!("| `{}` | `{}` | `{}` | {path} | {} |", known.case, known.minor, known.file, known.why)
        })
        .collect();
    assert_eq!(written, known, "docs/differences.md and KNOWN in tests/differential/known.rs do not agree");
}
