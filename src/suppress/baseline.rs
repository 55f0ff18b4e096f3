//! The baseline: findings that are known, so that only new ones show.
//!
//! A finding is known by its rule, unit, address and container, not by its line. Units are told
//! from the directory of the baseline's file, wherever ecslint runs.

use super::is_everything_read;
use crate::environments::Environments;
use crate::finding::{Finding, Key, Problem, ProblemKind};
use crate::ledger::Entries;
use crate::rules::{self, Settings};
use crate::source::SourceMap;
use schemars::generate::Contract;
use schemars::{JsonSchema, Schema};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The version of the form.
const SCHEMA: &str = "ecslint/baseline/v1";

/// The schema of the file.
pub fn schema() -> Schema {
    crate::schema::of::<Written>(Contract::Deserialize)
}

/// Known findings.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Baseline {
    /// The directory that units are told from.
    directory: PathBuf,
    /// The file as it is printed.
    shown: String,
    findings: Vec<Known>,
}

/// A known finding; of those that differ in nothing, each is listed.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, expecting = "a known finding")]
struct Known {
    rule: String,
    /// The path of the root module, template or file, from the directory of the baseline.
    unit: String,
    address: String,
    /// Null where it is about the task definition.
    container: Option<String>,
    /// That in which it is judged, where the configuration has one for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    environment: Option<String>,
}

impl Known {
    fn of(key: Key, units: &Units) -> Known {
        Known {
            rule: key.rule.to_owned(),
            unit: units.unit(key.unit),
            address: key.address.to_owned(),
            container: key.container.map(str::to_owned),
            environment: key.environment.map(str::to_owned),
        }
    }
}

/// The whole object.
#[derive(Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "Baseline")]
#[serde(expecting = "an object with `schema` and `findings`")]
struct Written {
    #[schemars(extend("enum" = [SCHEMA]))]
    schema: String,
    findings: Vec<Known>,
}

impl Baseline {
    /// Reads the text of a file that stands at an absolute path and is printed as `shown`.
    ///
    /// # Errors
    /// Where the text is no baseline: a line, a column, and a clause.
    pub fn parse(text: &str, path: &Path, shown: String) -> Result<Baseline, String> {
        let written: Written = serde_json::from_str(text).map_err(|error| {
            let mut reason = error.to_string();
            // The place is printed before the message.
            if let Some(at) = reason.rfind(" at line ") {
                reason.truncate(at);
            }
            let (line, column) = (error.line(), error.column().max(1));
            format!("{shown}:{line}:{column}: this is no baseline: {reason}")
        })?;
        if written.schema != SCHEMA {
            return Err(format!(
                "{shown}:1:1: expected the schema `{SCHEMA}`, found `{}`",
                written.schema
            ));
        }
        Ok(Baseline {
            directory: path.parent().unwrap_or(Path::new("")).to_path_buf(),
            shown,
            findings: written.findings,
        })
    }

    /// The baseline of what a run has found, for a file at an absolute path.
    pub(super) fn of(sources: &SourceMap, path: &Path, findings: &[Finding]) -> Baseline {
        let directory = path.parent().unwrap_or(path);
        let told = Units::from(sources, directory);
        let known = findings.iter().map(|one| Known::of(one.key(), &told));
        let mut findings: Vec<Known> = known.collect();
        findings.sort();
        Baseline {
            directory: directory.to_path_buf(),
            shown: sources.display(path),
            findings,
        }
    }

    /// Adds what an older one has that this run has not judged, and says what is left out.
    pub(super) fn keep(&mut self, older: Open, judged: &Judged) -> Option<Problem> {
        let stale = older.stale(judged).map(|stale| Problem {
            help: Some("it is left out of the new baseline".to_owned()),
            ..stale
        });
        for (known, left) in &older.left {
            if !older.is_stale(known, judged) {
                let again = std::iter::repeat_n(known, *left);
                self.findings.extend(again.cloned());
            }
        }
        self.findings.sort();
        stale
    }

    /// Writes it, sorted: the same findings give the same bytes.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn write(&self, out: &mut dyn io::Write) -> io::Result<()> {
        let written = Written {
            schema: SCHEMA.to_owned(),
            findings: self.findings.clone(),
        };
        serde_json::to_writer_pretty(&mut *out, &written).map_err(io::Error::from)?;
        out.write_all(b"\n")
    }

    /// Makes ready to tell known findings, each once.
    pub(super) fn open<'a>(&'a self, sources: &'a SourceMap) -> Open<'a> {
        let mut left: BTreeMap<Known, usize> = BTreeMap::new();
        for known in &self.findings {
            *left.entry(known.clone()).or_default() += 1;
        }
        Open {
            baseline: self,
            units: Units::from(sources, &self.directory),
            left,
        }
    }
}

