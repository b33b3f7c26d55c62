//! kube-apiserver's static pod.

use std::net::SocketAddr;

use k8s_openapi::api::core::v1::Pod;

use super::args;
use super::flags::Value::{Certificate, Of, Optional, Text};
use super::flags::{Flag, certificate, command_line, flag};
use super::static_pod::{
    PodInputs, PodNode, Settings, StaticPod, annotate, certificates_dir, container, fill_component, pod_spec,
    set_probe_port,
};
use super::{etcd, probes, volumes};
use crate::config::{Etcd, ExternalEtcd, HostPathMount, Spec};

const ENDPOINT_ANNOTATION: &str = "kubeadm.kubernetes.io/kube-apiserver.advertise-address.endpoint";

#[rustfmt::skip]
const FLAGS: &[Flag<PodNode>] = &[
    flag("advertise-address", Of(|_, node| node.endpoint.advertise_address.to_string())),
    flag("allow-privileged", Text("true")),
    flag("authorization-mode", Optional(authorization_mode)),
    flag("client-ca-file", Certificate("ca.crt")),
    flag("enable-admission-plugins", Text("NodeRestriction")),
    flag("enable-bootstrap-token-auth", Text("true")),
    flag("etcd-cafile", Optional(etcd_ca)),
    flag("etcd-certfile", Optional(|spec, _| etcd_client(spec, "apiserver-etcd-client.crt", |etcd| &etcd.cert_file))),
    flag("etcd-keyfile", Optional(|spec, _| etcd_client(spec, "apiserver-etcd-client.key", |etcd| &etcd.key_file))),
    flag("etcd-servers", Of(etcd_servers)),
    flag("kubelet-client-certificate", Certificate("apiserver-kubelet-client.crt")),
    flag("kubelet-client-key", Certificate("apiserver-kubelet-client.key")),
    flag("kubelet-preferred-address-types", Text("InternalIP,ExternalIP,Hostname")),
    flag("proxy-client-cert-file", Certificate("front-proxy-client.crt")),
    flag("proxy-client-key-file", Certificate("front-proxy-client.key")),
    flag("requestheader-allowed-names", Text("front-proxy-client")),
    flag("requestheader-client-ca-file", Certificate("front-proxy-ca.crt")),
    flag("requestheader-extra-headers-prefix", Text("X-Remote-Extra-")),
    flag("requestheader-group-headers", Text("X-Remote-Group")),
    flag("requestheader-username-headers", Text("X-Remote-User")),
    flag("secure-port", Of(|_, node| node.endpoint.bind_port.to_string())),
    flag("service-account-issuer", Of(service_account_issuer)),
    flag("service-account-key-file", Certificate("sa.pub")),
    flag("service-account-signing-key-file", Certificate("sa.key")),
    flag("service-cluster-ip-range", Of(|spec, _| spec.cluster.networking.service_subnet_text.clone())),
    flag("tls-cert-file", Certificate("apiserver.crt")),
    flag("tls-private-key-file", Certificate("apiserver.key")),
];

/// A structured authorization file and --authorization-mode exclude each other.
fn authorization_mode(spec: Spec<'_>, _: &PodNode) -> Option<String> {
    let user = &spec.cluster.api_server.component.extra_args;
    args::last(user, "authorization-config").is_none().then(|| "Node,RBAC".to_owned())
}

fn service_account_issuer(spec: Spec<'_>, _: &PodNode) -> String {
    format!("https://kubernetes.default.svc.{}", spec.cluster.networking.dns_domain)
}

/// A local etcd is reached by localhost, unless the user makes it advertise itself elsewhere.
fn etcd_servers(spec: Spec<'_>, node: &PodNode) -> String {
    match &spec.cluster.etcd {
        Etcd::Local(local) => {
            let advertised = args::last(&local.extra_args, "advertise-client-urls").map(str::to_owned);
            advertised.unwrap_or_else(|| etcd::local_client_url(node.endpoint.advertise_address))
        }
        Etcd::External(etcd) => etcd.endpoints.join(","),
    }
}

fn etcd_ca(spec: Spec<'_>, _: &PodNode) -> Option<String> {
    match &spec.cluster.etcd {
        Etcd::Local(_) => Some(certificate(spec, "etcd/ca.crt")),
        Etcd::External(etcd) => Some(etcd.ca_file.clone()).filter(|file| !file.is_empty()),
    }
}

/// One half of the client's pair. Of an external etcd both halves are given, or none.
fn etcd_client(spec: Spec<'_>, own: &str, half: fn(&ExternalEtcd) -> &String) -> Option<String> {
    match &spec.cluster.etcd {
        Etcd::Local(_) => Some(certificate(spec, own)),
        Etcd::External(etcd) => {
            (!etcd.cert_file.is_empty() && !etcd.key_file.is_empty()).then(|| half(etcd).clone())
        }
    }
}

pub(super) fn fill(pod: &mut Pod, spec: Spec<'_>, node: &PodNode) {
    let endpoint = node.endpoint;
    let address = SocketAddr::new(endpoint.advertise_address, endpoint.bind_port);
    annotate(pod, ENDPOINT_ANNOTATION, address.to_string());
    let directory = certificates_dir(spec);
    volumes::relocate(pod_spec(pod), "k8s-certs", &directory);
    let user = &spec.cluster.api_server.component;
    let settings = Settings {
        image: spec.cluster.kubernetes_image(StaticPod::ApiServer.name()),
        arguments: command_line(FLAGS, spec, node, &user.extra_args),
        user,
        mounts: mounts(spec, &node.inputs, &directory),
        probe_host: probes::host_of(&endpoint.advertise_address.to_string()),
    };
    fill_component(pod, &node.inputs, settings);
    set_probe_port(container(pod_spec(pod)), endpoint.bind_port);
}

fn mounts(spec: Spec<'_>, inputs: &PodInputs, directory: &str) -> Vec<HostPathMount> {
    let mut mounts = match &spec.cluster.etcd {
        Etcd::Local(_) => Vec::new(),
        Etcd::External(etcd) => volumes::etcd_certificate_mounts(etcd, directory, spec.cluster.minor),
    };
    mounts.extend(volumes::host_ca_mounts(spec.cluster.minor, &inputs.host_ca_dirs));
    mounts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifests::flags;
    use crate::versions::facts::Component;

    #[test]
    fn the_table_of_flags_is_sound() {
        flags::assert_sound(FLAGS);
        flags::assert_known(FLAGS, Component::ApiServer);
    }
}
