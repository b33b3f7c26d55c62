//! What turns while something is waited for, on terminals whose lines can change and on others.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;

use kubewright::host::cri;

#[path = "../../src/host/fake_cri.rs"]
#[allow(dead_code, clippy::pedantic, reason = "the unit tests use the rest")]
mod fake_cri;

use fake_cri::{FakeCri, UNKNOWN, containerd};

use crate::{Scratch, join_configuration, program, pty};

/// indicatif's pictures of a spinner, but for the last, which is empty.
const PICTURES: &[char] = &['⠁', '⠂', '⠄', '⡀', '⢀', '⠠', '⠐', '⠈'];

/// The rows in all frames in which something turns.
fn turning(shown: &pty::Shown) -> Vec<String> {
    let rows = shown.frames().into_iter().flatten();
    rows.filter(|row| row.starts_with(PICTURES)).collect()
}

#[test]
fn a_join_to_a_silent_server_shows_in_one_row_for_how_long_yet() {
    for columns in [100, 80, 50] {
        let scratch = Scratch::new();
        let join = scratch.file("join.yaml", &join_configuration("3500ms"));
        let words = ["join", "--dry-run", "--config", &join, "-v=6"];
        let shown = pty::run(&mut program(&words, &[]), columns);
        let turned = turning(&shown);
        let told = " waiting for 2s, 1s more at most: 127.0.0.1:";
        assert!(turned.iter().any(|row| row.contains(told)), "{columns}: {turned:#?}");
        // Of two rows of one frame the second would be left over.
        let in_a_frame = |frame: &Vec<String>| frame.iter().filter(|row| row.starts_with(PICTURES)).count();
        assert!(shown.frames().iter().all(|frame| in_a_frame(frame) <= 1), "{columns}:\n{}", shown.screen());
        // What is told meanwhile stands above it, in lines of its own; and nothing of it stays.
        let screen = shown.screen();
        assert!(!screen.contains("more at most") && !screen.contains(PICTURES), "{columns}:\n{screen}");
        let call = shown.rows().into_iter().find(|row| row.contains(" s  calls https://"));
        let call = call.unwrap_or_else(|| panic!("{columns}:\n{screen}"));
        assert!(call.trim_start().starts_with(|c: char| c.is_ascii_digit()), "{call}");
        assert!(screen.contains("\nerror: "), "{columns}:\n{screen}");
        assert_eq!(shown.status.code(), Some(1));
    }
}

#[test]
fn a_terminal_that_can_do_nothing_gets_a_line_now_and_then() {
    let scratch = Scratch::new();
    let join = scratch.file("join.yaml", &join_configuration("7s"));
    let words = ["join", "--dry-run", "--config", &join];
    let shown = pty::run(&mut program(&words, &[("TERM", "dumb")]), 200);
    assert!(!shown.has_controls(), "{:?}", shown.sent);
    let told = shown.rows().into_iter().filter(|row| row.contains(": waiting for ")).count();
    assert_eq!(told, 1, "{}", shown.screen());
}

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
                if refused { Err((UNKNOWN, "no such\nhost \u{1b}[2J")) } else { containerd(call) }
            });
            sender.send(fake.endpoint()).unwrap();
            std::future::pending::<()>().await;
        });
    });
    receiver.recv().unwrap()
}

#[test]
fn pulls_turn_below_what_was_pulled_and_leave_nothing() {
    for (columns, variables) in [(80, &[][..]), (50, &[]), (80, &[("TERM", "dumb")])] {
        let socket = serve(3);
        let words =
            ["config", "images", "pull", "--kubernetes-version=v1.36.3", "--cri-socket", &socket, "-v=4"];
        let shown = pty::run(&mut program(&words, variables), columns);
        let screen = shown.screen();
        assert_eq!(shown.status.code(), Some(0), "{screen}");
        let pulled: Vec<String> =
            shown.rows().into_iter().filter(|row| row.starts_with("[config/images] Pulled ")).collect();
        assert_eq!(pulled.len(), 7, "{columns} {variables:?}:\n{screen}");
        assert!(!screen.contains(PICTURES), "{screen}");
        let turned = turning(&shown);
        if variables.is_empty() {
            assert!(turned.iter().any(|row| row.contains("registry.k8s.io/")), "{turned:?}");
            // A line's end in what others say is none.
            let retried = shown.frames().into_iter().flatten().any(|row| row.contains(": try 2: "));
            assert!(retried || columns < 80, "{:?}", shown.sent);
            assert!(!shown.sent.contains("\u{1b}[2Jh"), "{:?}", shown.sent);
        } else {
            assert!(turned.is_empty() && !shown.has_controls(), "{:?}", shown.sent);
            assert!(screen.contains("[config/images] Pulling registry.k8s.io/"), "{screen}");
        }
    }
}
