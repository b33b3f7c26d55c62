//! The ids of what is wrong, which programs go by: one table, and none of them changes.

/// Declares [`Fault`] from its table: an id, and what it means.
macro_rules! faults {
    ($($name:ident => $meaning:literal,)*) => {
        /// Something that `certs check` finds; docs/output.md has the same table.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Fault {
            $(#[doc = $meaning] $name,)*
        }

        impl Fault {
            /// In the order of the table.
            pub const ALL: &[Self] = &[$(Self::$name,)*];

            /// The variant's name: the `id` of a finding.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => stringify!($name),)*
                }
            }

            /// What docs/output.md says of it.
            pub const fn meaning(self) -> &'static str {
                match self {
                    $(Self::$name => $meaning,)*
                }
            }

            /// Its page of the guide, which says what to do.
            pub const fn page(self) -> &'static str {
                match self {
                    $(Self::$name => include_str!(concat!("../../docs/guide/src/faults/", stringify!($name), ".md")),)*
                }
            }
        }
    };
}

faults! {
    CertificateExpired => "a certificate has ended",
    CertificateNotYetValid => "a certificate does not hold yet",
    CertificateEndsSoon => "a certificate ends soon",
    AuthorityExpired => "a CA has ended, and with it all that it has signed",
    AuthorityEndsSoon => "a CA ends soon, and with it all that it has signed",
    OutlivesItsAuthority => "a certificate ends after the CA that has signed it, and so holds no longer than that",
    LongLife => "a certificate holds for longer than 398 days",
    Unreadable => "a file is there that Kubernetes cannot read",
    WeakKey => "a key is short enough to be broken in the years to come",
    WeakSignature => "a certificate is signed with SHA-1 or MD5, which Go and so all of Kubernetes refuses",
    KeyUsageWrong => "the key usage of a certificate does not fit what it is used for",
    UsageMissing => "the extended key usage of a certificate lacks what it is used for",
    UsageTooWide => "a certificate may be used for more than it is used for",
    NotAnAuthority => "what is trusted as a CA is none",
    LeafIsAuthority => "the certificate of a server or a client is that of a CA",
    SubjectWrong => "a certificate is of another user than the one that it has to be",
    NamesOnlyInSubject => "a server's certificate has its name in its subject alone, where nobody looks",
    NameMissing => "a server's certificate lacks a name by which it is dialled",
    NameForeign => "a certificate of etcd's is for an address that no member has",
    NodeOther => "the kubelet has the certificate of another node, as a machine that was copied has",
    SerialReused => "a CA has given one serial number twice",
    ChainMissing => "a certificate comes without a CA that stands between it and what is trusted",
    ChainOrder => "the certificates of a file are in the wrong order",
    AuthorityByteDiffers => "a CA was issued again with another name or key id than it had, so that programs do not find it any more",
    AkiNamesSerial => "a certificate names the serial number of its CA's certificate, which one that is issued again has not",
    PathLenZero => "a root allows no CA below itself",
    KeyMissing => "the key of a certificate is not there",
    KeyMismatch => "a certificate and its key do not belong together",
    KeyEncrypted => "a private key is encrypted, and nothing in Kubernetes asks for a password",
    KeyShared => "one key is that of two certificates of different holders",
    AuthorityKeyAbsent => "the key of a CA is not here: it is an external one",
    AuthorityKeyAstray => "the key of a CA lies where it does not belong",
    SaKeysMismatch => "the API server does not check service account tokens with the key that signs them",
    TrustMissing => "somebody does not trust what he is shown",
    TrustExpired => "a CA that has ended is still trusted, beside one that holds",
    TrustLeftOver => "a CA is trusted that signs nothing any more, beside its heir",
    TrustNarrower => "a kubeconfig trusts fewer CAs than the cluster, in the middle of a rotation",
    AuthorityCopiesDiffer => "copies of what should be one CA have different keys",
    AuthorityCopyOlder => "an older copy of a CA is in use that was issued again",
    SigningFileBundle => "the controller manager is to sign with a file of more than one certificate",
    SigningPairMismatch => "the controller manager is to sign with a key that is not that of its CA",
    AuthoritiesShared => "one CA vouches for clients and for the aggregator, so that a client can speak for anybody",
    EtcdTrustsClusterCa => "etcd trusts the cluster's CA, so that each of the cluster's clients can read and write everything",
    PeerUntrusted => "members of etcd do not trust each other",
    ServerNameUnserved => "a kubeconfig dials a name that the API server's certificate lacks",
    ReferenceBroken => "a flag or a kubeconfig names a file that is not there",
    KubeletLinkBroken => "the link on the kubelet's client certificate is broken",
    KubeletConfEmbedded => "the kubelet's certificate stands in its kubeconfig, where nothing renews it",
    KubeletServingPending => "the kubelet waits for the certificate that it is to serve with",
    KubeletServingSelfSigned => "the kubelet serves with a certificate that nobody can check",
    BootstrapLeft => "the kubeconfig with which the kubelet began is still here",
    SuperAdminLeft => "the kubeconfig of an administrator whom no rule of RBAC binds is still here",
    ModeTooOpen => "a key can be read, or a file of the cluster changed, by others than its owner",
    OwnerWrong => "a file of the cluster belongs to a user who is neither root nor a component",
    RotationHalfDone => "a rotation of the CA stands still halfway",
    Unreferenced => "certificates or keys are here that nothing reads",
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documentation_has_the_same_table() {
        let documented = include_str!("../../docs/output.md");
        let rows: Vec<String> =
            Fault::ALL.iter().map(|id| format!("| `{}` | {} |", id.as_str(), id.meaning())).collect();
        let table = rows.join("\n");
        assert!(documented.contains(&table), "docs/output.md lacks this table:\n{table}");
    }
}
