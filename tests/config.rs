//! `config migrate`, `config validate` and `config print` as their users meet them.
#![expect(clippy::disallowed_methods, reason = "a test program has effects of its own")]

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Output;

use assert_cmd::Command;
use serde_json::Value;
use tempfile::TempDir;

const OLD: &str = "apiVersion: kubeadm.k8s.io/v1beta3\nkind: JoinConfiguration\nnodeRegistration: {name: node-1}\ndiscovery:\n  \
                   file: {kubeConfigPath: /x}\n  tlsBootstrapToken: abcdef.0123456789abcdef\n  timeout: 7m # long\n";
const BAD: &str = "apiVersion: kubeadm.k8s.io/v1beta4\nkind: JoinConfiguration\nfoo: 1\n---\n\
                   apiVersion: kubeadm.k8s.io/v1beta4\nkind: ResetConfiguration\ncertificatesDir: pki\n";

fn kubewright(words: &[&str], input: &str) -> Output {
    Command::cargo_bin("kubewright").unwrap().args(words).write_stdin(input).output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn a_migrated_file_is_for_its_owner_alone_and_what_has_changed_is_said() {
    let scratch = TempDir::new().unwrap();
    let new = scratch.path().join("new.yaml");
    let output =
        kubewright(&["config", "migrate", "--old-config", "-", "--new-config", new.to_str().unwrap()], OLD);
    assert!(output.status.success() && output.stdout.is_empty(), "{}", text(&output.stderr));
    assert!(
        text(&output.stderr)
            .contains("discovery.timeout has moved to JoinConfiguration's timeouts.discovery")
    );
    assert_eq!(fs::metadata(&new).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(fs::read_to_string(&new).unwrap().contains("  discovery: 7m0s # long\n"));
    assert_eq!(fs::read_dir(scratch.path()).unwrap().count(), 1);
}

#[test]
fn nothing_is_written_where_the_file_is_not_valid() {
    let scratch = TempDir::new().unwrap();
    let new = scratch.path().join("new.yaml");
    fs::write(&new, "mine").unwrap();
    let words =
        ["config", "migrate", "--old-config", "-", "--new-config", new.to_str().unwrap(), "-o", "json"];
    let output = kubewright(&words, BAD);
    assert_eq!(output.status.code(), Some(3));
    assert_eq!(fs::read_to_string(&new).unwrap(), "mine");
    assert_eq!(json(&output)["status"], "failed");
}

#[test]
fn the_text_goes_to_standard_output_or_into_the_document() {
    let words = ["config", "migrate", "--old-config", "-", "--new-config", "-"];
    let plain = kubewright(&words, OLD);
    assert!(text(&plain.stdout).starts_with("apiVersion: kubeadm.k8s.io/v1beta4\n"));
    let document = json(&kubewright(&[&words[..], &["-o", "json"]].concat(), OLD));
    assert_eq!(document["kind"], "MigratedConfiguration");
    assert_eq!(document["text"], text(&plain.stdout));
    assert_eq!(document["file"], Value::Null);
    assert_eq!(document["changes"][1]["change"], "moved");
}

#[test]
fn all_problems_of_all_documents_are_told_at_once() {
    let output = kubewright(&["config", "validate", "--config", "-"], BAD);
    assert_eq!((output.status.code(), output.stdout.len()), (Some(3), 0));
    let said = text(&output.stderr);
    for place in
        ["document 1 (JoinConfiguration), line 3", "document 1 (JoinConfiguration), line 1", "line 7"]
    {
        assert!(said.contains(place), "{said}");
    }
    let document = json(&kubewright(&["config", "validate", "--config", "-", "-o", "json"], BAD));
    let ids: Vec<&Value> = document["errors"].as_array().unwrap().iter().map(|error| &error["id"]).collect();
    assert_eq!(ids, ["ConfigMissing", "ConfigUnknownField", "ConfigBadValue"]);
}

#[test]
fn an_old_format_is_a_warning_unless_it_is_allowed() {
    let words = ["config", "validate", "--config", "-"];
    let warned = kubewright(&words, OLD);
    assert_eq!(text(&warned.stdout), "ok\n");
    assert!(text(&warned.stderr).contains("deprecated"));
    let allowed = kubewright(&[&words[..], &["--allow-deprecated-api"]].concat(), OLD);
    assert_eq!((allowed.status.code(), text(&allowed.stderr).as_str()), (Some(0), ""));
    let document = json(&kubewright(&[&words[..], &["-o", "json"]].concat(), OLD));
    assert_eq!(document["warnings"][0]["id"], "OldApiVersion");
}

#[test]
fn defaults_are_printed_with_those_of_the_components_in_the_order_asked_for() {
    let words = [
        "config",
        "print",
        "init-defaults",
        "--component-configs",
        "KubeProxyConfiguration,KubeletConfiguration",
    ];
    let printed = text(&kubewright(&words, "").stdout);
    let kinds: Vec<&str> = printed.lines().filter_map(|line| line.strip_prefix("kind: ")).collect();
    assert_eq!(
        kinds,
        ["InitConfiguration", "ClusterConfiguration", "KubeProxyConfiguration", "KubeletConfiguration"]
    );
    let document = json(&kubewright(&[&words[..], &["-o", "json"]].concat(), ""));
    assert_eq!(document["documents"].as_array().unwrap().len(), 4);
    let refused = kubewright(&["config", "print", "init-defaults", "--component-configs", "Other"], "");
    assert_eq!(refused.status.code(), Some(1));
}

#[test]
fn printed_defaults_are_valid() {
    for command in ["init", "join", "reset", "upgrade"] {
        let printed = text(&kubewright(&["config", "print", &format!("{command}-defaults")], "").stdout);
        let output = kubewright(&["config", "validate", "--config", "-"], &printed);
        assert!(output.status.success(), "{command}: {}", text(&output.stderr));
    }
}

/// What `config validate` says of the file, which it refuses.
fn refusal(file: &str) -> String {
    let output = kubewright(&["config", "validate", "--config", "-"], file);
    assert_eq!(output.status.code(), Some(3), "{}", text(&output.stdout));
    text(&output.stderr)
}

/// What it warns of in the file, which it takes.
fn warnings(file: &str) -> String {
    let output = kubewright(&["config", "validate", "--config", "-"], file);
    assert!(output.status.success(), "{}", text(&output.stderr));
    text(&output.stderr)
}

const CLUSTER: &str =
    "apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\nkubernetesVersion: v1.36.3\n";

#[test]
fn documents_that_run_together_are_told_by_the_line_that_is_missing() {
    let said = refusal(&format!("{CLUSTER}apiVersion: kubeadm.k8s.io/v1beta4\nkind: InitConfiguration\n"));
    let wanted = "standard input: document 1 (ClusterConfiguration), line 4, column 1: apiVersion stands twice in one \
                  document, first in line 1; a line --- is missing before the second";
    assert!(said.contains(wanted), "{said}");
    let output =
        kubewright(&["init", "--dry-run", "--config", "-"], &format!("{CLUSTER}kind: InitConfiguration\n"));
    assert!(text(&output.stderr).contains("line 4, column 1: kind stands twice"), "{}", text(&output.stderr));
}

#[test]
fn an_error_shows_its_line_in_the_file_with_a_mark() {
    let scratch = TempDir::new().unwrap();
    let path = scratch.path().join("kubeadm.yaml");
    fs::write(&path, format!("{CLUSTER}networking:\n  podSubnt: 10.244.0.0/16\nclusterName: [a]\n")).unwrap();
    let path = path.to_str().unwrap();
    for words in
        [["config", "validate", "--config", path].as_slice(), &["init", "--dry-run", "--config", path]]
    {
        let said = text(&kubewright(words, "").stderr);
        let first = format!(
            "error: {path}: document 1 (ClusterConfiguration), line 5, column 3: networking.podSubnt: there is no such \
             field; did you mean podSubnet?\n --> {path}:5:3\n  |\n5 |   podSubnt: 10.244.0.0/16\n  |   ^^^^^^^^ there is no \
             such field\n"
        );
        let second = format!(
            "\n --> {path}:6:14\n  |\n6 | clusterName: [a]\n  |              ^^^ a list where a text is wanted\n"
        );
        assert!(said.contains(&first) && said.contains(&second), "{said}");
    }
    let document = json(&kubewright(&["config", "validate", "--config", path, "-o", "json"], ""));
    assert_eq!(document["errors"][0]["place"]["line"], 5);
    assert!(!document.to_string().contains("-->"), "{document}");
}

#[test]
fn no_secret_is_shown_with_the_line_of_an_error() {
    for body in [
        "bootstrapTokens: [{token: hunter2hunter2, ttl: x}]",
        "certificateKey: hunter2hunter2",
        "certificateKey: hunter2hunter2: x",
        "certificatKey: hunter2hunter2",
        "foo: http://user:hunter2hunter2@proxy:3128 # hunter2hunter2",
    ] {
        let file = format!("apiVersion: kubeadm.k8s.io/v1beta4\nkind: InitConfiguration\n{body}\n");
        for words in
            [["config", "validate", "--config", "-"].as_slice(), &["init", "--dry-run", "--config", "-"]]
        {
            let said = text(&kubewright(words, &file).stderr);
            assert!(said.contains("--> standard input:3:") && !said.contains("hunter2"), "{said}");
        }
    }
}

/// As they join, and where a phase or a folder is judged behind the file.
#[test]
fn other_commands_show_the_line_too() {
    let join = "apiVersion: kubeadm.k8s.io/v1beta4\nkind: JoinConfiguration\nskipPhases: [foo]\n\
                discovery: {file: {kubeConfigPath: /x}}\n";
    let said = text(&kubewright(&["join", "--dry-run", "--config", "-"], join).stderr);
    assert!(said.contains("--> standard input:3:14\n") && said.contains("3 | skipPhases: [foo]\n"), "{said}");
    let reset = "apiVersion: kubeadm.k8s.io/v1beta4\nkind: ResetConfiguration\ncertificatesDir: pki\n";
    let said = text(&kubewright(&["reset", "--dry-run", "--config", "-"], reset).stderr);
    assert!(said.contains("--> standard input:3:18\n"), "{said}");
    let said = text(&kubewright(&["config", "migrate", "--old-config", "-"], reset).stderr);
    assert!(said.contains("--> standard input:3:18\n"), "{said}");
}

#[test]
fn gates_that_have_gone_are_told_as_such() {
    let gates = |gate: &str| format!("{CLUSTER}featureGates: {{{gate}}}\n");
    let said = warnings(&gates("ControlPlaneKubeletLocalMode: true"));
    assert!(said.contains(
        "ControlPlaneKubeletLocalMode is always on, and no longer a feature gate since Kubernetes 1.36"
    ));
    let said = refusal(&gates("ControlPlaneKubeletLocalMode: false"));
    assert!(said.contains("is always on"), "{said}");
    let said = refusal(&gates("UpgradeAddonsBeforeControlPlane: true"));
    assert!(said.contains("was removed in Kubernetes 1.31"), "{said}");
    let said = refusal(&gates("NodeLocalCRISocket: true").replace("1.36.3", "1.31.0"));
    assert!(said.contains("is a feature gate of Kubernetes 1.32 and later"), "{said}");
    let said = refusal(&gates("NoSuchGate: true"));
    assert!(said.contains("there is no feature gate \"NoSuchGate\""), "{said}");
}

#[test]
fn gates_with_which_no_component_starts_are_refused_in_documents_and_arguments() {
    let said = refusal(&format!(
        "{CLUSTER}apiServer: {{extraArgs: [{{name: feature-gates, value: 'AppArmor=true,AllAlpha=false'}}]}}\n---\n\
         apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\nfeatureGates: {{CloudDualStackNodeIPs: true}}\n"
    ));
    let lines: Vec<&str> = said.lines().filter(|line| line.starts_with("error: ")).collect();
    assert_eq!(lines.len(), 2, "{said}");
    assert!(lines[0].contains("line 4") && lines[0].contains("AppArmor is always on"), "{said}");
    let gone = "featureGates.CloudDualStackNodeIPs: kubelet does not start with this feature gate: CloudDualStackNodeIPs";
    assert!(lines[1].contains(gone), "{said}");
}

#[test]
fn flags_that_a_component_does_not_have_are_refused_before_anything_is_written() {
    let of = |field: &str, flag: &str| {
        format!("{CLUSTER}{field}: {{extraArgs: [{{name: {flag}, value: '1'}}]}}\n")
    };
    for (field, flag, words) in [
        (
            "apiServer",
            "audit-log-maxages",
            "kube-apiserver of Kubernetes 1.36 has no flag --audit-log-maxages; did you mean --audit-log-maxage?",
        ),
        ("apiServer", "cloud-provider", "--cloud-provider"),
        ("scheduler", "no-such-flag", "kube-scheduler of Kubernetes 1.36 has no flag --no-such-flag"),
        ("controllerManager", "node-monitor-periods", "did you mean --node-monitor-period?"),
    ] {
        let said = refusal(&of(field, flag));
        assert!(said.contains("line 4") && said.contains(words), "{flag}: {said}");
    }
    let said = refusal(&format!("{CLUSTER}etcd: {{local: {{extraArgs: [{{name: proxy, value: 'on'}}]}}}}\n"));
    assert!(said.contains("etcd has no flag --proxy any more since etcd 3.6."), "{said}");
    for (field, flag) in [
        ("apiServer", "v"),
        ("apiServer", "audit_log_maxage"),
        ("controllerManager", "cloud-provider"),
        ("scheduler", "vmodule"),
    ] {
        warnings(&of(field, flag));
    }
}

#[test]
fn by_kubeadm_s_name_what_a_component_does_not_take_is_warned_of_and_passed_on() {
    let folder = TempDir::new().unwrap();
    let name = folder.path().join("kubeadm");
    std::os::unix::fs::symlink(assert_cmd::cargo::cargo_bin("kubewright"), &name).unwrap();
    let file = format!("{CLUSTER}apiServer: {{extraArgs: [{{name: no-such-flag, value: '1'}}]}}\n");
    let output = Command::new(&name)
        .args(["config", "validate", "--config", "/dev/stdin"])
        .write_stdin(file)
        .output()
        .unwrap();
    let said = text(&output.stderr);
    assert!(
        output.status.success() && said.contains("has no flag --no-such-flag; it is passed on as it is"),
        "{said}"
    );
}

#[test]
fn images_may_have_a_digest_behind_their_tag() {
    let digest = format!("sha256:{}", "a".repeat(64));
    let file = format!(
        "{CLUSTER}imageRepository: images.test:5000/k8s\ndns: {{imageTag: 'v1.14.2@{digest}'}}\n\
         etcd: {{local: {{imageTag: '3.6.8-0@{digest}'}}}}\n"
    );
    let output = kubewright(&["config", "images", "list", "--config", "-"], &file);
    let listed = text(&output.stdout);
    for image in ["coredns:v1.14.2", "etcd:3.6.8-0"] {
        assert!(
            listed.lines().any(|line| line == format!("images.test:5000/k8s/{image}@{digest}")),
            "{listed}"
        );
    }
    assert!(refusal(&file.replace("sha256:aa", "sha256:")).contains("is not TAG@DIGEST"));
}

#[test]
fn flags_with_dashes_spaces_or_nothing_in_their_names_are_refused() {
    for (name, words) in [
        ("--v", "\"--v\" is not the name of a flag: write it without dashes in front"),
        ("audit log", "\"audit log\" is not the name of a flag"),
        ("\u{2013}v", "\"\u{2013}v\" is not the name of a flag"),
        ("", "must be given"),
    ] {
        let said = refusal(&format!("{CLUSTER}scheduler: {{extraArgs: [{{name: '{name}', value: '4'}}]}}\n"));
        assert!(said.contains("line 4") && said.contains(words), "{name}: {said}");
    }
}

#[test]
fn volumes_on_one_path_are_refused_and_of_one_name_told() {
    let volumes = |second: &str| {
        format!(
            "{CLUSTER}apiServer:\n  extraVolumes:\n  - {{name: a, hostPath: /a, mountPath: /x}}\n  - {{{second}, hostPath: /b}}\n"
        )
    };
    let said = refusal(&volumes("name: b, mountPath: /x"));
    assert!(
        said.contains("line 7") && said.contains("\"/x\" is the mountPath of the volume a too"),
        "{said}"
    );
    let said = warnings(&volumes("name: a, mountPath: /y"));
    assert!(said.contains("another volume further up is called a too"), "{said}");
}

#[test]
fn what_cannot_be_seen_is_shown_with_its_code_and_place() {
    let said = refusal(&format!("{CLUSTER}cluster\u{200b}Name: a\n"));
    assert!(said.contains("line 4, column 1: cluster<U+200B>Name: there is no such field"), "{said}");
    assert!(said.contains("line 4, column 8: here stands a zero width space (U+200B); remove it"), "{said}");
    let said = refusal(&format!("{CLUSTER}networking:\n\u{a0} podSubnet: 10.0.0.0/16\n"));
    assert!(said.contains("line 5, column 1: here stands a no-break space (U+00A0)"), "{said}");
    let said = refusal(&format!("{CLUSTER}clusterName\u{ff1a} a\n"));
    assert!(said.contains("line 4, column 12: here stands a full-width character (U+FF1A)"), "{said}");
    let said = warnings(&format!("{CLUSTER}clusterName: \"a\u{ad}b\" # caf\u{e9}\u{a0}\n"));
    assert!(
        said.contains("column 16: here stands a soft hyphen (U+00AD)")
            && said.matches("warning: ").count() == 1,
        "{said}"
    );
    assert!(said.contains("\n4 | clusterName: \"a<U+00AD>b\"\n"), "{said}");
}

#[test]
fn a_merge_conflict_is_told_as_such() {
    let said =
        refusal(&format!("{CLUSTER}<<<<<<< HEAD\nclusterName: a\n=======\nclusterName: b\n>>>>>>> b\n"));
    assert!(said.contains("line 4") && said.contains("a merge conflict is left here"), "{said}");
}

#[test]
fn files_that_cannot_be_read_are_named_with_the_reason_and_the_way_out() {
    let scratch = TempDir::new().unwrap();
    let said = |bytes: Option<Vec<u8>>, name: &str| {
        let path = scratch.path().join(name);
        if let Some(bytes) = bytes {
            fs::write(&path, bytes).unwrap();
        }
        let path = path.to_str().unwrap().to_owned();
        let output = kubewright(&["config", "validate", "--config", &path], "");
        let said = text(&output.stderr);
        assert!(!output.status.success() && said.contains(&path), "{said}");
        said
    };
    let utf16: Vec<u8> = CLUSTER.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let marked = [b"\xff\xfe", utf16.as_slice()].concat();
    for (bytes, name, words) in [
        (Some(utf16), "bare.yaml", "iconv -f UTF-16LE -t UTF-8"),
        (Some(marked), "marked.yaml", "iconv -f UTF-16 -t UTF-8"),
        (
            Some(b"clusterName: \xe4\n".to_vec()),
            "latin.yaml",
            "line 1, column 14: this is not UTF-8 but looks like Latin-1",
        ),
        (Some(b"a: [".to_vec()), "bad.yaml", "document 1, line 1, column 4: not YAML"),
        (None, "absent.yaml", "there is no such file"),
        (None, "", "it is a folder"),
    ] {
        let said = said(bytes, name);
        assert!(said.contains(words), "{name}: {said}");
    }
}

#[test]
fn windows_line_ends_and_the_mark_of_utf_8_are_fine() {
    let file = format!("\u{feff}{}", CLUSTER.replace('\n', "\r\n"));
    assert_eq!(warnings(&file), "");
}

/// In a network of its own, which has no route, where the test may make one.
fn without_a_network(words: &[&str], input: &str) -> Output {
    let may =
        Command::new("unshare").args(["-n", "true"]).output().is_ok_and(|output| output.status.success());
    let program = assert_cmd::cargo::cargo_bin("kubewright");
    let mut command = if may {
        let mut command = Command::new("unshare");
        command.arg("-n").arg(program);
        command
    } else {
        Command::new(program)
    };
    command.args(words).write_stdin(input).output().unwrap()
}

#[test]
fn what_only_writes_files_needs_no_network() {
    let given = format!(
        "{CLUSTER}---\napiVersion: kubeadm.k8s.io/v1beta4\nkind: InitConfiguration\nlocalAPIEndpoint: {{advertiseAddress: 10.0.0.5}}\n"
    );
    for (words, input) in [
        (vec!["config", "migrate", "--old-config", "-"], CLUSTER),
        (vec!["config", "validate", "--config", "-"], CLUSTER),
        (vec!["config", "print", "init-defaults"], ""),
        (vec!["config", "print", "join-defaults"], ""),
        (vec!["config", "images", "list", "--config", "-"], CLUSTER),
        (vec!["token", "generate"], ""),
        (vec!["certs", "certificate-key"], ""),
        (vec!["init", "phase", "control-plane", "controller-manager", "--dry-run", "--config", "-"], CLUSTER),
        (vec!["init", "phase", "control-plane", "scheduler", "--dry-run", "--config", "-"], CLUSTER),
        (vec!["init", "phase", "control-plane", "all", "--dry-run", "--config", "-"], given.as_str()),
        (vec!["init", "phase", "etcd", "local", "--dry-run", "--config", "-"], given.as_str()),
        (vec!["init", "phase", "certs", "ca", "--dry-run", "--config", "-"], CLUSTER),
    ] {
        let output = without_a_network(&words, input);
        assert!(output.status.success(), "{words:?}: {}", text(&output.stderr));
    }
}

#[test]
fn without_a_route_a_migrated_file_leaves_the_address_to_its_reader() {
    let output = without_a_network(&["config", "migrate", "--old-config", "-"], CLUSTER);
    let migrated = text(&output.stdout);
    assert!(migrated.contains("kind: InitConfiguration"), "{migrated}");
    let again = without_a_network(&["config", "migrate", "--old-config", "-"], &migrated);
    assert_eq!(text(&again.stdout), migrated);
}
