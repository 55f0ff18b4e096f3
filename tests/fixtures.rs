//! Every case below `testdata/rules` says on its own lines what is to be found there.
//!
//! Findings and markers must match both ways: a finding without a marker fails the test, a marker
//! without a finding too, and so does a case without markers. `testdata/README.md` describes the
//! notation of the markers.

#[allow(dead_code, reason = "shared between tests that use parts of it")]
#[path = "support/markers.rs"]
mod markers;

use ecslint::config::Config;
use ecslint::date::Date;
use ecslint::discover::Scope;
use ecslint::finding::{Finding, Place, Severity, Verdict};
use ecslint::ledger::{Entries, Leniency};
use ecslint::source::{Disk, SourceMap};
use ecslint::{Report, Request, suppress, terraform};
use markers::{Clause, Expected, Marker};
use std::collections::{BTreeSet, HashSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The root of the repository, which is the working directory of every case.
fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// `CASE=part-of-a-path` in the environment runs those cases only.
#[test]
fn every_case_is_judged_as_its_markers_say() {
    let only = std::env::var("CASE").unwrap_or_default();
    let mut mismatches = Vec::new();
    let mut run = 0;
    for rule in directories(&repository().join("testdata/rules")) {
        for case in cases(&rule) {
            if case.to_string_lossy().contains(&only) {
                run += 1;
                mismatches.extend(judge(&rule, &case));
            }
        }
    }
    assert!(run > 0, "no case was found");
    assert!(
        mismatches.is_empty(),
        "{} mismatches in {run} cases:\n{}",
        mismatches.len(),
        mismatches.join("\n")
    );
}

fn directories(of: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(of).expect("testdata can be listed");
    let mut all: Vec<PathBuf> = entries
        .map(|entry| entry.expect("testdata can be listed").path())
        .filter(|path| path.is_dir())
        .collect();
    all.sort();
    all
}

/// A case is a directory that holds files, below directories that hold none.
fn cases(below: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for directory in directories(below) {
        let holds_files = fs::read_dir(&directory)
            .expect("testdata can be listed")
            .any(|entry| entry.is_ok_and(|entry| entry.path().is_file()));
        if holds_files {
            found.push(directory);
        } else {
            found.extend(cases(&directory));
        }
    }
    found
}

/// Everything in which a case differs from its markers, each with `file:line`.
fn judge(rule: &Path, case: &Path) -> Vec<String> {
    let shown = |path: &Path| display(path);
    if let Some(fault) = says_nothing_about_itself(case) {
        return vec![fault];
    }
    let markers = match markers::read(case) {
        Ok(markers) => markers,
        Err(faults) => return faults,
    };
    if markers.is_empty() {
        return vec![format!("{}: the case expects nothing", shown(case))];
    }
    let rule = rule.file_name().and_then(|name| name.to_str());
    let mut rules: BTreeSet<&str> = rule.into_iter().collect();
    for marker in &markers {
        if let Expected::Verdict { rule, .. } = &marker.expected {
            if ecslint::rules::find(rule).is_none() {
                let (file, line) = &marker.written;
                return vec![format!("{}:{line}: there is no rule `{rule}`", shown(file))];
            }
            rules.insert(rule);
        }
    }
    let judged = Judged::of(case);
    let facts: Vec<Fact> = judged.facts(&rules);
    let mut covered = HashSet::new();
    let mut mismatches = Vec::new();
    for marker in &markers {
        let fault = match &marker.expected {
            Expected::Verdict { verdict, rule }
                if matches!(verdict.as_str(), "pass" | "not_applicable") =>
            {
                judged.stands(marker, verdict, rule).err()
            }
            _ => judged.found(case, marker, &facts, &mut covered).err(),
        };
        if let Some(fault) = fault {
            let (file, line) = &marker.written;
            mismatches.push(format!("{}:{line}: {fault}", shown(file)));
        }
    }
    for (index, fact) in facts.iter().enumerate() {
        if !covered.contains(&index) {
            mismatches.push(format!(
                "{}: nothing expects {}",
                fact.at(),
                fact.describe()
            ));
        }
    }
    mismatches.sort();
    mismatches
}

/// The first line of the file that a reader opens first says why the case exists.
fn says_nothing_about_itself(case: &Path) -> Option<String> {
    let files = markers::files(case);
    let named = ["expect.txt", "main.tf", "template.yaml"];
    let main = named.iter().map(|name| case.join(name));
    let main = main.chain(files).find(|path| path.is_file())?;
    let text = fs::read_to_string(&main).unwrap_or_default();
    let first = text
        .lines()
        .next()
        .unwrap_or_default()
        .trim_start_matches('\u{feff}');
    let is_comment = first.starts_with("# ") || first.starts_with("// ");
    (!is_comment || first.contains("expect:")).then(|| {
        format!(
            "{}:1: the first line does not say why the case exists",
            display(&main)
        )
    })
}

fn display(path: &Path) -> String {
    let relative = path.strip_prefix(repository()).unwrap_or(path);
    relative.to_string_lossy().replace('\\', "/")
}

/// What ecslint says of a case.
struct Judged {
    sources: Arc<SourceMap>,
    entries: Entries,
    /// Unit, address and name of every container that is known in some world.
    containers: Vec<(Arc<str>, Arc<str>, String)>,
}

impl Judged {
    fn of(case: &Path) -> Judged {
        let sources = Arc::new(SourceMap::new(Disk, repository()));
        let request = request(case);
        let Report { entries, .. } =
            ecslint::run(&sources, &request, &|_, _| {}).expect("the case is there");
        let (inspected, _) =
            ecslint::inspect(&sources, &request, &|_, _| {}).expect("the case is there");
        let mut containers = Vec::new();
        for task in inspected {
            for world in &task.worlds {
                let list = world.definition["containerDefinitions"].as_array();
                for container in list.into_iter().flatten() {
                    if let Some(name) = container["name"].as_str() {
                        let one = (task.unit.clone(), task.address.clone(), name.to_owned());
                        if !containers.contains(&one) {
                            containers.push(one);
                        }
                    }
                }
            }
        }
        Judged {
            sources,
            entries,
            containers,
        }
    }

    /// Everything that needs a marker: findings and what is undetermined of some rules, and all
    /// problems.
    fn facts(&self, rules: &BTreeSet<&str>) -> Vec<Fact<'_>> {
        let findings = self.entries.findings.iter().map(|finding| Fact {
            expected: verdict(finding.verdict, finding.rule),
            place: Some(&finding.primary.place),
            path: None,
            said: said(finding),
            address: Some(&finding.address),
            container: finding.container.as_deref(),
            finding: Some(finding),
        });
        let undetermined = self.entries.undetermined.iter().map(|one| Fact {
            expected: verdict(Verdict::Undetermined, one.rule),
            place: Some(&one.place),
            path: None,
            said: format!("{}: {}", one.message, one.reason),
            address: Some(&one.address),
            container: one.container.as_deref(),
            finding: None,
        });
        let problems = self.entries.problems.iter().map(|problem| Fact {
            expected: Expected::Problem {
                kind: problem.kind.as_str().to_owned(),
            },
            place: problem.place.as_ref(),
            path: problem.path.as_deref(),
            said: match &problem.help {
                Some(help) => format!("{}; {help}", problem.message),
                None => problem.message.clone(),
            },
            address: None,
            container: None,
            finding: None,
        });
        let wanted = |fact: &Fact| match &fact.expected {
            Expected::Verdict { rule, .. } => rules.contains(rule.as_str()),
            Expected::Problem { .. } => true,
        };
        let all = findings.chain(undetermined).chain(problems);
        all.filter(wanted).collect()
    }

    /// A finding, an undetermined container or a problem stands where the marker says.
    fn found(
        &self,
        case: &Path,
        marker: &Marker,
        facts: &[Fact],
        covered: &mut HashSet<usize>,
    ) -> Result<(), String> {
        let (file, line) = &marker.about;
        let file = display(file);
        let here: Vec<usize> = (0..facts.len())
            .filter(|&index| facts[index].is_at(&file, *line))
            .collect();
        let alike: Vec<usize> = here
            .iter()
            .copied()
            .filter(|&index| facts[index].expected == marker.expected)
            .collect();
        if alike.is_empty() {
            let instead: Vec<String> = here.iter().map(|&at| facts[at].describe()).collect();
            let instead = match &instead[..] {
                [] => "nothing".to_owned(),
                some => some.join("; "),
            };
            return Err(format!(
                "expected {}, found {instead}",
                name(&marker.expected)
            ));
        }
        let mut why_not = Vec::new();
        let mut any = false;
        for index in alike {
            match self.fits(case, marker, &facts[index]) {
                Ok(()) => {
                    covered.insert(index);
                    any = true;
                }
                Err(why) => why_not.push(why),
            }
        }
        if any { Ok(()) } else { Err(why_not.join("; ")) }
    }

    fn fits(&self, case: &Path, marker: &Marker, fact: &Fact) -> Result<(), String> {
        let what = name(&fact.expected);
        if let (Some(column), Some(place)) = (marker.column, fact.place) {
            let found = place.location.start.column;
            if found != column {
                return Err(format!(
                    "expected {what} at column {column}, found it at {found}"
                ));
            }
        }
        if let Some(text) = &marker.text {
            let found = fact.place.map(|place| {
                let file = self.sources.file(place.span.file);
                file.slice(place.span).to_owned()
            });
            if found.as_deref() != Some(text) {
                let found = found.unwrap_or_default();
                return Err(format!(
                    "expected {what} under `{text}`, found it under `{found}`"
                ));
            }
        }
        for clause in &marker.clauses {
            let finding = || {
                fact.finding
                    .ok_or_else(|| format!("only a finding can meet {clause:?}"))
            };
            match clause {
                Clause::AlsoAt(file, line) => {
                    let path = display(&case.join(file));
                    let finding = finding()?;
                    let found = finding.labels.iter().any(|label| {
                        let location = &label.place.location;
                        *location.path == *path && location.start.line == *line
                    });
                    if !found {
                        let labels: Vec<String> = finding
                            .labels
                            .iter()
                            .map(|label| {
                                let location = &label.place.location;
                                format!(
                                    "{}:{} ({})",
                                    location.path, location.start.line, label.message
                                )
                            })
                            .collect();
                        return Err(format!("no label at {path}:{line}, but at {labels:?}"));
                    }
                }
                Clause::When(when) => {
                    let found = finding()?.when.join(" and ");
                    if found != *when {
                        return Err(format!("expected it when \"{when}\", found \"{found}\""));
                    }
                }
                Clause::Assumes(assumed) => {
                    let found = &finding()?.assumes;
                    if !found.contains(assumed) {
                        return Err(format!("expected to assume \"{assumed}\", found {found:?}"));
                    }
                }
                Clause::Evidence(evidence) => {
                    let found = finding()?.evidence;
                    if found != evidence {
                        return Err(format!("expected evidence {evidence}, found {found}"));
                    }
                }
                Clause::Severity(severity) => {
                    let found = finding()?.severity.as_str();
                    if found != severity {
                        return Err(format!("expected severity {severity}, found {found}"));
                    }
                }
                Clause::Says(part) => {
                    if !fact.said.contains(part.as_str()) {
                        return Err(format!("`{}` does not say \"{part}\"", fact.said));
                    }
                }
                Clause::For(address) => {
                    let instances = fact.finding.map(|finding| &finding.instances[..]);
                    let holds = match instances {
                        Some(all) => all.iter().any(|one| *one.address == **address),
                        None => fact.address == Some(address),
                    };
                    if !holds {
                        return Err(format!("{what} is not for `{address}`"));
                    }
                }
            }
        }
        Ok(())
    }

    /// The task definition declared on the marker's line has this verdict; on any other line, the
    /// container whose name stands there was judged and nothing speaks against it.
    fn stands(&self, marker: &Marker, verdict: &str, rule: &str) -> Result<(), String> {
        let (path, line) = &marker.about;
        let file = display(path);
        let only = marker.clauses.iter().find_map(|clause| match clause {
            Clause::For(address) => Some(address.as_str()),
            _ => None,
        });
        let tasks: Vec<&ecslint::finding::Judged> = self
            .entries
            .task_definitions
            .iter()
            .filter(|task| only.is_none_or(|only| *task.address == *only))
            .collect();
        let verdict_of = |task: &ecslint::finding::Judged| {
            let of_rule = task.verdicts.iter().find(|(id, _)| *id == rule);
            of_rule.map(|(_, verdict)| *verdict)
        };
        let mut declared = tasks
            .iter()
            .filter(|task| {
                let location = &task.place.location;
                *location.path == *file && line.is_none_or(|line| location.start.line == line)
            })
            .peekable();
        if declared.peek().is_some() {
            for task in declared {
                match verdict_of(task) {
                    Some(found) if found.as_str() == verdict => {}
                    found => {
                        let found = found.map_or("no verdict", Verdict::as_str);
                        return Err(format!(
                            "expected {verdict} of {rule} for `{}`, found {found}",
                            task.address
                        ));
                    }
                }
                let of_rule = task.assumes.iter().find(|(id, _)| *id == rule);
                let found = of_rule.map_or(&[][..], |(_, assumes)| assumes);
                for clause in &marker.clauses {
                    if let Clause::Assumes(assumed) = clause
                        && !(found.contains(assumed) || assumed == "nothing" && found.is_empty())
                    {
                        return Err(format!("expected to assume \"{assumed}\", found {found:?}"));
                    }
                }
            }
            return Ok(());
        }
        let Some(line) = line else {
            return Err(format!("no task definition stands in {file}"));
        };
        let text = fs::read_to_string(path).unwrap_or_default();
        let text = text.lines().nth(line - 1).unwrap_or_default();
        let mut any = false;
        for (unit, address, name) in &self.containers {
            let Some(task) = tasks
                .iter()
                .find(|task| task.unit == *unit && task.address == *address)
            else {
                continue;
            };
            if !mentions(text, name) {
                continue;
            }
            any = true;
            for fact in self.facts(&BTreeSet::from([rule])) {
                if fact.container == Some(name) && fact.is_of(unit, address) {
                    return Err(format!(
                        "expected {verdict} of {rule} for container `{name}`, found {} at {}",
                        fact.describe(),
                        fact.at()
                    ));
                }
            }
            let found = verdict_of(task).unwrap_or(Verdict::NotApplicable);
            if verdict == "pass" && found < Verdict::Pass {
                return Err(format!(
                    "expected {verdict} of {rule} for container `{name}`, but `{address}` is {}",
                    found.as_str()
                ));
            }
        }
        if any {
            Ok(())
        } else {
            let judged: Vec<&str> = tasks.iter().map(|task| &*task.address).collect();
            Err(format!(
                "expected {verdict} of {rule}, but no task definition or container that was judged stands here (judged: {judged:?})"
            ))
        }
    }
}

