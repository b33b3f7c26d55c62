//! kubewright as its users meet it: what it refuses, how it says so, and which commands and flags it has.
#![allow(clippy::disallowed_methods, reason = "a test program has effects of its own")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use assert_cmd::Command;
use tempfile::TempDir;

#[path = "cli/spellings.rs"]
mod spellings;

fn kubewright(arguments: &[&str]) -> Output {
    let mut command = Command::cargo_bin("kubewright").unwrap();
    command.args(arguments).env_clear().env("PATH", std::env::var("PATH").unwrap()).output().unwrap()
}

/// The same program by the name kubeadm.
fn kubeadm(arguments: &[&str]) -> Output {
    Caller::named("kubeadm").run(arguments)
}

/// Who calls the program by a name of his own, on a host where a kubelet may be installed.
struct Caller {
    /// Has the link, and is before all else on PATH.
    bin: TempDir,
    name: &'static str,
    variable: Option<&'static str>,
}

impl Caller {
    fn named(name: &'static str) -> Self {
        let bin = TempDir::new().unwrap();
        std::os::unix::fs::symlink(assert_cmd::cargo::cargo_bin("kubewright"), bin.path().join(name))
            .unwrap();
        Self { bin, name, variable: None }
    }

    fn with_kubelet(self, script: &str) -> Self {
        use std::os::unix::fs::PermissionsExt;
        let path = self.bin.path().join("kubelet");
        fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        self
    }

    fn with_variable(self, version: &'static str) -> Self {
        Self { variable: Some(version), ..self }
    }

    fn run(&self, arguments: &[&str]) -> Output {
        let path = format!("{}:{}", self.bin.path().display(), std::env::var("PATH").unwrap());
        let mut command = Command::new(self.bin.path().join(self.name));
        command.args(arguments).env_clear().env("PATH", path);
        command.envs(self.variable.map(|version| ("KUBEWRIGHT_KUBERNETES_VERSION", version)));
        command.output().unwrap()
    }

    /// The version that it stands for: of the images, of the configuration that is printed, and of itself.
    fn versions(&self) -> [String; 3] {
        let images = text(&self.run(&["config", "images", "list"]).stdout);
        let image = images.lines().next().and_then(|line| line.rsplit_once(':'));
        let printed = text(&self.run(&["config", "print", "init-defaults"]).stdout);
        let line = printed
            .lines()
            .find_map(|line| line.strip_prefix("kubernetesVersion: "))
            .map(|line| line.trim_matches('"'));
        [
            image.map_or(images.clone(), |(_, tag)| tag.to_owned()),
            line.map_or(printed.clone(), str::to_owned),
            text(&self.run(&["version", "-o", "short"]).stdout).trim_end().to_owned(),
        ]
    }
}

const KUBELET: &str = "echo Kubernetes v1.35.2";

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A dry run of `init`, as [`refusal_of`].
fn refusal(arguments: &[&str]) -> String {
    refusal_of("init", arguments)
}

/// A dry run into a folder that must stay absent; what it says on stderr.
fn refusal_of(command: &str, arguments: &[&str]) -> String {
    let scratch = TempDir::new().unwrap();
    let folder = scratch.path().join("cluster");
    let mut all = vec![command, "--dry-run", "--output-dir", folder.to_str().unwrap()];
    all.extend(arguments);
    let output = kubewright(&all);
    let said = text(&output.stderr);
    assert!(!output.status.success(), "{arguments:?} is accepted");
    assert_ne!(output.status.code(), Some(101), "{arguments:?} panics: {said}");
    assert!(!folder.exists(), "{arguments:?} is refused, but something was written");
    assert!(output.stdout.is_empty(), "{arguments:?} is refused on stdout: {}", text(&output.stdout));
    said
}

/// Which files each command is to refuse, and how many there are at least.
const BAD: &[(&str, &str, usize)] =
    &[("init", "tests/cli/bad", 41), ("join", "tests/cli/bad-join", 10), ("reset", "tests/cli/bad-reset", 4)];

