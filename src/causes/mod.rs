//! What was seen of a host while something is waited for and does not come → the cause, where it is one of the known.
//!
//! The causes are a table of rows, a file for each family of them; [`explain`] takes the first that fits.

mod cause;
mod certificates;
mod crash;
mod discovery;
mod etcd;
mod explanation;
mod flags;
mod images;
mod kubelet;
mod manifests;
mod network;
mod resources;
mod symptoms;
mod wanted;

#[cfg(test)]
pub(crate) mod fixture;

pub use cause::Cause;
pub use discovery::explain_discovery;
pub use etcd::{explain_health, explain_refusal};
pub use explanation::{Explanation, Outlook};
pub use symptoms::{
    Activity, ContainerSeen, ContainerState, KubeletSeen, KubeletUnit, Left, Line, Listener, ManifestsSeen,
    ServerSeen, Space, Speaker, Symptoms,
};
pub use wanted::{Address, Wanted, WantedComponent};

use explanation::Diagnosis;

/// One way in which a cause shows; a cause may have several.
struct Row {
    cause: Cause,
    judge: fn(&Symptoms, &Wanted) -> Option<Diagnosis>,
}

/// From what others follow from to what follows from others: a full disk is behind a crash loop, and not the other way.
const ROWS: &[&[Row]] = &[
    resources::ROWS,
    kubelet::ROWS,
    flags::ROWS,
    manifests::ROWS,
    images::ROWS,
    network::ROWS, // what answers at an address of somebody else has his certificate
    certificates::ROWS,
    etcd::ROWS,
    crash::ROWS,
];

/// The first row of the table that fits.
pub fn explain(symptoms: &Symptoms, wanted: &Wanted) -> Option<Explanation> {
    ROWS.iter().copied().flatten().find_map(|row| Some((row.judge)(symptoms, wanted)?.because_of(row.cause)))
}
