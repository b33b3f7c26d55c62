//! etcd: its data, and its quorum.

use super::Row;

pub const ROWS: &[Row] = &[];