fn bad_files(folder: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let mut files: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

/// A line that ends with `#~ words` is an offence: the words must be said of that line's number.
fn offences(file: &str) -> Vec<(usize, &str)> {
    let lines = file.lines().enumerate();
    lines.filter_map(|(index, line)| Some((index + 1, line.split_once("#~")?.1.trim()))).collect()
}

#[test]
fn each_bad_configuration_is_refused_with_field_and_line_before_anything_is_written_or_asked() {
    let mut complaints = Vec::new();
    for (command, folder, least) in BAD {
        let files = bad_files(folder);
        assert!(files.len() >= *least, "{folder}");
        for path in files {
            let said = refusal_of(command, &["--config", path.to_str().unwrap()]);
            let unsaid = unsaid(&fs::read_to_string(&path).unwrap(), &said);
            complaints
                .extend(unsaid.iter().map(|what| format!("{}: {what} not in:\n{said}", path.display())));
            assert!(!said.contains(ELSEWHERE), "{}: {said}", path.display());
            assert!(!said.contains(NOT_TO_BE_TOLD), "{}: {said}", path.display());
        }
    }
    assert!(complaints.is_empty(), "\n{}", complaints.join("\n"));
}

/// In what is said of a server that was asked in vain; all servers of the files are `127.0.0.1:1`.
const ELSEWHERE: &str = "127.0.0.1:1 cannot";
/// In every secret of the files that has the wrong form.
const NOT_TO_BE_TOLD: &str = "hunter2";

/// The offences of `file` that `said` does not name.
fn unsaid(file: &str, said: &str) -> Vec<String> {
    let offences = offences(file);
    assert!(!offences.is_empty(), "no offence is marked:\n{file}");
    let is_said = |(line, words): &(usize, &str)| {
        let named = |text: &str| text.contains(&format!("line {line}")) && text.contains(words);
        // Of a document as a whole there is no field to name, nor a line of its own.
        let whole = file.lines().nth(line - 1).unwrap().starts_with("#~") && said.contains(words);
        whole || said.lines().any(named)
    };
    let missing = offences.iter().filter(|offence| !is_said(offence));
    missing.map(|(line, words)| format!("line {line} {words:?}")).collect()
}

#[test]
fn folders_of_the_host_that_lead_upwards_are_refused_by_their_flag() {
    let scratch = TempDir::new().unwrap();
    let dry = ["--dry-run", "--output-dir", scratch.path().to_str().unwrap()];
    let folder = TempDir::new().unwrap();
    let file = folder.path().join("config.yaml");
    fs::write(&file, "apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\n").unwrap();
    let config = ["--config", file.to_str().unwrap()];
    for (words, flag, more) in [
        (&["init", "phase", "certs", "ca", "--cert-dir=/etc/../x"][..], "--cert-dir", &dry[..]),
        (&["init", "phase", "kubeconfig", "admin", "--kubeconfig-dir=../x"], "--kubeconfig-dir", &dry),
        (&["certs", "renew", "all", "--cert-dir=../pki"], "--cert-dir", &[&config[..], &dry].concat()),
        (&["certs", "check-expiration", "--cert-dir=../pki"], "--cert-dir", &config),
        (&["certs", "generate-csr", "--cert-dir=a/../b"], "--cert-dir", &config),
        (&["certs", "generate-csr", "--kubeconfig-dir=a/../b"], "--kubeconfig-dir", &config),
    ] {
        let output = kubewright(&[words, more].concat());
        let said = text(&output.stderr);
        let named = said.contains(&format!("{flag}: ")) && said.contains("must not have '..' in it");
        assert!(!output.status.success() && named, "{words:?}: {said}");
    }
    assert_eq!(fs::read_dir(scratch.path()).unwrap().count(), 0);
}

/// As another run, the test holds the lock of a folder that stands for the root; only root may change his root.
#[test]
fn a_wait_for_another_run_says_whom_for_and_ends_at_once_when_it_is_told_to() {
    if !nix::unistd::geteuid().is_root() {
        return;
    }
    let root = TempDir::new().unwrap();
    let folder = root.path().join("run/kubewright");
    fs::create_dir_all(&folder).unwrap();
    // What any user could open counts for nothing.
    let old = fs::File::create(root.path().join("run/kubewright.lock")).unwrap();
    old.lock().unwrap();
    let held = fs::File::create(folder.join("lock")).unwrap();
    fs::set_permissions(folder.join("lock"), std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    held.lock().unwrap();
    fs::write(
        folder.join("lock"),
        "{\"process\":4711,\"command\":\"init\",\"since\":\"2026-11-21T08:00:00Z\"}",
    )
    .unwrap();
    let mut child = std::process::Command::new(assert_cmd::cargo::cargo_bin("kubewright"))
        .args(["--rootfs", root.path().to_str().unwrap(), "init", "phase", "certs", "ca"])
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut said = String::new();
    let mut lines = std::io::BufReader::new(child.stderr.take().unwrap());
    while !said.contains("waiting for") {
        assert_ne!(std::io::BufRead::read_line(&mut lines, &mut said).unwrap(), 0, "{said}");
    }
    assert!(said.contains("kubewright init, process 4711, since 2026-11-21 08:00:00 UTC"), "{said}");
    let child_id = nix::unistd::Pid::from_raw(child.id().try_into().unwrap());
    nix::sys::signal::kill(child_id, nix::sys::signal::Signal::SIGTERM).unwrap();
    let status = child.wait().unwrap();
    assert_eq!(std::os::unix::process::ExitStatusExt::signal(&status), Some(15));
}

const BAD_FLAGS: &[(&[&str], &str)] = &[
    (&["--apiserver-advertise-address=node-1"], "--apiserver-advertise-address"),
    (&["--apiserver-advertise-address=0.0.0.0/0"], "--apiserver-advertise-address"),
    (&["--apiserver-bind-port=eighty"], "--apiserver-bind-port"),
    (&["--apiserver-bind-port=70000"], "--apiserver-bind-port"),
    (&["--apiserver-cert-extra-sans=a_b"], "--apiserver-cert-extra-sans"),
    (&["--cert-dir=pki"], "--cert-dir"),
    (
        &["--cert-dir=/etc/kubernetes/../../x"],
        "--cert-dir: \"/etc/kubernetes/../../x\" must not have '..' in it",
    ),
    (&["--certificate-key=abc"], "--certificate-key"),
    (&["--config=/nonexistent/file.yaml"], "/nonexistent/file.yaml"),
    (&["--control-plane-endpoint=a_b"], "--control-plane-endpoint"),
    (&["--feature-gates=NoSuchGate=true"], "NoSuchGate"),
    (&["--feature-gates=RootlessControlPlane=perhaps"], "RootlessControlPlane"),
    (&["--ignore-preflight-errors=all,Swap"], "--ignore-preflight-errors"),
    (&["--kubernetes-version=1.12.0"], "--kubernetes-version"),
    (&["--kubernetes-version=one"], "--kubernetes-version"),
    (&["--node-name=a_b"], "--node-name"),
    (&["--patches=/nonexistent/patches"], "/nonexistent/patches"),
    (&["--pod-network-cidr=10.244.0.0"], "--pod-network-cidr"),
    (&["--service-cidr=10.96.0.0/31"], "--service-cidr"),
    (&["--service-dns-domain=a_b"], "--service-dns-domain"),
    (&["--skip-phases=no-such-phase"], "no-such-phase"),
    (&["--skip-phases=bootstrap-token"], "they are left out: bootstrap-token"),
    (&["--token=short"], "--token"),
    (&["--token-ttl=soon"], "--token-ttl"),
    (&["--no-such-flag"], "--no-such-flag"),
    (&["surplus"], "surplus"),
];

#[test]
fn each_bad_flag_is_refused_by_name_before_anything_is_written() {
    for (flags, words) in BAD_FLAGS {
        let address: &[&str] = &["--apiserver-advertise-address=10.20.30.40"];
        let own =
            flags[0].starts_with(address[0].split_once('=').unwrap().0) || flags[0].starts_with("--config");
        let said = refusal(&[if own { &[] } else { address }, *flags].concat());
        assert!(said.contains(words), "{flags:?} says only: {said}");
    }
}

/// What may not stand beside a file, because the file says it.
#[test]
fn flags_that_a_file_could_say_are_refused_beside_a_file() {
    let scratch = TempDir::new().unwrap();
    let path = scratch.path().join("config.yaml");
    fs::write(&path, "apiVersion: kubeadm.k8s.io/v1beta4\nkind: InitConfiguration\n").unwrap();
    for flag in [
        "--apiserver-advertise-address=10.0.0.1",
        "--apiserver-bind-port=6443",
        "--apiserver-cert-extra-sans=a.example.com",
        "--cert-dir=/pki",
        "--control-plane-endpoint=a.example.com",
        "--cri-socket=unix:///run/a.sock",
        "--image-repository=a.example.com",
        "--kubernetes-version=v1.36.3",
        "--pod-network-cidr=10.244.0.0/16",
        "--service-cidr=10.96.0.0/16",
        "--service-dns-domain=a.local",
        "--token=abcdef.0123456789abcdef",
        "--token-ttl=1h",
        "--certificate-key=e6a2eb8581237ab72a4f494f30285ec12a9694d750b9785706a83bfcbbbd2204",
    ] {
        let said = refusal(&["--config", path.to_str().unwrap(), flag]);
        assert!(said.contains(flag.split_once('=').unwrap().0), "{flag} says only: {said}");
    }
}

#[test]
fn a_refusal_never_repeats_a_secret() {
    let secret = "zzzzzz.0123456789ABCDEF";
    for flags in [format!("--token={secret}"), format!("--certificate-key={secret}")] {
        let said = refusal(&["--apiserver-advertise-address=10.20.30.40", &flags]);
        assert!(!said.contains("0123456789ABCDEF"), "{said}");
    }
}

/// The address of a cluster that would be asked in vain, and a token for it.
const CLUSTER: &[&str] =
    &["127.0.0.1:1", "--token=abcdef.0123456789abcdef", "--discovery-token-unsafe-skip-ca-verification"];

#[rustfmt::skip]
const BAD_JOINS: &[(&[&str], &str)] = &[
    (&[], "error: api-server-endpoint: must be given, as in 192.0.2.10:6443, or else --discovery-file"),
    (&["127.0.0.1"], "api-server-endpoint: \"127.0.0.1\" is not HOST:PORT"),
    (&["127.0.0.1:1", "--discovery-token-unsafe-skip-ca-verification"], "--token: must be given"),
    (&["127.0.0.1:1", "--token=abcdef.0123456789abcdef"], "--discovery-token-ca-cert-hash: without a hash"),
    (&["127.0.0.1:1", "--token=abcdef.0123456789abcdef", "--discovery-token-ca-cert-hash=sha1:00"], "--discovery-token-ca-cert-hash: not the hash"),
    (&["--discovery-file=http://127.0.0.1:1/"], "--discovery-file: neither a path nor an https:// URL"),
    (&["--discovery-file=/nonexistent/discovery.conf"], "/nonexistent/discovery.conf"),
    (&["--config=/nonexistent/file.yaml"], "/nonexistent/file.yaml"),
];

/// Behind [`CLUSTER`].
const BAD_JOIN_FLAGS: &[(&[&str], &str)] = &[
    (&["--discovery-file=/discovery.conf"], "--discovery-file: the cluster is found by a token"),
    (&["--node-name=a_b"], "--node-name"),
    (&["--cri-socket=tcp://127.0.0.1:1"], "--cri-socket"),
    (&["--ignore-preflight-errors=all,Swap"], "--ignore-preflight-errors"),
    (&["--skip-phases=addon"], "\"addon\" is not a phase of join"),
    (&["--patches=/nonexistent/patches"], "/nonexistent/patches"),
    (&["--control-plane", "--apiserver-advertise-address=224.0.0.1"], "--apiserver-advertise-address"),
    (&["--control-plane", "--apiserver-bind-port=70000"], "--apiserver-bind-port"),
    (&["--no-such-flag"], "--no-such-flag"),
    (&["surplus"], "surplus"),
];

#[test]
fn each_bad_flag_of_a_join_is_refused_by_name_before_the_cluster_is_asked() {
    let beside = BAD_JOIN_FLAGS.iter().map(|(flags, words)| ([CLUSTER, flags].concat(), words));
    for (flags, words) in BAD_JOINS.iter().map(|(flags, words)| (flags.to_vec(), words)).chain(beside) {
        let said = refusal_of("join", &flags);
        assert!(said.contains(words) && !said.contains(ELSEWHERE), "{flags:?} says only: {said}");
    }
}

/// (the kind of the file, what has to stand in it, flags that it could say)
const IN_A_FILE: &[(&str, &str, &[&str])] = &[
    (
        "join",
        "kind: JoinConfiguration\ndiscovery: {file: {kubeConfigPath: /nonexistent}}\n",
        &[
            "--apiserver-advertise-address=10.0.0.1",
            "--apiserver-bind-port=6443",
            "--certificate-key=e6a2eb8581237ab72a4f494f30285ec12a9694d750b9785706a83bfcbbbd2204",
            "--control-plane",
            "--cri-socket=unix:///run/a.sock",
            "--discovery-file=/discovery.conf",
            "--discovery-token=abcdef.0123456789abcdef",
            "--discovery-token-ca-cert-hash=sha256:e6a2eb8581237ab72a4f494f30285ec12a9694d750b9785706a83bfcbbbd2204",
            "--discovery-token-unsafe-skip-ca-verification",
            "--patches=/patches",
            "--tls-bootstrap-token=abcdef.0123456789abcdef",
            "--token=abcdef.0123456789abcdef",
        ],
    ),
    (
        "reset",
        "kind: ResetConfiguration\n",
        &["--cert-dir=/pki", "--cleanup-tmp-dir", "--cri-socket=unix:///run/a.sock", "--force"],
    ),
];

#[test]
fn flags_of_join_and_reset_that_a_file_could_say_are_refused_beside_one_and_secrets_not_told() {
    let scratch = TempDir::new().unwrap();
    let path = scratch.path().join("config.yaml");
    for (command, body, flags) in IN_A_FILE {
        fs::write(&path, format!("apiVersion: kubeadm.k8s.io/v1beta4\n{body}")).unwrap();
        for flag in *flags {
            let said = refusal_of(command, &["--config", path.to_str().unwrap(), flag]);
            let name = flag.split('=').next().unwrap();
            assert!(
                said.contains(&format!("{name}: cannot be given together with --config")),
                "{flag}: {said}"
            );
            assert!(!said.contains("0123456789abcdef") && !said.contains("e6a2eb85"), "{flag}: {said}");
        }
    }
}

#[test]
fn a_refused_join_never_repeats_a_secret_in_words_or_json() {
    let secret = "zzzzzz.0123456789ABCDEF";
    for name in ["--token", "--discovery-token", "--tls-bootstrap-token", "--certificate-key"] {
        let flag = format!("{name}={secret}");
        let mut words = vec!["join", "127.0.0.1:1", "--control-plane", "--dry-run", "-o", "json", &flag];
        if name != "--token" {
            words.extend(&CLUSTER[1..]);
        }
        let output = kubewright(&words);
        let said = text(&output.stdout) + &text(&output.stderr);
        assert_eq!(output.status.code(), Some(3), "{said}");
        assert!(said.contains(name) && !said.contains("0123456789"), "{said}");
        let document: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        assert!(document["errors"][0]["message"].as_str().unwrap().starts_with("--"), "{document}");
    }
}

/// A line of the real kubeadms' help.
struct Row {
    command: &'static str,
    /// Without the hyphens; empty for the command itself.
    flag: &'static str,
    short: &'static str,
    kind: &'static str,
    default: &'static str,
}

/// All nine kubeadms' commands and flags, see tests/cli/commands.py.
fn reference() -> Vec<Row> {
    let rows = include_str!("cli/commands.txt").lines().map(|line| {
        let line = line.split_once('@').map_or(line, |(line, _minors)| line);
        let mut cells = line.split('|').map(str::trim);
        let mut cell = || cells.next().unwrap_or_default();
        let (command, flag) = (cell(), cell());
        Row { command, flag: flag.trim_start_matches('-'), short: cell(), kind: cell(), default: cell() }
    });
    rows.collect()
}

/// Commands that are not here yet, those below them included, or with `--flag` a flag of one; and why.
const NOT_HERE: &[(&str, &str)] = &[
    ("upgrade apply phase", "upgrade answers to whatever stands behind its four commands"),
    ("upgrade node phase", "upgrade answers to whatever stands behind its four commands"),
];

fn is_left_out(entry: &str, row: &Row) -> bool {
    let (command, flag) = entry.split_once(" --").unwrap_or((entry, row.flag));
    let below =
        row.command.strip_prefix(command).is_some_and(|rest| rest.is_empty() || rest.starts_with(' '));
    below && flag == row.flag
}

/// What is wrong with this program's answer to a row.
fn lacking(root: &clap::Command, row: &Row) -> Option<String> {
    let Row { command, flag, short, kind, default } = row;
    let mut names = command.split(' ').filter(|name| !name.is_empty());
    let Some(found) = names.try_fold(root, |at, name| at.find_subcommand(name)) else {
        return Some((*command).to_owned());
    };
    if flag.is_empty() {
        return None;
    }
    let is_it = |arg: &&clap::Arg| {
        arg.get_long() == Some(flag) || arg.get_all_aliases().is_some_and(|all| all.contains(flag))
    };
    let Some(arg) = found.get_arguments().find(is_it) else { return Some(format!("{command} --{flag}")) };
    let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
    let defaults = arg.get_default_values().iter().any(|value| value == default);
    let checks = [
        ("shorthand", short.is_empty() || arg.get_short().map(String::from).as_deref() == Some(short)),
        ("kind", kind_of(arg, kind)),
        ("default", default.is_empty() || defaults || help.contains(&format!("[default: {default}]"))),
    ];
    let wrong = checks.iter().find(|(_, holds)| !holds)?.0;
    Some(format!("{command} --{flag}: another {wrong} than -{short} {kind} ({default})"))
}

/// pflag's names of kinds; a flag without one is a switch.
fn kind_of(arg: &clap::Arg, kind: &str) -> bool {
    let is_switch = arg.is_require_equals_set() || !arg.get_action().takes_values();
    let is_list = matches!(arg.get_action(), clap::ArgAction::Append);
    match kind {
        "" => is_switch,
        "Level" => true,
        "strings" | "mapStringString" => is_list && !is_switch,
        _ => !is_list && !is_switch,
    }
}

#[test]
fn every_command_and_flag_of_nine_kubeadms_is_here_with_its_shorthand_kind_and_default() {
    let mut root = kubewright::cli::command(kubewright::cli::Invocation::Kubeadm);
    root.build();
    let rows = reference();
    assert!(rows.len() > 600 && rows.iter().any(|row| row.command == "join phase etcd-join"));
    let left_out = |row: &Row| NOT_HERE.iter().any(|(entry, _)| is_left_out(entry, row));
    let missing: Vec<String> =
        rows.iter().filter(|row| !left_out(row)).filter_map(|row| lacking(&root, row)).collect();
    assert!(missing.is_empty(), "{} missing:\n{}", missing.len(), missing.join("\n"));
    for (entry, _) in NOT_HERE {
        let mut of_entry = rows.iter().filter(|row| is_left_out(entry, row)).peekable();
        assert!(of_entry.peek().is_some(), "no kubeadm has {entry}");
        assert!(of_entry.any(|row| lacking(&root, row).is_some()), "{entry} is here: take it off the list");
    }
}

#[test]
fn what_only_older_kubeadms_had_is_taken_and_told() {
    for (arguments, told) in [
        (
            &["join", "phase", "control-plane-join", "update-status", "--control-plane"][..],
            "warning: the phase control-plane-join/update-status did nothing until 1.30, and is passed over\n",
        ),
        (
            &["version", "--skip-headers", "-o", "short", "--log-file=/x"],
            "warning: --skip-headers has no effect: it was a setting of kubeadm's log\n\
             warning: --log-file has no effect: it was a setting of kubeadm's log\n",
        ),
        (
            &["config", "images", "list", "--experimental-output", "json"],
            "warning: --experimental-output is an old name of --output\n",
        ),
    ] {
        let output = kubewright(arguments);
        assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), told.to_owned()), "{arguments:?}");
    }
    let skipped = "--skip-phases=kubelet-finalize/experimental-cert-rotation";
    let output = kubewright(&["init", "--dry-run", "--apiserver-advertise-address=10.0.0.1", skipped]);
    let told = "warning: the phase kubelet-finalize/experimental-cert-rotation is called \
                kubelet-finalize/enable-client-cert-rotation since 1.32\n";
    assert!(output.status.success() && text(&output.stderr).contains(told), "{}", text(&output.stderr));
}

