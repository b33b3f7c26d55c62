//! Errors → the ids that programs know them by.

use super::certs::CertsFailure;
use super::failure::Failure;
use super::images::NotPulled;
use super::token::TokenFailure;
use super::upgrade::UpgradeFailure;
use crate::config::{NotTaken, Problem};
use crate::host::{
    ApiError, ApplyError, Awaited, ClusterError, FaultKind, FileError, MemberError, NoCertificate,
    NotAnswered, NotSurveyed,
};
use crate::join::NotOpened;
use crate::join::discovery::DiscoveryError;
use crate::manifests::objects::BadObject;
use crate::manifests::patches::PatchError;
use crate::plan::{PlanError, Reissue, ReissueOutcome, ResetRefused};
use crate::report::ErrorId;
use crate::versions::BadVersion;

/// Of a failure as a whole; each error of a configuration, and each part of a reset, has its own.
pub fn failure(failed: &Failure) -> ErrorId {
    match failed {
        Failure::CommandLine { .. }
        | Failure::Mistyped(_)
        | Failure::OutputDirAlone
        | Failure::Check(_)
        | Failure::Unknown(_) => ErrorId::CommandLine,
        Failure::Config(errors) => {
            errors.0.first().map_or(ErrorId::ConfigBadValue, |error| problem(&error.problem))
        }
        Failure::Preflight(_) => ErrorId::Preflight,
        Failure::Midway { failure: inner, .. }
        | Failure::Timed { failure: inner, .. }
        | Failure::Upgrading { failure: inner, .. } => failure(inner),
        Failure::Phase(_) => ErrorId::PhaseUnknown,
        Failure::Version(BadVersion::Malformed { .. } | BadVersion::Unknown { .. }) | Failure::Claim(_) => {
            ErrorId::ConfigUnknownVersion
        }
        Failure::ReadConfig { .. } => ErrorId::ConfigUnreadable,
        Failure::ReadPatches { .. } | Failure::ReadPatch { .. } => ErrorId::PatchesUnreadable,
        Failure::Patches(_) => ErrorId::PatchesUnusable,
        Failure::Discovery(error) => discovery(error),
        Failure::Elsewhere { failure, .. } => self::failure(failure),
        Failure::NoReach => ErrorId::KubeconfigUnusable,
        Failure::NotAnswered(error) => not_answered(error),
        Failure::NotOpened(error) => not_opened(error),
        Failure::NameTaken(_) => ErrorId::NodeNameTaken,
        Failure::NoControlPlaneEndpoint => ErrorId::NoControlPlaneEndpoint,
        Failure::NothingToShow(_) => ErrorId::PhasesLeftOut,
        Failure::Root { .. } => ErrorId::RootUnusable,
        Failure::Plan(error) => plan(error),
        Failure::File(error) | Failure::ReadAuthority(error) | Failure::WriteNamed(error) => file(error),
        Failure::Cluster(error) => cluster(error),
        Failure::Apply(failed) => apply(&failed.source),
        Failure::Reset(ResetRefused::Etcd { .. }) => ErrorId::EtcdMemberStays,
        Failure::Reset(ResetRefused::OfTheSystem { .. }) => ErrorId::FolderOfTheSystem,
        Failure::NotConfirmed | Failure::NoAnswer(_) => ErrorId::NotConfirmed,
        Failure::Incomplete { .. } => ErrorId::NotReset,
        Failure::Random(_) => ErrorId::Randomness,
        Failure::Token(error) => token(error),
        Failure::Certs(error) => certs(error),
        Failure::Upgrade(error) => upgrade(error),
        Failure::Format(_) | Failure::NotRendered(_) | Failure::ReadTemplate { .. } => ErrorId::FormatUnknown,
        Failure::Images(NotPulled::NoRuntime(_)) => ErrorId::ContainerRuntime,
        Failure::Images(NotPulled::Images(_)) => ErrorId::ImageNotPulled,
        Failure::Output(_) => ErrorId::OutputFailed,
    }
}

