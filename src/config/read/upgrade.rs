//! UpgradeConfiguration: its values are looked at, and not kept; `upgrade` itself is not there yet.

use super::cluster::exact_version;
use super::component::one_of;
use super::node::ignored;
use super::timeouts::timeouts;
use crate::config::given::{Remarks, Section};
use crate::config::{ImagePullPolicy, host_path};

/// The sections that are a command of `upgrade` each.
const COMMANDS: [&str; 4] = ["apply", "diff", "node", "plan"];

/// Tells what is wrong with the values.
pub fn upgrade(document: Section, remarks: &mut Remarks) {
    for name in COMMANDS {
        let section = document.section(name);
        if let Some(given) = section.text("kubernetesVersion") {
            exact_version(given, remarks);
        }
        if let Some(given) = section.text("imagePullPolicy") {
            given.read(remarks, |text| one_of(text, &ImagePullPolicy::ALL.map(ImagePullPolicy::name)));
        }
        if let Some(given) = section.section("patches").text("directory") {
            given.read(remarks, host_path);
        }
        ignored(&section.texts("ignorePreflightErrors"), remarks);
    }
    timeouts(document.section("timeouts"), remarks);
}