#[test]
fn upgrade_is_known_and_says_what_to_use_meanwhile() {
    for arguments in [
        &["upgrade", "plan"][..],
        &["upgrade", "apply", "v1.37.1", "--yes"],
        &["upgrade", "node", "phase", "preflight", "--dry-run"],
    ] {
        let output = kubewright(arguments);
        let told = format!(
            "error: upgrade {0} is not in kubewright yet\nhint: until it is, run `kubeadm upgrade {0}` with the real kubeadm",
            arguments[1]
        );
        let said = text(&output.stderr);
        assert!(output.status.code() == Some(1) && said.starts_with(&told), "{said}");
    }
}

#[test]
fn a_program_by_itself_shows_its_help() {
    for output in [kubewright(&[]), kubeadm(&[])] {
        assert!(output.status.success() && output.stderr.is_empty());
        assert!(text(&output.stdout).contains("\n  upgrade "), "{}", text(&output.stdout));
    }
}

/// `token …` with a kubeconfig whose server is nowhere: (status, what it says on stderr).
fn token(arguments: &[&str]) -> (Option<i32>, String) {
    let scratch = TempDir::new().unwrap();
    let kubeconfig = scratch.path().join("admin.conf");
    fs::write(
        &kubeconfig,
        "{kind: Config, apiVersion: v1, current-context: a, contexts: [{name: a, context: {cluster: k, user: u}}], \
         users: [{name: u, user: {}}], clusters: [{name: k, cluster: {server: 'http://127.0.0.1:1'}}]}",
    )
    .unwrap();
    let output = kubewright(&[&["token", "--kubeconfig", kubeconfig.to_str().unwrap()], arguments].concat());
    assert!(output.stdout.is_empty(), "{arguments:?}: {}", text(&output.stdout));
    (output.status.code(), text(&output.stderr))
}

