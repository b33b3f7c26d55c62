//! Manifests that nobody reads.

use super::Row;

pub const ROWS: &[Row] = &[];
