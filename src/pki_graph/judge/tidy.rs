//! What lies about, is open to others, or is done in a way that will fail later.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::super::content::Content;
use super::super::fault::Fault;
use super::super::finding::{Finding, Severity};
use super::super::layout;
use super::super::node::{Node, State, is_of_rotation, pem_of};
use super::super::role::{Role, Trust};
use super::super::seen::SeenFile;
use super::case::{Case, Found};

pub fn judge(case: &Case<'_, '_>, found: &mut Found) {
    for node in &case.graph.nodes {
        left(node, found);
        kubelet(node, found);
        for (path, file) in &node.tree.files {
            // A link's own bits say nothing; its file is here too, or not of the tree.
            if file.real == *path || !node.tree.files.contains_key(&file.real) {
                mode(node, path, file, found);
                owner(node, path, file, found);
            }
        }
        unreferenced(node, found);
    }
}

fn left(node: &Node<'_>, found: &mut Found) {
    let has = |path: &str| node.tree.file(Path::new(path)).is_some();
    let kubelet_has_its_own = node.pair(Role::Kubelet).is_some_and(|pair| pair.own().is_some());
    if has(layout::BOOTSTRAP) && kubelet_has_its_own {
        let message = "the kubeconfig with which the kubelet began is still here, with its token";
        let finding = Finding::new(Fault::BootstrapLeft, Severity::Warning, node, layout::BOOTSTRAP, message);
        found.add(finding.seen("the kubelet has a certificate of its own").run(
            format!("rm {}", layout::BOOTSTRAP),
            "and `kubewright token delete` its token, if that still holds",
        ));
    }
    if has(layout::SUPER_ADMIN) {
        let message = "the kubeconfig of an administrator whom no rule of RBAC binds is still here";
        let finding =
            Finding::new(Fault::SuperAdminLeft, Severity::Notice, node, layout::SUPER_ADMIN, message);
        found.add(
            finding
                .seen("it is needed only where RBAC is broken")
                .fix("keep it off this host; `kubewright init phase kubeconfig super-admin` makes one when it is needed"),
        );
    }
}

fn kubelet(node: &Node<'_>, found: &mut Found) {
    let settings = node.kubelet;
    let embedded = node.pair(Role::Kubelet).filter(|pair| pair.certificate.name.ends_with(')'));
    if let Some(pair) = embedded.filter(|_| settings.is_none_or(|settings| settings.renews)) {
        let message = "the kubelet's certificate stands in its kubeconfig, where nothing renews it";
        let finding = Finding::new(
            Fault::KubeletConfEmbedded,
            Severity::Warning,
            node,
            &pair.certificate.name,
            message,
        );
        found.add(
            finding
                .seen("client-certificate-data in place of the path of kubelet-client-current.pem")
                .fix("the page of KubeletConfEmbedded shows how to make it one that the kubelet renews"),
        );
    }
    let Some(settings) = settings else { return };
    let own = |name: &str| Path::new(layout::KUBELET_PKI).join(name);
    let has = |name: &str| node.tree.file(&own(name)).is_some();
    let has_client =
        node.pair(Role::Kubelet).is_some_and(|pair| matches!(pair.certificate.state, State::Here(_)));
    if settings.asks_to_serve
        && settings.certificate.is_none()
        && has_client
        && !has("kubelet-server-current.pem")
    {
        let message = "the kubelet asks the cluster for a certificate to serve with, and has none";
        let object = own("kubelet-server-current.pem").display().to_string();
        let finding = Finding::new(Fault::KubeletServingPending, Severity::Warning, node, object, message);
        found.add(
            finding
                .seen("serverTLSBootstrap is on, and there is no such file")
                .run("kubectl get csr", "and `kubectl certificate approve NAME` for the one of this node"),
        );
    }
    let serving = node.pair(Role::KubeletServing).filter(|pair| pair.certificate.path == own("kubelet.crt"));
    let is_checked = node.bundles_of(Trust::ApiToKubelets).next().is_some();
    if let Some(pair) = serving.filter(|_| !settings.asks_to_serve && !is_checked) {
        let message =
            "the kubelet serves with a certificate that it has signed itself, which nobody can check";
        let finding = Finding::new(
            Fault::KubeletServingSelfSigned,
            Severity::Notice,
            node,
            &pair.certificate.name,
            message,
        );
        found.add(
            finding
                .seen("neither serverTLSBootstrap nor tlsCertFile is set")
                .fix("set serverTLSBootstrap: true and approve its requests, where something is to check it, as metrics-server does"),
        );
    }
}

