//! The kubelet of a node that is upgraded: its settings from the cluster's, its own socket, its flags, and the API server that it asks.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::backups::copies;
use super::{UpgradeInputs, text_of};
use crate::config::HostPort;
use crate::kubeconfig::Document;
use crate::manifests::component;
use crate::manifests::differences;
use crate::manifests::kubelet_env::{self, RUNTIME_ENDPOINT};
use crate::plan::inputs::{CONFIG_FILE, FLAGS_FILE, INSTANCE_FILE, Inputs, kubelet_path};
use crate::plan::render::{patched_kubelet, render};
use crate::plan::{Action, Content, Expect, File, FileKind, KubeletCall, PlanError, kubelet_kubeconfig};
use crate::yaml;

/// The kubelet of a control plane asks its own API server, which is never older than it; one that asks another address than the
/// cluster's is left alone.
pub fn local(inputs: &Inputs<'_>) -> Result<Vec<Action>, PlanError> {
    let cluster = inputs.spec.cluster;
    let path = kubelet_kubeconfig();
    let (Some(own), Some(shared), Some(found)) =
        (inputs.spec.node.endpoint(), &cluster.control_plane_endpoint, inputs.files.get(&path))
    else {
        return Ok(Vec::new());
    };
    if !cluster.has(cluster.minor.switches.local_kubelet) {
        return Ok(Vec::new());
    }
    let unusable = |why: String| PlanError::Unusable { path: path.display().to_string(), why };
    let mut document = Document::parse(found.bytes()).map_err(|bad| unusable(bad.to_string()))?;
    let Some(leading) = document.leading_cluster_mut().filter(|leading| leading.server == url(shared)) else {
        return Ok(vec![Action::KeepFile(path)]);
    };
    leading.server = own.url();
    let text = document
        .to_yaml()
        .map_err(|source| PlanError::Render { what: path.display().to_string(), source })?;
    let content = Content::new(text.expose_secret());
    let expect = Expect::seen(Some(found.bytes()));
    let write = Action::WriteFile(File { path, kind: FileKind::Kubeconfig, content, expect });
    Ok(vec![write, Action::Kubelet(KubeletCall::Restart)])
}

fn url(HostPort { host, port }: &HostPort) -> String {
    if host.contains(':') { format!("https://[{host}]:{port}") } else { format!("https://{host}:{port}") }
}

/// `config.yaml` from the cluster's, with this node's own; what of that is a flag so far becomes a file, where the version has it there.
pub fn settings(upgrade: &UpgradeInputs<'_>) -> Result<Vec<Action>, PlanError> {
    let inputs = upgrade.inputs;
    let cluster = inputs.spec.cluster;
    let mut actions = Vec::new();
    let mut instance = json!({});
    if cluster.has(cluster.minor.switches.local_cri_socket) {
        let (own, made) = own_settings(inputs)?;
        instance = own;
        actions.extend(made);
    }
    let mut document = component::with_instance_config(patched_kubelet(inputs)?.document, instance);
    document.sort_all_objects();
    let path = kubelet_path(CONFIG_FILE);
    let text = render(CONFIG_FILE, &document)?;
    match text_of(inputs, &path) {
        Some(found) if differences::of_documents(found, &text).is_empty() => {
            actions.push(Action::KeepFile(path));
        }
        _ => {
            if let Some(found) = inputs.files.get(&path) {
                let copied = [(path.as_path(), found)];
                actions.extend(copies(&upgrade.backups.kubelet_config(), FileKind::KubeletSettings, copied));
            }
            actions.push(write(inputs, path, text));
        }
    }
    Ok(actions)
}

/// What is this node's own, as its file has it; or as its flags have it, which it takes over.
fn own_settings(inputs: &Inputs<'_>) -> Result<(Value, Vec<Action>), PlanError> {
    let path = kubelet_path(INSTANCE_FILE);
    if let Some(text) = text_of(inputs, &path) {
        let unusable = |why: yaml::BadYaml| PlanError::Unusable {
            path: path.display().to_string(),
            why: why.to_string(),
        };
        return Ok((yaml::from_str(text).map_err(unusable)?, vec![Action::KeepFile(path.clone())]));
    }
    let flags_path = kubelet_path(FLAGS_FILE);
    let flags = text_of(inputs, &flags_path).unwrap_or_default();
    let socket =
        kubelet_env::value(flags, RUNTIME_ENDPOINT).unwrap_or_else(|| inputs.spec.node.cri_socket.clone());
    let instance = json!({ "containerRuntimeEndpoint": socket });
    let mut actions = vec![write(inputs, path, render(INSTANCE_FILE, &instance)?)];
    let without = kubelet_env::without(flags, &[RUNTIME_ENDPOINT]);
    actions.extend(without.map(|text| write(inputs, flags_path, text)));
    Ok((instance, actions))
}

/// Flags that kubeadm has given the kubelet once, and that the version's kubelet does not know any more.
pub fn flags(upgrade: &UpgradeInputs<'_>) -> Vec<Action> {
    let inputs = upgrade.inputs;
    let path = kubelet_path(FLAGS_FILE);
    let Some(found) = text_of(inputs, &path) else { return Vec::new() };
    let gone = kubelet_env::gone(inputs.spec.cluster.minor);
    let moved = moved_flag(upgrade);
    let Some(text) = kubelet_env::without(found, &[gone.as_slice(), moved].concat()) else {
        return Vec::new();
    };
    let mut write = write(inputs, path, text);
    // An earlier step of this run has taken one out already.
    if let (Action::WriteFile(file), Some(earlier)) = (&mut write, kubelet_env::without(found, moved)) {
        file.expect = Expect::seen(Some(earlier.as_bytes()));
    }
    if kubelet_env::without(found, &gone).is_none() { Vec::new() } else { vec![write] }
}

/// The flag that [`settings`] makes a file of, where it does so in this run.
fn moved_flag(upgrade: &UpgradeInputs<'_>) -> &'static [&'static str] {
    let inputs = upgrade.inputs;
    let cluster = inputs.spec.cluster;
    let is_asked = upgrade.phases.iter().any(|phase| phase.entry().work == crate::plan::Work::UpgradeKubelet);
    let has_file = inputs.files.contains_key(&kubelet_path(INSTANCE_FILE));
    let moves = is_asked && !has_file && cluster.has(cluster.minor.switches.local_cri_socket);
    if moves { &[RUNTIME_ENDPOINT] } else { &[] }
}

fn write(inputs: &Inputs<'_>, path: PathBuf, text: String) -> Action {
    let expect = seen(inputs, &path);
    Action::WriteFile(File { path, kind: FileKind::KubeletSettings, content: Content::new(text), expect })
}

fn seen(inputs: &Inputs<'_>, path: &Path) -> Expect {
    Expect::seen(inputs.files.get(path).map(Content::bytes))
}
