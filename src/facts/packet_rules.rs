//! The text of iptables-save → the text with which iptables-restore, told not to flush, takes Kubernetes' chains out
//! and leaves every other rule as it is.
//!
//! The notation is that of iptables-save(8); that a chain which is declared is emptied, and no other, is what
//! kube-proxy itself builds on.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// One set of packet rules: of a family, in the old tables of the kernel or in nftables.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleSet {
    /// The programs that write and read it.
    pub save: PathBuf,
    /// The program that writes it.
    pub restore: PathBuf,
    /// Chains of the pods' network, by their names.
    pub of_pods: BTreeSet<String>,
    /// The chains that were there to be taken out.
    pub chains: BTreeSet<String>,
}

/// kube-proxy's and the kubelet's chains.
const KUBERNETES: &str = "KUBE-";
/// The port map plug-in's chain that leads to those of the pods, and its two helpers.
const HOST_PORTS: &str = "CNI-HOSTPORT-DNAT";
const HOST_PORT_CHAINS: [&str; 3] = [HOST_PORTS, "CNI-HOSTPORT-SETMARK", "CNI-HOSTPORT-MASQ"];

/// A table of the saved text.
pub(super) struct Table<'a> {
    /// As in `nat`.
    pub name: &'a str,
    /// All that it declares, built-in ones among them.
    pub chains: Vec<&'a str>,
    /// The chain that a rule is in, and the rest of its line.
    pub rules: Vec<(&'a str, &'a str)>,
}

/// The chains in `saved` that are Kubernetes' or among `of_pods`.
pub fn chains(saved: &str, of_pods: &BTreeSet<String>) -> BTreeSet<String> {
    let tables = tables(saved);
    let all = tables.iter().flat_map(|table| table.ours(of_pods));
    all.map(str::to_owned).collect()
}

/// What takes them out; `None` where there are none.
pub fn without(saved: &str, of_pods: &BTreeSet<String>) -> Option<String> {
    let text: String = tables(saved).iter().map(|table| table.without(of_pods)).collect();
    (!text.is_empty()).then_some(text)
}

pub(super) fn tables(saved: &str) -> Vec<Table<'_>> {
    let mut all: Vec<Table> = Vec::new();
    for line in saved.lines() {
        if let Some(name) = line.strip_prefix('*') {
            all.push(Table { name, chains: Vec::new(), rules: Vec::new() });
        }
        let Some(table) = all.last_mut() else { continue };
        if let Some(rest) = line.strip_prefix(':') {
            table.chains.extend(rest.split(' ').next());
        } else if let Some(rule) = line.strip_prefix("-A ") {
            table.rules.push(rule.split_once(' ').unwrap_or((rule, "")));
        }
    }
    all
}

impl<'a> Table<'a> {
    fn ours(&self, of_pods: &BTreeSet<String>) -> BTreeSet<&'a str> {
        let is_ours = |chain: &&&str| chain.starts_with(KUBERNETES) || of_pods.contains(**chain);
        let mut ours: BTreeSet<&str> = self.chains.iter().filter(is_ours).copied().collect();
        if self.host_ports_lead_nowhere_else(&ours) {
            ours.extend(self.chains.iter().filter(|chain| HOST_PORT_CHAINS.contains(chain)));
        }
        ours
    }

    /// The port map's own chains go with the last pod that they lead to, and stay for anybody else's.
    fn host_ports_lead_nowhere_else(&self, ours: &BTreeSet<&str>) -> bool {
        let mut rules = self.rules.iter().filter(|(chain, _)| *chain == HOST_PORTS).peekable();
        rules.peek().is_some()
            && rules.all(|(_, rule)| target(rule).is_some_and(|target| ours.contains(target)))
    }

    fn without(&self, of_pods: &BTreeSet<String>) -> String {
        let ours = self.ours(of_pods);
        if ours.is_empty() {
            return String::new();
        }
        let mut text = format!("*{}\n", self.name);
        for chain in &ours {
            let _ = writeln!(text, ":{chain} - [0:0]");
        }
        let jumps = self.rules.iter().filter(|(chain, rule)| {
            !ours.contains(chain) && target(rule).is_some_and(|target| ours.contains(target))
        });
        for (chain, rule) in jumps {
            let _ = writeln!(text, "-D {chain} {rule}");
        }
        for chain in &ours {
            let _ = writeln!(text, "-X {chain}");
        }
        text + "COMMIT\n"
    }
}

/// Where a rule leads: the word behind `-j` or `-g`, outside of quotes.
pub(super) fn target(rule: &str) -> Option<&str> {
    option(rule, &["-j", "-g"])
}

/// The word behind the first of `flags`, as it is written.
pub(super) fn option<'a>(rule: &'a str, flags: &[&str]) -> Option<&'a str> {
    let words = words(rule);
    let flag = words.iter().position(|word| flags.contains(word))?;
    words.get(flag + 1).copied()
}

