//! The ConfigMap cluster-info → whose signature it carries, and the cluster that it describes.

use std::collections::BTreeMap;

use serde_json::Value;

use super::vouched::vouched;
use crate::config::{CaPin, TokenString};
use crate::kubeconfig::{BadKubeconfig, BadServerUrl, Document, Reach, ServerUrl};
use crate::manifests::objects::jws::{self, SIGNATURE_PREFIX, Signature};
use crate::pki::{self, BadCertificate, FoundCert};

/// What was answered, taken apart and not yet trusted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClusterInfo {
    kubeconfig: String,
    /// By the token's id.
    signatures: BTreeMap<String, String>,
}

/// Why a ConfigMap cluster-info says of no cluster where it is.
#[derive(Debug, thiserror::Error)]
pub enum BadClusterInfo {
    /// The ConfigMap has no text under the key `kubeconfig`.
    #[error("it holds no kubeconfig")]
    NoKubeconfig,
    /// The text under the key `kubeconfig` is no YAML or JSON of a kubeconfig.
    #[error("its kubeconfig cannot be read")]
    Kubeconfig(#[source] BadKubeconfig),
    /// The kubeconfig has no cluster or several, so that it does not say which is meant.
    #[error("its kubeconfig names {count} clusters; there has to be one")]
    Clusters {
        /// Of the kubeconfig's `clusters`.
        count: usize,
    },
    /// The cluster's `server` is none.
    #[error("the server in its kubeconfig cannot be used: {0}")]
    Server(BadServerUrl),
    /// The cluster's `certificate-authority-data` is missing or empty.
    #[error("its kubeconfig holds no CA")]
    NoAuthority,
    /// The cluster's `certificate-authority-data` is not PEM of X.509 certificates.
    #[error("the CA in its kubeconfig cannot be read")]
    Authority(#[source] BadCertificate),
    /// More CAs than any cluster needs: whoever answers may be anybody, and each CA costs time.
    #[error("its kubeconfig holds {count} CAs; {MOST_AUTHORITIES} at most are looked at")]
    Authorities {
        /// Certificates in `certificate-authority-data`.
        count: usize,
    },
}

/// More than any change of a CA needs; each is held against the others.
const MOST_AUTHORITIES: usize = 50;

/// How a cluster-info stands to a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signed {
    /// With the token: who knows it has written this.
    Genuinely,
    /// For the token's id, with another secret.
    WithAnotherSecret,
    /// With other tokens only.
    ForOthers,
    /// By nobody: there is no `jws-kubeconfig-ID` in it, as before the controller manager's bootstrapsigner has
    /// run.
    Not,
}

/// The one cluster that a cluster-info names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundCluster {
    /// The API server's URL, and the CAs as PEM.
    pub reach: Reach,
    /// The CAs of `certificate-authority-data`, in its order; one at least.
    pub authorities: Vec<FoundCert>,
}

impl ClusterInfo {
    /// From the ConfigMap as the API server gives it.
    ///
    /// # Errors
    /// There is no kubeconfig in it; what is in that is judged by [`Self::cluster`].
    pub fn parse(map: &Value) -> Result<Self, BadClusterInfo> {
        let text = |key: &str| map.pointer("/data")?.get(key)?.as_str().filter(|text| !text.is_empty());
        let kubeconfig = text("kubeconfig").ok_or(BadClusterInfo::NoKubeconfig)?.to_owned();
        let keys =
            map.pointer("/data").and_then(Value::as_object).into_iter().flat_map(serde_json::Map::keys);
        let signatures = keys
            .filter_map(|key| Some((key.strip_prefix(SIGNATURE_PREFIX)?.to_owned(), text(key)?.to_owned())));
        Ok(Self { signatures: signatures.collect(), kubeconfig })
    }

    /// Whether the kubeconfig in it is signed with `token` (JWS with HS256, under `jws-kubeconfig-ID`).
    pub fn signed(&self, token: &TokenString) -> Signed {
        let signature = self.signatures.get(&token.id);
        match signature.map(|signature| jws::verify(signature, &self.kubeconfig, token)) {
            Some(Signature::Genuine) => Signed::Genuinely,
            Some(Signature::Foreign) => Signed::WithAnotherSecret,
            None if self.signatures.is_empty() => Signed::Not,
            None => Signed::ForOthers,
        }
    }

