//! The report for people: each entry with its places underlined in the source.

use super::snippet::Snippets;
use super::terminal::{Colour, Style, hang, shown, wrap};
use super::{Content, summary_text};
use crate::finding::{Finding, Label, Place, Problem, ProblemKind, Severity, Undetermined};
use crate::source::{File, FileId, SourceMap, Span};
use miette::{GraphicalReportHandler, GraphicalTheme, LabeledSpan, SourceCode};
use std::collections::HashMap;
use std::sync::Arc;
use std::{fmt, io};

/// Labels that are shown besides the primary one.
const MAX_LABELS: usize = 5;
/// Of these, the most that are kept for premises where the deciding value took a long way.
const MAX_PREMISES: usize = 2;
/// Members of a list that are named before "and 12 more".
const MAX_NAMED: usize = 5;
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
    for problem in &content.entries.problems {
        printer.print(&of_problem(problem))?;
    }
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
    let when = finding.when.join(" and ");
    if !finding.message.contains(&when) {
        lines.push(("when", when));
    }
    if !finding.assumes.is_empty() {
        lines.push(("assumes", finding.assumes.join(" and ")));
    }
    lines.push(("task", address(&finding.address, &finding.unit)));
    let others = finding.instances.iter().skip(1);
    let others: Vec<String> = others
        .map(|instance| address(&instance.address, &instance.unit))
        .collect();
    if !others.is_empty() {
        lines.push(("also", some_of(&others)));
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

/// The primary label and at most five others: the steps of the deciding value and the premises.
/// Of a long way the middle is left out; the second number tells how many labels were.
fn choose_labels(finding: &Finding) -> (Vec<Label>, usize) {
    let mut all: Vec<&Label> = Vec::new();
    for label in finding.labels.iter().chain(&finding.trail) {
        let at_primary = label.place.span == finding.primary.place.span;
        if !at_primary && !all.iter().any(|other| other.place.span == label.place.span) {
            all.push(label);
        }
    }
    let count = all.len();
    if count > MAX_LABELS {
        let is_step = |label: &Label| finding.trail.iter().any(|step| step == label);
        let (steps, premises): (Vec<&Label>, Vec<&Label>) =
            all.iter().copied().partition(|label| is_step(label));
        let kept_premises = match steps.len() {
            few if few < MAX_LABELS - MAX_PREMISES => MAX_LABELS - few,
            _ => premises.len().min(MAX_PREMISES),
        };
        let kept_steps = MAX_LABELS - kept_premises;
        let head = kept_steps.div_ceil(2);
        let tail = steps.len().saturating_sub(kept_steps - head);
        let kept_steps = steps.iter().enumerate();
        let kept_steps = kept_steps.filter(|(at, _)| *at < head || *at >= tail);
        all = kept_steps
            .map(|(_, step)| *step)
            .chain(premises.into_iter().take(kept_premises))
            .collect();
    }
    let dropped = count - all.len();
    let labels = std::iter::once(&finding.primary).chain(all);
    (labels.cloned().collect(), dropped)
}

fn address(address: &str, unit: &str) -> String {
    match unit {
        "." => format!("`{address}`"),
        _ => format!("`{address}` in `{unit}`"),
    }
}

fn some_of(all: &[String]) -> String {
    let mut text = all[..all.len().min(MAX_NAMED)].join(", ");
    if all.len() > MAX_NAMED {
        text.push_str(&format!(" and {} more", all.len() - MAX_NAMED));
    }
    text
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
        texts.filter(|text| seen.insert(text.clone())).collect::<Vec<String>>()
    };
    let mut lines = Vec::new();
    let tasks = group.iter().map(|one| address(&one.address, &one.unit));
    lines.push(("task", some_of(&distinct(tasks.collect()))));
    let questions = group.iter().map(|one| {
        let message = one.message.as_str();
        message.strip_prefix("cannot tell ").unwrap_or(message).to_owned()
    });
    let questions = distinct(questions.collect());
    if questions.len() > 1 {
        lines.push(("also", some_of(&questions[1..])));
    }
    let help = "give the value in the source or on the command line, or accept what cannot be \
                known with `--allow-undetermined`";
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
        message: "here".to_owned(),
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
        let (snippets, left_over) =
            Snippets::new(&entry.labels, style, |id| open(&mut self.files, self.sources, id));
        // A fault of the renderer must not cost the finding.
        let render = || render(entry, &snippets, style);
        let rendered = std::panic::catch_unwind(std::panic::AssertUnwindSafe(render));
        let (text, plain) = match rendered {
            Ok(Some(text)) => (text, left_over),
            _ => (title(entry, style), entry.labels.iter().collect()),
        };
        for line in text.lines() {
            writeln!(self.out, "{}", line.trim_end())?;
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

    fn line(&mut self, word: &str, text: &str) -> io::Result<()> {
        let word = self.style.paint(Colour::Cyan, &format!("{word}:"));
        let text = hang(&format!("  {word} "), &shown(text), self.style.width);
        self.out.write_all(text.as_bytes())
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
        let text = Some(mark.message.clone());
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