const UNREACHABLE: &str = "  caused by: http://127.0.0.1:1 did not answer: Connection refused (os error 111)\n\
    hint: `crictl ps -a --name kube-apiserver` on that control plane shows whether it runs; where a load balancer stands \
    before it, whether that has it as a back end; --kubeconfig FILE names another way to the cluster\n";

/// Whatever is wrong with the command line is said before the cluster is asked: it would say `did not answer`.
const BAD_TOKENS: &[(&[&str], i32, &str)] = &[
    (
        &["create", "zzzzzz.0123456789ABCDEF"],
        3,
        "error: TOKEN: not a bootstrap token: it is six characters, a '.' and sixteen, all of a-z and 0-9\n",
    ),
    (
        &["create", "--ttl=soon"],
        3,
        "error: --ttl: \"soon\" is not a duration; write it as in 24h0m0s, 90s or 1.5h\n",
    ),
    (&["create", "--ttl=-1s"], 3, "error: --ttl: -1s must not be negative\n"),
    (
        &["create", "--usages=authentication,joining"],
        3,
        "error: --usages: \"joining\" is not a use of a bootstrap token; known are signing and authentication\n",
    ),
    (
        &["create", "--usages=signing"],
        3,
        "error: --usages: groups, of which a token has system:bootstrappers:kubeadm:default-node-token unless others are \
         given, need the usage authentication, which is not among the usages\n",
    ),
    (
        &["create", "--groups=system:masters"],
        3,
        "error: --groups: \"system:masters\" is not a group of bootstrap tokens: it begins with system:bootstrappers: and \
         goes on with a-z, 0-9, ':' and '-', ending with a letter or digit\n",
    ),
    (
        &["create", "--print-join-command", "--certificate-key=0123456789ABCDEF"],
        3,
        "error: --certificate-key: not a certificate key: 32 bytes in hexadecimal, 64 digits; `openssl rand -hex 32` makes \
         one\n",
    ),
    (
        &["create", "--certificate-key=00"],
        1,
        "error: --certificate-key belongs to --print-join-command or --control-plane; give one of them\n",
    ),
    (
        &["delete", "abcdef", "zzzzzz.0123456789ABCDEF"],
        1,
        "error: TOKEN 2 is neither an id, which is six characters of a-z and 0-9, nor a whole token, which goes on with a \
         '.' and sixteen more\n",
    ),
    (
        &["list", "--output=jsonpath={.token"],
        1,
        "error: error parsing jsonpath {.token, unclosed action, at character 8\n\
         hint: actions stand in braces, as in '{range .items[*]}{.name}{\"\\n\"}{end}'\n",
    ),
];

#[test]
fn each_bad_token_command_is_refused_before_the_cluster_is_asked() {
    for (arguments, code, said) in BAD_TOKENS {
        assert_eq!(token(arguments), (Some(*code), (*said).to_owned()), "{arguments:?}");
    }
}

#[test]
fn a_cluster_that_does_not_answer_is_named_with_what_was_asked_of_it() {
    for (arguments, what) in [
        (&["list"][..], "list the bootstrap tokens"),
        (&["create", "abcdef.0123456789abcdef"], "look up the bootstrap token abcdef"),
        (&["create", "abcdef.0123456789abcdef", "--dry-run"], "look up the bootstrap token abcdef"),
        (&["delete", "abcdef.0123456789abcdef"], "delete the bootstrap token abcdef"),
        (&["delete", "abcdef", "--dry-run"], "look up the bootstrap token abcdef"),
    ] {
        assert_eq!(
            token(arguments),
            (Some(1), format!("error: cannot {what}\n{UNREACHABLE}")),
            "{arguments:?}"
        );
    }
}

#[test]
fn a_kubeconfig_that_is_missing_is_named() {
    let said = "error: there is no kubeconfig to reach the cluster with; looked for /nonexistent\n\
                hint: run this on a control plane, or give --kubeconfig FILE\n";
    let output = kubewright(&["token", "list", "--kubeconfig=/nonexistent"]);
    assert_eq!((output.status.code(), text(&output.stderr)), (Some(1), said.to_owned()));
}

#[test]
fn a_generated_token_is_one_and_another_each_time() {
    let generate = || text(&kubewright(&["token", "generate"]).stdout);
    let (one, other) = (generate(), generate());
    assert_ne!(one, other);
    let shape: Vec<usize> = one.trim_end().split('.').map(str::len).collect();
    assert_eq!(shape, [6, 16], "{one}");
}

#[test]
fn every_shell_can_complete_the_phases_and_flags_of_each_command() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = text(&kubewright(&["completion", shell]).stdout);
        for word in [
            "control-plane-prepare",
            "discovery-token-ca-cert-hash",
            "remove-etcd-member",
            "cleanup-tmp-dir",
            "print-join-command",
        ] {
            assert!(script.contains(word), "{shell} does not know {word}");
        }
    }
}

/// What `init` writes below a folder that stands for a host.
fn laid_out() -> TempDir {
    let scratch = TempDir::new().unwrap();
    let folder = scratch.path().to_str().unwrap();
    let flags = ["init", "--dry-run", "--output-dir", folder, "--apiserver-advertise-address=10.0.0.1"];
    let output = kubewright(&flags);
    assert!(output.status.success(), "{}", text(&output.stderr));
    scratch
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.is_symlink() {
            found.extend(files_below(&path));
        } else {
            found.push(path);
        }
    }
    found
}

#[test]
fn reset_takes_back_every_file_of_init_and_follows_no_link() {
    let scratch = laid_out();
    let host = scratch.path();
    fs::write(host.join("mine"), "precious").unwrap();
    std::os::unix::fs::symlink(host.join("mine"), host.join("etc/kubernetes/pki/etcd/link")).unwrap();
    std::os::unix::fs::symlink(host, host.join("var/lib/kubelet/link")).unwrap();
    let reset = || kubewright(&["reset", "--dry-run", "--output-dir", host.to_str().unwrap(), "-o", "json"]);
    let output = reset();
    assert!(output.status.success(), "{}", text(&output.stderr));
    let document: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(document["status"], "done");
    assert!(document["steps"].as_array().unwrap().iter().any(|step| step["path"] == "/etc/kubernetes/pki"));
    assert_eq!(files_below(&host.join("etc")), Vec::<PathBuf>::new());
    assert_eq!(files_below(&host.join("var")), Vec::<PathBuf>::new());
    assert_eq!(fs::read_to_string(host.join("mine")).unwrap(), "precious");
    let again: serde_json::Value = serde_json::from_slice(&reset().stdout).unwrap();
    assert_eq!((&again["status"], &again["steps"]), (&"nothing".into(), &serde_json::json!([])));
}

