//! Text for a terminal: what may reach it, how wide it is, how it wraps, and its colours.

use std::borrow::Cow;
use std::fmt::Write as _;
use unicode_width::UnicodeWidthChar;

/// What the terminal can show. Decided once, by the binary.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Style {
    pub colour: bool,
    /// Cells in a line.
    pub width: usize,
    /// Box drawing and `…` beside ASCII.
    pub unicode: bool,
}

impl Style {
    /// What stands where text was left out.
    pub fn ellipsis(&self) -> &'static str {
        if self.unicode { "…" } else { "..." }
    }

    /// Text in a colour, or as it is where there are no colours.
    pub fn paint(&self, colour: Colour, text: &str) -> String {
        if self.colour {
            format!("\u{1b}[{}m{text}\u{1b}[0m", colour as u8)
        } else {
            text.to_owned()
        }
    }
}

/// The colours of the 16 that every terminal theme defines, and bold.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Colour {
    Bold = 1,
    Red = 31,
    Yellow = 33,
    Cyan = 36,
}

/// Whether a character could move the cursor, recolour, reorder or hide text, or is not seen.
/// Names and source are anybody's text, so such characters are only ever shown escaped
/// (CVE-2021-42574 shows what bidirectional controls do to a reader of source).
pub fn is_hostile(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{ad}' | '\u{61c}' | '\u{180e}'
                | '\u{200b}' | '\u{200e}' | '\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e007f}'
        )
}

/// Adds a character as it may be shown: hostile ones as `\n` or `\u{1b}`.
pub fn push_shown(out: &mut String, character: char) {
    match character {
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        hostile if is_hostile(hostile) => {
            write!(out, "\\u{{{:x}}}", hostile as u32).expect("a string takes any text");
        }
        plain => out.push(plain),
    }
}

/// The text with every hostile character escaped.
pub fn shown(text: &str) -> Cow<'_, str> {
    if !text.contains(is_hostile) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        push_shown(&mut out, character);
    }
    Cow::Owned(out)
}

/// The text with what the logs of CI servers take for commands escaped: at the start of a line `::`
/// of GitHub Actions, and anywhere its older `##[`, Azure Pipelines' `##vso[` and TeamCity's
/// `##teamcity[`.
pub fn inert(text: &str) -> Cow<'_, str> {
    let begins = |line: &str| line.trim_start().starts_with("::");
    if !text.contains("##") && !text.lines().any(begins) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for line in text.split_inclusive('\n') {
        let mut rest = line;
        if begins(line) {
            let (indent, after) = line.split_at(line.len() - line.trim_start().len());
            out.push_str(indent);
            out.push_str("\\u{3a}");
            rest = &after[1..];
        }
        while let Some(at) = rest.find("##") {
            let (before, after) = rest.split_at(at + 1);
            out.push_str(before);
            let name = after[1..].trim_start_matches(|c: char| c.is_ascii_alphanumeric());
            rest = match name.starts_with('[') {
                true => {
                    out.push_str("\\u{23}");
                    &after[1..]
                }
                false => after,
            };
        }
        out.push_str(rest);
    }
    Cow::Owned(out)
}

/// Cells that a text takes; escape sequences of colours take none.
pub fn cells(text: &str) -> usize {
    let mut cells = 0;
    let mut escaped = false;
    for character in text.chars() {
        match character {
            '\u{1b}' => escaped = true,
            'm' if escaped => escaped = false,
            _ if escaped => {}
            _ => cells += character.width().unwrap_or(0),
        }
    }
    cells
}

/// Breaks a text at its blanks into lines of at most `width` cells; a word that is longer has a
/// line of its own. Line breaks of the text are kept.
pub fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    for paragraph in text.split('\n') {
        let mut line = String::new();
        let mut taken = 0;
        for word in paragraph.split(' ') {
            let wide = cells(word);
            if taken > 0 && taken + 1 + wide > width {
                lines.push(std::mem::take(&mut line));
                taken = 0;
            } else if taken > 0 {
                line.push(' ');
                taken += 1;
            }
            line.push_str(word);
            taken += wide;
        }
        lines.push(line);
    }
    lines
}

/// The text wrapped, `first` before its first line and as many blanks before the others.
pub fn hang(first: &str, text: &str, width: usize) -> String {
    let indent = cells(first);
    let mut out = String::new();
    for (at, line) in wrap(text, width.saturating_sub(indent).max(20))
        .iter()
        .enumerate()
    {
        if at == 0 {
            out.push_str(first);
        } else if !line.is_empty() {
            out.extend(std::iter::repeat_n(' ', indent));
        }
        out.push_str(line);
        out.push('\n');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_a_log_takes_for_a_command_is_escaped() {
        for (text, wanted) in [
            (
                "AWS::ECS::Service # a ## b ###",
                "AWS::ECS::Service # a ## b ###",
            ),
            (
                "::error::x\n  ::warning::y",
                "\\u{3a}:error::x\n  \\u{3a}:warning::y",
            ),
            (
                "a ##[error]b ###[x] ##vso[y]",
                "a #\\u{23}[error]b ##\\u{23}[x] #\\u{23}vso[y]",
            ),
        ] {
            assert_eq!(inert(text), wanted);
        }
    }

    #[test]
    fn what_could_act_on_a_terminal_is_escaped() {
        assert_eq!(shown("plain é 漢"), "plain é 漢");
        assert_eq!(shown("a\u{1b}[31mb"), "a\\u{1b}[31mb");
        assert_eq!(shown("a\r\n\tb"), "a\\r\\n\\tb");
        assert_eq!(shown("\u{9b}2J\u{7f}"), "\\u{9b}2J\\u{7f}");
        assert_eq!(
            shown("x\u{202e}y\u{2066}z\u{feff}"),
            "x\\u{202e}y\\u{2066}z\\u{feff}"
        );
    }

    #[test]
    fn lines_break_at_blanks_and_hang() {
        assert_eq!(wrap("aa bb cc", 5), ["aa bb", "cc"]);
        assert_eq!(wrap("aaaaaaa b", 3), ["aaaaaaa", "b"]);
        assert_eq!(wrap("漢字 漢字", 6), ["漢字", "漢字"]);
        assert_eq!(wrap("a\n\nb", 6), ["a", "", "b"]);
        assert_eq!(
            hang("  help: ", "set `user` to something else", 28),
            "  help: set `user` to\n        something else\n"
        );
    }

    #[test]
    fn colours_take_no_cells() {
        let style = Style {
            colour: true,
            width: 80,
            unicode: true,
        };
        assert_eq!(cells(&style.paint(Colour::Red, "high")), 4);
    }

    proptest! {
        #[test]
        fn no_text_is_a_command_of_a_log(text in "[a:#\\[ \n\r\t]{0,30}") {
            let inert = inert(&text);
            prop_assert!(!inert.contains("##["), "{}", inert);
            let begins = |line: &str| line.trim_start().starts_with("::");
            prop_assert!(!inert.lines().any(begins), "{}", inert);
        }

        #[test]
        fn nothing_hostile_is_left(text in any::<String>()) {
            prop_assert!(!shown(&text).contains(is_hostile));
        }
    }
}
