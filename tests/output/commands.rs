//! Every command, and what is wrong with its arguments.

use std::fs;
use std::path::Path;

use clap::Command;
use kubewright::cli::{Invocation, command};

use crate::program::told;

/// Those that print scripts for shells, kubeconfigs, or nothing.
const NOT_REPORTING: &[&str] = &["alpha", "completion", "kubeconfig"];

/// The words of every command that has none below it.
fn leaves(command: &Command, path: &[String]) -> Vec<Vec<String>> {
    let below: Vec<&Command> = command.get_subcommands().filter(|below| below.get_name() != "help").collect();
    let step = |below: &&Command| {
        let path: Vec<String> = path.iter().cloned().chain([below.get_name().to_owned()]).collect();
        // A command with phases below it runs by itself, too.
        let own = (!below.is_subcommand_required_set()).then(|| path.clone());
        own.into_iter().chain(leaves(below, &path)).collect::<Vec<_>>()
    };
    below.iter().flat_map(step).collect()
}

#[test]
fn every_command_that_reports_tells_machines_that_its_command_line_is_wrong() {
    let mut root = command(Invocation::Kubewright);
    root.build();
    let all = leaves(&root, &[]);
    let reporting = all.iter().filter(|path| !NOT_REPORTING.contains(&path[0].as_str()));
    let mut count = 0;
    for path in reporting {
        let words: Vec<&str> = path.iter().map(String::as_str).chain(["--no-such-flag"]).collect();
        let told = told(&words);
        assert_eq!((told.code, told.error_ids()), (1, vec!["CommandLine"]), "{words:?}: {:#}", told.document);
        count += 1;
    }
    assert!(count > 60, "{count}");
}

fn files(folder: &str) -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cli").join(folder);
    fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path().to_str().unwrap().to_owned()).collect()
}

#[test]
fn every_error_of_a_configuration_has_an_id_and_a_place() {
    let mut ids = std::collections::BTreeSet::new();
    for (command, folder) in [("init", "bad"), ("join", "bad-join"), ("reset", "bad-reset")] {
        for path in files(folder) {
            let told = told(&[command, "--dry-run", "--config", &path]);
            assert_eq!((told.code, told.has("Failure", "failed")), (3, true), "{path}: {:#}", told.document);
            for error in told.document["errors"].as_array().unwrap() {
                assert!(error["place"].is_object(), "{path}: {error:#}");
            }
            ids.extend(told.error_ids().into_iter().map(str::to_owned));
        }
    }
    assert!(ids.len() >= 10, "{ids:?}");
}

#[test]
fn what_else_is_wrong_has_its_own_id() {
    for (words, code, id) in [
        (&["init", "--config=/nonexistent"][..], 1, "ConfigUnreadable"),
        (&["init", "--dry-run", "--kubernetes-version=v1.12.0"], 3, "ConfigUnknownVersion"),
        (
            &["init", "--output-dir=/nonexistent/dir", "--apiserver-advertise-address=10.0.0.1"],
            1,
            "CommandLine",
        ),
        (
            &["init", "--dry-run", "--skip-phases=bootstrap-token", "--apiserver-advertise-address=10.0.0.1"],
            1,
            "PhasesLeftOut",
        ),
        (&["init", "--dry-run", "--skip-phases=no-such-phase"], 3, "PhaseUnknown"),
        (&["init", "--dry-run", "--patches=/nonexistent"], 3, "PatchesUnreadable"),
        (
            &["join", "--dry-run", "--discovery-file=/nonexistent/discovery.conf", "--node-name=a"],
            1,
            "DiscoveryFile",
        ),
        (&["token", "list", "--kubeconfig=/nonexistent"], 1, "KubeconfigMissing"),
        (&["token", "delete", "--kubeconfig=/nonexistent", "?"], 1, "CommandLine"),
        (&["--rootfs=/nonexistent", "token", "generate"], 1, "RootUnusable"),
    ] {
        let told = told(words);
        assert_eq!((told.code, told.error_ids()), (code, vec![id]), "{words:?}: {:#}", told.document);
    }
}

#[test]
fn a_timeline_is_part_of_what_a_run_has_come_to_whichever() {
    let scratch = tempfile::TempDir::new().unwrap();
    let folder = scratch.path().join("host").display().to_string();
    let init = ["init", "--dry-run", "--apiserver-advertise-address=10.0.0.1", "--timeline"];
    let file = scratch.path().join("join.yaml");
    fs::write(
        &file,
        "apiVersion: kubeadm.k8s.io/v1beta4\nkind: JoinConfiguration\nnodeRegistration: {name: a}\n\
         timeouts: {discovery: 1s}\ndiscovery: {bootstrapToken: {token: abcdef.0123456789abcdef, \
         apiServerEndpoint: '127.0.0.1:1', unsafeSkipCAVerification: true}}\n",
    )
    .unwrap();
    let join = ["join", "--dry-run", "--timeline", "--config", file.to_str().unwrap()];
    for (words, kind, status) in [
        (&[&init[..], &["--output-dir", &folder]].concat()[..], "Init", "done"),
        (&init, "Init", "planned"),
        (&join, "Failure", "failed"),
    ] {
        let told = told(words);
        assert!(told.has(kind, status), "{told:?}");
        assert!(!told.document["timeline"]["phases"].as_array().unwrap().is_empty(), "{told:?}");
    }
}

#[test]
fn what_is_only_printed_is_a_document_too() {
    let told = told(&["token", "generate"]);
    assert!(told.has("Tokens", "done"), "{told:?}");
    let version = crate::program::told(&["version"]).document;
    assert!(version["kubernetesMinors"].as_array().unwrap().len() >= 2, "{version}");
    let images = crate::program::told(&["config", "images", "list"]).document;
    assert_eq!((&images["kind"], images["images"].as_array().unwrap().len()), (&"Images".into(), 7));
    for addon in ["coredns", "kube-proxy"] {
        let words =
            ["init", "phase", "addon", addon, "--print-manifest", "--apiserver-advertise-address=10.0.0.1"];
        let words = if addon == "coredns" { &words[..5] } else { &words[..] };
        let printed = crate::program::told(words);
        assert!(printed.has("Objects", "done"), "{printed:?}");
    }
}