/// shared case 58
#[test]
fn beside_an_external_etcd_a_reset_keeps_the_keys_that_init_did_not_make_however_often_it_is_run() {
    let scratch = TempDir::new().unwrap();
    let host = scratch.path().join("host");
    let config = scratch.path().join("init.yaml");
    let endpoint = "localAPIEndpoint: {advertiseAddress: 10.0.0.5}\nnodeRegistration: {name: n1}\n";
    let etcd = "etcd: {external: {endpoints: [https://10.0.0.5:2379], caFile: /etc/kubernetes/pki/etcd/ca.crt, certFile: \
                /etc/kubernetes/pki/apiserver-etcd-client.crt, keyFile: /etc/kubernetes/pki/apiserver-etcd-client.key}}\n";
    let head = "apiVersion: kubeadm.k8s.io/v1beta4\nkind:";
    fs::write(
        &config,
        format!("{head} InitConfiguration\n{endpoint}---\n{head} ClusterConfiguration\n{etcd}"),
    )
    .unwrap();
    let (host, config) = (host.to_str().unwrap(), config.to_str().unwrap());
    let output = kubewright(&["init", "--dry-run", "--output-dir", host, "--config", config]);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let pki = Path::new(host).join("etc/kubernetes/pki");
    fs::create_dir_all(pki.join("etcd")).unwrap();
    let theirs = ["apiserver-etcd-client.key", "etcd/peer.key", "etcd/server.key", "secrets_encryption.yaml"];
    for name in theirs {
        fs::write(pki.join(name), "x").unwrap();
    }
    for _ in 0..2 {
        let output = kubewright(&["reset", "-f", "--dry-run", "--output-dir", host]);
        assert!(output.status.success(), "{}", text(&output.stderr));
        let mut stays = files_below(&pki);
        stays.sort();
        assert_eq!(stays, theirs.map(|name| pki.join(name)));
        assert!(theirs.iter().all(|name| text(&output.stderr).contains(name)), "{}", text(&output.stderr));
    }
}

#[test]
fn a_folder_of_the_system_is_refused_by_whatever_name() {
    let scratch = TempDir::new().unwrap();
    std::os::unix::fs::symlink("/", scratch.path().join("top")).unwrap();
    let by_link = format!("--cert-dir={}/top/etc", scratch.path().display());
    for flag in ["--cert-dir=/proc/self/root/etc", "--cert-dir=/proc/self/root/var/lib", &by_link] {
        let output = kubewright(&["reset", "--dry-run", flag]);
        let (out, said) = (text(&output.stdout), text(&output.stderr));
        assert!(!output.status.success() && said.contains("is a folder of the system"), "{flag}: {said}");
        assert!(!out.contains("passwd") && !said.contains("passwd"), "{flag}: {out}{said}");
    }
}

#[test]
fn a_link_in_place_of_the_certificates_stays_and_ends_the_reset_as_incomplete() {
    let scratch = laid_out();
    let host = scratch.path();
    fs::rename(host.join("etc/kubernetes/pki"), host.join("pki")).unwrap();
    std::os::unix::fs::symlink(host.join("pki"), host.join("etc/kubernetes/pki")).unwrap();
    let output = kubewright(&["reset", "--dry-run", "--output-dir", host.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        text(&output.stderr).contains("/etc/kubernetes/pki stays: it is a link"),
        "{}",
        text(&output.stderr)
    );
    assert!(host.join("pki/ca.key").exists() && !host.join("etc/kubernetes/admin.conf").exists());
}

#[test]
fn a_reset_that_is_asked_for_wrongly_says_what_is_wrong() {
    for (flags, code, words) in [
        (&["--cert-dir=/etc"][..], 3, "\"/etc\" is a folder of the system"),
        (&["--cert-dir=pki"], 3, "--cert-dir"),
        (&["--cri-socket=tcp://x"], 3, "--cri-socket"),
        (&["--ignore-preflight-errors=all,Swap"], 3, "--ignore-preflight-errors"),
        (&["--skip-phases=certs"], 3, "\"certs\" is not a phase of reset"),
        (&["--config=/nonexistent/file.yaml"], 1, "/nonexistent/file.yaml"),
        (&["--no-such-flag"], 1, "--no-such-flag"),
    ] {
        let output = kubewright(&[&["reset", "--dry-run"], flags].concat());
        let said = text(&output.stderr);
        assert!(output.status.code() == Some(code) && said.contains(words), "{flags:?}: {said}");
    }
}

#[test]
fn a_user_s_kubeconfig_is_made_of_the_ca_that_the_configuration_names() {
    let scratch = laid_out();
    let pki = scratch.path().join("etc/kubernetes/pki");
    let config = scratch.path().join("config.yaml");
    let document = format!(
        "apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\ncertificatesDir: {}\n\
         clusterName: prod\ncontrolPlaneEndpoint: api.example.org:6443\n",
        pki.display()
    );
    fs::write(&config, document).unwrap();
    let user = |flags: &[&str]| {
        kubewright(&[&["kubeconfig", "user", "--config", config.to_str().unwrap()], flags].concat())
    };
    let output = user(&["--client-name=jane", "--org=a,b", "--validity-period=8761h"]);
    let kubeconfig = text_of(&output);
    for words in ["current-context: jane@prod", "server: https://api.example.org:6443", "client-key-data: "] {
        assert!(kubeconfig.contains(words), "{kubeconfig}");
    }
    let warned = "warning: a client certificate cannot be revoked, and this one holds for 8761h0m0s\n";
    assert_eq!(text(&output.stderr), warned);
    assert!(text_of(&user(&["--client-name=jane", "--token=hunter2"])).contains("token: hunter2\n"));
    for (flags, told) in [
        (&[][..], "error: --client-name: must be given\n"),
        (
            &["--client-name=jane", "--validity-period=0s"],
            "error: --validity-period: 0s must be longer than nothing\n",
        ),
        (
            &["--client-name=jane", "--validity-period=soon"],
            "error: --validity-period: \"soon\" is not a duration",
        ),
    ] {
        let output = user(flags);
        let said = text(&output.stderr);
        assert!(output.status.code() == Some(3) && said.starts_with(told), "{said}");
    }
    fs::remove_file(pki.join("ca.crt")).unwrap();
    fs::remove_file(pki.join("ca.key")).unwrap();
    let said = text(&user(&["--client-name=jane"]).stderr);
    assert!(said.ends_with("pki/ca.crt; `kubewright init phase certs ca` makes it\n"), "{said}");
}

/// What a command that succeeds prints.
fn text_of(output: &Output) -> String {
    assert!(output.status.success(), "{}", text(&output.stderr));
    text(&output.stdout)
}

/// A command whose standard output is this file: (status, what it says on stderr).
fn into(path: &str, arguments: &[&str]) -> (Option<i32>, String) {
    let output = std::process::Command::new(assert_cmd::cargo::cargo_bin("kubewright"))
        .args(arguments)
        .stdout(fs::File::options().write(true).open(path).unwrap())
        .output()
        .unwrap();
    (output.status.code(), text(&output.stderr))
}

const PRINTING: &[&[&str]] = &[
    &["config", "images", "list"],
    &["token", "generate"],
    &["completion", "bash"],
    &["--help"],
    &["version", "-o", "json"],
];

#[test]
fn output_that_cannot_be_written_is_a_failure() {
    let said = "error: cannot write to standard output\n  caused by: No space left on device (os error 28)\n";
    for arguments in PRINTING {
        assert_eq!(into("/dev/full", arguments), (Some(1), said.to_owned()), "{arguments:?}");
    }
}

#[test]
fn a_reader_that_leaves_ends_the_output_and_is_no_failure() {
    for arguments in PRINTING {
        let mut child = std::process::Command::new(assert_cmd::cargo::cargo_bin("kubewright"));
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let output = child.args(*arguments).stdout(writer).output().unwrap();
        assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), String::new()), "{arguments:?}");
    }
}

#[test]
fn a_command_line_that_is_wrong_is_told_as_json_too() {
    let output = kubewright(&["init", "--no-such-flag", "-o", "json"]);
    let document: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((output.status.code(), &document["status"]), (Some(1), &"failed".into()));
    let wanted = serde_json::json!([
        { "id": "CommandLine", "message": "unexpected argument '--no-such-flag' found", "causes": [], "hint": null }
    ]);
    assert_eq!(document["errors"], wanted);
}

