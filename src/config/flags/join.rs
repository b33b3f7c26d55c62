//! The flags of `join`.

use std::collections::BTreeMap;

use super::{IGNORE, Raw, Row, Setting, at_flag, bare, lay_over, put, settings};
use crate::config::error::{ConfigError, Place};
use crate::config::given::{At, Located, Remarks, Tree, Unknown};
use crate::config::problem::Problem;
use crate::config::warning::Caution;
use crate::secret::Secret;

/// The argument and the flags of `join` and of its phases, unread.
#[derive(Debug, Clone, Default)]
pub struct JoinFlags {
    /// Of the file. No flag, but what the program's name asks for.
    pub unknown: Unknown,
    /// The one argument.
    pub api_server_endpoint: Option<String>,
    /// An IP address of this host; `0.0.0.0` and `::` ask for that of the default route.
    pub apiserver_advertise_address: Option<String>,
    /// A TCP port: 6443 unless given.
    pub apiserver_bind_port: Option<i32>,
    /// 64 hexadecimal digits, with which the uploaded certificates are encrypted.
    pub certificate_key: Option<Secret>,
    /// Whether the node becomes a control plane; `None` where it was not given.
    pub control_plane: Option<bool>,
    /// The container runtime's, with its scheme: `unix:///var/run/containerd/containerd.sock`.
    pub cri_socket: Option<String>,
    /// A kubeconfig: a path on this host, or an `https://` URL.
    pub discovery_file: Option<String>,
    /// A bootstrap token, `id.secret`, by which cluster-info is verified.
    pub discovery_token: Option<Secret>,
    /// `sha256:` and 64 hexadecimal digits each; one has to be a CA's of the cluster.
    pub discovery_token_ca_cert_hash: Vec<String>,
    /// Whether no hash is needed: cluster-info is then verified by the token alone.
    pub discovery_token_unsafe_skip_ca_verification: Option<bool>,
    /// `None` where it was not given: the file's value holds then.
    pub dry_run: Option<bool>,
    /// Names of checks, or `all`.
    pub ignore_preflight_errors: Vec<String>,
    /// The Node object's name; the host's name unless given.
    pub node_name: Option<String>,
    /// A folder of this host with files such as `kube-apiserver0+merge.yaml`.
    pub patches: Option<String>,
    /// `phase` or `group/phase` each.
    pub skip_phases: Vec<String>,
    /// A bootstrap token, `id.secret`, with which the kubelet asks for its certificate.
    pub tls_bootstrap_token: Option<Secret>,
    /// A bootstrap token, `id.secret`, in place of both others where they are not given.
    pub token: Option<Secret>,
    /// Set by the command and not by a flag.
    pub needs: DiscoveryNeed,
}

/// Whether the command has to find its cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum DiscoveryNeed {
    /// It has to: by a bootstrap token, or by a discovery file.
    #[default]
    Wanted,
    /// A phase behind the kubeconfigs: it has no flags for discovery, and reaches the cluster by admin.conf.
    ByAdminConf,
}

/// As the help calls it.
const SERVER: &str = "api-server-endpoint";
const SERVER_FIELD: &str = "discovery.bootstrapToken.apiServerEndpoint";

const NODE: &[Row<JoinFlags>] = &[
    ("cri-socket", "nodeRegistration.criSocket", |f| Raw::Text(&f.cri_socket)),
    ("dry-run", "dryRun", |f| Raw::Switch(f.dry_run)),
    (IGNORE, "nodeRegistration.ignorePreflightErrors", |f| Raw::Texts(&f.ignore_preflight_errors)),
    ("node-name", "nodeRegistration.name", |f| Raw::Text(&f.node_name)),
    ("patches", "patches.directory", |f| Raw::Text(&f.patches)),
    ("skip-phases", "skipPhases", |f| Raw::Texts(&f.skip_phases)),
];

/// That make the node a control plane.
const ROLE: &[Row<JoinFlags>] = &[("control-plane", "controlPlane", |f| Raw::Switch(f.control_plane))];

/// Of a node that is one.
const CONTROL_PLANE: &[Row<JoinFlags>] = &[
    ("apiserver-advertise-address", "controlPlane.localAPIEndpoint.advertiseAddress", |f| {
        Raw::Text(&f.apiserver_advertise_address)
    }),
    ("apiserver-bind-port", "controlPlane.localAPIEndpoint.bindPort", |f| Raw::Number(f.apiserver_bind_port)),
    ("certificate-key", "controlPlane.certificateKey", |f| Raw::Secret(&f.certificate_key)),
];

/// Takes the place of both tokens, where those are not given.
const BOTH_TOKENS: &[Row<JoinFlags>] =
    &[(TOKEN, "discovery.bootstrapToken.token", |f| Raw::Secret(&f.token))];

const TOKEN: &str = "token";

