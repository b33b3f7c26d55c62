//! A command → the configuration that it works with where nothing is given, kubeadm's placeholders standing for what a
//! host would say.

use serde_json::{Value, json};

use super::config_file::Assumed;
use super::error::ConfigErrors;
use super::kind::ConfigKind;
use super::migrate::Migration;
use super::resolve::HostDefaults;
use super::{Config, defaults};

/// The command whose configuration it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Printed {
    /// InitConfiguration and ClusterConfiguration.
    Init,
    /// JoinConfiguration.
    Join,
    /// ResetConfiguration.
    Reset,
    /// UpgradeConfiguration.
    Upgrade,
}

impl Printed {
    /// What has to be said for a configuration to be valid, in the words that kubeadm prints.
    const fn template(self) -> &'static str {
        match self {
            Self::Init => include_str!("../../templates/defaults/init.yaml"),
            Self::Join => include_str!("../../templates/defaults/join.yaml"),
            Self::Reset => include_str!("../../templates/defaults/reset.yaml"),
            Self::Upgrade => include_str!("../../templates/defaults/upgrade.yaml"),
        }
    }
}

/// The documents as the version's kubeadm prints them, and for `init` what the components' own are made from.
#[derive(Debug)]
pub struct Defaults {
    /// With `apiVersion` and `kind`, in the order in which kubeadm prints them.
    pub documents: Vec<Value>,
    /// `None` but for `init`.
    pub config: Option<Config>,
}

/// Of the first version of the newest minor where none is given. `node_name` is that of a node which joins.
///
/// # Errors
/// The host's name is no node's name.
pub fn print(
    printed: Printed,
    version: Option<Assumed>,
    node_name: Option<String>,
) -> Result<Defaults, ConfigErrors> {
    let version = version.unwrap_or_else(first_of_the_newest);
    let plain = version.0.to_string().trim_start_matches('v').to_owned();
    let host = HostDefaults { node_name, ..HostDefaults::default() };
    let resolved = Migration::read(printed.template(), Some(version), &defaults::version)?.resolve(&host)?;
    let mut documents = resolved.documents();
    for (kind, document) in &mut documents {
        placeholders(*kind, document, &plain);
    }
    let documents = documents.into_iter().map(|(_, document)| document).collect();
    Ok(Defaults { documents, config: resolved.init })
}

fn first_of_the_newest() -> Assumed {
    first_of(defaults::version())
}

/// kubeadm prints the version of which it is a patch.
pub fn first_of((version, minor): Assumed) -> Assumed {
    let first = format!("{}.{}.0", version.major(), version.minor());
    (first.parse().unwrap_or(version), minor)
}

/// What is not yet decided when kubeadm prints: the taints, and the version's `v`.
fn placeholders(kind: ConfigKind, document: &mut Value, version: &str) {
    match kind {
        ConfigKind::Init => document["nodeRegistration"]["taints"] = Value::Null,
        ConfigKind::Cluster => document["kubernetesVersion"] = json!(version),
        ConfigKind::Join | ConfigKind::Reset | ConfigKind::Upgrade => {}
    }
}
