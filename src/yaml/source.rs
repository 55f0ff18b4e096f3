//! The text that is parsed: where its characters stand, and what the parser makes of each.

use crate::source::{FileId, Span};
use crate::value::{Literal, LiteralBuilder, Map};
use saphyr_parser::{Marker, ScalarStyle};
use std::borrow::Cow;
use std::ops::Range;

/// What stands around a scalar: the parser's marks hug their text only loosely.
#[derive(Clone, Copy)]
pub(super) struct Around {
    /// Where the last token that was placed ends.
    pub cursor: usize,
    /// Where the innermost collection around it starts.
    pub parent: Option<usize>,
    /// Where the key of the value starts.
    pub key: Option<usize>,
}

/// Text that begins `base` bytes behind the start of a file.
pub(super) struct Source<'a> {
    pub text: &'a str,
    pub file: FileId,
    pub base: usize,
    /// The parser is given the text with some line breaks blanked out.
    pub joined: bool,
    offsets: Offsets,
}

impl<'a> Source<'a> {
    pub fn new(text: &'a str, file: FileId, base: usize, joined: bool) -> Source<'a> {
        Source {
            text,
            file,
            base,
            joined,
            offsets: Offsets::new(text),
        }
    }

    pub fn span(&self, start: usize, end: usize) -> Span {
        Span::new(self.file, self.base + start, self.base + end.max(start))
    }

    pub fn offset(&self, mark: Marker) -> usize {
        self.offsets.byte(self.text, mark.index())
    }

    /// Passes over blanks, line breaks, comments and the given indicators.
    pub fn skip_trivia(&self, start: usize, end: usize, indicators: &[u8]) -> usize {
        let bytes = self.text.as_bytes();
        let mut at = start;
        while at < end {
            match bytes[at] {
                b' ' | b'\t' | b'\r' | b'\n' => at += 1,
                b'#' if at == 0 || bytes[at - 1].is_ascii_whitespace() => {
                    at = memchr::memchr2(b'\n', b'\r', &bytes[at..end])
                        .map_or(end, |length| at + length);
                }
                byte if indicators.contains(&byte) => at += 1,
                _ => break,
            }
        }
        at
    }

    /// Passes over the tag and the anchor before a content. Returns where the content starts, and
    /// the tag's place.
    pub fn properties(&self, start: usize, end: usize) -> (usize, Option<Span>) {
        let bytes = self.text.as_bytes();
        let mut at = start;
        let mut tag = None;
        loop {
            at = self.skip_trivia(at, end, b"");
            let stops: &[u8] = match bytes.get(at) {
                Some(b'!' | b'&') if at >= end => return (at, tag),
                Some(b'!') if bytes.get(at + 1) == Some(&b'<') => b" \t\r\n",
                Some(b'!' | b'&') => b" \t\r\n,[]{}",
                _ => return (at, tag),
            };
            let length = bytes[at..end]
                .iter()
                .position(|byte| stops.contains(byte))
                .unwrap_or(end - at);
            if bytes[at] == b'!' {
                tag = Some(self.span(at, at + length));
            }
            at += length;
        }
    }

    /// A scalar, and the place of its tag. `text` is what the parser made of it, here and below;
    /// `decorated` tells that it has a tag or an anchor.
    pub fn scalar(
        &self,
        text: &str,
        style: ScalarStyle,
        decorated: bool,
        marks: Range<usize>,
        around: Around,
    ) -> (Literal, Option<Span>) {
        let (content, tag) = match decorated {
            true => self.properties(marks.start, marks.end),
            false => (marks.start, None),
        };
        let literal = match style {
            ScalarStyle::Plain if text.is_empty() => {
                let at = match tag {
                    Some(tag) => tag.end as usize - self.base,
                    None => self.empty_place(content.min(marks.start), around),
                };
                // What can be pointed at is the key with its colon.
                let start = around.key.filter(|_| !decorated).unwrap_or(at);
                Literal::computed("", self.span(start, at))
            }
            ScalarStyle::Plain => self.plain(text, content..marks.end),
            ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => {
                self.quoted(text, content, marks.end)
            }
            ScalarStyle::Literal | ScalarStyle::Folded => {
                let header = match decorated {
                    true => content,
                    false => self.skip_trivia(around.cursor, marks.start, b":-?"),
                };
                let column = around.parent.map(|start| self.column(start));
                self.block(text, header, marks, column)
            }
        };
        (literal, tag)
    }

    /// Where the content of a collection starts, and the place of its tag.
    pub fn collection_start(
        &self,
        is_sequence: bool,
        decorated: bool,
        marks: Range<usize>,
        cursor: usize,
    ) -> (usize, Option<Span>) {
        let (mut start, tag) = match decorated {
            true => self.properties(marks.start, marks.end),
            false => (marks.start, None),
        };
        let bytes = self.text.as_bytes();
        if is_sequence && !matches!(bytes.get(start), Some(b'[' | b'-')) {
            // A sequence that is not indented: its mark lies behind its first dash.
            let dash = self.skip_trivia(cursor, start, b":?");
            let (dash, _) = self.properties(dash, start);
            if bytes.get(dash) == Some(&b'-') {
                start = dash;
            }
        }
        (start, tag)
    }

    /// Where a collection ends: one in flow style with its bracket, a block with its last child.
    pub fn collection_end(&self, marks: Range<usize>, last: usize) -> usize {
        match self.text.as_bytes().get(marks.start) {
            Some(b']' | b'}') if !marks.is_empty() => marks.start + 1,
            _ => last,
        }
    }

    /// Where a value stands that has no characters: behind its colon.
    fn empty_place(&self, mark: usize, around: Around) -> usize {
        let bytes = self.text.as_bytes();
        let cursor = around.cursor;
        let blanks = bytes[cursor.min(mark)..]
            .iter()
            .take_while(|byte| matches!(byte, b' ' | b'\t'))
            .count();
        match bytes.get(cursor + blanks) {
            Some(b':') if around.parent.is_some() => cursor + blanks + 1,
            _ => mark,
        }
    }

    /// How many bytes stand before an offset on its line.
    fn column(&self, at: usize) -> usize {
        let line = self.text[..at].rfind(['\n', '\r']);
        at - line.map_or(0, |at| at + 1)
    }

    /// A plain scalar.
    fn plain(&self, text: &str, range: Range<usize>) -> Literal {
        let whole = self.span(range.start, range.end);
        if self.text.get(range.clone()) == Some(text) {
            return Literal::mapped(text.into(), Map::verbatim(whole, self.base + range.start));
        }
        self.flow(text, whole, range, None)
    }

    /// A quoted scalar. The mark of its end may lie behind blanks and a comment.
    fn quoted(&self, text: &str, start: usize, end: usize) -> Literal {
        let bytes = self.text.as_bytes();
        let quote = bytes[start];
        let mut at = start + 1;
        while at < end {
            match bytes[at] {
                b'\\' if quote == b'"' => at += 2,
                b'\'' if quote == b'\'' && bytes.get(at + 1) == Some(&b'\'') => at += 2,
                byte if byte == quote => break,
                _ => at += 1,
            }
        }
        let inner = start + 1..at.min(end);
        let whole = self.span(start, (at + 1).min(end));
        if self.text.get(inner.clone()) == Some(text) {
            return Literal::mapped(text.into(), Map::verbatim(whole, self.base + inner.start));
        }
        self.flow(text, whole, inner, Some(quote))
    }

    /// A scalar over several lines, or one with escapes.
    fn flow(&self, text: &str, whole: Span, range: Range<usize>, quote: Option<u8>) -> Literal {
        let Some(source) = self.text.get(range.clone()) else {
            return Literal::computed(text, whole);
        };
        let base = self.base + range.start;
        let mut builder = LiteralBuilder::new(whole);
        let mut at = 0;
        while at < source.len() {
            let rest = &source[at..];
            let length = match rest.as_bytes()[0] {
                b'\\' if quote == Some(b'"') => {
                    let (decoded, length) = decode_escape(rest);
                    builder.replaced(&decoded, base + at, length);
                    length
                }
                b'\'' if quote == Some(b'\'') => {
                    builder.replaced("'", base + at, 2);
                    2
                }
                b' ' | b'\t' | b'\r' | b'\n' => {
                    let length = rest
                        .find(|character| !matches!(character, ' ' | '\t' | '\r' | '\n'))
                        .unwrap_or(rest.len());
                    let blanks = &rest[..length];
                    match count_breaks(blanks) {
                        0 => builder.verbatim(blanks, base + at),
                        1 => builder.replaced(" ", base + at, length),
                        more => builder.replaced(&"\n".repeat(more - 1), base + at, length),
                    }
                    length
                }
                _ => {
                    let length = rest
                        .find(['\\', '\'', ' ', '\t', '\r', '\n'])
                        .unwrap_or(rest.len())
                        .max(1);
                    builder.verbatim(&rest[..length], base + at);
                    length
                }
            };
            at += length;
        }
        // Of lines that were joined, the parser knows no breaks.
        match quote {
            Some(_) if self.joined => builder.finish(),
            _ => checked(builder, text, whole),
        }
    }

    /// A block scalar whose `|` or `>` stands at `header`, in a block collection at `column`.
    fn block(
        &self,
        text: &str,
        header: usize,
        marks: Range<usize>,
        column: Option<usize>,
    ) -> Literal {
        let bytes = self.text.as_bytes();
        let folded = match bytes.get(header) {
            Some(b'|') => false,
            Some(b'>') => true,
            _ => return Literal::computed(text, self.span(marks.start, marks.end)),
        };
        let line_end = next_line(self.text, header);
        let head = self.text[header + 1..line_end].trim_end_matches(['\r', '\n']);
        let indicators = head.split([' ', '\t', '#']).next().unwrap_or("");
        let chomping = match indicators.chars().find(|c| matches!(c, '+' | '-')) {
            Some('+') => Chomping::Keep,
            Some(_) => Chomping::Strip,
            None => Chomping::Clip,
        };
        let explicit = indicators.chars().find_map(|c| c.to_digit(10));
        let block = Block {
            text: self.text,
            folded,
            chomping,
            indent: match explicit {
                Some(digit) => column.unwrap_or(0) + digit as usize,
                // What does not stand deeper than the collection around is not in it.
                None => indent_of_first_line(&self.text[line_end..])
                    .max(column.map_or(0, |column| column + 1)),
            },
        };
        let (content, runs) = block.runs(line_end);
        if !content.is_empty() {
            let whole = self.span(content.start, content.end);
            let mut builder = LiteralBuilder::new(whole);
            for run in runs {
                match run {
                    Run::Verbatim(range) => {
                        builder.verbatim(&self.text[range.clone()], self.base + range.start);
                    }
                    Run::Replaced(with, range) => {
                        builder.replaced(with, self.base + range.start, range.len());
                    }
                }
            }
            return checked(builder, text, whole);
        }
        let head = self.span(header, header + 1 + indicators.len());
        Literal::computed(text, head)
    }
}

/// Byte offsets of characters. The parser counts characters.
pub(super) struct Offsets {
    /// The offset of every 64th character; empty where all are one byte long.
    checkpoints: Vec<u32>,
}

const CHECKPOINT: usize = 64;

impl Offsets {
    pub fn new(text: &str) -> Offsets {
        let mut checkpoints = Vec::new();
        if !text.is_ascii() {
            let every = text.char_indices().step_by(CHECKPOINT);
            checkpoints.extend(every.map(|(at, _)| at as u32));
        }
        Offsets { checkpoints }
    }

