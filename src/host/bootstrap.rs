//! Waiting for the kubelet to get its certificate from the cluster.

use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

use super::files::{FileError, Tree};
use crate::kubeconfig;
use crate::plan::Bootstrap;

/// Between two looks: a look costs some microseconds, and the rest of the join waits for it.
const STEP: Duration = Duration::from_millis(20);

#[derive(Debug, thiserror::Error)]
pub enum NoCertificate {
    #[error("the kubelet has not got a certificate within {seconds} s: there is no {kubeconfig}", seconds = .waited.as_secs())]
    Late { kubeconfig: PathBuf, waited: Duration },
    #[error(transparent)]
    File(#[from] FileError),
}

/// Returns once the kubelet's kubeconfig is there, with the certificate that it names.
pub fn await_bootstrap(tree: &Tree, wanted: &Bootstrap) -> Result<(), NoCertificate> {
    let begun = Instant::now();
    while !has_certificate(tree, wanted)? {
        let elapsed = begun.elapsed();
        if elapsed >= wanted.timeout.to_std() {
            return Err(NoCertificate::Late { kubeconfig: wanted.kubeconfig.clone(), waited: elapsed });
        }
        thread::sleep(STEP);
    }
    Ok(())
}

fn has_certificate(tree: &Tree, wanted: &Bootstrap) -> Result<bool, FileError> {
    let Some(found) = tree.read_one(&wanted.kubeconfig)? else { return Ok(false) };
    let Some(credentials) = kubeconfig::client_certificate(found.content.bytes()) else { return Ok(false) };
    match credentials {
        kubeconfig::ClientCertificate::Embedded => Ok(true),
        kubeconfig::ClientCertificate::File(path) => Ok(tree.read_one(&path)?.is_some()),
    }
}
