//! The CAs of a node, issued again by the keys that they have: which are and why, and the files that the new certificates go into.
//!
//! What a CA has signed holds below the old certificate and below the new one, so nothing else changes, and in no order.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use jiff::{SignedDuration, Timestamp};

use super::draft::PlanError;
use super::inputs::{KUBELET, KUBERNETES, certificate_path};
use super::renewable::{authorities, renewal_paths};
use super::{Action, Content, Expect, File, FileKind, Files};
use crate::config::Spec;
use crate::duration::GoDuration;
use crate::kubeconfig;
use crate::pki::{self, Ca, FoundCert, KeySource, NewLife, NotReissued, PrivateKey};
use crate::pki_graph::{Content as Seen, Graph, Role};

mod below;
mod copies;

/// All that CAs are issued again from.
#[derive(Debug)]
pub struct ReissueInputs<'a> {
    /// The configuration that says which CAs there are, and where.
    pub spec: Spec<'a>,
    /// Those of [`reissue_paths`] that are there.
    pub files: &'a Files,
    /// The keys, certificates and kubeconfigs of this one host.
    pub graph: &'a Graph<'a>,
    /// kubeadm's names of the CAs; those that the configuration does not have count as missing.
    pub names: &'a [&'static str],
    /// Of the new certificates; that of the old one where it is not said.
    pub validity: Option<GoDuration>,
    /// Even where the new one would hold hardly longer than the old one.
    pub again: bool,
    /// From here new certificates' lives are counted.
    pub now: Timestamp,
}

/// What becomes of one CA.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reissue {
    /// kubeadm's name, such as `etcd-ca`.
    pub name: &'static str,
    /// Its certificate's file.
    pub path: PathBuf,
    /// What has become of it.
    pub outcome: ReissueOutcome,
    /// The first end of an older copy of it on this host, which may still be in use.
    pub older_until: Option<Timestamp>,
    /// The programs of this host that read it only when they start.
    pub readers: BTreeSet<&'static str>,
    /// Where an older copy stays.
    pub left: BTreeSet<String>,
}

/// Whether a CA's certificate was issued again, and if not, why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReissueOutcome {
    /// There is no such CA on this host.
    Missing,
    /// Its key, which has this path, is not here.
    External {
        /// Where the key would be.
        key: PathBuf,
    },
    /// Another CA has signed it.
    Intermediate {
        /// What is said of that.
        why: String,
    },
    /// A new one would hold hardly longer.
    Kept {
        /// Its end.
        until: Timestamp,
        /// The end of a new one.
        would: Timestamp,
    },
    /// It is issued again.
    Reissued {
        /// The new certificate's end.
        until: Timestamp,
        /// The old one's.
        old_until: Timestamp,
        /// Whether its serial number stays, since something names it.
        keeps_serial: bool,
        /// How many certificates on this host hold below the old one and the new one.
        held: usize,
    },
}

/// Something that the user should know of.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReissueRemark {
    /// One authority key identifier has more in it than a key's.
    #[error("{} keeps its serial number, since it is named by {}", .ca.display(), .by.join(", "))]
    SerialStays {
        /// The CA's file.
        ca: PathBuf,
        /// What names it.
        by: Vec<String>,
    },
    /// The new certificate ends before the old one.
    #[error("{} will end at {until}, before the old one, which ends at {old_until}", .ca.display())]
    EndsEarlier {
        /// The CA's file.
        ca: PathBuf,
        /// The new one's end.
        until: Timestamp,
        /// The old one's end.
        old_until: Timestamp,
    },
    /// It may be a certificate that would not hold.
    #[error("{} was not looked at: {why}", .path.display())]
    NotLooked {
        /// A file.
        path: PathBuf,
        /// What was in the way.
        why: String,
    },
}

