//! The records that libcni keeps of the networks it has attached pods to.

use std::fmt::Write as _;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha512};

use super::cni_name;

/// One pod's attachment to one network: a file in /var/lib/cni/results.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CniRecord {
    /// The record's file.
    pub path: PathBuf,
    /// The network's name in its configuration.
    pub network: String,
    /// The id of the pod's sandbox.
    pub container: String,
    /// Whether the kubelet's runtime made it, and not another user of the plug-ins.
    pub of_kubernetes: bool,
    /// Interfaces of the host that the plug-ins have set up or use.
    pub interfaces: Vec<String>,
}

/// iptables' limit, and the plug-ins' names within it (containernetworking/plugins, pkg/utils).
const CHAIN_LENGTH: usize = 28;
/// The bridge plug-in's, where its configuration names none.
const USUAL_BRIDGE: &str = "cni0";
const MASQUERADE: &str = "CNI-";
const HOST_PORTS: &str = "CNI-DN-";

impl CniRecord {
    /// Reads the record in the file `path`; `None` where it is none, or names what CNI does not let be called so: names become
    /// paths and arguments.
    pub fn parse(path: PathBuf, text: &str) -> Option<Self> {
        let record: Value = serde_json::from_str(text).ok()?;
        let field = |name: &str| {
            record.get(name)?.as_str().filter(|text| cni_name::is_of_network(text)).map(str::to_owned)
        };
        Some(Self {
            path,
            network: field("networkName")?,
            container: field("containerId")?,
            of_kubernetes: argument(&record, "K8S_POD_NAME"),
            interfaces: interfaces(&record),
        })
    }

    /// The chains in which the plug-ins masquerade this pod and forward ports to it.
    pub fn chains(&self) -> [String; 2] {
        [MASQUERADE, HOST_PORTS].map(|prefix| chain(prefix, &self.network, &self.container))
    }
}

/// The chain in which the plug-ins masquerade the container of that id.
pub(super) fn masquerade(network: &str, container: &str) -> String {
    chain(MASQUERADE, network, container)
}

/// Whether the chain may be one of those, by its name.
pub(super) fn is_masquerade(chain: &str) -> bool {
    let is_hex = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    chain.len() == CHAIN_LENGTH && chain.strip_prefix(MASQUERADE).is_some_and(|hash| hash.bytes().all(is_hex))
}

fn chain(prefix: &str, network: &str, container: &str) -> String {
    let hash = Sha512::digest(format!("{network}{container}"));
    let mut name = hash.iter().fold(prefix.to_owned(), |mut name, byte| {
        let _ = write!(name, "{byte:02x}");
        name
    });
    name.truncate(CHAIN_LENGTH);
    name
}

/// A network that a runtime puts pods on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PodNetwork {
    /// As records name it.
    pub name: String,
    /// The interfaces that its plug-ins make on the host.
    pub bridges: Vec<String>,
}

impl PodNetwork {
    /// Reads a network configuration; `None` where it is none
    /// (<https://www.cni.dev/plugins/current/main/bridge/>).
    pub fn parse(configuration: &str) -> Option<Self> {
        let document: Value = serde_json::from_str(configuration).ok()?;
        let name = document.get("name")?.as_str().filter(|name| cni_name::is_of_network(name))?.to_owned();
        let plugins = document.get("plugins").and_then(Value::as_array).cloned();
        let plugins = plugins.unwrap_or_else(|| vec![document.clone()]);
        let bridges = plugins.iter().filter_map(bridge).filter(|name| cni_name::is_of_interface(name));
        Some(Self { name, bridges: bridges.collect() })
    }
}

/// flannel hands its `delegate` to the bridge plug-in.
fn bridge(plugin: &Value) -> Option<String> {
    let text =
        |of: Option<&Value>| of.and_then(|of| of.get("bridge")).and_then(Value::as_str).map(str::to_owned);
    match plugin.get("type")?.as_str()? {
        "bridge" => Some(text(Some(plugin)).unwrap_or_else(|| USUAL_BRIDGE.to_owned())),
        "flannel" => Some(text(plugin.get("delegate")).unwrap_or_else(|| USUAL_BRIDGE.to_owned())),
        _ => None,
    }
}

/// Whether the runtime gave this argument: `cniArgs` is a list of names with their values.
fn argument(record: &Value, name: &str) -> bool {
    let arguments = record.get("cniArgs").and_then(Value::as_array);
    arguments.is_some_and(|all| all.iter().any(|pair| pair.get(0).and_then(Value::as_str) == Some(name)))
}

