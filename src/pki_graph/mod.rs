//! The keys, certificates and kubeconfigs of a node or of several → one graph (who signs whom, who holds, reads and trusts what, who
//! dials whom), and what is wrong with it.
//!
//! `host::observe` reads files as [`Content`]s, of which no private half is kept. [`Graph`] follows what flags and kubeconfigs name,
//! not paths, and [`judge`] is a question to it. Nothing is looked at here, and the time is an argument.

mod content;
mod fault;
mod finding;
mod flags;
mod graph;
mod hash;
mod judge;
mod kubeconfigs;
mod kubelet;
mod layout;
mod node;
mod picture;
mod program;
mod relation;
mod role;
mod seen;
mod signatures;
mod thresholds;

pub use content::{Certificate, Content, Pem, content};
pub use fault::Fault;
pub use finding::{Finding, Severity};
pub use graph::{Edge, EdgeKind, Graph, PlaceNode};
pub use hash::Hash;
pub use judge::judge;
pub use layout::{FOLDERS, Folder, Layout, wanted};
pub use picture::{LineKind, Marks, Picture, PictureBox, PictureLine, days, mark};
pub use relation::{RELATIONS, Relation};
pub use role::{Role, Trust};
pub use seen::{NotLooked, SeenFile, Tree};
pub use thresholds::{BadThreshold, Limits, Threshold};
