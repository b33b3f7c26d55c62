//! The event loop that network calls run in.

use std::future::Future;
use std::io;

use tokio::runtime::{Builder, Runtime};

/// One for a thread that has none: the calls are few, so one thread carries them all.
///
/// Its end waits for nothing. A lookup of a name cannot be called off, and may go on for long after the time of who asked is over;
/// the end of tokio's own would wait for it.
#[derive(Debug)]
pub struct EventLoop(Option<Runtime>);

impl EventLoop {
    /// Takes a few descriptors of the system.
    pub fn new() -> io::Result<Self> {
        Builder::new_current_thread().enable_all().build().map(|runtime| Self(Some(runtime)))
    }

    /// Runs until `future` has come to its end.
    pub fn block_on<F: Future>(&self, future: F) -> F::Output {
        match &self.0 {
            Some(runtime) => runtime.block_on(future),
            None => unreachable!("it is taken at the end alone"),
        }
    }
}

impl Drop for EventLoop {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}
