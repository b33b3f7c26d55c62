//! YAML and flags → one complete, valid [`Config`], for `init`, or [`Join`] or [`Reset`].

mod checked;
mod complete;
mod defaults;
mod document;
pub mod encode;
mod error;
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
mod model;
mod names;
mod places;
mod print;
mod problem;
mod read;
mod requested;
mod requested_join;
mod reset;
mod resolve;
mod scalar;
mod stored;
mod suggest;
#[cfg(test)]
mod tests;
mod unstored;
mod v1beta3;
mod validate;
mod walk;
mod warning;
mod config_file;
mod words;
mod write;

pub use config_file::Assumed;
pub use error::{ConfigError, ConfigErrors, Place};
pub use flags::{DiscoveryNeed, Flags, JoinFlags, NewToken, ResetFlags, TokenMaker};
pub use given::{At, Located, Unknown};
pub use host_path::{check_path_of_flag, host_path, refuse_upwards};
pub use images::DEFAULT_REPOSITORY;
pub use join::{CaPin, Discovery, DiscoverySource, Join, JoinControlPlane, TokenDiscovery};
pub use judged::document_faults;
pub use migrate::{Change, Migrated, Migration, What};
pub use model::{
    ApiEndpoint, ApiServer, Arg, BootstrapToken, Cluster, Component, ComponentDocument, Config, Dns, Etcd,
    Expiry, ExternalEtcd, HostPathMount, HostPort, ImageMeta, ImagePullPolicy, Init, KeyAlgorithm, LocalEtcd,
    Networking, NodeRegistration, Timeouts, TokenOrigin, TokenString,
};
pub use names::{BadNodeName, NodeName, is_subdomain};
pub use print::{Defaults, Printed, first_of, print};
pub use problem::Problem;
pub use read::is_token_id;
pub use requested::{Advertise, Requested, RequestedInit, RequestedNode, RequestedToken};
pub use requested_join::{RequestedControlPlane, RequestedJoin};
pub use reset::{OF_THE_SYSTEM, RequestedReset, Reset, ResetDefaults, UnmountFlag, is_of_the_system};
pub use resolve::{HostAddresses, HostDefaults, Need, resolve, resolve_join};
pub use stored::Stored;
pub use validate::validate;
pub use warning::{Caution, ConfigWarning};
pub use write::{cluster_configuration_document, stored_cluster_configuration};