/// A rule's words; what is in quotes is one word, and a backslash there takes the next letter as it is.
fn words(rule: &str) -> Vec<&str> {
    let (mut words, mut start, mut quoted, mut escaped) = (Vec::new(), 0, false, false);
    for (index, letter) in rule.char_indices() {
        match letter {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            ' ' if !quoted => {
                words.push(&rule[start..index]);
                start = index + 1;
            }
            _ => {}
        }
    }
    words.push(&rule[start..]);
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAVED: &str = r#"# Generated by iptables-save v1.8.9 (nf_tables)
*mangle
:PREROUTING ACCEPT [0:0]
:KUBE-KUBELET-CANARY - [0:0]
COMMIT
*filter
:INPUT ACCEPT [12:3456]
:FORWARD DROP [0:0]
:KUBE-FIREWALL - [0:0]
:KUBE-FORWARD - [0:0]
:MY-KUBE-CHAIN - [0:0]
-A INPUT -s 203.0.113.7/32 -p tcp -m tcp --dport 22 -m comment --comment "leave -j KUBE-FIREWALL to me" -j ACCEPT
-A INPUT -j KUBE-FIREWALL
-A INPUT -m comment --comment "a \" quote" -g KUBE-FORWARD
-A FORWARD -m comment --comment "kubernetes forwarding rules" -j KUBE-FORWARD
-A KUBE-FIREWALL ! -s 127.0.0.0/8 -d 127.0.0.0/8 -j DROP
-A KUBE-FORWARD -m mark --mark 0x4000/0x4000 -j ACCEPT
-A MY-KUBE-CHAIN -j RETURN
COMMIT
*nat
:POSTROUTING ACCEPT [0:0]
:CNI-0123456789abcdef01234567 - [0:0]
:CNI-ffffffffffffffffffffffff - [0:0]
-A POSTROUTING -s 10.244.0.2/32 -m comment --comment "name: \"bridge\" id: \"abc\"" -j CNI-0123456789abcdef01234567
-A POSTROUTING -s 10.88.0.2/32 -m comment --comment "name: \"podman\" id: \"def\"" -j CNI-ffffffffffffffffffffffff
-A CNI-0123456789abcdef01234567 -d 10.244.0.0/24 -j ACCEPT
-A CNI-ffffffffffffffffffffffff -d 10.88.0.0/16 -j ACCEPT
COMMIT
*raw
:PREROUTING ACCEPT [0:0]
-A PREROUTING -j TRACE
COMMIT
"#;

    fn of_pods(names: &[&str]) -> BTreeSet<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn kubernetes_chains_and_the_jumps_to_them_go_and_nothing_else_is_named() {
        let text = without(SAVED, &of_pods(&["CNI-0123456789abcdef01234567"])).unwrap();
        let wanted = r#"*mangle
:KUBE-KUBELET-CANARY - [0:0]
-X KUBE-KUBELET-CANARY
COMMIT
*filter
:KUBE-FIREWALL - [0:0]
:KUBE-FORWARD - [0:0]
-D INPUT -j KUBE-FIREWALL
-D INPUT -m comment --comment "a \" quote" -g KUBE-FORWARD
-D FORWARD -m comment --comment "kubernetes forwarding rules" -j KUBE-FORWARD
-X KUBE-FIREWALL
-X KUBE-FORWARD
COMMIT
*nat
:CNI-0123456789abcdef01234567 - [0:0]
-D POSTROUTING -s 10.244.0.2/32 -m comment --comment "name: \"bridge\" id: \"abc\"" -j CNI-0123456789abcdef01234567
-X CNI-0123456789abcdef01234567
COMMIT
"#;
        assert_eq!(text, wanted);
    }

    #[test]
    fn where_nothing_is_kubernetes_nothing_is_to_be_done() {
        let own = "*filter\n:INPUT ACCEPT [0:0]\n:KUBE - [0:0]\n-A INPUT -j KUBE\nCOMMIT\n";
        assert_eq!(without(own, &BTreeSet::new()), None);
        assert_eq!(without("", &BTreeSet::new()), None);
        assert!(chains(own, &BTreeSet::new()).is_empty());
    }

    #[test]
    fn the_port_map_s_chains_stay_for_as_long_as_they_lead_to_others() {
        let saved = |more: &str| {
            format!(
                "*nat\n:PREROUTING ACCEPT [0:0]\n:CNI-HOSTPORT-DNAT - [0:0]\n:CNI-HOSTPORT-MASQ - [0:0]\n\
                 :CNI-DN-aaaaaaaaaaaaaaaaaaaaa - [0:0]\n:CNI-DN-bbbbbbbbbbbbbbbbbbbbb - [0:0]\n\
                 -A PREROUTING -m addrtype --dst-type LOCAL -j CNI-HOSTPORT-DNAT\n\
                 -A CNI-HOSTPORT-DNAT -p tcp -j CNI-DN-aaaaaaaaaaaaaaaaaaaaa\n{more}COMMIT\n"
            )
        };
        let ours = of_pods(&["CNI-DN-aaaaaaaaaaaaaaaaaaaaa"]);
        assert_eq!(chains(&saved(""), &ours).len(), 3);
        assert!(
            without(&saved(""), &ours)
                .unwrap()
                .contains("-D PREROUTING -m addrtype --dst-type LOCAL -j CNI-HOSTPORT-DNAT\n")
        );
        let others = "-A CNI-HOSTPORT-DNAT -p tcp -j CNI-DN-bbbbbbbbbbbbbbbbbbbbb\n";
        assert_eq!(chains(&saved(others), &ours), ours);
    }
}
