//! Static pods, component configuration and cluster objects: templates + values → typed documents.

pub mod component;
pub mod objects;
mod quantity;
