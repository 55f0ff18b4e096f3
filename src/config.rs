//! The configuration file `.ecslint.yaml` and its diagnostics.
//!
//! ```yaml
//! fail-on: medium
//! rules:
//!   privileged-container: off
//!   host-network-root-user:
//!     severity: high
//!     missing-user: info
//! include: ["infra/**", "stacks/*.yaml"]
//! exclude: ["infra/vendor/**"]
//! units: ["infra/modules/*/examples/*"]
//! ignore:
//!   - rule: privileged-container
//!     address: module.agents.*
//!     reason: the agents look into the host
//! engine: tofu
//! modules:
//!   no-task-definitions: ["git::https://example.com/network*"]
//! terraform:
//!   environments:
//!     - {name: prod, root: services/*, var-files: [prod.tfvars], workspace: prod}
//! cloudformation:
//!   environments:
//!     - {name: prod, template: stacks/*.yaml, parameters: {Stage: prod}}
//! ```
//!
//! Each rule is `on`, `off`, or a mapping of `enabled`, `severity` and the rule's own options.
//! Whatever is not known here is an error: a misspelt key that is passed over would let a
//! deployment through.

pub mod environments;
mod faults;
mod ignore;
pub mod places;
pub mod resolved;
mod rules;
mod words;

pub use faults::{ConfigError, suggest};

use crate::date::Date;
use crate::environments::Environments;
use crate::finding::Severity;
use crate::rules::Settings;
use crate::source::{EntryKind, SourceMap};
use crate::terraform::Engine;
use environments::{RawCloudFormation, RawTerraform};
use glob::Pattern;
use ignore::RawIgnore;
use places::Step;
use rules::RawRules;
use schemars::JsonSchema;
use serde::Deserialize;
use std::path::{Path, PathBuf};
use words::{PathPattern, Read};

/// Names that a configuration file can have.
const NAMES: [&str; 2] = [".ecslint.yaml", ".ecslint.yml"];

/// What the configuration says.
#[derive(Clone, Debug, Default)]
pub struct Config {
    pub settings: Settings,
    pub fail_on: Option<Severity>,
    pub engine: Engine,
    /// Paths below `root` that are looked at; none: all.
    pub include: Vec<Pattern>,
    /// Paths below `root` that are left out.
    pub exclude: Vec<Pattern>,
    /// Paths below `root` of what is judged on its own.
    pub units: Vec<Pattern>,
    /// Sources of modules that are known to hold no task definitions.
    pub no_task_definitions: Vec<Pattern>,
    /// Findings that are not to be shown.
    pub ignores: Vec<Ignore>,
    /// Where units are deployed to.
    pub environments: Environments,
    /// The configuration file, where there is one.
    pub file: Option<PathBuf>,
    /// The directory of the configuration file; empty without one.
    pub root: PathBuf,
}

/// An exception. What it does not name, it does not ask for; it names something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ignore {
    pub rule: &'static str,
    /// In which only `*` means something else than itself: addresses have brackets.
    pub address: Option<Pattern>,
    pub container: Option<Pattern>,
    /// Of the unit, from the directory of the configuration.
    pub path: Option<Pattern>,
    /// A path of module calls, such as `module.a.module.b`, with or without instance keys.
    pub module: Option<Pattern>,
    /// The name of an environment.
    pub environment: Option<Pattern>,
    pub reason: String,
    /// The last day on which it holds.
    pub until: Option<Date>,
}

/// The schema of the configuration file.
pub fn schema() -> schemars::Schema {
    crate::schema::of::<RawConfig>(schemars::generate::Contract::Deserialize)
}

/// The key of the exceptions.
pub const IGNORE: &str = "ignore";

impl Config {
    /// The nearest configuration file from `start` upwards, not beyond the repository that `start`
    /// is in; without one, the defaults.
    ///
    /// # Errors
    /// A file that cannot be read or understood, or two in one directory.
    pub fn find(start: &Path) -> Result<Config, ConfigError> {
        for directory in start.ancestors() {
            let mut found = NAMES.iter().map(|name| directory.join(name));
            let mut found = found.by_ref().filter(|path| path.is_file());
            if let Some(path) = found.next() {
                if found.next().is_some() {
                    return Err(ConfigError {
                        path,
                        position: None,
                        message: format!("`{}` stands beside it: keep one of the two", NAMES[1]),
                    });
                }
                return Config::load(&path);
            }
            // A directory, or a file in a worktree or submodule.
            if directory.join(".git").exists() {
                break;
            }
        }
        Ok(Config::default())
    }

    /// As [`Config::find`], in files that are not those on the disk.
    ///
    /// # Errors
    /// A file that cannot be understood.
    pub fn find_in(sources: &SourceMap, start: &Path) -> Result<Config, ConfigError> {
        for directory in start.ancestors() {
            let found = NAMES.iter().map(|name| directory.join(name));
            let mut found = found.filter(|path| sources.kind(path) == Some(EntryKind::File));
            if let Some(path) = found.next() {
                return Config::load_from(sources, &path);
            }
            if sources.kind(&directory.join(".git")).is_some() {
                break;
            }
        }
        Ok(Config::default())
    }

