//! The report for people: each entry with its places underlined in the source.

use super::entry::{also, choose_labels, some_of, task};
use super::snippet::Snippets;
use super::terminal::{Colour, Style, hang, inert, shown, wrap};
use super::{Content, summary_text};
use crate::environments::words::environments;
use crate::finding::{Finding, Label, Place, Problem, ProblemKind, Severity, Undetermined};
use crate::source::{File, FileId, SourceMap, Span};
use miette::{GraphicalReportHandler, GraphicalTheme, LabeledSpan, SourceCode};
use std::collections::HashMap;
use std::sync::Arc;
use std::{fmt, io};

/// Files that are kept open, for labels that go back and forth between a few of them.
const MAX_FILES: usize = 4;

/// Writes the report.
///
/// # Errors
/// Those of `out`.
pub fn write(content: &Content, style: &Style, out: &mut dyn io::Write) -> io::Result<()> {
    let mut printer = Printer {
        files: Vec::new(),
        sources: content.sources,
        style,
        out,
    };
    for finding in &content.entries.findings {
        printer.print(&of_finding(finding))?;
    }
    for group in group(&content.entries.undetermined) {
        printer.print(&of_undetermined(&group))?;
    }
    for problem in content.entries.untold_problems() {
        printer.print(&of_problem(problem))?;
    }
    printer.print_fixed(content.fixed())?;
    for line in wrap(&summary_text(content), style.width.max(20)) {
        writeln!(printer.out, "{line}")?;
    }
    Ok(())
}

