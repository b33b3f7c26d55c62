//! A sound host for the plain cluster of `config::fixture`, which tests break one fact at a time.

use std::collections::{BTreeMap, BTreeSet};

use super::{Finding, Severity, questions};
use crate::config::fixture::config;
use crate::config::{Config, Etcd, ExternalEtcd, Spec};
use crate::facts::{
    CgroupDriver, CgroupVersion, Cgroups, DriverSeen, Facts, FolderState, InitSystem, Interface, Kernel,
    KernelConfig, Network, PortState, Runtime, Services, Unit, Unseen,
};

pub fn unseen() -> Unseen {
    Unseen::new("it", "permission denied")
}

/// `error Mem` and so on, for what `check` finds once the sound host is changed.
pub fn ids(
    check: fn(Spec<'_>, &Facts) -> Vec<Finding>,
    spec: Spec<'_>,
    change: impl FnOnce(&mut Facts),
) -> Vec<String> {
    let mut facts = facts();
    change(&mut facts);
    check(spec, &facts).iter().map(label).collect()
}

pub fn label(finding: &Finding) -> String {
    let severity = match finding.severity {
        Severity::Warning => "warning",
        Severity::Error => "error",
    };
    format!("{severity} {}", finding.id)
}

/// The plain cluster with its etcd elsewhere.
pub fn external_etcd() -> Config {
    let mut config = config();
    config.cluster.etcd = Etcd::External(ExternalEtcd {
        endpoints: vec!["https://10.0.0.9:2379".to_owned()],
        http_endpoints: Vec::new(),
        ca_file: "/etc/etcd/ca.crt".to_owned(),
        cert_file: "/etc/etcd/client.crt".to_owned(),
        key_file: "/etc/etcd/client.key".to_owned(),
    });
    config
}

pub fn facts() -> Facts {
    let asked = questions(config().spec());
    Facts {
        user: 0,
        cpus: Ok(2),
        memory: Ok(4 << 30),
        swaps: Ok(Vec::new()),
        node_addresses: Ok(vec!["192.168.0.10".parse().unwrap()]),
        kernel: kernel(),
        cgroups: Ok(cgroups()),
        network: network(),
        proxies: Vec::new(),
        services: Ok(services()),
        kubelet: Ok("v1.36.3".to_owned()),
        runtime: Ok(runtime(|_| ())),
        ports: asked.ports.into_iter().map(|port| (port, PortState::Free)).collect(),
        files: asked.files.into_iter().map(|path| (path, Ok(false))).collect(),
        folders: asked.folders.into_iter().map(|path| (path, Ok(FolderState::Missing))).collect(),
        tools: asked
            .tools
            .into_iter()
            .map(|tool| (tool.clone(), Some(format!("/usr/bin/{tool}").into())))
            .collect(),
        switches: asked.switches.into_iter().map(|path| (path, Ok("1\n".to_owned()))).collect(),
        etcd: BTreeMap::new(),
    }
}

pub fn runtime(change: impl FnOnce(&mut Runtime)) -> Runtime {
    let mut runtime = Runtime {
        name: "containerd".to_owned(),
        version: "v2.2.1".to_owned(),
        api_version: "v1".to_owned(),
        ready: Ok(()),
        cgroup_driver: DriverSeen::Announced(CgroupDriver::Systemd),
        sandbox_image: Ok(config().cluster.pause_image()),
        images: BTreeSet::new(),
    };
    change(&mut runtime);
    runtime
}

/// All options that either cgroup version asks for.
pub fn kernel_config() -> KernelConfig {
    let names = "NAMESPACES NET_NS PID_NS IPC_NS UTS_NS CPUSETS MEMCG INET EXT4_FS PROC_FS \
                 NETFILTER_XT_TARGET_REDIRECT NETFILTER_XT_MATCH_COMMENT FAIR_GROUP_SCHED CGROUPS CGROUP_BPF \
                 CGROUP_CPUACCT CGROUP_DEVICE CGROUP_FREEZER CGROUP_PIDS CGROUP_SCHED";
    let lines: Vec<String> = names.split_whitespace().map(|name| format!("CONFIG_{name}=y\n")).collect();
    KernelConfig::parse(&lines.concat())
}

fn kernel() -> Kernel {
    Kernel {
        system: Ok("Linux".to_owned()),
        release: Ok("6.1.0-31-amd64".to_owned()),
        config: Ok(kernel_config()),
    }
}

fn cgroups() -> Cgroups {
    let names = ["cpu", "cpuset", "devices", "freezer", "hugetlb", "io", "memory", "pids"];
    Cgroups { version: CgroupVersion::V2, controllers: names.map(str::to_owned).into() }
}

fn network() -> Network {
    let eth0 = Interface {
        name: "eth0".to_owned(),
        up: true,
        loopback: false,
        addresses: vec!["192.168.0.10/24".parse().unwrap()],
    };
    Network { routes: Ok(Vec::new()), interfaces: Ok(vec![eth0]) }
}

fn services() -> Services {
    let kubelet = Unit { enabled: true, active: true };
    Services { init: InitSystem::Systemd, units: BTreeMap::from([("kubelet".to_owned(), kubelet)]) }
}
