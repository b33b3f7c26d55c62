//! The gate before init: look, judge, pull the images that are missing.

use std::time::Duration;

use super::failure::Failure;
use crate::config::Config;
use crate::facts::CriError;
use crate::host::cri::CriClient;
use crate::host::observe::{self, Root};
use crate::host::pull::{PullObserver, PullOrder, PullProgress, pull};
use crate::preflight::{self, Finding, Pull};
use crate::report;

/// Every finding about this host, those to be ignored as warnings; nothing is pulled.
pub fn judge(config: &Config) -> Vec<Finding> {
    let facts = observe::preflight_facts(&Root::default(), config);
    preflight::ignore(preflight::judge(config, &facts), &config.init.node.ignore_preflight_errors)
}

/// Judges this host and pulls the missing images; refuses to go on where an error is left.
pub fn check(config: &Config) -> Result<(), Failure> {
    report::say("[preflight] Running pre-flight checks");
    let ignored = &config.init.node.ignore_preflight_errors;
    let facts = observe::preflight_facts(&Root::default(), config);
    let mut findings = preflight::ignore(preflight::judge(config, &facts), ignored);
    let images = preflight::images_to_pull(config, &facts);
    // Without a runtime, or on a host that is refused anyway, there is nothing to pull for.
    if !preflight::is_fatal(&findings) && facts.runtime.is_ok() && !images.is_empty() {
        findings.extend(preflight::ignore(preflight::judge_pulls(&pull_all(config, &images)), ignored));
    }
    if preflight::is_fatal(&findings) {
        return Err(Failure::Preflight(findings));
    }
    report::findings(&findings);
    Ok(())
}

/// Between two answers of a runtime that is busy.
const LIMIT: Duration = Duration::from_secs(10);

fn pull_all(config: &Config, images: &[String]) -> Vec<Pull> {
    let order = if config.init.node.image_pull_serial { PullOrder::Serial } else { PullOrder::SideBySide };
    let failed = |error: CriError| {
        images.iter().map(|image| Pull { image: image.clone(), result: Err(error.clone()) }).collect()
    };
    let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else {
        return Vec::new();
    };
    runtime.block_on(async {
        match CriClient::connect(&config.init.node.cri_socket, LIMIT).await {
            Ok((client, _)) => pull(&client, images, order, &Told).await,
            Err(error) => failed(error),
        }
    })
}

/// Says how the pulls go.
struct Told;

impl PullObserver for Told {
    fn report(&self, image: &str, progress: &PullProgress) {
        let line = match progress {
            PullProgress::Started => format!("pulling {image}"),
            PullProgress::Retrying { attempt, why } => format!("pulling {image}, try {attempt}: {why}"),
            PullProgress::Done => format!("pulled {image}"),
            PullProgress::Failed { why } => format!("could not pull {image}: {why}"),
        };
        report::say(&format!("[preflight] {line}"));
    }
}
