//! A folder that stands for the host: the dry run that leaves something to look at.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use serde_json::Value;

use super::apply::{Host, Outcome, WaitWatcher};
use super::apply_error::ApplyError;
use super::files::{FileChange, FileError, Tree};
use super::node::Node;
use super::reset::remove;
use crate::manifests::objects::{Body, Object, Write, written_over};
use crate::plan::{Action, Answer, Question, Subject};
use crate::yaml;

/// Files go below the folder as they would below `/`, objects to `cluster/KIND/NAMESPACE/NAME.yaml`.
#[derive(Debug)]
pub struct Folder {
    /// The host on whose disk the folder is.
    host: Node,
    tree: Tree,
    /// Objects that are only patched, as all patches so far leave them.
    patched: Mutex<BTreeMap<PathBuf, Value>>,
}

/// The namespace's place for objects of the whole cluster; no namespace can be called so.
const WHOLE_CLUSTER: &str = "_cluster";

impl Folder {
    /// For the host `host`, in the folder at the path `folder`, which is made with the first file.
    pub fn new(host: &Node, folder: &Path) -> Self {
        Self { host: host.clone(), tree: host.in_folder(folder).tree().clone(), patched: Mutex::default() }
    }

    fn write_objects(&self, objects: &[Object]) -> Result<Outcome, ApplyError> {
        objects.iter().try_for_each(|object| self.write_object(object))?;
        Ok(Outcome::Done)
    }

    fn write_object(&self, object: &Object) -> Result<(), FileError> {
        let place = Path::new("/cluster").join(object_path(object));
        let mode = match object.body {
            Body::Open(_) => 0o644,
            Body::Secret(_) => 0o600,
        };
        let text = yaml::to_string(&self.whole(object, &place)).map_err(|source| {
            FileError::of_file("render", self.tree.locate(&place), std::io::Error::other(source))
        })?;
        self.tree.put(&place, text.as_bytes(), mode)
    }

    /// A patch is written together with those of the same object that came before it.
    fn whole(&self, object: &Object, place: &Path) -> Value {
        let body = object.body.expose_secret();
        match object.write {
            Write::Patch => {
                let mut patched = self.patched.lock().unwrap_or_else(PoisonError::into_inner);
                let whole = patched.entry(place.to_owned()).or_insert(Value::Null);
                *whole = written_over(object, body, whole);
                whole.clone()
            }
            Write::Apply | Write::Yield | Write::Replace | Write::CreateOrKeep | Write::Create => body,
        }
    }
}

fn object_path(object: &Object) -> PathBuf {
    let namespace = object.namespace.as_deref().unwrap_or(WHOLE_CLUSTER);
    Path::new(&object.kind.as_str().to_lowercase()).join(namespace).join(format!("{}.yaml", object.name))
}

impl Host for Folder {
    fn carry_out(&self, action: &Action, _: &mut dyn WaitWatcher) -> Result<Outcome, ApplyError> {
        match action.describe().subject {
            Subject::Folder(wanted) => Ok(Outcome::Changed(self.tree.make_dir(wanted)?)),
            Subject::File(wanted) => Ok(Outcome::Changed(self.tree.write(wanted)?)),
            Subject::Group(wanted) => Ok(Outcome::Changed(self.tree.replace(wanted)?)),
            Subject::Kept(_) => Ok(Outcome::Changed(FileChange::Unchanged)),
            Subject::Objects(objects) => self.write_objects(objects),
            Subject::Removal(wanted) => {
                self.tree.check_way_to(&wanted.path)?;
                remove(&self.host, &self.tree.locate(&wanted.path), &wanted.what)?;
                Ok(Outcome::Done)
            }
            Subject::Edited(_) | Subject::Gone(_) | Subject::Nothing => Ok(Outcome::Skipped("dry run")),
        }
    }

    fn ask(&self, question: &Question) -> Result<Answer, ApplyError> {
        Ok(question.unasked())
    }
}