#[test]
fn called_as_kubeadm_it_tells_the_newest_kubernetes_version_as_kubeadm_does() {
    let told = |format: &str| text(&kubeadm(&["version", "-o", format]).stdout);
    assert_eq!(told("short"), "v1.37.2\n");
    let document: serde_json::Value = serde_json::from_str(&told("json")).unwrap();
    let fields: Vec<&String> = document["clientVersion"].as_object().unwrap().keys().collect();
    assert_eq!(
        fields,
        [
            "major",
            "minor",
            "gitVersion",
            "gitCommit",
            "gitTreeState",
            "buildDate",
            "goVersion",
            "compiler",
            "platform"
        ]
    );
    assert_eq!(document["clientVersion"]["gitVersion"], "v1.37.2");
    assert!(told("yaml").contains("\n  gitVersion: v1.37.2\n"), "{}", told("yaml"));
    assert!(document["clientVersion"].as_object().unwrap().values().all(|value| value != ""));
    let line = text(&kubeadm(&["version"]).stdout);
    assert!(line.starts_with("kubeadm version: &version.Info{Major:\"1\", Minor:\"37\", "), "{line}");
    assert!(line.contains(" GitVersion:\"v1.37.2\", GitCommit:\""), "{line}");
}

#[test]
fn where_nobody_names_a_version_the_variable_counts_then_the_name_then_the_kubelet() {
    let of = |tag: &str, printed: &str| [tag.to_owned(), printed.to_owned(), tag.to_owned()];
    for (caller, versions) in [
        (Caller::named("kubeadm").with_kubelet(KUBELET), of("v1.35.2", "1.35.0")),
        (Caller::named("kubeadm").with_kubelet("echo Kubernetes v1.35.2+k3s1"), of("v1.35.2", "1.35.0")),
        (Caller::named("kubeadm-1.36").with_kubelet(KUBELET), of("v1.36.3", "1.36.0")),
        (Caller::named("kubeadm-v1.36.1").with_kubelet(KUBELET), of("v1.36.1", "1.36.0")),
        (
            Caller::named("kubeadm-1.36").with_kubelet(KUBELET).with_variable("v1.34.1"),
            of("v1.34.1", "1.34.0"),
        ),
        // One that this program does not carry is preflight's to tell.
        (Caller::named("kubeadm").with_kubelet("echo Kubernetes v1.99.0"), of("v1.37.2", "1.37.0")),
        (Caller::named("kubeadm").with_kubelet("echo no; exit 1"), of("v1.37.2", "1.37.0")),
    ] {
        assert_eq!(caller.versions(), versions, "{} {:?}", caller.name, caller.variable);
    }
    let [images, printed, _] = Caller::named("kubewright").with_kubelet(KUBELET).versions();
    assert_eq!((images.as_str(), printed.as_str()), ("v1.35.2", "1.35.0"));
}

#[test]
fn a_version_that_is_named_goes_before_all_and_stable_is_of_the_minor_that_is_stood_for() {
    let caller = Caller::named("kubeadm").with_kubelet(KUBELET);
    let tag = |arguments: &[&str]| {
        let images = text(&caller.run(&[&["config", "images", "list"], arguments].concat()).stdout);
        images.lines().next().and_then(|line| line.rsplit_once(':')).unwrap().1.to_owned()
    };
    assert_eq!(tag(&["--kubernetes-version=v1.36.0"]), "v1.36.0");
    assert_eq!(tag(&["--kubernetes-version=stable-1.36"]), "v1.36.3");
    assert_eq!(tag(&["--kubernetes-version=stable-1.31"]), "v1.31.14");
    assert!(tag(&["--kubernetes-version=stable-1"]).starts_with("v1.35."));
}

#[test]
fn init_and_its_phases_take_the_kubelet_s_version_and_init_says_which() {
    let caller = Caller::named("kubewright").with_kubelet(KUBELET);
    let scratch = TempDir::new().unwrap();
    let folder = scratch.path().to_str().unwrap();
    let flags = ["init", "--dry-run", "--output-dir", folder, "--apiserver-advertise-address=10.0.0.1"];
    let output = caller.run(&flags);
    assert!(output.status.success(), "{}", text(&output.stderr));
    let said = text(&output.stderr);
    assert!(said.contains("[init] Using Kubernetes version: v1.35.2\n"), "{said}");
    let manifest = scratch.path().join("etc/kubernetes/manifests/kube-apiserver.yaml");
    assert!(fs::read_to_string(manifest).unwrap().contains("kube-apiserver:v1.35.2"));
}

#[test]
fn a_version_that_is_set_for_all_commands_and_not_carried_is_refused_by_where_it_was_set() {
    for (caller, what) in [
        (
            Caller::named("kubeadm").with_variable("1.20"),
            "error: KUBEWRIGHT_KUBERNETES_VERSION names no version",
        ),
        (Caller::named("kubeadm-1.20"), "error: the name kubeadm-1.20 names no version"),
    ] {
        for arguments in [&["version"][..], &["config", "images", "list"]] {
            let output = caller.run(arguments);
            let said = text(&output.stderr);
            assert_eq!(output.status.code(), Some(1), "{said}");
            assert!(said.starts_with(what) && said.contains("1.29 to 1.37"), "{said}");
        }
    }
}

#[test]
fn hints_name_the_program_as_it_was_called() {
    for name in ["kubeadm", "kubeadm-1.36", "kubewright"] {
        let caller = Caller::named(name);
        let skip =
            ["init", "--dry-run", "--skip-phases=no-such-phase", "--apiserver-advertise-address=10.0.0.1"];
        let said = text(&caller.run(&skip).stderr);
        assert!(said.contains(&format!("`{name} init --help` lists them")), "{said}");
        let document = text(&caller.run(&[&skip[..], &["-o", "json"]].concat()).stdout);
        assert!(document.contains(&format!("`{name} init --help` lists them")), "{document}");
    }
}

/// A file that a dry run of init can be made of, and what more is to stand in its ClusterConfiguration.
fn configuration(more: &str) -> (TempDir, String) {
    let scratch = TempDir::new().unwrap();
    let path = scratch.path().join("kubeadm.yaml");
    let head = "apiVersion: kubeadm.k8s.io/v1beta4\nkind: InitConfiguration\nlocalAPIEndpoint: {advertiseAddress: 10.0.0.1}\n\
                ---\napiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\nkubernetesVersion: v1.36.3\n";
    fs::write(&path, format!("{head}{more}")).unwrap();
    let path = path.to_str().unwrap().to_owned();
    (scratch, path)
}

#[test]
fn called_as_kubeadm_what_it_does_not_know_is_a_warning_as_it_is_kubeadm_s() {
    let component = "---\napiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\nnoSuch: 1\n";
    for (more, words) in [
        ("dns: {type: CoreDNS}\n", "dns.type: there is no such field; it is left out"),
        (
            "apiServer: {timeoutForControlPlane: 4m0s}\n",
            "apiServer.timeoutForControlPlane: there is no such field; did you mean",
        ),
        (
            "ClusterName: a\n",
            "ClusterName: there is no such field; did you mean clusterName?; it is left out",
        ),
        (component, "noSuch: there is no such field; it is left out"),
        (
            "clusterName: a\nclusterName: b\n",
            "clusterName: given twice; the first stands in line 8; the last one counts",
        ),
        (
            "---\napiVersion: kubeadm.k8s.io/v1beta4\nkind: NoSuch\n",
            "kubeadm.k8s.io/v1beta4 has no kind \"NoSuch\"; it is left out",
        ),
    ] {
        let (scratch, path) = configuration(more);
        let folder = scratch.path().join("cluster");
        let flags = ["init", "--dry-run", "--output-dir", folder.to_str().unwrap(), "--config", &path];
        let refused = kubewright(&flags);
        assert_eq!(refused.status.code(), Some(3), "{more}");
        let output = kubeadm(&flags);
        let said = text(&output.stderr);
        assert!(output.status.success(), "{more}: {said}");
        assert!(said.contains("warning: ") && said.contains(words), "{more}: {said}");
        if more.contains("clusterName: b") {
            let stored = folder.join("cluster/configmap/kube-system/kubeadm-config.yaml");
            assert!(fs::read_to_string(stored).unwrap().contains("clusterName: b"));
        }
    }
}

#[test]
fn called_as_kubeadm_what_kubeadm_refuses_is_refused() {
    for more in ["clusterName: 5\n", "featureGates: {NoSuch: true}\n", "imageRepository: \"a b\"\n"] {
        let (scratch, path) = configuration(more);
        let folder = scratch.path().join("cluster");
        let output =
            kubeadm(&["init", "--dry-run", "--output-dir", folder.to_str().unwrap(), "--config", &path]);
        assert_eq!(output.status.code(), Some(1), "{more}");
        assert!(!folder.exists());
    }
    let (_scratch, path) = configuration("noSuch: 1\n");
    assert_eq!(kubeadm(&["config", "validate", "--config", &path]).status.code(), Some(1));
}

