//! What kube-proxy, the kubelet and network plug-ins have set up on a host beside files.

use serde::{Deserialize, Serialize};

use super::{CniRecord, PathState, RuleSet, Unseen};

/// What a reset of the network takes away.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct NodeNetwork {
    /// Those with chains of Kubernetes or of its pods' network.
    pub rules: Vec<RuleSet>,
    /// nftables' tables of kube-proxy, as `(family, name)`.
    pub tables: Vec<(String, String)>,
    /// IPVS services on addresses of `kube-ipvs0`, as `-t 10.96.0.1:443`.
    pub virtual_services: Vec<String>,
    /// Sets of addresses by their names.
    pub address_sets: Vec<String>,
    /// `kube-ipvs0`, and the bridges that records of Kubernetes' pods name.
    pub interfaces: Vec<String>,
    /// libcni's of the pods that it has attached.
    pub records: Vec<CniRecord>,
    /// /var/lib/cni.
    pub state: PathState,
    /// What could not be looked at.
    pub unseen: Vec<Unseen>,
}

/// `nft list tables` → kube-proxy's, which are called so in both families (KEP-3866).
pub fn parse_tables(text: &str) -> Vec<(String, String)> {
    let table = |line: &str| {
        let mut words = line.split_whitespace();
        let (Some("table"), Some(family @ ("ip" | "ip6")), Some("kube-proxy")) =
            (words.next(), words.next(), words.next())
        else {
            return None;
        };
        Some((family.to_owned(), "kube-proxy".to_owned()))
    };
    text.lines().filter_map(table).collect()
}

/// `ipvsadm --save --numeric` → the services on one of `addresses`, as `-t 10.96.0.1:443`.
pub fn parse_services(text: &str, addresses: &[String]) -> Vec<String> {
    let service = |line: &str| {
        let mut words = line.strip_prefix("-A ")?.split_whitespace();
        let (protocol, endpoint) = (words.next()?, words.next()?);
        let (host, _) = endpoint.rsplit_once(':')?;
        let host = host.trim_matches(['[', ']']);
        addresses.iter().any(|address| address == host).then(|| format!("{protocol} {endpoint}"))
    };
    text.lines().filter_map(service).collect()
}

/// `ipset list -name` → Kubernetes' sets.
pub fn parse_sets(text: &str) -> Vec<String> {
    text.lines().filter(|name| name.starts_with("KUBE-")).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_kube_proxy_s_own_tables_count() {
        let text = "table inet filter\ntable ip kube-proxy\ntable ip6 kube-proxy\ntable inet kube-proxy\ntable ip kube-proxy2\n";
        let found = parse_tables(text);
        assert_eq!(
            found,
            [("ip".to_owned(), "kube-proxy".to_owned()), ("ip6".to_owned(), "kube-proxy".to_owned())]
        );
    }

    #[test]
    fn only_services_on_kube_proxy_s_addresses_count() {
        let text = "-A -t 10.96.0.1:443 -s rr\n-a -t 10.96.0.1:443 -r 10.0.0.1:6443 -m -w 1\n-A -u 192.0.2.1:53 -s rr\n\
                    -A -t [fd00::1]:443 -s rr\n-A -f 7 -s rr\n";
        let addresses = ["10.96.0.1".to_owned(), "fd00::1".to_owned()];
        assert_eq!(parse_services(text, &addresses), ["-t 10.96.0.1:443", "-t [fd00::1]:443"]);
    }

    #[test]
    fn only_kubernetes_sets_count() {
        assert_eq!(parse_sets("KUBE-CLUSTER-IP\nmine\nMY-KUBE-SET\n"), ["KUBE-CLUSTER-IP"]);
    }
}