/// What becomes of each CA, and the actions that carry it out.
#[derive(Debug)]
pub struct ReissuePlan {
    /// In the order of the names.
    pub reissues: Vec<Reissue>,
    /// By the names of the CAs, in the same order; the CA's own file first.
    pub actions: Vec<(&'static str, Action)>,
    /// What the user should know of it.
    pub remarks: Vec<ReissueRemark>,
}

/// So much of its life a new certificate has to gain, one divided by this: a run that is made twice issues nothing twice.
const LEAST_GAIN: i64 = 10;

/// Every file that may be read or replaced: the CAs and their keys, kubeadm's certificates, and the kubeconfigs of the node.
pub fn reissue_paths(spec: Spec<'_>, graph: &Graph<'_>) -> Vec<PathBuf> {
    let keys: Vec<PathBuf> =
        Ca::ALL.into_iter().map(|ca| certificate_path(spec.cluster, &ca.key_path())).collect();
    let known = renewal_paths(spec, Path::new(KUBERNETES)).into_iter();
    let known = known.filter(|path| path.extension().is_none_or(|end| end != "key") || keys.contains(path));
    let files = graph.nodes.iter().flat_map(|node| &node.tree.files);
    let kubeconfigs = files.filter(|(_, file)| matches!(file.content, Seen::Kubeconfig(_)));
    let here = kubeconfigs.map(|(path, _)| path).filter(|path| path.parent() == Some(Path::new(KUBERNETES)));
    let clients = graph.nodes.iter().flat_map(|node| &node.clients);
    let kubelets = clients.filter(|client| client.role == Role::Kubelet).map(|client| &client.path);
    let all: BTreeSet<PathBuf> = known.chain(here.chain(kubelets).cloned()).collect();
    all.into_iter().collect()
}

/// Decides on each CA, makes its certificate, and holds all that it has signed against it; nothing is written yet.
///
/// # Errors
/// Every CA that cannot be used, and every certificate that would not hold, all at once.
pub fn reissue(inputs: &ReissueInputs<'_>, keys: &dyn KeySource) -> Result<ReissuePlan, PlanError> {
    let mut plan = ReissuePlan { reissues: Vec::new(), actions: Vec::new(), remarks: not_looked(inputs) };
    let mut files = inputs.files.clone();
    let mut refusals = Vec::new();
    for name in inputs.names {
        let target = Target::of(name, inputs);
        match target.fate(inputs, keys) {
            Ok(fate) => target.carry_on(fate, inputs, &mut files, &mut plan),
            Err(all) => refusals.extend(all),
        }
    }
    if refusals.is_empty() { Ok(plan) } else { Err(PlanError::Refused(refusals)) }
}

fn not_looked(inputs: &ReissueInputs<'_>) -> Vec<ReissueRemark> {
    let unread = inputs.graph.nodes.iter().flat_map(|node| &node.tree.unread);
    // Elsewhere nothing of a node is looked for.
    let ours = unread.filter(|one| one.path.starts_with(KUBERNETES) || one.path.starts_with(KUBELET));
    ours.map(|one| ReissueRemark::NotLooked { path: one.path.clone(), why: one.why.clone() }).collect()
}

/// One CA's files.
struct Target {
    name: &'static str,
    certificate: PathBuf,
    key: PathBuf,
    is_wanted: bool,
}

/// What was decided of it.
enum Fate {
    Stays(ReissueOutcome),
    /// This certificate is the one from now on; kept or new.
    Is(Box<FoundCert>, ReissueOutcome, Vec<ReissueRemark>),
}

impl Target {
    fn of(name: &'static str, inputs: &ReissueInputs<'_>) -> Self {
        let ca = Ca::ALL.into_iter().find(|ca| ca.name() == name).unwrap_or(Ca::Cluster);
        let path = |below: String| certificate_path(inputs.spec.cluster, &below);
        let is_wanted = authorities(inputs.spec).iter().any(|(own, _)| *own == ca);
        Self { name, certificate: path(ca.certificate_path()), key: path(ca.key_path()), is_wanted }
    }

    /// Each refusal is a whole sentence, with its path.
    fn fate(&self, inputs: &ReissueInputs<'_>, keys: &dyn KeySource) -> Result<Fate, Vec<String>> {
        let of_certificate = |why: String| vec![format!("{} {why}", self.certificate.display())];
        let of_key = |why: pki::BadKey| vec![format!("{} cannot be used: {why}", self.key.display())];
        let text = inputs.files.get(&self.certificate).filter(|_| self.is_wanted);
        let Some(text) = text else { return Ok(Fate::Stays(ReissueOutcome::Missing)) };
        let bundle = pki::certificates(text.bytes())
            .map_err(|bad| of_certificate(format!("cannot be used: {bad}")))?;
        let Some(key) = inputs.files.get(&self.key) else {
            return Ok(Fate::Stays(ReissueOutcome::External { key: self.key.clone() }));
        };
        let key = PrivateKey::from_pem(key.bytes()).map_err(of_key)?;
        let own = bundle.iter().filter(|cert| cert.belongs_to(&key)).max_by_key(|cert| cert.not_after);
        let Some(old) = own else {
            return Err(of_certificate(NotReissued::OtherKey.to_string()));
        };
        let below = below::signed_with(old, inputs);
        let serial = if below.serial_named_by.is_empty() {
            Some(keys.serial(self.name).map_err(of_key)?)
        } else {
            None
        };
        let validity = inputs.validity.unwrap_or_else(|| span(old));
        let new = match pki::reissue(old, &key, NewLife { serial, now: inputs.now, validity }) {
            Ok(new) => new,
            Err(why @ NotReissued::Intermediate { .. }) => {
                return Ok(Fate::Stays(ReissueOutcome::Intermediate { why: why.to_string() }));
            }
            Err(why) => return Err(of_certificate(why.to_string())),
        };
        let gain = new.not_after.duration_since(old.not_after);
        if !inputs.again && gain < SignedDuration::from_nanos(validity.nanoseconds() / LEAST_GAIN) {
            let outcome = ReissueOutcome::Kept { until: old.not_after, would: new.not_after };
            return Ok(Fate::Is(Box::new(old.clone()), outcome, Vec::new()));
        }
        let broken = below.broken(&[old, &new], &self.certificate, inputs.now);
        if !broken.is_empty() {
            return Err(broken);
        }
        let outcome = ReissueOutcome::Reissued {
            until: new.not_after,
            old_until: old.not_after,
            keeps_serial: serial.is_none(),
            held: below.bundles.len(),
        };
        let remarks = self.remarks(&new, old, below.serial_named_by);
        Ok(Fate::Is(Box::new(new), outcome, remarks))
    }

