//! What an earlier init has left on this host, before preflight judges it.

use jiff::Timestamp;

use super::failure::Failure;
use super::gather;
use super::request::Request;
use crate::config::Config;
use crate::host::Tree;
use crate::plan::{self, EarlierInit, HostInputs, Inputs};

/// What cannot be read or rendered is no excuse for anything: those who need it say so.
pub fn observe(request: &Request<'_>, config: &Config, host: &HostInputs, now: Timestamp) -> EarlierInit {
    look_back(request, config, host, now).unwrap_or_default()
}

fn look_back(
    request: &Request<'_>,
    config: &Config,
    host: &HostInputs,
    now: Timestamp,
) -> Result<EarlierInit, Failure> {
    let silent = |_: &str| ();
    let files = gather::observe_files(&Tree::new("/"), config, &request.paths, &host.foreign_mounts, silent)?;
    Ok(plan::look_back(&Inputs {
        config,
        files: &files,
        patches: &gather::patches(config)?,
        host,
        paths: &request.paths,
        upload: None,
        accounts: plan::accounts(config, &files).ok().flatten(),
        joining: None,
        now,
    })?)
}
