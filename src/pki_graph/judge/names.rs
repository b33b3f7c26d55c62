//! What certificates are called, and what they are called by.

use std::net::IpAddr;

use ipnet::IpNet;

use super::super::content::Certificate;
use super::super::fault::Fault;
use super::super::finding::{Finding, Severity};
use super::super::node::{ClientState, Node, Pair};
use super::super::program::Program;
use super::super::role::Role;
use super::case::{Case, Found};
use crate::pki::fits_name;

pub fn judge(case: &Case<'_, '_>, found: &mut Found) {
    for node in &case.graph.nodes {
        for pair in &node.pairs {
            if found.explains(&pair.certificate.name) {
                continue;
            }
            let Some(own) = pair.own() else { continue };
            subject(node, pair, own, found);
            only_in_subject(node, pair, own, found);
            missing(case, node, pair, own, found);
            foreign(node, pair, own, found);
        }
    }
    unserved(case, found);
}

/// Whether a certificate is for this name or address.
fn is_for(certificate: &Certificate, name: &str) -> bool {
    match name.parse::<IpAddr>() {
        Ok(address) => {
            certificate.found.ip_addresses.iter().any(|own| own.to_canonical() == address.to_canonical())
        }
        Err(_) => certificate.found.dns_names.iter().any(|pattern| fits_name(name, pattern)),
    }
}

fn subject(node: &Node<'_>, pair: &Pair<'_>, own: &Certificate, found: &mut Found) {
    let name = own.found.common_name.clone().unwrap_or_default();
    let groups = &own.found.organizations;
    let wrong = match pair.role {
        Role::Kubelet => {
            let of_node = name.strip_prefix("system:node:").filter(|node| !node.is_empty());
            match of_node {
                Some(of_node) if groups.iter().any(|group| group == "system:nodes") => {
                    return other_node(node, pair, of_node, found);
                }
                _ => Some("the user system:node:NAME in the group system:nodes".to_owned()),
            }
        }
        Role::ControllerManager => usual(&name, "system:kube-controller-manager"),
        Role::Scheduler => usual(&name, "system:kube-scheduler"),
        Role::Aggregator => {
            let allowed: Vec<&str> = node
                .program("kube-apiserver")
                .map(|server| server.all("requestheader-allowed-names").collect())
                .unwrap_or_default();
            let is_one = allowed.is_empty() || allowed.contains(&name.as_str());
            (!is_one).then(|| format!("one of --requestheader-allowed-names, {}", allowed.join(", ")))
        }
        _ => None,
    };
    let Some(wanted) = wrong else { return };
    let message = format!("{} is not who it has to be", pair.role.told());
    let finding =
        Finding::new(Fault::SubjectWrong, Severity::Critical, node, &pair.certificate.name, message);
    let seen =
        format!("its certificate is of the user {name:?} in the groups {groups:?}; {wanted} is wanted");
    found.add(finding.seen(seen).renew_from_config(pair.role));
}

fn usual(name: &str, wanted: &str) -> Option<String> {
    (name != wanted).then(|| format!("the user {wanted}"))
}

/// A machine that was copied has the other one's certificate.
fn other_node(node: &Node<'_>, pair: &Pair<'_>, of_node: &str, found: &mut Found) {
    let names = node.host_names();
    let is_like = |name: &String| {
        of_node == name
            || of_node.starts_with(&format!("{name}."))
            || name.starts_with(&format!("{of_node}."))
    };
    if names.is_empty() || names.iter().any(is_like) {
        return;
    }
    let message = "the kubelet's certificate is that of another node";
    let finding = Finding::new(Fault::NodeOther, Severity::Critical, node, &pair.certificate.name, message);
    found.add(
        finding
            .seen(format!("it is for the node {of_node:?}, and this host is called {}", names.join(", ")))
            .fix("`kubewright reset` and join the node again, by its own name"),
    );
}

fn only_in_subject(node: &Node<'_>, pair: &Pair<'_>, own: &Certificate, found: &mut Found) {
    let has_none = own.found.dns_names.is_empty() && own.found.ip_addresses.is_empty();
    if !pair.role.serves() || !has_none {
        return;
    }
    let message = format!(
        "the certificate of {} has no names but its subject's, which nobody looks at",
        pair.role.told()
    );
    let finding =
        Finding::new(Fault::NamesOnlyInSubject, Severity::Critical, node, &pair.certificate.name, message);
    found.explain(own.hash);
    found.add(
        finding
            .seen(format!("it has no subject alternative names; its subject is {:?}", own.told()))
            .renew_from_config(pair.role),
    );
}

/// A name that a certificate has to have.
struct Wanted {
    name: String,
    by: String,
    is_dialled: bool,
}

