//! The flags of the commands and their phases: one row a flag, with kubeadm's names and defaults.

use std::collections::BTreeMap;

use clap::{Arg, ArgAction, ArgMatches};

use super::flag_group::FlagGroup;
use super::syntax;
use crate::report::Format;
use crate::versions;

/// What follows a flag on the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FlagKind {
    /// One value, named so in the help.
    Value(&'static str),
    /// A whole number.
    Number(&'static str),
    /// Values divided by commas; the flag may be given more than once.
    List(&'static str),
    /// Nothing, or `=true` or `=false`.
    Switch,
    /// No flag: a word by itself.
    Word(&'static str),
}

/// A flag of a command, or a word by itself.
#[derive(Debug)]
pub struct Flag {
    /// Without its dashes.
    pub name: &'static str,
    /// Among which others help shows it.
    pub group: FlagGroup,
    /// What follows it.
    pub kind: FlagKind,
    /// Its line in the help, without a full stop at its end.
    pub help: &'static str,
}

#[rustfmt::skip]
const FLAGS: &[Flag] = &[
    Flag { name: "allow-missing-template-keys", group: FlagGroup::Output, kind: FlagKind::Switch, help: "Leave out of a template's result what is missing; false makes it an error [default: true]" },
    Flag { name: "allow-experimental-upgrades", group: FlagGroup::Run, kind: FlagKind::Switch, help: "Take a version before a release too, where it is named: alpha, beta or release candidate" },
    Flag { name: "allow-release-candidate-upgrades", group: FlagGroup::Run, kind: FlagKind::Switch, help: "Take a release candidate too, where it is named" },
    Flag { name: "api-server-endpoint", group: FlagGroup::Joining, kind: FlagKind::Word("HOST:PORT"), help: "Where the cluster's API server is found; `token create --print-join-command` on a control plane prints the whole line" },
    Flag { name: "apiserver-advertise-address", group: FlagGroup::Node, kind: FlagKind::Value("IP"), help: "Address that this host's API server advertises; by default that of the default route's interface" },
    Flag { name: "apiserver-bind-port", group: FlagGroup::Node, kind: FlagKind::Number("PORT"), help: "Port that this host's API server listens on [default: 6443]" },
    Flag { name: "apiserver-cert-extra-sans", group: FlagGroup::Cluster, kind: FlagKind::List("NAMES"), help: "More names and addresses for the API server's certificate" },
    Flag { name: "apiserver-extra-args", group: FlagGroup::Cluster, kind: FlagKind::List("NAME=VALUE"), help: "More flags for the API server (deprecated: apiServer.extraArgs in the configuration)" },
    Flag { name: "cert-dir", group: FlagGroup::Node, kind: FlagKind::Value("DIR"), help: "Folder of the certificates [default: /etc/kubernetes/pki]" },
    Flag { name: "certificate-key", group: FlagGroup::Joining, kind: FlagKind::Value("HEX"), help: "Key that opens the certificates in the kubeadm-certs Secret: 32 bytes in hexadecimal" },
    Flag { name: "certificate-renewal", group: FlagGroup::Run, kind: FlagKind::Switch, help: "Renew the certificates of each component that changes [default: true]" },
    Flag { name: "cleanup-tmp-dir", group: FlagGroup::Run, kind: FlagKind::Switch, help: "Empty /etc/kubernetes/tmp too" },
    Flag { name: "config", group: FlagGroup::Configuration, kind: FlagKind::Value("FILE"), help: "Configuration file; - is standard input" },
    Flag { name: "context-lines", group: FlagGroup::Output, kind: FlagKind::Number("LINES"), help: "Lines around each change [default: 3]" },
    Flag { name: "control-plane", group: FlagGroup::Joining, kind: FlagKind::Switch, help: "Make this host one more control plane" },
    Flag { name: "control-plane-endpoint", group: FlagGroup::Cluster, kind: FlagKind::Value("HOST[:PORT]"), help: "Stable address or DNS name of the whole control plane" },
    Flag { name: "controller-manager-extra-args", group: FlagGroup::Cluster, kind: FlagKind::List("NAME=VALUE"), help: "More flags for the controller manager (deprecated: controllerManager.extraArgs in the configuration)" },
    Flag { name: "cri-socket", group: FlagGroup::Node, kind: FlagKind::Value("SOCKET"), help: "Socket of the container runtime; by default the one that is found" },
    Flag { name: "discovery-file", group: FlagGroup::Joining, kind: FlagKind::Value("FILE|URL"), help: "Kubeconfig, or https:// URL of one, by which the cluster is found" },
    Flag { name: "discovery-token", group: FlagGroup::Joining, kind: FlagKind::Value("TOKEN"), help: "Token that vouches for what the API server says of the cluster [default: that of --token]" },
    Flag { name: "discovery-token-ca-cert-hash", group: FlagGroup::Joining, kind: FlagKind::List("sha256:HEX"), help: "Hash of the cluster's CA (its public key); one of several must match" },
    Flag { name: "discovery-token-unsafe-skip-ca-verification", group: FlagGroup::Joining, kind: FlagKind::Switch, help: "Join without --discovery-token-ca-cert-hash: whoever has the token may pose as the cluster" },
    Flag { name: "dry-run", group: FlagGroup::Run, kind: FlagKind::Switch, help: "Change nothing; print what would be done" },
    Flag { name: "drop-edits", group: FlagGroup::Run, kind: FlagKind::Switch, help: "Let go what was changed by hand in the manifests; copies of them stay" },
    Flag { name: "etcd-upgrade", group: FlagGroup::Run, kind: FlagKind::Switch, help: "Upgrade etcd too, where it runs on the control planes [default: true]" },
    Flag { name: "exit-code", group: FlagGroup::Output, kind: FlagKind::Switch, help: "End with exit code 4 where anything would change" },
    Flag { name: "feature-gates", group: FlagGroup::Cluster, kind: FlagKind::Value("NAME=BOOL,…"), help: "Feature gates of kubeadm's own, as in RootlessControlPlane=true; --help lists them" },
    Flag { name: "force", group: FlagGroup::Run, kind: FlagKind::Switch, help: "Go on where something is in the way, and ask nothing: reset even where this host's etcd member cannot leave the cluster" },
    Flag { name: "ignore-preflight-errors", group: FlagGroup::Run, kind: FlagKind::List("CHECKS"), help: "Checks whose errors become warnings, as in Swap,NumCPU; all is every check" },
    Flag { name: "image-repository", group: FlagGroup::Cluster, kind: FlagKind::Value("REGISTRY"), help: "Registry of the control plane's images [default: registry.k8s.io]" },
    Flag { name: "keep-edits", group: FlagGroup::Run, kind: FlagKind::Switch, help: "Make in the new manifests what was changed by hand in those of before" },
    Flag { name: "kubeconfig", group: FlagGroup::Cluster, kind: FlagKind::Value("FILE"), help: "Kubeconfig to reach the cluster with [default: /etc/kubernetes/admin.conf]" },
    Flag { name: "kubeconfig-dir", group: FlagGroup::Node, kind: FlagKind::Value("DIR"), help: "Folder of the kubeconfig files [default: /etc/kubernetes]" },
    Flag { name: "kubernetes-version", group: FlagGroup::Cluster, kind: FlagKind::Value("VERSION"), help: "Kubernetes version of the control plane; where a kubelet is installed, its own unless another is given [default: stable-1]" },
    Flag { name: "network", group: FlagGroup::Run, kind: FlagKind::Switch, help: "Remove what kube-proxy and the network plug-ins have set up, too: packet rules, services, interfaces" },
    Flag { name: "node-name", group: FlagGroup::Node, kind: FlagKind::Value("NAME"), help: "Name of this node; by default the host's" },
    Flag { name: "patches", group: FlagGroup::Configuration, kind: FlagKind::Value("DIR"), help: "Folder of patches, named TARGET[SUFFIX][+TYPE].EXTENSION, as in kube-apiserver0+merge.yaml" },
    Flag { name: "pod-network-cidr", group: FlagGroup::Cluster, kind: FlagKind::Value("CIDR"), help: "Address range of the pods" },
    Flag { name: "print-config", group: FlagGroup::Output, kind: FlagKind::Switch, help: "Print the configuration that the cluster has stored, too" },
    Flag { name: "print-manifest", group: FlagGroup::Output, kind: FlagKind::Switch, help: "Print the addon's objects instead of installing them" },
    Flag { name: "scheduler-extra-args", group: FlagGroup::Cluster, kind: FlagKind::List("NAME=VALUE"), help: "More flags for the scheduler (deprecated: scheduler.extraArgs in the configuration)" },
    Flag { name: "service-cidr", group: FlagGroup::Cluster, kind: FlagKind::Value("CIDR"), help: "Address range of the services [default: 10.96.0.0/12]" },
    Flag { name: "service-dns-domain", group: FlagGroup::Cluster, kind: FlagKind::Value("DOMAIN"), help: "DNS domain of the services [default: cluster.local]" },
    Flag { name: "show-managed-fields", group: FlagGroup::Output, kind: FlagKind::Switch, help: "Taken for the sake of scripts written for kubeadm; has no effect" },
    Flag { name: "skip-certificate-key-print", group: FlagGroup::Output, kind: FlagKind::Switch, help: "Do not print the certificate key" },
    Flag { name: "skip-phases", group: FlagGroup::Run, kind: FlagKind::List("PHASES"), help: "Phases to leave out, by name or as GROUP/PHASE; --help lists them" },
    Flag { name: "skip-token-print", group: FlagGroup::Output, kind: FlagKind::Switch, help: "Do not print the bootstrap token" },
    Flag { name: "timeline", group: FlagGroup::Output, kind: FlagKind::Switch, help: "At the end, show where the time went: a line a phase; with -o json in the field timeline too" },
    Flag { name: "tls-bootstrap-token", group: FlagGroup::Joining, kind: FlagKind::Value("TOKEN"), help: "Token with which the kubelet asks for its certificate [default: that of --token]" },
    Flag { name: "token", group: FlagGroup::Joining, kind: FlagKind::Value("TOKEN"), help: "Bootstrap token, by which nodes find the cluster and get their certificates: [a-z0-9]{6}.[a-z0-9]{16}" },
    Flag { name: "token-ttl", group: FlagGroup::Joining, kind: FlagKind::Value("DURATION"), help: "Life of the bootstrap token, as in 2h; 0 is for ever [default: 24h0m0s]" },
    Flag { name: "upload-certs", group: FlagGroup::Joining, kind: FlagKind::Switch, help: "Store the control plane's certificates in the kubeadm-certs Secret" },
    Flag { name: "yes", group: FlagGroup::Run, kind: FlagKind::Switch, help: "Upgrade without a question" },
];

/// The flags of `init` itself.
pub const INIT: &[&str] = &[
    "apiserver-advertise-address",
    "apiserver-bind-port",
    "apiserver-cert-extra-sans",
    "cert-dir",
    "certificate-key",
    "config",
    "control-plane-endpoint",
    "cri-socket",
    "dry-run",
    "feature-gates",
    "ignore-preflight-errors",
    "image-repository",
    "kubernetes-version",
    "node-name",
    "patches",
    "pod-network-cidr",
    "service-cidr",
    "service-dns-domain",
    "skip-certificate-key-print",
    "skip-phases",
    "skip-token-print",
    "timeline",
    "token",
    "token-ttl",
    "upload-certs",
];

/// The flags of `reset` itself.
pub const RESET: &[&str] = &[
    "cert-dir",
    "cleanup-tmp-dir",
    "config",
    "cri-socket",
    "dry-run",
    "force",
    "ignore-preflight-errors",
    "kubeconfig",
    "network",
    "skip-phases",
];

/// The flags of `join` itself.
pub const JOIN: &[&str] = &[
    "api-server-endpoint",
    "apiserver-advertise-address",
    "apiserver-bind-port",
    "certificate-key",
    "config",
    "control-plane",
    "cri-socket",
    "discovery-file",
    "discovery-token",
    "discovery-token-ca-cert-hash",
    "discovery-token-unsafe-skip-ca-verification",
    "dry-run",
    "ignore-preflight-errors",
    "node-name",
    "patches",
    "skip-phases",
    "timeline",
    "tls-bootstrap-token",
    "token",
];

/// The flags of `upgrade apply` itself.
pub const UPGRADE_APPLY: &[&str] = &[
    "allow-experimental-upgrades",
    "allow-release-candidate-upgrades",
    "certificate-renewal",
    "config",
    "drop-edits",
    "dry-run",
    "etcd-upgrade",
    "feature-gates",
    "force",
    "ignore-preflight-errors",
    "keep-edits",
    "kubeconfig",
    "patches",
    "print-config",
    "skip-phases",
    "yes",
];

/// The flags of `upgrade node` itself.
pub const UPGRADE_NODE: &[&str] = &[
    "certificate-renewal",
    "config",
    "drop-edits",
    "dry-run",
    "etcd-upgrade",
    "ignore-preflight-errors",
    "keep-edits",
    "kubeconfig",
    "patches",
    "skip-phases",
];

/// The flags of `upgrade diff`.
pub const UPGRADE_DIFF: &[&str] =
    &["config", "context-lines", "drop-edits", "exit-code", "keep-edits", "kubeconfig", "patches"];

/// The flags of `upgrade plan`, but for those of its format.
pub const UPGRADE_PLAN: &[&str] = &[
    "allow-experimental-upgrades",
    "allow-release-candidate-upgrades",
    "config",
    "drop-edits",
    "etcd-upgrade",
    "feature-gates",
    "ignore-preflight-errors",
    "keep-edits",
    "kubeconfig",
    "patches",
    "print-config",
];

/// kubeadm's settings for what prints its documents.
pub const OF_TEMPLATES: &[&str] = &["allow-missing-template-keys", "show-managed-fields"];

/// The clap arguments of the flags with these names. A `dry-run` brings its `output-dir` along.
pub fn arguments(names: &[&str]) -> Vec<Arg> {
    let mut all: Vec<Arg> = FLAGS.iter().filter(|flag| names.contains(&flag.name)).map(argument).collect();
    if names.contains(&"dry-run") {
        all.push(output_dir());
    }
    all
}

/// The flag for clap. Its value is only as far checked as kubeadm's own flags are.
pub fn argument(flag: &Flag) -> Arg {
    // Of one place in the order, they are sorted by name.
    let arg = Arg::new(flag.name).display_order(0).help(flag.help).hide(flag.name.ends_with("-extra-args"));
    let arg = if matches!(flag.kind, FlagKind::Word(_)) {
        arg
    } else {
        arg.long(flag.name).help_heading(flag.group.heading())
    };
    let arg = match flag.name {
        "force" => arg.short('f'),
        "yes" => arg.short('y'),
        "context-lines" => arg.short('c'),
        "keep-edits" => arg.conflicts_with("drop-edits"),
        "feature-gates" => arg.long_help(gates()),
        _ => arg,
    };
    match flag.kind {
        FlagKind::Word(name) => arg.value_name(name).action(ArgAction::Set),
        FlagKind::Value(name) => {
            arg.value_name(name).action(ArgAction::Set).allow_hyphen_values(flag.name == "config")
        }
        FlagKind::Number(name) => {
            arg.value_name(name).value_parser(syntax::number).allow_negative_numbers(true)
        }
        FlagKind::List(name) => arg.value_name(name).action(ArgAction::Append),
        FlagKind::Switch => arg
            .value_name("BOOL")
            .action(ArgAction::Set)
            .num_args(0..=1)
            .require_equals(true)
            .default_missing_value("true")
            .value_parser(syntax::boolean)
            .hide_possible_values(true),
    }
}

/// A line a gate, with its default and the minors that have it so: `PublicKeysECDSA=false (1.29 to 1.36)`.
fn gates() -> String {
    let mut spans: BTreeMap<(&str, bool), (u64, u64)> = BTreeMap::new();
    for minor in versions::MINORS {
        for gate in minor.feature_gates {
            spans.entry((gate.name, gate.default)).or_insert((minor.number, minor.number)).1 = minor.number;
        }
    }
    let span = |(first, last): (u64, u64)| {
        if first == last { format!("1.{first}") } else { format!("1.{first} to 1.{last}") }
    };
    let lines =
        spans.iter().map(|((name, default), minors)| format!("  {name}={default} ({})", span(*minors)));
    let head = "Feature gates of kubeadm's own. Their defaults, and the minors that have these:".to_owned();
    std::iter::once(head).chain(lines).collect::<Vec<_>>().join("\n")
}

fn output_dir() -> Arg {
    Arg::new("output-dir")
        .long("output-dir")
        .value_name("DIR")
        .display_order(0)
        .help_heading(FlagGroup::Run.heading())
        .help("With --dry-run: carry it out on this folder in place of the host's /; the cluster's objects are written there too")
}

/// What was given on the command line, by flag. A flag that the command does not take counts as not given.
#[derive(Debug, Clone, Copy)]
pub struct FlagValues<'a>(pub &'a ArgMatches);

impl FlagValues<'_> {
    /// Scripts give empty values for what they leave open.
    pub fn text(self, name: &str) -> Option<String> {
        self.0.try_get_one::<String>(name).ok().flatten().filter(|text| !text.is_empty()).cloned()
    }

    /// The value of a [`FlagKind::Number`].
    pub fn number(self, name: &str) -> Option<i32> {
        self.0.try_get_one::<i32>(name).ok().flatten().copied()
    }

    /// All values of a [`FlagKind::List`], divided at their commas; empty ones are left out.
    pub fn list(self, name: &str) -> Option<Vec<String>> {
        let values = self.0.try_get_many::<String>(name).ok().flatten()?;
        Some(values.flat_map(|value| syntax::list(value)).filter(|value| !value.is_empty()).collect())
    }

    /// What a [`FlagKind::Switch`] was set to.
    pub fn switch(self, name: &str) -> Option<bool> {
        self.0.try_get_one::<bool>(name).ok().flatten().copied()
    }

    /// Whether `-o json` was given.
    pub fn wants_json(self) -> bool {
        self.format() == Format::Json
    }

    /// What `-o` says; text where it says nothing, or what is not known.
    pub fn format(self) -> Format {
        self.text("output").and_then(|name| Format::named(&name.to_lowercase())).unwrap_or(Format::Text)
    }

    /// Whether a [`FlagKind::Switch`] was set to true.
    pub fn is_on(self, name: &str) -> bool {
        self.switch(name).unwrap_or(false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan;

    fn parse(names: &[&str], line: &[&str]) -> Result<ArgMatches, clap::Error> {
        clap::Command::new("test").args(arguments(names)).try_get_matches_from(line)
    }

    #[test]
    fn every_flag_that_a_command_names_is_in_the_table() {
        let of_phases =
            plan::PIPELINES.iter().flat_map(|pipeline| pipeline.phases).flat_map(|entry| entry.flags);
        for name in [INIT, JOIN, RESET, UPGRADE_APPLY, UPGRADE_NODE, UPGRADE_DIFF, UPGRADE_PLAN]
            .concat()
            .iter()
            .chain(of_phases)
        {
            assert!(FLAGS.iter().any(|flag| flag.name == *name), "{name}");
        }
    }

    #[test]
    fn lists_take_commas_and_repetition() {
        let matches = parse(&["skip-phases"], &["test", "--skip-phases", "a,b", "--skip-phases=c"]).unwrap();
        assert_eq!(FlagValues(&matches).list("skip-phases").unwrap(), ["a", "b", "c"]);
    }

    #[test]
    fn a_switch_takes_an_equals_sign_only() {
        let matches = parse(&["dry-run"], &["test", "--dry-run=false"]).unwrap();
        assert_eq!(FlagValues(&matches).switch("dry-run"), Some(false));
        assert!(parse(&["dry-run"], &["test", "--dry-run", "false"]).is_err());
    }

    #[test]
    fn a_flag_of_another_command_counts_as_not_given() {
        let matches = parse(&["config"], &["test", "--config", "-"]).unwrap();
        assert_eq!(FlagValues(&matches).text("config").as_deref(), Some("-"));
        assert_eq!(FlagValues(&matches).text("token"), None);
    }
}