const DISCOVERY: &[Row<JoinFlags>] = &[
    ("discovery-file", "discovery.file.kubeConfigPath", |f| Raw::Text(&f.discovery_file)),
    ("tls-bootstrap-token", TLS_FIELD, |f| Raw::Secret(&f.tls_bootstrap_token)),
];

const TLS_FIELD: &str = "discovery.tlsBootstrapToken";

/// Of the discovery by token.
const BY_TOKEN: &[Row<JoinFlags>] = &[
    ("discovery-token", "discovery.bootstrapToken.token", |f| Raw::Secret(&f.discovery_token)),
    ("discovery-token-ca-cert-hash", "discovery.bootstrapToken.caCertHashes", |f| {
        Raw::Texts(&f.discovery_token_ca_cert_hash)
    }),
    (
        "discovery-token-unsafe-skip-ca-verification",
        "discovery.bootstrapToken.unsafeSkipCAVerification",
        |f| Raw::Switch(f.discovery_token_unsafe_skip_ca_verification),
    ),
];

/// The flags of a run without `--config` as a JoinConfiguration of v1beta4.
pub fn document(flags: &JoinFlags, remarks: &mut Remarks) -> Located<Tree> {
    let mut fields = super::document(NODE, flags, remarks);
    control_plane(flags, &mut fields, remarks);
    match flags.needs {
        DiscoveryNeed::Wanted => discovery(flags, &mut fields, remarks),
        DiscoveryNeed::ByAdminConf => {}
    }
    bare(Tree::Map(fields))
}

fn control_plane(flags: &JoinFlags, fields: &mut BTreeMap<String, Located<Tree>>, remarks: &mut Remarks) {
    let settings = settings(CONTROL_PLANE, flags, remarks);
    if flags.control_plane == Some(true) {
        let empty = at_flag("control-plane", "controlPlane", Tree::Map(BTreeMap::new()));
        fields.insert("controlPlane".to_owned(), empty);
        for Setting { field, given, .. } in settings {
            put(fields, field, given);
        }
    } else {
        for Setting { given, .. } in settings {
            remarks.warn(&given.at, Caution::OnlyForControlPlanes);
        }
    }
}

/// Without an API server the flags of the discovery by token have no meaning, as in kubeadm.
fn discovery(flags: &JoinFlags, fields: &mut BTreeMap<String, Located<Tree>>, remarks: &mut Remarks) {
    let server = server(flags);
    let by_token =
        settings(BOTH_TOKENS, flags, remarks).into_iter().chain(settings(BY_TOKEN, flags, remarks));
    for Setting { flag, field, given } in by_token {
        match &server {
            Some(_) => put(fields, field, given),
            None if flag == TOKEN => {}
            None => remarks.warn(&given.at, Caution::OnlyForTokens),
        }
    }
    // The token of the discovery by token is the kubelet's too, unless that gets one of its own.
    if let (Some(token), true) = (&flags.token, server.is_none() || flags.discovery_token.is_some()) {
        put(fields, TLS_FIELD, at_flag(TOKEN, TLS_FIELD, secret(token)));
    }
    for Setting { field, given, .. } in settings(DISCOVERY, flags, remarks) {
        put(fields, field, given);
    }
    if let Some(server) = server {
        put(fields, SERVER_FIELD, server);
    }
}

fn secret(secret: &Secret) -> Tree {
    Tree::Text(secret.expose_secret().to_owned())
}

fn server(flags: &JoinFlags) -> Option<Located<Tree>> {
    let text = flags.api_server_endpoint.clone().filter(|text| !text.is_empty())?;
    let at = At { place: Place::Argument(SERVER), field: SERVER_FIELD.to_owned() };
    Some(Located { value: Tree::Text(text), at })
}

/// Lays those flags that may stand beside `--config` over the file's JoinConfiguration, and refuses the others.
pub fn beside_config(flags: &JoinFlags, mut join: Located<Tree>, remarks: &mut Remarks) -> Located<Tree> {
    for rows in [NODE, ROLE, CONTROL_PLANE, BOTH_TOKENS, DISCOVERY, BY_TOKEN] {
        lay_over(rows, flags, &mut join, remarks);
    }
    if let Some(server) = server(flags) {
        remarks.warn(&server.at, Caution::ServerBesideConfig);
    }
    join
}

/// Names the flag, or the argument, that would have given what no flag has.
pub fn name_flags(errors: &mut [ConfigError]) {
    for error in errors.iter_mut().filter(|error| error.place == Place::Host) {
        if error.problem == Problem::NoDiscovery {
            (error.place, error.problem) = (Place::Argument(SERVER), Problem::NoServer);
        } else if let Some(flag) = flag(&error.field) {
            error.place = Place::Flag(flag);
        }
    }
}

/// The flag of the field, or of one below it.
fn flag(field: &str) -> Option<&'static str> {
    let is_of = |row: &&Row<JoinFlags>| {
        row.1.strip_prefix(field).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    [BOTH_TOKENS, BY_TOKEN, DISCOVERY].into_iter().flatten().find(is_of).map(|(flag, _, _)| *flag)
}
