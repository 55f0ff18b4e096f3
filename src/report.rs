//! Reports: one file a format. A report is written to whatever `io::Write` it is handed.

pub mod concise;
mod entry;
pub mod full;
pub mod github;
pub mod gitlab;
pub mod json;
pub mod junit;
pub mod markdown;
pub mod sarif;
pub mod snippet;
pub mod terminal;

use crate::finding::{Finding, ProblemKind, Severity};
use crate::ledger::{Entries, Leniency, Summary};
use crate::source::SourceMap;
use entry::Entry;
use std::cmp::Reverse;
use std::collections::{BTreeSet, HashSet};
use std::fmt::Write as _;
use std::io;
use std::path::Path;
pub use terminal::Style;

/// The formats of a report.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Format {
    /// For people: the source with the places underlined.
    Full,
    /// For people and editors: a line each.
    Concise,
    /// For programs: one object, `ecslint/check/v1`.
    Json,
    /// For code scanning: SARIF 2.1.0.
    Sarif,
    /// For GitHub Actions: workflow commands.
    Github,
    /// For GitLab: Code Quality.
    Gitlab,
    /// For CI servers that show test results.
    Junit,
    /// For a comment on a pull request.
    Markdown,
}

impl Format {
    pub const ALL: [Format; 8] = [
        Format::Full,
        Format::Concise,
        Format::Json,
        Format::Sarif,
        Format::Github,
        Format::Gitlab,
        Format::Junit,
        Format::Markdown,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Format::Full => "full",
            Format::Concise => "concise",
            Format::Json => "json",
            Format::Sarif => "sarif",
            Format::Github => "github",
            Format::Gitlab => "gitlab",
            Format::Junit => "junit",
            Format::Markdown => "markdown",
        }
    }

    /// For the help text of the command line.
    pub fn about(self) -> &'static str {
        match self {
            Format::Full => "the source with the places underlined",
            Format::Concise => "a line for each finding",
            Format::Json => "one object, ecslint/check/v1",
            Format::Sarif => "SARIF 2.1.0, for code scanning",
            Format::Github => "annotations of GitHub Actions, and a job summary",
            Format::Gitlab => "GitLab Code Quality",
            Format::Junit => "JUnit XML: a test for each rule and task definition",
            Format::Markdown => "a table for a comment on a pull request",
        }
    }
}

/// What a report is made of.
#[derive(Clone, Copy)]
pub struct Content<'a> {
    pub entries: &'a Entries,
    pub summary: &'a Summary,
    pub leniency: &'a Leniency,
    /// The texts to show; positions are in the entries already.
    pub sources: &'a SourceMap,
    /// The directory that formats for CI give paths from: the checkout.
    pub root: &'a Path,
    /// The environments that were asked for, which tell runs apart too.
    pub environments: &'a BTreeSet<String>,
    /// The Terraform workspace that was asked for: tells the runs of one commit apart.
    pub workspace: Option<&'a str>,
}

impl Content<'_> {
    /// A path that is printed from the working directory, from the root.
    fn rooted(&self, shown: &str) -> String {
        let path = self.sources.absolute(Path::new(shown));
        match path.strip_prefix(self.root) {
            Ok(below) if below.as_os_str().is_empty() => ".".to_owned(),
            Ok(below) => below.to_string_lossy().replace('\\', "/"),
            Err(_) => shown.to_owned(),
        }
    }

    /// Everything that is told, in the order of the report. What cannot be told of several
    /// instances for one reason is one entry, as a finding is.
    fn entries(&self) -> impl Iterator<Item = Entry<'_>> {
        let mut told = HashSet::new();
        self.entries_by_instance().filter(move |entry| match entry {
            Entry::Undetermined(one) => told.insert((
                one.rule,
                one.place.span,
                &one.message,
                &one.reason,
                &one.cdk_path,
            )),
            Entry::Finding(_) | Entry::Problem(_) => true,
        })
    }

    /// The same, but what is undetermined is an entry for each instance.
    fn entries_by_instance(&self) -> impl Iterator<Item = Entry<'_>> {
        let findings = self.entries.findings.iter().map(Entry::Finding);
        let undetermined = self.entries.undetermined.iter().map(Entry::Undetermined);
        let problems = self.entries.untold_problems().map(Entry::Problem);
        findings.chain(undetermined).chain(problems)
    }

    /// The findings of the commit that the run is compared with which are none any more.
    fn fixed(&self) -> &[Finding] {
        let since = self.entries.since.as_ref();
        since.map_or(&[], |since| &since.fixed)
    }

    /// Everything that is told, by falling severity: for formats of which readers see the start.
    fn worst_first(&self) -> Vec<Entry<'_>> {
        let mut entries: Vec<Entry> = self.entries().collect();
        entries.sort_by_key(|entry| Reverse(entry.severity()));
        entries
    }
}

