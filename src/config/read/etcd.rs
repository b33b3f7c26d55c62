//! `etcd`: local or external, never both.

use super::component::{Case, arguments, image, sans, variables};
use super::syntax::url_scheme;
use crate::config::given::{Remarks, Section};
use crate::config::problem::Problem;
use crate::config::{Etcd, ExternalEtcd, LocalEtcd, defaults, host_path};
use crate::versions::Minor;

/// `etcd`: `local` or `external`; local with kubeadm's defaults where neither is given.
pub fn etcd(section: Section, minor: &Minor, remarks: &mut Remarks) -> Etcd {
    let (given_local, given_external) = (section.section("local"), section.section("external"));
    if let (Some(_), Some(at)) = (given_local.at(), given_external.at()) {
        remarks.refuse(at, Problem::TwoEtcds);
    }
    match given_external.at() {
        Some(_) => Etcd::External(external(given_external, minor, remarks)),
        None => Etcd::Local(local(given_local, remarks)),
    }
}

fn local(section: Section, remarks: &mut Remarks) -> LocalEtcd {
    let data_dir = section.text("dataDir").and_then(|given| given.read(remarks, host_path));
    LocalEtcd {
        image: image(section, remarks),
        data_dir: data_dir.unwrap_or_else(|| defaults::ETCD_DATA_DIR.into()),
        extra_args: arguments(section, "extraArgs", remarks),
        extra_envs: variables(section, remarks),
        server_cert_sans: sans(section, "serverCertSANs", Case::AsGiven, remarks),
        peer_cert_sans: sans(section, "peerCertSANs", Case::AsGiven, remarks),
    }
}

/// Without client certificates plain HTTP is allowed; `httpEndpoints`, for health and metrics, default to `endpoints`
/// where there is such a field.
fn external(section: Section, minor: &Minor, remarks: &mut Remarks) -> ExternalEtcd {
    let [ca_file, cert_file, key_file] =
        ["caFile", "certFile", "keyFile"].map(|name| file(section, name, remarks));
    let secure = [&ca_file, &cert_file, &key_file].iter().any(|path| !path.is_empty());
    if let Some(at) = section.at() {
        match (cert_file.is_empty(), key_file.is_empty(), ca_file.is_empty()) {
            (true, false, _) | (false, true, _) => remarks.refuse(at, Problem::HalfAKeyPair),
            (false, false, true) => remarks.refuse(at, Problem::NoEtcdCa),
            (false, false, false) | (true, true, _) => {}
        }
        if section.items("endpoints").is_empty() {
            remarks.refuse(at, Problem::NoEndpoint);
        }
    }
    let endpoints = urls(section, "endpoints", if secure { https } else { url }, remarks);
    let http_endpoints = urls(section, "httpEndpoints", url, remarks);
    ExternalEtcd {
        http_endpoints: if http_endpoints.is_empty() && minor.has_field("httpEndpoints") {
            endpoints.clone()
        } else {
            http_endpoints
        },
        endpoints,
        ca_file,
        cert_file,
        key_file,
    }
}

/// A path, kept even where it was refused: what is said of the others still counts it as given.
fn file(section: Section, name: &str, remarks: &mut Remarks) -> String {
    let Some(given) = section.text(name) else { return String::new() };
    let text = given.value.to_owned();
    given.read(remarks, host_path);
    text
}

fn urls(
    section: Section,
    name: &str,
    read: fn(&str) -> Result<String, Problem>,
    remarks: &mut Remarks,
) -> Vec<String> {
    section.texts(name).into_iter().filter_map(|given| given.read(remarks, read)).collect()
}

fn url(text: &str) -> Result<String, Problem> {
    let value = text.to_owned();
    if url_scheme(text).is_some() { Ok(value) } else { Err(Problem::NotAUrl { value }) }
}

fn https(text: &str) -> Result<String, Problem> {
    let value = url(text)?;
    if url_scheme(text) == Some("https") { Ok(value) } else { Err(Problem::NotHttps { value }) }
}