/// A baseline of which some has been found.
pub(super) struct Open<'a> {
    baseline: &'a Baseline,
    units: Units<'a>,
    /// How many of each are not found yet.
    left: BTreeMap<Known, usize>,
}

impl Open<'_> {
    /// Whether something is known and was not met as often yet.
    pub fn knows(&mut self, key: Key) -> bool {
        let known = Known::of(key, &self.units);
        match self.left.get_mut(&known) {
            Some(left) if *left > 0 => {
                *left -= 1;
                true
            }
            _ => false,
        }
    }

    /// What a run has judged, in the words of the baseline.
    pub fn judged<'b>(
        &self,
        settings: &'b Settings,
        units: &BTreeSet<(Arc<str>, Option<Arc<str>>)>,
        environments: &Environments,
        entries: &Entries,
    ) -> Judged<'b> {
        let units = units
            .iter()
            .map(|(unit, environment)| (self.units.unit(unit), environment.clone()));
        let undetermined = entries.undetermined.iter();
        Judged {
            settings,
            units: units.collect(),
            environments: environments.names(),
            undetermined: undetermined
                .map(|one| Known::of(one.key(), &self.units))
                .collect(),
            everything_read: is_everything_read(entries),
        }
    }

    /// Whether something that was not found is not there any more: this run has judged its unit,
    /// or its unit or environment has gone.
    fn is_stale(&self, known: &Known, judged: &Judged) -> bool {
        let rule = rules::find(&known.rule);
        let is_on = rule.is_none_or(|rule| judged.settings.is_on(rule));
        let was_judged = is_on
            && judged.everything_read
            && judged.includes(known)
            && !judged.undetermined.contains(known);
        was_judged || !self.units.exists(&known.unit)
    }

    /// A note if some of it is not there any more.
    pub fn stale(&self, judged: &Judged) -> Option<Problem> {
        let left = self.left.iter().filter(|(_, left)| **left > 0);
        let stale: Vec<(&Known, usize)> = left
            .filter(|(known, _)| self.is_stale(known, judged))
            .map(|(known, left)| (known, *left))
            .collect();
        let (first, _) = stale.first()?;
        let count: usize = stale.iter().map(|(_, left)| left).sum();
        let at = match first.container {
            Some(ref container) => format!("container `{container}` of `{}`", first.address),
            None => format!("`{}`", first.address),
        };
        let at = match first.environment {
            Some(ref name) => format!("{at} in environment `{name}`"),
            None => at,
        };
        let at = format!("{at} in `{}`", first.unit);
        let found = match count {
            1 => format!("an entry of the baseline is not found any more: {at}"),
            _ => format!("{count} entries of the baseline are not found any more, such as {at}"),
        };
        Some(Problem {
            kind: ProblemKind::Note,
            message: found,
            place: None,
            path: Some(self.baseline.shown.clone()),
            help: Some("write it again with `--write-baseline`".to_owned()),
        })
    }
}

/// What a run can say of findings that it has not made.
pub(super) struct Judged<'a> {
    settings: &'a Settings,
    units: BTreeSet<(String, Option<Arc<str>>)>,
    /// Those that the configuration names.
    environments: BTreeSet<Arc<str>>,
    /// What may be a finding still.
    undetermined: BTreeSet<Known>,
    /// Nothing was left unread that could hold them.
    everything_read: bool,
}

impl Judged<'_> {
    /// Whether the unit of a finding was judged in its environment; in any, if nothing says of
    /// that environment any more.
    fn includes(&self, known: &Known) -> bool {
        let mut own = self.units.iter().filter(|(unit, _)| *unit == known.unit);
        match known.environment.as_deref() {
            Some(name) if self.environments.contains(name) => {
                own.any(|(_, environment)| environment.as_deref() == Some(name))
            }
            _ => own.next().is_some(),
        }
    }
}

/// Tells units from a directory.
struct Units<'a> {
    sources: &'a SourceMap,
    directory: SourceMap,
}

impl Units<'_> {
    fn from<'a>(sources: &'a SourceMap, directory: &Path) -> Units<'a> {
        Units {
            sources,
            directory: SourceMap::new(crate::source::Memory::default(), directory),
        }
    }

    fn unit(&self, unit: &str) -> String {
        let absolute = self.sources.absolute(Path::new(unit));
        self.directory.display(&absolute)
    }

    fn exists(&self, unit: &str) -> bool {
        let absolute = self.directory.absolute(Path::new(unit));
        self.sources.kind(&absolute).is_some()
    }
}
