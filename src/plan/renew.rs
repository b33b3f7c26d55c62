//! A control plane's certificates × what they are to say → which are renewed and why → keys, certificates and the files
//! that they go into.

use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::draft::PlanError;
use super::inputs::{certificate_path, existing};
use super::renewable::{CertificateFiles, RenewalTarget, authorities, embedded, targets};
use super::{Action, Content, Expect, File, FileKind, Files};
use crate::config::Spec;
use crate::duration::GoDuration;
use crate::kubeconfig::Embedded;
use crate::pki::{
    self, Bundle, Ca, CertificateChange, Contents, Decision, Existing, FoundCert, Held, HeldKey, Item, Kept,
    KeySource, LeafRequest, Minted, Order, Remark,
};

/// All that a renewal is planned from.
#[derive(Debug)]
pub struct RenewInputs<'a> {
    /// The configuration that says which certificates there are, and where.
    pub spec: Spec<'a>,
    /// Those of [`super::renewal_paths`] and [`super::named_files`] that are there.
    pub files: &'a Files,
    /// Where `admin.conf` and its like are.
    pub kubeconfig_dir: &'a Path,
    /// By kubeadm's names; those that the configuration does not have count as missing.
    pub names: &'a [&'static str],
    /// Where the new certificates' contents come from.
    pub basis: Basis,
    /// From here new certificates' lives are counted, and by it the old ones are judged.
    pub now: Timestamp,
}

/// What a new certificate says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Basis {
    /// What the old one says, as kubeadm does it.
    Itself,
    /// What the configuration says now; where that is what the old one says, it stays.
    Configuration,
}

/// What becomes of one certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Renewal {
    /// kubeadm's name, such as `apiserver` or `admin.conf`.
    pub name: &'static str,
    /// What has become of it.
    pub outcome: RenewalOutcome,
}

/// Whether a certificate was renewed, and if not, why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RenewalOutcome {
    /// There is no such certificate on this host.
    Missing,
    /// The key of its CA, which has this path, is not here.
    External {
        /// Where the CA's key would be.
        key: PathBuf,
    },
    /// It is what the configuration says.
    Kept {
        /// The old certificate's notAfter, which stays.
        until: Timestamp,
    },
    /// It gets a new certificate with a new key.
    Renewed {
        /// The new certificate's notAfter.
        until: Timestamp,
        /// What the new one says and the old one did not.
        changes: Vec<CertificateChange>,
    },
}

