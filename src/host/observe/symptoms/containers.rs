//! The containers of this host's static pods: how they ended, and what they said.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;
use std::sync::Mutex;

use futures::future::try_join_all;
use jiff::Timestamp;

use super::{LIMIT, lock};
use crate::causes::{ContainerSeen, ContainerState, Wanted};
use crate::facts::CriError;
use crate::host::cri::{ANSWER_LIMIT, CriClient, api};
use crate::host::node::Node;
use crate::host::whole::open_file;

/// How often each component of each pod had been started before this run: the runtime counts from the pod's making on.
pub type Starts = BTreeMap<(String, String), u32>;

const POD: &str = "io.kubernetes.pod.uid";
const NAME: &str = "io.kubernetes.container.name";

/// Of a log: a component that is called wrongly says so first, and explains its flags at length; etcd says what it has found of
/// its data in the lines 15 to 30.
const FIRST: usize = 35;
const LAST: usize = 30;
const FIRST_BYTES: u64 = 16 << 10;
const LAST_BYTES: u64 = 32 << 10;

/// All within one limit: a runtime that takes longer is a symptom by itself.
pub async fn look(
    node: &Node,
    wanted: &Wanted,
    since: Option<Timestamp>,
    starts: &Mutex<Starts>,
) -> Result<Vec<ContainerSeen>, CriError> {
    let silent = || CriError::Timeout {
        path: wanted.cri_socket.clone().into(),
        call: "all calls".into(),
        limit: LIMIT,
    };
    let all = tokio::time::timeout(LIMIT, ask(node, wanted, since, starts));
    all.await.unwrap_or_else(|_| Err(silent()))
}