fn missing(case: &Case<'_, '_>, node: &Node<'_>, pair: &Pair<'_>, own: &Certificate, found: &mut Found) {
    if found.explains(own.hash) {
        return;
    }
    for wanted in wanted(node, pair.role) {
        if is_for(own, &wanted.name) {
            continue;
        }
        let dialled = pair.role == Role::ApiServer && dials(case, &wanted.name);
        let severity = if wanted.is_dialled || dialled { Severity::Critical } else { Severity::Warning };
        let message = format!("the certificate of {} lacks the name {}", pair.role.told(), wanted.name);
        let finding = Finding::new(Fault::NameMissing, severity, node, &pair.certificate.name, message);
        found.add(
            finding.seen(format!("{}; it has {}", wanted.by, names_of(own))).renew_from_config(pair.role),
        );
    }
}

fn names_of(certificate: &Certificate) -> String {
    let addresses = certificate.found.ip_addresses.iter().map(ToString::to_string);
    certificate.found.dns_names.iter().cloned().chain(addresses).collect::<Vec<_>>().join(", ")
}

fn dials(case: &Case<'_, '_>, name: &str) -> bool {
    let clients = case.graph.nodes.iter().flat_map(|node| &node.clients);
    clients
        .into_iter()
        .any(|client| matches!(client.config, ClientState::Here(config) if config.name == name))
}

fn wanted(node: &Node<'_>, role: Role) -> Vec<Wanted> {
    match role {
        Role::ApiServer => node.program("kube-apiserver").map(of_api_server).unwrap_or_default(),
        Role::Etcd => of_etcd(node),
        Role::EtcdPeer => {
            let own = node.program("etcd").map(|etcd| hosts(etcd, "initial-advertise-peer-urls"));
            let by = "the other members dial it (--initial-advertise-peer-urls)";
            own.unwrap_or_default()
                .into_iter()
                .map(|name| Wanted { name, by: by.to_owned(), is_dialled: true })
                .collect()
        }
        _ => Vec::new(),
    }
}

fn of_api_server(server: &Program) -> Vec<Wanted> {
    let mut all = Vec::new();
    let range = server.all("service-cluster-ip-range").next().and_then(|range| range.parse::<IpNet>().ok());
    if let Some(range) = range {
        let by = "pods dial it, as the Service kubernetes (--service-cluster-ip-range)";
        all.push(Wanted { name: first_address(&range).to_string(), by: by.to_owned(), is_dialled: true });
        let by = "pods dial it, as the Service kubernetes";
        all.push(Wanted { name: "kubernetes.default.svc".to_owned(), by: by.to_owned(), is_dialled: true });
    }
    if let Some(address) = server.flag("advertise-address").filter(|address| !address.is_empty()) {
        let by = "it is the address that the API server advertises (--advertise-address)";
        all.push(Wanted { name: address.to_owned(), by: by.to_owned(), is_dialled: false });
    }
    all
}

/// The first behind the network's own.
fn first_address(range: &IpNet) -> IpAddr {
    match range.network() {
        IpAddr::V4(address) => IpAddr::V4(address.to_bits().wrapping_add(1).into()),
        IpAddr::V6(address) => IpAddr::V6(address.to_bits().wrapping_add(1).into()),
    }
}

fn of_etcd(node: &Node<'_>) -> Vec<Wanted> {
    let Some(etcd) = node.program("etcd") else { return Vec::new() };
    let own: Vec<String> =
        ["listen-client-urls", "advertise-client-urls"].iter().flat_map(|flag| hosts(etcd, flag)).collect();
    let dialled =
        node.program("kube-apiserver").map(|server| hosts(server, "etcd-servers")).unwrap_or_default();
    let mut all: Vec<Wanted> = dialled
        .into_iter()
        .filter(|name| own.contains(name))
        .map(|name| Wanted {
            name,
            by: "the API server dials it (--etcd-servers)".to_owned(),
            is_dialled: true,
        })
        .collect();
    for name in hosts(etcd, "advertise-client-urls") {
        if all.iter().all(|wanted| wanted.name != name) {
            let by = "other control planes reach it there (--advertise-client-urls)".to_owned();
            all.push(Wanted { name, by, is_dialled: false });
        }
    }
    all
}

/// The hosts of a flag's URLs, those of `https` alone.
fn hosts(program: &Program, flag: &str) -> Vec<String> {
    program.all(flag).filter_map(host).collect()
}

