//! A JoinConfiguration's text and the flags → what the user asks for: complete and checked but for what only the host
//! knows.

use std::path::PathBuf;

use super::checked::{self, empty};
use super::document::{self, Use};
use super::error::ConfigErrors;
use super::flags::{self, DiscoveryNeed, JoinFlags};
use super::given::{At, Located, Remarks, Section, Tree};
use super::problem::Problem;
use super::requested::{Advertise, RequestedNode, RequestedRun};
use super::warning::ConfigWarning;
use super::{CertificateKey, Discovery, Timeouts, read};

/// What was asked for; [`super::resolve_join`] adds the host's part.
#[derive(Debug, Clone)]
pub struct RequestedJoin {
    /// `taints` not given are the control plane's own taint for a control plane, and none for a worker.
    pub node: RequestedNode,
    /// Where a worker keeps the cluster's CA: an absolute path, `/etc/kubernetes/pki/ca.crt` unless given.
    pub ca_cert_path: PathBuf,
    /// `None` with [`DiscoveryNeed::ByAdminConf`].
    pub discovery: Option<Discovery>,
    /// `None` for a worker.
    pub control_plane: Option<RequestedControlPlane>,
    /// How it is gone about.
    pub run: RequestedRun,
    /// The defaults stand where none were given.
    pub timeouts: Timeouts,
    /// To be shown, once, before anything is done.
    pub warnings: Vec<ConfigWarning>,
}

/// What makes a joining node a control plane, before the host's defaults.
#[derive(Debug, Clone)]
pub struct RequestedControlPlane {
    /// The address of localAPIEndpoint.
    pub advertise: Advertise,
    /// Where the address was given, if it was.
    pub advertise_at: Option<At>,
    /// The TCP port of localAPIEndpoint.
    pub bind_port: u16,
    /// With which the uploaded certificates are opened; `None` where they were copied here.
    pub certificate_key: Option<CertificateKey>,
}

impl RequestedJoin {
    /// Reads the configuration file's `text`, where there is one, and the flags. Of the file's documents only the
    /// JoinConfiguration counts.
    ///
    /// # Errors
    /// All offences at once, as in [`super::Requested::parse`]. That a discovery file is there is not checked.
    pub fn parse(text: Option<&str>, flags: &JoinFlags) -> Result<Self, ConfigErrors> {
        let mut remarks = Remarks::of(flags.unknown);
        let (tree, needs) = match text {
            Some(text) => of_file(text, flags, &mut remarks),
            None => (flags::join::document(flags, &mut remarks), flags.needs),
        };
        let requested = typed(Section::of(&tree), needs, &mut remarks);
        if text.is_none() {
            flags::join::name_flags(&mut remarks.errors);
        }
        let warnings = remarks.into_warnings()?;
        Ok(Self { warnings, ..requested })
    }
}

/// Where there is no JoinConfiguration, that is all that is said of the discovery.
fn of_file(text: &str, flags: &JoinFlags, remarks: &mut Remarks) -> (Located<Tree>, DiscoveryNeed) {
    let document = document::read(text, Use::Join, remarks).join;
    if document.is_none() && remarks.errors.is_empty() {
        remarks.refuse(&empty().at, Problem::NoSuchDocument { kind: "JoinConfiguration" });
    }
    let needs = if document.is_some() { flags.needs } else { DiscoveryNeed::ByAdminConf };
    let tree = document.map_or_else(empty, |(document, format)| checked::join(&document, format, remarks));
    (flags::join::beside_config(flags, tree, remarks), needs)
}

/// Reads a JoinConfiguration's values; without a discovery where the command needs none.
pub fn typed(section: Section, needs: DiscoveryNeed, remarks: &mut Remarks) -> RequestedJoin {
    read::arguments_of_any_kubelet(section.section("nodeRegistration"), "kubeletExtraArgs", remarks);
    let requested = read::join(section, remarks);
    let is_given = section.section("discovery").fields().is_some_and(|fields| !fields.is_empty());
    let discovery = match needs {
        DiscoveryNeed::Wanted => read::discovery(section, remarks),
        DiscoveryNeed::ByAdminConf => {
            // Not used, but it should be sound.
            if is_given {
                read::discovery(section, remarks);
            }
            None
        }
    };
    RequestedJoin { discovery, ..requested }
}
