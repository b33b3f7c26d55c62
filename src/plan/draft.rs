//! The first half of a plan: what happens to each certificate and kubeconfig, with all refusals at once and no secret.

use std::collections::BTreeMap;
use std::path::Path;

use jiff::Timestamp;
use zeroize::Zeroizing;

use super::inputs::{self, Inputs};
use super::{Content, Files, Phase, Work, render};
use crate::kubeconfig::{self, ClusterCa, FoundKubeconfig, Kubeconfig};
use crate::manifests::accounts::AccountsError;
use crate::manifests::edits;
use crate::manifests::objects::BadObject;
use crate::manifests::patches::PatchError;
use crate::pki::{self, Ca, Contents, Decision, Existing, FileKind, Item, Lacking, MintError, Remark};
use crate::yaml::BadYaml;

/// Why there is no plan. Nothing was written yet.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// One line a file, with its path and why: all of them at once.
    #[error("these files cannot be used, and are not overwritten:\n{}", lines(.0))]
    Refused(Vec<String>),
    /// The paths, one a line.
    #[error("these files exist, and are not overwritten; move them away, or give other folders:\n{}", lines(.0))]
    Taken(Vec<String>),
    /// Keys or certificates cannot be made.
    #[error(transparent)]
    Mint(#[from] MintError),
    /// A patch of `--patches` is not one, or does not fit what it is for.
    #[error(transparent)]
    Patch(#[from] PatchError),
    /// What was changed by hand and is to stay does not go with what is written.
    #[error(transparent)]
    Edits(#[from] edits::Conflict),
    /// What was to be sent to the cluster is no object of Kubernetes' API.
    #[error(transparent)]
    Object(#[from] BadObject),
    /// Serde cannot write a document as YAML.
    #[error("cannot render {what}")]
    Render {
        /// The document, in words.
        what: String,
        /// As the YAML library says it.
        #[source]
        source: BadYaml,
    },
    /// A file that this run only reads, and that an earlier phase or run makes.
    #[error("there is no {path}; {phase} makes it")]
    Missing {
        /// The file, on the host.
        path: String,
        /// The command or phase, with kubewright's name where it is to be called.
        phase: &'static str,
    },
    /// A file that this run only reads is not what it should be.
    #[error("{path} cannot be used: {why}")]
    Unusable {
        /// The file, on the host.
        path: String,
        /// As the reader of the file says it.
        why: String,
    },
    /// RootlessControlPlane (KEP-2568) is on, and the host's accounts leave no room.
    #[error("the control plane cannot get users of its own")]
    Accounts(#[from] AccountsError),
    /// `upload-certs` without the CAs' keys.
    #[error("with an external CA the keys are not here, so there is nothing to upload")]
    NothingToUpload,
    /// By their paths: a control plane that joins must have them from elsewhere.
    #[error(
        "what the cluster's control planes share is not here: {}; give --certificate-key, or copy the files from another \
         control plane",
        .0.join(", ")
    )]
    NotShared(Vec<String>),
    /// AES-256-GCM failed on a file for the kubeadm-certs Secret.
    #[error("the certificates cannot be encrypted")]
    Seal(#[from] pki::BadSeal),
}

fn lines(refusals: &[String]) -> String {
    refusals.iter().map(|refusal| format!("  {refusal}")).collect::<Vec<_>>().join("\n")
}

/// Decisions for the chosen phases.
#[derive(Debug)]
pub struct Draft {
    /// In the order of [`pki::catalogue`].
    pub certificates: Vec<(Item, Decision)>,
    /// In kubeadm's order: `admin.conf` comes first.
    pub kubeconfigs: Vec<(Kubeconfig, kubeconfig::Decision)>,
    /// What the user should know of files that are kept.
    pub remarks: Vec<String>,
    pub(super) existing: Existing,
}

/// Decides on all certificates and kubeconfigs of `phases`.
///
/// # Errors
/// Every file that is here and cannot be used, all at once; what control planes share and is not here; a patch that does not fit.
pub fn draft(inputs: &Inputs<'_>, phases: &[Phase]) -> Result<Draft, PlanError> {
    let existing = inputs::existing(inputs.spec.cluster, &known_files(inputs));
    let items: Vec<Item> = pki::catalogue(inputs.spec)
        .into_iter()
        .filter(|item| phases.iter().any(|phase| makes_certificate(*phase, item)))
        .collect();
    let wanted: Vec<Kubeconfig> = kubeconfig::catalogue(inputs.spec)
        .into_iter()
        .filter(|file| phases.iter().any(|phase| makes_kubeconfig(*phase, file)))
        .collect();
    let folder = &inputs.spec.cluster.certificates_dir;
    let ca = ClusterCa::of(&existing).map_err(|bad| {
        let path = Ca::Cluster.certificate_path();
        PlanError::Refused(vec![format!("{}/{path} cannot be used: {bad}", folder.display())])
    })?;
    let mut refusals = unfit_authority(inputs, &wanted, &existing);
    let certificates =
        pki::decide_with(&items, &existing, inputs.now, lacking(phases)).unwrap_or_else(|all| {
            let folder = &inputs.spec.cluster.certificates_dir;
            refusals.extend(all.iter().map(|refusal| format!("{}/{refusal}", folder.display())));
            Vec::new()
        });
    let kubeconfigs = kubeconfig::decide(&wanted, &found(inputs), &ca, inputs.now).unwrap_or_else(|all| {
        refusals
            .extend(all.iter().map(|refusal| format!("{}/{refusal}", inputs.paths.kubeconfig_dir.display())));
        Vec::new()
    });
    refusals.extend(differing(inputs));
    if !refusals.is_empty() {
        return Err(PlanError::Refused(refusals));
    }
    shared_are_here(inputs, &certificates)?;
    let mut remarks: Vec<String> = pki::remarks(&certificates, &existing, inputs.now)
        .iter()
        .map(|remark| format!("{}: {remark}", folder.display()))
        .collect();
    remarks.extend(outlived(&kubeconfigs, &ca, inputs.now));
    remarks.extend(kubeconfigs.iter().filter_map(remark));
    remarks.extend(render::cautions(inputs, phases, &existing)?);
    Ok(Draft { certificates, kubeconfigs, remarks, existing })
}

/// Kubeconfigs want a CA that holds, whether or not this run looks at certificates.
fn unfit_authority(inputs: &Inputs<'_>, wanted: &[Kubeconfig], existing: &Existing) -> Vec<String> {
    let path = Ca::Cluster.certificate_path();
    if wanted.is_empty() || existing.get(&path).is_none() {
        return Vec::new();
    }
    let is_it = |item: &Item| item.certificate_path() == path;
    let items: Vec<Item> = pki::catalogue(inputs.spec).into_iter().filter(is_it).collect();
    let folder = inputs.spec.cluster.certificates_dir.display();
    let refused = pki::decide(&items, existing, inputs.now).err().unwrap_or_default();
    refused.iter().map(|refusal| format!("{folder}/{refusal}")).collect()
}

/// `init phase certs` starts nothing, and keeps what the reference keeps.
fn lacking(phases: &[Phase]) -> Lacking {
    let makes_only = |phase: &Phase| matches!(phase.entry().work, Work::Certificate(_) | Work::Certificates);
    if phases.iter().all(makes_only) { Lacking::Told } else { Lacking::Refused }
}

/// Where kubeconfigs are made whose certificates end after the CA.
fn outlived(
    kubeconfigs: &[(Kubeconfig, kubeconfig::Decision)],
    ca: &ClusterCa,
    now: Timestamp,
) -> Option<String> {
    let ClusterCa::Signing(ca) = ca else { return None };
    let is_late = |(file, decision): &&(Kubeconfig, kubeconfig::Decision)| {
        let validity = file.request.validity;
        *decision == kubeconfig::Decision::Create && pki::ends_before(ca, now, validity).is_some()
    };
    let names: Vec<String> =
        kubeconfigs.iter().filter(is_late).map(|(file, _)| file.name.to_owned()).collect();
    let path = Ca::Cluster.certificate_path();
    let remark = Remark::Outlives { ca: path, until: ca.not_after, names: names.clone() };
    (!names.is_empty()).then(|| remark.to_string())
}

/// Whether `phase` makes or keeps this item.
pub(super) fn makes_certificate(phase: Phase, item: &Item) -> bool {
    match phase.entry().work {
        Work::Certificates => true,
        work => matches!(work, Work::Certificate(entry) if entry.stem == item.stem),
    }
}

/// Those of a control plane that joins; its kubelet gets one by itself.
const JOINING: &[kubeconfig::File] =
    &[kubeconfig::File::ADMIN, kubeconfig::File::CONTROLLER_MANAGER, kubeconfig::File::SCHEDULER];

/// Whether `phase` makes or keeps this kubeconfig.
pub(super) fn makes_kubeconfig(phase: Phase, file: &Kubeconfig) -> bool {
    match phase.entry().work {
        Work::Kubeconfigs => JOINING.iter().any(|row| row.name == file.name),
        work => matches!(work, Work::Kubeconfig(row) if row.name == file.name),
    }
}

/// The host's files, and those that came out of the cluster.
fn known_files(inputs: &Inputs<'_>) -> Files {
    let mut files = inputs.files.clone();
    files.extend(inputs.joining.iter().flat_map(|joining| joining.shared.clone()));
    files
}

/// Shared files that are here already, and are not the cluster's.
fn differing(inputs: &Inputs<'_>) -> Vec<String> {
    let Some(joining) = inputs.joining else { return Vec::new() };
    let all = inputs::shared_places(inputs.spec.cluster).into_iter();
    let other = all.filter(|(path, kind)| match (joining.shared.get(path), inputs.files.get(path)) {
        (Some(content), Some(found)) => !holds(*kind, found, content),
        (_, None) | (None, _) => false,
    });
    other
        .map(|(path, _)| {
            format!("{} is not the cluster's; move the file away to have it fetched", path.display())
        })
        .collect()
}

/// Whether a file that is here says what came out of the cluster, with whatever text around it.
pub(super) fn holds(kind: FileKind, found: &Content, content: &Content) -> bool {
    found == content || pki::purified(kind, found.bytes()).is_ok_and(|found| *found == content.bytes())
}

/// A control plane that joins makes no CA and no service account keys: those that it would make are missing.
fn shared_are_here(inputs: &Inputs<'_>, certificates: &[(Item, Decision)]) -> Result<(), PlanError> {
    let of_all = |item: &Item| match item.contents {
        Contents::Authority(_) | Contents::ServiceAccountKeys => true,
        Contents::Leaf(_) => false,
    };
    let is_made = |decision: &Decision| matches!(decision, Decision::Create | Decision::CompleteCertificate);
    let missing = certificates.iter().filter(|(item, decision)| of_all(item) && is_made(decision));
    let names: Vec<String> = missing
        .map(|(item, _)| {
            inputs::certificate_path(inputs.spec.cluster, &item.key_path()).display().to_string()
        })
        .collect();
    if inputs.joining.is_none() || names.is_empty() { Ok(()) } else { Err(PlanError::NotShared(names)) }
}

fn remark((file, decision): &(Kubeconfig, kubeconfig::Decision)) -> Option<String> {
    match decision {
        kubeconfig::Decision::Keep(kubeconfig::Kept::OtherServer { wanted, found }) => {
            Some(format!("{} is kept, though it talks to {found} and not to {wanted}", file.name))
        }
        kubeconfig::Decision::Keep(kubeconfig::Kept::UnreadBeside(bad)) => {
            Some(format!("{} is kept, though clients ignore one of the CAs that it trusts: {bad}", file.name))
        }
        kubeconfig::Decision::Keep(kubeconfig::Kept::Fits) | kubeconfig::Decision::Create => None,
    }
}

fn found(inputs: &Inputs<'_>) -> BTreeMap<String, FoundKubeconfig> {
    let read_one = |row: &kubeconfig::File| {
        let path = inputs.paths.kubeconfig_dir.join(row.name);
        let content = inputs.files.get(&path)?;
        Some((row.name.to_owned(), read(&path, content.bytes(), inputs.files)))
    };
    kubeconfig::FILES.iter().filter_map(read_one).collect()
}

fn read(path: &Path, text: &[u8], files: &Files) -> FoundKubeconfig {
    let authority_file =
        kubeconfig::authority_file(text, path).and_then(|path| Some(files.get(&path)?.bytes().to_vec()));
    FoundKubeconfig { text: Zeroizing::new(text.to_vec()), authority_file }
}