/// `https://[fd00::1]:2379` → `fd00::1`; of `NAME=https://…` too.
fn host(url: &str) -> Option<String> {
    let (_, rest) = url.split_once("https://")?;
    let place = rest.split(['/', '?']).next()?;
    let host = match place.strip_prefix('[') {
        Some(rest) => rest.split(']').next()?,
        None => place.split(':').next()?,
    };
    (!host.is_empty() && host != "0.0.0.0" && host != "::").then(|| host.to_owned())
}

/// An address of a member of etcd's that no member has.
fn foreign(node: &Node<'_>, pair: &Pair<'_>, own: &Certificate, found: &mut Found) {
    let (true, Some(etcd)) = (matches!(pair.role, Role::Etcd | Role::EtcdPeer), node.program("etcd")) else {
        return;
    };
    let flags = [
        "initial-cluster",
        "initial-advertise-peer-urls",
        "advertise-client-urls",
        "listen-client-urls",
        "listen-peer-urls",
    ];
    let mut known: Vec<String> = flags.iter().flat_map(|flag| hosts(etcd, flag)).collect();
    if let Some(server) = node.program("kube-apiserver") {
        known.extend(hosts(server, "etcd-servers"));
        known.extend(server.flag("advertise-address").map(str::to_owned));
    }
    if known.iter().all(|name| name.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())) {
        return;
    }
    let known: Vec<IpAddr> = known.iter().filter_map(|name| name.parse().ok()).collect();
    let is_foreign = |address: &&IpAddr| !address.is_loopback() && !known.contains(address);
    let foreign: Vec<String> =
        own.found.ip_addresses.iter().filter(is_foreign).map(ToString::to_string).collect();
    if foreign.is_empty() {
        return;
    }
    let message = format!("the certificate of {} is for addresses that no member has", pair.role.told());
    let finding = Finding::new(Fault::NameForeign, Severity::Notice, node, &pair.certificate.name, message);
    let known: Vec<String> = known.iter().map(ToString::to_string).collect();
    found.add(
        finding
            .seen(format!("{}; the members and this host have {}", foreign.join(", "), known.join(", ")))
            .renew_from_config(pair.role),
    );
}

/// kubeconfigs that dial an API server by a name that it does not have.
fn unserved(case: &Case<'_, '_>, found: &mut Found) {
    let servers: Vec<(&Node<'_>, &Pair<'_>)> =
        case.graph.nodes.iter().filter_map(|node| Some((node, node.pair(Role::ApiServer)?))).collect();
    let is_another = |name: &str, own: &Node<'_>| {
        servers.iter().any(|(node, _)| {
            let address = node.program("kube-apiserver").and_then(|server| server.flag("advertise-address"));
            !std::ptr::eq(*node, own) && address == Some(name)
        })
    };
    for node in &case.graph.nodes {
        for client in &node.clients {
            let ClientState::Here(config) = client.config else { continue };
            let own =
                |server: &&(&Node<'_>, &Pair<'_>)| !node.is_control_plane() || std::ptr::eq(server.0, node);
            let lacking = servers.iter().filter(own).find(|(server, pair)| {
                let is_told = found.explains(&pair.certificate.name)
                    || pair.own().is_none_or(|own| found.explains(own.hash))
                    || wanted(server, Role::ApiServer).iter().any(|wanted| wanted.name == config.name);
                !is_told && pair.own().is_some_and(|own| !is_for(own, &config.name))
            });
            let Some((server, pair)) = lacking else { continue };
            if is_another(&config.name, server) || config.authority.is_none() {
                continue;
            }
            let path = client.path.display().to_string();
            let message =
                format!("a kubeconfig dials {}, a name that the API server's certificate lacks", config.name);
            let finding = Finding::new(Fault::ServerNameUnserved, Severity::Critical, node, path, message);
            let names = pair.own().map(names_of).unwrap_or_default();
            found.add(
                finding
                    .seen(format!("its server is {}; {} has {names}", config.place, pair.certificate.name))
                    .fix("correct the server in the kubeconfig, or add the name to apiServer.certSANs and `kubewright certs renew apiserver --from-config`"),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_s_host_is_told_with_or_without_a_member_s_name() {
        for (url, name) in [
            ("https://10.0.0.1:2379", Some("10.0.0.1")),
            ("a=https://[fd00::1]:2380", Some("fd00::1")),
            ("http://10.0.0.1", None),
            ("https://0.0.0.0:2379", None),
            ("unix:///x", None),
        ] {
            assert_eq!(host(url).as_deref(), name, "{url}");
        }
    }

    #[test]
    fn the_service_is_the_first_address_of_its_range() {
        for (range, first) in [("10.96.0.0/12", "10.96.0.1"), ("fd00:1::/108", "fd00:1::1")] {
            assert_eq!(first_address(&range.parse().unwrap()).to_string(), first);
        }
    }
}
