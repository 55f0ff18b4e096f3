//! The Terraform front end: root modules to task definitions.

pub mod eval;
pub mod scan;
pub mod syntax;
