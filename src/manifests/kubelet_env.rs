//! `/var/lib/kubelet/kubeadm-flags.env`: the kubelet's flags that depend on the node.

use std::fmt::Write;

use k8s_openapi::api::core::v1::Taint;

use super::flags::Value::{Of, Optional};
use super::flags::{Flag, command_line, flag};
use crate::config::Spec;
use crate::versions::Minor;

/// The variable that the drop-in hands to the kubelet.
const VARIABLE: &str = "KUBELET_KUBEADM_ARGS";

/// The flag with the runtime's socket, where that is in no file of the node's.
pub const RUNTIME_ENDPOINT: &str = "container-runtime-endpoint";

/// Who puts the node's taints on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taints {
    /// The kubelet, when it registers: a worker that joins.
    Kubelet,
    /// The phase mark-control-plane: a control plane node.
    Later,
}

/// What of a node its kubelet's flags depend on beside the configuration.
struct Node {
    host_name: String,
    taints: Taints,
}

#[rustfmt::skip]
const FLAGS: &[Flag<Node>] = &[
    flag(RUNTIME_ENDPOINT, Optional(runtime_endpoint)),
    flag("hostname-override", Optional(other_name)),
    // So that the kubelet does not remove the image; from 1.35 on the runtime pins it.
    flag("pod-infra-container-image", Of(|spec, _| spec.cluster.pause_image())).until(34),
    flag("register-with-taints", Optional(taints_to_register)),
];

fn runtime_endpoint(spec: Spec<'_>, _: &Node) -> Option<String> {
    (!spec.cluster.has(spec.cluster.minor.switches.local_cri_socket)).then(|| spec.node.cri_socket.clone())
}

/// The node's name, where the kubelet would take another.
fn other_name(spec: Spec<'_>, node: &Node) -> Option<String> {
    let name = spec.node.name.as_str();
    (name != node.host_name.trim().to_lowercase()).then(|| name.to_owned())
}

fn taints_to_register(spec: Spec<'_>, node: &Node) -> Option<String> {
    let texts: Vec<String> = match node.taints {
        Taints::Kubelet => spec.node.taints.iter().map(taint_text).collect(),
        Taints::Later => Vec::new(),
    };
    (!texts.is_empty()).then(|| texts.join(","))
}

/// The whole file. `host_name` is the kernel's, as the kubelet would call its node unless told otherwise; the user's
/// `kubeletExtraArgs` win over all.
pub fn flags_file(spec: Spec<'_>, host_name: &str, taints: Taints) -> String {
    let node = Node { host_name: host_name.to_owned(), taints };
    let flags = command_line(FLAGS, spec, &node, &spec.node.kubelet_extra_args);
    format!("{VARIABLE}={}\n", quoted(&flags.join(" ")))
}

/// Those of kubeadm's flags that this minor's kubelet is no longer given.
pub fn gone(minor: &Minor) -> Vec<&'static str> {
    let has = |name: &str| FLAGS.iter().any(|flag| flag.name == name && flag.is_of(minor.number));
    FLAGS.iter().map(|flag| flag.name).filter(|name| !has(name)).collect()
}

/// The value of a flag in a file like [`flags_file`]'s.
pub fn value(text: &str, flag: &str) -> Option<String> {
    let words = text.lines().filter_map(flags_of).flat_map(str::split_whitespace);
    words
        .filter_map(|word| word.strip_prefix("--")?.split_once('='))
        .rfind(|(name, _)| *name == flag)
        .map(|(_, value)| value.to_owned())
}

/// The file without these flags, all else in it as it was; none where it has none of them.
pub fn without(text: &str, flags: &[&str]) -> Option<String> {
    let is_one = |word: &str| {
        let name = word.strip_prefix("--").map(|flag| flag.split('=').next().unwrap_or(flag));
        name.is_some_and(|name| flags.contains(&name))
    };
    let line = |line: &str| match flags_of(line) {
        Some(words) if words.split_whitespace().any(is_one) => {
            let kept: Vec<&str> = words.split_whitespace().filter(|word| !is_one(word)).collect();
            format!("{VARIABLE}=\"{}\"", kept.join(" "))
        }
        Some(_) | None => line.to_owned(),
    };
    let end = if text.ends_with('\n') { "\n" } else { "" };
    let changed = text.lines().map(line).collect::<Vec<_>>().join("\n") + end;
    (changed != text).then_some(changed)
}

/// The flags that a line gives to the variable.
fn flags_of(line: &str) -> Option<&str> {
    let value = line.trim().strip_prefix(VARIABLE)?.strip_prefix('=')?;
    Some(value.trim_matches('"'))
}

/// `key=value:effect`, without what is empty.
fn taint_text(taint: &Taint) -> String {
    let value = taint.value.as_deref().unwrap_or_default();
    match (value.is_empty(), taint.effect.is_empty()) {
        (true, true) => taint.key.clone(),
        (true, false) => format!("{}:{}", taint.key, taint.effect),
        (false, _) => format!("{}={value}:{}", taint.key, taint.effect),
    }
}

