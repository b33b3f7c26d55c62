//! kubewright as its users meet it: what it refuses, how it says so, and which commands and flags it has.
#![expect(clippy::disallowed_methods, reason = "a test program has effects of its own")]

mod callers;
mod command_line;
mod completion;
mod documents;
mod help;
mod images;
mod init;
mod join;
mod kubeconfig;
mod program;
mod reference;
mod reset;
mod spellings;
mod templates;
mod token;
mod version;
