//! What is allowed but should be looked at.

use std::fmt;

use super::error::{Place, introduce};
use super::excerpt::Excerpt;
use super::not_taken::NotTaken;
use super::source_file::SourceFile;
use crate::text::shown;
use crate::versions::GateHistory;

/// What is shown of a configuration once, before anything is done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigWarning {
    /// As in [`super::ConfigError::file`].
    pub file: Option<String>,
    /// Where the value was given.
    pub place: Place,
    /// As in [`super::ConfigError::field`].
    pub field: String,
    /// What should be looked at.
    pub caution: Caution,
    /// As in [`super::ConfigError::excerpt`].
    pub excerpt: Option<Excerpt>,
}

/// Why a value should be looked at; none of these ends a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Caution {
    /// kubeadm.k8s.io/v1beta3.
    OldApiVersion,
    /// Another command's document, such as a JoinConfiguration.
    IgnoredDocument,
    /// A document of a group that has nothing to do with a cluster's configuration.
    ForeignDocument {
        /// As the document has it.
        api_version: String,
        /// As the document has it.
        kind: String,
    },
    /// `metadata` of a document, which is no object.
    IgnoredMetadata,
    /// By this program's own name it is an error.
    LeftOut {
        /// What would be refused, in the error's words.
        what: String,
        /// What is done about it, as kubeadm does it.
        instead: &'static str,
    },
    /// An API server on the command line: it is the file that says where the cluster is.
    ServerBesideConfig,
    /// A flag of control planes for a worker.
    OnlyForControlPlanes,
    /// A flag of the discovery by token, where that is not asked for.
    OnlyForTokens,
    /// In the cluster's own documents: written by a newer kubeadm, or by someone else.
    UnknownInStored,
    /// The minor still has the gate, and a later one will not.
    DeprecatedGate {
        /// As the minor's table has it.
        name: &'static str,
        /// What to write in its place.
        advice: &'static str,
    },
    /// kubeadm puts `unix://` in front of such a path, and calls it deprecated.
    SocketWithoutScheme {
        /// As given.
        socket: String,
    },
    /// A range within addresses that RFC 3879 deprecates.
    SiteLocal {
        /// The range, with its prefix length.
        cidr: String,
    },
    /// `controlPlaneEndpoint` has another port than the API server.
    PortOverridesBindPort {
        /// Of controlPlaneEndpoint.
        port: u16,
        /// Of localAPIEndpoint.
        bind_port: u16,
    },
    /// A certificate's life beyond kubeadm's default.
    LongLife {
        /// The life that was given.
        value: String,
        /// kubeadm's default for it.
        recommended: String,
    },
    /// In a ClusterConfiguration: the minor's own format has no such field.
    NotStored {
        /// 36 for Kubernetes 1.36.
        minor: u64,
    },
    /// A certificate would live longer than the CA that signs it.
    OutlivesItsCa {
        /// The life that was given.
        value: String,
        /// The CA's life.
        ca: String,
    },
    /// A patch of a known minor that came after this program.
    UnknownPatch {
        /// The version that was asked for.
        version: String,
        /// The minor's latest patch that this program knows.
        known: String,
    },
    /// A gate of kubeadm's that has gone, set to what holds without it.
    GoneGate {
        /// As given.
        name: String,
        /// Since when, or until when, there is or was such a gate.
        history: GateHistory,
    },
    /// An argument or a gate with which a component would not start, where it is not certain that it has to.
    NotTaken {
        /// Which.
        not_taken: NotTaken,
        /// Why it is no error.
        but: &'static str,
    },
    /// kubeadm takes the last of them without a word.
    VolumeTwice {
        /// The volume's.
        name: String,
    },
    /// Something that nobody sees, in a value.
    OddCharacter {
        /// Its name in Unicode, in small letters.
        name: &'static str,
        /// Its code point.
        code: u32,
    },
}

impl Caution {
    /// Whether it is of this program rather than of who has written the configuration.
    pub fn is_of_the_version(&self) -> bool {
        matches!(self, Self::UnknownPatch { .. })
    }
}

impl ConfigWarning {
    /// All of them, with the name of the file that was read, and its lines.
    pub fn in_file(warnings: &[Self], source: Option<&SourceFile>) -> Vec<Self> {
        let Some(source) = source else { return warnings.to_vec() };
        let excerpts = source.excerpts(warnings.iter().map(|warning| &warning.place));
        let file = Some(source.name().to_owned());
        let named = |(warning, excerpt): (Self, _)| Self { file: file.clone(), excerpt, ..warning };
        warnings.iter().cloned().zip(excerpts).map(named).collect()
    }
}

impl fmt::Display for ConfigWarning {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        introduce(self.file.as_deref(), &self.place, &self.field, out)?;
        out.write_str(&shown(&self.caution.to_string()))
    }
}

impl fmt::Display for Caution {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OldApiVersion => {
                out.write_str("kubeadm.k8s.io/v1beta3 is deprecated; write kubeadm.k8s.io/v1beta4")
            }
            Self::IgnoredDocument => out.write_str("has no meaning for this command and is left out"),
            Self::ForeignDocument { api_version, kind } => {
                write!(out, "{api_version} {kind} is no configuration of a cluster and is left out")
            }
            Self::IgnoredMetadata => out.write_str("has no meaning in a configuration file and is left out"),
            Self::LeftOut { what, instead } => write!(out, "{what}; {instead}"),
            Self::ServerBesideConfig => {
                out.write_str("has no meaning together with --config, whose file says where the cluster is")
            }
            Self::OnlyForControlPlanes => out.write_str(
                "has no meaning for a worker and is left out; a control plane joins with --control-plane",
            ),
            Self::OnlyForTokens => out.write_str("has no meaning without an API server and is left out"),
            Self::UnknownInStored => out.write_str("is not known to this kubewright and is left out"),
            Self::DeprecatedGate { name, advice } => {
                write!(out, "the feature gate {name} is on its way out: {advice}")
            }
            Self::SocketWithoutScheme { socket } => {
                write!(out, "{socket:?} has no scheme, and is read as \"unix://{socket}\"; write that")
            }
            Self::SiteLocal { cidr } => {
                write!(out, "{cidr} overlaps fec0::/10, the site-local addresses that RFC 3879 deprecates")
            }
            Self::PortOverridesBindPort { port, bind_port } => {
                write!(out, "clients go to port {port}, while the API server listens on {bind_port}")
            }
            Self::LongLife { value, recommended } => {
                write!(out, "{value} is longer than the recommended {recommended}")
            }
            Self::NotStored { minor } => write!(
                out,
                "holds here, but the configuration that Kubernetes 1.{minor} keeps in the cluster has no place for it: \
                 control planes that join do not learn of it"
            ),
            Self::OutlivesItsCa { value, ca } => write!(out, "{value} is longer than the CA's own {ca}"),
            Self::UnknownPatch { version, known } => write!(
                out,
                "{version} is newer than this kubewright knows: for the images of etcd, CoreDNS and pause it takes those of \
                 {known}; look for a newer kubewright"
            ),
            Self::GoneGate { name, history } => write!(out, "{name} {history}"),
            Self::NotTaken { not_taken, but } => write!(out, "{not_taken} ({but})"),
            Self::VolumeTwice { name } => write!(
                out,
                "another volume further up is called {name} too, and is left out, as each has a name of its own; give it another"
            ),
            Self::OddCharacter { name, code } => {
                write!(out, "here stands {name} (U+{code:04X}); is it meant?")
            }
        }
    }
}
