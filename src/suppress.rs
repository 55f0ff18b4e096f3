//! Exceptions and the baseline: which findings are hidden, and which exceptions hide nothing.
//!
//! An exception names rules and a reason. It stands in a comment ([`comments`]), in
//! CloudFormation's `Metadata` ([`metadata`]) or in the configuration. It is applied to the finding
//! of one instance, before equal ones are merged: of a finding that several callers of a module
//! share, the instances that nothing covers stay.

pub mod baseline;
mod comments;
mod foreign;
mod layout;
mod metadata;

use crate::check;
use crate::config::{self, Ignore, suggest};
use crate::date::Date;
use crate::environments::Environments;
use crate::finding::{
    Finding, Instance, Key, Label, Place, Problem, ProblemKind, Undetermined, Verdict,
};
use crate::ledger::Entries;
use crate::model::{SourceKind, TaskDefinition};
use crate::rules::{self, Check, Settings, unused_ignore};
use crate::source::{EntryKind, File, FileId, SourceMap, Span};
use crate::yaml;
use baseline::Baseline;
use foreign::Foreign;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What is to be hidden.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The day on which exceptions are judged.
    pub today: Date,
    /// Every finding shows, whatever excepts it.
    pub no_ignores: bool,
    /// Those of the configuration.
    pub ignores: Vec<Ignore>,
    /// The configuration's file.
    pub config: Option<PathBuf>,
    pub baseline: BaselineUse,
}

/// What is done with a baseline.
#[derive(Clone, Debug, Default)]
pub enum BaselineUse {
    #[default]
    None,
    /// What it holds is hidden.
    Known(Baseline),
    /// Everything found is known from now on.
    Write {
        /// Where the file is: units are told from its directory.
        path: PathBuf,
        /// What is there already: what this run does not judge is kept.
        before: Option<Baseline>,
    },
}

/// What the units say of exceptions while they are open.
#[derive(Default)]
pub struct Gathered {
    exceptions: Vec<Exception>,
    foreign: Vec<Foreign>,
    faults: Vec<Fault>,
    units: BTreeSet<(Arc<str>, Option<Arc<str>>)>,
}

impl Gathered {
    /// What the metadata of a unit's task definitions says, as they are in an environment.
    pub fn of(
        unit: &Arc<str>,
        environment: Option<&Arc<str>>,
        tasks: &[TaskDefinition],
    ) -> Gathered {
        let mut gathered = Gathered::default();
        gathered.units.insert((unit.clone(), environment.cloned()));
        for task in tasks {
            for value in &task.metadata {
                metadata::read(value, task.span, &mut gathered);
                let foreign = foreign::in_metadata(value, task.span);
                gathered.foreign.extend(foreign);
            }
        }
        gathered
    }
}

impl FromIterator<Gathered> for Gathered {
    fn from_iter<I: IntoIterator<Item = Gathered>>(parts: I) -> Gathered {
        let mut all = Gathered::default();
        for part in parts {
            all.exceptions.extend(part.exceptions);
            all.foreign.extend(part.foreign);
            all.faults.extend(part.faults);
            all.units.extend(part.units);
        }
        all
    }
}

/// An exception of one rule at one place.
struct Exception {
    rule: &'static str,
    written: Written,
    until: Option<Date>,
    /// What is written or declared in here is covered; none: as the configuration says.
    within: Option<Span>,
    /// The only container that it is about.
    container: Option<String>,
    used: bool,
}

/// Where an exception is written.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Written {
    /// The name of the rule, or that of the container.
    At(Span),
    /// The entry of the configuration's `ignore`, by its index.
    Configured(usize),
}

/// Something written for ecslint that it cannot follow.
struct Fault {
    span: Span,
    message: String,
    help: Option<String>,
}

