//! The stable names of cautions, for programs: a name stays, whatever becomes of its text.

use super::warning::Caution;

impl Caution {
    /// As programs find it in `-o json`, in place of the text, which may change.
    pub const fn id(&self) -> &'static str {
        match self {
            Self::OldApiVersion => "OldApiVersion",
            Self::IgnoredDocument => "IgnoredDocument",
            Self::ForeignDocument { .. } => "ForeignDocument",
            Self::IgnoredMetadata => "IgnoredMetadata",
            Self::LeftOut { .. } => "LeftOut",
            Self::ServerBesideConfig => "ServerBesideConfig",
            Self::OnlyForControlPlanes => "OnlyForControlPlanes",
            Self::OnlyForTokens => "OnlyForTokens",
            Self::UnknownInStored => "UnknownInStored",
            Self::DeprecatedGate { .. } => "DeprecatedGate",
            Self::SocketWithoutScheme { .. } => "SocketWithoutScheme",
            Self::SiteLocal { .. } => "SiteLocal",
            Self::PortOverridesBindPort { .. } => "PortOverridesBindPort",
            Self::LongLife { .. } => "LongLife",
            Self::NotStored { .. } => "NotStored",
            Self::OutlivesItsCa { .. } => "OutlivesItsCa",
            Self::UnknownPatch { .. } => "UnknownPatch",
            Self::GoneGate { .. } => "GoneGate",
            Self::NotTaken { not_taken, .. } if not_taken.is_gate() => "GateUnknownToComponent",
            Self::NotTaken { .. } => "FlagUnknownToComponent",
            Self::VolumeTwice { .. } => "VolumeTwice",
            Self::OddCharacter { .. } => "OddCharacter",
        }
    }
}
