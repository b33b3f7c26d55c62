//! A machine on which nothing stands out, for the fuzzer and for tests/laws.rs: what a plan is made of beside a configuration and
//! the files that are there.

use jiff::Timestamp;
use kubewright::config::Config;
use kubewright::manifests::component::Resolver;
use kubewright::manifests::patches::Patches;
use kubewright::plan::{Files, HostInputs, Inputs, Paths};

/// What `plan` makes of the inputs.
pub fn with<T>(config: &Config, files: &Files, now: Timestamp, plan: impl FnOnce(&Inputs<'_>) -> T) -> T {
    plan(&Inputs {
        spec: config.spec(),
        tokens: &config.bootstrap_tokens,
        files,
        patches: &Patches::default(),
        host: &a_machine(),
        paths: &Paths::default(),
        upload: None,
        accounts: None,
        joining: None,
        now,
    })
}

fn a_machine() -> HostInputs {
    HostInputs {
        name: "host-1".to_owned(),
        resolver: Resolver::Other,
        ca_directories: vec!["/etc/ca-certificates".to_owned()],
        proxies: Vec::new(),
        foreign_mounts: Vec::new(),
    }
}
