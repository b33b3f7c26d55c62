//! Callers, hosts and files that are not what one would expect.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::process::ExitStatusExt as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::program::{Caller, kubewright, laid_out, text};

/// Runs a script, in which `$kubewright` is the program, in a folder of its own.
fn shell(script: &str) -> (TempDir, Output) {
    let folder = TempDir::new().unwrap();
    let mut command = Command::new("timeout");
    command.args(["60", "sh", "-c", script]).current_dir(folder.path());
    command.env("kubewright", assert_cmd::cargo::cargo_bin("kubewright"));
    let output = command.output().unwrap();
    (folder, output)
}

/// Whether it becomes true within seconds.
fn soon(is: impl Fn() -> bool) -> bool {
    let until = Instant::now() + Duration::from_secs(20);
    while Instant::now() < until {
        if is() {
            return true;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    false
}

/// Whether a process of this id has not ended. Who reaps it, and when, is not this program's to say.
fn runs(id: &str) -> bool {
    let stat = fs::read_to_string(Path::new("/proc").join(id).join("stat")).unwrap_or_default();
    stat.rsplit_once(") ").is_some_and(|(_, state)| !state.starts_with(['Z', 'X']))
}

/// `program`, whose signals end it even where whoever runs the tests ignores them, as a shell does for what it runs beside itself.
fn with_default_signals(program: &Path) -> Command {
    let mut command = Command::new("/usr/bin/env");
    command.arg("--default-signal").arg(program);
    command
}

/// Sends a signal to what `command` runs once that has begun a program which notes its id in `note`; both end of it.
fn ended_by(name: &str, number: i32, mut command: Command, note: &Path) {
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let program = || fs::read_to_string(note).unwrap_or_default().trim().to_owned();
    assert!(soon(|| !program().is_empty()), "{name}");
    let sent = Command::new("sh").args(["-c", &format!("kill -{name} {}", child.id())]).status().unwrap();
    assert!(sent.success());
    assert_eq!(child.wait().unwrap().signal(), Some(number), "{name}");
    assert!(soon(|| !runs(&program())), "{name}");
}

#[test]
fn a_signal_ends_what_was_called_and_then_the_program_by_itself() {
    for (name, number) in [("INT", 2), ("TERM", 15), ("HUP", 1)] {
        let folder = TempDir::new().unwrap();
        let note = folder.path().join("kubelet");
        let caller =
            Caller::named("kubewright").with_kubelet(&format!("echo $$ >{}; exec sleep 600", note.display()));
        let mut command = with_default_signals(&caller.program());
        command.args(["config", "print", "init-defaults"]).env("PATH", caller.path());
        ended_by(name, number, command, &note);
    }
}

#[test]
fn a_signal_ends_a_program_that_a_kubeconfig_names() {
    let folder = TempDir::new().unwrap();
    let (note, kubeconfig) = (folder.path().join("plugin"), folder.path().join("k.conf"));
    let script = format!("echo $$ >{}; exec sleep 600", note.display());
    let text = format!(
        "apiVersion: v1\nkind: Config\ncurrent-context: c\ncontexts: [{{name: c, context: {{cluster: k, user: u}}}}]\n\
         clusters: [{{name: k, cluster: {{server: 'https://127.0.0.1:1'}}}}]\n\
         users: [{{name: u, user: {{exec: {{apiVersion: client.authentication.k8s.io/v1, interactiveMode: Never, \
         command: sh, args: ['-c', '{script}']}}}}}}]\n"
    );
    fs::write(&kubeconfig, text).unwrap();
    let mut command = with_default_signals(&assert_cmd::cargo::cargo_bin("kubewright"));
    command.args(["token", "list", "--kubeconfig"]).arg(&kubeconfig);
    ended_by("TERM", 15, command, &note);
}

#[test]
fn a_signal_that_the_caller_ignores_is_ignored() {
    let script =
        "trap '' HUP; $kubewright version >/dev/null & wait $!; $kubewright token generate >/dev/null";
    assert_eq!(shell(script).1.status.code(), Some(0));
    let caller =
        Caller::named("kubewright").with_kubelet("kill -HUP $PPID; sleep 1; echo Kubernetes v1.35.2");
    let run = format!(
        "trap '' HUP; PATH={} {} config print init-defaults",
        caller.path(),
        caller.program().display()
    );
    let output = Command::new("sh").args(["-c", &run]).output().unwrap();
    assert!(text(&output.stdout).contains("1.35.0"), "{output:?}");
}

#[test]
fn a_file_that_grows_past_a_limit_is_an_error() {
    let (folder, output) =
        shell("ulimit -f 0; $kubewright init phase certs sa --cert-dir $PWD/pki 2>&1 | cat");
    assert!(text(&output.stdout).contains("File too large"), "{output:?}");
    assert!(fs::read_dir(folder.path().join("pki")).map_or(0, Iterator::count) == 0);
}

#[test]
fn from_a_folder_that_is_gone_no_path_is_counted() {
    let (_folder, output) = shell(
        "mkdir gone; cd gone; rmdir ../gone; $kubewright certs check-expiration --cert-dir kubewright-none; \
         $kubewright token list --kubeconfig kubewright-none; \
         $kubewright certs generate-csr --cert-dir kubewright-none --kubeconfig-dir kubewright-none",
    );
    let said = text(&output.stderr);
    assert_eq!(said.matches("cannot tell the folder that this runs in").count(), 3, "{said}");
    assert!(!Path::new("/kubewright-none").exists());
}

#[test]
fn a_folder_whose_name_is_no_text_stands_in_documents() {
    let scratch = TempDir::new().unwrap();
    let folder = scratch.path().join(OsStr::from_bytes(b"odd-\xff"));
    fs::create_dir(&folder).unwrap();
    let mut command = Command::new(assert_cmd::cargo::cargo_bin("kubewright"));
    command.args(["init", "phase", "kubeconfig", "admin", "--kubeconfig-dir", "k", "--cert-dir"]);
    command.arg(scratch.path().join("pki")).args(["--dry-run", "-o", "json"]).current_dir(&folder);
    let output = command.output().unwrap();
    assert_ne!(output.status.code(), Some(101), "{}", text(&output.stderr));
    assert!(text(&output.stdout).starts_with('{'));
}

#[test]
fn what_is_no_file_is_told_and_not_waited_for() {
    let scratch = laid_out();
    let pki = scratch.path().join("etc/kubernetes/pki");
    let at = |name: &str| pki.join(name).display().to_string();
    let script =
        format!("rm {0} && mkfifo {0} && rm {1} && ln -s /dev/zero {1}", at("apiserver.crt"), at("ca.crt"));
    assert!(Command::new("sh").args(["-c", &script]).status().unwrap().success());
    let begun = Instant::now();
    let output = kubewright(&["certs", "check-expiration", "--cert-dir", pki.to_str().unwrap()]);
    let said = text(&output.stderr);
    assert!(begun.elapsed() < Duration::from_secs(20));
    assert!(said.contains("it is a named pipe, and no file"), "{said}");
    assert!(said.contains("it is a device, and no file"), "{said}");
}

#[test]
fn a_pipe_is_written_to_and_an_empty_path_is_none() {
    let config =
        "apiVersion: kubeadm.k8s.io/v1beta3\nkind: ClusterConfiguration\nkubernetesVersion: v1.36.3\n";
    let (folder, output) = shell(&format!(
        "printf '{config}' >old; mkfifo pipe; cat pipe >got & \
         $kubewright config migrate --old-config old --new-config pipe; wait; test -p pipe && \
         $kubewright config migrate --old-config old --new-config /dev/stdout >out",
    ));
    assert!(output.status.success(), "{output:?}");
    let read = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap();
    assert!(read("got").contains("v1beta4") && read("out").contains("v1beta4"));
    let (_folder, output) = shell("$kubewright config migrate --old-config ''");
    assert!(text(&output.stderr).contains("--old-config: must be given"), "{output:?}");
}