    pub fn byte(&self, text: &str, character: usize) -> usize {
        if self.checkpoints.is_empty() {
            return character.min(text.len());
        }
        let Some(&from) = self.checkpoints.get(character / CHECKPOINT) else {
            return text.len();
        };
        let mut rest = text[from as usize..].char_indices();
        match rest.nth(character % CHECKPOINT) {
            Some((at, _)) => from as usize + at,
            None => text.len(),
        }
    }
}

/// The literal that was built, if it is what the parser made of the same bytes; else the parser's
/// text, all of it at one place.
fn checked(builder: LiteralBuilder, text: &str, whole: Span) -> Literal {
    if builder.text() == text {
        builder.finish()
    } else {
        Literal::computed(text, whole)
    }
}

/// Line breaks in white space: `\n`, `\r\n` or `\r`.
fn count_breaks(blanks: &str) -> usize {
    let breaks = blanks.bytes().filter(|byte| matches!(byte, b'\r' | b'\n'));
    breaks.count() - blanks.matches("\r\n").count()
}

/// The text of the escape at the start of `rest`, and its length.
fn decode_escape(rest: &str) -> (Cow<'static, str>, usize) {
    let mut characters = rest[1..].chars();
    let Some(first) = characters.next() else {
        return ("".into(), 1);
    };
    let digits = match first {
        'x' => 2,
        'u' => 4,
        'U' => 8,
        '\r' | '\n' => {
            let length = rest[1..]
                .find(|character| !matches!(character, ' ' | '\t' | '\r' | '\n'))
                .unwrap_or(rest.len() - 1);
            let breaks = count_breaks(&rest[1..1 + length]);
            return ("\n".repeat(breaks.saturating_sub(1)).into(), 1 + length);
        }
        _ => {
            let text = match first {
                '0' => "\0",
                'a' => "\u{7}",
                'b' => "\u{8}",
                't' | '\t' => "\t",
                'n' => "\n",
                'v' => "\u{b}",
                'f' => "\u{c}",
                'r' => "\r",
                'e' => "\u{1b}",
                ' ' => " ",
                '"' => "\"",
                '/' => "/",
                '\\' => "\\",
                'N' => "\u{85}",
                '_' => "\u{a0}",
                'L' => "\u{2028}",
                'P' => "\u{2029}",
                _ => "",
            };
            return (text.into(), 1 + first.len_utf8());
        }
    };
    let decoded = rest
        .get(2..2 + digits)
        .and_then(|digits| u32::from_str_radix(digits, 16).ok())
        .and_then(char::from_u32);
    match decoded {
        Some(character) => (character.to_string().into(), 2 + digits),
        None => ("".into(), 2),
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Chomping {
    Clip,
    Strip,
    Keep,
}

/// How the content of a block scalar is cut out of its lines.
struct Block<'a> {
    text: &'a str,
    folded: bool,
    chomping: Chomping,
    indent: usize,
}

enum Run {
    Verbatim(Range<usize>),
    Replaced(&'static str, Range<usize>),
}

impl Block<'_> {
    /// The content from its first to its last character, and what its bytes become.
    fn runs(&self, from: usize) -> (Range<usize>, Vec<Run>) {
        let bytes = self.text.as_bytes();
        let mut runs = Vec::new();
        let mut content = from..from;
        // The break after the last line of content, and those of the empty lines that follow.
        let mut pending: Option<Range<usize>> = None;
        let mut empty: Vec<Range<usize>> = Vec::new();
        let mut was_indented = false;
        let mut line = from;
        while line < bytes.len() {
            let blanks = bytes[line..]
                .iter()
                .take(self.indent)
                .take_while(|byte| **byte == b' ')
                .count();
            let start = line + blanks;
            let next = next_line(self.text, line);
            let stop = line + self.text[line..next].trim_end_matches(['\r', '\n']).len();
            if start >= stop {
                if stop == next {
                    break;
                }
                empty.push(stop..next);
                line = next;
                continue;
            }
            if blanks < self.indent || (line == start && is_document_marker(&self.text[line..])) {
                break;
            }
            let indented = matches!(bytes[start], b' ' | b'\t');
            match pending.take() {
                Some(first) if self.folded && !was_indented && !indented => {
                    if empty.is_empty() {
                        runs.push(Run::Replaced(" ", first.start..start));
                    } else {
                        runs.extend(empty.drain(..).map(line_break));
                    }
                }
                first => runs.extend(first.into_iter().chain(empty.drain(..)).map(line_break)),
            }
            if content.is_empty() {
                content.start = start;
            }
            content.end = stop;
            runs.push(Run::Verbatim(start..stop));
            was_indented = indented;
            pending = (stop < next).then_some(stop..next);
            line = next;
        }
        if self.chomping != Chomping::Strip {
            runs.extend(pending.map(line_break));
        }
        if self.chomping == Chomping::Keep {
            runs.extend(empty.into_iter().map(line_break));
        }
        (content, runs)
    }
}

fn line_break(range: Range<usize>) -> Run {
    Run::Replaced("\n", range)
}

/// Where the line after the one at `at` starts.
fn next_line(text: &str, at: usize) -> usize {
    let bytes = text.as_bytes();
    match memchr::memchr2(b'\n', b'\r', &bytes[at..]) {
        Some(length) if bytes[at + length..].starts_with(b"\r\n") => at + length + 2,
        Some(length) => at + length + 1,
        None => bytes.len(),
    }
}

fn is_document_marker(line: &str) -> bool {
    (line.starts_with("---") || line.starts_with("..."))
        && line[3..].chars().next().is_none_or(char::is_whitespace)
}

/// The indent of the first line that is not blank.
fn indent_of_first_line(mut text: &str) -> usize {
    loop {
        let indent = text.bytes().take_while(|byte| *byte == b' ').count();
        if indent == text.len() || !matches!(text.as_bytes()[indent], b'\r' | b'\n') {
            return indent;
        }
        text = &text[next_line(text, 0)..];
    }
}
