//! The first half of a plan: what happens to each certificate and kubeconfig, with all refusals at once and no secret.

use std::collections::BTreeMap;

use zeroize::Zeroizing;

use super::inputs::{self, Inputs};
use super::{Files, Phase};
use crate::kubeconfig::{self, ClusterCa, Found, Kubeconfig};
use crate::manifests::accounts::AccountsError;
use crate::manifests::objects::BadObject;
use crate::manifests::patches::PatchError;
use crate::pki::{self, BadCertificate, Decision, Existing, Item, MintError};
use crate::yaml::BadYaml;

/// Why there is no plan. Nothing was written yet.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    #[error("these files cannot be used, and are not overwritten:\n{}", lines(.0))]
    Refused(Vec<String>),
    #[error("the cluster's CA cannot be read")]
    Authority(#[source] BadCertificate),
    #[error(transparent)]
    Mint(#[from] MintError),
    #[error(transparent)]
    Patch(#[from] PatchError),
    #[error(transparent)]
    Object(#[from] BadObject),
    #[error("cannot render {what}")]
    Render {
        what: String,
        #[source]
        source: BadYaml,
    },
    #[error("there is no {path}; {phase} makes it")]
    Missing { path: String, phase: &'static str },
    #[error("{path} cannot be used: {why}")]
    Unusable { path: String, why: String },
    #[error("the control plane cannot get users of its own")]
    Accounts(#[from] AccountsError),
    #[error("with an external CA the keys are not here, so there is nothing to upload")]
    NothingToUpload,
    #[error("the certificates cannot be encrypted")]
    Seal(#[from] pki::BadSeal),
}

fn lines(refusals: &[String]) -> String {
    refusals.iter().map(|refusal| format!("  {refusal}")).collect::<Vec<_>>().join("\n")
}

/// Decisions for the chosen phases.
#[derive(Debug)]
pub struct Draft {
    pub certificates: Vec<(Item, Decision)>,
    pub kubeconfigs: Vec<(Kubeconfig, kubeconfig::Decision)>,
    /// What the user should know of files that are kept.
    pub remarks: Vec<String>,
    pub(super) existing: Existing,
}

/// Decides on all certificates and kubeconfigs of `phases`.
pub fn draft(inputs: &Inputs<'_>, phases: &[Phase]) -> Result<Draft, PlanError> {
    let existing = inputs::existing(inputs.config, inputs.files);
    let chosen = |group: &str, sub: &str| {
        phases
            .iter()
            .map(|phase| phase.entry())
            .any(|entry| entry.group() == group && entry.sub() == Some(sub))
    };
    let items: Vec<Item> =
        pki::catalogue(inputs.config).into_iter().filter(|item| chosen("certs", item.name)).collect();
    let wanted: Vec<Kubeconfig> = kubeconfig::catalogue(inputs.config)
        .into_iter()
        .filter(|file| chosen("kubeconfig", file.phase))
        .collect();
    let ca = ClusterCa::of(&existing).map_err(PlanError::Authority)?;
    let mut refusals = Vec::new();
    let certificates = pki::decide(&items, &existing, inputs.now).unwrap_or_else(|all| {
        let folder = &inputs.config.cluster.certificates_dir;
        refusals.extend(all.iter().map(|refusal| format!("{}/{refusal}", folder.display())));
        Vec::new()
    });
    let kubeconfigs = kubeconfig::decide(&wanted, &found(inputs), &ca, inputs.now).unwrap_or_else(|all| {
        refusals
            .extend(all.iter().map(|refusal| format!("{}/{refusal}", inputs.paths.kubeconfig_dir.display())));
        Vec::new()
    });
    if !refusals.is_empty() {
        return Err(PlanError::Refused(refusals));
    }
    let remarks = kubeconfigs.iter().filter_map(remark).collect();
    Ok(Draft { certificates, kubeconfigs, remarks, existing })
}

fn remark((file, decision): &(Kubeconfig, kubeconfig::Decision)) -> Option<String> {
    match decision {
        kubeconfig::Decision::Keep(kubeconfig::Kept::OtherServer { wanted, found }) => {
            Some(format!("{} is kept, though it talks to {found} and not to {wanted}", file.name))
        }
        kubeconfig::Decision::Keep(kubeconfig::Kept::Fits) | kubeconfig::Decision::Create => None,
    }
}

fn found(inputs: &Inputs<'_>) -> BTreeMap<String, Found> {
    let file = |name: &str| inputs.files.get(&inputs.paths.kubeconfig_dir.join(name));
    let all = kubeconfig::FILES.iter().filter_map(|row| Some((row.name.to_owned(), file(row.name)?)));
    all.map(|(name, content)| (name, read(content.bytes(), inputs.files))).collect()
}

fn read(text: &[u8], files: &Files) -> Found {
    let authority_file =
        kubeconfig::authority_file(text).and_then(|path| Some(files.get(&path)?.bytes().to_vec()));
    Found { text: Zeroizing::new(text.to_vec()), authority_file }
}