/// Whether a private key stands in it.
fn holds_key(file: &SeenFile) -> bool {
    match &file.content {
        Content::Pem(pem) => pem.key.is_some_and(|key| !matches!(key, Err(crate::pki::BadKey::Pem(bad)) if bad != crate::pki::BadPem::EncryptedKey)),
        Content::Kubeconfig(read) => read.as_ref().as_ref().is_ok_and(|config| config.holds_key() || config.has_other_credentials),
        _ => false,
    }
}

fn mode(node: &Node<'_>, path: &Path, file: &SeenFile, found: &mut Found) {
    let key = holds_key(file);
    let counts = key
        || matches!(
            file.content,
            Content::Pem(_) | Content::Kubeconfig(_) | Content::Programs(_) | Content::Kubelet(_)
        );
    // A component that does not run as root reads its keys by its group.
    let is_open = file.mode & if key { 0o027 } else { 0o022 } != 0;
    let object = path.display().to_string();
    if !counts || !is_open || found.explains(&object) {
        return;
    }
    let (severity, message, wanted) = if key {
        (Severity::Critical, "a private key can be read or changed by others than its owner", "600")
    } else {
        (Severity::Warning, "a file of the cluster can be changed by others than its owner", "644")
    };
    let finding = Finding::new(Fault::ModeTooOpen, severity, node, &object, message);
    found.add(
        finding.seen(format!("its mode is {:04o}", file.mode)).run(format!("chmod {wanted} {object}"), ""),
    );
}

/// Users of people's have numbers from here on.
const FIRST_PERSON: u32 = 1_000;

/// A copy's owners are whoever has copied it.
fn owner(node: &Node<'_>, path: &Path, file: &SeenFile, found: &mut Found) {
    let key = holds_key(file);
    let counts = key || matches!(file.content, Content::Pem(_) | Content::Programs(_) | Content::Kubelet(_));
    let is_a_component = node.programs.iter().any(|program| program.user == Some(file.owner));
    let below_root = path.starts_with("/root") || path.starts_with("/home");
    if !node.tree.is_host || !counts || file.owner < FIRST_PERSON || is_a_component || below_root {
        return;
    }
    let severity = if key { Severity::Critical } else { Severity::Warning };
    let object = path.display().to_string();
    let message = "a file of the cluster belongs to a user who is neither root nor a component";
    let finding = Finding::new(Fault::OwnerWrong, severity, node, &object, message);
    found.add(
        finding
            .seen(format!("its owner is the user {}", file.owner))
            .run(format!("chown root:root {object}"), ""),
    );
}

/// Certificates and keys that nobody reads, a finding a folder.
fn unreferenced(node: &Node<'_>, found: &mut Found) {
    let mounted: BTreeSet<&PathBuf> = node
        .programs
        .iter()
        .filter(|program| !super::super::program::PROGRAMS.contains(&program.name.as_str()))
        .flat_map(|program| program.mounts.iter().flatten().map(|mount| &mount.host))
        .collect();
    let is_read = |path: &Path, file: &SeenFile| {
        node.read.contains(path)
            || node.read.contains(&file.real)
            || mounted.iter().any(|folder| path.starts_with(folder))
    };
    let mut folders: BTreeMap<PathBuf, Vec<String>> = BTreeMap::new();
    for (path, file) in &node.tree.files {
        let holds = pem_of(file).is_some_and(|pem| !pem.certificates.is_empty() || pem.private().is_some());
        let counts = path.starts_with("/etc/kubernetes") && !is_of_rotation(path);
        if holds && counts && !is_read(path, file) && !found.explains(path.display()) {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            folders.entry(path.parent().unwrap_or(path).to_owned()).or_default().push(name);
        }
    }
    // Where nothing says what is read, nothing can be said to be read by nobody.
    if node.programs.is_empty() {
        return;
    }
    for (folder, names) in folders {
        let Some(first) = names.first() else { continue };
        let message = "certificates or keys are here that nothing reads";
        let object = folder.join(first).display().to_string();
        let finding = Finding::new(Fault::Unreferenced, Severity::Notice, node, object, message);
        found.add(
            finding
                .seen(format!("in {}: {}", folder.display(), names.join(", ")))
                .fix("remove what you do not need, keys first; or keep it elsewhere"),
        );
    }
}
