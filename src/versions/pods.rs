//! What differs in the pods that kubeadm makes: the templates have the newest form, and these say what stands in its
//! place.

/// Of the static pods, and of CoreDNS' probes. Flags that come or go are in the tables of `manifests`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PodRules {
    /// How probes say where a container listens.
    pub probe_port: ProbePort,
    /// Where the scheduler is asked for its health.
    pub scheduler_health: SchedulerHealth,
    /// Where etcd is asked for its health.
    pub etcd_health: EtcdHealth,
    /// The oldest etcd that its flags are for.
    pub oldest_etcd: &'static str,
    /// The controller manager sees this folder of the host's, unless `flex-volume-plugin-dir` names another.
    pub flexvolume_folder: Option<&'static str>,
    /// Folders of the host's that files of `/etc/ssl/certs` may be links into; those that it has are mounted.
    pub ca_folders: &'static [&'static str],
}

/// How probes say where a container listens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProbePort {
    /// By the port's number.
    Number,
    /// By a name, which the container's `ports` list.
    Name,
}

/// Where the scheduler is asked for its health.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SchedulerHealth {
    /// By liveness and startup probes alone.
    Healthz,
    /// By readiness probes too.
    LivezAndReadyz,
}

/// Where etcd is asked for its health.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EtcdHealth {
    /// At `/health`, by liveness and startup probes alone.
    Health,
    /// At `/livez` and `/readyz`, by readiness probes too.
    LivezAndReadyz,
}

/// Where the user's arguments are in a command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExtraArgs {
    /// All arguments are sorted by name and value.
    Sorted,
    /// In their own order, behind the sorted defaults.
    BehindDefaults,
}