/// This host has no runtime at that socket.
#[test]
fn called_as_kubeadm_a_dry_run_whose_preflight_fails_ends_with_1_and_prints_no_plan() {
    let flags = [
        "init",
        "--dry-run",
        "--apiserver-advertise-address=10.0.0.1",
        "--cri-socket=unix:///nonexistent.sock",
    ];
    let output = kubeadm(&flags);
    assert_eq!((output.status.code(), text(&output.stdout)), (Some(1), String::new()));
    assert!(text(&output.stderr).contains("error: [ERROR CRI]: "), "{}", text(&output.stderr));
    let ignoring = kubeadm(&[&flags[..], &["--ignore-preflight-errors=all"]].concat());
    assert!(ignoring.status.success() && !ignoring.stdout.is_empty(), "{}", text(&ignoring.stderr));
    assert!(kubewright(&flags).status.success());
}

#[test]
fn called_as_kubeadm_overlapping_subnets_are_a_warning() {
    let flags = [
        "init",
        "--dry-run",
        "--apiserver-advertise-address=10.0.0.1",
        "--pod-network-cidr=10.96.0.0/16",
        "--service-cidr=10.96.0.0/12",
    ];
    assert!(text(&kubeadm(&flags).stderr).contains("[WARNING SubnetOverlap]: "));
    assert!(text(&kubewright(&flags).stderr).contains("[ERROR SubnetOverlap]: "));
}

#[test]
fn old_commands_and_flags_are_answered_with_todays() {
    for (arguments, hint) in [
        (&["alpha", "certs", "renew", "all"][..], "use `kubeadm certs renew`"),
        (&["alpha", "kubeconfig", "user", "--client-name=a"], "use `kubeadm kubeconfig user`"),
        (
            &["config", "view"],
            "use `kubectl --namespace kube-system get configmap kubeadm-config --output yaml`",
        ),
        (
            &["config", "upload", "from-file", "--config=x"],
            "use `kubeadm init phase upload-config all --config FILE`",
        ),
        (&["init", "--experimental-upload-certs"], "use --upload-certs of `kubeadm init`"),
        (&["join", "10.0.0.1:6443", "--experimental-control-plane"], "use --control-plane of `kubeadm join`"),
        (&["init", "phase", "kubelet", "config"], "use `kubeadm init phase kubelet-start`"),
    ] {
        let output = kubeadm(arguments);
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(
            said.lines().any(|line| line.starts_with("hint: ") && line.ends_with(hint)),
            "{arguments:?}: {said}"
        );
        let output = kubeadm(&[arguments, &["-o", "json"]].concat());
        assert!(text(&output.stdout).contains(hint), "{arguments:?}: {}", text(&output.stdout));
    }
}

#[test]
fn a_long_dash_and_what_cannot_be_seen_are_named_without_secrets() {
    let secret = "abcdef.0123456789abcdef";
    for (arguments, error, hint) in [
        (vec!["init".to_owned(), format!("\u{2014}token={secret}")], "a long dash", "write --token"),
        (vec!["init".to_owned(), "\u{2013}v".to_owned()], "a long dash", "write -v"),
        (
            vec!["token".into(), "create".into(), format!("\u{201c}{secret}\u{201d}")],
            "a curly quote",
            "type that word",
        ),
        (vec!["init\u{a0}--dry-run".to_owned()], "a non-breaking space", "type that word"),
    ] {
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let output = kubewright(&arguments);
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(said.contains(error) && said.contains(&format!("hint: {hint}")), "{arguments:?}: {said}");
        assert!(!said.contains("0123456789"), "{said}");
    }
}

#[test]
fn a_flag_that_was_meant_otherwise_is_told_how_it_is_written() {
    for (arguments, hint) in [
        (&["init", "-config=/x"][..], "hint: write --config, with two hyphens"),
        (&["init", "--dry-run", "false"], "hint: a switch has its value behind =: --dry-run=false"),
        (&["init", "--config", "=", "/x"], "hint: there is no space around the ="),
        (
            &["join", "--pod-network-cidr=10.0.0.0/8"],
            "hint: --pod-network-cidr is a flag of `kubewright init`",
        ),
    ] {
        let said = text(&kubewright(arguments).stderr);
        assert!(said.contains(hint), "{arguments:?}: {said}");
    }
}

#[test]
fn called_as_kubeadm_whatever_fails_ends_with_1() {
    let bad = ["init", "--dry-run", "--apiserver-advertise-address=node-1"];
    assert_eq!((kubeadm(&bad).status.code(), kubewright(&bad).status.code()), (Some(1), Some(3)));
}

#[test]
fn called_as_kubeadm_it_says_first_what_kubeadm_says_of_a_command_line() {
    for (arguments, first) in [
        (&["init", "--no-such-flag"][..], "error: unknown flag: --no-such-flag"),
        (&["reset", "-x"], "error: unknown shorthand flag: 'x' in -x"),
        (&["nothing"], "error: unknown command \"nothing\" for \"kubeadm\""),
        (&["token", "nothing"], "error: unknown command \"nothing\" for \"kubeadm token\""),
        (&["version", "surplus"], "error: unknown command \"surplus\" for \"kubeadm version\""),
    ] {
        let output = kubeadm(arguments);
        assert_eq!((text(&output.stderr).lines().next(), output.status.code()), (Some(first), Some(1)));
    }
    let usage = text(&kubeadm(&["token", "--help"]).stdout);
    assert!(usage.contains("Usage: kubeadm token ") && !usage.contains("kubewright token"), "{usage}");
    assert!(text(&kubeadm(&["completion", "bash"]).stdout).contains("complete -F _kubeadm "));
}

#[test]
fn whatever_spelling_of_flags_kubeadm_takes_is_taken() {
    for same in spellings::SAME {
        let said = |arguments: &&[&str]| {
            let output = kubewright(arguments);
            (output.status.code(), text(&output.stdout), text(&output.stderr))
        };
        let first = said(&same[0]);
        assert!(!first.2.contains("Usage:"), "{:?}: {}", same[0], first.2);
        for other in &same[1..] {
            assert_eq!(said(other), first, "{other:?}");
        }
    }
}

#[test]
fn templates_pick_out_of_the_document_and_are_read_before_anything_else() {
    let list = |more: &[&str]| {
        let output =
            kubewright(&[&["config", "images", "list", "--kubernetes-version=v1.36.3"], more].concat());
        (output.status.code(), text(&output.stdout), text(&output.stderr))
    };
    let (pause, etcd) = ("registry.k8s.io/pause:3.10.2", "registry.k8s.io/etcd:3.6.8-0");
    let printed = |format: &str| list(&["-o", format]);
    assert_eq!(printed("jsonpath={.images[-2:]}"), (Some(0), format!("{pause} {etcd}"), String::new()));
    assert_eq!(printed("jsonpath={range .images[-2:]}{@}{\"\\n\"}{end}").1, format!("{pause}\n{etcd}\n"));
    assert_eq!(printed("jsonpath-as-json={.images[-1]}").1, format!("[\n    \"{etcd}\"\n]\n"));
    assert_eq!(printed("jsonpath={.nothing}"), (Some(0), String::new(), String::new()));
    assert!(printed("KYAML").1.starts_with("---\n{\n  kind: \"Images\",\n"), "{}", printed("KYAML").1);
    assert_eq!(printed("JSON"), printed("json"));

    let scratch = TempDir::new().unwrap();
    let file = scratch.path().join("template").display().to_string();
    fs::write(&file, "{.images[-1]}\n").unwrap();
    assert_eq!(printed(&format!("jsonpath-file={file}")).1, format!("{etcd}\n"));

    let missing = list(&["-o", "jsonpath={.nothing}", "--allow-missing-template-keys=false"]);
    assert_eq!((missing.0, missing.1.as_str()), (Some(1), ""));
    assert!(
        missing.2.starts_with("error: error executing jsonpath \"{.nothing}\": nothing is not found\n"),
        "{}",
        missing.2
    );

    // Nothing is asked of a cluster, and no file is read, for a template that is none.
    let nowhere = "--kubeconfig=/nonexistent";
    for (format, said) in [
        ("jsonpath={.token", "error: error parsing jsonpath {.token, unclosed action, at character 8\n"),
        ("jsonpath", "error: -o \"jsonpath\": template format specified but no template given\n"),
        ("jsonpath-file=/nonexistent", "error: cannot read the template /nonexistent\n"),
        ("wide", "error: -o \"wide\" is not known to token list; known are text, json, yaml, kyaml, "),
    ] {
        let output = kubewright(&["token", "list", nowhere, "-o", format]);
        let told = (output.status.code(), text(&output.stdout), text(&output.stderr));
        assert!(told.0 == Some(1) && told.1.is_empty() && told.2.starts_with(said), "{format}: {told:?}");
    }
}