/// Every renewal, and the actions that carry them out; all keys are made.
#[derive(Debug)]
pub struct RenewPlan {
    /// In the order of the names.
    pub renewals: Vec<Renewal>,
    /// By the names of those that are renewed, in the same order.
    pub actions: Vec<(&'static str, Action)>,
    /// What the user should know of what is renewed.
    pub remarks: Vec<Remark>,
}

/// Decides on each certificate, and makes those that are renewed; nothing is written yet.
///
/// # Errors
/// Every file that cannot be used, all at once.
pub fn renew(inputs: &RenewInputs<'_>, keys: &dyn KeySource) -> Result<RenewPlan, PlanError> {
    let existing = existing(inputs.spec.cluster, inputs.files);
    let entries = draft(inputs, &existing)?;
    let items: Vec<(Item, Decision)> = entries.iter().filter_map(Entry::order).collect();
    let minted = pki::mint(&Order { items: &items, clients: &[], existing: &existing }, inputs.now, keys)?;
    let remarks = remarks(&entries, inputs);
    let mut plan = RenewPlan { renewals: Vec::new(), actions: Vec::new(), remarks };
    for Entry { name, fate } in entries {
        let outcome = match fate {
            Fate::NotRenewed(outcome) => outcome,
            Fate::Renew(new) => {
                let changes = new.changes.clone();
                let (until, files) = finish(*new, inputs, &minted)?;
                plan.actions.push((name, Action::Replace(files)));
                RenewalOutcome::Renewed { until, changes }
            }
        };
        plan.renewals.push(Renewal { name, outcome });
    }
    Ok(plan)
}

/// Of each CA that ends before what it signs now.
fn remarks(entries: &[Entry], inputs: &RenewInputs<'_>) -> Vec<Remark> {
    let late = |ca: Ca, entry: &Entry| match &entry.fate {
        Fate::Renew(new) if new.item.signer() == Some(ca) => {
            let until = pki::ends_before(&new.root, inputs.now, new.validity())?;
            Some((until, entry.name.to_owned()))
        }
        Fate::Renew(_) | Fate::NotRenewed(_) => None,
    };
    let of = |ca: Ca| {
        let all: Vec<_> = entries.iter().filter_map(|entry| late(ca, entry)).collect();
        let until = all.first()?.0;
        let path = certificate_path(inputs.spec.cluster, &ca.certificate_path()).display().to_string();
        Some(Remark::Outlives { ca: path, until, names: all.into_iter().map(|(_, name)| name).collect() })
    };
    Ca::ALL.into_iter().filter_map(of).collect()
}

/// One certificate's decision.
struct Entry {
    name: &'static str,
    fate: Fate,
}

enum Fate {
    NotRenewed(RenewalOutcome),
    Renew(Box<New>),
}

/// A certificate that is to be made.
struct New {
    item: Item,
    place: CertificateFiles,
    /// The kubeconfig that the certificate is put into; `None` for one with files of its own.
    kubeconfig: Option<Embedded>,
    root: FoundCert,
    changes: Vec<CertificateChange>,
}

impl New {
    fn validity(&self) -> GoDuration {
        match &self.item.contents {
            Contents::Leaf(request) => request.validity,
            Contents::Authority(_) | Contents::ServiceAccountKeys => GoDuration::ZERO,
        }
    }
}

impl Entry {
    fn order(&self) -> Option<(Item, Decision)> {
        match &self.fate {
            Fate::NotRenewed(_) => None,
            Fate::Renew(new) => Some((new.item.clone(), Decision::Create)),
        }
    }
}

fn draft(inputs: &RenewInputs<'_>, existing: &Existing) -> Result<Vec<Entry>, PlanError> {
    let targets = targets(inputs.spec, inputs.kubeconfig_dir);
    let (mut entries, mut refusals) = (Vec::new(), Vec::new());
    for name in inputs.names {
        let target = targets.iter().find(|target| target.item.name == *name);
        match target
            .map_or(Ok(Fate::NotRenewed(RenewalOutcome::Missing)), |target| judge(target, inputs, existing))
        {
            Ok(fate) => entries.push(Entry { name, fate }),
            // A broken CA is found again at each of its leaves.
            Err(refusal) if refusals.contains(&refusal) => {}
            Err(refusal) => refusals.push(refusal),
        }
    }
    if refusals.is_empty() { Ok(entries) } else { Err(PlanError::Refused(refusals)) }
}

/// The refusal is a whole sentence, with its path.
fn judge(target: &RenewalTarget, inputs: &RenewInputs<'_>, existing: &Existing) -> Result<Fate, String> {
    let Some(found) = Certificate::find(target, inputs.files)? else {
        return Ok(Fate::NotRenewed(RenewalOutcome::Missing));
    };
    let root = match signer(target.request.signer, inputs, existing)? {
        Signer::Here(root) => *root,
        Signer::External { key } => return Ok(Fate::NotRenewed(RenewalOutcome::External { key })),
    };
    let (request, changes) = match inputs.basis {
        Basis::Itself => (again(&found, target)?, Vec::new()),
        Basis::Configuration => (target.request.clone(), found.changes(target, &root, inputs)),
    };
    if inputs.basis == Basis::Configuration && changes.is_empty() {
        return Ok(Fate::NotRenewed(RenewalOutcome::Kept { until: found.bundle.own.not_after }));
    }
    let item = Item { contents: Contents::Leaf(request), ..target.item.clone() };
    let (place, kubeconfig) = (target.place.clone(), found.kubeconfig);
    Ok(Fate::Renew(Box::new(New { item, place, kubeconfig, root, changes })))
}

fn again(found: &Certificate, target: &RenewalTarget) -> Result<LeafRequest, String> {
    pki::again(&found.bundle.own, &target.request).map_err(|why| format!("{} {why}", found.path.display()))
}

/// A certificate as it is on disk.
struct Certificate {
    path: PathBuf,
    bundle: Bundle,
    key: HeldKey,
    /// The kubeconfig that the certificate is in; `None` for one with files of its own.
    kubeconfig: Option<Embedded>,
}

impl Certificate {
    fn find(target: &RenewalTarget, files: &Files) -> Result<Option<Self>, String> {
        match &target.place {
            CertificateFiles::Pair { certificate, key } => {
                pair(certificate, files.get(key).map(Content::bytes), files)
            }
            CertificateFiles::Kubeconfig(path) => kubeconfig(path, files),
        }
    }

