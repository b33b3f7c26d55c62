//! Configuration → every object that `init` puts into the cluster, one function a phase.
//!
//! Values are all that is made here: what is written, how, and as whom stands on each [`Object`]; sending it is
//! the host's work.

mod bootstrap_token;
mod cluster_info;
mod controllers;
mod coredns;
mod cri_socket;
mod found_token;
mod grants;
pub mod jws;
mod kube_proxy;
mod mark_control_plane;
mod object;
mod overlay;
mod sealed;
mod template;
mod upload_certs;
mod upload_config;

pub use bootstrap_token::{
    ReconciledToken, TokenFate, bootstrap_token, join_rights, new_token_secret, secret_name, token_secret,
};
pub use controllers::{FeatureGates, controller_manager};
pub use coredns::{SeenAddons, SeenDns, addon_coredns, coredns_deployment};
pub use cri_socket::cri_socket;
pub use found_token::{BadTokenSecret, found_token};
pub use grants::cluster_admins;
pub use kube_proxy::{addon_kube_proxy, kube_proxy_daemon_set};
pub use mark_control_plane::mark_control_plane;
pub use object::{Body, Identity, Object, ObjectKind, Owner, Write};
pub use overlay::{essence, written_over};
pub use sealed::{REDACTED, SecretBody};
pub use upload_certs::{UploadToken, certificates_secret, upload_certs};
pub use upload_config::{is_generated, upload_kubeadm_config, upload_kubelet_config};

use super::patches::Unfit;
use crate::yaml::BadYaml;

/// Why an object could not be made of the configuration.
#[derive(Debug, thiserror::Error)]
pub enum BadObject {
    /// A patch has left something that is no Deployment or DaemonSet any more.
    #[error(
        "the {kind} {name:?} is not valid once the patches are applied; look at the patches for {target}"
    )]
    Patched {
        /// `Deployment` or `DaemonSet`.
        kind: &'static str,
        /// The object's name.
        name: &'static str,
        /// The patches' target, as it begins their file names.
        target: &'static str,
        /// What a reader of that kind says.
        #[source]
        source: serde_json::Error,
    },
    /// A patch has left something that the API server would refuse.
    #[error(transparent)]
    Unfit(#[from] Unfit),
    /// A document inside of an object holds a value that YAML has no form for.
    #[error("the text of {what} cannot be written as YAML")]
    Text {
        /// The document, as in `kubelet-config`.
        what: &'static str,
        /// What the writer says.
        #[source]
        source: BadYaml,
    },
}

#[cfg(test)]
mod tests;