/// Hides what is excepted or known, and adds what is to be said of the exceptions themselves. A
/// baseline is given back if one is to be written. `paths` are those that the run was asked for.
/// `environments` tell in which the units were judged.
pub fn apply(
    sources: &SourceMap,
    options: &Options,
    settings: &Settings,
    paths: &[PathBuf],
    environments: &Environments,
    gathered: Gathered,
    entries: &mut Entries,
) -> Option<Baseline> {
    let mut pass = Pass {
        sources,
        options,
        environments,
        exceptions: Vec::new(),
        root: options.config.as_deref().and_then(Path::parent),
    };
    let Gathered {
        exceptions,
        foreign,
        mut faults,
        units,
    } = gathered;
    if !options.no_ignores {
        pass.exceptions = exceptions;
        pass.read_comments(entries, &mut faults);
        pass.read_configuration();
        let problems = faults.into_iter().map(|fault| pass.problem(fault));
        entries.problems.extend(problems);
    }
    let all = std::mem::take(&mut entries.findings);
    let mut ignored = Vec::new();
    for finding in all {
        match pass.covers(&Subject::of(&finding)) {
            true => ignored.push(finding),
            false => entries.findings.push(finding),
        }
    }
    // What could not be decided may be what an exception is for.
    for one in &entries.undetermined {
        pass.covers(&Subject::of_undetermined(one));
    }
    let written = pass.apply_baseline(settings, &units, &ignored, entries);
    let ignored = check::merge(ignored);
    entries.ignored = ignored.len();
    entries.hidden.extend(ignored);
    foreign::add_notes(sources, foreign, &mut entries.findings);
    if settings.is_on(&unused_ignore::RULE) {
        let asked = Asked::of(sources, paths);
        let left_over = pass.left_over(settings, &asked, entries);
        entries.findings.extend(left_over);
    }
    written
}

/// What an exception may cover: the finding of one instance, or what could not be decided.
struct Subject<'a> {
    key: Key<'a>,
    place: Span,
    about: &'a [Span],
}

impl<'a> Subject<'a> {
    fn of(finding: &'a Finding) -> Subject<'a> {
        Subject {
            key: finding.key(),
            place: finding.primary.place.span,
            about: &finding.about,
        }
    }

    fn of_undetermined(one: &'a Undetermined) -> Subject<'a> {
        Subject {
            key: one.key(),
            place: one.place.span,
            about: &one.about,
        }
    }

    fn is_in(&self, range: Span) -> bool {
        let mut places = std::iter::once(&self.place).chain(self.about);
        places.any(|place| range.contains(*place))
    }
}

/// One application of all exceptions.
struct Pass<'a> {
    sources: &'a SourceMap,
    options: &'a Options,
    environments: &'a Environments,
    exceptions: Vec<Exception>,
    /// The directory that the paths of the configuration are told from.
    root: Option<&'a Path>,
}

impl Pass<'_> {
    /// In every file of Terraform, and in those others in which something was judged: the
    /// configuration and a workflow that runs ecslint are YAML too.
    fn read_comments(&mut self, entries: &Entries, faults: &mut Vec<Fault>) {
        let findings = entries.findings.iter();
        let judged: BTreeSet<FileId> = findings
            .map(Subject::of)
            .chain(entries.undetermined.iter().map(Subject::of_undetermined))
            .flat_map(|subject| std::iter::once(subject.place).chain(subject.about.iter().copied()))
            .chain(entries.task_definitions.iter().map(|task| task.place.span))
            .map(|span| span.file)
            .collect();
        for id in self.sources.naming_us() {
            let file = self.sources.file(id);
            if layout::is_hcl(&file.shown) || judged.contains(&id) {
                comments::read(&file, &mut self.exceptions, faults);
            }
        }
    }

    fn read_configuration(&mut self) {
        let entries = self.options.ignores.iter().enumerate();
        self.exceptions
            .extend(entries.map(|(index, entry)| Exception {
                rule: entry.rule,
                written: Written::Configured(index),
                until: entry.until,
                within: None,
                container: None,
                used: false,
            }));
    }

