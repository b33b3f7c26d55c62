//! Two examples for each command, for its help and its manual page.

use clap::Command;

use super::command::WIDTH;
use super::invocation::Invocation;

/// What it is for, and the command line without the program's name.
type Example = (&'static str, &'static str);

#[rustfmt::skip]
const EXAMPLES: &[(&str, [Example; 2])] = &[
    ("", [("The first control plane of a cluster", "init --pod-network-cidr 10.244.0.0/16"), ("All that a command takes", "init --help")]),
    ("init", [("A cluster that is to have several control planes", "init --control-plane-endpoint api.example.org --upload-certs"), ("What a configuration file would make, as files below a folder", "init --config kubeadm.yaml --dry-run --output-dir cluster")]),
    ("init phase", [("All certificates and keys, and nothing else", "init phase certs all --config kubeadm.yaml"), ("The static pod of the API server, shown and not written", "init phase control-plane apiserver --dry-run")]),
    ("join", [("A worker, by the line that `token create --print-join-command` prints", "join 10.0.0.10:6443 --token abcdef.0123456789abcdef \\\n      --discovery-token-ca-cert-hash sha256:HASH"), ("One more control plane, as a configuration file says", "join --config join.yaml")]),
    ("join phase", [("Whether this host can join", "join phase preflight --config join.yaml"), ("The certificates of one more control plane", "join phase control-plane-prepare certs --config join.yaml")]),
    ("reset", [("What would be removed", "reset --dry-run"), ("All of it, the rules of the pods' network too, without a question", "reset --network --force")]),
    ("reset phase", [("This host's member out of the cluster's etcd, and nothing else", "reset phase remove-etcd-member"), ("What would be stopped and removed", "reset phase cleanup-node --dry-run")]),
    ("certs", [("When they end", "certs check-expiration"), ("New ones", "certs renew all")]),
    ("certs certificate-key", [("A key for --certificate-key", "certs certificate-key"), ("For programs", "certs certificate-key -o json")]),
    ("certs check", [("What is wrong with this host's", "certs check"), ("A copy of a host's files, as of next summer, for programs", "certs check --root copy --at 2027-06-01 -o json")]),
    ("certs check-expiration", [("A table", "certs check-expiration"), ("The names of those that end within a week", "certs check-expiration \\\n      -o jsonpath='{.certificates[?(@.residualTime<604800.0)].name}'")]),
    ("certs generate-csr", [("In the usual folders", "certs generate-csr"), ("In a folder of their own", "certs generate-csr --cert-dir /root/csr --kubeconfig-dir /root/csr")]),
    ("certs reissue-ca", [("All CAs of this control plane", "certs reissue-ca all"), ("For twenty years", "certs reissue-ca ca --validity 20y")]),
    ("certs reissue-ca all", [("What would be issued again", "certs reissue-ca all --dry-run"), ("For programs", "certs reissue-ca all -o json")]),
    ("certs renew", [("All of them", "certs renew all"), ("Those that differ from what a configuration file says", "certs renew all --config kubeadm.yaml --from-config")]),
    ("certs renew all", [("What would be renewed", "certs renew all --dry-run"), ("Those that differ from what a configuration file says", "certs renew all --config kubeadm.yaml --from-config")]),
    ("completion", [("In this shell, now", "completion bash"), ("For all users of bash", "completion bash > /etc/bash_completion.d/NAME")]),
    ("config", [("A file to start from", "config print init-defaults > kubeadm.yaml"), ("What is wrong with it", "config validate --config kubeadm.yaml")]),
    ("config images", [("Which images there are", "config images list"), ("All of them onto this host", "config images pull")]),
    ("config images list", [("Those of a minor", "config images list --kubernetes-version stable-1.36"), ("Those of a configuration file, for programs", "config images list --config kubeadm.yaml -o json")]),
    ("config images pull", [("Those of a minor", "config images pull --kubernetes-version stable-1.36"), ("From a registry of one's own", "config images pull --image-repository registry.example.org/k8s")]),
    ("config migrate", [("To standard output", "config migrate --old-config old.yaml"), ("To a file, for the kubeadm of a minor", "config migrate --old-config old.yaml --new-config new.yaml \\\n      --kubernetes-version stable-1.30")]),
    ("config print", [("For init, with the kubelet's own configuration", "config print init-defaults --component-configs KubeletConfiguration"), ("For join", "config print join-defaults > join.yaml")]),
    ("config print init-defaults", [("A file to start from", "config print init-defaults > kubeadm.yaml"), ("With the configuration of kube-proxy", "config print init-defaults \\\n      --component-configs KubeProxyConfiguration")]),
    ("config print join-defaults", [("A file to start from", "config print join-defaults > join.yaml"), ("As the kubeadm of a minor prints it", "config print join-defaults --kubernetes-version stable-1.30")]),
    ("config print reset-defaults", [("A file to start from", "config print reset-defaults > reset.yaml"), ("As the kubeadm of a minor prints it", "config print reset-defaults --kubernetes-version stable-1.36")]),
    ("config print upgrade-defaults", [("A file to start from", "config print upgrade-defaults > upgrade.yaml"), ("As the kubeadm of a minor prints it", "config print upgrade-defaults --kubernetes-version stable-1.36")]),
    ("config validate", [("A file", "config validate --config kubeadm.yaml"), ("Standard input, for programs", "config validate --config - -o json")]),
    ("explain", [("What a cause is, and what fixes it", "explain ImageNotAvailable"), ("Which ids there are", "explain")]),
    ("kubeconfig", [("For one more administrator", "kubeconfig user --client-name jane --org cluster-admins"), ("For a user with a token", "kubeconfig user --client-name jane --token TOKEN")]),
    ("kubeconfig user", [("For one more administrator, for a month", "kubeconfig user --client-name jane --org cluster-admins \\\n      --validity-period 720h > jane.conf"), ("For a user with a token", "kubeconfig user --client-name jane --token TOKEN > jane.conf")]),
    ("token", [("The line with which workers join", "token create --print-join-command"), ("Which tokens there are", "token list")]),
    ("token create", [("The line with which workers join", "token create --print-join-command"), ("The line with which control planes join; uploads their certificates", "token create --control-plane")]),
    ("token delete", [("By its id", "token delete abcdef"), ("Two of them", "token delete abcdef uvwxyz")]),
    ("token generate", [("A token for a configuration file", "token generate"), ("For programs", "token generate -o json")]),
    ("token list", [("A table", "token list"), ("Only the tokens", "token list -o jsonpath='{.token}'")]),
    ("upgrade", [("To which versions the cluster can go", "upgrade plan"), ("For programs", "upgrade plan -o json")]),
    ("upgrade apply", [("A version, after a look at what is in its way", "upgrade apply v1.37.1"), ("What it would do, as files below a folder", "upgrade apply v1.37.1 --dry-run --output-dir upgrade")]),
    ("upgrade apply phase", [("This host's static pods alone", "upgrade apply phase control-plane --config upgrade.yaml"), ("CoreDNS alone", "upgrade apply phase addon coredns --config upgrade.yaml")]),
    ("upgrade node", [("The next control plane, or a worker", "upgrade node"), ("What it would do", "upgrade node --dry-run")]),
    ("upgrade node phase", [("The kubelet's settings alone", "upgrade node phase kubelet-config"), ("What that would write", "upgrade node phase kubelet-config --dry-run")]),
    ("upgrade diff", [("With the newest patch of a minor", "upgrade diff stable-1.37"), ("Changes by hand, without lines around them", "upgrade diff -c 0")]),
    ("upgrade plan", [("The newest patches of this minor and of the next", "upgrade plan"), ("One version, and what is in its way, for programs", "upgrade plan stable-1.37 -o json")]),
    ("version", [("Of this program, with the minors that it carries", "version"), ("The number alone", "version -o short")]),
];

