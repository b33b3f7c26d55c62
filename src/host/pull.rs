//! Image pulls through the CRI.

use futures::future::join_all;

use super::cri::CriClient;
use crate::facts::CriError;
use crate::preflight::Pull;

/// As often as kubeadm tries.
const TRIES: u32 = 5;

/// Whether images are pulled one after the other or all at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PullOrder {
    Serial,
    SideBySide,
}

/// Told of each pull's progress; the terminal's writer is one.
pub trait PullObserver {
    fn report(&self, image: &str, progress: &PullProgress);
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PullProgress {
    Started,
    /// A try failed and the next one, by its number, follows.
    Retrying {
        attempt: u32,
        why: String,
    },
    Done,
    Failed {
        why: String,
    },
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