    /// The one cluster of its kubeconfig. Nothing in it is to be trusted before [`Self::signed`] or a pin has
    /// vouched for it.
    ///
    /// # Errors
    /// There is no kubeconfig, or none of exactly one cluster with a server and CAs that can be read.
    pub fn cluster(&self) -> Result<FoundCluster, BadClusterInfo> {
        let document = Document::parse(self.kubeconfig.as_bytes()).map_err(BadClusterInfo::Kubeconfig)?;
        let count = document.clusters.len();
        if count != 1 {
            return Err(BadClusterInfo::Clusters { count });
        }
        let leading = document.distilled();
        let reach = leading.reach(None).filter(|reach| !reach.authority.is_empty());
        let reach = reach.ok_or(BadClusterInfo::NoAuthority)?;
        ServerUrl::secure(&reach.server).map_err(BadClusterInfo::Server)?;
        let authorities = pki::certificates(&reach.authority).map_err(BadClusterInfo::Authority)?;
        let authorities: Vec<FoundCert> = authorities.iter().cloned().collect();
        if authorities.len() > MOST_AUTHORITIES {
            return Err(BadClusterInfo::Authorities { count: authorities.len() });
        }
        Ok(FoundCluster::new(reach.server, authorities))
    }

    /// Byte for byte. Signatures come and go with their tokens and do not count.
    #[must_use]
    pub fn says_the_same_as(&self, other: &Self) -> bool {
        self.kubeconfig == other.kubeconfig
    }
}

impl FoundCluster {
    /// The certificates alone are kept of what stands around them.
    fn new(server: String, authorities: Vec<FoundCert>) -> Self {
        let authority = authorities.iter().flat_map(FoundCert::to_pem).collect();
        Self { reach: Reach { server, authority }, authorities }
    }

    /// Those of the CAs that the pins vouch for.
    pub fn pinned(&self, pins: &[CaPin]) -> Vec<&FoundCert> {
        vouched(&self.authorities, pins)
    }

    /// The same cluster, and of its CAs those alone that the pins vouch for.
    #[must_use]
    pub fn as_pinned(&self, pins: &[CaPin]) -> Self {
        Self::new(self.reach.server.clone(), self.pinned(pins).into_iter().cloned().collect())
    }