/// Examples of a command that does not stand in the table: (the flag that it takes, or none; what it is for; what stands
/// behind the command). The first two that fit are taken.
type Usual = (Option<&'static str>, &'static str, &'static str);

const IN_FILE: &str = "As a configuration file says";
const DRY_RUN: Usual = (Some("dry-run"), "What it would do", " --dry-run");
const PLAIN: Usual = (None, "By itself", "");
const FOR_PROGRAMS: Usual = (Some("output"), "For programs", " -o json");
const OF_INIT: &[Usual] =
    &[(Some("config"), IN_FILE, " --config kubeadm.yaml"), DRY_RUN, PLAIN, FOR_PROGRAMS];
const OF_JOIN: &[Usual] = &[(Some("config"), IN_FILE, " --config join.yaml"), DRY_RUN, PLAIN, FOR_PROGRAMS];
const OF_UPGRADE: &[Usual] =
    &[(Some("config"), IN_FILE, " --config upgrade.yaml"), DRY_RUN, PLAIN, FOR_PROGRAMS];
const OF_OTHERS: &[Usual] = &[PLAIN, DRY_RUN, FOR_PROGRAMS];

/// The text for help; `command` is what help shows, and `path` its name without the program's.
pub fn examples(command: &Command, path: &str, invocation: Invocation) -> String {
    let of_table = EXAMPLES.iter().find(|(name, _)| *name == path).map(|(_, two)| two.to_vec());
    let lines = match of_table {
        Some(two) => two.iter().map(|(about, line)| text(about, line, invocation)).collect(),
        None => usual(command, path, invocation),
    };
    format!("Examples:\n{}", lines.join("\n\n"))
}

fn usual(command: &Command, path: &str, invocation: Invocation) -> Vec<String> {
    // A group's phases run together by its `all`.
    let (path, command) = match command.find_subcommand("all") {
        Some(all) => (format!("{path} all"), all),
        None => (path.to_owned(), command),
    };
    let fits =
        |row: &&Usual| row.0.is_none_or(|flag| command.get_arguments().any(|arg| arg.get_id() == flag));
    let rows = match path.split(' ').next() {
        Some("init") => OF_INIT,
        Some("join") => OF_JOIN,
        Some("upgrade") => OF_UPGRADE,
        Some(_) | None => OF_OTHERS,
    };
    let two = rows.iter().filter(fits).take(2);
    two.map(|(_, about, rest)| text(about, &format!("{path}{rest}"), invocation)).collect()
}

fn text(about: &str, line: &str, invocation: Invocation) -> String {
    let name = invocation.name();
    let line = format!("  {name} {}", line.replace("NAME", name));
    format!("  # {about}\n{}", broken(line))
}

/// A line that is too long for help goes on at its last flag, as a shell takes it.
fn broken(line: String) -> String {
    let is_long = line.lines().any(|part| part.chars().count() > WIDTH);
    match line.rsplit_once(" --") {
        Some((before, flag)) if is_long => format!("{before} \\\n      --{flag}"),
        Some(_) | None => line,
    }
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;

    use super::*;
    use crate::cli::argv::arrange;
    use crate::cli::{command, outline};

    /// Each command with its examples, each of them in one line.
    fn collect(command: &Command, path: &str, all: &mut Vec<(String, Vec<String>)>) {
        let text = command.get_after_help().map(ToString::to_string).unwrap_or_default();
        let joined = text.replace("\\\n", " ");
        let own = joined.lines().filter_map(|line| line.trim().strip_prefix("kubewright "));
        let own = own.filter(|line| !line.is_empty()).map(str::to_owned).collect();
        all.push((path.to_owned(), own));
        for below in command.get_subcommands() {
            collect(below, format!("{path} {}", below.get_name()).trim_start(), all);
        }
    }

    #[test]
    fn every_command_has_two_examples_of_itself_or_of_what_is_below_it_that_are_understood() {
        let mut all = Vec::new();
        collect(&outline(Invocation::Kubewright), "", &mut all);
        assert!(all.len() > 100);
        let root = command(Invocation::Kubewright);
        for (path, examples) in all {
            assert_eq!(examples.len(), 2, "{path}: {examples:?}");
            assert_ne!(examples[0], examples[1]);
            for example in examples {
                assert!(example.starts_with(&path), "{path}: {example}");
                let words = std::iter::once("kubewright").chain(example.split_whitespace());
                let words = words.take_while(|word| *word != ">").map(OsString::from);
                let line = arrange(&root, words);
                let parsed = root.clone().try_get_matches_from(&line.words);
                let is_fine = parsed.as_ref().map_or_else(|error| !error.use_stderr(), |_| true);
                assert!(is_fine, "{example}: {:?}", parsed.err());
            }
        }
    }

    #[test]
    fn a_long_line_goes_on_as_a_shell_takes_it() {
        let root = outline(Invocation::Kubewright);
        let names = ["init", "phase", "kubelet-finalize", "enable-client-cert-rotation"];
        let command = names.iter().fold(&root, |at, name| at.find_subcommand(name).unwrap());
        let text = command.get_after_help().unwrap().to_string();
        assert!(text.contains("cert-rotation \\\n      --config kubeadm.yaml\n"), "{text}");
    }

    #[test]
    fn every_row_is_of_a_command_that_there_is() {
        let root = outline(Invocation::Kubewright);
        for (path, _) in EXAMPLES {
            let mut words = path.split(' ').filter(|word| !word.is_empty());
            assert!(words.try_fold(&root, |at, word| at.find_subcommand(word)).is_some(), "{path}");
        }
    }

    #[test]
    fn they_say_the_name_that_the_program_stands_for() {
        let root = outline(Invocation::Kubeadm);
        let text = root.find_subcommand("completion").unwrap().get_after_help().unwrap().to_string();
        assert!(text.contains("kubeadm completion bash > /etc/bash_completion.d/kubeadm"), "{text}");
        assert!(!text.contains("kubewright"), "{text}");
    }
}
