//! Completion by the shells themselves: bash with readline on a terminal, zsh's compsys, and fish, each with the script that the program
//! prints for it. Needs zsh and fish; tests/run installs them.
#![expect(clippy::disallowed_methods, reason = "a test program has effects of its own")]

#[path = "../pty/mod.rs"]
mod pty;

use std::collections::BTreeSet;
use std::fs;
use std::io::Write as _;
use std::os::unix::fs::symlink;
use std::process::{Command, Stdio};

use assert_cmd::cargo::cargo_bin;
use tempfile::TempDir;

/// A folder with the program by a name, and the scripts that it prints by that name.
struct Host {
    folder: TempDir,
    name: &'static str,
}

impl Host {
    fn new(name: &'static str) -> Self {
        let host = Self { folder: TempDir::new().unwrap(), name };
        symlink(cargo_bin("kubewright"), host.path(name)).unwrap();
        for (shell, file) in [("bash", "bash"), ("zsh", &format!("_{name}")), ("fish", "fish")] {
            let printed = Command::new(host.path(name)).args(["completion", shell]).output().unwrap();
            assert!(printed.status.success());
            fs::write(host.path(file), printed.stdout).unwrap();
        }
        host
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }

    /// A shell that finds the program, and nothing of this user's.
    fn shell(&self, program: &str, words: &[&str]) -> Command {
        let mut command = Command::new(program);
        let path = format!("{}:{}", self.folder.path().display(), std::env::var("PATH").unwrap());
        command.args(words).env_clear().env("PATH", path).env("HOME", self.folder.path());
        command.env("TERM", "xterm").env("LC_ALL", "C.UTF-8").current_dir(self.folder.path());
        command
    }

    /// What the shell offers for the last word of each line.
    fn offered(&self, shell: Shell, lines: &[String]) -> Vec<BTreeSet<String>> {
        match shell {
            Shell::Bash => self.by_bash(lines),
            Shell::Zsh => {
                self.by_script(self.shell("zsh", &["-f", "tests/shells/offered.zsh", &self.path("")]), lines)
            }
            Shell::Fish => {
                self.by_script(self.shell("fish", &["tests/shells/offered.fish", &self.path("fish")]), lines)
            }
        }
    }

    /// The script reads lines, and prints a line `== ` for each and behind that what is offered.
    fn by_script(&self, mut command: Command, lines: &[String]) -> Vec<BTreeSet<String>> {
        command.current_dir(env!("CARGO_MANIFEST_DIR"));
        let mut shell =
            command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        shell.stdin.take().unwrap().write_all((lines.join("\n") + "\n").as_bytes()).unwrap();
        let output = shell.wait_with_output().unwrap();
        let (told, said) = (text(output.stdout), text(output.stderr));
        assert!(output.status.success() && said.is_empty(), "{}: {told}\n{said}", self.name);
        let mut all = Vec::new();
        for line in told.lines() {
            match (line.strip_prefix("== "), all.last_mut()) {
                (Some(_), _) => all.push(BTreeSet::new()),
                (None, Some(offered)) => drop(offered.insert(line.to_owned())),
                (None, None) => panic!("{told}"),
            }
        }
        assert_eq!(all.len(), lines.len(), "{told}");
        all
    }