    fn changes(
        &self,
        target: &RenewalTarget,
        root: &FoundCert,
        inputs: &RenewInputs<'_>,
    ) -> Vec<CertificateChange> {
        let held = Held { bundle: &self.bundle, key: self.key, root };
        let mut all = pki::changes(&held, &target.request, target.item.algorithm, inputs.now);
        let other = self.kubeconfig.as_ref().is_some_and(|file| file.trusts_another(&root.der));
        all.extend(other.then_some(CertificateChange::Authority));
        all
    }
}

fn pair(path: &Path, key: Option<&[u8]>, files: &Files) -> Result<Option<Certificate>, String> {
    let Some(text) = files.get(path) else { return Ok(None) };
    let bundle =
        pki::certificates(text.bytes()).map_err(|bad| format!("{} cannot be used: {bad}", path.display()))?;
    let key = HeldKey::of(&bundle.own, key);
    Ok(Some(Certificate { path: path.to_owned(), bundle, key, kubeconfig: None }))
}

fn kubeconfig(path: &Path, files: &Files) -> Result<Option<Certificate>, String> {
    let Some(text) = files.get(path) else { return Ok(None) };
    let embedded = embedded(path, text, files)?;
    let bundle = embedded.certificate.clone();
    let key = HeldKey::of(&bundle.own, embedded.key().as_ref().map(|key| key.as_slice()));
    Ok(Some(Certificate { path: path.to_owned(), bundle, key, kubeconfig: Some(embedded) }))
}

/// What there is of a CA to sign with.
enum Signer {
    Here(Box<FoundCert>),
    External { key: PathBuf },
}

fn signer(ca: Ca, inputs: &RenewInputs<'_>, existing: &Existing) -> Result<Signer, String> {
    let folder = &inputs.spec.cluster.certificates_dir;
    let items: Vec<Item> =
        authorities(inputs.spec).into_iter().filter(|(own, _)| *own == ca).map(|(_, item)| item).collect();
    let decided = pki::decide(&items, existing, inputs.now).map_err(|all| {
        all.iter().map(|refusal| format!("{}/{refusal}", folder.display())).collect::<Vec<_>>().join("; ")
    })?;
    let missing = || {
        format!(
            "{} does not exist, so that nothing can be signed",
            folder.join(ca.certificate_path()).display()
        )
    };
    match decided.first().map(|(_, decision)| decision) {
        Some(Decision::Keep(Kept::Pair | Kept::Lacking)) => {
            let text = existing.get(&ca.certificate_path()).ok_or_else(missing)?;
            let unusable =
                |bad| format!("{} cannot be used: {bad}", folder.join(ca.certificate_path()).display());
            Ok(Signer::Here(Box::new(pki::certificates(text).map_err(unusable)?.own)))
        }
        Some(Decision::Keep(Kept::ExternalAuthority)) => {
            Ok(Signer::External { key: certificate_path(inputs.spec.cluster, &ca.key_path()) })
        }
        Some(Decision::Create | Decision::CompleteCertificate | Decision::CompletePublicKey) | None => {
            Err(missing())
        }
    }
}

/// The new certificate's end, and the files that it goes into: its key before it, as kubeadm has the order.
fn finish(new: New, inputs: &RenewInputs<'_>, minted: &Minted) -> Result<(Timestamp, Vec<File>), PlanError> {
    let missing = |path: String| PlanError::Missing { path, phase: "certs renew" };
    let bytes = |below: String| {
        let found = minted.files.iter().find(|file| file.path == below);
        found.map(|file| file.bytes.as_slice()).ok_or_else(|| missing(below.clone()))
    };
    let (certificate, key) = (bytes(new.item.certificate_path())?, bytes(new.item.key_path())?);
    let unusable = |bad: pki::BadCertificate| PlanError::Unusable {
        path: new.item.certificate_path(),
        why: bad.to_string(),
    };
    let until = pki::certificates(certificate).map_err(unusable)?.own.not_after;
    let file = |path: PathBuf, kind, content| {
        let expect = Expect::seen(inputs.files.get(&path).map(Content::bytes));
        File { path, kind, content, expect }
    };
    let files = match (new.place, new.kubeconfig) {
        (CertificateFiles::Pair { certificate: at, key: key_at }, _) => vec![
            file(key_at, FileKind::Pki(pki::FileKind::PrivateKey), Content::new(key)),
            file(at, FileKind::Pki(pki::FileKind::Certificate), Content::new(certificate)),
        ],
        (CertificateFiles::Kubeconfig(path), embedded) => {
            let embedded = embedded.ok_or_else(|| missing(path.display().to_string()))?;
            let text = embedded
                .with(&new.root.to_pem(), certificate, key)
                .map_err(|source| PlanError::Render { what: path.display().to_string(), source })?;
            vec![file(path, FileKind::Kubeconfig, Content::new(text.expose_secret()))]
        }
    };
    Ok((until, files))
}

#[cfg(test)]
mod tests;