/// Writes a report.
///
/// # Errors
/// Those of `out`.
pub fn write(
    format: Format,
    content: &Content,
    style: &Style,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    match format {
        Format::Full => full::write(content, style, out),
        Format::Concise => concise::write(content, out),
        Format::Json => json::write(content, out),
        Format::Sarif => sarif::write(content, out),
        Format::Github => github::write(content, out),
        Format::Gitlab => gitlab::write(content, out),
        Format::Junit => junit::write(content, out),
        Format::Markdown => markdown::write(content, out),
    }
}

/// The counts of a run in one paragraph, and what they mean for the exit code.
pub fn summary_text(content: &Content) -> String {
    let read = what_was_read(content.summary);
    let found = what_was_found(content);
    let mut sentences = vec![format!("{read}. {found}.")];
    sentences.extend(what_has_changed(content.entries));
    sentences.extend(what_it_means(content));
    sentences.join(" ")
}

fn what_was_read(summary: &Summary) -> String {
    let mut text = match summary.task_definitions {
        0 => "no task definitions".to_owned(),
        some => counted(some, "task definition"),
    };
    if summary.instances != summary.task_definitions && summary.task_definitions > 0 {
        let instances = counted(summary.instances, "instance");
        push(&mut text, format_args!(" ({instances})"));
    }
    let units = counted(summary.units, "unit");
    push(&mut text, format_args!(" in {units}"));
    if summary.environments > 0 {
        let environments = counted(summary.environments, "environment");
        push(&mut text, format_args!(" and {environments}"));
    }
    let verdicts = list([
        (summary.decided, "decided"),
        (summary.undetermined, "undetermined"),
        (summary.not_instantiated, "not instantiated"),
    ]);
    if !verdicts.is_empty() {
        push(&mut text, format_args!(": {verdicts}"));
    }
    if summary.unreadable > 0 {
        let unreadable = summary.unreadable;
        push(&mut text, format_args!("; {unreadable} unreadable"));
    }
    if summary.modules_not_read > 0 {
        let modules = counted(summary.modules_not_read, "module");
        push(&mut text, format_args!("; {modules} not read"));
    }
    text
}

fn what_was_found(content: &Content) -> String {
    let Content {
        entries, summary, ..
    } = content;
    let of = |severity| {
        let same = entries.findings.iter();
        let same = same.filter(|finding| finding.severity == severity);
        (same.count(), severity.as_str())
    };
    let severities = list([
        of(Severity::High),
        of(Severity::Medium),
        of(Severity::Low),
        of(Severity::Info),
    ]);
    let new = if entries.since.is_some() { "new " } else { "" };
    let mut text = match summary.findings {
        0 => format!("No {new}findings"),
        some => {
            let findings = counted(some, &format!("{new}finding"));
            format!("{findings}: {severities}")
        }
    };
    let hidden = list([
        (summary.ignored, "ignored"),
        (summary.known, "in the baseline"),
    ]);
    if !hidden.is_empty() {
        push(&mut text, format_args!("; {hidden}"));
    }
    text
}

/// What has come of the findings of the commit that the run is compared with.
fn what_has_changed(entries: &Entries) -> Option<String> {
    let since = entries.since.as_ref()?;
    let commit = crate::since::short(&since.commit);
    let (fixed, unchanged) = (since.fixed.len(), since.unchanged);
    let mut text = format!("Since {commit}: {fixed} fixed, {unchanged} unchanged");
    let problems = plural(since.problems, "problem", "problems");
    let old = list([
        (since.undetermined, "undetermined"),
        (since.problems, problems),
    ]);
    if !old.is_empty() {
        push(&mut text, format_args!("; as before: {old}"));
    }
    text.push('.');
    Some(text)
}

