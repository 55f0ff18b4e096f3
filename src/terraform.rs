//! The Terraform front end: root modules to task definitions.

pub mod eval;
mod functions;
mod operators;
pub mod syntax;
pub mod types;
