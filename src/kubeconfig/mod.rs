//! kubeconfigs: the document, the five files that init writes, the one that a joining node begins with, and the
//! judgement of those that exist.

mod beyond;
mod bootstrap;
mod catalogue;
mod connection;
mod decide;
mod document;
mod embedded;
mod places;
mod plugin;
mod render;
mod server_url;
mod existing;

pub use beyond::Beyond;
pub use bootstrap::NotEmbedded;
pub use catalogue::{Endpoint, FILES, File, Kubeconfig, User, catalogue, of_user};
pub use connection::{ActsAs, Connection, Credentials, NoConnection, Part, Trust};
pub use decide::{ClusterCa, Decision, FoundKubeconfig, Kept, Reason, Refusal, Remedy, decide};
pub use document::{
    AuthInfo, BadKubeconfig, Cluster, Context, Document, NamedAuthInfo, NamedCluster, NamedContext,
};
pub use embedded::{Embedded, NoClient, with_key_alone};
pub use existing::{ClientCertificate, Reach, client_certificate, point_at_certificate, with_authorities};
pub use places::{authority_file, beside, named_files};
pub use plugin::{BadCredential, BadPlugin, Credential, Plugin};
pub use render::{render, render_with_token};
pub use server_url::{BadServerUrl, ServerUrl};