/// A text between double quotes, escaped as Go's `%q` does; systemd reads the common escapes alike.
fn quoted(text: &str) -> String {
    let mut quoted = String::from('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            '\u{7}' => quoted.push_str("\\a"),
            '\u{8}' => quoted.push_str("\\b"),
            '\u{c}' => quoted.push_str("\\f"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            '\u{b}' => quoted.push_str("\\v"),
            ' ' => quoted.push(' '),
            c if c.is_control() || c.is_whitespace() => escape(&mut quoted, c),
            c => quoted.push(c),
        }
    }
    quoted + "\""
}

fn escape(out: &mut String, c: char) {
    let code = u32::from(c);
    let written = if code < 0x80 { write!(out, "\\x{code:02x}") } else { write!(out, "\\u{code:04x}") };
    debug_assert!(written.is_ok(), "a String takes all that is written to it");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Arg, Config, fixture};
    use crate::manifests::flags;
    use crate::versions::facts::Component;

    fn given(args: &[(&str, &str)]) -> Config {
        let mut config = fixture::config();
        let arg = |(name, value): &(&str, &str)| Arg { name: (*name).to_owned(), value: (*value).to_owned() };
        config.node.kubelet_extra_args = args.iter().map(arg).collect();
        config
    }

    #[test]
    fn the_table_of_flags_is_sound() {
        flags::assert_sound(FLAGS);
        flags::assert_known(FLAGS, Component::Kubelet);
    }

    #[test]
    fn the_drop_in_reads_the_variable() {
        let drop_in = include_str!("../../templates/10-kubeadm.conf");
        assert!(drop_in.contains("EnvironmentFile=-/var/lib/kubelet/kubeadm-flags.env"));
        assert!(drop_in.contains(&format!("${VARIABLE}")));
        // An empty ExecStart= clears the unit's before the drop-in's own.
        assert!(drop_in.contains("\nExecStart=\nExecStart=/usr/bin/kubelet "));
    }

    #[test]
    fn a_node_named_as_its_host_needs_no_flag() {
        assert_eq!(flags_file(given(&[]).spec(), "Node-1", Taints::Later), "KUBELET_KUBEADM_ARGS=\"\"\n");
    }

    #[test]
    fn another_name_than_the_host_s_is_told_to_the_kubelet() {
        let text = flags_file(given(&[]).spec(), "host", Taints::Later);
        assert_eq!(text, "KUBELET_KUBEADM_ARGS=\"--hostname-override=node-1\"\n");
    }

    #[test]
    fn the_user_s_flags_win_and_are_quoted_as_go_quotes() {
        let flags = [("v", "2"), ("hostname-override", "other"), ("node-labels", "a=\"b\\c\"\u{1}\u{a0}é")];
        let text = flags_file(given(&flags).spec(), "host", Taints::Later);
        let flags = r#"--v=2 --hostname-override=other --node-labels=a=\"b\\c\"\x01\u00a0é"#;
        assert_eq!(text, format!("KUBELET_KUBEADM_ARGS=\"{flags}\"\n"));
    }

    #[test]
    fn a_flag_is_taken_out_of_the_file_and_all_else_stays() {
        let text = "# mine\nKUBELET_KUBEADM_ARGS=\"--a=1 --container-runtime-endpoint=unix:///x.sock --v=2\"\nOTHER=3\n";
        assert_eq!(value(text, RUNTIME_ENDPOINT).as_deref(), Some("unix:///x.sock"));
        let without = without(text, &[RUNTIME_ENDPOINT, "none"]).unwrap();
        assert_eq!(without, "# mine\nKUBELET_KUBEADM_ARGS=\"--a=1 --v=2\"\nOTHER=3\n");
        assert_eq!(super::without(&without, &[RUNTIME_ENDPOINT]), None);
        assert_eq!(value(&without, RUNTIME_ENDPOINT), None);
    }

    #[test]
    fn what_a_minor_no_longer_gives_is_known() {
        let of = |number| gone(crate::versions::numbered(number));
        assert!(of(34).is_empty());
        assert_eq!(of(35), ["pod-infra-container-image"]);
    }

    #[test]
    fn a_worker_s_kubelet_registers_its_taints() {
        let mut config = given(&[]);
        config.node.taints.push(Taint { key: "a".into(), value: Some("b".into()), ..Taint::default() });
        let text = flags_file(config.spec(), "node-1", Taints::Kubelet);
        let taints = "node-role.kubernetes.io/control-plane:NoSchedule,a=b:";
        assert_eq!(text, format!("KUBELET_KUBEADM_ARGS=\"--register-with-taints={taints}\"\n"));
    }

    #[test]
    fn an_older_minor_s_kubelet_is_told_its_runtime_and_its_pause_image_among_the_sorted_flags() {
        let mut config = given(&[("v", "2"), ("a", "1")]);
        config.of_version("v1.31.0");
        let socket = "--container-runtime-endpoint=unix:///var/run/containerd/containerd.sock";
        let pause = "--pod-infra-container-image=registry.k8s.io/pause:3.10";
        let text = format!("KUBELET_KUBEADM_ARGS=\"--a=1 {socket} {pause} --v=2\"\n");
        assert_eq!(flags_file(config.spec(), "node-1", Taints::Later), text);
    }
}
