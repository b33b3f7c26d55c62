//! Runs that change this host, one after the other.

use super::failure::Failure;
use super::target::ApplyTarget;
use crate::host::{Holder, HostLock, LockHolder, Node};
use crate::report;

/// This run's turn to change the host, which lasts until it is dropped.
#[derive(Debug)]
pub struct Turn {
    _lock: Option<HostLock>,
    /// Whether another run was at the host since this one has begun.
    waited: bool,
}

impl Turn {
    /// What was seen before, or, where another run was waited for, what is seen `now`.
    pub fn facts<T>(&self, before: T, now: impl FnOnce() -> T) -> T {
        if self.waited { now() } else { before }
    }
}

/// Waits until no other run changes this host, which nothing is to be looked at before. A dry run waits for nobody. The
/// signals that end a program end a wait, too.
pub fn host_lock(target: &ApplyTarget, node: &Node, command: &str) -> Result<Turn, Failure> {
    let mut waited = false;
    let lock = match target {
        ApplyTarget::Listing | ApplyTarget::Folder(_) => None,
        ApplyTarget::Host => HostLock::take(
            || own(node, command),
            |holder| {
                waited = true;
                report::say(&waiting(holder));
            },
        )?,
    };
    Ok(Turn { _lock: lock, waited })
}

fn own(node: &Node, command: &str) -> LockHolder {
    LockHolder { process: std::process::id(), command: command.to_owned(), since: node.now() }
}

fn waiting(holder: &Holder) -> String {
    let text = format!("waiting for another run that changes this host: {holder}");
    match holder {
        Holder::Run(_) | Holder::Process { .. } => text + "; Ctrl-C ends the wait",
        Holder::Unknown => text + " (`lsof /run/kubewright/lock` may show it); Ctrl-C ends the wait",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::given;

    #[test]
    fn a_run_names_itself_by_the_node_s_clock() {
        let folder = tempfile::tempdir().unwrap();
        let own = own(&Node::given(folder.path(), given()), "init");
        assert_eq!((own.process, own.since), (std::process::id(), given().now));
    }

    #[test]
    fn what_was_seen_counts_unless_another_run_was_at_the_host_meanwhile() {
        let seen = |waited| Turn { _lock: None, waited }.facts("before", || "now");
        assert_eq!([seen(false), seen(true)], ["before", "now"]);
    }

    #[test]
    fn who_is_waited_for_is_said_as_far_as_it_is_known() {
        let holder = LockHolder {
            process: 7,
            command: "init".to_owned(),
            since: "2026-11-21T08:00:00.5Z".parse().unwrap(),
        };
        assert_eq!(
            waiting(&Holder::Run(holder)),
            "waiting for another run that changes this host: kubewright init, process 7, since 2026-11-21 08:00:00 UTC; \
             Ctrl-C ends the wait"
        );
        assert_eq!(
            waiting(&Holder::Process { process: 8, name: "flock".to_owned() }),
            "waiting for another run that changes this host: process 8 (flock); Ctrl-C ends the wait"
        );
        assert_eq!(
            waiting(&Holder::Unknown),
            "waiting for another run that changes this host: a process that cannot be seen from here (`lsof \
             /run/kubewright/lock` may show it); Ctrl-C ends the wait"
        );
    }
}
