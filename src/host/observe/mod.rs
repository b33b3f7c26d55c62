//! Looks at a host: files, the kernel, the init system, the runtime. Nothing is changed.

use std::path::PathBuf;

use crate::config::Config;
use crate::facts::{Facts, HostFacts, Questions};

/// Where the host's files are: `/`, or a tree that stands for it.
#[derive(Debug, Clone)]
pub struct Root(PathBuf);

/// What needs no configuration, and what a configuration takes its defaults from.
pub fn facts(root: &Root) -> HostFacts {
    todo!("{root:?}")
}

/// All that preflight judges; the slow parts side by side, each with its limit.
pub fn preflight_facts(root: &Root, config: &Config) -> Facts {
    answer(root, &crate::preflight::questions(config))
}

/// The answers to `questions`.
pub fn answer(root: &Root, questions: &Questions) -> Facts {
    todo!("{root:?}{questions:?}")
}
