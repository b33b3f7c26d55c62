use std::sync::{Arc, Mutex};

use prost::Message;

use super::super::cri::api::{
    Container, ContainerState, ContainerStatusResponse, Image, ImageStatusResponse, ListContainersResponse,
};
use super::super::fake_cri::{FakeCri, UNKNOWN, containerd};
use super::*;

/// A runtime with a kubelet: what was stopped is started again as another container, unless its manifest is gone.
#[derive(Debug, Default)]
struct Node {
    containers: Vec<Container>,
    /// How many more looks it takes until the kubelet starts what has ended.
    looks: usize,
    has_no_manifest: bool,
    /// The id of the image that every name stands for by now.
    image: &'static str,
    /// The image, and the command line, that containers are started with.
    starts: (&'static str, &'static str),
    calls: Vec<String>,
}

impl Node {
    fn with(pods: &[StaticPod]) -> Self {
        let mut node = Self::default();
        for pod in pods {
            node.start(*pod);
        }
        node
    }

    fn start(&mut self, pod: StaticPod) {
        let id = format!("{}-{}", pod.name(), self.containers.len());
        let labels = [("io.kubernetes.container.name".to_owned(), pod.name().to_owned())].into();
        let state = ContainerState::ContainerRunning.into();
        let image_ref = self.starts.0.to_owned();
        self.containers.push(Container { id, labels, state, image_ref, ..Default::default() });
    }

    fn end(&mut self) {
        let running = |container: &&mut Container| container.state() == ContainerState::ContainerRunning;
        let first = self.containers.iter_mut().find(running).unwrap();
        first.set_state(ContainerState::ContainerExited);
    }

    /// The kubelet's part.
    fn look(&mut self) {
        self.looks = self.looks.saturating_sub(1);
        let ended = self.containers.iter().filter(|one| one.state() == ContainerState::ContainerExited);
        if self.looks == 0 && !self.has_no_manifest && ended.count() == self.containers.len() {
            self.start(StaticPod::Etcd);
        }
    }
}

fn serve(node: Node) -> (FakeCri, Arc<Mutex<Node>>) {
    let node = Arc::new(Mutex::new(node));
    let shared = Arc::clone(&node);
    let fake = FakeCri::serve(move |call| {
        let mut node = shared.lock().unwrap();
        node.calls.push(call.to_owned());
        Ok(match call {
            "ListContainers" => {
                node.look();
                ListContainersResponse { containers: node.containers.clone() }.encode_to_vec()
            }
            "StopContainer" => {
                node.end();
                Vec::new()
            }
            "ImageStatus" => {
                let image = Image { id: node.image.to_owned(), ..Default::default() };
                ImageStatusResponse { image: Some(image), ..Default::default() }.encode_to_vec()
            }
            "ContainerStatus" => {
                let args: Vec<&str> = node.starts.1.split(' ').collect();
                let info = serde_json::json!({ "runtimeSpec": { "process": { "args": args } } });
                let info = [("info".to_owned(), info.to_string())].into();
                ContainerStatusResponse { info, ..Default::default() }.encode_to_vec()
            }
            other => return containerd(other),
        })
    });
    (fake, node)
}

const SOON: Duration = Duration::from_millis(300);
const LONG: Duration = Duration::from_mins(1);

#[tokio::test]
async fn a_restart_is_over_when_the_container_that_came_after_it_serves() {
    let (fake, node) = serve(Node { looks: 4, ..Node::with(&[StaticPod::Etcd]) });
    let roll = restart(StaticPod::Etcd, &fake.endpoint()).await.unwrap();
    let answers = Mutex::new(vec![true, false]);
    let serves = async || answers.lock().unwrap().pop().unwrap();
    roll.until_serves(&LONG.into(), serves).await.unwrap();
    assert!(answers.lock().unwrap().is_empty(), "it was asked before it ran, or once too often");
    let states: Vec<ContainerState> = node.lock().unwrap().containers.iter().map(Container::state).collect();
    assert_eq!(states, [ContainerState::ContainerExited, ContainerState::ContainerRunning]);
}

#[tokio::test]
async fn of_other_pods_nothing_is_ended_and_nothing_counts() {
    let (fake, node) = serve(Node::with(&[StaticPod::ApiServer]));
    let roll = restart(StaticPod::Etcd, &fake.endpoint()).await.unwrap();
    assert!(!node.lock().unwrap().calls.contains(&"StopContainer".to_owned()));
    let error = roll.until_serves(&SOON.into(), async || true).await.unwrap_err();
    assert_eq!((error.name, error.last.as_str()), ("etcd", "none of its containers runs"));
}

