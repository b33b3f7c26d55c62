//! Arguments → one function a command.

mod command;
mod flags;

pub use command::command;
