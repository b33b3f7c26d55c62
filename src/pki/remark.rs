//! What the user should know of certificates that are kept or made, and that is no reason to refuse them.

use std::fmt;

use jiff::{SignedDuration, Timestamp};

use super::catalogue::{Ca, Contents, Item, LeafRequest};
use super::decide::{self, Decision, Kept};
use super::existing::Existing;
use super::inspect::{self, FoundCert};
use crate::duration::GoDuration;

/// Paths are those below the certificates directory, names those of files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Remark {
    /// What is signed now ends after its CA, and holds no longer than that.
    Outlives {
        /// The CA's file.
        ca: String,
        /// The CA's end.
        until: Timestamp,
        /// The files of what is signed now.
        names: Vec<String>,
    },
    /// A server or a client that may sign certificates too.
    SignsOthers {
        /// The certificate's file.
        path: String,
        /// The file of its CA.
        signer: String,
    },
    /// A certificate that is kept without names that the configuration wants.
    Lacks {
        /// The certificate's file.
        path: String,
        /// The host names and addresses that it lacks.
        names: Vec<String>,
    },
}

impl fmt::Display for Remark {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Outlives { ca, until, names } => write!(
                out,
                "the CA {ca} ends at {until}, before what it signs now, which holds no longer than the CA: {}; have the CA issued again in \
                 time, with the same key",
                names.join(", ")
            ),
            Self::SignsOthers { path, signer } => write!(
                out,
                "{path} says CA:TRUE of itself: whoever has its key can sign certificates that {signer} vouches for; it is kept, and \
                 renewing it makes one that cannot"
            ),
            Self::Lacks { path, names } => {
                write!(
                    out,
                    "{path} is kept, though it lacks the names {}; `certs renew --from-config` adds them",
                    names.join(", ")
                )
            }
        }
    }
}

/// The end of a CA, if that comes before the end of what it signs now for so long.
pub fn ends_before(ca: &FoundCert, now: Timestamp, validity: GoDuration) -> Option<Timestamp> {
    let end = now.checked_add(SignedDuration::from_nanos(validity.nanoseconds())).ok()?;
    (ca.not_after.as_second() < end.as_second()).then_some(ca.not_after)
}

/// Of all that was decided on.
pub fn remarks(decided: &[(Item, Decision)], existing: &Existing, now: Timestamp) -> Vec<Remark> {
    let mut all = Vec::new();
    for (item, decision) in decided {
        match &item.contents {
            Contents::Leaf(request) => all.extend(of_leaf(item, request, *decision, existing)),
            Contents::Authority(_) | Contents::ServiceAccountKeys => {}
        }
    }
    all.extend(Ca::ALL.into_iter().filter_map(|ca| outlived(ca, decided, existing, now)));
    all
}

fn of_leaf(item: &Item, request: &LeafRequest, decision: Decision, existing: &Existing) -> Vec<Remark> {
    let path = item.certificate_path();
    let found = existing.get(&path).and_then(|text| inspect::certificates(text).ok());
    let (Decision::Keep(kept), Some(found)) = (decision, found) else { return Vec::new() };
    let lacks = (kept == Kept::Lacking)
        .then(|| Remark::Lacks { path: path.clone(), names: decide::lacking(&found.own, &request.sans) });
    let signs = (found.own.is_ca && found.own.may_sign)
        .then(|| Remark::SignsOthers { path, signer: request.signer.certificate_path() });
    lacks.into_iter().chain(signs).collect()
}

fn outlived(ca: Ca, decided: &[(Item, Decision)], existing: &Existing, now: Timestamp) -> Option<Remark> {
    let path = ca.certificate_path();
    let found = existing.get(&path).and_then(|text| inspect::certificates(text).ok())?.own;
    let is_late = |(item, decision): &&(Item, Decision)| match (&item.contents, decision) {
        (Contents::Leaf(request), Decision::Create | Decision::CompleteCertificate) => {
            request.signer == ca && ends_before(&found, now, request.validity).is_some()
        }
        _ => false,
    };
    let names: Vec<String> =
        decided.iter().filter(is_late).map(|(item, _)| item.certificate_path()).collect();
    (!names.is_empty()).then_some(Remark::Outlives { ca: path, until: found.not_after, names })
}