/// One entry of the report.
struct Entry {
    tone: Tone,
    /// `high[host-network-root-user]`
    head: String,
    message: String,
    /// The primary one first.
    labels: Vec<Label>,
    /// Where there are no labels: the path that it is about.
    path: Option<String>,
    /// Below the source: a word and a text.
    lines: Vec<(&'static str, String)>,
}

/// How loud an entry is.
#[derive(Clone, Copy)]
enum Tone {
    Error,
    Warning,
    Advice,
}

impl Tone {
    fn colour(self) -> Colour {
        match self {
            Tone::Error => Colour::Red,
            Tone::Warning => Colour::Yellow,
            Tone::Advice => Colour::Cyan,
        }
    }
}

fn of_finding(finding: &Finding) -> Entry {
    let (labels, dropped) = choose_labels(finding);
    let mut lines = Vec::new();
    // The message tells it as a rule.
    let told = |one: &String| finding.message.contains(one.as_str());
    if !finding.when.iter().all(told) {
        lines.push(("when", finding.when.join(" and ")));
    }
    if !finding.assumes.is_empty() {
        lines.push(("assumes", finding.assumes.join(" and ")));
    }
    if !finding.address.is_empty() {
        let cdk_path = finding.cdk_path.as_deref();
        let task = task(&finding.address, cdk_path, &finding.unit);
        lines.push(("task", task));
    }
    if let Some(also) = also(finding) {
        lines.push(("also", also));
    }
    lines.extend(finding.notes.iter().map(|note| ("note", note.clone())));
    if dropped > 0 {
        let steps = if dropped == 1 { "step" } else { "steps" };
        let note = format!("the value took {dropped} more {steps}, shown by `--format json`");
        lines.push(("note", note));
    }
    lines.push(("help", finding.help.clone()));
    Entry {
        tone: match finding.severity {
            Severity::High => Tone::Error,
            Severity::Medium => Tone::Warning,
            Severity::Low | Severity::Info => Tone::Advice,
        },
        head: format!("{}[{}]", finding.severity, finding.rule),
        message: finding.message.clone(),
        labels,
        path: None,
        lines,
    }
}

/// What is undetermined for the same reason at the same place, together.
fn group(all: &[Undetermined]) -> Vec<Vec<&Undetermined>> {
    let mut groups: Vec<Vec<&Undetermined>> = Vec::new();
    let mut known: HashMap<(Span, &str), usize> = HashMap::new();
    for one in all {
        let at = *known
            .entry((one.place.span, &one.reason))
            .or_insert_with(|| {
                groups.push(Vec::new());
                groups.len() - 1
            });
        groups[at].push(one);
    }
    groups
}

fn of_undetermined(group: &[&Undetermined]) -> Entry {
    let first = group[0];
    let mut rules: Vec<&str> = group.iter().map(|one| one.rule).collect();
    rules.sort_unstable();
    rules.dedup();
    let distinct = |texts: Vec<String>| {
        let mut seen = std::collections::HashSet::new();
        let texts = texts.into_iter();
        texts
            .filter(|text| seen.insert(text.clone()))
            .collect::<Vec<String>>()
    };
    let mut lines = Vec::new();
    let same = |one: &&Undetermined| one.environments == first.environments;
    let same = group.iter().all(same);
    let tasks = group.iter().map(|one| {
        let task = task(&one.address, one.cdk_path.as_deref(), &one.unit);
        match &one.environments[..] {
            others if !same && !others.is_empty() => format!("{task} ({})", environments(others)),
            _ => task,
        }
    });
    lines.push(("task", some_of(&distinct(tasks.collect()))));
    let questions = group.iter().map(|one| {
        let message = one.message.as_str();
        message
            .strip_prefix("cannot tell ")
            .unwrap_or(message)
            .to_owned()
    });
    let questions = distinct(questions.collect());
    if questions.len() > 1 {
        lines.push(("also", some_of(&questions[1..])));
    }
    let help = match first.is_refused {
        true => "mend it: it would be refused as it stands",
        false => {
            "give the value in the source, on the command line or in an environment of the \
             configuration, or accept what cannot be known with `--allow-undetermined`"
        }
    };
    lines.push(("help", help.to_owned()));
    Entry {
        tone: Tone::Warning,
        head: format!("undetermined[{}]", rules.join(", ")),
        message: first.message.clone(),
        labels: vec![Label {
            message: first.reason.clone(),
            place: first.place.clone(),
        }],
        path: None,
        lines,
    }
}

fn of_problem(problem: &Problem) -> Entry {
    let (tone, head) = match problem.kind {
        ProblemKind::Note => (Tone::Advice, "note"),
        _ => (Tone::Warning, "problem"),
    };
    let label = problem.place.clone().map(|place| Label {
        message: String::new(),
        place,
    });
    let help = problem.help.clone().map(|help| ("help", help));
    Entry {
        tone,
        head: head.to_owned(),
        message: problem.message.clone(),
        labels: label.into_iter().collect(),
        path: problem.path.clone(),
        lines: help.into_iter().collect(),
    }
}

struct Printer<'a> {
    files: Vec<Arc<File>>,
    sources: &'a SourceMap,
    style: &'a Style,
    out: &'a mut dyn io::Write,
}

impl Printer<'_> {
    fn print(&mut self, entry: &Entry) -> io::Result<()> {
        let style = self.style;
        let (snippets, left_over) = Snippets::new(&entry.labels, style, |id| {
            open(&mut self.files, self.sources, id)
        });
        // A fault of the renderer must not cost the finding.
        let render = || render(entry, &snippets, style);
        let rendered = std::panic::catch_unwind(std::panic::AssertUnwindSafe(render));
        let (text, plain) = match rendered {
            Ok(Some(text)) => (text, left_over),
            _ => (title(entry, style), entry.labels.iter().collect()),
        };
        for line in text.lines() {
            writeln!(self.out, "{}", inert(line.trim_end()))?;
        }
        for label in plain {
            let text = format!("{}  {}", at(&label.place), label.message);
            self.line("at", &text)?;
        }
        if let (Some(path), true) = (&entry.path, entry.labels.is_empty()) {
            self.line("at", path)?;
        }
        for (word, text) in &entry.lines {
            self.line(word, text)?;
        }
        writeln!(self.out)
    }

    /// What is mended: a line each, since the places are those of another commit.
    fn print_fixed(&mut self, fixed: &[Finding]) -> io::Result<()> {
        for finding in fixed {
            let (severity, rule, message) = (finding.severity, finding.rule, &finding.message);
            let place = at(&finding.primary.place);
            self.line("fixed", &format!("{severity}[{rule}]: {message} ({place})"))?;
        }
        match fixed.is_empty() {
            true => Ok(()),
            false => writeln!(self.out),
        }
    }

    fn line(&mut self, word: &str, text: &str) -> io::Result<()> {
        let word = self.style.paint(Colour::Cyan, &format!("{word}:"));
        let text = hang(&format!("  {word} "), &shown(text), self.style.width);
        self.out.write_all(inert(&text).as_bytes())
    }
}

