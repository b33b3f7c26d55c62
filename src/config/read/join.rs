//! JoinConfiguration → [`RequestedJoin`]'s parts: what the user said of this node and of the way to its cluster.

use std::path::{Path, PathBuf};

use super::component::{below, wanted};
use super::init::run;
use super::network::{advertise, bind_port, server};
use super::node::node;
use super::syntax::{is_absolute, url_scheme};
use super::timeouts::timeouts;
use crate::config::given::{Located, Remarks, Section};
use crate::config::problem::Problem;
use crate::config::requested_join::{RequestedControlPlane, RequestedJoin};
use crate::config::{CaPin, Discovery, DiscoverySource, TokenDiscovery, TokenString, defaults, host_path};

/// All but [`discovery`].
pub fn join(section: Section, remarks: &mut Remarks) -> RequestedJoin {
    let ca = section.text("caCertPath").and_then(|given| given.read(remarks, certificate_path));
    RequestedJoin {
        node: node(section.section("nodeRegistration"), remarks),
        ca_cert_path: ca.unwrap_or_else(|| defaults::CA_CERT_PATH.into()),
        discovery: None,
        control_plane: control_plane(section.section("controlPlane"), remarks),
        run: run(section),
        timeouts: timeouts(section.section("timeouts"), remarks),
        warnings: Vec::new(),
    }
}

fn certificate_path(text: &str) -> Result<PathBuf, Problem> {
    let path = Path::new(text);
    if is_absolute(text) && path.extension().is_some_and(|ending| ending == "crt") {
        host_path(text)
    } else {
        Err(Problem::NotACertificatePath { value: text.to_owned() })
    }
}

/// A struct without fields makes a control plane too.
fn control_plane(section: Section, remarks: &mut Remarks) -> Option<RequestedControlPlane> {
    section.at()?;
    let endpoint = section.section("localAPIEndpoint");
    Some(RequestedControlPlane {
        advertise: advertise(endpoint, remarks),
        advertise_at: endpoint.text("advertiseAddress").map(|given| given.at),
        bind_port: bind_port(endpoint, remarks),
        certificate_key: section.text("certificateKey").and_then(|given| given.read(remarks, str::parse)),
    })
}

/// `discovery` of the JoinConfiguration `document`: by token or by file.
pub fn discovery(document: Section, remarks: &mut Remarks) -> Option<Discovery> {
    let section = document.section("discovery");
    let (by_token, by_file) = (section.section("bootstrapToken"), section.section("file"));
    match (by_token.at(), by_file.at(), document.at()) {
        (Some(_), Some(at), _) => remarks.refuse(at, Problem::TwoDiscoveries),
        (None, None, Some(at)) => remarks.refuse(&below(at, "discovery"), Problem::NoDiscovery),
        (_, _, _) => {}
    }
    let tls_token = section.text("tlsBootstrapToken").and_then(|given| given.read(remarks, str::parse));
    let token = token_discovery(by_token, remarks);
    let file = wanted(by_file, "kubeConfigPath", remarks).and_then(|given| given.read(remarks, file));
    let own_token = token.as_ref().map(|discovery| discovery.token.clone());
    let source = token.map(DiscoverySource::Token).or(file.map(DiscoverySource::File))?;
    Some(Discovery { source, tls_bootstrap_token: tls_token.or(own_token) })
}

fn token_discovery(section: Section, remarks: &mut Remarks) -> Option<TokenDiscovery> {
    let token =
        wanted(section, "token", remarks).and_then(|given| given.read(remarks, str::parse::<TokenString>));
    let endpoint =
        wanted(section, "apiServerEndpoint", remarks).and_then(|given| given.read(remarks, server));
    let pins = pins(section, remarks);
    Some(TokenDiscovery { token: token?, endpoint: endpoint?, pins })
}

/// Pins that are given count even beside `unsafeSkipCAVerification`.
fn pins(section: Section, remarks: &mut Remarks) -> Vec<CaPin> {
    let given: Vec<Located<&str>> = section.texts("caCertHashes");
    let skipped = section.flag("unsafeSkipCAVerification").unwrap_or_default();
    if let (true, false, Some(at)) = (given.is_empty(), skipped, section.at()) {
        let at =
            section.get("caCertHashes").map_or_else(|| below(at, "caCertHashes"), |given| given.at.clone());
        remarks.refuse(&at, Problem::NoPins);
    }
    given.into_iter().filter_map(|given| given.read(remarks, str::parse)).collect()
}

impl std::str::FromStr for CaPin {
    type Err = Problem;

    /// # Errors
    /// [`Problem::NotAPin`].
    fn from_str(text: &str) -> Result<Self, Problem> {
        let pin = text.to_ascii_lowercase();
        let digits = pin.strip_prefix("sha256:").unwrap_or_default();
        let sound = digits.len() == 64 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        if sound { Ok(Self(pin)) } else { Err(Problem::NotAPin) }
    }
}

/// A path, a `file:` URL, which becomes its path, or an `https://` URL. What is refused may hold a password.
fn file(text: &str) -> Result<String, Problem> {
    let is_scheme = |scheme: &str| {
        scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'))
    };
    let Some((scheme, rest)) = text.split_once(':').filter(|(scheme, _)| is_scheme(scheme)) else {
        return Ok(text.to_owned());
    };
    let url = format!("{}:{rest}", scheme.to_ascii_lowercase());
    match (url_scheme(&url), url.strip_prefix("file:")) {
        (Some("https"), _) => Ok(url),
        (_, Some(rest)) => path(rest).ok_or(Problem::NotADiscoveryFile),
        (_, None) => Err(Problem::NotADiscoveryFile),
    }
}

/// Behind the host, which a `file:` URL may have and which says nothing.
fn path(rest: &str) -> Option<String> {
    let path =
        rest.strip_prefix("//").map_or(Some(rest), |rest| rest.find('/').map(|start| &rest[start..]))?;
    (!path.is_empty()).then(|| path.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_discovery_file_is_a_path_or_an_https_url() {
        for (text, read) in [
            ("/etc/kubernetes/cluster.conf", Some("/etc/kubernetes/cluster.conf")),
            ("cluster.conf", Some("cluster.conf")),
            ("./a:b", Some("./a:b")),
            ("https://example.org/cluster.conf", Some("https://example.org/cluster.conf")),
            ("HTTPS://example.org/x", Some("https://example.org/x")),
            ("file:///etc/x", Some("/etc/x")),
            ("file://host/etc/x", Some("/etc/x")),
            ("http://example.org/x", None),
            ("https://", None),
            ("ftp:x", None),
            ("file://", None),
        ] {
            assert_eq!(file(text).ok().as_deref(), read, "{text}");
        }
    }

    #[test]
    fn pins_are_hashes_in_any_case() {
        let digits = "Ab".repeat(32);
        let pin: CaPin = format!("SHA256:{digits}").parse().unwrap();
        assert_eq!(pin.as_str(), format!("sha256:{}", digits.to_lowercase()));
        for text in
            [digits.clone(), format!("sha256:{digits}a"), format!("sha1:{digits}"), "sha256:x".to_owned()]
        {
            assert!(text.parse::<CaPin>().is_err(), "{text}");
        }
    }
}