/// Why the exit code is not zero, and what counts for nothing.
fn what_it_means(content: &Content) -> Option<String> {
    let Content {
        entries,
        summary,
        leniency,
        ..
    } = content;
    let missing = Missing::of(content);
    let mut sentences = Vec::new();
    if summary.exit_code != 0 {
        let failing = entries.findings.iter();
        let failing = failing.filter(|finding| finding.severity >= leniency.fail_on);
        let mut means = Vec::new();
        match failing.count() {
            0 => {}
            some => {
                let findings = counted(some, "finding");
                means.push(format!("{findings} at or above {}", leniency.fail_on));
            }
        }
        if !missing.counted.is_empty() {
            means.push(format!("incomplete: {}", missing.counted.join(", ")));
        }
        let (code, means) = (summary.exit_code, means.join("; "));
        sentences.push(format!("Exit code {code}: {means}."));
    }
    if !missing.let_pass.is_empty() {
        sentences.push(format!("Let pass: {}.", missing.let_pass.join(", ")));
    }
    (!sentences.is_empty()).then(|| sentences.join(" "))
}

/// What makes a run incomplete, by whether it counts for the exit code.
#[derive(Default)]
struct Missing {
    counted: Vec<String>,
    let_pass: Vec<String>,
}

impl Missing {
    fn of(content: &Content) -> Missing {
        let mut missing = Missing::default();
        let Content {
            entries,
            summary,
            leniency,
            ..
        } = content;
        let problems = |kind| {
            let same = entries
                .problems
                .iter()
                .filter(|problem| problem.kind == kind);
            same.count()
        };
        let modules = counted(summary.modules_not_read, "module");
        let instances = counted(problems(ProblemKind::Undetermined), "source");
        let unread = (leniency.allow_unread, "--allow-unread");
        let undetermined = (leniency.allow_undetermined, "--allow-undetermined");
        let environments = problems(ProblemKind::EnvironmentNotChecked);
        let faulty = counted(problems(ProblemKind::FaultyIgnore), "faulty ignore");
        for (count, what, (allowed, flag)) in [
            (
                problems(ProblemKind::FaultyIgnore),
                faulty,
                (false, "--no-ignores"),
            ),
            (
                summary.undecided,
                format!("{} undetermined", summary.undecided),
                undetermined,
            ),
            (
                problems(ProblemKind::Undetermined),
                format!("{instances} with instances that cannot be told"),
                undetermined,
            ),
            (
                summary.unreadable,
                format!("{} unreadable", summary.unreadable),
                unread,
            ),
            (
                summary.modules_not_read,
                format!("{modules} not read"),
                unread,
            ),
            (
                environments,
                format!("{} not checked", counted(environments, "environment")),
                unread,
            ),
            (
                problems(ProblemKind::Refused),
                format!(
                    "{} that would be refused when deployed",
                    problems(ProblemKind::Refused)
                ),
                unread,
            ),
        ] {
            match (count, allowed) {
                (0, _) => {}
                (_, false) => missing.counted.push(what),
                (_, true) => missing.let_pass.push(format!("{what} (`{flag}`)")),
            }
        }
        missing
    }
}

fn plural<'a>(count: usize, one: &'a str, several: &'a str) -> &'a str {
    if count == 1 { one } else { several }
}

fn counted(count: usize, noun: &str) -> String {
    match count {
        1 => format!("1 {noun}"),
        _ => format!("{count} {noun}s"),
    }
}

fn list<const N: usize>(counts: [(usize, &str); N]) -> String {
    let some = counts.iter().filter(|(count, _)| *count > 0);
    let parts: Vec<String> = some
        .map(|(count, what)| format!("{count} {what}"))
        .collect();
    parts.join(", ")
}

fn push(text: &mut String, more: std::fmt::Arguments) {
    text.write_fmt(more).expect("a string takes any text");
}

