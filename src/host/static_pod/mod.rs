//! One static pod of this host, rolled: its manifest is replaced, or its containers are ended since files that they have read have
//! changed; and the wait for the container that comes after.
//!
//! An endpoint does not tell who answers at it: until the kubelet has ended it, that is the container of before. The runtime knows which
//! containers there were, and of those that run the image and the command line.

mod containers;
mod handover;
mod manifest;
mod rolls;

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

pub use containers::end;
pub use handover::hand_over;
pub use rolls::Rolls;

use super::api_readiness::RetryLimit;
use super::container_info::ContainerInfo;
use super::cri::CriClient;
use super::cri::api::Container;
use super::wait::Unhealthy;
use crate::facts::CriError;
use crate::manifests::static_pod::StaticPod;
use containers::{ids, look, running};
use manifest::{StartedFrom, runs_image};

/// Between two questions to the runtime, each of which costs some milliseconds: a restart takes a second.
const STEP: Duration = Duration::from_millis(50);
/// The same where a manifest was replaced: that takes the kubelet and the runtime many seconds, and the processors are theirs.
const SWAP_STEP: Duration = Duration::from_millis(500);
/// For a container to end by itself.
const GRACE: Duration = Duration::from_secs(1);

/// The kubelet looks for changes of manifests every twenty seconds at least, and gives a pod thirty to end. A container of before that
/// is as the new manifest has it and still runs then, runs on: what has changed means the same to the kubelet.
const UNCHANGED: Duration = Duration::from_mins(1);

/// A static pod that is being changed.
#[derive(Debug)]
pub struct Roll {
    pod: StaticPod,
    cri_socket: String,
    /// The ids of the containers that there were before.
    former: BTreeSet<String>,
    changed: Changed,
    begun: Instant,
}

/// What is changed.
#[derive(Debug)]
enum Changed {
    /// Files that its containers have read.
    Files,
    /// Its manifest.
    Manifest(Option<StartedFrom>),
}

/// Why what comes after a change does not serve yet.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
enum NotYet {
    #[error("its container of before still runs")]
    Former,
    #[error("none of its containers runs")]
    Nothing,
    #[error("its container does not run the image {image}")]
    OtherImage { image: String },
    #[error("its container was not started with the command line of its new manifest")]
    OtherCommandLine,
    #[error("its new manifest is not written")]
    NotWritten,
    #[error("its new container runs and does not answer")]
    Silent,
    #[error(transparent)]
    Runtime(#[from] CriError),
}

/// Ends the containers of `pod`, whose files have changed. The kubelet starts it again within a second, which
/// [`Roll::until_serves`] waits for.
///
/// # Errors
/// The runtime does not end them.
pub async fn restart(pod: StaticPod, cri_socket: &str) -> Result<Roll, CriError> {
    let (runtime, found) = look(pod, cri_socket).await?;
    let running: Vec<String> = running(&found).map(|container| container.id.clone()).collect();
    end(&runtime, &running, GRACE).await?;
    Ok(Roll::new(pod, cri_socket, ids(&found), Changed::Files))
}

impl Roll {
    fn new(pod: StaticPod, cri_socket: &str, former: BTreeSet<String>, changed: Changed) -> Self {
        Self { pod, cri_socket: cri_socket.to_owned(), former, changed, begun: Instant::now() }
    }

    /// To be called before the manifest of `pod` is replaced by this one. Of a runtime that does not tell what runs by now, the image and
    /// the command line alone will show what is new.
    pub async fn swap(pod: StaticPod, cri_socket: &str, manifest: &[u8]) -> Self {
        let found = look(pod, cri_socket).await.map(|(_, found)| found).unwrap_or_default();
        let changed = Changed::Manifest(StartedFrom::of_manifest(pod, manifest));
        Self::new(pod, cri_socket, ids(&found), changed)
    }

    /// Returns once the container that has come after the change runs, and `serves` by its own endpoint. What answers there before
    /// does not count.
    ///
    /// # Errors
    /// `limit` is over: what was in the way then.
    pub async fn until_serves(
        &self,
        limit: &RetryLimit,
        mut serves: impl AsyncFnMut() -> bool,
    ) -> Result<(), Unhealthy> {
        let begun = Instant::now();
        loop {
            let missing = match self.runs().await {
                Ok(()) if serves().await => return Ok(()),
                Ok(()) => NotYet::Silent,
                Err(missing) => missing,
            };
            if limit.is_over(begun, self.step()) {
                return Err(self.unhealthy(begun.elapsed(), &missing));
            }
            tokio::time::sleep(self.step()).await;
        }
    }

