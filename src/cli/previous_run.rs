//! What an earlier init has left on this host, before preflight judges it.

use jiff::Timestamp;

use super::failure::Failure;
use super::plan_inputs;
use super::request::Request;
use crate::config::Config;
use crate::plan::{self, HostInputs, Inputs, PreviousInit};

/// What cannot be read or rendered is no mask_own_resources for anything: those who need it say so.
pub fn observe(request: &Request<'_>, config: &Config, host: &HostInputs, now: Timestamp) -> PreviousInit {
    previous_init(request, config, host, now).unwrap_or_default()
}

fn previous_init(
    request: &Request<'_>,
    config: &Config,
    host: &HostInputs,
    now: Timestamp,
) -> Result<PreviousInit, Failure> {
    let silent = |_: &str| ();
    let tree = request.node.tree();
    let files =
        plan_inputs::observe_files(tree, config.spec(), &request.paths, &host.foreign_mounts, silent)?;
    let patches = plan_inputs::patches(&config.run, config.cluster.minor)?;
    let accounts = plan::accounts(&config.cluster, &files).ok().flatten();
    let inputs = Inputs::new(config.spec(), &files, &patches, host, &request.paths, now);
    Ok(plan::previous_init(&Inputs { accounts, ..inputs })?)
}
