//! Finds dangerous settings in AWS ECS task definitions in Terraform and CloudFormation source.
//!
//! # The map
//!
//! ```text
//! discover ─► terraform ─────┐
//!         └─► cloudformation ├─► model ─► rules ─► findings ─► report
//!         └─► api ───────────┘
//! ```
//!
//! A unit of work is one Terraform root module, one CloudFormation template or one JSON file of
//! the ECS API. Units run in parallel; inside a unit everything is single-threaded and lazy: only
//! what a rule reads of a task definition is parsed and evaluated.
//!
//! - [`source`]: files, spans, positions. A span is a range of bytes in a file.
//! - [`value`]: values that know where they came from; strings are ropes; unknown is a value.
//! - [`json`], [`yaml`]: text to values without losing a place.
//! - [`worlds`]: what is asked when a computation depends on something that nobody has decided.
//! - [`terraform`], [`cloudformation`], [`api`]: the front ends; each lowers to the [`model`].
//! - [`model`]: a task definition in the nouns of the ECS API, evaluated on demand.
//! - [`rules`]: one file a rule. [`check`] explores each rule over all worlds.
//! - [`finding`], [`ledger`]: what a run has to say; the ledger alone yields the exit code.
//! - [`discover`], [`config`]: paths to units; the configuration file.
//! - [`report`]: one file a format. [`inspect`]: the resolved model as JSON.
//!
//! # Invariants
//!
//! - *Green means that every task definition was read and decided.* What was not is a
//!   [`ledger::Gap`] in a [`ledger::Partial`], and only [`ledger::Ledger`] takes gaps.
//! - A label's position is in the value; it is never looked up afterwards.
//! - Rules use `model`, `value`, `finding` (and `worlds` for questions) only. The front ends never
//!   use each other.
//! - HCL parsers are named in `terraform/syntax.rs` only, the YAML parser in `yaml.rs` only,
//!   serde_yaml in `config.rs` only, miette in `report/` and `main.rs` only.
//! - Nothing below `main.rs` prints or exits. Only `source`, `discover`, `config` and `main` touch
//!   the file system.
//! - One unreadable file makes a run incomplete and stops nothing else. Nothing recurses without a
//!   depth guard; nothing loops without a bound.

pub mod check;
pub mod finding;
pub mod json;
pub mod ledger;
pub mod model;
pub mod rules;
pub mod source;
pub mod terraform;
pub mod value;
pub mod worlds;