    /// As `--discovery-token-ca-cert-hash` takes them.
    pub fn hashes(&self) -> Vec<String> {
        self.authorities.iter().map(pki::ca_cert_hash).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const CA: &[u8] = include_bytes!("../../../tests/golden/pki/p256-ca.crt");
    const OTHER_CA: &[u8] = include_bytes!("../../../tests/golden/pki/p384-ca.crt");

    fn token(text: &str) -> TokenString {
        text.parse().unwrap()
    }

    /// As the API server gives it: the cluster has no name and there are no contexts.
    fn kubeconfig(authority: &[u8]) -> String {
        use base64::Engine as _;
        let data = base64::engine::general_purpose::STANDARD.encode(authority);
        format!(
            "apiVersion: v1\nclusters:\n- cluster:\n    certificate-authority-data: {data}\n    server: https://h:6443\n  \
             name: \"\"\ncontexts: null\ncurrent-context: \"\"\nkind: Config\nusers: null\n"
        )
    }

    fn info(kubeconfig: &str, signed_with: &[&str]) -> ClusterInfo {
        let mut data = json!({ "kubeconfig": kubeconfig });
        for text in signed_with {
            let token = token(text);
            data[format!("jws-kubeconfig-{}", token.id)] = json!(jws::sign(kubeconfig, &token));
        }
        ClusterInfo::parse(&json!({ "kind": "ConfigMap", "data": data })).unwrap()
    }

    #[test]
    fn a_signature_is_the_token_s_or_tells_what_it_is_instead() {
        let ours = token("abcdef.0123456789abcdef");
        let signed = |with: &[&str]| info("text", with).signed(&ours);
        assert_eq!(signed(&["fedcba.0123456789abcdef", "abcdef.0123456789abcdef"]), Signed::Genuinely);
        assert_eq!(signed(&["abcdef.fedcba9876543210"]), Signed::WithAnotherSecret);
        assert_eq!(signed(&["fedcba.0123456789abcdef"]), Signed::ForOthers);
        assert_eq!(signed(&[]), Signed::Not);
    }

    #[test]
    fn another_text_below_the_signature_is_noticed() {
        let ours = token("abcdef.0123456789abcdef");
        let mut info = info("text", &["abcdef.0123456789abcdef"]);
        info.kubeconfig.push(' ');
        assert_eq!(info.signed(&ours), Signed::WithAnotherSecret);
    }

    #[test]
    fn the_cluster_is_read_and_known_by_any_of_its_hashes() {
        let found = info(&kubeconfig(&[CA, OTHER_CA].concat()), &[]).cluster().unwrap();
        assert_eq!(found.reach.server, "https://h:6443");
        let hashes = found.hashes();
        let pin = CaPin::known;
        assert_eq!(found.pinned(&[pin("sha256:00"), pin(&hashes[1])]), [&found.authorities[1]]);
        assert!(found.pinned(&[pin("sha256:00")]).is_empty() && found.pinned(&[]).is_empty());
    }

    #[test]
    fn what_names_no_single_cluster_with_a_ca_is_refused() {
        let said = |kubeconfig: &str| info(kubeconfig, &[]).cluster().unwrap_err().to_string();
        assert_eq!(said("kind: Config"), "its kubeconfig names 0 clusters; there has to be one");
        let two = "clusters: [{name: a, cluster: {}}, {name: b, cluster: {}}]";
        assert_eq!(said(two), "its kubeconfig names 2 clusters; there has to be one");
        let bare = "clusters: [{name: '', cluster: {server: 'https://h:1'}}]";
        assert_eq!(said(bare), "its kubeconfig holds no CA");
        assert_eq!(said(&kubeconfig(b"hunter2")), "the CA in its kubeconfig cannot be read");
        for (server, why) in [
            ("''", "it names no server"),
            ("http://h:6443", "it is asked over plain HTTP"),
            ("https://me:hunter2@h:6443", "it holds a user's name"),
            ("https://h:65536", "its port is none"),
            (r#""https://h\nb""#, "it is no URL"),
        ] {
            let said = said(&kubeconfig(CA).replace("https://h:6443", server));
            let wanted = format!("the server in its kubeconfig cannot be used: {why}");
            assert!(said.starts_with(&wanted) && !said.contains("hunter2"), "{said}");
        }
        assert_eq!(said("- hunter2"), "its kubeconfig cannot be read");
        let many = kubeconfig(&CA.repeat(MOST_AUTHORITIES + 1));
        assert_eq!(said(&many), "its kubeconfig holds 51 CAs; 50 at most are looked at");
    }

    #[test]
    fn of_the_authority_only_its_certificates_are_kept() {
        let text = kubeconfig(&[b"* * * * * root id\n", CA, b"x\n", OTHER_CA].concat());
        let found = info(&text, &[]).cluster().unwrap();
        assert_eq!(found.reach.authority, [CA, OTHER_CA].concat());
        let pinned = found.as_pinned(&[CaPin::known(&found.hashes()[1])]);
        assert_eq!(
            (pinned.reach.authority, pinned.reach.server),
            (OTHER_CA.to_vec(), "https://h:6443".into())
        );
    }

    #[test]
    fn a_map_without_a_kubeconfig_is_no_cluster_info() {
        for map in
            [json!({}), json!({ "data": { "kubeconfig": "" } }), json!({ "data": { "kubeconfig": 1 } })]
        {
            assert!(matches!(ClusterInfo::parse(&map), Err(BadClusterInfo::NoKubeconfig)));
        }
    }

    #[test]
    fn two_answers_are_compared_without_their_signatures() {
        let one = info("text", &["abcdef.0123456789abcdef"]);
        assert!(one.says_the_same_as(&info("text", &[])));
        assert!(!one.says_the_same_as(&info("text\n", &["abcdef.0123456789abcdef"])));
    }
}
