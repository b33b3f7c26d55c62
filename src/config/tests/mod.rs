//! The configuration from the outside: texts and flags in, configurations and errors out.

mod accepted;
mod cases;
mod excerpts;
mod flags;
mod host;
mod join;
mod join_flags;
mod laws;
mod of_v1beta3;
mod refused;
mod stored;

use super::{Config, Flags, HostAddresses, HostDefaults, Need, Requested, TokenString, resolve};

/// A host that has an answer to everything.
fn host() -> HostDefaults {
    HostDefaults {
        node_name: Some("Host-1".to_owned()),
        addresses: HostAddresses {
            default_route: Some([192, 0, 2, 10].into()),
            default_route_v6: Some("2001:db8::10".parse().unwrap()),
            loopback: Some([203, 0, 113, 7].into()),
        },
        cri_sockets: vec!["unix:///run/crio/crio.sock".to_owned()],
        fresh_tokens: vec![token("fresh1.0123456789abcdef"), token("fresh2.0123456789abcdef")],
    }
}

fn token(text: &str) -> TokenString {
    text.parse().unwrap()
}

/// The configuration of a file that is good, on [`host`].
fn configured(text: &str) -> Config {
    let requested =
        Requested::parse(Some(text), &Flags::default()).unwrap_or_else(|errors| panic!("{errors}"));
    resolve(requested, &host(), Need::Node).unwrap()
}

/// The configuration of flags alone, on [`host`].
fn flagged(flags: &Flags) -> Config {
    let requested = Requested::parse(None, flags).unwrap_or_else(|errors| panic!("{errors}"));
    resolve(requested, &host(), Need::Node).unwrap()
}

fn cluster(body: &str) -> String {
    format!("apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\n{body}")
}

fn init(body: &str) -> String {
    format!("apiVersion: kubeadm.k8s.io/v1beta4\nkind: InitConfiguration\n{body}")
}
