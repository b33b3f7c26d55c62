//! Runs that change this host, one after the other.

use super::request::Target;
use crate::host::{HostLock, LockHolder, observe};
use crate::report;

/// Waits until no other run changes this host, which nothing is to be looked at before. A dry run waits for nobody.
pub fn turn(target: &Target, command: &str) -> Option<HostLock> {
    match target {
        Target::Listing | Target::Folder(_) => None,
        Target::Host => HostLock::take(|| own(command), |holder| report::say(&waiting(holder.as_ref()))),
    }
}

fn own(command: &str) -> LockHolder {
    LockHolder { process: std::process::id(), command: command.to_owned(), since: observe::now() }
}

fn waiting(holder: Option<&LockHolder>) -> String {
    let who = holder.map_or_else(String::new, |holder| {
        let since = holder.since.strftime("%Y-%m-%d %H:%M:%S UTC");
        format!(": kubewright {}, process {}, since {since}", holder.command, holder.process)
    });
    format!("waiting for another run that changes this host{who}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_waited_for_is_said_as_far_as_it_is_known() {
        let holder = LockHolder {
            process: 7,
            command: "init".to_owned(),
            since: "2026-11-21T08:00:00.5Z".parse().unwrap(),
        };
        assert_eq!(
            waiting(Some(&holder)),
            "waiting for another run that changes this host: kubewright init, process 7, since 2026-11-21 08:00:00 UTC"
        );
        assert_eq!(waiting(None), "waiting for another run that changes this host");
    }
}