    fn remarks(&self, new: &FoundCert, old: &FoundCert, by: Vec<String>) -> Vec<ReissueRemark> {
        let ca = || self.certificate.clone();
        let stays = (!by.is_empty()).then(|| ReissueRemark::SerialStays { ca: ca(), by });
        let (until, old_until) = (new.not_after, old.not_after);
        let earlier = (until < old_until).then(|| ReissueRemark::EndsEarlier { ca: ca(), until, old_until });
        stays.into_iter().chain(earlier).collect()
    }

    /// `files` are those that are there when it is this CA's turn.
    fn carry_on(&self, fate: Fate, inputs: &ReissueInputs<'_>, files: &mut Files, plan: &mut ReissuePlan) {
        let mut reissue = Reissue {
            name: self.name,
            path: self.certificate.clone(),
            outcome: ReissueOutcome::Missing,
            older_until: None,
            readers: BTreeSet::new(),
            left: BTreeSet::new(),
        };
        match fate {
            Fate::Stays(outcome) => reissue.outcome = outcome,
            Fate::Is(cert, outcome, remarks) => {
                reissue.outcome = outcome;
                plan.remarks.extend(remarks);
                let groups = self.groups(&cert, files);
                let written: BTreeSet<PathBuf> =
                    groups.iter().flatten().map(|file| file.path.clone()).collect();
                let copies = copies::of(&cert, inputs.graph, &written);
                (reissue.readers, reissue.left) = (copies.readers, copies.left);
                reissue.older_until = copies.older_until;
                for group in groups.into_iter().filter(|group| !group.is_empty()) {
                    files.extend(group.iter().map(|file| (file.path.clone(), file.content.clone())));
                    plan.actions.push((self.name, Action::Replace(group)));
                }
            }
        }
        plan.reissues.push(reissue);
    }

    /// The CA's own file, and then the kubeconfigs, as far as they change: a run that is cut off between the two is gone on with.
    fn groups(&self, cert: &FoundCert, files: &Files) -> [Vec<File>; 2] {
        let file = |path: &Path, kind, old: &Content, new: Content| File {
            path: path.to_owned(),
            kind,
            content: new,
            expect: Expect::seen(Some(old.bytes())),
        };
        let own = files.get(&self.certificate).and_then(|text| {
            let new = pki::exchanged(text.bytes(), cert)?;
            let kind = FileKind::Pki(pki::FileKind::Certificate);
            Some(file(&self.certificate, kind, text, Content::new(new)))
        });
        let mut kubeconfigs = Vec::new();
        for (path, text) in files {
            // What is no kubeconfig has no CA to exchange; `certs check` says what is wrong with one that cannot be read.
            let Ok(Some(new)) = kubeconfig::with_authorities(text.bytes(), |pem| pki::exchanged(pem, cert))
            else {
                continue;
            };
            kubeconfigs.push(file(path, FileKind::Kubeconfig, text, Content::new(new.expose_secret())));
        }
        [own.into_iter().collect(), kubeconfigs]
    }
}

/// For how long it was to hold when it was made.
fn span(cert: &FoundCert) -> GoDuration {
    let seconds = cert.not_after.as_second().saturating_sub(cert.not_before.as_second());
    GoDuration::from_secs(seconds)
}

/// By kubeadm's names, in the order in which it makes them; in help, a sentence without its full stop.
pub const REISSUABLE: &[(&str, &str)] = &[
    ("ca", "Issue the cluster's CA again"),
    ("front-proxy-ca", "Issue the CA of the API server's aggregator again"),
    ("etcd-ca", "Issue etcd's CA again"),
];

#[cfg(test)]
mod tests;
