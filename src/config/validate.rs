//! A file for any command → whether each of them would take it.

use super::config_file::{Assumed, ConfigFile};
use super::{ConfigErrors, ConfigWarning, Unknown};

/// Checks every document of the file: kubeadm's own and the components'. A Kubernetes version that is not given is the
/// one that is assumed, or else the newest known. `not_taken` says whether an argument or a gate that a component does not take is an
/// error.
///
/// # Errors
/// All offences at once, as the commands that read the documents would tell them, and documents that none reads.
pub fn validate(
    text: &str,
    assumed: Option<Assumed>,
    not_taken: Unknown,
) -> Result<Vec<ConfigWarning>, ConfigErrors> {
    Ok(ConfigFile::parse(text, assumed, not_taken)?.warnings)
}