    fn problem(&self, fault: Fault) -> Problem {
        Problem {
            kind: ProblemKind::FaultyIgnore,
            message: fault.message,
            place: Some(place(self.sources, fault.span)),
            path: None,
            help: fault.help,
        }
    }

    fn apply_baseline(
        &self,
        settings: &Settings,
        units: &BTreeSet<(Arc<str>, Option<Arc<str>>)>,
        ignored: &[Finding],
        entries: &mut Entries,
    ) -> Option<Baseline> {
        match &self.options.baseline {
            BaselineUse::None => None,
            BaselineUse::Write { path, before } => {
                let known = std::mem::take(&mut entries.findings);
                let mut baseline = Baseline::of(self.sources, path, &known);
                if let Some(before) = before {
                    let mut open = before.open(self.sources);
                    for finding in known.iter().chain(ignored) {
                        open.knows(finding.key());
                    }
                    let judged = open.judged(settings, units, self.environments, entries);
                    entries.problems.extend(baseline.keep(open, &judged));
                }
                entries.known = check::merge(known).len();
                Some(baseline)
            }
            BaselineUse::Known(baseline) => {
                let mut open = baseline.open(self.sources);
                let (known, new): (Vec<Finding>, _) = std::mem::take(&mut entries.findings)
                    .into_iter()
                    .partition(|finding| open.knows(finding.key()));
                entries.findings = new;
                let known = check::merge(known);
                entries.known = known.len();
                entries.hidden.extend(known);
                for finding in ignored {
                    open.knows(finding.key());
                }
                let judged = open.judged(settings, units, self.environments, entries);
                entries.problems.extend(open.stale(&judged));
                None
            }
        }
    }

    /// Whether something is covered by an exception that has not ended; notes all that cover it.
    fn covers(&mut self, subject: &Subject) -> bool {
        let mut covered = false;
        for index in 0..self.exceptions.len() {
            let exception = &self.exceptions[index];
            if exception.rule == subject.key.rule && self.is_about(exception, subject) {
                covered |= !self.is_over(exception);
                self.exceptions[index].used = true;
            }
        }
        covered
    }

    fn is_about(&self, exception: &Exception, subject: &Subject) -> bool {
        let named = |name: &String| Some(name.as_str()) == subject.key.container;
        match (exception.within, exception.written) {
            (Some(range), _) => {
                exception.container.as_ref().is_none_or(named) && subject.is_in(range)
            }
            (None, Written::Configured(index)) => {
                let entry = &self.options.ignores[index];
                let matches = |pattern: &Option<glob::Pattern>, text: Option<&str>| {
                    let matches =
                        |pattern: &glob::Pattern| text.is_some_and(|text| pattern.matches(text));
                    pattern.as_ref().is_none_or(matches)
                };
                matches(&entry.address, Some(subject.key.address))
                    && matches(&entry.container, subject.key.container)
                    && matches(&entry.environment, subject.key.environment)
                    && is_in_module(&entry.module, subject.key.address)
                    && self.is_at(&entry.path, subject.key.unit)
            }
            (None, Written::At(_)) => false,
        }
    }

    fn is_at(&self, pattern: &Option<glob::Pattern>, unit: &str) -> bool {
        let Some(pattern) = pattern else {
            return true;
        };
        let unit = self.sources.absolute(Path::new(unit));
        let relative = self.root.and_then(|root| unit.strip_prefix(root).ok());
        relative.is_some_and(|path| {
            let here = path.as_os_str().is_empty();
            let path = if here { Path::new(".") } else { path };
            let options = glob::MatchOptions {
                require_literal_separator: true,
                ..glob::MatchOptions::new()
            };
            pattern.matches_path_with(path, options)
        })
    }

    fn is_over(&self, exception: &Exception) -> bool {
        exception.until.is_some_and(|day| day < self.options.today)
    }