/// Of a command of `certs`.
pub fn certs(failed: &CertsFailure) -> ErrorId {
    match failed {
        CertsFailure::External { .. } => ErrorId::AuthorityKeyMissing,
        CertsFailure::NotReissued { reissues } => not_reissued(reissues),
        CertsFailure::Unreadable { .. } => ErrorId::FilesUnusable,
        CertsFailure::NoConfiguration { .. } => ErrorId::ConfigMissing,
        CertsFailure::NotWritten { source, .. } => apply(source),
        CertsFailure::Faults { .. } => ErrorId::PkiFaults,
        CertsFailure::NothingToCheck { .. } => ErrorId::NothingToCheck,
    }
}

/// What is nowhere is not a matter of keys.
fn not_reissued(reissues: &[Reissue]) -> ErrorId {
    if reissues.iter().all(|reissue| reissue.outcome == ReissueOutcome::Missing) {
        ErrorId::FileMissing
    } else {
        ErrorId::AuthorityKeyMissing
    }
}

const fn not_taken(what: &NotTaken) -> ErrorId {
    match what {
        NotTaken::Flag { .. } => ErrorId::ConfigUnknownArgument,
        NotTaken::GoneGate { .. } | NotTaken::UnknownGate { .. } => ErrorId::ConfigUnknownFeatureGate,
        NotTaken::LockedGate { .. } => ErrorId::ConfigContradiction,
    }
}

/// Of a rule that a configuration breaks.
pub fn problem(problem: &Problem) -> ErrorId {
    match problem {
        Problem::NotYaml { .. }
        | Problem::MergeConflict
        | Problem::OddCharacter { .. }
        | Problem::NotADocument { .. } => ErrorId::ConfigNotYaml,
        Problem::NoKind
        | Problem::UnknownApiVersion { .. }
        | Problem::OldApiVersion { .. }
        | Problem::UnknownKind { .. }
        | Problem::ForeignDocument { .. }
        | Problem::KindElsewhere { .. }
        | Problem::NoKnownDocument
        | Problem::NoDocument
        | Problem::TooManyDocuments { .. }
        | Problem::NoSuchDocument { .. } => ErrorId::ConfigUnknownKind,
        Problem::UnknownField { .. } | Problem::LaterField { .. } => ErrorId::ConfigUnknownField,
        Problem::SecondDocument { .. }
        | Problem::MissingSeparator { .. }
        | Problem::DuplicateField { .. }
        | Problem::MountPathTwice { .. }
        | Problem::TokenIdTwice => ErrorId::ConfigGivenTwice,
        Problem::WrongType { .. } => ErrorId::ConfigWrongType,
        Problem::EmptyItem
        | Problem::Missing
        | Problem::NoEndpoint
        | Problem::NoEtcdCa
        | Problem::HalfAKeyPair
        | Problem::NoDiscovery
        | Problem::NoServer
        | Problem::NoPins => ErrorId::ConfigMissing,
        Problem::MixedWithConfig { .. }
        | Problem::AlgorithmAgainstGate { .. }
        | Problem::LockedGate { .. }
        | Problem::TwoValues
        | Problem::NotOneSource { .. }
        | Problem::TwoEtcds
        | Problem::GroupsWithoutAuthentication
        | Problem::TtlAndExpires
        | Problem::TwoDiscoveries
        | Problem::AllAndOthers => ErrorId::ConfigContradiction,
        Problem::Version(_) => ErrorId::ConfigUnknownVersion,
        Problem::UnknownGate { .. } | Problem::GoneGate { .. } => ErrorId::ConfigUnknownFeatureGate,
        Problem::NotTaken(what) => not_taken(what),
        Problem::UnknownPhase { .. } => ErrorId::PhaseUnknown,
        Problem::UnreadableFolder { .. } => ErrorId::PatchesUnreadable,
        Problem::NoAddress
        | Problem::NoLoopbackAddress
        | Problem::NoHostName
        | Problem::SeveralRuntimes { .. } => ErrorId::ConfigHostUnknown,
        Problem::TooFewTokens => ErrorId::Internal,
        Problem::OutOfRange { .. }
        | Problem::Duration(_)
        | Problem::NotATime { .. }
        | Problem::NotAQuantity { .. }
        | Problem::NotAGate { .. }
        | Problem::NotAnArgument { .. }
        | Problem::NodeName(_)
        | Problem::NotADomain { .. }
        | Problem::NotASan { .. }
        | Problem::NotOneOf { .. }
        | Problem::NotAnAddress { .. }
        | Problem::NotAdvertisable { .. }
        | Problem::NotAPort { .. }
        | Problem::NotAnEndpoint { .. }
        | Problem::NotACidr { .. }
        | Problem::TooManyCidrs { .. }
        | Problem::NotDualStack { .. }
        | Problem::SubnetTooSmall { .. }
        | Problem::ServiceSubnetTooLarge { .. }
        | Problem::NodeMaskTooWide { .. }
        | Problem::NodeMaskTooNarrow { .. }
        | Problem::NotAMask { .. }
        | Problem::NotAbsolute { .. }
        | Problem::NotForACluster { .. }
        | Problem::OfTheSystem { .. }
        | Problem::NotARepository { .. }
        | Problem::NotATag { .. }
        | Problem::NotADigest { .. }
        | Problem::NotALabel { .. }
        | Problem::NotAFlagName { .. }
        | Problem::Upwards { .. }
        | Problem::NotAVariable { .. }
        | Problem::NotAVariableSource { .. }
        | Problem::NotATaintKey { .. }
        | Problem::NotATaintValue { .. }
        | Problem::NotASocket { .. }
        | Problem::NotAUrl { .. }
        | Problem::NotHttps { .. }
        | Problem::BadToken
        | Problem::NotAUsage { .. }
        | Problem::NotAGroup { .. }
        | Problem::BadCertificateKey
        | Problem::NotAServer { .. }
        | Problem::TokenForServer
        | Problem::NotAPin
        | Problem::NotADiscoveryFile
        | Problem::NotACertificatePath { .. }
        | Problem::Negative { .. }
        | Problem::NotPositive { .. } => ErrorId::ConfigBadValue,
    }
}

