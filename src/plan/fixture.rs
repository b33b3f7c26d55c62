//! A host on which nothing stands out.

use super::{Files, HostInputs, Inputs, Paths};
use crate::config::Config;
use crate::manifests::component::Resolver;
use crate::manifests::patches::Patches;

/// What `test` makes of the inputs.
///
/// # Panics
/// Never: the time is one.
pub fn with<T>(config: &Config, files: &Files, test: impl FnOnce(&Inputs<'_>) -> T) -> T {
    let host = HostInputs {
        name: "node-1".into(),
        resolver: Resolver::Other,
        ca_directories: Vec::new(),
        proxies: Vec::new(),
        foreign_mounts: Vec::new(),
    };
    test(&Inputs {
        config,
        files,
        patches: &Patches::default(),
        host: &host,
        paths: &Paths::default(),
        upload: None,
        accounts: None,
        joining: None,
        now: "2026-11-21T08:00:00Z".parse().unwrap(),
    })
}
