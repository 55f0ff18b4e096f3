//! The expectations of a fixture: comments on the lines that they are about.
//!
//! `testdata/README.md` describes the notation.

use std::fs;
use std::path::{Path, PathBuf};

/// One expectation.
#[derive(Debug)]
pub struct Marker {
    /// The file that holds the marker, and its line there.
    pub written: (PathBuf, usize),
    /// The file that it is about, and the line unless it is about the whole file.
    pub about: (PathBuf, Option<usize>),
    pub expected: Expected,
    /// Column of the primary place.
    pub column: Option<usize>,
    /// The exact text under the primary place.
    pub text: Option<String>,
    pub clauses: Vec<Clause>,
}

/// What is expected on a line.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Expected {
    Verdict { verdict: String, rule: String },
    Problem { kind: String },
}

/// What is expected besides.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Clause {
    /// A label there.
    AlsoAt(String, usize),
    /// The answers under which it fails, joined by " and ".
    When(String),
    /// A default that it rests on.
    Assumes(String),
    Evidence(String),
    Severity(String),
    /// A part of the message, the reason or a note.
    Says(String),
    /// Only the task definition of this address is meant.
    For(String),
}

pub const VERDICTS: [&str; 5] = [
    "fail",
    "conditional",
    "undetermined",
    "pass",
    "not_applicable",
];

/// Reads all markers below a case's directory.
///
/// # Errors
/// Every marker that is malformed, with its place.
pub fn read(case: &Path) -> Result<Vec<Marker>, Vec<String>> {
    let mut markers = Vec::new();
    let mut errors = Vec::new();
    for path in files(case) {
        let Ok(text) = fs::read_to_string(&path) else {
            continue;
        };
        let found = match path.file_name().and_then(|name| name.to_str()) {
            Some("expect.txt") => in_list(case, &path, &text),
            _ => in_comments(&path, &text),
        };
        for marker in found {
            match marker {
                Ok(marker) => markers.push(marker),
                Err(error) => errors.push(error),
            }
        }
    }
    if errors.is_empty() {
        Ok(markers)
    } else {
        Err(errors)
    }
}

/// The text without its markers: what the documentation shows.
pub fn strip(text: &str) -> String {
    let mut stripped = String::with_capacity(text.len());
    for line in text.lines() {
        match comment(line) {
            Some((at, _)) if line[..at].trim().is_empty() => continue,
            Some((at, _)) => stripped.push_str(line[..at].trim_end()),
            None => stripped.push_str(line),
        }
        stripped.push('\n');
    }
    stripped
}

