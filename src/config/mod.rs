//! YAML and flags → one complete, valid [`Config`], for `init`, or [`Join`] or [`Reset`].

mod certificate_key;
mod checked;
mod cluster;
mod complete;
mod defaults;
mod document;
pub mod encode;
mod error;
mod excerpt;
#[cfg(test)]
pub(crate) mod fixture;
mod flags;
mod format;
mod given;
mod host_path;
mod ids;
mod images;
mod migrate;
mod join;
mod judged;
mod kind;
mod names;
mod node;
mod not_taken;
mod places;
mod print;
mod problem;
mod read;
mod requested;
mod requested_join;
mod reset;
mod resolve;
mod run;
mod scalar;
mod sensitive;
mod source_file;
mod spec;
mod stored;
mod suggest;
#[cfg(test)]
mod tests;
mod token;
mod unstored;
mod upgrade;
mod v1beta3;
mod validate;
mod walk;
mod warning;
mod config_file;
mod words;
mod write;

pub use certificate_key::CertificateKey;
pub use cluster::{
    ApiServer, Arg, ClusterSpec, ComponentDocument, ComponentSettings, Dns, Etcd, ExternalEtcd,
    HostPathMount, HostPort, ImageMeta, KeyAlgorithm, LocalEtcd, Networking,
};
pub use config_file::Assumed;
pub use error::{ConfigError, ConfigErrors, Place};
pub use excerpt::Excerpt;
pub use flags::{
    DiscoveryNeed, Flags, JoinFlags, NewToken, ResetFlags, TokenMaker, UpgradeApplyFlags, UpgradeDiffFlags,
    UpgradeFlags, UpgradeNodeFlags, UpgradePlanFlags,
};
pub use given::{At, Located, Unknown};
pub use host_path::{check_path_of_flag, host_path, refuse_upwards};
pub use images::DEFAULT_REPOSITORY;
pub use join::{CaPin, Discovery, DiscoverySource, Join, TokenDiscovery};
pub use judged::document_faults;
pub use migrate::{FieldChange, Migrated, Migration, What};
pub use names::{BadNodeName, NodeName, is_subdomain};
pub use node::{ApiEndpoint, ImagePullPolicy, NodeRole, NodeSpec, Timeouts};
pub use not_taken::{FlagFate, NotTaken, Release, gates_in};
pub use print::{Defaults, Printed, first_of, print};
pub use problem::Problem;
pub use read::is_token_id;
pub use requested::{Advertise, Requested, RequestedInit, RequestedNode, RequestedRun, RequestedToken};
pub use requested_join::{RequestedControlPlane, RequestedJoin};
pub use reset::{OF_THE_SYSTEM, RequestedReset, Reset, ResetDefaults, UnmountFlag, is_of_the_system};
pub use resolve::{HostAddresses, HostDefaults, Need, resolve, resolve_join, resolve_runtime};
pub use run::RunOptions;
pub use source_file::SourceFile;
pub use spec::{Config, ControlPlane, Spec};
pub use stored::{Stored, StoredText, StoredTexts, unknown_cluster};
pub(crate) use suggest::nearest;
pub use token::{BootstrapToken, Expiry, TokenOrigin, TokenString};
pub use upgrade::{Allowed, RequestedUpgrade, RequestedUpgradeDiff, RequestedUpgradePlan};
pub use validate::validate;
pub use warning::{Caution, ConfigWarning};
pub use write::{cluster_configuration_document, stored_cluster_configuration};
