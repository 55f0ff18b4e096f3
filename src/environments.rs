//! Environments: where a unit is deployed to, each with its own values.
//!
//! The configuration says which units an environment has by a pattern. A unit is judged once in
//! each of its environments, and one that has none as the command line says. What the command line
//! gives comes after what the environment gives.

mod opened;
pub mod words;

pub use opened::{Opened, Readers, Run};

use glob::{MatchOptions, Pattern};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

/// What the configuration says of environments, and which of them the command line asks for.
#[derive(Clone, Debug, Default)]
pub struct Environments {
    /// The directory that patterns and files are told from.
    pub root: PathBuf,
    /// The configuration's file.
    pub config: Option<PathBuf>,
    pub terraform: Vec<Environment<Terraform>>,
    pub cloudformation: Vec<Environment<CloudFormation>>,
    /// The names of those in which units are judged; empty: of all.
    pub only: BTreeSet<String>,
}

/// One entry of the configuration. Several may have one name, each for units of its own.
#[derive(Clone, Debug)]
pub struct Environment<V> {
    pub name: Arc<str>,
    pub units: UnitPattern,
    pub values: V,
}

/// What root modules are planned with. Files come before variables.
#[derive(Clone, Debug)]
pub struct Terraform {
    pub var_files: Vec<PathBuf>,
    pub vars: Vec<(String, String)>,
    pub workspace: Option<String>,
}

/// What templates are deployed with. Files come before parameters.
#[derive(Clone, Debug)]
pub struct CloudFormation {
    pub parameter_files: Vec<PathBuf>,
    /// Pseudo parameters among them.
    pub parameters: BTreeMap<String, String>,
}

impl Environments {
    /// All names, in their order.
    pub fn names(&self) -> BTreeSet<Arc<str>> {
        let terraform = self.terraform.iter().map(|one| one.name.clone());
        let cloudformation = self.cloudformation.iter().map(|one| one.name.clone());
        terraform.chain(cloudformation).collect()
    }

    fn is_asked_for(&self, name: &str) -> bool {
        self.only.is_empty() || self.only.contains(name)
    }
}

/// A pattern of units below the directory of the configuration; `.` is that directory itself.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct UnitPattern(Pattern);

impl UnitPattern {
    /// # Errors
    /// A text that is no pattern, or one that leads out of the directory: a clause.
    pub fn new(text: &str) -> Result<UnitPattern, String> {
        let below = text.trim_start_matches("./").trim_end_matches('/');
        let mut parts = Path::new(below).components();
        let leads_out = parts.any(|part| !matches!(part, Component::Normal(_) | Component::CurDir));
        if leads_out || (below.is_empty() && text != "./") {
            return Err(format!(
                "`{text}` is not a pattern of what lies below the directory of this file"
            ));
        }
        let below = if below.is_empty() { "." } else { below };
        let pattern = Pattern::new(below)
            .map_err(|error| format!("`{text}` is not a pattern: {}", error.msg))?;
        Ok(UnitPattern(pattern))
    }

    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    pub fn into_pattern(self) -> Pattern {
        self.0
    }

    /// Whether it stands for one path alone.
    fn is_name(&self) -> bool {
        !self.as_str().contains(['*', '?', '['])
    }

    /// Whether `unit` is meant, seen from `root`; both are absolute.
    fn matches(&self, root: &Path, unit: &Path) -> bool {
        let options = MatchOptions {
            require_literal_separator: true,
            ..MatchOptions::new()
        };
        match unit.strip_prefix(root) {
            Ok(here) if here.as_os_str().is_empty() => matches!(self.as_str(), "." | "**"),
            Ok(below) => self.0.matches_path_with(below, options),
            Err(_) => false,
        }
    }
}

/// The environment of a unit, where it has one.
pub type Name<'a> = Option<&'a Arc<str>>;

/// The environments for which a unit is the same. One that is none stands alone; empty: the command
/// line asks for others.
pub type Names = Vec<Option<Arc<str>>>;

#[cfg(test)]
mod tests;
