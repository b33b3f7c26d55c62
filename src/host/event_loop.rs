//! The event loop that network calls run in.

use std::io;

use tokio::runtime::{Builder, Runtime};

/// One for a thread that has none: the calls are few, so one thread carries them all.
pub fn event_loop() -> io::Result<Runtime> {
    Builder::new_current_thread().enable_all().build()
}