fn upgrade(error: &UpgradeFailure) -> ErrorId {
    match error {
        UpgradeFailure::NoKubeconfig { .. } => ErrorId::KubeconfigMissing,
        UpgradeFailure::NoManifest { .. } => ErrorId::FileMissing,
        UpgradeFailure::ReadKubeconfig(error) => file(error),
        UpgradeFailure::Survey(NotSurveyed::Call { source, .. }) => api(source),
        UpgradeFailure::Survey(NotSurveyed::NoConfiguration | NotSurveyed::NoKubeletConfiguration)
        | UpgradeFailure::NoVersion => ErrorId::ClusterNotSetUp,
        UpgradeFailure::NoVersionWanted | UpgradeFailure::Next | UpgradeFailure::Differs => {
            ErrorId::CommandLine
        }
        UpgradeFailure::Blocked { .. } => ErrorId::Preflight,
    }
}

fn discovery(error: &DiscoveryError) -> ErrorId {
    match error {
        DiscoveryError::WrongToken { .. } => ErrorId::DiscoveryWrongToken,
        DiscoveryError::WrongHash { .. } | DiscoveryError::NotPinned { .. } => ErrorId::DiscoveryWrongHash,
        DiscoveryError::Unsigned { .. } | DiscoveryError::NotSigned { .. } => ErrorId::DiscoveryNotSigned,
        DiscoveryError::Foreign { .. } | DiscoveryError::Changed { .. } => ErrorId::DiscoveryNotTheCluster,
        DiscoveryError::Skewed { .. } => ErrorId::DiscoveryClockSkewed,
        DiscoveryError::Expired { .. }
        | DiscoveryError::Early { .. }
        | DiscoveryError::OtherName { .. }
        | DiscoveryError::Certificate { .. } => ErrorId::DiscoveryServerCertificate,
        DiscoveryError::Unreachable { .. } | DiscoveryError::Proxy { .. } => ErrorId::DiscoveryUnreachable,
        DiscoveryError::Busy { .. } => ErrorId::DiscoveryNotReady,
        DiscoveryError::NotKubernetes { .. } => ErrorId::DiscoveryNotKubernetes,
        DiscoveryError::NoClusterInfo { .. }
        | DiscoveryError::NoAnonymous { .. }
        | DiscoveryError::BadClusterInfo { .. } => ErrorId::DiscoveryNoClusterInfo,
        DiscoveryError::ReadFile { .. }
        | DiscoveryError::BadFile { .. }
        | DiscoveryError::NoCluster { .. }
        | DiscoveryError::BadServer { .. }
        | DiscoveryError::NotEmbedded { .. }
        | DiscoveryError::NoAuthority { .. }
        | DiscoveryError::NoCredentials { .. }
        | DiscoveryError::Insecure { .. }
        | DiscoveryError::AuthProvider { .. }
        | DiscoveryError::Reaches { .. }
        | DiscoveryError::CredentialsRefused { .. }
        | DiscoveryError::BadUrl { .. }
        | DiscoveryError::UrlRefused { .. } => ErrorId::DiscoveryFile,
        DiscoveryError::Failed { .. } | DiscoveryError::Client { .. } => ErrorId::DiscoveryFailed,
    }
}

