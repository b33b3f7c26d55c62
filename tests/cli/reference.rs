//! The commands and flags of all kubeadms, and those that only older ones had.

use crate::program::{kubeadm, kubewright, text};

/// A line of the real kubeadms' help.
struct Row {
    command: &'static str,
    /// Without the hyphens; empty for the command itself.
    flag: &'static str,
    short: &'static str,
    kind: &'static str,
    default: &'static str,
}

impl Row {
    fn of(line: &'static str) -> Self {
        let line = line.split_once('@').map_or(line, |(line, _minors)| line);
        let mut cells = line.split('|').map(str::trim);
        let mut cell = || cells.next().unwrap_or_default();
        let (command, flag) = (cell(), cell());
        Self { command, flag: flag.trim_start_matches('-'), short: cell(), kind: cell(), default: cell() }
    }
}

/// All nine kubeadms' commands and flags, see tests/cli/commands.py.
fn reference() -> Vec<Row> {
    include_str!("commands.txt").lines().map(Row::of).collect()
}

/// Commands that are not here yet, those below them included, or with `--flag` a flag of one; and why.
const NOT_HERE: &[(&str, &str)] = &[
    ("upgrade diff --api-server-manifest", "a static pod's manifest is where the kubelet looks for it"),
    (
        "upgrade diff --controller-manager-manifest",
        "a static pod's manifest is where the kubelet looks for it",
    ),
    ("upgrade diff --scheduler-manifest", "a static pod's manifest is where the kubelet looks for it"),
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
            "warning: the phase control-plane-join/update-status did nothing until 1.30, and is skipped\n",
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