/// All files below a directory, sorted, without what tools leave behind.
pub fn files(directory: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![directory.to_path_buf()];
    while let Some(directory) = open.pop() {
        let entries = fs::read_dir(&directory).expect("a fixture directory can be listed");
        for entry in entries {
            let path = entry.expect("a fixture directory can be listed").path();
            if path.is_dir() {
                open.push(path);
            } else {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// Where a line's marker begins, and what follows its `#` or `//`.
fn comment(line: &str) -> Option<(usize, &str)> {
    let mut from = 0;
    while let Some(found) = line[from..].find("expect") {
        let at = from + found;
        let before = line[..at].trim_end();
        let after = &line[at + "expect".len()..];
        if after.starts_with(':') || after.starts_with('@') {
            if let Some(before) = before.strip_suffix('#') {
                return Some((before.len(), &line[at..]));
            }
            if let Some(before) = before.strip_suffix("//") {
                return Some((before.len(), &line[at..]));
            }
        }
        from = at + 1;
    }
    None
}

fn in_comments(path: &Path, text: &str) -> Vec<Result<Marker, String>> {
    let lines: Vec<&str> = text.lines().collect();
    let mut found = Vec::new();
    for (index, line) in lines.iter().enumerate() {
        let Some((at, marker)) = comment(line) else {
            continue;
        };
        let alone = |line: &str| comment(line).is_some_and(|(at, _)| line[..at].trim().is_empty());
        let here = index + 1;
        let own = if line[..at].trim().is_empty() {
            let below = &lines[here..];
            here + 1 + below.iter().take_while(|line| alone(line)).count()
        } else {
            here
        };
        found.push(in_comment(path, here, own, marker));
    }
    found
}

/// `expect: …` about the line `own`, or `expect@+3: …` about the third line below.
fn in_comment(path: &Path, here: usize, own: usize, marker: &str) -> Result<Marker, String> {
    let fault = |what: &str| format!("{}:{here}: {what}", path.display());
    let (head, tail) = marker
        .split_once(':')
        .ok_or_else(|| fault("a marker needs a colon after `expect`"))?;
    let line = match head.strip_prefix("expect@") {
        None => own,
        Some(offset) => {
            let offset: isize = offset
                .parse()
                .map_err(|_| fault("the offset after `expect@` is `+N` or `-N`"))?;
            here.checked_add_signed(offset)
                .ok_or_else(|| fault("the offset leads out of the file"))?
        }
    };
    parse(tail)
        .map(|parsed| parsed.at((path.into(), here), (path.into(), Some(line))))
        .map_err(|what| fault(&what))
}

/// `expect.txt`: one marker a line, after `FILE:LINE:` or `FILE:`; `#` opens a comment line.
fn in_list(case: &Path, path: &Path, text: &str) -> Vec<Result<Marker, String>> {
    let entries = text.lines().enumerate();
    entries
        .filter(|(_, line)| !line.trim().is_empty() && !line.starts_with('#'))
        .map(|(index, line)| {
            let here = index + 1;
            let fault = |what: &str| format!("{}:{here}: {what}", path.display());
            let (file, rest) = line
                .split_once(':')
                .ok_or_else(|| fault("a line is `FILE:LINE: VERDICT RULE …`"))?;
            let (line, tail) = match rest.split_once(':') {
                Some((number, tail)) if number.parse::<usize>().is_ok() => {
                    (number.parse().ok(), tail)
                }
                _ => (None, rest),
            };
            let file = match file {
                "." => case.to_path_buf(),
                file => case.join(file),
            };
            parse(tail)
                .map(|parsed| parsed.at((path.into(), here), (file, line)))
                .map_err(|what| fault(&what))
        })
        .collect()
}

struct Parsed {
    expected: Expected,
    column: Option<usize>,
    text: Option<String>,
    clauses: Vec<Clause>,
}

impl Parsed {
    fn at(self, written: (PathBuf, usize), about: (PathBuf, Option<usize>)) -> Marker {
        Marker {
            written,
            about,
            expected: self.expected,
            column: self.column,
            text: self.text,
            clauses: self.clauses,
        }
    }
}

/// `VERDICT RULE` or `problem KIND`, then `col N`, the text and clauses in any order.
fn parse(tail: &str) -> Result<Parsed, String> {
    let mut tokens = tokens(tail)?.into_iter();
    let mut word = |what: &str| match tokens.next() {
        Some(Token::Word(word)) => Ok(word),
        Some(Token::Quoted(_)) => Err(format!("expected {what} before the quoted text")),
        None => Err(format!("expected {what} at the end")),
    };
    let verdict = word("a verdict")?;
    let expected = match verdict.as_str() {
        "problem" => Expected::Problem {
            kind: word("the kind of the problem")?,
        },
        one if VERDICTS.contains(&one) => Expected::Verdict {
            verdict,
            rule: word("a rule")?,
        },
        other => {
            let all = VERDICTS.join(", ");
            return Err(format!(
                "`{other}` is not a verdict: one of {all}, or problem"
            ));
        }
    };
    let mut parsed = Parsed {
        expected,
        column: None,
        text: None,
        clauses: Vec::new(),
    };
    while let Some(token) = tokens.next() {
        let word = match token {
            Token::Quoted(text) => {
                parsed.text = Some(text);
                continue;
            }
            Token::Word(word) => word,
        };
        let mut next = || match tokens.next() {
            Some(Token::Word(text) | Token::Quoted(text)) => Ok(text),
            None => Err(format!("something must follow `{word}`")),
        };
        match word.as_str() {
            "col" => {
                let column = next()?;
                let number = column.parse().map_err(|_| "a column is a number");
                parsed.column = Some(number?);
            }
            "also" => {
                let at = next()?;
                let place = next()?;
                let (file, line) = place.rsplit_once(':').unwrap_or_default();
                match (at.as_str(), line.parse()) {
                    ("at", Ok(line)) => parsed.clauses.push(Clause::AlsoAt(file.into(), line)),
                    _ => return Err("expected `also at FILE:LINE`".into()),
                }
            }
            "when" => parsed.clauses.push(Clause::When(next()?)),
            "assumes" => parsed.clauses.push(Clause::Assumes(next()?)),
            "evidence" => parsed.clauses.push(Clause::Evidence(next()?)),
            "severity" => parsed.clauses.push(Clause::Severity(next()?)),
            "says" => parsed.clauses.push(Clause::Says(next()?)),
            "for" => parsed.clauses.push(Clause::For(next()?)),
            other => return Err(format!("`{other}` means nothing in a marker")),
        }
    }
    Ok(parsed)
}

enum Token {
    Word(String),
    Quoted(String),
}

/// Words, texts between double quotes with `\"` and `\\` for a quote and a backslash, and texts
/// between backticks in which nothing is escaped.
fn tokens(text: &str) -> Result<Vec<Token>, String> {
    let mut tokens = Vec::new();
    let mut rest = text.trim();
    while let Some(first) = rest.chars().next() {
        let unclosed = || format!("nothing closes the {first} of `{rest}`");
        let (token, after) = match first {
            '`' => {
                let (quoted, after) = rest[1..].split_once('`').ok_or_else(unclosed)?;
                (Token::Quoted(quoted.into()), after)
            }
            '"' => {
                let mut quoted = String::new();
                let mut chars = rest[1..].char_indices();
                let end = loop {
                    match chars.next().ok_or_else(unclosed)? {
                        (at, '"') => break at,
                        (_, '\\') => quoted.push(chars.next().ok_or_else(unclosed)?.1),
                        (_, char) => quoted.push(char),
                    }
                };
                (Token::Quoted(quoted), &rest[1 + end + 1..])
            }
            _ => {
                let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
                let (word, after) = rest.split_at(end);
                (Token::Word(word.into()), after)
            }
        };
        tokens.push(token);
        rest = after.trim_start();
    }
    Ok(tokens)
}