    fn step(&self) -> Duration {
        match self.changed {
            Changed::Files => STEP,
            Changed::Manifest(_) => SWAP_STEP,
        }
    }

    /// Whether of this pod nothing runs but what has come after the change.
    async fn runs(&self) -> Result<(), NotYet> {
        let (runtime, found) = look(self.pod, &self.cri_socket).await?;
        let (former, new): (Vec<&Container>, Vec<&Container>) =
            running(&found).partition(|container| self.former.contains(&container.id));
        let running = match (former.first(), new.first()) {
            (Some(former), None) if self.may_be_unchanged() => former,
            (Some(_), _) => return Err(NotYet::Former),
            (None, new) => new.ok_or(NotYet::Nothing)?,
        };
        self.is_as_wanted(&runtime, running).await
    }

    fn may_be_unchanged(&self) -> bool {
        match self.changed {
            Changed::Files => false,
            Changed::Manifest(_) => self.begun.elapsed() >= UNCHANGED,
        }
    }

    async fn is_as_wanted(&self, runtime: &CriClient, container: &Container) -> Result<(), NotYet> {
        let Changed::Manifest(Some(wanted)) = &self.changed else { return Ok(()) };
        let image = runtime.image(&wanted.image).await?;
        if !image.is_some_and(|image| runs_image(container, &image)) {
            return Err(NotYet::OtherImage { image: wanted.image.clone() });
        }
        let details = runtime.container_details(&container.id).await?;
        match ContainerInfo::of(&details.info).command_line() {
            Some(told) if !wanted.has_command_line(told) => Err(NotYet::OtherCommandLine),
            // Not every runtime tells it.
            Some(_) | None => Ok(()),
        }
    }

    fn unhealthy(&self, waited: Duration, missing: &NotYet) -> Unhealthy {
        let (name, url) = (self.pod.name(), self.cri_socket.clone());
        Unhealthy { name, url, waited, last: missing.to_string() }
    }
}

/// How long a container that has come up runs before it counts as one that stays.
const SETTLING: Duration = Duration::from_secs(5);

/// Returns when the container of `pod` that runs has run on for some seconds.
///
/// # Errors
/// None runs, or it ended meanwhile, whatever came after it; or the runtime does not tell.
pub async fn settled(pod: StaticPod, cri_socket: &str) -> Result<(), Unhealthy> {
    settled_for(pod, cri_socket, SETTLING).await
}

async fn settled_for(pod: StaticPod, cri_socket: &str, length: Duration) -> Result<(), Unhealthy> {
    let begun = Instant::now();
    let unhealthy = |why: &dyn ToString| {
        let (name, url) = (pod.name(), String::new());
        Unhealthy { name, url, waited: begun.elapsed(), last: why.to_string() }
    };
    let mut first: Option<BTreeSet<String>> = None;
    loop {
        let (_, found) = look(pod, cri_socket).await.map_err(|error| unhealthy(&error))?;
        let now = ids(running(&found));
        if now.is_empty() {
            return Err(unhealthy(&NotYet::Nothing));
        }
        if first.get_or_insert_with(|| now.clone()) != &now {
            return Err(unhealthy(&"its container ended, and was started again"));
        }
        if begun.elapsed() >= length {
            return Ok(());
        }
        tokio::time::sleep(SWAP_STEP.min(length)).await;
    }
}

/// Returns once no container of `pod` runs, or when `limit` is over: the kubelet ends a pod whose manifest is gone. A runtime
/// that does not answer runs none.
pub async fn until_ended(pod: StaticPod, cri_socket: &str, limit: Duration) {
    let begun = Instant::now();
    while any_runs(pod, cri_socket).await && begun.elapsed() < limit {
        tokio::time::sleep(STEP).await;
    }
}

async fn any_runs(pod: StaticPod, cri_socket: &str) -> bool {
    look(pod, cri_socket).await.is_ok_and(|(_, found)| running(&found).next().is_some())
}

#[cfg(test)]
mod tests;
