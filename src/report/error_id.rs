//! The ids of errors, which programs go by: one table, and none of them changes.

/// Declares [`ErrorId`] from its table: an id, and what it means.
macro_rules! ids {
    ($($name:ident => $meaning:literal,)*) => {
        /// What went wrong, for programs; docs/output.md has the same table.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum ErrorId {
            $(#[doc = $meaning] $name,)*
        }

        impl ErrorId {
            /// In the order of the table.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// The variant's name: the `id` of a document's error.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => stringify!($name),)*
                }
            }

            /// What docs/output.md says of it.
            pub const fn meaning(self) -> &'static str {
                match self {
                    $(Self::$name => $meaning,)*
                }
            }

            /// Its page of the guide, which says what to do.
            pub const fn page(self) -> &'static str {
                match self {
                    $(Self::$name => include_str!(concat!("../../docs/guide/src/errors/", stringify!($name), ".md")),)*
                }
            }
        }
    };
}

ids! {
    // What was asked for.
    CommandLine => "the command line is not understood, or its parts do not go together",
    FormatUnknown => "the command does not print in the format that `-o` asks for",
    NotYetHere => "kubewright does not have the command yet",
    PhaseUnknown => "the command has no such phase",
    PhasesLeftOut => "phases are left out that another one of the run needs",
    NotConfirmed => "the question was not answered with yes",
    ConfigUnreadable => "the configuration file cannot be read",
    ConfigNotYaml => "the configuration is not YAML",
    ConfigUnknownKind => "a document is of a kind or apiVersion that is not known, or the one that is needed is not there",
    ConfigUnknownField => "there is no such field",
    ConfigGivenTwice => "a field, a document or a token is given twice",
    ConfigWrongType => "a value is of another type than its field",
    ConfigBadValue => "a value breaks a rule of its field",
    ConfigMissing => "something that must be given is not",
    ConfigContradiction => "two things are given of which only one can hold",
    ConfigUnknownVersion => "the Kubernetes version is not one, or not known",
    ConfigUnknownFeatureGate => "the Kubernetes version has no such feature gate",
    ConfigUnknownArgument => "a component has no such flag",
    ConfigHostUnknown => "the host has no answer to what the configuration leaves open",
    PatchesUnreadable => "the folder of the patches cannot be read",
    PatchesUnusable => "a patch is not one, or does not fit",
    EditsInConflict => "what was changed by hand in a manifest and is to stay does not go with the new version",
    ManifestUnfit => "what patches and the configuration make of a manifest, the kubelet or the cluster would refuse",
    RootUnusable => "the root cannot be changed to what `--rootfs` names",
    // The host, before anything is written.
    Preflight => "preflight refuses the host: `findings` says why",
    FilesUnusable => "files that are here cannot be used, and are not overwritten",
    FileMissing => "a file is not here that an earlier phase or run makes",
    CertificatesNotShared => "certificates or keys that control planes share are not here",
    AuthorityKeyMissing => "the key of a CA is not here (an external CA), so that nothing can be signed",
    FilesInTheWay => "files are here already that would be made, and are not overwritten",
    NothingToCheck => "there is nothing of a cluster below the root that is to be checked, or it cannot be looked into",
    PkiFaults => "`certs check` has found what is wrong: `findings` says what",
    CertificateNotMade => "a certificate or key cannot be made or encrypted",
    AccountsUnusable => "the host's accounts leave no room for the control plane's own",
    // The cluster that is to be joined.
    DiscoveryWrongToken => "cluster-info is signed for the token's id, but with another secret",
    DiscoveryNotSigned => "cluster-info is not signed for the token",
    DiscoveryWrongHash => "the cluster's CA is none of those whose hash was given",
    DiscoveryNotTheCluster => "the server is not of the cluster that was vouched for",
    DiscoveryClockSkewed => "this host's clock and the server's are too far apart",
    DiscoveryServerCertificate => "the server's certificate cannot be accepted",
    DiscoveryUnreachable => "the server cannot be reached",
    DiscoveryNotReady => "the server is not ready",
    DiscoveryNotKubernetes => "the server is no Kubernetes API server",
    DiscoveryNoClusterInfo => "the cluster has no cluster-info that can be read",
    DiscoveryFile => "the discovery file or URL is of no use",
    DiscoveryFailed => "the question for cluster-info failed",
    NodeNameTaken => "another node that is Ready has this name",
    NoControlPlaneEndpoint => "the cluster has no controlPlaneEndpoint, so it cannot have more control planes",
    CertificatesNotUploaded => "the cluster has no uploaded certificates",
    CertificateKeyWrong => "the certificate key does not open the uploaded certificates",
    TokenNotAccepted => "the cluster does not accept the token",
    // Any cluster.
    KubeconfigMissing => "there is no kubeconfig to reach the cluster with",
    KubeconfigUnusable => "the kubeconfig cannot be used",
    ClusterUnreachable => "the API server did not answer",
    ClusterNotKubernetes => "what answered in the API server's place is none",
    ClusterRefused => "the API server refused",
    ClusterNotSetUp => "the cluster lacks what kubeadm or kubewright store in it",
    OtherCluster => "this host and the kubeconfig are of different clusters",
    TokenTaken => "there is a token with this id already",
    TokenNotFound => "there is no token with this id",
    // Carrying it out.
    FileFailed => "a file cannot be read or written",
    FileNoSpace => "a file cannot be written: its file system is full",
    FileNoInodes => "a file cannot be made: its file system can hold no more files",
    FileQuota => "a file cannot be written: a quota is used up",
    FileReadOnly => "a file cannot be written: its file system is mounted read-only",
    FileNotAFolder => "a file is where a folder has to be",
    FileIsAFolder => "a folder is where a file has to be",
    FileLinkBroken => "a link in a file's path leads nowhere",
    FileDenied => "a file may not be read or written",
    FileDeviceFailed => "the device that a file is on failed at reading or writing",
    FileChanged => "a file has changed since it was looked at",
    FileNotOwn => "a file or folder is not used, since others own it or may write it, or it is a link",
    FileBusy => "another run writes the same files at the moment",
    ServiceFailed => "systemd did not do what it was asked to",
    ControlPlaneUnhealthy => "a part of the control plane did not become healthy in time",
    AddonNotRolledOut => "the new pods of CoreDNS or kube-proxy did not come up, and those of before are back",
    KubeletWithoutCertificate => "the kubelet did not get its certificate in time",
    EtcdUnreachable => "the cluster's etcd cannot be asked",
    EtcdNoQuorum => "the cluster's etcd has no quorum",
    EtcdMember => "the host's etcd member did not join or leave",
    EtcdData => "etcd's data folder is in the way",
    ContainerRuntime => "the container runtime did not answer, or not as one",
    ImageNotPulled => "an image cannot be pulled",
    // Reset.
    FolderOfTheSystem => "a folder of the system is named as one to be removed",
    EtcdMemberStays => "the host's etcd member cannot leave the cluster; nothing was changed",
    NotRemoved => "a file or folder stays that should have gone",
    NotUnmounted => "a mount stays that should have gone",
    PodsNotStopped => "a pod stays that should have gone",
    NetworkNotRemoved => "a part of the pods' network stays that should have gone",
    NotReset => "something else stays that should have gone",
    // The program itself.
    Randomness => "the system gives no random numbers",
    Internal => "the program failed where it should not",
    OutputFailed => "standard output cannot be written to",
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documentation_has_the_same_table() {
        let documented = include_str!("../../docs/output.md");
        let rows: Vec<String> =
            ErrorId::ALL.iter().map(|id| format!("| `{}` | {} |", id.as_str(), id.meaning())).collect();
        let table = rows.join("\n");
        assert!(documented.contains(&table), "docs/output.md lacks this table:\n{table}");
    }

    #[test]
    fn no_two_errors_share_an_id() {
        for (index, id) in ErrorId::ALL.iter().enumerate() {
            assert!(ErrorId::ALL[..index].iter().all(|other| other.as_str() != id.as_str()), "{id:?}");
        }
    }
}
