//! InitConfiguration → [`RequestedInit`]: what the user said of this node; the host adds the rest.

use std::path::PathBuf;

use super::network::{advertise, bind_port};
use super::node::node;
use super::timeouts::timeouts;
use super::token::bootstrap_tokens;
use crate::config::given::{Located, Remarks, Section};
use crate::config::requested::{RequestedInit, RequestedRun};

/// Of an InitConfiguration in v1beta4's form.
pub fn init(section: Section, remarks: &mut Remarks) -> RequestedInit {
    let endpoint = section.section("localAPIEndpoint");
    RequestedInit {
        bootstrap_tokens: bootstrap_tokens(section, remarks),
        node: node(section.section("nodeRegistration"), remarks),
        advertise: advertise(endpoint, remarks),
        advertise_at: endpoint.text("advertiseAddress").map(|given| given.at),
        bind_port: bind_port(endpoint, remarks),
        certificate_key: section.text("certificateKey").and_then(|given| given.read(remarks, str::parse)),
        run: run(section),
        timeouts: timeouts(section.section("timeouts"), remarks),
    }
}

/// Of an InitConfiguration or a JoinConfiguration.
pub fn run(section: Section) -> RequestedRun {
    RequestedRun {
        skip_phases: skip_phases(section),
        patches: section.section("patches").text("directory").map(|given| given.map(PathBuf::from)),
        dry_run: section.flag("dryRun").unwrap_or_default(),
    }
}

/// Names as given: which phases there are is not the configuration's to say.
pub fn skip_phases(section: Section) -> Vec<Located<String>> {
    section.texts("skipPhases").into_iter().map(|given| given.map(str::to_owned)).collect()
}
