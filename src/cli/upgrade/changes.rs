//! What an upgrade would make of this host's files and of the cluster's objects, beside what is there. Nothing is written, anywhere.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::UpgradeFailure;
use super::reached::kubeconfig;
use super::request::UpgradeRequest;
use super::run::{self, Run};
use crate::cli::failure::Failure;
use crate::cli::invocation::Invocation;
use crate::host::{Host, Machine, Node, OnSilence, PhaseFailed, Surveyor, without_others_fields};
use crate::manifests::objects::{Body, Object, SeenAddons, Write, essence, written_over};
use crate::manifests::static_pod;
use crate::plan::{
    self, Answer, Content, File, FileKind, Phase, Planned, Planning as _, Question, UpgradeSteps,
    upgrade_order,
};
use crate::report;
use crate::yaml;

/// The text that stands for what is in no file yet.
const NEW: &str = "new";

/// What a run would write.
#[derive(Default)]
struct Changes {
    /// By their paths; of one that is written twice, as it is in the end.
    files: BTreeMap<PathBuf, File>,
    objects: Vec<Object>,
}

/// Shows what would change; whether anything would.
pub fn show(asked: &UpgradeRequest<'_>, invocation: Invocation, context: usize) -> Result<bool, Failure> {
    run::with_run(asked, invocation, |run| {
        let changes = changes(run, asked)?;
        let mut texts: Vec<String> = changes
            .files
            .values()
            .filter_map(|file| of_file(asked.host, file, context).transpose())
            .collect::<Result<_, _>>()?;
        texts.extend(of_objects(asked.host, &run.access().kubeconfig, &changes.objects, context)?);
        report::out(&texts.concat());
        Ok(!texts.is_empty())
    })
}

fn changes(run: &Run<'_>, asked: &UpgradeRequest<'_>) -> Result<Changes, Failure> {
    run.with_plan(|planned| {
        let cluster = Machine::new(asked.host.clone(), run.access())?;
        let mut steps = UpgradeSteps::new(planned.inputs, &asked.phases, planned.plan, None);
        let mut changes = Changes::default();
        for step in upgrade_order() {
            let Some(phase) = step.asked_for(&asked.phases).first().copied() else { continue };
            match steps.plan(&step)? {
                Planned::Effects(effects) => changes.add(&effects),
                Planned::Question(question) => steps.answered(answer(&cluster, phase, &question)?),
            }
        }
        Ok(changes)
    })
}

fn answer(cluster: &Machine, phase: Phase, question: &Question) -> Result<Answer, Failure> {
    let answer = cluster.ask(question).map_err(|source| Failure::Apply(PhaseFailed { phase, source }))?;
    Ok(match answer {
        // They come with the last control plane; what becomes of them is shown with each.
        Answer::Addons(Some(seen)) => Answer::Addons(Some(SeenAddons { behind: Vec::new(), ..seen })),
        other => other,
    })
}

impl Changes {
    fn add(&mut self, effects: &[plan::Effect]) {
        for effect in effects {
            let subject = effect.action.describe().subject;
            // Copies of what is replaced are of this run alone.
            let files = subject.written().iter().filter(|file| !plan::Backups::hold(&file.path));
            self.files.extend(files.map(|file| (file.path.clone(), file.clone())));
            self.objects.extend(subject.sent().iter().cloned());
        }
    }
}

/// None where it stays as it is.
fn of_file(host: &Node, file: &File, context: usize) -> Result<Option<String>, Failure> {
    let found = host.tree().read_one(&file.path)?.map(|found| found.content);
    if found.as_ref() == Some(&file.content) {
        return Ok(None);
    }
    let path = file.path.display().to_string();
    if file.kind.is_secret() {
        return Ok(Some(format!("# {path} changes; it holds a key, and is not shown\n")));
    }
    let old = found.as_ref().map(|found| text(file.kind, found)).unwrap_or_default();
    let text = report::unified(&old, &text(file.kind, &file.content), [&path, NEW], context);
    Ok((!text.is_empty()).then_some(text))
}

/// A manifest in the form in which it is written, so that what means the same is the same.
fn text(kind: FileKind, content: &Content) -> String {
    let text = String::from_utf8_lossy(content.bytes());
    let formed = (kind == FileKind::Manifest).then(|| static_pod::in_go_s_form(&text)).flatten();
    formed.unwrap_or_else(|| text.into_owned())
}

fn of_objects(host: &Node, path: &Path, objects: &[Object], context: usize) -> Result<Vec<String>, Failure> {
    let surveyor = Surveyor::open(path, &kubeconfig(host, path)?, OnSilence::Tell)?;
    let paths: Vec<String> = objects.iter().map(Object::api_path).collect();
    let live = surveyor.objects(&paths).map_err(UpgradeFailure::Survey)?;
    let told = objects.iter().zip(&live).filter_map(|(object, live)| of_object(object, live, context));
    Ok(told.collect())
}

fn of_object(object: &Object, live: &Value, context: usize) -> Option<String> {
    let body = match &object.body {
        Body::Open(body) if object.write == Write::Yield => without_others_fields(body, live),
        Body::Open(body) => body.clone(),
        // Tokens and keys are nobody's to look at.
        Body::Secret(_) => return None,
    };
    let [old, new] = [live, &written_over(object, body, live)].map(|object| {
        let essence = essence(object);
        if essence.is_null() { String::new() } else { yaml::to_string(&essence).unwrap_or_default() }
    });
    let namespace = object.namespace.as_ref().map(|name| format!("{name}/")).unwrap_or_default();
    let name = format!("{} {namespace}{}", object.kind.as_str(), object.name);
    let text = report::unified(&old, &new, [&name, NEW], context);
    (!text.is_empty()).then_some(text)
}
