//! KubeProxyConfiguration.

use std::net::IpAddr;

use serde_json::{Map, Value, json};

use super::defaults::{Otherwise, Preset, fill, given};
use super::{Advice, Completed};
use crate::config::{ControlPlane, encode};

const KIND: &str = "KubeProxyConfiguration";
const API_VERSION: &str = "kubeproxy.config.k8s.io/v1alpha1";
const KUBECONFIG: &str = "/var/lib/kube-proxy/kubeconfig.conf";

/// The configuration that all of the cluster's kube-proxies share: it goes into the ConfigMap kube-proxy.
pub fn kube_proxy(spec: ControlPlane<'_>) -> Completed {
    let mut fields = spec.cluster.kube_proxy.fields.clone();
    let mut advice: Vec<Advice> = bind_address_advice(&fields).into_iter().collect();
    advice.extend(fill(KIND, &mut fields, presets(spec)));
    advice.extend(mode_advice(&fields));
    let document = encode::document(API_VERSION, &spec.cluster.minor.schemas.kube_proxy.schema(), &fields);
    Completed { document, advice }
}

fn presets(spec: ControlPlane<'_>) -> Vec<Preset> {
    use Otherwise::{Advise, Allow};
    let preset = |path, recommended, otherwise| Preset { path, recommended, otherwise };
    let pods = &spec.cluster.networking.pod_subnet_text;
    let mut presets = vec![
        preset(&["bindAddress"], json!(wildcard(spec.endpoint.advertise_address)), Allow),
        preset(&["clientConnection", "kubeconfig"], json!(KUBECONFIG), Advise),
        preset(&["mode"], json!(spec.cluster.minor.kube_proxy_mode), Allow),
    ];
    if !pods.is_empty() {
        presets.insert(1, preset(&["clusterCIDR"], json!(pods), Advise));
    }
    presets
}

/// All addresses of the family of `address`.
fn wildcard(address: IpAddr) -> &'static str {
    match address {
        IpAddr::V4(_) => "0.0.0.0",
        IpAddr::V6(_) => "::",
    }
}

/// Either family's wildcard is well; any other address, and what is none, is remarked on.
fn bind_address_advice(fields: &Map<String, Value>) -> Option<Advice> {
    let text = given(fields, &["bindAddress"])?.as_str()?;
    let field = "bindAddress".to_owned();
    match text.parse::<IpAddr>() {
        Ok(_) if matches!(text, "0.0.0.0" | "::") => None,
        Ok(address) => {
            let recommended = json!(wildcard(address));
            Some(Advice::Departs { kind: KIND, field, recommended, given: json!(text) })
        }
        Err(_) => Some(Advice::NotAnAddress { kind: KIND, field, given: text.to_owned() }),
    }
}

fn mode_advice(fields: &Map<String, Value>) -> Option<Advice> {
    let mode = given(fields, &["mode"])?.as_str()?;
    (mode == "ipvs").then(|| Advice::DeprecatedMode { kind: KIND, given: mode.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Config, fixture};
    use crate::versions;

    fn given(fields: &[(&str, Value)]) -> Config {
        let mut config = fixture::config();
        config.cluster.kube_proxy.fields =
            fields.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        config
    }

    #[test]
    fn the_mode_that_nobody_chose_is_the_minor_s() {
        let mut config = given(&[]);
        let modes = [35, 36, 37].map(|number| {
            config.cluster.minor = versions::numbered(number);
            kube_proxy(config.control_plane()).document["mode"].clone()
        });
        assert_eq!(modes, ["", "", "iptables"]);
    }

    #[test]
    fn it_listens_on_all_addresses_of_the_node_s_family() {
        let mut config = given(&[]);
        assert_eq!(kube_proxy(config.control_plane()).document["bindAddress"], "0.0.0.0");
        config.advertise("fd00::1");
        assert_eq!(kube_proxy(config.control_plane()).document["bindAddress"], "::");
    }

    #[test]
    fn an_address_of_the_user_s_own_is_remarked_on() {
        let advice =
            |address: &str| kube_proxy(given(&[("bindAddress", json!(address))]).control_plane()).advice;
        assert_eq!(advice("::"), []);
        assert!(
            matches!(&advice("fd00::1")[..], [Advice::Departs { recommended, .. }] if recommended == "::")
        );
        assert!(matches!(&advice("here")[..], [Advice::NotAnAddress { .. }]));
    }

    #[test]
    fn the_pods_range_is_the_cluster_s() {
        let mut config = given(&[]);
        config.cluster.networking.pod_subnet_text = "10.244.0.0/16".to_owned();
        assert_eq!(kube_proxy(config.control_plane()).document["clusterCIDR"], "10.244.0.0/16");
        config.cluster.kube_proxy.fields.insert("clusterCIDR".to_owned(), json!("10.0.0.0/8"));
        let completed = kube_proxy(config.control_plane());
        assert_eq!((&completed.document["clusterCIDR"], completed.advice.len()), (&json!("10.0.0.0/8"), 1));
    }
}
