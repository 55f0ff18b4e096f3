//! Workflow commands, which GitHub Actions shows as annotations beside the changed lines.
//!
//! <https://docs.github.com/en/actions/reference/workflow-commands-for-github-actions>

use super::entry::{Entry, scale};
use super::terminal::shown;
use super::{Content, summary_text};
use std::io;

/// GitHub shows this many annotations of each level and drops the others without a word.
const MAX_PER_LEVEL: usize = 10;

/// Writes the report.
///
/// # Errors
/// Those of `out`.
pub fn write(content: &Content, out: &mut dyn io::Write) -> io::Result<()> {
    let entries = content.worst_first();
    let mut cut = Vec::new();
    for (level, noun) in [
        ("error", "errors"),
        ("warning", "warnings"),
        ("notice", "notices"),
    ] {
        let of_level = |entry: &&Entry| scale(entry.severity()).github == level;
        let of_level: Vec<&Entry> = entries.iter().filter(of_level).collect();
        for entry in of_level.iter().take(MAX_PER_LEVEL) {
            write_command(level, **entry, content, out)?;
        }
        match of_level.len().saturating_sub(MAX_PER_LEVEL) {
            0 => {}
            more => cut.push(format!("{more} {noun}")),
        }
    }
    if !cut.is_empty() {
        let cut = cut.join(", ");
        writeln!(
            out,
            "Not annotated: {cut}, since GitHub shows {MAX_PER_LEVEL} of each level. The job \
             summary and other formats list all."
        )?;
    }
    writeln!(out, "{}", summary_text(content))
}

fn write_command(
    level: &str,
    entry: Entry,
    content: &Content,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let path = property(&content.rooted(entry.path()));
    write!(out, "::{level} file={path}")?;
    if let Some(location) = entry.location() {
        let (start, end) = (location.start, location.end);
        write!(out, ",line={},endLine={}", start.line, end.line)?;
        // Columns on several lines are refused.
        if start.line == end.line {
            write!(out, ",col={},endColumn={}", start.column, end.column)?;
        }
    }
    let mut lines = vec![shown(&entry.message()).into_owned()];
    lines.extend(entry.label().map(|label| shown(label).into_owned()));
    lines.extend(entry.help().map(|help| format!("help: {}", shown(help))));
    let title = property(&format!("{}[{}]", entry.word(), entry.id()));
    writeln!(out, ",title={title}::{}", data(&lines.join("\n")))
}

/// The text of a command.
fn data(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

/// The value of a property of a command, without characters that act on the log's reader.
fn property(text: &str) -> String {
    data(&shown(text)).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use crate::finding::{Problem, ProblemKind, Severity};
    use crate::report::Format;
    use crate::report::samples::*;

    #[test]
    fn a_command_has_the_place_and_the_words() {
        let mut sample = Sample::new(&[("a/main.tf", "x\n  user = \"0\"\n")]);
        let zero = sample.label("a/main.tf", "\"0\"", "UID 0 is root");
        let finding = sample.finding(zero, Vec::new());
        sample.entries.findings.push(finding);
        let lines = sample.label("a/main.tf", "x\n  user", "`var.uid` has no value");
        let undetermined = sample.undetermined("db", lines);
        sample.entries.undetermined.push(undetermined);
        sample.entries.problems.push(Problem {
            kind: ProblemKind::Note,
            message: "something".to_owned(),
            place: None,
            path: Some("b".to_owned()),
            help: Some("do it".to_owned()),
        });
        let text = sample.render(Format::Github, &STYLE);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(
            lines[..3],
            [
                "::error file=a/main.tf,line=2,endLine=2,col=10,endColumn=13,\
                 title=high[host-network-root-user]::container `api` runs as root on the host's \
                 network%0AUID 0 is root%0Ahelp: set `user` to the UID the image is built for",
                "::warning file=a/main.tf,line=1,endLine=2,\
                 title=undetermined[host-network-root-user]::cannot tell which user container \
                 `db` runs as: `var.uid` has no value",
                "::notice file=b,title=note[note]::something%0Ahelp: do it",
            ]
        );
    }

    #[test]
    fn ten_of_a_level_are_annotated_the_worst_first() {
        let mut sample = Sample::new(&[("main.tf", "x")]);
        for at in 0..1000 {
            let mut finding = sample.finding(sample.label("main.tf", "x", ""), Vec::new());
            finding.severity = Severity::ALL[at % 4];
            finding.message = finding.severity.to_string();
            sample.entries.findings.push(finding);
        }
        let text = sample.render(Format::Github, &STYLE);
        let count = |start: &str| text.lines().filter(|line| line.starts_with(start)).count();
        assert_eq!(count("::error"), 10);
        assert_eq!(count("::warning"), 10);
        assert_eq!(count("::notice"), 10);
        assert!(!text.contains("title=info["), "low ones come first");
        assert_eq!(
            text.lines().nth(30),
            Some(
                "Not annotated: 240 errors, 240 warnings, 490 notices, since GitHub shows 10 of \
                 each level. The job summary and other formats list all."
            )
        );
        assert_eq!(text.lines().count(), 32);
    }

    #[test]
    fn hostile_names_begin_no_command() {
        let sample = Sample::hostile();
        let text = sample.render(Format::Github, &STYLE);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), sample.entry_count() + 1, "{text}");
        for line in &lines[..lines.len() - 1] {
            let (command, _) = line[2..].split_once("::").expect("it ends");
            let properties: Vec<&str> = command
                .split([' ', ','])
                .filter_map(|part| part.split_once('='))
                .map(|(name, _)| name)
                .filter(|name| !name.contains('%'))
                .collect();
            assert!(
                properties == ["file", "line", "endLine", "col", "endColumn", "title"]
                    || properties == ["file", "title"],
                "{line}"
            );
            assert!(!line.contains('\u{1b}'), "{line}");
        }
    }
}
