//! The rules that a configuration can break.

use std::fmt;

use super::BadNodeName;
use crate::duration::BadDuration;
use crate::versions::{BadVersion, GateHistory};

/// The rule that is broken, with the value where it is no secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    // The file and its documents.
    #[error("not YAML: {said}")]
    NotYaml { said: String },
    #[error("there are more than {most} documents in one file")]
    TooManyDocuments { most: usize },
    #[error(
        "{name} stands twice in one document, first in line {first}; a line --- is missing before the second"
    )]
    MissingSeparator { name: &'static str, first: u64 },
    #[error("a merge conflict is left here; choose one of its sides, and remove the lines that mark it")]
    MergeConflict,
    #[error("here stands {name} (U+{code:04X}); {}", instead(*.unseen))]
    OddCharacter { name: &'static str, code: u32, unseen: bool },
    #[error("not a mapping of fields to values, but {found}")]
    NotADocument { found: &'static str },
    #[error("apiVersion and kind must both be given, as in apiVersion: kubeadm.k8s.io/v1beta4")]
    NoKind,
    #[error(
        "{api_version} is not known; known are kubeadm.k8s.io/v1beta4, kubeadm.k8s.io/v1beta3, \
         kubelet.config.k8s.io/v1beta1 and kubeproxy.config.k8s.io/v1alpha1{}",
        did_you_mean(.suggestion.as_ref())
    )]
    UnknownApiVersion { api_version: String, suggestion: Option<&'static str> },
    #[error(
        "{api_version} is too old to be read; kubeadm {last} can still rewrite it with \
         `kubeadm config migrate --old-config FILE --new-config FILE`"
    )]
    OldApiVersion { api_version: String, last: &'static str },
    #[error("{api_version} has no kind {kind:?}{}", did_you_mean(.suggestion.as_ref()))]
    UnknownKind { api_version: String, kind: String, suggestion: Option<&'static str> },
    #[error("{kind} is a kind of {known}, and {api_version} has none; write apiVersion: {known}")]
    KindElsewhere { api_version: String, kind: String, known: &'static str },
    #[error("{api_version} {kind} is no configuration of a cluster; leave it out")]
    ForeignDocument { api_version: String, kind: String },
    #[error("{kind} was already given by document {first}; join the two into one")]
    SecondDocument { kind: String, first: usize },
    #[error("no InitConfiguration and no ClusterConfiguration in it; give one of the two")]
    NoDocument,
    #[error("no document in it that configures a cluster")]
    NoKnownDocument,
    #[error("no {kind} in it")]
    NoSuchDocument { kind: &'static str },
    // Fields and types.
    #[error("there is no such field{}", did_you_mean(.suggestion.as_ref()))]
    UnknownField { suggestion: Option<String> },
    #[error("there is no such field in Kubernetes 1.{minor} yet")]
    LaterField { minor: u64 },
    #[error("given twice; the first stands in line {first}")]
    DuplicateField { first: u64 },
    #[error("{found} where {wanted} is wanted{hint}")]
    WrongType { found: String, wanted: String, hint: &'static str },
    #[error("{value} is outside of {least} to {most}")]
    OutOfRange { value: String, least: i64, most: i64 },
    #[error(transparent)]
    Duration(#[from] BadDuration),
    #[error("{value:?} is not a time; write it as in 2026-01-31T12:00:00Z (RFC 3339)")]
    NotATime { value: String },
    #[error("{value:?} is not a quantity; write it as in 100Mi, 1.5Gi or 500m")]
    NotAQuantity { value: String },
    #[error("has no value; every item of a list must have one")]
    EmptyItem,
    // Flags.
    #[error("cannot be given together with --config; set {field} in the file instead")]
    MixedWithConfig { field: &'static str },
    #[error("{value:?} is not NAME=true or NAME=false, several joined by commas")]
    NotAGate { value: String },
    #[error("{value:?} is not NAME=VALUE, several joined by commas")]
    NotAnArgument { value: String },
    // Versions and names.
    #[error(transparent)]
    Version(#[from] BadVersion),
    #[error(transparent)]
    NodeName(#[from] BadNodeName),
    #[error(
        "{value:?} is not a DNS domain: it takes lower-case letters, digits, '-' and '.', each part beginning and \
         ending with a letter or digit, 253 at most (RFC 1123)"
    )]
    NotADomain { value: String },
    #[error("{value:?} is neither an IP address nor a DNS name nor one that begins with '*.' (RFC 1123)")]
    NotASan { value: String },
    #[error("there is no feature gate {name:?} in Kubernetes 1.{minor}; known are {known}{}", did_you_mean(.suggestion.as_ref()))]
    UnknownGate { name: String, minor: u64, known: String, suggestion: Option<String> },
    #[error("{name} {history}")]
    GoneGate { name: String, history: GateHistory },
    #[error("the feature gate {name} is locked to {locked} in Kubernetes 1.{minor}")]
    LockedGate { name: &'static str, locked: bool, minor: u64 },
    #[error("{value:?} is not one of {known}{}", did_you_mean(.suggestion.as_ref()))]
    NotOneOf { value: String, known: String, suggestion: Option<String> },
    #[error("{algorithm} contradicts the feature gate PublicKeysECDSA={gate}; leave the gate out")]
    AlgorithmAgainstGate { algorithm: String, gate: bool },
    // Addresses.
    #[error("{value:?} is not an IP address, as 192.0.2.10 or 2001:db8::10 are")]
    NotAnAddress { value: String },
    #[error(
        "{value} cannot be advertised to other nodes: it is {why}; give an address of one of this host's interfaces"
    )]
    NotAdvertisable { value: String, why: &'static str },
    #[error("{value} is not a port; ports go from 1 to 65535")]
    NotAPort { value: String },
    #[error(
        "{value:?} is not HOST or HOST:PORT, with a DNS name in lower case, an IPv4 address or an IPv6 address in brackets"
    )]
    NotAnEndpoint { value: String },
    #[error(
        "{value:?} is not a CIDR, as 10.244.0.0/16 and fd00:10::/64 are; join two by a comma without a space"
    )]
    NotACidr { value: String },
    #[error("{value:?} holds {count} CIDRs; give one, or one IPv4 and one IPv6 for dual-stack")]
    TooManyCidrs { value: String, count: usize },
    #[error("{value:?} holds two CIDRs of one family; for dual-stack give one IPv4 and one IPv6")]
    NotDualStack { value: String },
    #[error("{cidr} has {addresses} addresses, and needs {least} at least")]
    SubnetTooSmall { cidr: String, addresses: u128, least: u128 },
    #[error("{cidr} is too large for Services; /{least} is the largest range for its family")]
    ServiceSubnetTooLarge { cidr: String, least: u8 },
    #[error(
        "{cidr} is smaller than the /{node} that each node gets; widen it, or set controllerManager.extraArgs {argument}"
    )]
    NodeMaskTooWide { cidr: String, node: u8, argument: &'static str },
    #[error(
        "{cidr} is more than 16 bits wider than the /{node} that each node gets; narrow it, or set \
         controllerManager.extraArgs {argument}"
    )]
    NodeMaskTooNarrow { cidr: String, node: u8, argument: &'static str },
    #[error("{value:?} is not a prefix length, which {argument} wants")]
    NotAMask { value: String, argument: &'static str },
    // Paths, images, arguments, mounts.
    #[error("{value:?} is not an absolute path")]
    NotAbsolute { value: String },
    #[error("{value:?} is a folder of the system, of which nothing is removed")]
    OfTheSystem { value: String },
    #[error(
        "{value:?} holds or is a part of this host's system, where it does not write what a cluster says; a cluster's files \
         belong below /etc/kubernetes, and etcd's data below a folder of their own, as /var/lib/etcd"
    )]
    NotForACluster { value: String },
    #[error("{value:?} is not an image repository, as registry.example.org:5000/kubernetes is")]
    NotARepository { value: String },
    #[error(
        "{value:?} is not an image tag: letters, digits, '_', '.' and '-', 128 at most, not beginning with '.' or '-'"
    )]
    NotATag { value: String },
    #[error("{value:?} is not TAG@DIGEST, as in v1.14.2@sha256: and 64 hexadecimal digits in small letters")]
    NotADigest { value: String },
    #[error("must be given")]
    Missing,
    #[error("{value:?} is not a name of a volume: lower-case letters, digits and '-', 63 at most (RFC 1123)")]
    NotALabel { value: String },
    #[error(
        "{value:?} is not the name of a flag: write it without dashes in front, spaces and '=', as in authorization-mode{}",
        did_you_mean(.suggestion.as_ref())
    )]
    NotAFlagName { value: String, suggestion: Option<String> },
    #[error(
        "{path:?} is the mountPath of the volume {other} too, and the kubelet takes no pod that mounts two on one"
    )]
    MountPathTwice { path: String, other: String },
    #[error("{value:?} must not have '..' in it")]
    Upwards { value: String },
    #[error("{value:?} is not a name of an environment variable: printable ASCII without '='")]
    NotAVariable { value: String },
    #[error("not a source of a variable's value: {said}")]
    NotAVariableSource { said: String },
    #[error("exactly one source must be given, and there are {count}")]
    NotOneSource { count: usize },
    #[error("value and valueFrom cannot both be given")]
    TwoValues,
    #[error(
        "{value:?} is not a taint's key: [prefix/]name, the name of letters, digits, '-', '_' and '.', 63 at most"
    )]
    NotATaintKey { value: String },
    #[error("{value:?} is not a taint's value: letters, digits, '-', '_' and '.', 63 at most")]
    NotATaintValue { value: String },
    #[error("{value:?} is not a runtime's socket; write it as in unix:///var/run/containerd/containerd.sock")]
    NotASocket { value: String },
    // Etcd.
    #[error("local and external etcd cannot both be given; remove one")]
    TwoEtcds,
    #[error("at least one endpoint must be given")]
    NoEndpoint,
    #[error("{value:?} is not a URL, as https://192.0.2.10:2379 is")]
    NotAUrl { value: String },
    #[error("{value:?} must begin with https:// because client certificates are given")]
    NotHttps { value: String },
    #[error("certFile and keyFile must be given both or neither")]
    HalfAKeyPair,
    #[error("certFile and keyFile need caFile too")]
    NoEtcdCa,
    // Tokens and secrets: never with their value.
    #[error("not a bootstrap token: it is six characters, a '.' and sixteen, all of a-z and 0-9")]
    BadToken,
    #[error("another token of this list has the same id")]
    TokenIdTwice,
    #[error("{value:?} is not a use of a bootstrap token; known are signing and authentication")]
    NotAUsage { value: String },
    #[error(
        "{value:?} is not a group of bootstrap tokens: it begins with system:bootstrappers: and goes on with a-z, 0-9, \
         ':' and '-', ending with a letter or digit"
    )]
    NotAGroup { value: String },
    #[error(
        "groups, of which a token has system:bootstrappers:kubeadm:default-node-token unless others are given, need the \
         usage authentication, which is not among the usages"
    )]
    GroupsWithoutAuthentication,
    #[error("ttl and expires cannot both be given")]
    TtlAndExpires,
    #[error("not a certificate key: 32 bytes in hexadecimal, 64 digits; `openssl rand -hex 32` makes one")]
    BadCertificateKey,
    // Discovery: how a node finds its cluster.
    #[error("bootstrapToken or file must be given: how the cluster is found")]
    NoDiscovery,
    #[error("must be given, as in 192.0.2.10:6443, or else --discovery-file: how the cluster is found")]
    NoServer,
    #[error("the cluster is found by a token and its API server or by a file, not by both; leave one out")]
    TwoDiscoveries,
    #[error(
        "{value:?} is not HOST:PORT, as 192.0.2.10:6443, api.example.org:6443 and [2001:db8::10]:6443 are"
    )]
    NotAServer { value: String },
    #[error("a bootstrap token, which --token takes, where HOST:PORT is wanted")]
    TokenForServer,
    #[error(
        "without a hash of the cluster's CA anyone on the way can pose as the cluster; give one, or accept that with \
         unsafeSkipCAVerification (--discovery-token-unsafe-skip-ca-verification)"
    )]
    NoPins,
    /// Without the value: a token may have come into its place.
    #[error("not the hash of a CA's public key: sha256: and 64 hexadecimal digits")]
    NotAPin,
    #[error("neither a path nor an https:// URL")]
    NotADiscoveryFile,
    #[error("{value:?} is not an absolute path of a certificate, which ends in .crt")]
    NotACertificatePath { value: String },
    // Lives and waits.
    #[error("{value} must not be negative")]
    Negative { value: String },
    #[error("{value} must be longer than nothing")]
    NotPositive { value: String },
    #[error("'all' stands for every check; leave the others out")]
    AllAndOthers,
    // What other parts of the program say of a value.
    #[error("{name:?} is not a phase of {command}; `kubewright {command} --help` lists them")]
    UnknownPhase { name: String, command: &'static str },
    #[error("cannot read the folder {}: {why}", .path.display())]
    UnreadableFolder { path: std::path::PathBuf, why: String },
    // What the host could not say.
    #[error(
        "no default route, so no address to advertise; give --apiserver-advertise-address or localAPIEndpoint.advertiseAddress"
    )]
    NoAddress,
    #[error(
        "a loopback address asks for the address of the loopback interface that others can reach, and there is none; give \
         another --apiserver-advertise-address"
    )]
    NoLoopbackAddress,
    #[error("it has no name; give --node-name or nodeRegistration.name")]
    NoHostName,
    #[error(
        "several container runtimes found: {found}; choose one with --cri-socket, or with criSocket in a configuration"
    )]
    SeveralRuntimes { found: String },
    #[error("there are fewer fresh tokens than tokens without a value; this is a fault of the program")]
    TooFewTokens,
}

impl Problem {
    /// Whether it says that something is unknown that another Kubernetes version may know.
    pub const fn is_of_another_version(&self) -> bool {
        matches!(
            self,
            Self::UnknownField { .. }
                | Self::LaterField { .. }
                | Self::UnknownGate { .. }
                | Self::GoneGate { .. }
        )
    }

    /// What kubeadm does about it, where it goes on with a warning.
    pub(super) const fn left_out(&self) -> Option<&'static str> {
        match self {
            Self::UnknownField { .. } | Self::UnknownKind { .. } => Some("it is left out"),
            Self::DuplicateField { .. } => Some("the last one counts"),
            _ => None,
        }
    }

    /// Whether it says that something is not there.
    pub(super) const fn is_absence(&self) -> bool {
        matches!(self, Self::Missing | Self::NoEndpoint | Self::NoDiscovery | Self::NoServer | Self::NoPins)
    }
}

fn instead(unseen: bool) -> &'static str {
    if unseen {
        "remove it, or type the character that is meant"
    } else {
        "type the usual character in its place"
    }
}

fn did_you_mean(suggestion: Option<impl fmt::Display>) -> String {
    suggestion.map_or_else(String::new, |name| format!("; did you mean {name}?"))
}