/// Whether a name stands in a line as a word of its own.
fn mentions(line: &str, name: &str) -> bool {
    let part_of_word = |c: char| c.is_alphanumeric() || c == '-' || c == '_';
    line.match_indices(name).any(|(at, _)| {
        !line[..at].ends_with(part_of_word) && !line[at + name.len()..].starts_with(part_of_word)
    })
}

/// What `ecslint check CASE` asks for, with the case's own `.ecslint.yaml`.
fn request(case: &Path) -> Request {
    let config = case.join(".ecslint.yaml");
    let config = match config.is_file() {
        true => Config::load(&config).expect("the case's configuration is right"),
        false => Config::default(),
    };
    Request {
        paths: vec![case.to_path_buf()],
        scope: Scope {
            root: config.root,
            include: config.include,
            exclude: config.exclude,
            units: config.units,
        },
        settings: config.settings,
        leniency: Leniency {
            fail_on: Severity::Medium,
            allow_undetermined: false,
            allow_unread: false,
        },
        suppress: suppress::Options {
            today: Date::parse("2026-01-01").expect("a day"),
            ignores: config.ignores,
            config: config.file,
            ..Default::default()
        },
        terraform: terraform::Options {
            no_task_definitions: config.no_task_definitions,
            engine: config.engine,
            ..Default::default()
        },
        cloudformation: Default::default(),
        environments: config.environments,
        ..Default::default()
    }
}

