//! Completion: what a shell offers behind a command line.

use std::io::Write as _;
use std::process::{Command, Stdio};

use crate::program::{Caller, kubeadm, kubewright, text};

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

#[test]
fn the_script_of_bash_is_small_and_needs_nothing_else() {
    for caller in [Caller::named("kubewright"), Caller::named("kubeadm")] {
        let script = text(&caller.run(&["completion", "bash"]).stdout);
        assert!(script.len() < 50_000, "{}: {} bytes", caller.name, script.len());
        assert!(script.contains(&format!("complete -F _{0} {0}\n", caller.name)));
    }
}

/// Each command line stands in a line of standard input, its words apart as bash takes them apart, with a `|` before the one
/// that is completed. What is offered is told in a line, behind how bash goes on with it.
const ASK: &str = r#"
set -u
source "$1"
how=
compopt() { how+=" $*"; }
while IFS= read -r line; do
    IFS=' ' read -r -a before <<< "${line%%|*}"
    COMP_WORDS=("${before[@]}" "${line#*|}") COMP_CWORD=${#before[@]} how=
    "_${before[0]}" "${before[0]}" "${line#*|}" "${before[-1]}"
    printf '%s:%s\n' "$how" "${COMPREPLY[*]-}"
done
"#;

/// What bash offers for each of the lines: how it goes on, and the words.
fn offered(script: &[u8], lines: &[&str]) -> Vec<String> {
    let folder = tempfile::TempDir::new().unwrap();
    let path = folder.path().join("completion");
    std::fs::write(&path, script).unwrap();
    let mut bash = Command::new("bash")
        .args(["--norc", "--noprofile", "-c", ASK, "bash"])
        .arg(&path)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    bash.stdin.take().unwrap().write_all((lines.join("\n") + "\n").as_bytes()).unwrap();
    let output = bash.wait_with_output().unwrap();
    assert_eq!((output.status.code(), text(&output.stderr)), (Some(0), String::new()));
    text(&output.stdout).lines().map(str::to_owned).collect()
}

#[test]
fn bash_completes_commands_flags_and_values() {
    let script = kubewright(&["completion", "bash"]).stdout;
    let wanted = [
        // Commands and phases, whatever flags stand between them.
        ("kubewright |in", ":init"),
        (
            "kubewright |",
            ":init join reset certs config explain kubeconfig token upgrade version completion help",
        ),
        ("kubewright --rootfs init |tok", ":token"),
        ("kubewright init phase |kubec", ":kubeconfig"),
        (
            "kubewright init --dry-run phase certs |etcd-",
            ":etcd-ca etcd-server etcd-peer etcd-healthcheck-client",
        ),
        (
            "kubewright join phase control-plane-prepare |",
            ":all download-certs certs kubeconfig control-plane",
        ),
        ("kubewright help token |c", ":create"),
        ("kubewright completion |f", ":fish"),
        // Flags of the innermost command, and of every one.
        ("kubewright init phase addon coredns |--pr", ":--print-manifest"),
        ("kubewright init |--skip-t", ":--skip-token-print"),
        ("kubewright token list |--roo", ":--rootfs"),
        ("kubewright init phase wait-control-plane |", ":-o --output -h --help -v --v --rootfs"),
        ("kubewright init |--vmod", ":"),
        ("kubewright |--vers", ":--version"),
        // Phases.
        (
            "kubewright init --skip-phases |certs/e",
            " -o nospace:certs/etcd-ca certs/etcd-server certs/etcd-peer certs/etcd-healthcheck-client",
        ),
        ("kubewright init --skip-phases = |addon,certs/s", " -o nospace:addon,certs/sa"),
        ("kubewright reset --skip-phases |", " -o nospace:preflight remove-etcd-member cleanup-node"),
        ("kubewright reset |--skip-phases=pre", " -o nospace:--skip-phases=preflight"),
        // Formats.
        ("kubewright init -o |", ":text json"),
        ("kubewright init --output |=", ":text json"),
        ("kubewright token list -o |y", ":yaml"),
        ("kubewright token list -o |go-template-", " -o nospace:go-template-file="),
        ("kubewright version --output = |", ":text short json yaml"),
        // Minors.
        (
            "kubewright init --kubernetes-version |stable-1.3",
            ":stable-1.30 stable-1.31 stable-1.32 stable-1.33 stable-1.34 stable-1.35 stable-1.36 stable-1.37",
        ),
        ("kubewright config migrate --kubernetes-version |v1.36", ":v1.36.3"),
        // Certificates.
        ("kubewright certs renew |etcd", ":etcd-healthcheck-client etcd-peer etcd-server"),
        (
            "kubewright certs renew |a",
            ":all admin.conf apiserver apiserver-etcd-client apiserver-kubelet-client",
        ),
        // Checks.
        (
            "kubewright init --ignore-preflight-errors |NumCPU,S",
            " -o nospace:NumCPU,Service-kubelet NumCPU,SubnetOverlap NumCPU,Swap NumCPU,SystemVerification NumCPU,SandboxImage",
        ),
        ("kubewright join --ignore-preflight-errors |External", " -o nospace:"),
        ("kubewright reset --ignore-preflight-errors |", " -o nospace:all IsPrivilegedUser"),
        // Others that are limited.
        (
            "kubewright config print init-defaults --component-configs |KubeP",
            " -o nospace:KubeProxyConfiguration",
        ),
        ("kubewright token create --usages |s", " -o nospace:signing"),
        // Feature gates: bash takes a word apart at an equals sign, and puts a reply in the place of the last part.
        ("kubewright init --feature-gates |Publ", " -o nospace:PublicKeysECDSA=true PublicKeysECDSA=false"),
        ("kubewright init --feature-gates PublicKeysECDSA = |t", " -o nospace:true"),
        ("kubewright init --feature-gates = PublicKeysECDSA = |f", " -o nospace:false"),
        ("kubewright init --feature-gates PublicKeysECDSA |=", " -o nospace:true false"),
        (
            "kubewright init --feature-gates PublicKeysECDSA = |true,Rootl",
            " -o nospace:true,RootlessControlPlane=true true,RootlessControlPlane=false",
        ),
        (
            "kubewright init --feature-gates PublicKeysECDSA = true,RootlessControlPlane = |",
            " -o nospace:true false",
        ),
        (
            "kubewright init |--feature-gates=PublicKeysECDSA=t",
            " -o nospace:--feature-gates=PublicKeysECDSA=true",
        ),
        ("kubewright init --feature-gates PublicKeysECDSA = true |ph", ":phase"),
        ("kubewright init --node-name a = b |ph", ":phase"),
        // Files and folders are bash's own to find.
        ("kubewright init --config |/etc/h", " -o default:"),
        ("kubewright init --config /a = |b", " -o default:"),
        ("kubewright init phase certs ca --cert-dir = |/et", " -o dirnames:"),
        // Nothing is known of these, and what they are is no command.
        ("kubewright init --token |", ":"),
        ("kubewright init --node-name phase |ph", ":phase"),
        ("kubewright token create --ttl |", ":"),
    ];
    let lines: Vec<&str> = wanted.iter().map(|row| row.0).collect();
    let sorted = |row: &str| {
        let (how, words) = row.split_once(':').unwrap();
        let mut words: Vec<&str> = words.split(' ').collect();
        words.sort_unstable();
        format!("{how}:{}", words.join(" "))
    };
    let answers = offered(&script, &lines);
    assert_eq!(answers.len(), wanted.len());
    for ((line, wanted), answer) in wanted.iter().zip(&answers) {
        assert_eq!(sorted(answer), sorted(wanted), "{line}");
    }
}

#[test]
fn by_the_name_kubeadm_bash_completes_kubeadm() {
    let script = kubeadm(&["completion", "bash"]).stdout;
    let lines = ["kubeadm init --skip-phases |mark", "kubeadm |--vers", "kubeadm certs |ren"];
    assert_eq!(offered(&script, &lines), [" -o nospace:mark-control-plane", ":", ":renew"]);
}

#[test]
fn bash_completes_in_a_shell_whose_words_are_divided_otherwise() {
    let script = text(&kubewright(&["completion", "bash"]).stdout);
    let odd = format!("IFS=:\nset -f\n{script}");
    assert_eq!(
        offered(odd.as_bytes(), &["kubewright certs |c"]),
        [":certificate-key:check:check-expiration"]
    );
}