#[tokio::test]
async fn what_answers_while_the_container_of_before_runs_does_not_count() {
    let (fake, node) = serve(Node::with(&[StaticPod::Etcd]));
    let roll = restart(StaticPod::Etcd, &fake.endpoint()).await.unwrap();
    // The runtime has not ended it after all.
    node.lock().unwrap().containers[0].set_state(ContainerState::ContainerRunning);
    let error = roll.until_serves(&SOON.into(), async || panic!("asked")).await.unwrap_err();
    assert_eq!(error.last, "its container of before still runs");
}

#[tokio::test]
async fn one_that_comes_and_does_not_answer_is_told() {
    let (fake, _node) = serve(Node::with(&[StaticPod::Etcd]));
    let roll = restart(StaticPod::Etcd, &fake.endpoint()).await.unwrap();
    let error = roll.until_serves(&SOON.into(), async || false).await.unwrap_err();
    assert_eq!(error.last, "its new container runs and does not answer");
    assert!(error.waited <= SOON, "{:?}", error.waited);
}

#[tokio::test]
async fn a_runtime_that_refuses_is_told() {
    let (fake, _node) = serve(Node::with(&[StaticPod::Etcd]));
    let roll = restart(StaticPod::Etcd, &fake.endpoint()).await.unwrap();
    drop(fake);
    let error = roll.until_serves(&Duration::ZERO.into(), async || true).await.unwrap_err();
    assert!(error.last.contains("cri.sock"), "{}", error.last);

    let silent = FakeCri::serve(|call| match call {
        "StopContainer" => Err((UNKNOWN, "it hangs")),
        "ListContainers" => {
            Ok(ListContainersResponse { containers: Node::with(&[StaticPod::Etcd]).containers }
                .encode_to_vec())
        }
        other => containerd(other),
    });
    let error = restart(StaticPod::Etcd, &silent.endpoint()).await.unwrap_err();
    assert!(error.to_string().contains("it hangs"), "{error}");
}

#[tokio::test]
async fn a_pod_without_its_manifest_ends() {
    let (fake, node) = serve(Node { has_no_manifest: true, ..Node::with(&[StaticPod::Etcd]) });
    until_ended(StaticPod::Etcd, &fake.endpoint(), Duration::ZERO).await;
    node.lock().unwrap().end();
    let begun = Instant::now();
    until_ended(StaticPod::Etcd, &fake.endpoint(), LONG).await;
    assert!(begun.elapsed() < LONG);
    until_ended(StaticPod::Etcd, "unix:///nowhere/cri.sock", LONG).await;
    assert!(begun.elapsed() < LONG, "a runtime that is not there runs nothing");
}

/// A manifest that takes the place of another, on a node on which etcd runs the image `old` by `etcd --name=a`.
async fn swapped() -> (FakeCri, Arc<Mutex<Node>>, Roll) {
    let mut node = Node { image: "new", starts: ("old", "etcd --name=a"), ..Node::default() };
    node.start(StaticPod::Etcd);
    let (fake, node) = serve(node);
    let manifest = "{kind: Pod, apiVersion: v1, spec: {containers: [{name: etcd, image: r/etcd:2, command: [etcd, --name=b]}]}}";
    let roll = Roll::swap(StaticPod::Etcd, &fake.endpoint(), manifest.as_bytes()).await;
    (fake, node, roll)
}

async fn missing(roll: &Roll) -> Option<String> {
    roll.until_serves(&Duration::ZERO.into(), async || true).await.err().map(|error| error.last)
}

#[tokio::test]
async fn a_manifest_is_replaced_when_a_container_of_its_image_and_command_line_runs() {
    let (_fake, node, roll) = swapped().await;
    assert_eq!(missing(&roll).await.unwrap(), "its container of before still runs");
    node.lock().unwrap().starts = ("new", "etcd --name=b");
    node.lock().unwrap().end();
    assert_eq!(missing(&roll).await, None);
}

#[tokio::test]
async fn a_container_that_the_kubelet_still_starts_from_the_manifest_of_before_does_not_count() {
    let (_fake, node, roll) = swapped().await;
    node.lock().unwrap().end();
    assert_eq!(missing(&roll).await.unwrap(), "its container does not run the image r/etcd:2");
    node.lock().unwrap().starts = ("new", "etcd --name=a");
    node.lock().unwrap().end();
    let other = "its container was not started with the command line of its new manifest";
    assert_eq!(missing(&roll).await.unwrap(), other);
}

