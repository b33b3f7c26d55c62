//! The text of iptables-save → the chains of the pods' network that no record tells of any more.
//!
//! A removal that is cut off is done once more, by the runtime's next caller. The bridge plug-in then finds no interface, so
//! it does not know which addresses it masquerades: the record goes, and chain and jump stay.

use std::collections::BTreeSet;

use super::cni::{is_masquerade, masquerade};
use super::packet_rules::{Table, option, tables, target};

/// The chains that masquerade pods of `network` and are not among those that are `recorded`, whoever's record it is; and
/// those that are named alike, hold nothing and are led to by nothing, so that nobody misses them.
pub fn orphans(saved: &str, network: &str, recorded: &BTreeSet<String>) -> BTreeSet<String> {
    let nat = tables(saved).into_iter().filter(|table| table.name == "nat");
    let all = nat.flat_map(|table| of_table(&table, network));
    all.filter(|chain| !recorded.contains(*chain)).map(str::to_owned).collect()
}

fn of_table<'a>(table: &Table<'a>, network: &str) -> Vec<&'a str> {
    let named: BTreeSet<_> = table.rules.iter().filter_map(|(_, rule)| named(rule, network)).collect();
    let used = table.rules.iter().flat_map(|(chain, rule)| [Some(*chain), target(rule)]);
    let used: BTreeSet<&str> = used.flatten().collect();
    let is_orphan = |chain: &&str| named.contains(*chain) || is_masquerade(chain) && !used.contains(chain);
    table.chains.iter().copied().filter(is_orphan).collect()
}

/// The chain of the container that the rule's comment names: the plug-ins write `name: "NETWORK" id: "CONTAINER"`, and
/// the chain's name follows from the two.
fn named(rule: &str, network: &str) -> Option<String> {
    let comment = option(rule, &["--comment"])?.replace('\\', "");
    let rest = comment.strip_prefix(&format!("\"name: \"{network}\" id: \""))?;
    Some(masquerade(network, rest.strip_suffix("\"\"")?))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `printf bridgeabc | sha512sum`
    const CHAIN: &str = "CNI-78a78b6a42224636a87a06ea";
    const OTHER: &str = "CNI-ffffffffffffffffffffffff";

    fn saved(rules: &str) -> String {
        format!("*nat\n:POSTROUTING ACCEPT [0:0]\n:{CHAIN} - [0:0]\n{rules}COMMIT\n")
    }

    fn found(saved: &str, recorded: &[&str]) -> Vec<String> {
        let recorded = recorded.iter().map(|name| (*name).to_owned()).collect();
        orphans(saved, "bridge", &recorded).into_iter().collect()
    }

    fn whole(name: &str) -> String {
        let comment = format!(r#"-m comment --comment "name: \"{name}\" id: \"abc\"""#);
        format!(
            "-A POSTROUTING -s 10.244.0.2/32 {comment} -j {CHAIN}\n-A {CHAIN} -d 10.244.0.0/24 {comment} -j ACCEPT\n\
             -A {CHAIN} ! -d 224.0.0.0/4 {comment} -j MASQUERADE\n"
        )
    }

    #[test]
    fn a_chain_of_the_network_whose_record_is_gone_is_found_by_its_comments() {
        assert_eq!(found(&saved(&whole("bridge")), &[]), [CHAIN]);
        let rules = whole("bridge");
        let (jump, inside) = rules.split_once('\n').unwrap();
        assert_eq!(found(&saved(inside), &[]), [CHAIN], "the jump is gone already");
        assert_eq!(found(&saved(&format!("{jump}\n")), &[]), [CHAIN], "the chain was emptied already");
    }

    #[test]
    fn a_chain_that_a_record_tells_of_is_no_orphan() {
        assert!(found(&saved(&whole("bridge")), &[CHAIN]).is_empty());
        assert!(found(&saved(""), &[CHAIN]).is_empty());
    }

    #[test]
    fn a_chain_of_another_network_stays() {
        assert!(found(&saved(&whole("podman")), &[]).is_empty());
    }

    #[test]
    fn a_comment_that_does_not_fit_its_chain_tells_nothing() {
        let rules = whole("bridge").replace(CHAIN, OTHER);
        let saved = format!("*nat\n:{OTHER} - [0:0]\n{rules}COMMIT\n");
        assert!(found(&saved, &[]).is_empty());
        assert!(found(&self::saved(&whole("bridge")).replace("*nat", "*filter"), &[]).is_empty());
    }

    #[test]
    fn an_empty_chain_that_nothing_leads_to_is_nobody_s() {
        assert_eq!(found(&saved(""), &[]), [CHAIN]);
        assert!(
            found(&saved(&format!("-A POSTROUTING -j {CHAIN}\n")), &[]).is_empty(),
            "something leads to it"
        );
        assert!(found(&saved(&format!("-A {CHAIN} -j RETURN\n")), &[]).is_empty(), "something is in it");
        for name in ["CNI-78a78b6a42224636a87a06eA", "CNI-DN-8b6a42224636a87a06ea1", "CNI-abc", "MINE"] {
            assert!(found(&saved("").replace(CHAIN, name), &[]).is_empty(), "{name}");
        }
    }
}
