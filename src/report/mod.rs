//! Findings, outcomes and errors → text or JSON. The only writer to the terminal.

#[cfg(test)]
mod cases;
mod configuration;
mod document;
mod error_id;
mod excerpt;
mod expirations;
mod findings;
mod format;
mod go;
mod go_template;
mod joined;
mod joining;
mod jsonpath;
mod kyaml;
mod listing;
mod log;
mod program;
mod progress;
mod pki_check;
mod pki_views;
mod pulls;
mod reissues;
mod renewals;
mod search;
mod spinner;
mod text;
mod table;
mod template;
mod timeline;
mod tokens;
mod unified;
mod upgrades;
mod visible;

pub use configuration::caution;
pub use document::{Document, DocumentKind, ErrorEntry, Status};
pub use error_id::ErrorId;
pub use excerpt::{config_error, config_warning, warn_of_line};
pub use expirations::{Tables, expiration_document, expiration_table};
pub use findings::{findings, preflight_sum};
pub use format::{Format, in_yaml};
pub use go_template::GoTemplate;
pub use joined::{JoinedAs, JoinedNode};
pub use joining::{ControlPlanes, Initialized, Issued, Joining, files_json, json_of};
pub use jsonpath::{JsonPath, MissingKeys};
pub use listing::Listing;
pub use log::log;
pub use pki_check::{PkiCheck, counted, pki_document, pki_text};
pub use pki_views::{pki_dot, pki_html, pki_mermaid, pki_nagios, pki_prometheus, pki_svg, pki_tree};
pub use program::{COMMANDS, call_it};
pub use progress::{Detail, FileDone, FilesDone, Progress, word};
pub use pulls::PullView;
pub use reissues::{reissue_advice, reissue_fields, reissue_table};
pub use renewals::{renewal_fields, renewal_table, restart_line};
pub use search::SearchProgress;
pub use spinner::close;
pub use table::Screen;
pub use template::{BadOutput, FORMAT_NAMES, FORMATS, NotRendered, Output, Template, Wanted};
pub use text::{
    ask, document, error, error_line, explanation, hint, json, notice, out, output_error, printed, say, warn,
};
pub use timeline::Timeline;
pub use tokens::{token_document, token_table};
pub use unified::unified;
pub use upgrades::{upgrade_document, upgrade_findings, upgrade_lines, upgrade_text};
pub use visible::visible;