#[tokio::test]
async fn beside_the_one_of_before_the_new_one_does_not_count() {
    let (_fake, node, roll) = swapped().await;
    node.lock().unwrap().starts = ("new", "etcd --name=b");
    node.lock().unwrap().start(StaticPod::Etcd);
    assert_eq!(missing(&roll).await.unwrap(), "its container of before still runs");
}

#[tokio::test]
async fn what_the_kubelet_sees_no_change_in_runs_on() {
    let (_fake, node, mut roll) = swapped().await;
    roll.begun = roll.begun.checked_sub(UNCHANGED).unwrap();
    assert_eq!(missing(&roll).await.unwrap(), "its container does not run the image r/etcd:2");
    node.lock().unwrap().image = "old";
    node.lock().unwrap().starts = ("old", "etcd --name=b");
    assert_eq!(missing(&roll).await, None);
}

#[tokio::test]
async fn where_nothing_was_seen_before_the_command_line_alone_tells() {
    let (fake, node, _) = swapped().await;
    node.lock().unwrap().image = "old";
    let manifest = "{kind: Pod, apiVersion: v1, spec: {containers: [{name: etcd, image: r, command: [etcd, --name=b]}]}}";
    let mut roll = Roll::swap(StaticPod::Etcd, "unix:///nowhere/cri.sock", manifest.as_bytes()).await;
    roll.cri_socket = fake.endpoint();
    let other = "its container was not started with the command line of its new manifest";
    assert_eq!(missing(&roll).await.unwrap(), other);
    node.lock().unwrap().starts.1 = "etcd --name=b";
    assert_eq!(missing(&roll).await, None);
}

#[tokio::test]
async fn of_several_those_count_by_which_the_api_is_served() {
    let (_fake, _node, roll) = swapped().await;
    let rolls = Rolls::default();
    rolls.until_api_runs(&Duration::ZERO.into()).await.unwrap();
    rolls.extend([Roll { pod: StaticPod::Scheduler, ..swapped().await.2 }]);
    rolls.until_api_runs(&Duration::ZERO.into()).await.unwrap();
    rolls.extend([roll]);
    let failed = rolls.until_api_runs(&Duration::ZERO.into()).await.unwrap_err();
    assert_eq!(failed.iter().map(|one| one.name).collect::<Vec<_>>(), ["etcd"]);
}

#[tokio::test]
async fn a_manifest_that_another_step_has_still_to_write_is_waited_for() {
    let (_fake, node, roll) = swapped().await;
    let rolls = Rolls::default();
    let error = rolls.until_replaced(StaticPod::Etcd, &SOON.into()).await.unwrap_err();
    assert_eq!(error.to_string(), "etcd was not healthy within 0 s: its new manifest is not written");
    let writing = async {
        tokio::time::sleep(STEP * 2).await;
        node.lock().unwrap().starts = ("new", "etcd --name=b");
        node.lock().unwrap().end();
        rolls.extend([roll]);
    };
    let limit = LONG.into();
    tokio::join!(rolls.until_replaced(StaticPod::Etcd, &limit), writing).0.unwrap();
}

#[tokio::test]
async fn a_container_that_runs_on_has_settled_and_one_that_is_started_again_has_not() {
    let (fake, node) = serve(Node::with(&[StaticPod::Etcd]));
    settled_for(StaticPod::Etcd, &fake.endpoint(), STEP).await.unwrap();
    let restarts = async {
        tokio::time::sleep(STEP).await;
        node.lock().unwrap().end();
    };
    let endpoint = fake.endpoint();
    let settles = settled_for(StaticPod::Etcd, &endpoint, STEP * 4);
    let error = tokio::join!(settles, restarts).0.unwrap_err();
    assert_eq!(error.last, "its container ended, and was started again");
    assert!(settled_for(StaticPod::Etcd, "unix:///nowhere/cri.sock", STEP).await.is_err());
}

#[tokio::test]
async fn of_a_manifest_that_is_replaced_twice_the_last_one_counts() {
    let (_fake, node, roll) = swapped().await;
    let (fake, _node, _) = swapped().await;
    let rolls = Rolls::default();
    rolls.extend([roll]);
    node.lock().unwrap().starts = ("other", "etcd --name=c");
    let back = "{kind: Pod, apiVersion: v1, spec: {containers: [{name: etcd, image: r/etcd:1, command: [etcd, --name=a]}]}}";
    let again = Roll::swap(StaticPod::Etcd, &fake.endpoint(), back.as_bytes()).await;
    rolls.extend([again]);
    let failed = rolls.until_replaced(StaticPod::Etcd, &Duration::ZERO.into()).await.unwrap_err();
    assert_eq!((failed.url, failed.last.as_str()), (fake.endpoint(), "its container of before still runs"));
}
