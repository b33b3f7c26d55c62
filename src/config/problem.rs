//! The rules that a configuration can break.

use std::fmt;

use super::{BadNodeName, NotTaken};
use crate::duration::BadDuration;
use crate::versions::{BadVersion, GateHistory};

/// The rule that is broken, with the value where it is no secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    // The file and its documents.
    /// The document is neither YAML nor JSON; the others are read all the same.
    #[error("not YAML: {said}")]
    NotYaml {
        /// The parser's own words, without the place, which stands in front of them.
        said: String,
    },
    /// More documents than any configuration needs; those behind are not read.
    #[error("there are more than {most} documents in one file")]
    TooManyDocuments {
        /// How many there may be.
        most: usize,
    },
    /// `apiVersion` or `kind` a second time.
    #[error(
        "{name} stands twice in one document, first in line {first}; a line --- is missing before the second"
    )]
    MissingSeparator {
        /// `apiVersion` or `kind`.
        name: &'static str,
        /// Counted from 1, in the whole file.
        first: u64,
    },
    /// A line of `<<<<<<<`, `=======` or `>>>>>>>`, as git leaves it.
    #[error("a merge conflict is left here; choose one of its sides, and remove the lines that mark it")]
    MergeConflict,
    /// A character that is hardly meant, such as a no-break space, in a line that has another error.
    #[error("here stands {name} (U+{code:04X}); {}", instead(*.unseen))]
    OddCharacter {
        /// Its name in Unicode, in small letters.
        name: &'static str,
        /// Its code point.
        code: u32,
        /// Whether nobody sees it.
        unseen: bool,
    },
    /// The document's top level is a scalar or a list.
    #[error("not a mapping of fields to values, but {found}")]
    NotADocument {
        /// What it is, with its article.
        found: &'static str,
    },
    /// One of the two is missing or empty.
    #[error("apiVersion and kind must both be given, as in apiVersion: kubeadm.k8s.io/v1beta4")]
    NoKind,
    /// No apiVersion that this program reads, in a group that is kubeadm's or a component's, or misspelt.
    #[error(
        "{api_version} is not known; known are kubeadm.k8s.io/v1beta4, kubeadm.k8s.io/v1beta3, \
         kubelet.config.k8s.io/v1beta1 and kubeproxy.config.k8s.io/v1alpha1{}",
        did_you_mean(.suggestion.as_ref())
    )]
    UnknownApiVersion {
        /// As the document has it.
        api_version: String,
        /// A known name that is much like it, where there is one.
        suggestion: Option<&'static str>,
    },
    /// A version of kubeadm's format before v1beta3.
    #[error(
        "{api_version} is too old to be read; kubeadm {last} can still rewrite it with \
         `kubeadm config migrate --old-config FILE --new-config FILE`"
    )]
    OldApiVersion {
        /// As the document has it.
        api_version: String,
        /// The last kubeadm that can read it, as `v1.15`.
        last: &'static str,
    },
    /// The apiVersion is known, and none of its kinds has this name.
    #[error("{api_version} has no kind {kind:?}{}", did_you_mean(.suggestion.as_ref()))]
    UnknownKind {
        /// As the document has it.
        api_version: String,
        /// As the document has it.
        kind: String,
        /// A known name that is much like it, where there is one.
        suggestion: Option<&'static str>,
    },
    /// The kind and the apiVersion are known, and do not belong together.
    #[error("{kind} is a kind of {known}, and {api_version} has none; write apiVersion: {known}")]
    KindElsewhere {
        /// As the document has it.
        api_version: String,
        /// As the document has it.
        kind: String,
        /// The apiVersion that has the kind.
        known: &'static str,
    },
    /// An object of Kubernetes or of somebody else's among the documents, such as a Pod.
    #[error("{api_version} {kind} is no configuration of a cluster; leave it out")]
    ForeignDocument {
        /// As the document has it.
        api_version: String,
        /// As the document has it.
        kind: String,
    },
    /// Two documents of one kind, which kubeadm refuses too.
    #[error("{kind} was already given by document {first}; join the two into one")]
    SecondDocument {
        /// As the document has it.
        kind: String,
        /// The number of the document that has given it first, counted from 1.
        first: usize,
    },
    /// A file for `init` configures neither this node nor the cluster.
    #[error("no InitConfiguration and no ClusterConfiguration in it; give one of the two")]
    NoDocument,
    /// A file to be checked or rewritten has no document that kubeadm reads.
    #[error("no document in it that configures a cluster")]
    NoKnownDocument,
    /// The one kind that the command reads is not among the documents.
    #[error("no {kind} in it")]
    NoSuchDocument {
        /// The kind that is wanted.
        kind: &'static str,
    },
    // Fields and types.
    /// The schema of the document's kind has no such field in any minor.
    #[error("there is no such field{}", did_you_mean(.suggestion.as_ref()))]
    UnknownField {
        /// A known name that is much like it, where there is one.
        suggestion: Option<String>,
    },
    /// The format has the field from a later minor on.
    #[error("there is no such field in Kubernetes 1.{minor} yet")]
    LaterField {
        /// 36 for Kubernetes 1.36.
        minor: u64,
    },
    /// One name twice in one mapping; YAML 1.2 forbids it, and a parser may take either.
    #[error("given twice; the first stands in line {first}")]
    DuplicateField {
        /// Counted from 1, in the whole file.
        first: u64,
    },
    /// A scalar, a list or a mapping where another one, or another kind of scalar, has to be.
    #[error("{found} where {wanted} is wanted{hint}")]
    WrongType {
        /// What was given, with its article; without the value of a secret.
        found: String,
        /// What the schema wants, with its article.
        wanted: String,
        /// How to write it instead, with what joins it to the sentence; empty where nothing is to be said.
        hint: &'static str,
    },
    /// A number of the right type, which the API's integer or the field's rule does not hold.
    #[error("{value} is outside of {least} to {most}")]
    OutOfRange {
        /// What was given.
        value: String,
        /// The least that may be given.
        least: i64,
        /// The most that may be given.
        most: i64,
    },
    /// Not a duration of Go's, as `4m0s`.
    #[error(transparent)]
    Duration(#[from] BadDuration),
    /// A `metav1.Time` that is no RFC 3339.
    #[error("{value:?} is not a time; write it as in 2026-01-31T12:00:00Z (RFC 3339)")]
    NotATime {
        /// What was given.
        value: String,
    },
    /// A `resource.Quantity` that is none.
    #[error("{value:?} is not a quantity; write it as in 100Mi, 1.5Gi or 500m")]
    NotAQuantity {
        /// What was given.
        value: String,
    },
    /// `null`, or nothing behind a dash.
    #[error("has no value; every item of a list must have one")]
    EmptyItem,
    // Flags.
    /// A flag that sets what the file sets, as in kubeadm: only some may stand beside `--config`.
    #[error("cannot be given together with --config; set {field} in the file instead")]
    MixedWithConfig {
        /// The field that the flag would have set.
        field: &'static str,
    },
    /// `--feature-gates` wants pairs of a name and a truth.
    #[error("{value:?} is not NAME=true or NAME=false, several joined by commas")]
    NotAGate {
        /// What was given.
        value: String,
    },
    /// `--apiserver-extra-args` and its like want pairs of a name and a value.
    #[error("{value:?} is not NAME=VALUE, several joined by commas")]
    NotAnArgument {
        /// What was given.
        value: String,
    },
    // Versions and names.
    /// Not a version, or of a minor that this program does not know.
    #[error(transparent)]
    Version(#[from] BadVersion),
    /// Not an RFC 1123 subdomain.
    #[error(transparent)]
    NodeName(#[from] BadNodeName),
    /// `networking.dnsDomain` is not an RFC 1123 subdomain.
    #[error(
        "{value:?} is not a DNS domain: it takes lower-case letters, digits, '-' and '.', each part beginning and \
         ending with a letter or digit, 253 at most (RFC 1123)"
    )]
    NotADomain {
        /// What was given.
        value: String,
    },
    /// A SAN is an IP address or a DNS name, whose first label may be `*`.
    #[error("{value:?} is neither an IP address nor a DNS name nor one that begins with '*.' (RFC 1123)")]
    NotASan {
        /// What was given.
        value: String,
    },
    /// No gate of kubeadm's, in this minor or before.
    #[error("there is no feature gate {name:?} in Kubernetes 1.{minor}; known are {known}{}", did_you_mean(.suggestion.as_ref()))]
    UnknownGate {
        /// As given.
        name: String,
        /// 36 for Kubernetes 1.36.
        minor: u64,
        /// The minor's gates, joined by commas.
        known: String,
        /// A known name that is much like it, where there is one.
        suggestion: Option<String>,
    },
    /// A gate of kubeadm's that the minor has not yet, or has no more and that is set against what holds
    /// without it.
    #[error("{name} {history}")]
    GoneGate {
        /// As given.
        name: String,
        /// Since when, or until when, there is or was such a gate.
        history: GateHistory,
    },
    /// An argument or a gate with which a component would not start.
    #[error("{0}")]
    NotTaken(NotTaken),
    /// A gate that the minor does not let anybody change, as Kubernetes' `LockToDefault`.
    #[error("the feature gate {name} is locked to {locked} in Kubernetes 1.{minor}")]
    LockedGate {
        /// As the minor's table has it.
        name: &'static str,
        /// What it is in this minor.
        locked: bool,
        /// 36 for Kubernetes 1.36.
        minor: u64,
    },
    /// A word where only a few are allowed, such as an imagePullPolicy.
    #[error("{value:?} is not one of {known}{}", did_you_mean(.suggestion.as_ref()))]
    NotOneOf {
        /// What was given.
        value: String,
        /// All that are allowed, joined by commas.
        known: String,
        /// A known name that is much like it, where there is one.
        suggestion: Option<String>,
    },
    /// `encryptionAlgorithm` says one kind of key, and the gate the other.
    #[error("{algorithm} contradicts the feature gate PublicKeysECDSA={gate}; leave the gate out")]
    AlgorithmAgainstGate {
        /// As `encryptionAlgorithm` has it.
        algorithm: String,
        /// What the gate is set to.
        gate: bool,
    },
    // Addresses.
    /// Where only an address is allowed, and no name.
    #[error("{value:?} is not an IP address, as 192.0.2.10 or 2001:db8::10 are")]
    NotAnAddress {
        /// What was given.
        value: String,
    },
    /// A multicast, link-local or broadcast address.
    #[error(
        "{value} cannot be advertised to other nodes: it is {why}; give an address of one of this host's interfaces"
    )]
    NotAdvertisable {
        /// What was given.
        value: String,
        /// What kind of address it is, as the sentence goes on.
        why: &'static str,
    },
    /// Not a number from 1 to 65535.
    #[error("{value} is not a port; ports go from 1 to 65535")]
    NotAPort {
        /// What was given.
        value: String,
    },
    /// `controlPlaneEndpoint` wants a host and perhaps a port, without a scheme.
    #[error(
        "{value:?} is not HOST or HOST:PORT, with a DNS name in lower case, an IPv4 address or an IPv6 address in brackets"
    )]
    NotAnEndpoint {
        /// What was given.
        value: String,
    },
    /// Not an address, a `/` and a prefix length.
    #[error(
        "{value:?} is not a CIDR, as 10.244.0.0/16 and fd00:10::/64 are; join two by a comma without a space"
    )]
    NotACidr {
        /// What was given.
        value: String,
    },
    /// More than two ranges in one field.
    #[error("{value:?} holds {count} CIDRs; give one, or one IPv4 and one IPv6 for dual-stack")]
    TooManyCidrs {
        /// What was given.
        value: String,
        /// How many there are.
        count: usize,
    },
    /// Dual-stack (KEP-563) takes one range of each IP family.
    #[error("{value:?} holds two CIDRs of one family; for dual-stack give one IPv4 and one IPv6")]
    NotDualStack {
        /// What was given.
        value: String,
    },
    /// A range with fewer addresses than the reference wants.
    #[error("{cidr} has {addresses} addresses, and needs {least} at least")]
    SubnetTooSmall {
        /// The range, with its prefix length.
        cidr: String,
        /// How many it has.
        addresses: u128,
        /// How many it needs.
        least: u128,
    },
    /// The API server keeps a bitmap of the range: 20 bits of addresses at most.
    #[error("{cidr} is too large for Services; /{least} is the largest range for its family")]
    ServiceSubnetTooLarge {
        /// The range, with its prefix length.
        cidr: String,
        /// The shortest prefix length that is allowed.
        least: u8,
    },
    /// The pod range is smaller than one node's part of it.
    #[error(
        "{cidr} is smaller than the /{node} that each node gets; widen it, or set controllerManager.extraArgs {argument}"
    )]
    NodeMaskTooWide {
        /// The range, with its prefix length.
        cidr: String,
        /// The prefix length of each node's range.
        node: u8,
        /// The controller manager's flag that sets it: `node-cidr-mask-size-ipv4` or
        /// `node-cidr-mask-size-ipv6`.
        argument: &'static str,
    },
    /// The controller manager's allocator takes 16 bits of nodes at most.
    #[error(
        "{cidr} is more than 16 bits wider than the /{node} that each node gets; narrow it, or set \
         controllerManager.extraArgs {argument}"
    )]
    NodeMaskTooNarrow {
        /// The range, with its prefix length.
        cidr: String,
        /// The prefix length of each node's range.
        node: u8,
        /// The controller manager's flag that sets it: `node-cidr-mask-size-ipv4` or
        /// `node-cidr-mask-size-ipv6`.
        argument: &'static str,
    },
    /// A node-cidr-mask-size that is no prefix length of its IP family.
    #[error("{value:?} is not a prefix length, which {argument} wants")]
    NotAMask {
        /// What was given.
        value: String,
        /// The controller manager's flag that sets it: `node-cidr-mask-size-ipv4` or
        /// `node-cidr-mask-size-ipv6`.
        argument: &'static str,
    },
    // Paths, images, arguments, mounts.
    /// A path that would be another in each working directory.
    #[error("{value:?} is not an absolute path")]
    NotAbsolute {
        /// What was given.
        value: String,
    },
    /// A reset would empty a folder in which the host's own files are.
    #[error("{value:?} is a folder of the system, of which nothing is removed")]
    OfTheSystem {
        /// What was given.
        value: String,
    },
    /// A path out of the cluster's configuration that leads to files of the host's own.
    #[error(
        "{value:?} holds or is a part of this host's system, where it does not write what a cluster says; a cluster's files \
         belong below /etc/kubernetes, and etcd's data below a folder of their own, as /var/lib/etcd"
    )]
    NotForACluster {
        /// What was given.
        value: String,
    },
    /// Not a registry and a path, as references of images have them.
    #[error("{value:?} is not an image repository, as registry.example.org:5000/kubernetes is")]
    NotARepository {
        /// What was given.
        value: String,
    },
    /// Not a tag, as references of images have them.
    #[error(
        "{value:?} is not an image tag: letters, digits, '_', '.' and '-', 128 at most, not beginning with '.' or '-'"
    )]
    NotATag {
        /// What was given.
        value: String,
    },
    /// A tag with a digest that is no SHA-256's.
    #[error("{value:?} is not TAG@DIGEST, as in v1.14.2@sha256: and 64 hexadecimal digits in small letters")]
    NotADigest {
        /// What was given.
        value: String,
    },
    /// A field that kubeadm has no default for.
    #[error("must be given")]
    Missing,
    /// `extraVolumes[].name` is not an RFC 1123 label.
    #[error("{value:?} is not a name of a volume: lower-case letters, digits and '-', 63 at most (RFC 1123)")]
    NotALabel {
        /// What was given.
        value: String,
    },
    /// An `extraArgs` name with dashes or `=` in it, which kubeadm would write into the manifest all the same.
    #[error(
        "{value:?} is not the name of a flag: write it without dashes in front, spaces and '=', as in authorization-mode{}",
        did_you_mean(.suggestion.as_ref())
    )]
    NotAFlagName {
        /// What was given.
        value: String,
        /// A known name that is much like it, where there is one.
        suggestion: Option<String>,
    },
    /// Two volumes at one path of one container.
    #[error(
        "{path:?} is the mountPath of the volume {other} too, and the kubelet takes no pod that mounts two on one"
    )]
    MountPathTwice {
        /// The path in the container.
        path: String,
        /// The name of the volume that has it first.
        other: String,
    },
    /// A path with `..` could lead to any place once links are followed.
    #[error("{value:?} must not have '..' in it")]
    Upwards {
        /// What was given.
        value: String,
    },
    /// `extraEnvs[].name` is none.
    #[error("{value:?} is not a name of an environment variable: printable ASCII without '='")]
    NotAVariable {
        /// What was given.
        value: String,
    },
    /// `extraEnvs[].valueFrom` is not Kubernetes' EnvVarSource.
    #[error("not a source of a variable's value: {said}")]
    NotAVariableSource {
        /// What the parser says of it.
        said: String,
    },
    /// `valueFrom` names no source, or several.
    #[error("exactly one source must be given, and there are {count}")]
    NotOneSource {
        /// How many there are.
        count: usize,
    },
    /// An EnvVar has one or the other.
    #[error("value and valueFrom cannot both be given")]
    TwoValues,
    /// Kubernetes' rule for the keys of labels and taints.
    #[error(
        "{value:?} is not a taint's key: [prefix/]name, the name of letters, digits, '-', '_' and '.', 63 at most"
    )]
    NotATaintKey {
        /// What was given.
        value: String,
    },
    /// Kubernetes' rule for the values of labels and taints.
    #[error("{value:?} is not a taint's value: letters, digits, '-', '_' and '.', 63 at most")]
    NotATaintValue {
        /// What was given.
        value: String,
    },
    /// Neither a path nor a `unix://` URL.
    #[error("{value:?} is not a runtime's socket; write it as in unix:///var/run/containerd/containerd.sock")]
    NotASocket {
        /// What was given.
        value: String,
    },
    // Etcd.
    /// `etcd.local` beside `etcd.external`.
    #[error("local and external etcd cannot both be given; remove one")]
    TwoEtcds,
    /// `etcd.external.endpoints` is empty.
    #[error("at least one endpoint must be given")]
    NoEndpoint,
    /// An endpoint of external etcd without a scheme or a host.
    #[error("{value:?} is not a URL, as https://192.0.2.10:2379 is")]
    NotAUrl {
        /// What was given.
        value: String,
    },
    /// A client certificate has no use on plain HTTP.
    #[error("{value:?} must begin with https:// because client certificates are given")]
    NotHttps {
        /// What was given.
        value: String,
    },
    /// A certificate without its key, or a key without its certificate.
    #[error("certFile and keyFile must be given both or neither")]
    HalfAKeyPair,
    /// A client certificate is given, and no CA to verify the servers by.
    #[error("certFile and keyFile need caFile too")]
    NoEtcdCa,
    // Tokens and secrets: never with their value.
    /// Not `[a-z0-9]{6}.[a-z0-9]{16}`. Its text is not repeated: it may be a secret with a typing error.
    #[error("not a bootstrap token: it is six characters, a '.' and sixteen, all of a-z and 0-9")]
    BadToken,
    /// A token is the Secret `bootstrap-token-ID`, of which there is one.
    #[error("another token of this list has the same id")]
    TokenIdTwice,
    /// What a token may be good for is a list of two.
    #[error("{value:?} is not a use of a bootstrap token; known are signing and authentication")]
    NotAUsage {
        /// What was given.
        value: String,
    },
    /// Kubernetes lets tokens be in no other groups.
    #[error(
        "{value:?} is not a group of bootstrap tokens: it begins with system:bootstrappers: and goes on with a-z, 0-9, \
         ':' and '-', ending with a letter or digit"
    )]
    NotAGroup {
        /// What was given.
        value: String,
    },
    /// Groups count only for a token with which one can authenticate.
    #[error(
        "groups, of which a token has system:bootstrappers:kubeadm:default-node-token unless others are given, need the \
         usage authentication, which is not among the usages"
    )]
    GroupsWithoutAuthentication,
    /// Two ends of one token.
    #[error("ttl and expires cannot both be given")]
    TtlAndExpires,
    /// Not a key of AES-256 in hexadecimal. Its text is not repeated.
    #[error("not a certificate key: 32 bytes in hexadecimal, 64 digits; `openssl rand -hex 32` makes one")]
    BadCertificateKey,
    // Discovery: how a node finds its cluster.
    /// A JoinConfiguration has to have one of the two.
    #[error("bootstrapToken or file must be given: how the cluster is found")]
    NoDiscovery,
    /// The command line has neither an API server nor a discovery file.
    #[error("must be given, as in 192.0.2.10:6443, or else --discovery-file: how the cluster is found")]
    NoServer,
    /// `discovery.bootstrapToken` beside `discovery.file`.
    #[error("the cluster is found by a token and its API server or by a file, not by both; leave one out")]
    TwoDiscoveries,
    /// The API server of the discovery by token has to have a port.
    #[error(
        "{value:?} is not HOST:PORT, as 192.0.2.10:6443, api.example.org:6443 and [2001:db8::10]:6443 are"
    )]
    NotAServer {
        /// What was given.
        value: String,
    },
    /// `kubeadm join TOKEN`: the token is not repeated.
    #[error("a bootstrap token, which --token takes, where HOST:PORT is wanted")]
    TokenForServer,
    /// The discovery by token without a pin, and without the leave to go without one.
    #[error(
        "without a hash of the cluster's CA anyone on the way can pose as the cluster; give one, or accept that with \
         unsafeSkipCAVerification (--discovery-token-unsafe-skip-ca-verification)"
    )]
    NoPins,
    /// Without the value: a token may have come into its place.
    #[error("not the hash of a CA's public key: sha256: and 64 hexadecimal digits")]
    NotAPin,
    /// Its text is not repeated: a URL may hold a password.
    #[error("neither a path nor an https:// URL")]
    NotADiscoveryFile,
    /// `caCertPath` has a form of its own, as in kubeadm.
    #[error("{value:?} is not an absolute path of a certificate, which ends in .crt")]
    NotACertificatePath {
        /// What was given.
        value: String,
    },
    // Lives and waits.
    /// A timeout or a TTL below zero.
    #[error("{value} must not be negative")]
    Negative {
        /// What was given.
        value: String,
    },
    /// A certificate that would end as it begins.
    #[error("{value} must be longer than nothing")]
    NotPositive {
        /// What was given.
        value: String,
    },
    /// `all` beside names of checks, as kubeadm refuses it too.
    #[error("'all' stands for every check; leave the others out")]
    AllAndOthers,
    // What other parts of the program say of a value.
    /// A name in `skipPhases` or `--skip-phases` that the command has not, and had not.
    #[error("{name:?} is not a phase of {command}; `kubewright {command} --help` lists them")]
    UnknownPhase {
        /// As given.
        name: String,
        /// The command whose phases they are: `init`, `join` or `reset`.
        command: &'static str,
    },
    /// `patches.directory` is no folder, or may not be read.
    #[error("cannot read the folder {}: {why}", .path.display())]
    UnreadableFolder {
        /// As given.
        path: std::path::PathBuf,
        /// As the system says it.
        why: String,
    },
    // What the host could not say.
    /// There is no route to take the address of.
    #[error(
        "no default route, so no address to advertise; give --apiserver-advertise-address or localAPIEndpoint.advertiseAddress"
    )]
    NoAddress,
    /// `127.0.0.1` or `::1` was given, and the loopback interface has no other address.
    #[error(
        "a loopback address asks for the address of the loopback interface that others can reach, and there is none; give \
         another --apiserver-advertise-address"
    )]
    NoLoopbackAddress,
    /// The host's name is empty.
    #[error("it has no name; give --node-name or nodeRegistration.name")]
    NoHostName,
    /// kubeadm takes one by itself only where it is the only one.
    #[error(
        "several container runtimes found: {found}; choose one with --cri-socket, or with criSocket in a configuration"
    )]
    SeveralRuntimes {
        /// Their sockets, joined by commas.
        found: String,
    },
    /// The caller has to bring as many as [`Requested::fresh_tokens`](super::Requested::fresh_tokens) says.
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
                | Self::NotTaken(_)
        )
    }

    /// Whether a component would refuse it, of which kubeadm knows nothing.
    pub const fn is_of_a_component(&self) -> bool {
        matches!(self, Self::NotTaken(_))
    }

    /// What kubeadm does about it, where it goes on with a warning.
    pub(super) const fn left_out(&self) -> Option<&'static str> {
        match self {
            Self::UnknownField { .. } | Self::UnknownKind { .. } => Some("it is left out"),
            Self::DuplicateField { .. } => Some("the last one counts"),
            Self::NotTaken(_) => Some("it is passed on as it is"),
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