    /// The findings about exceptions that have ended or hide nothing.
    fn left_over(&self, settings: &Settings, asked: &Asked, entries: &Entries) -> Vec<Finding> {
        // What was not read may hold what an exception is for.
        let everything_read = is_everything_read(entries) && self.environments.only.is_empty();
        // One that stands for several task definitions is used if it is for one of them.
        let mut written: BTreeMap<Written, (&Exception, bool)> = BTreeMap::new();
        for exception in &self.exceptions {
            let (_, used) = written
                .entry(exception.written)
                .or_insert((exception, false));
            *used |= exception.used;
        }
        let mut findings = Vec::new();
        let config = std::cell::OnceCell::new();
        for (exception, used) in written.into_values() {
            let is_on = rules::find(exception.rule).is_some_and(|rule| settings.is_on(rule));
            let over = self.is_over(exception);
            if !is_on || !(over || (!used && everything_read)) {
                continue;
            }
            let span = match exception.written {
                Written::At(span) => asked
                    .includes(&self.sources.path(span.file))
                    .then_some(span),
                Written::Configured(index) => config
                    .get_or_init(|| self.configured_places(asked))
                    .get(index)
                    .copied(),
            };
            if let Some(span) = span {
                findings.push(self.finding(settings, exception, span, over));
            }
        }
        findings
    }

    fn finding(
        &self,
        settings: &Settings,
        exception: &Exception,
        span: Span,
        over: bool,
    ) -> Finding {
        let rule = &unused_ignore::RULE;
        let excepted = exception.rule;
        let mut what = format!("the exception of `{excepted}`");
        if let Some(name) = &exception.container {
            what.push_str(&format!(" for container `{name}`"));
        }
        let (evidence, message, help) = match exception.until {
            Some(day) if over => (
                "ended",
                format!("{what} ended on {day}"),
                "mend what it was made for and remove it, or give a later day",
            ),
            _ => (
                "unused",
                format!("{what} hides no finding"),
                "remove it, or put it where the finding is",
            ),
        };
        let place = place(self.sources, span);
        let unit = place.location.path.clone();
        let container = exception.container.as_deref().unwrap_or("");
        let fingerprint = crate::finding::hash([rule.id, &unit, excepted, container, evidence]);
        let fingerprint = format!("{fingerprint:016x}");
        Finding {
            rule: rule.id,
            severity: settings.severity(rule.id).unwrap_or(rule.severity),
            verdict: Verdict::Fail,
            evidence,
            message,
            address: "".into(),
            container: None,
            unit: unit.clone(),
            source: match layout::is_hcl(&unit) {
                true => SourceKind::Terraform,
                false => SourceKind::CloudFormation,
            },
            when: Vec::new(),
            assumes: Vec::new(),
            cdk_path: None,
            primary: Label {
                message: if over {
                    "it has ended"
                } else {
                    "it hides nothing"
                }
                .to_owned(),
                place,
            },
            labels: Vec::new(),
            trail: Vec::new(),
            about: Vec::new(),
            instances: vec![Instance {
                unit,
                address: "".into(),
                environment: None,
                fingerprint: fingerprint.clone(),
            }],
            fingerprint,
            help: help.to_owned(),
            notes: Vec::new(),
            status: None,
        }
    }

    /// The places of the entries of the configuration, if the run was asked for all that they can
    /// be about.
    fn configured_places(&self, asked: &Asked) -> Vec<Span> {
        let Some((config, root)) = self.options.config.as_deref().zip(self.root) else {
            return Vec::new();
        };
        if !asked.includes(root) {
            return Vec::new();
        }
        let Ok(file) = self.sources.open(config) else {
            return Vec::new();
        };
        let start = file.span(file.bom(), file.bom());
        let read = yaml::read(&file, 0..file.text().len(), &mut |_, value| value);
        let list = read.ok().and_then(|document| {
            let ignore = document
                .root
                .as_object()?
                .member(config::IGNORE)?
                .value
                .get();
            let entries = ignore.as_list()?.iter().map(|entry| {
                let rule = entry.as_object().and_then(|entry| entry.member("rule"));
                rule.map_or(entry.span, |rule| rule.value.span())
            });
            Some(entries.collect())
        });
        list.unwrap_or_else(|| vec![start; self.options.ignores.len()])
    }
}

