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
//! what is asked of a task definition is parsed and evaluated, which is what a rule reads, and whether
//! its source's deployment would refuse the rest.
//!
//! - [`source`]: files, spans, positions. A span is a range of bytes in a file.
//!   [`source::git`]: files as they were at a commit. [`source::asked`]: what a run wanted to know.
//!   `kept`: the cache with a budget in which they stay.
//! - [`value`]: values that know where they came from; strings are ropes; unknown is a value.
//! - [`json`], [`yaml`]: text to values without losing a place.
//! - [`worlds`]: what is asked when a computation depends on something that nobody has decided.
//! - [`terraform`], [`cloudformation`], [`api`]: the front ends; each lowers to the [`model`].
//! - [`model`]: a task definition in the nouns of the ECS API, evaluated on demand.
//! - [`rules`]: one file a rule. [`check`] explores each rule over all worlds; what it found to be in
//!   order is not judged again for a module call that hands over the same.
//! - [`finding`], [`ledger`]: what a run has to say; the ledger alone yields the exit code.
//! - [`suppress`]: exceptions and the baseline, applied to findings before they are merged.
//!   [`since`]: of what is left, what a change has brought.
//! - [`discover`], [`config`]: paths to units; the configuration file.
//! - [`mod@run`]: a run, from paths to a report. [`users`]: who uses a file that is named.
//!   [`unit`]: one unit, opened.
//! - [`environments`]: in which environments a unit is judged, with which values.
//! - [`date`]: a day of the calendar.
//! - [`report`]: one file a format. [`inspect`]: the resolved model as JSON. [`explain`]: the rules
//!   as text. [`cli`]: the flags, of which `bin/ecslint` makes a request. [`schema`]: what is read
//!   and written, for editors and programs.
//!
//! # Invariants
//!
//! - *Green means that every task definition was read and decided.* What was not is a
//!   [`ledger::Gap`] in a [`ledger::Partial`], and only [`ledger::Ledger`] takes gaps.
//! - A label's position is in the value; it is never looked up afterwards.
//! - Rules use `model`, `value`, `finding` (and `worlds` for questions) only. The front ends never
//!   use each other.
//! - HCL parsers are named in `terraform/syntax` only, the YAML parser in `yaml/`, serde_yaml in
//!   `config.rs`, miette in `report/`.
//! - Nothing but the binary in `bin/` prints or exits. Only it, `source`, `discover` and `config`
//!   touch the file system.
//! - One unreadable file makes a run incomplete and stops nothing else. Nothing recurses without a
//!   depth guard; nothing loops without a bound.

pub mod api;
pub mod check;
pub mod cli;
pub mod cloudformation;
pub mod config;
pub mod date;
pub mod discover;
pub mod environments;
pub mod explain;
pub mod finding;
pub mod inspect;
pub mod json;
mod kept;
pub mod ledger;
pub mod model;
pub mod report;
pub mod rules;
pub mod run;
pub mod schema;
pub mod since;
pub mod source;
pub mod suppress;
pub mod terraform;
pub mod unit;
pub mod users;
pub mod value;
pub mod worlds;
pub mod yaml;

pub use discover::UsageError;
pub use run::{Report, Request, inspect, run};