#[cfg(test)]
pub(crate) mod samples {
    //! Entries to render in the tests of the formats.

    use super::*;
    use crate::finding::*;
    use crate::model::SourceKind;
    use crate::source::{Memory, Span};
    use std::sync::Arc;

    pub const STYLE: Style = Style {
        colour: false,
        width: 100,
        unicode: true,
    };

    pub const NO_ENVIRONMENTS: &BTreeSet<String> = &BTreeSet::new();

    pub const STRICT: Leniency = Leniency {
        fail_on: Severity::Medium,
        allow_undetermined: false,
        allow_unread: false,
    };

    /// What could end a line, an attribute, a cell, a command or a string, or become markup.
    pub const HOSTILE: &str =
        "::a,b=c%0A\n::error::x\r'\"\u{1b}[2J]]>|`[x](mailto:y)<script>@z\\ &amp;#1*_\u{202e}";

    /// Files in memory, and places in them found by their text.
    pub struct Sample {
        pub sources: SourceMap,
        pub entries: Entries,
    }

    impl Sample {
        pub fn new(files: &[(&str, &str)]) -> Sample {
            let files = files
                .iter()
                .map(|(path, text)| (format!("/w/{path}"), text.as_bytes()));
            Sample {
                sources: SourceMap::new(Memory::new(files), "/w"),
                entries: Entries {
                    units: 1,
                    ..Entries::default()
                },
            }
        }

        /// A finding, something undetermined and a problem, with [`HOSTILE`] for every name.
        pub fn hostile() -> Sample {
            let mut sample = Sample::new(&[(HOSTILE, "host 0")]);
            let zero = sample.label(HOSTILE, "0", HOSTILE);
            let host = sample.label(HOSTILE, "host", HOSTILE);
            let mut finding = sample.finding(zero.clone(), vec![host.clone()]);
            finding.message = format!("container `{HOSTILE}` runs as root");
            finding.address = HOSTILE.into();
            finding.container = Some(HOSTILE.to_owned());
            finding.unit = HOSTILE.into();
            finding.trail = vec![host.clone()];
            finding.when = vec![HOSTILE.to_owned()];
            finding.help = HOSTILE.to_owned();
            finding.instances[0].unit = HOSTILE.into();
            finding.instances[0].address = HOSTILE.into();
            finding.instances[0].environment = Some(HOSTILE.into());
            let other = finding.instances[0].clone();
            finding.instances.push(other);
            let mut undetermined = sample.undetermined(HOSTILE, host);
            undetermined.address = HOSTILE.into();
            undetermined.unit = HOSTILE.into();
            undetermined.environments = vec![HOSTILE.into()];
            sample.entries.findings.push(finding);
            sample.entries.undetermined.push(undetermined);
            for place in [Some(zero.place), None] {
                sample.entries.problems.push(Problem {
                    kind: ProblemKind::Unreadable,
                    message: HOSTILE.to_owned(),
                    place,
                    path: Some(HOSTILE.to_owned()),
                    help: Some(HOSTILE.to_owned()),
                });
            }
            sample
        }

        pub fn entry_count(&self) -> usize {
            let entries = &self.entries;
            entries.findings.len() + entries.undetermined.len() + entries.problems.len()
        }

        /// The first place where `text` stands, said to be `message`.
        pub fn label(&self, path: &str, text: &str, message: &str) -> Label {
            let file = self.sources.open(Path::new(path)).expect("in memory");
            let start = file.text().find(text).expect("it is in the file");
            let span = file.span(start, start + text.len());
            Label {
                message: message.to_owned(),
                place: self.place(span),
            }
        }

        pub fn place(&self, span: Span) -> Place {
            Place {
                span,
                location: self.sources.location(span),
            }
        }

