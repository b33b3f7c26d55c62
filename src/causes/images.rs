//! Images that cannot be had: a component's, or the runtime's own for sandboxes.

use super::Row;

pub const ROWS: &[Row] = &[];
