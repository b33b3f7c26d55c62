//! Configuration × facts → findings. Nothing is looked at here: [`questions`] say what the host has to be asked,
//! [`judge`] reads the answers, [`ignore`] is a filter on what it says.

mod checked;
mod files;
mod finding;
mod images;
mod machine;
mod network;
mod overlap;
mod ports;
mod runtime;
mod services;
mod subjects;
mod system;
mod table;
mod versions;

pub use checked::{Checked, Sum};
pub use files::in_the_way;
pub use finding::{Finding, Severity, ignore, is_fatal};
pub use images::{Pull, images_to_pull, judge_pulls, no_pulls};
pub use machine::judge_user;
pub use subjects::{MANIFESTS, questions};
pub use table::{CHECKS, Check, Gate, judge};
pub use versions::is_before;

#[cfg(test)]
pub(crate) mod fixture;