    /// Types each line, has readline insert all that it would offer in the place of the last word, and prints that.
    fn by_bash(&self, lines: &[String]) -> Vec<BTreeSet<String>> {
        fs::write(
            self.path("inputrc"),
            "set bell-style none\nset enable-bracketed-paste off\n\"\\C-x*\": insert-completions\n",
        )
        .unwrap();
        fs::write(self.path("rc"), format!("source {}\nPS1=\nprintf '%s%s\\n' rea dy\n", self.path("bash")))
            .unwrap();
        let mut command = self.shell("setsid", &["--ctty", "--wait", "bash", "--rcfile", "rc", "-i"]);
        let mut bash = pty::start(command.env("INPUTRC", "inputrc"), 1000);
        bash.until("ready");
        let mut all = Vec::new();
        for (index, line) in lines.iter().enumerate() {
            let (before, last) = line.rsplit_once(' ').unwrap();
            // To readline a word begins behind an equals sign.
            let kept = last.rfind('=').map_or("", |at| &last[..=at]);
            let whole = |word: &str| {
                if word.starts_with(kept) { word.to_owned() } else { format!("{kept}{word}") }
            };
            // What is typed is echoed, so the marks are put together by the shell.
            bash.send(&format!("{line}\u{18}*\u{1}printf '<%s>' \"\"beg\"\"in{index} \u{5}; printf '%s\\n' '' e\"\"nd{index}\n"));
            let told = bash.until(&format!("end{index}\r\n"));
            let (_, words) =
                told.rsplit_once(&format!("<begin{index}>")).unwrap_or_else(|| panic!("{told:?}"));
            let words = words.lines().next().unwrap_or_default();
            let words = words.split(['<', '>']).filter(|word| !word.is_empty());
            all.push(words.skip(before.split(' ').count()).map(whole).collect());
        }
        bash.send("exit\n");
        bash.end();
        all
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shell {
    Bash,
    Zsh,
    Fish,
}

const SHELLS: [Shell; 3] = [Shell::Bash, Shell::Zsh, Shell::Fish];

fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap()
}

/// What stands behind the program's name, and what is offered in the place of its last word.
const WANTED: &[(&str, &str)] = &[
    // Commands and phases.
    ("in", "init"),
    ("init phase kubec", "kubeconfig"),
    ("init phase certs etcd-", "etcd-ca etcd-server etcd-peer etcd-healthcheck-client"),
    (
        "init --skip-phases certs/e",
        "certs/etcd-ca certs/etcd-server certs/etcd-peer certs/etcd-healthcheck-client",
    ),
    ("init --skip-phases addon,certs/s", "addon,certs/sa"),
    ("reset --skip-phases pre", "preflight"),
    ("join --skip-phases preflight,etcd", "preflight,etcd-join"),
    // Formats.
    ("init -o j", "json"),
    ("token list -o y", "yaml"),
    ("version --output s", "short"),
    // Minors.
    ("init --kubernetes-version stable-1.29", "stable-1.29"),
    ("config migrate --kubernetes-version v1.36", "v1.36.3"),
    // Certificates.
    ("certs renew etcd", "etcd-healthcheck-client etcd-peer etcd-server"),
    ("certs renew su", "super-admin.conf"),
    // Feature gates.
    ("init --feature-gates PublicK", "PublicKeysECDSA=true PublicKeysECDSA=false"),
    ("init --feature-gates PublicKeysECDSA=t", "PublicKeysECDSA=true"),
    (
        "init --feature-gates PublicKeysECDSA=true,Rootless",
        "PublicKeysECDSA=true,RootlessControlPlane=true PublicKeysECDSA=true,RootlessControlPlane=false",
    ),
    (
        "init --feature-gates PublicKeysECDSA=true,RootlessControlPlane=f",
        "PublicKeysECDSA=true,RootlessControlPlane=false",
    ),
    // Checks, and flags.
    ("init --ignore-preflight-errors NumCPU,Swa", "NumCPU,Swap"),
    ("init --skip-t", "--skip-token-print"),
    ("join --timel", "--timeline"),
];

fn held_against(name: &'static str, wanted: &[(&str, &str)]) {
    let host = Host::new(name);
    let lines: Vec<String> = wanted.iter().map(|(line, _)| format!("{name} {line}")).collect();
    for shell in SHELLS {
        let all = host.offered(shell, &lines);
        for ((line, wanted), offered) in wanted.iter().zip(all) {
            let wanted: BTreeSet<String> = wanted.split(' ').map(str::to_owned).collect();
            assert_eq!(offered, wanted, "{shell:?}: {name} {line}");
        }
    }
}

#[test]
fn each_shell_completes_phases_formats_minors_certificates_and_gates() {
    held_against("kubewright", WANTED);
}

#[test]
fn by_the_name_kubeadm_each_shell_completes_kubeadm() {
    held_against(
        "kubeadm",
        &[
            ("certs ren", "renew"),
            ("init --skip-phases mark", "mark-control-plane"),
            ("init --feature-gates PublicKeysECDSA=f", "PublicKeysECDSA=false"),
        ],
    );
}
