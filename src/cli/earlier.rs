//! What an earlier init has left on this host, before preflight judges it.

use super::failure::Failure;
use super::gather;
use super::request::Request;
use crate::config::Config;
use crate::facts::HostFacts;
use crate::host::Tree;
use crate::plan::{self, EarlierInit, Inputs};

/// What cannot be read or rendered is no excuse for anything: those who need it say so.
pub fn observe(request: &Request<'_>, config: &Config, facts: &HostFacts) -> EarlierInit {
    look_back(request, config, facts).unwrap_or_default()
}

fn look_back(request: &Request<'_>, config: &Config, facts: &HostFacts) -> Result<EarlierInit, Failure> {
    let files = gather::observe_files(&Tree::new("/"), config, &request.paths)?;
    Ok(plan::look_back(&Inputs {
        config,
        files: &files,
        patches: &gather::patches(config)?,
        // As the whole of init has it: the phases that run now may be fewer.
        host: &gather::host_inputs(facts, &plan::INIT.all()),
        paths: &request.paths,
        upload: None,
        accounts: plan::accounts(config, &files).ok().flatten(),
        joining: None,
        now: facts.now,
    })?)
}