fn not_answered(error: &NotAnswered) -> ErrorId {
    match error {
        NotAnswered::Api(error) => api(error),
        NotAnswered::NoConfiguration { .. } | NotAnswered::NoEntry { .. } => ErrorId::ClusterNotSetUp,
        NotAnswered::NotAccepted { .. } => ErrorId::TokenNotAccepted,
        NotAnswered::Forbidden { .. } => ErrorId::ClusterRefused,
    }
}

fn not_opened(error: &NotOpened) -> ErrorId {
    match error {
        NotOpened::Absent | NotOpened::NoEntry { .. } => ErrorId::CertificatesNotUploaded,
        NotOpened::WrongKey { .. } => ErrorId::CertificateKeyWrong,
        NotOpened::OtherKind { .. }
        | NotOpened::OtherAuthority
        | NotOpened::Elsewhere { .. }
        | NotOpened::Twice { .. } => ErrorId::FilesUnusable,
    }
}

fn plan(error: &PlanError) -> ErrorId {
    match error {
        PlanError::Refused(_) | PlanError::Unusable { .. } => ErrorId::FilesUnusable,
        PlanError::Taken(_) => ErrorId::FilesInTheWay,
        PlanError::Mint(_) | PlanError::Seal(_) => ErrorId::CertificateNotMade,
        PlanError::Patch(PatchError::Unfit(_)) | PlanError::Object(BadObject::Unfit(_)) => {
            ErrorId::ManifestUnfit
        }
        PlanError::Edits(_) => ErrorId::EditsInConflict,
        PlanError::Patch(_) | PlanError::Object(BadObject::Patched { .. }) => ErrorId::PatchesUnusable,
        PlanError::Object(BadObject::Text { .. }) | PlanError::Render { .. } => ErrorId::Internal,
        PlanError::Missing { .. } => ErrorId::FileMissing,
        PlanError::Accounts(_) => ErrorId::AccountsUnusable,
        PlanError::NothingToUpload | PlanError::NotShared(_) => ErrorId::CertificatesNotShared,
    }
}

fn file(error: &FileError) -> ErrorId {
    match error {
        FileError::Io { fault, .. } => fault_of_file(fault.kind),
        FileError::Changed { .. } => ErrorId::FileChanged,
        FileError::Foreign(_) => ErrorId::FileNotOwn,
        FileError::Busy { .. } => ErrorId::FileBusy,
    }
}

fn fault_of_file(kind: FaultKind) -> ErrorId {
    match kind {
        FaultKind::NoSpace => ErrorId::FileNoSpace,
        FaultKind::NoInodes => ErrorId::FileNoInodes,
        FaultKind::Quota => ErrorId::FileQuota,
        FaultKind::ReadOnly => ErrorId::FileReadOnly,
        FaultKind::NotAFolder => ErrorId::FileNotAFolder,
        FaultKind::NotAFile => ErrorId::FileIsAFolder,
        FaultKind::Link => ErrorId::FileLinkBroken,
        FaultKind::Denied => ErrorId::FileDenied,
        FaultKind::Device => ErrorId::FileDeviceFailed,
        FaultKind::NotWhole | FaultKind::Mounted | FaultKind::Other => ErrorId::FileFailed,
    }
}

