//! `/var/lib/kubelet/kubeadm-flags.env`: the kubelet's flags that depend on the node.

use std::fmt::Write;

use k8s_openapi::api::core::v1::Taint;

use super::args::{self, Defaults};
use crate::config::Config;
use crate::versions::PauseImage;

/// The variable that the drop-in hands to the kubelet.
const VARIABLE: &str = "KUBELET_KUBEADM_ARGS";

/// Who puts the node's taints on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taints {
    /// The kubelet, when it registers: a worker that joins.
    Kubelet,
    /// The phase mark-control-plane: a control plane node.
    Later,
}

/// The whole file. `host_name` is the kernel's, as the kubelet would call its node unless told otherwise; the user's
/// `kubeletExtraArgs` win over all.
pub fn flags_file(config: &Config, host_name: &str, taints: Taints) -> String {
    let node = &config.init.node;
    let mut defaults = Defaults::default();
    if !config.has(config.minor.switches.local_cri_socket) {
        defaults.set("container-runtime-endpoint", &node.cri_socket);
    }
    match config.minor.pods.pause_image {
        PauseImage::Flag => defaults.set("pod-infra-container-image", config.pause_image()),
        PauseImage::Runtime => {}
    }
    if taints == Taints::Kubelet && !node.taints.is_empty() {
        let texts: Vec<String> = node.taints.iter().map(taint_text).collect();
        defaults.set("register-with-taints", texts.join(","));
    }
    let name = args::last(&node.kubelet_extra_args, "hostname-override").unwrap_or(node.name.as_str());
    if name != host_name.trim().to_lowercase() {
        defaults.set("hostname-override", name);
    }
    let flags = defaults.overridden_by(&node.kubelet_extra_args, config.release().extra_args);
    format!("{VARIABLE}={}\n", quoted(&flags.join(" ")))
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
    use crate::config::{Arg, fixture};
    use crate::versions;

    fn given(args: &[(&str, &str)]) -> Config {
        let mut config = fixture::config();
        let arg = |(name, value): &(&str, &str)| Arg { name: (*name).to_owned(), value: (*value).to_owned() };
        config.init.node.kubelet_extra_args = args.iter().map(arg).collect();
        config
    }

    #[test]
    fn a_node_named_as_its_host_needs_no_flag() {
        assert_eq!(flags_file(&given(&[]), "Node-1", Taints::Later), "KUBELET_KUBEADM_ARGS=\"\"\n");
    }

    #[test]
    fn another_name_than_the_host_s_is_told_to_the_kubelet() {
        let text = flags_file(&given(&[]), "host", Taints::Later);
        assert_eq!(text, "KUBELET_KUBEADM_ARGS=\"--hostname-override=node-1\"\n");
    }

    #[test]
    fn the_user_s_flags_win_and_are_quoted_as_go_quotes() {
        let flags = [("v", "2"), ("hostname-override", "other"), ("node-labels", "a=\"b\\c\"\u{1}\u{a0}é")];
        let text = flags_file(&given(&flags), "host", Taints::Later);
        let flags = r#"--v=2 --hostname-override=other --node-labels=a=\"b\\c\"\x01\u00a0é"#;
        assert_eq!(text, format!("KUBELET_KUBEADM_ARGS=\"{flags}\"\n"));
    }

    #[test]
    fn a_worker_s_kubelet_registers_its_taints() {
        let mut config = given(&[]);
        config.init.node.taints.push(Taint { key: "a".into(), value: Some("b".into()), ..Taint::default() });
        let text = flags_file(&config, "node-1", Taints::Kubelet);
        let taints = "node-role.kubernetes.io/control-plane:NoSchedule,a=b:";
        assert_eq!(text, format!("KUBELET_KUBEADM_ARGS=\"--register-with-taints={taints}\"\n"));
    }

    #[test]
    fn an_older_minor_s_kubelet_is_told_its_runtime_and_its_pause_image_among_the_sorted_flags() {
        let mut config = given(&[("v", "2"), ("a", "1")]);
        (config.cluster.version, config.minor) = versions::resolve("v1.31.0").unwrap();
        let socket = "--container-runtime-endpoint=unix:///var/run/containerd/containerd.sock";
        let pause = "--pod-infra-container-image=registry.k8s.io/pause:3.10";
        let text = format!("KUBELET_KUBEADM_ARGS=\"--a=1 {socket} {pause} --v=2\"\n");
        assert_eq!(flags_file(&config, "node-1", Taints::Later), text);
    }
}