        pub fn finding(&self, primary: Label, labels: Vec<Label>) -> Finding {
            Finding {
                rule: "host-network-root-user",
                severity: Severity::High,
                verdict: Verdict::Fail,
                evidence: "root",
                message: "container `api` runs as root on the host's network".to_owned(),
                address: "aws_ecs_task_definition.web".into(),
                container: Some("api".to_owned()),
                unit: ".".into(),
                source: SourceKind::Terraform,
                when: Vec::new(),
                assumes: Vec::new(),
                cdk_path: None,
                primary,
                labels,
                trail: Vec::new(),
                about: Vec::new(),
                instances: vec![Instance {
                    unit: ".".into(),
                    address: "aws_ecs_task_definition.web".into(),
                    environment: None,
                    fingerprint: "00000000000000ff".to_owned(),
                }],
                fingerprint: "00000000000000ff".to_owned(),
                help: "set `user` to the UID the image is built for".to_owned(),
                notes: Vec::new(),
                status: None,
            }
        }

        pub fn undetermined(&self, container: &str, label: Label) -> Undetermined {
            Undetermined {
                rule: "host-network-root-user",
                address: "aws_ecs_task_definition.web".into(),
                container: Some(container.to_owned()),
                unit: ".".into(),
                environments: Vec::new(),
                message: format!("cannot tell which user container `{container}` runs as"),
                reason: label.message,
                is_refused: false,
                cdk_path: None,
                about: Vec::new(),
                place: label.place,
            }
        }

        pub fn judged(&self, address: &str, place: Place, verdict: Verdict) -> Judged {
            Judged {
                address: Arc::from(address),
                unit: ".".into(),
                environment: None,
                source: SourceKind::Terraform,
                place,
                verdicts: vec![("host-network-root-user", verdict)],
                assumes: Vec::new(),
                cdk_path: None,
                decided: verdict != Verdict::Undetermined,
                instantiated: true,
                passed_over: Vec::new(),
            }
        }

        pub fn render(&self, format: Format, style: &Style) -> String {
            let summary = self.entries.sum_up(&STRICT);
            let content = Content {
                entries: &self.entries,
                summary: &summary,
                leniency: &STRICT,
                sources: &self.sources,
                root: Path::new("/w"),
                environments: NO_ENVIRONMENTS,
                workspace: None,
            };
            let mut out = Vec::new();
            write(format, &content, style, &mut out).expect("a vector takes all bytes");
            String::from_utf8(out).expect("reports are UTF-8")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::samples::*;
    use super::*;
    use crate::finding::{Problem, Verdict};

    #[test]
    fn the_summary_counts_and_says_what_the_exit_code_means() {
        let mut sample = Sample::new(&[("main.tf", "one two three")]);
        let summary = |sample: &Sample, leniency: &Leniency| {
            summary_text(&Content {
                entries: &sample.entries,
                summary: &sample.entries.sum_up(leniency),
                leniency,
                sources: &sample.sources,
                root: Path::new("/w"),
                environments: NO_ENVIRONMENTS,
                workspace: None,
            })
        };
        assert_eq!(
            summary(&sample, &STRICT),
            "no task definitions in 1 unit. No findings."
        );
        for (text, verdict) in [("one", Verdict::Fail), ("two", Verdict::Undetermined)] {
            let place = sample.label("main.tf", text, "").place;
            let judged = sample.judged(text, place, verdict);
            sample.entries.task_definitions.push(judged);
        }
        let finding = sample.finding(sample.label("main.tf", "three", ""), Vec::new());
        sample.entries.findings.push(finding);
        sample.entries.problems.push(Problem {
            kind: ProblemKind::ModuleNotRead,
            message: String::new(),
            place: None,
            path: None,
            help: None,
        });
        assert_eq!(
            summary(&sample, &STRICT),
            "2 task definitions in 1 unit: 1 decided, 1 undetermined; 1 module not read. \
             1 finding: 1 high. \
             Exit code 1: 1 finding at or above medium; \
             incomplete: 1 undetermined, 1 module not read."
        );
        sample.entries.findings.clear();
        let lenient = Leniency {
            allow_undetermined: true,
            ..STRICT
        };
        assert_eq!(
            summary(&sample, &lenient),
            "2 task definitions in 1 unit: 1 decided, 1 undetermined; 1 module not read. \
             No findings. Exit code 3: incomplete: 1 module not read. \
             Let pass: 1 undetermined (`--allow-undetermined`)."
        );
    }
}
