//! x
pub mod json;
pub mod source;
pub mod terraform;
pub mod value;
pub mod worlds;
pub mod yaml;
