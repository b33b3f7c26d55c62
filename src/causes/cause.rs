//! The causes that a failing wait is traced back to: one table, and no id in it changes.

/// Declares [`Cause`] from its table: an id, what it means, what shows it, and what fixes it.
macro_rules! causes {
    ($($name:ident => $meaning:literal, $shown_by:literal, $fixed_by:literal;)*) => {
        /// Why what is waited for does not come; docs/output.md has the same table.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Cause {
            $(#[doc = $meaning] $name,)*
        }

        impl Cause {
            /// In the order of the table.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// Its id, which machines read.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => stringify!($name),)*
                }
            }

            /// What it is, as a clause.
            pub const fn meaning(self) -> &'static str {
                match self {
                    $(Self::$name => $meaning,)*
                }
            }

            /// Where it shows.
            pub const fn shown_by(self) -> &'static str {
                match self {
                    $(Self::$name => $shown_by,)*
                }
            }

            /// What helps.
            pub const fn fixed_by(self) -> &'static str {
                match self {
                    $(Self::$name => $fixed_by,)*
                }
            }

            /// Its page of the guide, which says what to do.
            pub const fn page(self) -> &'static str {
                match self {
                    $(Self::$name => include_str!(concat!("../../docs/guide/src/causes/", stringify!($name), ".md")),)*
                }
            }
        }
    };
}

causes! {
    UnknownFlag => "a component does not know a flag that it is given",
        "its log or journal", "`extraArgs` in the configuration, or the patch";
    BadFlagValue => "a component does not take a flag's value",
        "its log or journal", "`extraArgs` in the configuration, or the patch";
    UnknownFeatureGate => "a component does not know a feature gate",
        "its log or journal", "the `feature-gates` of its `extraArgs`, or `featureGates`";
    ImageNotAvailable => "an image can neither be found on this host nor pulled",
        "the kubelet's journal", "`imageRepository`, the tag, the way to the registry, or an import";
    SandboxImage => "the runtime's own sandbox (pause) image cannot be had",
        "the kubelet's journal", "the runtime's configuration";
    CgroupDriverMismatch => "the kubelet and the runtime use different cgroup drivers",
        "the kubelet's journal", "the runtime's configuration, or `cgroupDriver`";
    SwapOn => "swap is on, and the kubelet refuses to run with it",
        "the kubelet's journal", "`swapoff -a`, or `failSwapOn: false`";
    KubeletUnitMissing => "there is no kubelet.service on this host",
        "systemd", "the kubelet's package";
    KubeletFailing => "the kubelet ends again and again, for a reason that is none of the others",
        "systemd, and its journal", "what its last error names";
    RuntimeUnreachable => "the container runtime does not answer on its socket",
        "the socket", "the runtime's service, or `criSocket`";
    PortTaken => "another program holds the port of a component",
        "the component's log, and the kernel's sockets", "an end to that program, or another port";
    EtcdOtherCluster => "etcd's data is that of another cluster or member",
        "etcd's log", "another `dataDir`, or `kubewright reset`";
    EtcdNoQuorum => "too few of etcd's members answer, so that it has no leader",
        "etcd's log", "the other control planes";
    EtcdNeverBegan => "etcd was killed in its first start, and its data, which is empty, keeps it from another",
        "etcd's log", "kubewright itself, while it waits: it removes that data, and starts etcd again";
    AddressNotOnHost => "the advertise address is none of this host's",
        "the components' logs, and the interfaces", "`localAPIEndpoint.advertiseAddress`";
    CertificateNotYetValid => "a certificate is not valid yet by this host's clock",
        "the certificate as served, or a log", "the clock";
    CertificateExpired => "a certificate has expired",
        "the certificate as served, or a log", "`kubewright certs renew`, or the clock";
    CertificateOtherAuthority => "a certificate is signed by another CA than the one it is checked against",
        "the certificate as served, or a log", "the files in the certificates folder";
    DiskFull => "a disk has no room or no inodes left",
        "the file system, logs, the kubelet's evictions", "room";
    NameNotResolved => "the name of the endpoint does not resolve",
        "the resolver", "DNS, or /etc/hosts";
    NoBackend => "the endpoint takes connections and has nobody behind it",
        "the connection", "the load balancer's back ends";
    ClockSkew => "this host's clock and the server's differ",
        "the `Date` of the server's answer", "NTP";
    SecurityDenied => "AppArmor, seccomp or SELinux denies a component something",
        "the runtime's message, or a log", "the profile";
    OutOfMemory => "a component is killed for lack of memory",
        "the runtime, or the kubelet's journal", "memory, or a limit";
    ManifestsNotRead => "the kubelet does not read the folder that the manifests are in",
        "the kubelet's configuration", "`staticPodPath`";
    CrashLoop => "a component ends again and again, for a reason that is none of the others",
        "the runtime, and the component's log", "what its last lines name";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documentation_has_the_same_table() {
        let documented = include_str!("../../docs/output.md");
        let row = |cause: &Cause| {
            let [id, shown_by] = [cause.as_str(), cause.shown_by()];
            format!("| `{id}` | {} | {shown_by} | {} |", cause.meaning(), cause.fixed_by())
        };
        let table = Cause::ALL.iter().map(row).collect::<Vec<_>>().join("\n");
        assert!(documented.contains(&table), "docs/output.md lacks this table:\n{table}");
    }

    #[test]
    fn no_two_causes_share_an_id() {
        for (index, cause) in Cause::ALL.iter().enumerate() {
            assert!(Cause::ALL[..index].iter().all(|other| other.as_str() != cause.as_str()), "{cause:?}");
        }
    }
}
