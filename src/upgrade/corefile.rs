//! Check of CoreDNS' configuration: whether the new CoreDNS has the plug-ins that it names.

use std::collections::BTreeSet;

use super::finding::{Finding, Place};
use super::hop::Hop;
use crate::versions::facts::{self, Presence};
use crate::versions::semantic;

/// Only an image of kubeadm's own is known: what another repository or tag has compiled in, nobody can tell.
pub fn plugins(hop: &Hop<'_>) -> Vec<Finding> {
    let dns = &hop.cluster.dns;
    let is_own = !dns.disabled && dns.image.tag.is_none() && dns.image.repository.is_none();
    let tag = hop.release().images.coredns;
    let (Some(corefile), Some(version)) =
        (hop.facts.stored.corefile.as_ref().filter(|_| is_own && hop.facts.dns.is_some()), semantic(tag))
    else {
        return Vec::new();
    };
    let lacks = |name: &&String| {
        matches!(facts::coredns_plugin(name, &version), Presence::Gone { .. } | Presence::Never)
    };
    let finding = |name: &String| {
        Finding::error(
            "CorefilePlugin",
            Place::Cluster,
            format!("CoreDNS {version} has no plug-in {name}, and does not start with it"),
        )
        .seen(format!("the Corefile in the ConfigMap kube-system/coredns names {name}"))
        .fix(format!(
            "take {name} out of it, or name an image of CoreDNS that has the plug-in in dns.imageRepository and dns.imageTag of the ClusterConfiguration"
        ))
    };
    named(corefile).iter().filter(lacks).map(finding).collect()
}

/// The words that begin a line within a server block, or within a snippet. Those deeper are settings of a plug-in.
fn named(corefile: &str) -> BTreeSet<String> {
    let (mut depth, mut names) = (0_i64, BTreeSet::new());
    for line in corefile.lines() {
        let words: Vec<&str> = line.split_whitespace().take_while(|word| !word.starts_with('#')).collect();
        let first = words.first().copied().unwrap_or_default();
        let is_name = first.starts_with(|first: char| first.is_ascii_alphabetic());
        if depth == 1 && is_name && first != "import" {
            names.insert(first.to_owned());
        }
        depth += words.iter().map(|word| i64::from(*word == "{") - i64::from(*word == "}")).sum::<i64>();
    }
    names
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{Case, labels};
    use super::*;

    const COREFILE: &str = ".:53 {\n    errors\n    health {\n       lameduck 5s\n    }\n    kubernetes cluster.local in-addr.arpa {\n\
                            \x20      fallthrough in-addr.arpa\n    }\n    # nonsense\n    import ours\n    cache 30 { # nonsense\n      \
                            disable success\n    }\n}\n(ours) {\n  template IN A {\n    nonsense\n  }\n}\nexample.org {\n  file db\n}\n";

    #[test]
    fn the_words_of_server_blocks_and_snippets_are_plug_ins_and_no_others() {
        let names: Vec<String> = named(COREFILE).into_iter().collect();
        assert_eq!(names, ["cache", "errors", "file", "health", "kubernetes", "template"]);
    }

    #[test]
    fn only_a_plug_in_that_kubeadm_s_own_coredns_lacks_is_in_the_way() {
        let mut case = Case::to("v1.37.2");
        let mut told = |text: &str, tag: Option<&str>| {
            case.facts.stored.corefile = Some(text.to_owned());
            case.cluster.dns.image.tag = tag.map(str::to_owned);
            labels(&plugins(&case.hop()))
        };
        assert!(told(COREFILE, None).is_empty());
        let odd = COREFILE.replace("    errors", "    redisc");
        assert_eq!(told(&odd, None), ["error CorefilePlugin"]);
        assert!(told(&odd, Some("mine")).is_empty());
    }
}