async fn ask(
    node: &Node,
    wanted: &Wanted,
    since: Option<Timestamp>,
    starts: &Mutex<Starts>,
) -> Result<Vec<ContainerSeen>, CriError> {
    let (runtime, _) = CriClient::connect(&wanted.cri_socket, ANSWER_LIMIT).await?;
    let mut found = runtime.all_system_containers().await?;
    found.retain(|container| wanted.component(label(container, NAME)).is_some());
    found.sort_by_key(|container| container.created_at);
    let since = since.map(Timestamp::as_nanosecond);
    count(&found, since, &mut lock(starts));
    // What ended of earlier files, or of an earlier run, says nothing of these.
    let is_of_this_run = |container: &&api::Container| {
        container.state() != api::ContainerState::ContainerExited || is_since(container, since)
    };
    let seen = found.iter().filter(is_of_this_run).map(async |container| {
        match runtime.container_status(&container.id).await {
            Ok(status) => Ok(Some(seen(node, container, &status, &lock(starts)))),
            // Removed since it was listed.
            Err(CriError::Failed { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    });
    Ok(try_join_all(seen).await?.into_iter().flatten().collect())
}

fn label<'a>(container: &'a api::Container, name: &str) -> &'a str {
    container.labels.get(name).map_or("", String::as_str)
}

fn is_since(container: &api::Container, since: Option<i128>) -> bool {
    since.is_none_or(|since| i128::from(container.created_at) >= since)
}

fn attempt(container: &api::Container) -> u32 {
    container.metadata.as_ref().map_or(0, |metadata| metadata.attempt)
}

/// How soon a container can be started for the third time: the kubelet waits ten seconds before that.
const THIRD_START: i128 = 10_000_000_000;

/// Notes for each component what its first start in this run is. The kubelet counts on from the logs of earlier pods of the
/// same manifest, and forgets all dead containers but the last: of the first seconds both are there, and the lower one was
/// the first. Later, where the lowest that is left is no higher than the third, it is taken that none was there before.
fn count(found: &[api::Container], since: Option<i128>, starts: &mut Starts) {
    for container in found {
        let key = (label(container, POD).to_owned(), label(container, NAME).to_owned());
        let attempt = attempt(container);
        match since.map(|since| i128::from(container.created_at) - since) {
            Some(after) if after < 0 => drop(starts.insert(key, attempt + 1)),
            Some(after) if after < THIRD_START || attempt > 2 => drop(starts.entry(key).or_insert(attempt)),
            Some(_) | None => drop(starts.entry(key).or_insert(0)),
        }
    }
}

fn seen(
    node: &Node,
    container: &api::Container,
    status: &api::ContainerStatus,
    starts: &Starts,
) -> ContainerSeen {
    let component = label(container, NAME).to_owned();
    let before = starts.get(&(label(container, POD).to_owned(), component.clone())).copied().unwrap_or(0);
    let state = match container.state() {
        api::ContainerState::ContainerCreated => ContainerState::Created,
        api::ContainerState::ContainerRunning => ContainerState::Running,
        api::ContainerState::ContainerExited | api::ContainerState::ContainerUnknown => {
            ContainerState::Ended {
                code: status.exit_code,
                reason: status.reason.clone(),
                message: status.message.trim().to_owned(),
            }
        }
    };
    let log = log(&node.path(Path::new(&status.log_path))).unwrap_or_default();
    ContainerSeen { component, attempt: attempt(container).saturating_sub(before), state, log }
}

/// The first and the last lines of a container's log.
fn log(path: &Path) -> io::Result<Vec<String>> {
    let mut file = open_file(path)?;
    let length = file.metadata()?.len();
    let mut lines = Vec::new();
    if length > LAST_BYTES {
        let head = part(&mut file, FIRST_BYTES)?;
        lines.extend(head.lines().take(FIRST).map(said));
        file.seek(SeekFrom::Start(length - LAST_BYTES))?;
    }
    let tail = part(&mut file, LAST_BYTES)?;
    let tail: Vec<&str> = tail.lines().collect();
    if length <= LAST_BYTES {
        let between = tail.len().saturating_sub(LAST).min(FIRST);
        lines.extend(tail[..between].iter().map(|line| said(line)));
    }
    lines.extend(tail[tail.len().saturating_sub(LAST)..].iter().map(|line| said(line)));
    lines.retain(|line| !line.trim().is_empty());
    Ok(lines)
}

fn part(file: &mut File, most: u64) -> io::Result<String> {
    let mut bytes = Vec::new();
    file.take(most).read_to_end(&mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// `2026-11-21T20:21:40.357972822Z stderr F words` → `words`: the CRI's form of a log.
fn said(line: &str) -> String {
    line.splitn(4, ' ').nth(3).unwrap_or_default().to_owned()
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "the tests make the files that are looked at")]
mod tests {
    use super::*;

    fn container(attempt: u32, created_at: i64) -> api::Container {
        let labels = [(POD, "pod"), (NAME, "etcd")].map(|(name, value)| (name.to_owned(), value.to_owned()));
        api::Container {
            metadata: Some(api::ContainerMetadata { name: "etcd".into(), attempt }),
            created_at,
            labels: labels.into(),
            ..Default::default()
        }
    }

    fn starts(found: &[api::Container], since: Option<i128>) -> u32 {
        let mut starts = Starts::new();
        count(found, since, &mut starts);
        *starts.values().next().unwrap()
    }

    #[test]
    fn starts_are_counted_from_this_run_on() {
        assert_eq!(starts(&[container(0, 200), container(1, 300)], Some(100)), 0);
        assert_eq!(starts(&[container(7, 50), container(8, 200)], Some(100)), 8);
        // The kubelet has forgotten the one before.
        assert_eq!(starts(&[container(8, 200)], Some(100)), 8);
        // Logs of earlier pods were counted on from.
        assert_eq!(starts(&[container(2, 200)], Some(100)), 2);
        assert_eq!(starts(&[container(1, 200), container(2, 300)], Some(100)), 1);
        assert_eq!(starts(&[container(2, 20_000_000_000)], Some(100)), 0);
        // Nothing was changed: what runs here is what is waited for.
        assert_eq!(starts(&[container(8, 200)], None), 0);
    }

    #[test]
    fn the_first_start_that_was_noted_stays() {
        let mut starts = Starts::new();
        count(&[container(3, 200)], Some(100), &mut starts);
        count(&[container(4, 300)], Some(100), &mut starts);
        assert_eq!(starts.values().copied().collect::<Vec<_>>(), [3]);
    }

    #[test]
    fn a_log_is_read_from_both_its_ends() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("0.log");
        let write = |lines: usize, filling: &str| {
            let line = |number| format!("2026-11-21T20:21:40.357972822Z stderr F {number} {filling}\n");
            std::fs::write(&path, (0..lines).map(line).collect::<String>()).unwrap();
            log(&path).unwrap()
        };
        let numbers = |lines: &[String]| -> Vec<String> {
            lines.iter().map(|line| line.split(' ').next().unwrap().to_owned()).collect()
        };
        assert_eq!(write(2, ""), ["0 ", "1 "]);
        let short = numbers(&write(90, ""));
        assert_eq!((short.len(), short[34].as_str(), short[35].as_str()), (65, "34", "60"));
        let long = numbers(&write(2000, &"x".repeat(60)));
        assert_eq!((long.len(), long[0].as_str(), long[64].as_str()), (65, "0", "1999"));
    }
}
