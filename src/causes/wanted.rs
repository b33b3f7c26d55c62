//! What this host is to run and to reach, as its configuration has it: what symptoms are held against.

use std::net::IpAddr;
use std::path::{Path, PathBuf};

use crate::config::{Arg, ControlPlane, Etcd, HostPort, Spec};
use crate::manifests::static_pod::{StaticPod, static_pods};

/// Where the kubelet finds the manifests, and where its settings are.
const MANIFESTS: &str = "/etc/kubernetes/manifests";
const KUBELET_CONFIG: &str = "/var/lib/kubelet/config.yaml";

const CONTROLLER_MANAGER_PORT: u16 = 10257;
const SCHEDULER_PORT: u16 = 10259;
const ETCD_PORTS: [u16; 3] = [2379, 2380, 2381];
const KUBELET_PORTS: [u16; 2] = [10250, 10248];

/// What this host is to be.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// The node's name.
    pub node: String,
    /// The kubelet first, then the static pods; of a worker only the kubelet.
    pub components: Vec<WantedComponent>,
    /// None on a worker.
    pub advertised: Option<Address>,
    /// What leads to the cluster, where it is another than this host's own API server.
    pub endpoint: Option<HostPort>,
    /// None where etcd is elsewhere.
    pub etcd_data: Option<PathBuf>,
    /// With the certificates of the control plane.
    pub certificates: PathBuf,
    /// The cluster's CA.
    pub authority: PathBuf,
    /// The runtime's, with its scheme.
    pub cri_socket: String,
    /// The pause image of this Kubernetes version.
    pub sandbox_image: String,
    /// The folder in which static pods are written.
    pub manifests: PathBuf,
    /// The kubelet's settings.
    pub kubelet_config: PathBuf,
}

/// Where a server listens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Address {
    /// The interface's address.
    pub ip: IpAddr,
    /// A TCP port.
    pub port: u16,
}

/// A program of this host's part of the cluster.
#[derive(Debug, Clone)]
pub struct WantedComponent {
    /// As its container, or its unit, is called: `kube-apiserver`.
    pub name: &'static str,
    /// The user's own, beside those that every cluster has.
    pub extra_args: Vec<Arg>,
    /// TCP ports that it listens on.
    pub ports: Vec<u16>,
}

impl Wanted {
    /// Of a host that becomes the first or one more control plane.
    pub fn of_control_plane(spec: ControlPlane<'_>) -> Self {
        let endpoint = spec.endpoint;
        let advertised = Address { ip: endpoint.advertise_address, port: endpoint.bind_port };
        let pods = static_pods(spec.spec()).into_iter().map(|pod| component(spec, pod));
        let mut wanted = Self::of_worker(spec.spec());
        wanted.components.extend(pods);
        wanted.advertised = Some(advertised);
        wanted.etcd_data = match &spec.cluster.etcd {
            Etcd::Local(local) => Some(local.data_dir.clone()),
            Etcd::External(_) => None,
        };
        wanted
    }

    /// Of a host that becomes a worker.
    pub fn of_worker(spec: Spec<'_>) -> Self {
        let kubelet = WantedComponent {
            name: "kubelet",
            extra_args: spec.node.kubelet_extra_args.clone(),
            ports: KUBELET_PORTS.into(),
        };
        Self {
            node: spec.node.name.to_string(),
            components: vec![kubelet],
            advertised: None,
            endpoint: spec.cluster.control_plane_endpoint.clone(),
            etcd_data: None,
            authority: spec.cluster.certificates_dir.join("ca.crt"),
            certificates: spec.cluster.certificates_dir.clone(),
            cri_socket: spec.node.cri_socket.clone(),
            sandbox_image: spec.cluster.pause_image(),
            manifests: MANIFESTS.into(),
            kubelet_config: KUBELET_CONFIG.into(),
        }
    }

    /// The one of this name, if this host runs it.
    pub fn component(&self, name: &str) -> Option<&WantedComponent> {
        self.components.iter().find(|component| component.name == name)
    }

    /// Whether it runs an API server.
    pub fn is_control_plane(&self) -> bool {
        self.advertised.is_some()
    }

    /// Whether the user has given the component this flag, with or without a value.
    pub fn gives(&self, component: &str, flag: &str) -> bool {
        let name = flag.trim_start_matches('-');
        self.component(component).is_some_and(|found| found.extra_args.iter().any(|arg| arg.name == name))
    }

    /// The folders whose file systems have to have room.
    pub fn folders(&self) -> Vec<PathBuf> {
        let fixed =
            ["/var/lib/kubelet", "/var/log/pods", "/etc/kubernetes"].map(|path| Path::new(path).to_owned());
        fixed.into_iter().chain(self.etcd_data.clone()).collect()
    }

    /// All TCP ports that are listened on.
    pub fn ports(&self) -> Vec<u16> {
        self.components.iter().flat_map(|component| component.ports.iter().copied()).collect()
    }
}

fn component(spec: ControlPlane<'_>, pod: StaticPod) -> WantedComponent {
    let cluster = &spec.cluster;
    let (extra_args, ports) = match pod {
        StaticPod::Etcd => {
            let args = match &cluster.etcd {
                Etcd::Local(local) => local.extra_args.clone(),
                Etcd::External(_) => Vec::new(),
            };
            (args, ETCD_PORTS.to_vec())
        }
        StaticPod::ApiServer => {
            (cluster.api_server.component.extra_args.clone(), vec![spec.endpoint.bind_port])
        }
        StaticPod::ControllerManager => {
            (cluster.controller_manager.extra_args.clone(), vec![CONTROLLER_MANAGER_PORT])
        }
        StaticPod::Scheduler => (cluster.scheduler.extra_args.clone(), vec![SCHEDULER_PORT]),
    };
    let set = extra_args.iter().rev().find(|arg| arg.name == "secure-port");
    let ports = set.and_then(|arg| arg.value.parse().ok()).map_or(ports, |port| vec![port]);
    WantedComponent { name: pod.name(), extra_args, ports }
}

/// Where the configuration has a component's flags.
pub fn extra_args_of(component: &str) -> &'static str {
    match StaticPod::named(component) {
        Some(StaticPod::ApiServer) => "apiServer.extraArgs",
        Some(StaticPod::ControllerManager) => "controllerManager.extraArgs",
        Some(StaticPod::Scheduler) => "scheduler.extraArgs",
        Some(StaticPod::Etcd) => "etcd.local.extraArgs",
        None => "nodeRegistration.kubeletExtraArgs",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::fixture;

    #[test]
    fn a_port_that_the_user_has_set_is_the_component_s() {
        let mut config = fixture::config();
        let port = Arg { name: "secure-port".into(), value: "20257".into() };
        config.cluster.controller_manager.extra_args.push(port);
        let wanted = Wanted::of_control_plane(config.control_plane());
        assert_eq!(wanted.component("kube-controller-manager").unwrap().ports, [20257]);
        assert_eq!(wanted.component("kube-apiserver").unwrap().ports, [6443]);
        assert!(wanted.gives("kube-controller-manager", "--secure-port"));
        assert!(!wanted.gives("kube-scheduler", "--secure-port"));
    }

    #[test]
    fn a_worker_runs_a_kubelet_and_no_more() {
        let wanted = Wanted::of_worker(fixture::config().spec());
        assert_eq!(wanted.components.len(), 1);
        assert!(!wanted.is_control_plane() && wanted.etcd_data.is_none());
    }
}
