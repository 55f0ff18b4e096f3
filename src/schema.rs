//! The JSON schemas of what ecslint reads and writes: for editors, and for programs.

use crate::{config, report, suppress};
use schemars::generate::{Contract, SchemaSettings};
use schemars::{JsonSchema, Schema};

/// A schema that is published with each release.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Published {
    Config,
    Check,
    Inspect,
    Settings,
    Baseline,
}

impl Published {
    pub const ALL: [Published; 5] = [
        Published::Config,
        Published::Check,
        Published::Inspect,
        Published::Settings,
        Published::Baseline,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Published::Config => "config",
            Published::Check => "check",
            Published::Inspect => "inspect",
            Published::Settings => "settings",
            Published::Baseline => "baseline",
        }
    }

    /// For the help text of the command line.
    pub fn about(self) -> &'static str {
        match self {
            Published::Config => "the configuration, .ecslint.yaml",
            Published::Check => "check --format json, ecslint/check/v1",
            Published::Inspect => "inspect, ecslint/inspect/v1",
            Published::Settings => "config --format json, ecslint/config/v1",
            Published::Baseline => "check --write-baseline, ecslint/baseline/v1",
        }
    }

    /// Where it is in the repository.
    pub fn path(self) -> &'static str {
        match self {
            Published::Config => "schemas/ecslint.schema.json",
            Published::Check => "schemas/check-v1.schema.json",
            Published::Inspect => "schemas/inspect-v1.schema.json",
            Published::Settings => "schemas/config-v1.schema.json",
            Published::Baseline => "schemas/baseline-v1.schema.json",
        }
    }

    pub fn schema(self) -> Schema {
        let mut schema = match self {
            Published::Config => config::schema(),
            Published::Check => report::json::check_schema(),
            Published::Inspect => report::json::inspect_schema(),
            Published::Settings => config::resolved::schema(),
            Published::Baseline => suppress::baseline::schema(),
        };
        let (repository, path) = (env!("CARGO_PKG_REPOSITORY"), self.path());
        schema.insert(
            "$id".to_owned(),
            format!("{repository}/raw/main/{path}").into(),
        );
        let title = format!("ecslint: {}", self.about());
        schema.insert("title".to_owned(), title.into());
        schema
    }
}

/// The schema of what is read or written as a `T`, in the draft that editors know best.
pub(crate) fn of<T: JsonSchema>(contract: Contract) -> Schema {
    let settings = SchemaSettings::draft07().with(|settings| settings.contract = contract);
    settings.into_generator().into_root_schema_for::<T>()
}
