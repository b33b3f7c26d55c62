//! `config images pull`, with the container runtime of the unit tests.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;

use crate::program::{output, told};
use kubewright::host::cri;

#[path = "../../src/host/fake_cri.rs"]
#[allow(dead_code, clippy::pedantic, reason = "the unit tests use the rest")]
mod fake_cri;

use fake_cri::{FakeCri, UNKNOWN, containerd};

/// A runtime that refuses the first `refusals` pulls; its socket.
fn serve(refusals: u32) -> String {
    let (sender, receiver) = std::sync::mpsc::channel();
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let left = Arc::new(AtomicU32::new(refusals));
            let take = |left: u32| left.checked_sub(1);
            let fake = FakeCri::serve(move |call| {
                let refused = call == "PullImage"
                    && left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, take).is_ok();
                if refused { Err((UNKNOWN, "no such host")) } else { containerd(call) }
            });
            sender.send(fake.endpoint()).unwrap();
            std::future::pending::<()>().await;
        });
    });
    receiver.recv().unwrap()
}

const IMAGES: usize = 7;
const TRIES: u32 = 5;

#[test]
fn images_that_are_pulled_are_told_in_kubeadm_s_words_and_order() {
    let socket = serve(3);
    let version = "--kubernetes-version=v1.36.3";
    let listed = String::from_utf8(output(&["config", "images", "list", version]).stdout).unwrap();
    let pulled = output(&["config", "images", "pull", version, "--cri-socket", &socket]);
    let wanted: Vec<String> = listed.lines().map(|image| format!("[config/images] Pulled {image}")).collect();
    let told = String::from_utf8(pulled.stdout).unwrap();
    assert_eq!(
        (pulled.status.code(), told.lines().collect::<Vec<_>>()),
        (Some(0), wanted.iter().map(String::as_str).collect())
    );
    let said = String::from_utf8(pulled.stderr).unwrap();
    assert!(said.contains("[config/images] Pulling registry.k8s.io/kube-apiserver:v1.36.3\n"), "{said}");
    assert_eq!(said.lines().filter(|line| line.contains(", try ")).count(), 3, "{said}");
}

#[test]
fn pulls_are_told_to_machines_image_by_image() {
    let pull = |refusals| told(&["config", "images", "pull", "--cri-socket", &serve(refusals)]);
    let all = pull(0);
    assert!(all.has("PulledImages", "done"), "{all:?}");
    assert_eq!(all.document["images"].as_array().unwrap().len(), IMAGES);
    // One image at least has all of its tries refused, and two at least have not.
    let some = pull(4 * u32::try_from(IMAGES).unwrap() + 1);
    assert!(some.has("PulledImages", "incomplete"), "{some:?}");
    assert_eq!(some.document["errors"][0]["causes"].as_array().unwrap().len(), 1);
    let none = pull(u32::MAX);
    assert!(none.has("PulledImages", "failed"), "{none:?}");
    assert_eq!((none.error_ids().len(), TRIES), (IMAGES, 5));
}

#[test]
fn an_image_that_cannot_be_pulled_names_its_cause() {
    let pulled = output(&[
        "config",
        "images",
        "pull",
        "--kubernetes-version=v1.36.3",
        "--cri-socket",
        &serve(u32::MAX),
    ]);
    let said = String::from_utf8(pulled.stderr).unwrap();
    assert_eq!((pulled.status.code(), pulled.stdout.len()), (Some(1), 0));
    assert_eq!(said.matches("error: failed to pull image").count(), IMAGES, "{said}");
    assert!(said.contains("failed at PullImage: no such host\n"), "{said}");
    assert!(said.contains("hint: the runtime has every image that could not be pulled"), "{said}");
}
