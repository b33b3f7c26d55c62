//! What the plan is made from, gathered from the host: files, patches, and what chance gives.

use std::path::PathBuf;

use super::failure::Failure;
use super::request::Request;
use super::target::ApplyTarget;
use crate::config::{CertificateKey, ClusterSpec, Config, RunOptions, Spec};
use crate::facts::{HostFacts, RESOLVED, Seen, Services};
use crate::host::{Node, Tree, UnreadFolder, observe, random, read_folder};
use crate::kubeconfig;
use crate::manifests::accounts::Accounts;
use crate::manifests::component::Resolver;
use crate::manifests::patches::Patches;
use crate::pki::{self, Ca};
use crate::plan::{self, Files, HostInputs, Paths, Phase, PlanError, Upload};
use crate::report;
use crate::versions::Minor;

/// What of the host goes into manifests and the kubelet's settings.
pub fn host_inputs(facts: &HostFacts, resolver: Resolver) -> HostInputs {
    HostInputs {
        name: facts.host_name.clone().unwrap_or_default(),
        resolver,
        ca_directories: facts.ca_directories.iter().map(|path| path.display().to_string()).collect(),
        proxies: facts.proxies.iter().map(|pair| (pair.name.clone(), pair.value.clone())).collect(),
        foreign_mounts: facts.foreign_mounts.clone(),
    }
}

/// Only the kubelet's configuration names the resolver's file, and asking starts a program.
pub fn resolver(node: &Node, phases: &[Phase]) -> Resolver {
    if !phases.contains(&Phase::KubeletStart) {
        return Resolver::Other;
    }
    resolver_among(&observe::services(node, &[RESOLVED.to_owned()]))
}

/// systemd-resolved where it runs; a kubelet needs its file of servers then.
pub fn resolver_among(services: &Seen<Services>) -> Resolver {
    match services {
        Ok(services) if services.is_active(RESOLVED) => Resolver::SystemdResolved,
        Ok(_) | Err(_) => Resolver::Other,
    }
}

/// What a plan is made from that lies on a disk. It is read once: what cannot be read is told behind what preflight finds.
#[derive(Debug)]
pub struct OnDisk {
    /// The host's.
    pub files: Result<ObservedFiles, Failure>,
    /// The user's.
    pub patches: Result<Patches, Failure>,
}

/// The files that a plan may touch or needs.
#[derive(Debug)]
pub struct ObservedFiles {
    /// The files that are there, by their paths on the host.
    pub files: Files,
    /// Of keys that every user of the host may read.
    warnings: Vec<String>,
}

impl ObservedFiles {
    /// The files, once the user is warned.
    pub fn told(self) -> Files {
        self.warnings.iter().for_each(|warning| report::warn(warning));
        self.files
    }
}

/// Every file that the plan may touch, and the CA files that kubeconfigs name. An empty file that a static pod of others mounts
/// (`mounted`) is none: a kubelet has made it so that there is something to mount (`FileOrCreate`).
pub fn observe_files(
    tree: &Tree,
    spec: Spec<'_>,
    paths: &Paths,
    mounted: &[PathBuf],
) -> Result<ObservedFiles, Failure> {
    let mut found = tree.read(&plan::observed_paths(spec, paths))?;
    found.retain(|path, found| !found.content.bytes().is_empty() || !mounted.contains(path));
    let mut warnings = Vec::new();
    for (path, found) in &found {
        let is_secret =
            path.extension().is_some_and(|end| end == "key") || paths.kubeconfigs().any(|own| own == *path);
        if is_secret && found.mode & 0o007 != 0 {
            let (path, mode) = (path.display(), found.mode);
            warnings.push(format!(
                "{path} holds a private key, and every user of this host has a right to it (mode {mode:04o}); it is used as it is: \
                 `chmod o= {path}` ends that, and where others may have read it, replace the key"
            ));
        }
    }
    let kubeconfigs = paths.kubeconfigs().filter_map(|path| Some((found.get(&path)?, path)));
    let named: Vec<PathBuf> = kubeconfigs
        .filter_map(|(found, path)| kubeconfig::authority_file(found.content.bytes(), &path))
        .collect();
    let authorities = tree.read(&named)?;
    let files = found.into_iter().chain(authorities).map(|(path, found)| (path, found.content)).collect();
    Ok(ObservedFiles { files, warnings })
}

/// Names the files in the patches' folder that are none.
pub fn tell_ignored(patches: &Patches) {
    for ignored in &patches.ignored {
        report::warn(&format!(
            "{} in the patches folder is left out: {}",
            ignored.file.display(),
            ignored.reason
        ));
    }
}

/// The user's patches.
pub fn read_patches(run: &RunOptions, minor: &Minor) -> Result<Patches, Failure> {
    let Some(folder) = &run.patches else { return Ok(Patches::default()) };
    let targets = minor.patch_targets;
    let files =
        read_folder(folder, &|name| Patches::takes(name, targets)).map_err(|unread| match unread {
            UnreadFolder::Folder(path, source) => Failure::ReadPatches { path, source },
            UnreadFolder::File(path, source) => Failure::ReadPatch { path, source },
        })?;
    Ok(Patches::parse(&files, targets)?)
}

/// The control plane's own users. As in the reference's dry run, pods stay root's there: what accounts there would be is the host's
/// to say.
pub fn accounts(
    target: &ApplyTarget,
    cluster: &ClusterSpec,
    files: &Files,
) -> Result<Option<Accounts>, Failure> {
    match target {
        ApplyTarget::Host => Ok(plan::accounts(cluster, files).map_err(PlanError::Accounts)?),
        ApplyTarget::Listing | ApplyTarget::Folder(_) => Ok(None),
    }
}

/// The upload-certs phase does its work only when it is asked to.
pub fn upload(request: &Request<'_>, config: &Config, files: &Files) -> Result<Option<Upload>, Failure> {
    if !request.given.is_on("upload-certs") || !request.phases.contains(&Phase::UploadCerts) {
        return Ok(None);
    }
    let existing = plan::existing(&config.cluster, files);
    if pki::is_external(Ca::Cluster, &existing) || pki::is_external(Ca::FrontProxy, &existing) {
        return Err(PlanError::NothingToUpload.into());
    }
    fresh_upload(config).map(Some)
}

/// The certificates are to be uploaded now, under the configuration's key or a new one.
pub fn fresh_upload(config: &Config) -> Result<Upload, Failure> {
    let key = match &config.certificate_key {
        Some(key) => key.clone(),
        None => CertificateKey::new(random::bytes()?),
    };
    let nonces =
        pki::shared_files(&config.cluster).iter().map(|_| random::bytes()).collect::<Result<_, _>>()?;
    Ok(Upload { key, token: random::token()?, nonces })
}
