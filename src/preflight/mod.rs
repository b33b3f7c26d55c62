//! Configuration × facts → findings. Nothing is looked at here: [`questions`] say what the host has to be asked,
//! [`judge`] reads the answers, [`ignore`] is a filter on what it says.

mod finding;

pub use finding::{Finding, Severity, ignore, is_fatal};

use crate::config::Config;
use crate::facts::{CriError, Facts, Questions};

/// What a host has to be asked before `config` can be judged on it.
pub fn questions(config: &Config) -> Questions {
    todo!("{config:?}")
}

/// All that is wrong with the host, in the order of the checks.
pub fn judge(config: &Config, facts: &Facts) -> Vec<Finding> {
    todo!("{config:?}{facts:?}")
}

/// The images to pull: all, those that the runtime lacks, or none, as the pull policy says.
pub fn images_to_pull(config: &Config, facts: &Facts) -> Vec<String> {
    todo!("{config:?}{facts:?}")
}

/// One image's pull, after its last try.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pull {
    pub image: String,
    pub result: Result<(), CriError>,
}

/// Failed pulls → findings.
pub fn judge_pulls(pulls: &[Pull]) -> Vec<Finding> {
    todo!("{pulls:?}")
}
