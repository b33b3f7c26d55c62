//! What a host may lack or forbid: room, memory, rights.

use super::Row;

pub const ROWS: &[Row] = &[];
