//! A KubeletConfiguration → what of it counts for its certificates.

use serde_json::Value;

use crate::yaml;

/// What a kubelet's configuration says of certificates.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct KubeletSettings {
    /// Who may ask it.
    pub client_authority: Option<String>,
    /// With which it serves, where it does not make one.
    pub certificate: Option<String>,
    /// The key of that.
    pub key: Option<String>,
    /// Whether it asks the cluster for the one with which it serves.
    pub asks_to_serve: bool,
    /// Whether it renews its own client certificate.
    pub renews: bool,
    /// Where its static pods are.
    pub manifests: Option<String>,
}

impl KubeletSettings {
    /// Nothing where the text is no such document.
    pub fn parse(text: &str) -> Option<Self> {
        let document: Value = yaml::from_str(text).ok()?;
        if document["kind"] != "KubeletConfiguration" {
            return None;
        }
        let text = |value: &Value| value.as_str().filter(|text| !text.is_empty()).map(str::to_owned);
        Some(Self {
            client_authority: text(&document["authentication"]["x509"]["clientCAFile"]),
            certificate: text(&document["tlsCertFile"]),
            key: text(&document["tlsPrivateKeyFile"]),
            asks_to_serve: document["serverTLSBootstrap"] == true,
            renews: document["rotateCertificates"] == true,
            manifests: text(&document["staticPodPath"]),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_counts_for_certificates_is_read() {
        let text = "kind: KubeletConfiguration\nauthentication: {x509: {clientCAFile: /ca.crt}}\nrotateCertificates: true\ntlsCertFile: ''\n";
        let wanted = KubeletSettings {
            client_authority: Some("/ca.crt".into()),
            renews: true,
            ..KubeletSettings::default()
        };
        assert_eq!(KubeletSettings::parse(text), Some(wanted));
        assert_eq!(KubeletSettings::parse("kind: Pod"), None);
    }
}
