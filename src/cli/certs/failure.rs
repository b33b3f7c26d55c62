//! Why a command of `certs` came to nothing.

use std::path::PathBuf;

use serde_json::Value;

use crate::host::ApplyError;
use crate::pki_graph::Severity;
use crate::plan::{Reissue, ReissueOutcome};
use crate::report::{Document, DocumentKind, Status};

/// What exit codes mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Codes {
    /// 2 is critical, 4 a warning.
    Own,
    /// 2 is critical, 1 a warning.
    Nagios,
}

/// Why a command of `certs` came to nothing.
#[derive(Debug, thiserror::Error)]
pub enum CertsFailure {
    /// The CA that would sign is an external one.
    #[error("nothing was renewed: {} is not here to sign {}", .key.display(), .names.join(", "))]
    External {
        /// Where its key would be.
        key: PathBuf,
        /// The certificates that were to be renewed.
        names: Vec<&'static str>,
    },
    /// No CA can be issued again here.
    #[error("no CA was issued again: {}", not_reissued(.reissues))]
    NotReissued {
        /// What was found of each.
        reissues: Vec<Reissue>,
    },
    /// The others are told all the same.
    #[error("the ends of these files cannot be told:\n  {}", .files.join("\n  "))]
    Unreadable {
        /// A line each, with what is wrong.
        files: Vec<String>,
    },
    /// What is wrong was told already.
    #[error("the PKI has faults: {counted}")]
    Faults {
        /// The exit code tells it.
        worst: Severity,
        /// By which codes.
        codes: Codes,
        /// Such as `1 critical, 2 warnings`.
        counted: String,
    },
    /// An empty folder, or one that cannot be looked into.
    #[error("there is nothing of a cluster below {}", .root.display())]
    NothingToCheck {
        /// As it was given.
        root: PathBuf,
        /// What was in the way.
        #[source]
        why: Option<std::io::Error>,
    },
    /// Neither a file nor the cluster has one.
    #[error("--from-config needs the configuration, and {why}")]
    NoConfiguration {
        /// What was in the way, to complete the message.
        why: String,
    },
    /// A certificate was not written.
    #[error("cannot write {name}")]
    NotWritten {
        /// Its name, such as `apiserver`.
        name: &'static str,
        /// What was in the way.
        #[source]
        source: ApplyError,
        /// Those before it.
        done: Vec<&'static str>,
        /// What programs read of them.
        document: Box<Document>,
    },
}

fn not_reissued(reissues: &[Reissue]) -> String {
    let each = reissues.iter().map(|reissue| {
        let path = reissue.path.display();
        match &reissue.outcome {
            ReissueOutcome::Missing => format!("there is no {path}"),
            ReissueOutcome::External { key } => format!("{} is not here to sign {path}", key.display()),
            ReissueOutcome::Intermediate { why } => format!("{path} {why}"),
            ReissueOutcome::Kept { .. } | ReissueOutcome::Reissued { .. } => format!("{path} stays"),
        }
    });
    each.collect::<Vec<_>>().join("; ")
}

/// Whoever has the key that signs a CA can issue it again.
fn where_it_can_be(reissue: &Reissue) -> Option<String> {
    let path = reissue.path.display();
    match &reissue.outcome {
        ReissueOutcome::External { .. } => Some(format!(
            "this is an external CA: where its key is, `kubewright certs reissue-ca all --cert-dir DIR` issues it again in a folder \
             that has both; then put the new certificate in the place of {path} on each node"
        )),
        ReissueOutcome::Intermediate { .. } => Some(format!(
            "have that CA sign it again for the same key, with the same subject and extensions: `openssl x509 -x509toreq \
             -copy_extensions copy -in {path} -signkey KEY` makes the request"
        )),
        ReissueOutcome::Missing | ReissueOutcome::Kept { .. } | ReissueOutcome::Reissued { .. } => None,
    }
}

impl CertsFailure {
    /// What to do about it.
    pub fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Unreadable { .. } => return None,
            Self::Faults { .. } => "`kubewright explain ID` says more of each".to_owned(),
            Self::NothingToCheck { .. } => "a copy of a host's files has etc/kubernetes in it: `tar -C / -c etc/kubernetes \
                 var/lib/kubelet/pki var/lib/kubelet/config.yaml`"
                .to_owned(),
            Self::External { .. } => "this is an external CA: `kubewright certs generate-csr --cert-dir DIR --kubeconfig-dir DIR` \
                 makes new keys and requests in folders of their own; have the CA sign these, and put keys and certificates in the \
                 place of the old ones together"
                .to_owned(),
            Self::NotReissued { reissues } => {
                return reissues.iter().find_map(where_it_can_be);
            }
            Self::NoConfiguration { .. } => "give --config FILE with the cluster's configuration".to_owned(),
            Self::NotWritten { source, done, .. } => {
                let fix = source.file_hint().unwrap_or_else(|| "fix what is named".to_owned());
                if done.is_empty() {
                    format!("{fix}, and run this again; nothing was changed")
                } else {
                    format!("already done: {}; {fix}, and run this again", done.join(", "))
                }
            }
        })
    }

    /// For programs, without the error: what was done before it failed.
    pub fn document(&self) -> Document {
        match self {
            Self::NotWritten { document, .. } => (**document).clone(),
            Self::External { .. }
            | Self::NotReissued { .. }
            | Self::Unreadable { .. }
            | Self::Faults { .. }
            | Self::NothingToCheck { .. }
            | Self::NoConfiguration { .. } => {
                Document::new(DocumentKind::Failure, Status::Failed, Value::Null)
            }
        }
    }
}