#[test]
fn go_templates_pick_out_of_the_document_and_are_read_before_anything_else() {
    let list = |more: &[&str]| {
        let output =
            kubewright(&[&["config", "images", "list", "--kubernetes-version=v1.36.3"], more].concat());
        (output.status.code(), text(&output.stdout), text(&output.stderr))
    };
    let printed = |format: &str| list(&["-o", format]);
    let (pause, etcd) = ("registry.k8s.io/pause:3.10.2", "registry.k8s.io/etcd:3.6.8-0");
    let picked = "{{range slice .images 5}}{{.}}{{\"\\n\"}}{{end}}";
    for name in ["go-template", "template"] {
        let wanted = (Some(0), format!("{pause}\n{etcd}\n"), String::new());
        assert_eq!(printed(&format!("{name}={picked}")), wanted);
    }
    assert_eq!(printed("go-template={{.nothing}}"), (Some(0), "<no value>".to_owned(), String::new()));

    let scratch = TempDir::new().unwrap();
    let file = scratch.path().join("template").display().to_string();
    fs::write(&file, "{{index .images 6}}\n").unwrap();
    for name in ["go-template-file", "templatefile"] {
        assert_eq!(printed(&format!("{name}={file}")).1, format!("{etcd}\n"));
    }

    for (more, said) in [
        (
            &["-o", "go-template={{.kind}} {{.nothing}}", "--allow-missing-template-keys=false"][..],
            "error: error executing template \"{{.kind}} {{.nothing}}\": template: output:1:12: executing \
             \"output\" at <.nothing>: map has no entry for key \"nothing\"\n\
             hint: without --allow-missing-template-keys=false what is missing is <no value>\n",
        ),
        (
            &["-o", "go-template={{.kind}}{{eq (len .images) 7.0}}"],
            "error: error executing template \"{{.kind}}{{eq (len .images) 7.0}}\": template: output:1:11: \
             executing \"output\" at <eq (len .images) 7.0>: error calling eq: incompatible types for \
             comparison\n\
             hint: whole numbers of the document are integers: compare them with one that has no point, as in 86400\n",
        ),
        (
            &["-o", "go-template={{range 9000000000000}}{{end}}"],
            "error: error executing template \"{{range 9000000000000}}{{end}}\": template: output:1:8: executing \
             \"output\" at <9000000000000>: more comes out of it, or more has to be done for it, than fits\n",
        ),
    ] {
        assert_eq!(list(more), (Some(1), String::new(), said.to_owned()));
    }

    // Nothing is asked of a cluster, and no file is read, for a template that is none.
    for (format, said) in [
        (
            "go-template={{.token",
            "error: error parsing template {{.token, template: output:1: unclosed action\n\
             hint: actions stand in double braces, as in '{{range .items}}{{.name}}{{\"\\n\"}}{{end}}'\n",
        ),
        (
            "go-template",
            "error: -o \"go-template\": template format specified but no template given\n\
             hint: write the template behind an equals sign, as in -o go-template='{{.}}'\n",
        ),
        (
            "go-template-file=",
            "error: -o \"go-template-file=\": template format specified but no template given\n\
             hint: name the template's file, as in -o go-template-file=FILE\n",
        ),
        ("templatefile=/nonexistent", "error: cannot read the template /nonexistent\n"),
        ("Go-Template={{.}}", "error: -o \"Go-Template={{.}}\" is not known to token list; known are "),
    ] {
        let output = kubewright(&["token", "list", "--kubeconfig=/nonexistent", "-o", format]);
        let told = (output.status.code(), text(&output.stdout), text(&output.stderr));
        assert!(told.0 == Some(1) && told.1.is_empty() && told.2.starts_with(said), "{format}: {told:?}");
    }

    // kubeadm does not have kubectl's flag either.
    let output = kubewright(&["token", "list", "-o", "go-template", "--template={{.}}"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(text(&output.stderr).starts_with("error: unexpected argument '--template' found\n"));
}

#[test]
fn images_are_listed_as_kubeadm_lists_them() {
    let list = |format: &str| {
        text(&kubewright(&["config", "images", "list", "--kubernetes-version=v1.36.3", "-o", format]).stdout)
    };
    let images = [
        "registry.k8s.io/kube-apiserver:v1.36.3",
        "registry.k8s.io/kube-controller-manager:v1.36.3",
        "registry.k8s.io/kube-scheduler:v1.36.3",
        "registry.k8s.io/kube-proxy:v1.36.3",
        "registry.k8s.io/coredns/coredns:v1.14.2",
        "registry.k8s.io/pause:3.10.2",
        "registry.k8s.io/etcd:3.6.8-0",
    ];
    assert_eq!(list("text"), images.join("\n") + "\n");
    let head = "apiVersion: output.kubeadm.k8s.io/v1alpha3\nimages:\n";
    assert_eq!(list("yaml"), format!("{head}- {}\nkind: Images\n", images.join("\n- ")));
    let document: serde_json::Value = serde_json::from_str(&list("json")).unwrap();
    let wanted = serde_json::json!({ "kind": "Images", "apiVersion": "output.kubeadm.k8s.io/v1alpha3", "images": images });
    assert_eq!(document, wanted);
}

#[test]
fn a_format_that_only_kubeadm_has_is_refused_with_those_that_there_are() {
    let output = kubewright(&["config", "images", "list", "-o", "wide"]);
    let said = "error: -o \"wide\" is not known to config images list; known are text, json, yaml, kyaml, jsonpath=…, \
                jsonpath-as-json=…, jsonpath-file=…, go-template=… or go-template-file=…\n";
    assert_eq!((output.status.code(), text(&output.stderr)), (Some(1), said.to_owned()));
}

#[test]
fn beside_a_file_the_flags_of_the_images_are_passed_over_and_the_runtime_s_counts() {
    let scratch = TempDir::new().unwrap();
    let path = scratch.path().join("config.yaml");
    let file = "apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\nkubernetesVersion: v1.36.1\n";
    fs::write(&path, file).unwrap();
    let images = |words: &[&str]| {
        let file = ["--config", path.to_str().unwrap(), "--kubernetes-version=v1.37.1"];
        kubewright(&[&["config", "images"], words, &file].concat())
    };
    let listed = images(&["list"]);
    assert!(text(&listed.stdout).contains("kube-apiserver:v1.36.1\n"), "{}", text(&listed.stdout));
    assert!(text(&listed.stderr).contains("--kubernetes-version is passed over"), "{}", text(&listed.stderr));
    let pulled = images(&["pull", "--cri-socket=unix:///nonexistent.sock"]);
    assert_eq!(pulled.status.code(), Some(1));
    assert!(text(&pulled.stderr).contains("no socket at /nonexistent.sock"), "{}", text(&pulled.stderr));
}

#[test]
fn images_are_those_of_the_patch_and_of_the_newest_known_where_it_is_a_newer_one() {
    let list = |version: &str| {
        let output = kubewright(&["config", "images", "list", "--kubernetes-version", version]);
        assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
        let images = text(&output.stdout);
        let tags = ["coredns", "etcd"].map(|name| {
            let line = images.lines().find(|line| line.contains(&format!("/{name}:")));
            line.unwrap().rsplit_once(':').unwrap().1.to_owned()
        });
        (tags, text(&output.stderr))
    };
    let [old, new] = [["v1.11.1", "3.5.15-0"], ["v1.11.3", "3.5.24-0"]].map(|tags| tags.map(str::to_owned));
    assert_eq!(list("v1.31.0"), (old, String::new()));
    assert_eq!(list("v1.31.14"), (new.clone(), String::new()));
    let (tags, said) = list("v1.31.99");
    assert_eq!(tags, new);
    assert_eq!(
        said,
        "warning: --kubernetes-version: v1.31.99 is newer than this kubewright knows: for the images of etcd, CoreDNS and \
         pause it takes those of v1.31.14; look for a newer kubewright\n"
    );
}
