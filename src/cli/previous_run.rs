//! What an earlier init has left on this host, before preflight judges it.

use jiff::Timestamp;

use super::plan_inputs::OnDisk;
use super::request::Request;
use crate::config::Config;
use crate::plan::{self, HostInputs, Inputs, PreviousInit};

/// What cannot be read or rendered is no mask_own_resources for anything: those who need it say so.
pub fn observe(
    request: &Request<'_>,
    config: &Config,
    host: &HostInputs,
    on_disk: &OnDisk,
    now: Timestamp,
) -> PreviousInit {
    previous_init(request, config, host, on_disk, now).unwrap_or_default()
}

fn previous_init(
    request: &Request<'_>,
    config: &Config,
    host: &HostInputs,
    on_disk: &OnDisk,
    now: Timestamp,
) -> Option<PreviousInit> {
    let files = &on_disk.files.as_ref().ok()?.files;
    let patches = on_disk.patches.as_ref().ok()?;
    let accounts = plan::accounts(&config.cluster, files).ok().flatten();
    let inputs = Inputs::new(config.spec(), files, patches, host, &request.paths, now);
    plan::previous_init(&Inputs { accounts, ..inputs }).ok()
}
