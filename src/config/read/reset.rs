//! ResetConfiguration → [`RequestedReset`].

use std::path::{Path, PathBuf};

use super::component::one_of;
use super::init::skip_phases;
use super::node::{ignored, socket};
use super::timeouts::timeouts;
use crate::config::given::{Remarks, Section};
use crate::config::host_path;
use crate::config::problem::Problem;
use crate::config::reset::{RequestedReset, UnmountFlag, is_of_the_system};

/// Of a ResetConfiguration.
pub fn reset(section: Section, remarks: &mut Remarks) -> RequestedReset {
    let flags = section.texts("unmountFlags");
    let switch = |name| section.flag(name).unwrap_or_default();
    RequestedReset {
        certificates_dir: section
            .text("certificatesDir")
            .and_then(|given| given.read(remarks, certificates_dir)),
        cleanup_tmp_dir: switch("cleanupTmpDir"),
        cri_socket: section.text("criSocket").and_then(|given| socket(given, remarks)),
        dry_run: switch("dryRun"),
        force: switch("force"),
        ignore_preflight_errors: ignored(&section.texts("ignorePreflightErrors"), remarks),
        skip_phases: skip_phases(section),
        unmount_flags: flags
            .into_iter()
            .filter_map(|given| given.read(remarks, UnmountFlag::parse))
            .collect(),
        timeouts: timeouts(section.section("timeouts"), remarks),
        warnings: Vec::new(),
    }
}

/// Everything in this folder is removed: a slip of the pen must not name one that others live in.
fn certificates_dir(text: &str) -> Result<PathBuf, Problem> {
    if is_of_the_system(Path::new(text)) {
        return Err(Problem::OfTheSystem { value: text.to_owned() });
    }
    host_path(text)
}

impl UnmountFlag {
    fn parse(text: &str) -> Result<Self, Problem> {
        let name = one_of(text, &Self::ALL.map(Self::name))?;
        Ok(Self::ALL.into_iter().find(|flag| flag.name() == name).unwrap_or(Self::NoFollow))
    }
}
