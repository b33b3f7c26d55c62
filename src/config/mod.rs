//! YAML and flags → one complete, valid [`Config`].

#[cfg(test)]
pub(crate) mod fixture;
mod images;
mod model;
mod names;

pub use images::DEFAULT_REPOSITORY;
pub use model::{
    ApiEndpoint, ApiServer, Arg, BootstrapToken, Cluster, Component, ComponentDocument, Config, Dns, Etcd,
    Expiry, ExternalEtcd, HostPathMount, HostPort, ImageMeta, ImagePullPolicy, Init, KeyAlgorithm, LocalEtcd,
    Networking, NodeRegistration, Timeouts, TokenString,
};
pub use names::{BadNodeName, NodeName, is_subdomain};
