//! Image pulls through the CRI.

use std::time::Duration;

use futures::future::join_all;

use super::EventLoop;
use super::cri::CriClient;
use crate::facts::CriError;
use crate::preflight::Pull;

/// How long a runtime may take to answer that is busy.
const LIMIT: Duration = Duration::from_secs(10);
/// As often as kubeadm tries.
const TRIES: u32 = 5;

/// Whether images are pulled one after the other or all at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PullOrder {
    /// The next begins when the one before it has ended (`imagePullSerial`).
    Serial,
    /// The runtime is asked for all of them at the same time.
    SideBySide,
}

/// Told of each pull's progress; the terminal's writer is one.
pub trait PullObserver {
    /// Of pulls side by side, the calls of several images come mixed.
    fn report(&self, image: &str, progress: &PullProgress);
}

/// How far the pull of one image has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PullProgress {
    /// The runtime is asked for it.
    Started,
    /// A try failed and the next one, by its number, follows.
    Retrying {
        /// The number of the try that follows: 2 or more.
        attempt: u32,
        /// What the try before it came to.
        why: String,
    },
    /// The runtime has it.
    Done,
    /// The last try has failed.
    Failed {
        /// What it came to.
        why: String,
    },
}

/// What came of all pulls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pulled {
    /// In the images' order.
    pub pulls: Vec<Pull>,
    /// Images that could not be pulled, and that the runtime has all the same.
    pub here: Vec<String>,
}

/// Pulls `images` into the runtime behind `socket`; an error where there is none.
pub fn pull_all(
    socket: &str,
    images: &[String],
    order: PullOrder,
    observer: &dyn PullObserver,
) -> Result<Pulled, CriError> {
    let runtime = EventLoop::new().map_err(|error| CriError::Failed {
        path: socket.into(),
        call: "connect".into(),
        why: error.to_string(),
    })?;
    runtime.block_on(async {
        let (client, _) = CriClient::connect(socket, LIMIT).await?;
        let pulls = pull(&client, images, order, observer).await;
        let here = here(&client, &pulls).await;
        Ok(Pulled { pulls, here })
    })
}

/// A runtime that does not say whether it has an image is taken not to.
async fn here(client: &CriClient, pulls: &[Pull]) -> Vec<String> {
    let mut here = Vec::new();
    for Pull { image, .. } in pulls.iter().filter(|pull| pull.result.is_err()) {
        if client.has_image(image).await == Ok(true) {
            here.push(image.clone());
        }
    }
    here
}

/// Pulls `images`, each with several tries, and goes on after a failure. The answers come in the images' order.
pub async fn pull(
    client: &CriClient,
    images: &[String],
    order: PullOrder,
    observer: &dyn PullObserver,
) -> Vec<Pull> {
    let pulls = images.iter().map(|image| one(client, image, observer));
    match order {
        PullOrder::SideBySide => join_all(pulls).await,
        PullOrder::Serial => {
            let mut done = Vec::new();
            for pull in pulls {
                done.push(pull.await);
            }
            done
        }
    }
}

async fn one(client: &CriClient, image: &str, observer: &dyn PullObserver) -> Pull {
    observer.report(image, &PullProgress::Started);
    let result = retried(client, image, observer).await;
    let end = match &result {
        Ok(()) => PullProgress::Done,
        Err(error) => PullProgress::Failed { why: error.to_string() },
    };
    observer.report(image, &end);
    Pull { image: image.to_owned(), result }
}

async fn retried(client: &CriClient, image: &str, observer: &dyn PullObserver) -> Result<(), CriError> {
    let mut result = client.pull(image).await;
    for attempt in 2..=TRIES {
        let Err(error) = &result else { break };
        observer.report(image, &PullProgress::Retrying { attempt, why: error.to_string() });
        result = client.pull(image).await;
    }
    result
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::Mutex;
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::super::fake_cri::{FakeCri, UNKNOWN, containerd};
    use super::*;

    #[derive(Default)]
    struct Seen(Mutex<Vec<String>>);

    impl PullObserver for Seen {
        fn report(&self, image: &str, progress: &PullProgress) {
            let word = match progress {
                PullProgress::Started => "started",
                PullProgress::Retrying { .. } => "again",
                PullProgress::Done => "done",
                PullProgress::Failed { .. } => "failed",
            };
            self.0.lock().unwrap().push(format!("{image} {word}"));
        }
    }

    /// Pulls two images from a runtime that refuses the first `refusals` pulls.
    async fn pulled(refusals: u32, order: PullOrder) -> (Vec<Pull>, Vec<String>) {
        let left = Arc::new(AtomicU32::new(refusals));
        let fake = FakeCri::serve(move |call| {
            let taken = |left: u32| left.checked_sub(1);
            let refused =
                |left: &AtomicU32| left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, taken).is_ok();
            if call == "PullImage" && refused(&left) {
                Err((UNKNOWN, "registry is down"))
            } else {
                containerd(call)
            }
        });
        let (client, _) = CriClient::connect(&fake.endpoint(), Duration::from_mins(1)).await.unwrap();
        let seen = Seen::default();
        let pulls = pull(&client, &["a".to_owned(), "b".to_owned()], order, &seen).await;
        (pulls, seen.0.into_inner().unwrap())
    }

    #[tokio::test]
    async fn serial_pulls_follow_each_other() {
        let (pulls, seen) = pulled(0, PullOrder::Serial).await;
        assert!(pulls.iter().all(|pull| pull.result.is_ok()));
        assert_eq!(seen, ["a started", "a done", "b started", "b done"]);
    }

    #[tokio::test]
    async fn pulls_side_by_side_all_start_at_once() {
        let (pulls, seen) = pulled(0, PullOrder::SideBySide).await;
        assert_eq!(pulls.iter().map(|pull| pull.image.as_str()).collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(&seen[..2], ["a started", "b started"]);
    }

    #[tokio::test]
    async fn a_failed_try_is_repeated() {
        let (pulls, seen) = pulled(2, PullOrder::Serial).await;
        assert!(pulls.iter().all(|pull| pull.result.is_ok()));
        assert_eq!(seen, ["a started", "a again", "a again", "a done", "b started", "b done"]);
    }

    #[tokio::test]
    async fn after_the_last_try_the_other_images_are_still_pulled() {
        let (pulls, seen) = pulled(TRIES, PullOrder::Serial).await;
        assert!(matches!(pulls[0].result, Err(CriError::Failed { .. })) && pulls[1].result.is_ok());
        assert_eq!(&seen[seen.len() - 3..], ["a failed", "b started", "b done"]);
    }
}