    /// As [`Config::load`], from files that are not those on the disk.
    ///
    /// # Errors
    /// A file that cannot be read or understood.
    pub fn load_from(sources: &SourceMap, path: &Path) -> Result<Config, ConfigError> {
        match sources.open(path) {
            Ok(file) => Config::of(file.text(), path),
            Err(error) => Err(ConfigError {
                path: path.to_path_buf(),
                position: None,
                message: error.reason,
            }),
        }
    }

    /// Reads a configuration file.
    ///
    /// # Errors
    /// A file that cannot be read or understood.
    pub fn load(path: &Path) -> Result<Config, ConfigError> {
        let text = std::fs::read_to_string(path).map_err(|error| ConfigError {
            path: path.to_path_buf(),
            position: None,
            message: match error.kind() {
                std::io::ErrorKind::NotFound => "there is no such file".to_owned(),
                std::io::ErrorKind::InvalidData => "it is not UTF-8".to_owned(),
                _ => format!("it could not be read: {error}"),
            },
        })?;
        Config::of(&text, path)
    }

    fn of(text: &str, path: &Path) -> Result<Config, ConfigError> {
        let mut config = Config::parse(text).map_err(|(position, message)| ConfigError {
            path: path.to_path_buf(),
            position,
            message,
        })?;
        config.file = Some(path.to_path_buf());
        config.root = path.parent().unwrap_or(Path::new("")).to_path_buf();
        config.environments.config.clone_from(&config.file);
        config.environments.root.clone_from(&config.root);
        Ok(config)
    }

    /// Reads the text of a configuration file, for tests elsewhere.
    #[cfg(test)]
    pub(crate) fn parse_text(text: &str) -> Result<Config, String> {
        Config::parse(text).map_err(|(_, message)| message)
    }

    fn parse(text: &str) -> Result<Config, (Option<(usize, usize)>, String)> {
        // That is no document to serde_yaml.
        if is_blank(text) {
            return Ok(Config::default());
        }
        let raw: Option<RawConfig> = serde_yaml::from_str(text).map_err(|error| {
            let message = faults::explain(error.to_string());
            let twice = message.strip_suffix("` is set twice");
            let twice = twice.and_then(|key| places::again(text, key.strip_prefix('`')?));
            let position = error.location().map(|at| (at.line(), at.column()));
            (twice.or(position), message)
        })?;
        let raw = raw.unwrap_or_default();
        let environments = environments::settle(text, raw.terraform, raw.cloudformation)?;
        let ignores: Vec<Ignore> = raw.ignore.into_iter().map(|raw| raw.0).collect();
        for (index, ignore) in ignores.iter().enumerate() {
            if let Some(pattern) = &ignore.environment {
                let mut names = environments.names().into_iter();
                if !names.any(|name| pattern.matches(&name)) {
                    let steps = [Step::Key(IGNORE), Step::Index(index)];
                    let steps = [&steps[..], &[Step::Key("environment")]].concat();
                    let message = environments::unknown(pattern.as_str(), &environments);
                    return Err((places::position(text, &steps), message));
                }
            }
        }
        let paths = |list: Vec<Read<PathPattern>>| list.into_iter().map(|raw| raw.0.0).collect();
        let sources = raw.modules.no_task_definitions.into_iter();
        Ok(Config {
            settings: raw.rules.0,
            fail_on: raw.fail_on.map(|severity| severity.0),
            engine: raw.engine.map(|engine| engine.0).unwrap_or_default(),
            include: paths(raw.include),
            exclude: paths(raw.exclude),
            units: paths(raw.units),
            no_task_definitions: sources.map(|raw| raw.0).collect(),
            ignores,
            environments,
            file: None,
            root: PathBuf::new(),
        })
    }
}

/// Whether a text holds nothing but comments.
fn is_blank(text: &str) -> bool {
    let is_blank = |line: &str| line.trim().is_empty() || line.trim_start().starts_with('#');
    text.trim_start_matches('\u{feff}').lines().all(is_blank)
}

/// The configuration file of ecslint, `.ecslint.yaml`.
#[derive(Deserialize, JsonSchema, Default)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
struct RawConfig {
    /// Which rules are on, at which severity and with which options.
    rules: RawRules,
    /// The least severity that fails a run.
    fail_on: Option<Read<Severity>>,
    /// Whose language the sources are written in: with `tofu`, files of OpenTofu's own count.
    engine: Option<Read<Engine>>,
    /// What is looked at where directories are searched: patterns of paths from the directory of
    /// this file. All of it where there is none.
    include: Vec<Read<PathPattern>>,
    /// What is left out where directories are searched: patterns of paths from the directory of
    /// this file.
    exclude: Vec<Read<PathPattern>>,
    /// What is judged on its own although others call or nest it: patterns of the paths of root
    /// modules, templates and files of API JSON from the directory of this file.
    units: Vec<Read<PathPattern>>,
    modules: RawModules,
    /// Findings that are not to be shown.
    ignore: Vec<RawIgnore>,
    terraform: RawTerraform,
    cloudformation: RawCloudFormation,
}

/// What is known of modules.
#[derive(Deserialize, JsonSchema, Default)]
#[schemars(rename = "Modules")]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
struct RawModules {
    /// Patterns of the sources of modules that hold no task definitions and need not be on disk.
    no_task_definitions: Vec<Read<Pattern>>,
}

#[cfg(test)]
mod tests;
