//! What is in the folder of certificates → what init and join have made of it, which goes, and what others have put there,
//! which stays.

use std::path::Path;

use super::{Removal, What};
use crate::facts::{EtcdSeen, PathState, ResetFacts};
use crate::pki::{Ca, ENTRIES, Entry, Holds};

const ETCD: &str = "etcd";
/// Of a certificate, its key, the key that checks service accounts' tokens, and a request of `certs generate-csr`.
const ENDINGS: [&str; 4] = ["crt", "key", "pub", "csr"];

/// Whose the certificates of etcd are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum EtcdFiles {
    /// init's or join's, whose etcd goes with them.
    Own,
    /// Those of an etcd that stays: init makes none for it.
    Others,
}

#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Sorted {
    /// What goes.
    pub removals: Vec<Removal>,
    /// By their paths below the folder.
    pub stays: Vec<String>,
}

/// Without a manifest, the CA's key tells: an init or a join writes it first, and beside another etcd neither does. So a second
/// reset keeps what the first one has kept.
pub(super) fn etcd_files(seen: &EtcdSeen, folder: &Path, facts: &ResetFacts) -> EtcdFiles {
    match seen {
        EtcdSeen::Local(_) | EtcdSeen::Unreadable(_) => EtcdFiles::Own,
        EtcdSeen::External => EtcdFiles::Others,
        EtcdSeen::None { .. } => match facts.at(&folder.join(ETCD)) {
            PathState::Folder(names) if names.iter().any(|name| name == "ca.key") => EtcdFiles::Own,
            PathState::Folder(_)
            | PathState::Missing
            | PathState::Link(_)
            | PathState::File
            | PathState::Unseen(_) => EtcdFiles::Others,
        },
    }
}

/// By the catalogue's names. `temporary` is what the names of half-written files begin with.
pub(super) fn sort(
    folder: &Path,
    names: &[String],
    facts: &ResetFacts,
    etcd: EtcdFiles,
    temporary: &str,
) -> Sorted {
    let mut sorted = Sorted::default();
    let is_made =
        |below: &str, name: &str| name.starts_with(temporary) || is_named(&format!("{below}{name}"), etcd);
    let (mut made, mut others): (Vec<String>, Vec<String>) =
        names.iter().filter(|name| *name != ETCD).cloned().partition(|name| is_made("", name));
    if names.iter().any(|name| name == ETCD) {
        match facts.at(&folder.join(ETCD)) {
            PathState::Folder(below) => {
                let (ours, rest): (Vec<_>, Vec<_>) =
                    below.into_iter().partition(|name| is_made("etcd/", name));
                if rest.is_empty() {
                    made.push(ETCD.to_owned());
                } else if !ours.is_empty() {
                    sorted.removals.push(these(&folder.join(ETCD), ours));
                }
                others.extend(rest.into_iter().map(|name| format!("{ETCD}/{name}")));
            }
            PathState::Missing => {}
            PathState::Link(_) | PathState::File | PathState::Unseen(_) => others.push(ETCD.to_owned()),
        }
    }
    if !made.is_empty() {
        sorted.removals.push(these(folder, made));
    }
    sorted.stays = others;
    sorted
}

/// Backwards by name, as a whole folder goes.
fn these(folder: &Path, mut names: Vec<String>) -> Removal {
    names.sort_by(|a, b| b.cmp(a));
    Removal { path: folder.to_owned(), what: What::These(names) }
}

fn is_named(path: &str, etcd: EtcdFiles) -> bool {
    let is_it = |entry: &&Entry| {
        let ending = path.strip_prefix(entry.stem).and_then(|end| end.strip_prefix('.'));
        ending.is_some_and(|ending| ENDINGS.contains(&ending))
    };
    ENTRIES.iter().find(is_it).is_some_and(|entry| etcd == EtcdFiles::Own || !is_of_etcd(entry))
}

const fn is_of_etcd(entry: &Entry) -> bool {
    match entry.holds {
        Holds::Authority { ca, .. } | Holds::Leaf { signer: ca, .. } => matches!(ca, Ca::Etcd),
        Holds::ServiceAccountKeys => false,
    }
}
