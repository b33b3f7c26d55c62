//! KubeProxyConfiguration.

use std::net::IpAddr;

use serde_json::{Map, Value, json};

use super::defaults::{Otherwise, Preset, fill, given};
use super::{Advice, Completed, encode};
use crate::config::Config;

const KIND: &str = "KubeProxyConfiguration";
const API_VERSION: &str = "kubeproxy.config.k8s.io/v1alpha1";
const KUBECONFIG: &str = "/var/lib/kube-proxy/kubeconfig.conf";

/// The configuration that all of the cluster's kube-proxies share: it goes into the ConfigMap kube-proxy.
pub fn kube_proxy(config: &Config) -> Completed {
    let mut fields = config.kube_proxy.fields.clone();
    let mut advice: Vec<Advice> = bind_address_advice(&fields).into_iter().collect();
    advice.extend(fill(KIND, &mut fields, presets(config)));
    advice.extend(mode_advice(&fields));
    let document = encode::document(API_VERSION, &config.minor.schemas.kube_proxy.schema(), &fields);
    Completed { document, advice }
}

fn presets(config: &Config) -> Vec<Preset> {
    use Otherwise::{Advise, Allow};
    let preset = |path, recommended, otherwise| Preset { path, recommended, otherwise };
    let pods = &config.cluster.networking.pod_subnet_text;
    let mut presets = vec![
        preset(&["bindAddress"], json!(wildcard(config.init.endpoint.advertise_address)), Allow),
        preset(&["clientConnection", "kubeconfig"], json!(KUBECONFIG), Advise),
        preset(&["mode"], json!(config.minor.kube_proxy_mode), Allow),
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