/// Something that must be expected.
struct Fact<'a> {
    expected: Expected,
    place: Option<&'a Place>,
    path: Option<&'a str>,
    said: String,
    address: Option<&'a str>,
    container: Option<&'a str>,
    finding: Option<&'a Finding>,
}

impl Fact<'_> {
    fn is_at(&self, file: &str, line: Option<usize>) -> bool {
        match (self.place, line) {
            (Some(place), Some(line)) => {
                *place.location.path == *file && place.location.start.line == line
            }
            (Some(place), None) => *place.location.path == *file,
            (None, None) => self.path == Some(file),
            (None, Some(_)) => false,
        }
    }

    fn is_of(&self, unit: &str, address: &str) -> bool {
        match self.finding {
            Some(finding) => finding
                .instances
                .iter()
                .any(|one| *one.unit == *unit && *one.address == *address),
            None => self.address == Some(address),
        }
    }

    fn at(&self) -> String {
        match (self.place, self.path) {
            (Some(place), _) => {
                let start = place.location.start;
                format!("{}:{}:{}", place.location.path, start.line, start.column)
            }
            (None, Some(path)) => path.to_owned(),
            (None, None) => "nowhere".to_owned(),
        }
    }

    fn describe(&self) -> String {
        format!("{} ({})", name(&self.expected), self.said)
    }
}

fn said(finding: &Finding) -> String {
    let mut said = format!("{}; {}", finding.message, finding.help);
    for note in &finding.notes {
        said.push_str("; ");
        said.push_str(note);
    }
    said
}

fn verdict(verdict: Verdict, rule: &str) -> Expected {
    Expected::Verdict {
        verdict: verdict.as_str().to_owned(),
        rule: rule.to_owned(),
    }
}

fn name(expected: &Expected) -> String {
    match expected {
        Expected::Verdict { verdict, rule } => format!("{verdict} of {rule}"),
        Expected::Problem { kind } => format!("a problem of kind {kind}"),
    }
}