fn api(error: &ApiError) -> ErrorId {
    match error {
        ApiError::Kubeconfig { .. } | ApiError::Address { .. } | ApiError::Client { .. } => {
            ErrorId::KubeconfigUnusable
        }
        ApiError::Refused { .. } => ErrorId::ClusterRefused,
        ApiError::Senseless { .. } => ErrorId::ClusterNotKubernetes,
        ApiError::Unreachable { .. } => ErrorId::ClusterUnreachable,
    }
}

fn cluster(error: &ClusterError) -> ErrorId {
    match error {
        ClusterError::Runtime(_) => ErrorId::Internal,
        ClusterError::NoKubeconfig { .. } => ErrorId::KubeconfigMissing,
        ClusterError::NotText { .. } | ClusterError::Kubeconfig { .. } => ErrorId::KubeconfigUnusable,
        ClusterError::File(error) => file(error),
        ClusterError::Api(error) => api(error),
    }
}

/// Of an effect that failed.
pub fn apply(error: &ApplyError) -> ErrorId {
    match error {
        ApplyError::File(error) => file(error),
        ApplyError::Unit(_) => ErrorId::ServiceFailed,
        ApplyError::Cluster(error) => cluster(error),
        ApplyError::NotSent(error) => api(&error.source),
        ApplyError::NotSeen { source, .. } => api(source),
        ApplyError::NotStopped(_) => ErrorId::PodsNotStopped,
        ApplyError::NotUnmounted(_) => ErrorId::NotUnmounted,
        ApplyError::NotRemoved(_) => ErrorId::NotRemoved,
        ApplyError::Network(_) => ErrorId::NetworkNotRemoved,
        ApplyError::Unhealthy(_) => ErrorId::ControlPlaneUnhealthy,
        ApplyError::Member(error) => member(error),
        ApplyError::NotRolledOut(_) => ErrorId::AddonNotRolledOut,
        ApplyError::Bootstrap(error) => bootstrap(error),
        ApplyError::WaitAborted(error) => awaited(&error.awaited),
        ApplyError::Explained(explained) => apply(&explained.failure),
    }
}

fn awaited(awaited: &Awaited) -> ErrorId {
    match awaited {
        Awaited::Health(_) | Awaited::Replaced(_) => ErrorId::ControlPlaneUnhealthy,
        Awaited::Certificate => ErrorId::KubeletWithoutCertificate,
        Awaited::ApiServer => ErrorId::ClusterUnreachable,
        Awaited::Etcd | Awaited::OtherMembers => ErrorId::EtcdUnreachable,
    }
}

fn member(error: &MemberError) -> ErrorId {
    match error {
        MemberError::NoFile { .. } => ErrorId::FileMissing,
        MemberError::File(error) => file(error),
        MemberError::NotFound(_)
        | MemberError::NotListed(_)
        | MemberError::NoSnapshot(_)
        | MemberError::NotMoved(_) => ErrorId::EtcdUnreachable,
        MemberError::NoQuorum(_) => ErrorId::EtcdNoQuorum,
        MemberError::Membership(_) => ErrorId::EtcdMember,
        MemberError::Data { .. } => ErrorId::EtcdData,
    }
}

fn bootstrap(error: &NoCertificate) -> ErrorId {
    match error {
        NoCertificate::Late { .. } => ErrorId::KubeletWithoutCertificate,
        NoCertificate::File(error) => file(error),
        NoCertificate::Unit(_) => ErrorId::ServiceFailed,
    }
}

fn token(error: &TokenFailure) -> ErrorId {
    match error {
        TokenFailure::KeyAlone | TokenFailure::NeitherIdNorToken { .. } => ErrorId::CommandLine,
        TokenFailure::NoKubeconfig { .. } => ErrorId::KubeconfigMissing,
        TokenFailure::ReadKubeconfig(error) | TokenFailure::ReadCertificates(error) => file(error),
        TokenFailure::Call(error) => api(&error.source),
        TokenFailure::NotSent(error) => api(&error.source),
        TokenFailure::Taken { .. } => ErrorId::TokenTaken,
        TokenFailure::NoSuchToken { .. } => ErrorId::TokenNotFound,
        TokenFailure::NoClusterConfiguration => ErrorId::ClusterNotSetUp,
        TokenFailure::NotHere { .. } => ErrorId::CertificatesNotShared,
        TokenFailure::OtherCluster { .. } => ErrorId::OtherCluster,
    }
}
