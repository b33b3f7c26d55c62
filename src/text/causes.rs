//! An error → its words, with those of what led to it.

use std::error::Error;

/// An error with all that led to it, in one line.
pub fn in_full(error: &dyn Error) -> String {
    std::iter::once(error.to_string()).chain(causes(error)).collect::<Vec<_>>().join(": ")
}

/// What an error says of its causes, the outermost first.
pub fn causes(error: &dyn Error) -> Vec<String> {
    std::iter::successors(error.source(), |&cause| cause.source()).map(ToString::to_string).collect()
}
