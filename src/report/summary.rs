//! The paragraph at the end of a report: what was read and found, and what the exit code means.

use super::Content;
use crate::finding::{ProblemKind, Severity};
use crate::ledger::{Entries, Summary};
use std::fmt::Write as _;

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
mod tests {
    use super::*;
    use crate::finding::{Problem, Verdict};
    use crate::ledger::Leniency;
    use crate::report::samples::*;
    use std::path::Path;

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
