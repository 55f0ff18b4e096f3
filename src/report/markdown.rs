//! A table fit for a comment on a pull request and for a job summary.
//!
//! Names are anybody's text: what stands between backticks in a message goes into `<code>`, with
//! all punctuation as character references, so that it can neither end the cell nor become markup.

use super::entry::{Entry, rule_page};
use super::terminal::shown;
use super::{Content, summary_text};
use std::fmt::Write as _;
use std::io;

/// GitHub takes 65,536 characters in a comment; this leaves room for a few words around it.
const MAX_COMMENT: usize = 60_000;
/// GitHub takes 1 MiB as the summary of a step.
const MAX_SUMMARY: usize = 1_000_000;
/// What stands for the severity of a finding that is none any more.
const FIXED: &str = "fixed";

/// Writes the report, cut to what a comment can hold.
///
/// # Errors
/// Those of `out`.
pub fn write(content: &Content, out: &mut dyn io::Write) -> io::Result<()> {
    write_within(MAX_COMMENT, content, out)
}

/// Writes the report, cut to what a job summary of GitHub Actions can hold beside the bytes that are
/// there already.
///
/// # Errors
/// Those of `out`.
pub fn write_job_summary(
    content: &Content,
    there: usize,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    write_within(MAX_SUMMARY.saturating_sub(there), content, out)
}

fn write_within(most: usize, content: &Content, out: &mut dyn io::Write) -> io::Result<()> {
    let mut text = format!("### ecslint\n\n{}\n", words(&summary_text(content)));
    let entries = content.worst_first();
    let fixed = content.fixed().iter().map(Entry::Finding);
    let rows = entries.iter().map(|entry| (entry.word(), *entry));
    let rows: Vec<(&str, Entry)> = rows.chain(fixed.map(|entry| (FIXED, entry))).collect();
    let mut table = String::new();
    let mut told = 0;
    for (word, entry) in &rows {
        let row = row(word, *entry, content);
        if text.len() + table.len() + row.len() > most {
            break;
        }
        table.push_str(&row);
        told += 1;
    }
    if told > 0 {
        text.push_str("\n| | rule | place | |\n|---|---|---|---|\n");
        text.push_str(&table);
    }
    if told < rows.len() {
        let more = rows.len() - told;
        write!(text, "\nNot in this table: {more} more.\n").expect("a string takes any text");
    }
    out.write_all(text.as_bytes())
}

/// `word` says what it is: a severity, or why it has none.
fn row(word: &str, entry: Entry, content: &Content) -> String {
    let id = entry.id();
    let id = match entry.rule() {
        Some(rule) => format!("[`{id}`]({})", rule_page(rule)),
        None => id.to_owned(),
    };
    let (line, column) = entry.start();
    let place = match entry.location() {
        Some(_) => format!("{}:{line}:{column}", content.rooted(entry.path())),
        None => content.rooted(entry.path()),
    };
    let mut cell = words(&entry.message());
    if let Some(help) = entry.help().filter(|_| word != FIXED) {
        write!(cell, "<br>help: {}", words(help)).expect("a string takes any text");
    }
    format!("| {word} | {id} | {} | {cell} |\n", code(&place))
}

/// A message: what stands between backticks is code.
fn words(message: &str) -> String {
    let mut out = String::new();
    for (at, part) in message.split('`').enumerate() {
        if at % 2 == 1 {
            out.push_str(&code(part));
            continue;
        }
        let part = shown(part);
        let mut characters = part.chars().peekable();
        while let Some(character) = characters.next() {
            push_reference(&mut out, character);
            // GitHub links names, issues and addresses after it has read the references.
            let joins = characters.peek().is_some_and(|next| !next.is_whitespace());
            if joins && matches!(character, '@' | '#' | ':' | '.') {
                out.push_str("&#8203;");
            }
        }
    }
    out
}

fn code(text: &str) -> String {
    let mut out = String::from("<code>");
    for character in shown(text).chars() {
        push_reference(&mut out, character);
    }
    out.push_str("</code>");
    out
}

/// Adds a character; punctuation that could be markup as a reference, which never is.
fn push_reference(out: &mut String, character: char) {
    match character {
        // Without a meaning inside of a line.
        '.' | ',' | ';' | '\'' | '?' | '%' | '/' | '-' | '+' | '=' | ':' => out.push(character),
        mark if mark.is_ascii_punctuation() => {
            write!(out, "&#{};", mark as u32).expect("a string takes any text");
        }
        plain => out.push(plain),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Format;
    use crate::report::samples::*;

    #[test]
    fn a_row_for_each_entry() {
        let mut sample = Sample::new(&[("a/main.tf", "x\n  user = \"0\"\n")]);
        let zero = sample.label("a/main.tf", "\"0\"", "UID 0 is root");
        let finding = sample.finding(zero, Vec::new());
        sample.entries.findings.push(finding);
        assert_eq!(
            sample.render(Format::Markdown, &STYLE),
            "### ecslint\n\n\
             no task definitions in 1 unit. 1 finding: 1 high. Exit code 1: 1 finding at or above \
             medium.\n\n\
             | | rule | place | |\n|---|---|---|---|\n\
             | high | [`host-network-root-user`](https://github.com/ecslint/ecslint/blob/main/docs\
             /rules/host-network-root-user.md) | <code>a/main.tf:2:10</code> | container \
             <code>api</code> runs as root on the host's network<br>help: set <code>user</code> to \
             the UID the image is built for |\n"
        );
    }

    #[test]
    fn hostile_names_are_no_markup() {
        let sample = Sample::hostile();
        let text = sample.render(Format::Markdown, &STYLE);
        let rows: Vec<&str> = text.lines().skip(6).collect();
        assert_eq!(rows.len(), sample.entry_count(), "{text}");
        for row in rows {
            assert_eq!(row.matches('|').count(), 5, "{row}");
            let mut rest = row.replace("<code>", "").replace("</code>", "");
            rest = rest.replace("<br>", "");
            assert!(
                !rest.contains(['<', '>', '*', '\\', '@', '\u{1b}']),
                "{row}"
            );
            assert_eq!(rest.matches("](").count(), usize::from(rest.contains("[`")));
        }
    }

    #[test]
    fn outside_of_code_nothing_becomes_a_link() {
        assert_eq!(
            words("a @team, #1 http://x.y. b"),
            "a &#64;&#8203;team, &#35;&#8203;1 http:&#8203;//x.&#8203;y. b"
        );
    }

    #[test]
    fn a_long_table_is_cut_and_says_so() {
        let mut sample = Sample::new(&[("main.tf", "x")]);
        for _ in 0..1000 {
            let finding = sample.finding(sample.label("main.tf", "x", ""), Vec::new());
            sample.entries.findings.push(finding);
        }
        let text = sample.render(Format::Markdown, &STYLE);
        assert!(text.len() <= MAX_COMMENT + 100);
        let rows = text
            .lines()
            .filter(|line| line.starts_with("| high"))
            .count();
        let last = format!("Not in this table: {} more.", 1000 - rows);
        assert_eq!(text.lines().last(), Some(last.as_str()));
    }
}
