//! What a cluster says to a node that wants to join it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

/// Read with the node's bootstrap credentials.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ClusterFacts {
    /// The ClusterConfiguration of the ConfigMap kubeadm-config, YAML.
    pub cluster_configuration: String,
    /// The KubeletConfiguration of the ConfigMap kubelet-config, YAML.
    pub kubelet_configuration: String,
    /// The node of this host's name.
    pub node: NodeSeen,
    /// The kubeadm-certs Secret, where it was asked for.
    pub shared: SharedSeen,
}

/// Whether the cluster has a node of this host's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum NodeSeen {
    /// There is no such node.
    Absent,
    /// There is one whose kubelet is down, or has not told yet.
    NotReady,
    /// There is one, and its kubelet says that it is ready.
    Ready,
}

/// What came of the question for the shared certificates.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum SharedSeen {
    /// They are not needed, or are here.
    NotAsked,
    /// Nobody has uploaded them, or they have gone since.
    Absent,
    /// Entry → what was sealed with the certificate key.
    #[serde(with = "base64_texts")]
    Sealed(BTreeMap<String, Sealed>),
}

/// Bytes that only the certificate key opens.
pub type Sealed = Zeroizing<Vec<u8>>;

/// Bytes by name, which JSON has in base64.
mod base64_texts {
    use std::collections::BTreeMap;

    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD as BASE64;
    use serde::de::Error as _;
    use serde::{Deserialize, Deserializer, Serializer};

    use super::Sealed;

    /// In base64, as a Secret's data.
    pub fn serialize<S: Serializer>(all: &BTreeMap<String, Sealed>, out: S) -> Result<S::Ok, S::Error> {
        out.collect_map(all.iter().map(|(name, bytes)| (name, BASE64.encode(bytes))))
    }

    /// From base64.
    pub fn deserialize<'a, D: Deserializer<'a>>(found: D) -> Result<BTreeMap<String, Sealed>, D::Error> {
        let bytes = |text: String| BASE64.decode(text).map(Sealed::new).map_err(D::Error::custom);
        let texts = BTreeMap::<String, String>::deserialize(found)?;
        texts.into_iter().map(|(name, text)| Ok((name, bytes(text)?))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::read_back;
    use super::*;

    #[test]
    fn what_is_sealed_is_written_as_it_was_sealed() {
        let mut facts = ClusterFacts {
            cluster_configuration: "kind: ClusterConfiguration\n".to_owned(),
            kubelet_configuration: "kind: KubeletConfiguration\n".to_owned(),
            node: NodeSeen::NotReady,
            shared: SharedSeen::NotAsked,
        };
        read_back(&facts);
        facts.shared = SharedSeen::Sealed([("ca.key".to_owned(), Sealed::new(b"\0\xff".to_vec()))].into());
        read_back(&facts);
        assert_eq!(serde_json::to_value(&facts.shared).unwrap()["Sealed"]["ca.key"], "AP8=");
    }
}