fn open(files: &mut Vec<Arc<File>>, sources: &SourceMap, id: FileId) -> Arc<File> {
    let file = match files.iter().position(|file| file.id == id) {
        Some(at) => files.remove(at),
        None => sources.file(id),
    };
    files.truncate(MAX_FILES - 1);
    files.insert(0, file.clone());
    file
}

fn at(place: &Place) -> String {
    let start = place.location.start;
    format!("{}:{}:{}", place.location.path, start.line, start.column)
}

/// The first lines of an entry, without a sign before them.
fn title(entry: &Entry, style: &Style) -> String {
    let head = style.paint(entry.tone.colour(), &entry.head);
    let message = shown(&entry.message);
    // The renderer puts a sign and blanks before it.
    let width = style.width.saturating_sub(4).max(20);
    wrap(&format!("{head}: {message}"), width).join("\n")
}

/// The entry with its excerpts, or nothing if that cannot be done.
fn render(entry: &Entry, snippets: &Snippets, style: &Style) -> Option<String> {
    let mut theme = match (style.unicode, style.colour) {
        (true, true) => GraphicalTheme::unicode(),
        (true, false) => GraphicalTheme::unicode_nocolor(),
        (false, true) => GraphicalTheme::ascii(),
        (false, false) => GraphicalTheme::none(),
    };
    let mut marks: Vec<&super::snippet::Mark> = snippets.marks.iter().collect();
    marks.sort_by_key(|mark| mark.range.start);
    // The theme's colours go by the order of the labels.
    let primary = match entry.tone {
        Tone::Error => theme.styles.error,
        Tone::Warning => theme.styles.warning,
        Tone::Advice => theme.styles.highlights[0],
    };
    let secondary = theme.styles.advice;
    let colour = |mark: &&super::snippet::Mark| match mark.primary {
        true => primary,
        false => secondary,
    };
    if !marks.is_empty() {
        theme.styles.highlights = marks.iter().map(colour).collect();
    }
    let labels = marks.iter().map(|mark| {
        let text = Some(mark.message.clone()).filter(|text| !text.is_empty());
        match mark.primary {
            true => LabeledSpan::new_primary_with_span(text, mark.range.clone()),
            false => LabeledSpan::new_with_span(text, mark.range.clone()),
        }
    });
    let diagnostic = Diagnostic {
        title: title(entry, style),
        severity: match entry.tone {
            Tone::Error => miette::Severity::Error,
            Tone::Warning => miette::Severity::Warning,
            Tone::Advice => miette::Severity::Advice,
        },
        labels: labels.collect(),
        source: snippets,
    };
    let mut text = String::new();
    // Texts were wrapped before: the renderer would break words at hyphens.
    GraphicalReportHandler::new_themed(theme)
        .with_width(style.width)
        .with_wrap_lines(false)
        .render_report(&mut text, &diagnostic)
        .ok()?;
    Some(text)
}

/// What miette renders.
struct Diagnostic<'a> {
    title: String,
    severity: miette::Severity,
    labels: Vec<LabeledSpan>,
    source: &'a Snippets,
}

impl fmt::Debug for Diagnostic<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.title)
    }
}

impl fmt::Display for Diagnostic<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.title)
    }
}

impl std::error::Error for Diagnostic<'_> {}

impl miette::Diagnostic for Diagnostic<'_> {
    fn severity(&self) -> Option<miette::Severity> {
        Some(self.severity)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        Some(Box::new(self.labels.iter().cloned()))
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(self.source)
    }
}

#[cfg(test)]
mod tests;