/// Those without a sandbox are the host's.
fn interfaces(record: &Value) -> Vec<String> {
    let all = record.get("result").and_then(|result| result.get("interfaces")).and_then(Value::as_array);
    let of_host = |interface: &Value| {
        let sandbox = interface.get("sandbox").and_then(Value::as_str).unwrap_or_default();
        let name = interface.get("name")?.as_str()?;
        (sandbox.is_empty() && cni_name::is_of_interface(name)).then(|| name.to_owned())
    };
    all.map(|all| all.iter().filter_map(of_host).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    const RECORD: &str = r#"{"kind":"cniCacheV1","containerId":"abc","config":"e30=","ifName":"eth0","networkName":"bridge",
        "cniArgs":[["IgnoreUnknown","1"],["K8S_POD_NAMESPACE","kube-system"],["K8S_POD_NAME","coredns-1"]],
        "result":{"cniVersion":"1.0.0","interfaces":[{"name":"cni0"},{"name":"veth1","sandbox":""},
        {"name":"eth0","sandbox":"/var/run/netns/cni-1"}],"ips":[]}}"#;

    #[test]
    fn a_record_tells_whose_it_is_and_which_interfaces_are_the_host_s() {
        let record = CniRecord::parse("/r".into(), RECORD).unwrap();
        assert_eq!((record.network.as_str(), record.container.as_str()), ("bridge", "abc"));
        assert!(record.of_kubernetes);
        assert_eq!(record.interfaces, ["cni0", "veth1"]);
        let other = RECORD.replace("K8S_POD_NAME\"", "OTHER\"");
        assert!(!CniRecord::parse("/r".into(), &other).unwrap().of_kubernetes);
        assert_eq!(CniRecord::parse("/r".into(), "not json"), None);
    }

    #[test]
    fn a_record_with_a_name_that_cni_does_not_allow_is_none_and_such_interfaces_are_left_out() {
        for name in ["../../etc", "/etc", "..", ".", "", "a/b", "a b", "-x", "a\\u0000", "ü"] {
            let quoted = format!("\"networkName\":\"{name}\"");
            let record = RECORD.replace(r#""networkName":"bridge""#, &quoted);
            assert_eq!(CniRecord::parse("/r".into(), &record), None, "{name}");
            let record = RECORD.replace(r#""containerId":"abc""#, &format!("\"containerId\":\"{name}\""));
            assert_eq!(CniRecord::parse("/r".into(), &record), None, "{name}");
            let record =
                CniRecord::parse("/r".into(), &RECORD.replace("\"cni0\"", &format!("\"{name}\""))).unwrap();
            assert_eq!(record.interfaces, ["veth1"], "{name}");
            let network = format!(r#"{{"name":"{name}","type":"bridge"}}"#);
            assert_eq!(PodNetwork::parse(&network), None, "{name}");
            let network = format!(r#"{{"name":"a","type":"bridge","bridge":"{name}"}}"#);
            assert!(PodNetwork::parse(&network).unwrap().bridges.is_empty(), "{name}");
        }
    }

    #[test]
    fn a_configuration_tells_its_bridges() {
        for (text, wanted) in [
            (
                r#"{"name":"a","plugins":[{"type":"bridge","bridge":"pods"},{"type":"portmap"}]}"#,
                &["pods"][..],
            ),
            (r#"{"name":"a","type":"bridge"}"#, &["cni0"]),
            (r#"{"name":"a","plugins":[{"type":"flannel","delegate":{"hairpinMode":true}}]}"#, &["cni0"]),
            (r#"{"name":"a","plugins":[{"type":"calico"}]}"#, &[]),
        ] {
            let bridges = wanted.iter().map(|name| (*name).to_owned()).collect();
            assert_eq!(PodNetwork::parse(text), Some(PodNetwork { name: "a".to_owned(), bridges }));
        }
        assert_eq!(PodNetwork::parse("{}"), None);
    }

    /// `printf bridgeabc | sha512sum`
    #[test]
    fn chains_are_named_as_the_plug_ins_name_them() {
        let record = CniRecord::parse("/r".into(), RECORD).unwrap();
        assert_eq!(record.chains(), ["CNI-78a78b6a42224636a87a06ea", "CNI-DN-78a78b6a42224636a87a0"]);
    }
}
