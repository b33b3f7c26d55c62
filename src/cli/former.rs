//! Commands and flags that kubeadms before 1.29 had → what does that today. They are not taken: what they did has changed, or
//! their arguments have.

/// (the words of the command, what to use)
#[rustfmt::skip]
const COMMANDS: &[(&[&str], &str)] = &[
    (&["alpha", "certs", "renew"], "`kubewright certs renew`"),
    (&["alpha", "certs", "check-expiration"], "`kubewright certs check-expiration`"),
    (&["alpha", "certs", "certificate-key"], "`kubewright certs certificate-key`"),
    (&["alpha", "certs", "generate-csr"], "`kubewright certs generate-csr`"),
    (&["alpha", "certs"], "`kubewright certs`"),
    (&["alpha", "kubeconfig"], "`kubewright kubeconfig user`"),
    (&["alpha", "preflight", "master"], "`kubewright init phase preflight`"),
    (&["alpha", "preflight", "node"], "`kubewright join phase preflight`"),
    (&["alpha", "preflight"], "`kubewright init phase preflight`"),
    (&["alpha", "phase", "mark-master"], "`kubewright init phase mark-control-plane`"),
    (&["alpha", "phase", "controlplane"], "`kubewright init phase control-plane`"),
    (&["alpha", "phase", "kubelet"], "`kubewright init phase kubelet-start`"),
    (&["alpha", "phase"], "`kubewright init phase`, by the same names but for a few"),
    (&["alpha", "kubelet"], "nothing: the kubelet's configuration is no longer taken from the cluster while it runs; `kubewright init phase kubelet-start` writes it"),
    (&["alpha", "selfhosting"], "nothing: control planes are static pods"),
    (&["config", "view"], "`kubectl --namespace kube-system get configmap kubeadm-config --output yaml`"),
    (&["config", "upload"], "`kubewright init phase upload-config all --config FILE`"),
    (&["config", "print-default"], "`kubewright config print init-defaults` or `kubewright config print join-defaults`"),
    (&["config", "print-defaults"], "`kubewright config print init-defaults` or `kubewright config print join-defaults`"),
    (&["ex"], "`kubewright token` and its like, without the ex"),
    (&["init", "phase", "kubelet"], "`kubewright init phase kubelet-start`"),
    (&["init", "phase", "kubelet-config"], "`kubewright init phase kubelet-start`"),
    (&["init", "phase", "kubelet-config-download"], "`kubewright init phase kubelet-start`"),
    (&["init", "phase", "mark-master"], "`kubewright init phase mark-control-plane`"),
    (&["init", "phase", "controlplane"], "`kubewright init phase control-plane`"),
    (&["init", "phase", "addon", "kube-dns"], "`kubewright init phase addon coredns`"),
    (&["init", "phase", "selfhosting"], "nothing: control planes are static pods"),
    (&["join", "phase", "kubelet"], "`kubewright join phase kubelet-start`"),
    (&["join", "phase", "mark-master"], "`kubewright join phase control-plane-join mark-control-plane`"),
    (&["manual"], "`kubewright init` and `kubewright join`"),
];

/// (the flag, what to use)
#[rustfmt::skip]
const FLAGS: &[(&str, &str)] = &[
    ("experimental-upload-certs", "--upload-certs of `kubewright init`"),
    ("experimental-control-plane", "--control-plane of `kubewright join`"),
    ("experimental-patches", "--patches of `kubewright init` and `kubewright join`"),
    ("experimental-kustomize", "--patches of `kubewright init` and `kubewright join`"),
    ("skip-preflight-checks", "--ignore-preflight-errors=all of `kubewright init`, `kubewright join` and `kubewright reset`"),
    ("ignore-checks-errors", "--ignore-preflight-errors of `kubewright init`, `kubewright join` and `kubewright reset`"),
    ("use-kubernetes-version", "--kubernetes-version of `kubewright init`"),
    ("api-advertise-addresses", "--apiserver-advertise-address of `kubewright init`"),
    ("api-external-dns-names", "--apiserver-cert-extra-sans of `kubewright init`"),
    ("api-port", "--apiserver-bind-port of `kubewright init`"),
    ("csr-only", "`kubewright certs generate-csr`"),
    ("csr-dir", "--cert-dir of `kubewright certs generate-csr`"),
    ("use-api", "nothing: `kubewright certs renew` signs with the CAs' own keys"),
    ("print-default", "`kubewright config print`"),
    ("api-objects", "`kubewright config print` and its --component-configs"),
];

/// What to use in the place of an old command or an old flag in a command line, whose first word is the program's.
pub fn today(words: &[&str]) -> Option<String> {
    let flags = words.iter().filter_map(|word| word.strip_prefix("--"));
    let old_flag = flags.map(name).find_map(|flag| FLAGS.iter().find(|row| row.0 == flag));
    let commands: Vec<&str> = words.iter().skip(1).filter(|word| !word.starts_with('-')).copied().collect();
    let old_command = COMMANDS.iter().find(|row| commands.starts_with(row.0));
    match (old_command, old_flag) {
        (Some((old, today)), _) => Some(format!("{} was of an older kubeadm; use {today}", old.join(" "))),
        (None, Some((old, today))) => Some(format!("--{old} was of an older kubeadm; use {today}")),
        (None, None) => None,
    }
}

fn name(flag: &str) -> &str {
    flag.split('=').next().unwrap_or(flag)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(line: &str) -> Option<String> {
        today(&line.split(' ').collect::<Vec<_>>())
    }

    #[test]
    fn an_old_command_is_told_by_its_own_words_and_the_longest_counts() {
        let said = of("k alpha certs renew all --use-api").unwrap();
        assert_eq!(said, "alpha certs renew was of an older kubeadm; use `kubewright certs renew`");
        assert!(of("k --kubeconfig=/x config view").unwrap().contains("kubectl "));
        assert_eq!(of("k config images list"), None);
    }

    #[test]
    fn an_old_flag_is_told_without_its_value() {
        let said = of("k init --experimental-upload-certs=true").unwrap();
        assert_eq!(
            said,
            "--experimental-upload-certs was of an older kubeadm; use --upload-certs of `kubewright init`"
        );
    }

    #[test]
    fn no_row_stands_behind_one_that_hides_it() {
        for (index, (words, _)) in COMMANDS.iter().enumerate() {
            let hidden = COMMANDS[..index].iter().any(|(earlier, _)| words.starts_with(earlier));
            assert!(!hidden, "{words:?}");
        }
    }
}
