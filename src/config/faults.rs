//! What is wrong with a configuration, in our words.

use std::fmt;
use std::path::PathBuf;

/// A fault of the configuration.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ConfigError {
    pub path: PathBuf,
    /// One-based line and column, where the fault has a place.
    pub position: Option<(usize, usize)>,
    pub message: String,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.path.display())?;
        if let Some((line, column)) = self.position {
            write!(f, "{line}:{column}:")?;
        }
        write!(f, " {}", self.message)
    }
}

impl std::error::Error for ConfigError {}

/// The nearest of `known` to `name`, if it is near enough to have been meant.
pub fn suggest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let known = known.into_iter();
    let near = known.map(|one| (distance(name, one), one));
    let (distance, best) = near.min_by_key(|(distance, _)| *distance)?;
    (distance <= 1 + best.chars().count() / 4).then_some(best)
}

/// Edits of a character (or swaps of two neighbours) that make one text of the other; hyphens,
/// underscores and letter case count as the same.
fn distance(a: &str, b: &str) -> usize {
    let letters = |text: &str| -> Vec<char> {
        let text = text.chars().take(64).map(|letter| match letter {
            '_' => '-',
            other => other.to_ascii_lowercase(),
        });
        text.collect()
    };
    let (a, b) = (letters(a), letters(b));
    let mut rows = vec![vec![0; b.len() + 1]; a.len() + 1];
    for i in 0..=a.len() {
        for j in 0..=b.len() {
            rows[i][j] = if i == 0 || j == 0 {
                i + j
            } else {
                let replace = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
                let edit = replace.min(rows[i - 1][j] + 1).min(rows[i][j - 1] + 1);
                let swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
                match swapped {
                    true => edit.min(rows[i - 2][j - 2] + 1),
                    false => edit,
                }
            };
        }
    }
    rows[a.len()][b.len()]
}

/// "`x` is not …", with the nearest of what is.
pub(super) fn unknown(name: &str, what: &str, known: &[&str]) -> String {
    match suggest(name, known.iter().copied()) {
        Some(near) => format!("`{name}` is not {what}: did you mean `{near}`?"),
        None => format!("`{name}` is not {what}: there are {}", quoted(known)),
    }
}

pub(super) fn quoted(words: &[&str]) -> String {
    let words: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    words.join(", ")
}

/// Our words for an error of the reader of YAML.
pub(super) fn explain(mut text: String) -> String {
    // The place is printed before the message.
    if let Some(at) = text.rfind(" at line ") {
        text.truncate(at);
    }
    // `rules.x: invalid type: …`
    let text = match text.find(": ") {
        Some(at) if !text[..at].contains([' ', '`']) => &text[at + 2..],
        _ => &text,
    };
    let between = |text: &str, from: &str| -> Option<String> {
        let (_, rest) = text.split_once(from)?;
        Some(rest.split_once('`')?.0.to_owned())
    };
    if let Some(field) = between(text, "unknown field `") {
        let known = text.split_once("expected").map_or("", |(_, rest)| rest);
        let known: Vec<&str> = known.split('`').skip(1).step_by(2).collect();
        return unknown(&field, "a key here", &known);
    }
    if let Some(field) = between(text, "missing field `") {
        return format!("`{field}` is missing here");
    }
    if let Some(field) = between(text, "duplicate field `") {
        return format!("`{field}` is set twice");
    }
    // `invalid type: string "x", expected a sequence`
    if let Some(rest) = text.strip_prefix("invalid type: ")
        && let Some((got, wanted)) = rest.rsplit_once(", expected ")
    {
        let wanted = match wanted {
            "a sequence" => "a list",
            other if other.starts_with("struct ") => "a mapping",
            other => other,
        };
        let got = match got {
            "unit value" => "nothing",
            "map" => "a mapping",
            "sequence" => "a list",
            other => other,
        };
        return format!("expected {wanted}, found {got}");
    }
    match text {
        "deserializing from YAML containing more than one document is not supported" => {
            "the file holds more than one document"
        }
        "found character that cannot start any token" => {
            "this character cannot begin a value; YAML is indented with blanks"
        }
        other => other,
    }
    .to_owned()
}