fn is_everything_read(entries: &Entries) -> bool {
    !entries.problems.iter().any(|problem| {
        matches!(
            problem.kind,
            ProblemKind::Unreadable
                | ProblemKind::ModuleNotRead
                | ProblemKind::Undetermined
                | ProblemKind::EnvironmentNotChecked
        )
    })
}

/// Whether one of the module calls that lead to an address has a path that the pattern matches,
/// with the keys of its instances or without them.
fn is_in_module(pattern: &Option<glob::Pattern>, address: &str) -> bool {
    let Some(pattern) = pattern else {
        return true;
    };
    let mut plain = String::new();
    let mut at = 0;
    while let Some(call) = address[at..].strip_prefix("module.") {
        let name = call.find(['.', '[']).unwrap_or(call.len());
        plain.push_str(if plain.is_empty() {
            "module."
        } else {
            ".module."
        });
        plain.push_str(&call[..name]);
        let end = at + "module.".len() + name;
        let end = end + key_length(&address[end..]);
        if pattern.matches(&plain) || pattern.matches(&address[..end]) {
            return true;
        }
        at = address.len().min(end + 1);
    }
    false
}

/// The length of an instance key in brackets at the start of a text.
fn key_length(text: &str) -> usize {
    let (mut quoted, mut escaped) = (false, false);
    if !text.starts_with('[') {
        return 0;
    }
    for (at, letter) in text.char_indices() {
        match letter {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            ']' if !quoted => return at + 1,
            _ => {}
        }
    }
    text.len()
}

/// The directories and files that the run was asked for.
struct Asked {
    directories: Vec<PathBuf>,
    /// A pattern was named, so that it cannot be told.
    everything: bool,
}

impl Asked {
    fn of(sources: &SourceMap, paths: &[PathBuf]) -> Asked {
        let mut asked = Asked {
            directories: Vec::new(),
            everything: paths.is_empty(),
        };
        for path in paths {
            let absolute = sources.absolute(path);
            match (sources.kind(path), absolute.parent()) {
                (Some(EntryKind::Directory), _) => asked.directories.push(absolute),
                // A file stands for the module that it is in.
                (Some(EntryKind::File), Some(parent)) => asked.directories.push(parent.into()),
                _ => asked.everything = true,
            }
        }
        asked
    }

    fn includes(&self, path: &Path) -> bool {
        let mut directories = self.directories.iter();
        self.everything || directories.any(|directory| path.starts_with(directory))
    }
}

fn place(sources: &SourceMap, span: Span) -> Place {
    Place {
        span,
        location: sources.location(span),
    }
}

/// The rule of an exception.
fn rule_of(name: &str, span: Span) -> Result<&'static str, Fault> {
    let fault = |message: String| Fault {
        span,
        message,
        help: None,
    };
    match rules::find(name) {
        Some(rule) if matches!(rule.check, Check::Exceptions) => Err(fault(format!(
            "`{name}` cannot be ignored: it is about exceptions themselves"
        ))),
        Some(rule) => Ok(rule.id),
        None => {
            let all = rules::ALL.iter().map(|rule| rule.id);
            let hint = match suggest(name, all) {
                Some(near) => format!("did you mean `{near}`?"),
                None => "`ecslint rules` lists all".to_owned(),
            };
            Err(fault(format!(
                "`{name}` is not a rule, so nothing is ignored: {hint}"
            )))
        }
    }
}

/// The day that an exception ends with.
fn day_of(text: &str, span: Span) -> Result<Date, Fault> {
    Date::parse(text).ok_or_else(|| Fault {
        span,
        message: format!("`{text}` is not a day, so nothing is ignored"),
        help: Some("write the day as `until=2026-12-31`".to_owned()),
    })
}

/// Whether a text says something.
fn is_reason(text: &str) -> bool {
    text.chars().any(char::is_alphanumeric)
}

#[cfg(test)]
mod tests;
