//! Where strings, heredocs, templates, comments and brackets end: all that tells the items of a file
//! apart.

use super::syntax::{self, SyntaxError};
use crate::source::File;
use std::borrow::Cow;
use std::ops::Range;

/// Text that cannot be told apart, by byte offsets.
#[derive(Debug)]
pub struct Fault {
    pub message: Cow<'static, str>,
    pub range: Range<usize>,
}

impl Fault {
    /// A fault at a range of the text.
    pub fn new(message: impl Into<Cow<'static, str>>, range: Range<usize>) -> Fault {
        Fault {
            message: message.into(),
            range,
        }
    }

    /// The same as a fault of the file that the text is of.
    pub fn in_file(self, file: &File) -> SyntaxError {
        SyntaxError::new(self.message, file.span(self.range.start, self.range.end))
    }
}

/// Where an expression ends besides the end of its text.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Until {
    /// At a new line outside brackets: an attribute's value.
    Line,
    /// At a new line or a comma: an object's value.
    Item,
    /// At `=` or `:`: an object's key.
    Key,
}

/// Finds the ends of strings, heredocs, braces and expressions. All offsets count in the whole
/// text. It keeps its own stack, so nesting costs memory and never the call stack.
pub struct Lexer<'a> {
    text: &'a str,
    /// Commas in the code that was looked through for objects.
    pub commas: usize,
    /// The strings and heredocs around the code that is read.
    templates: Vec<Template>,
    brackets: Vec<usize>,
    /// Heredoc lines that start with the marker and go on, as offsets of the marker.
    pub false_ends: Vec<usize>,
    /// The place of a heredoc's marker behind its `<<`, and where its text next stands.
    next_marker: Option<(Range<usize>, usize)>,
    /// Comments in the code of interpolations and directives.
    pub comments_in_templates: Vec<Range<usize>>,
}

/// A string or heredoc that was left for the code of an interpolation or directive.
struct Template {
    kind: TemplateKind,
    /// Where it starts.
    start: usize,
    /// The braces open in the code around it; none: the caller is around it.
    braces: usize,
}

#[derive(Clone, Copy)]
enum TemplateKind {
    Quoted,
    /// The marker's place.
    Heredoc(usize, usize),
}

/// A table of the bytes that end a run.
const fn stops(bytes: &[u8]) -> [bool; 256] {
    let mut table = [false; 256];
    let mut at = 0;
    while at < bytes.len() {
        table[bytes[at] as usize] = true;
        at += 1;
    }
    table
}

static CODE: [bool; 256] = stops(b"\"{}#/<");
/// What may end an expression or begin something nested in it.
pub static EXPRESSION: [bool; 256] = stops(b"\"{}()[]#/<\n,=:?");
static PASSED: [bool; 256] = stops(b"\"{}()[]#/<\n");
static QUOTED: [bool; 256] = stops(b"\"\\$%\r\n");

impl<'a> Lexer<'a> {
    /// At the beginning of a text.
    pub fn new(text: &'a str) -> Lexer<'a> {
        Lexer {
            text,
            commas: 0,
            templates: Vec::new(),
            brackets: Vec::new(),
            false_ends: Vec::new(),
            next_marker: None,
            comments_in_templates: Vec::new(),
        }
    }

    /// The bytes of the text.
    pub fn bytes(&self) -> &'a [u8] {
        self.text.as_bytes()
    }

    /// The first byte of `table` from `at` on.
    #[inline(always)]
    pub fn skip(&self, table: &[bool; 256], mut at: usize, end: usize) -> usize {
        let bytes = self.bytes();
        while at + 8 <= end {
            let chunk = &bytes[at..at + 8];
            if let Some(found) = chunk.iter().position(|&byte| table[byte as usize]) {
                return at + found;
            }
            at += 8;
        }
        while at < end && !table[bytes[at] as usize] {
            at += 1;
        }
        at
    }

    /// The end of the comment that starts at `at` (a line comment ends before its new line), or
    /// nothing where none starts.
    pub fn comment(&self, at: usize, end: usize) -> Result<Option<usize>, Fault> {
        let rest = &self.bytes()[at..end];
        match rest {
            [b'#', ..] | [b'/', b'/', ..] => Ok(Some(
                memchr::memchr(b'\n', rest).map_or(end, |length| at + length),
            )),
            [b'/', b'*', inner @ ..] => match memchr::memmem::find(inner, b"*/") {
                Some(length) => Ok(Some(at + length + 4)),
                None => Err(Fault::new("this comment has no `*/`", at..at + 2)),
            },
            _ => Ok(None),
        }
    }

    /// Past blanks, new lines and comments.
    pub fn blank(&self, mut at: usize, end: usize) -> Result<usize, Fault> {
        loop {
            at = self.spaces(at, end)?;
            at = match &self.bytes()[at.min(end)..end] {
                [b'\n', ..] => at + 1,
                [b'\r', b'\n', ..] => at + 2,
                [b'#' | b'/', ..] => match self.comment(at, end)? {
                    Some(after) => after,
                    None => return Ok(at),
                },
                _ => return Ok(at),
            };
        }
    }

    /// Past blanks and `/* */` comments.
    pub fn spaces(&self, mut at: usize, end: usize) -> Result<usize, Fault> {
        let bytes = self.bytes();
        loop {
            while at < end && matches!(bytes[at], b' ' | b'\t') {
                at += 1;
            }
            if at + 1 < end && bytes[at] == b'/' && bytes[at + 1] == b'*' {
                at = self.comment(at, end)?.unwrap_or(end);
            } else {
                return Ok(at);
            }
        }
    }

    /// The end of the identifier that starts at `at`.
    pub fn word(&self, at: usize) -> Option<usize> {
        let bytes = self.bytes();
        let mut end = at;
        loop {
            match bytes.get(end) {
                Some(b'a'..=b'z' | b'A'..=b'Z' | b'_') => end += 1,
                Some(b'0'..=b'9' | b'-') if end > at => end += 1,
                Some(0x80..) => {
                    let letter = self.text[end..].chars().next()?;
                    if !letter.is_alphabetic() && (end == at || !letter.is_alphanumeric()) {
                        break;
                    }
                    end += letter.len_utf8();
                }
                _ => break,
            }
        }
        (end > at).then_some(end)
    }

    /// A fault at the character that stands at `at`.
    pub fn unexpected(&self, at: usize, expected: &str) -> Fault {
        let Some(found) = self.text.get(at..).and_then(|rest| rest.chars().next()) else {
            return Fault::new(expected.to_string(), at..at);
        };
        let message = match found {
            '\n' | '\r' => format!("{expected} and found the end of the line"),
            found if found.is_control() => {
                format!("{expected} and found the character U+{:04X}", found as u32)
            }
            found => format!("{expected} and found `{found}`"),
        };
        Fault::new(message, at..at + found.len_utf8())
    }

    /// A block's label in quotes at `at`, and its end.
    pub fn label(&self, at: usize) -> Result<(Cow<'a, str>, usize), Fault> {
        let bytes = self.bytes();
        let mut label = Cow::Borrowed("");
        let mut from = at + 1;
        loop {
            let stop = self.skip(&QUOTED, from, bytes.len());
            let run = &self.text[from..stop];
            match label {
                Cow::Borrowed("") => label = Cow::Borrowed(run),
                _ => label.to_mut().push_str(run),
            }
            from = match bytes.get(stop) {
                Some(b'"') => return Ok((label, stop + 1)),
                Some(b'\\') => match syntax::escape(&self.text[stop..]) {
                    Some((character, length)) => {
                        label.to_mut().push(character);
                        stop + length
                    }
                    None => return Err(Fault::new(syntax::NOT_AN_ESCAPE, stop..stop + 1)),
                },
                Some(&sign @ (b'$' | b'%')) if bytes.get(stop + 1) != Some(&b'{') => {
                    label.to_mut().push(sign as char);
                    stop + 1
                }
                Some(b'$' | b'%') => {
                    let reason = "a label cannot hold a template";
                    return Err(Fault::new(reason, stop..stop + 2));
                }
                _ => return Err(Fault::new(OPEN_STRING, at..at + 1)),
            };
        }
    }

    /// The end of the braces that open at `open`.
    pub fn braces(&mut self, open: usize) -> Result<usize, Fault> {
        self.templates.clear();
        match self.code(open + 1, 1)? {
            Some(close) => Ok(close),
            None => Err(Fault::new("this `{` is not closed", open..open + 1)),
        }
    }

    /// The end of the quoted string that opens at `open`.
    pub fn quoted(&mut self, open: usize) -> Result<usize, Fault> {
        self.template_at(TemplateKind::Quoted, open, open + 1)
    }

    /// The end of the heredoc that opens at `open`, or nothing where none does.
    pub fn heredoc(&mut self, open: usize) -> Result<Option<usize>, Fault> {
        match self.heredoc_start(open) {
            Some((kind, start)) => self.template_at(kind, open, start).map(Some),
            None => Ok(None),
        }
    }

    fn template_at(&mut self, kind: TemplateKind, start: usize, at: usize) -> Result<usize, Fault> {
        self.templates.clear();
        let template = Template {
            kind,
            start,
            braces: 0,
        };
        let (at, braces) = self.template(template, at, true)?;
        if braces == 0 {
            return Ok(at);
        }
        match self.code(at, braces)? {
            Some(end) => Ok(end),
            None => Err(Fault::new("this `{` is not closed", start..start + 1)),
        }
    }

    /// Reads code with `braces` open until all of them and all templates are closed. Nothing
    /// where the text ends in code that no template holds.
    fn code(&mut self, mut at: usize, mut braces: usize) -> Result<Option<usize>, Fault> {
        let bytes = self.bytes();
        loop {
            at = self.skip(&CODE, at, bytes.len());
            let Some(&byte) = bytes.get(at) else {
                return match self.templates.last() {
                    Some(template) => Err(self.open_template(template)),
                    None => Ok(None),
                };
            };
            match byte {
                b'{' => {
                    braces += 1;
                    at += 1;
                }
                b'}' => {
                    braces -= 1;
                    at += 1;
                    if braces == 0 {
                        let Some(template) = self.templates.pop() else {
                            return Ok(Some(at));
                        };
                        (at, braces) = self.template(template, at, false)?;
                        if braces == 0 {
                            return Ok(Some(at));
                        }
                    }
                }
                b'"' => {
                    let template = Template {
                        kind: TemplateKind::Quoted,
                        start: at,
                        braces,
                    };
                    (at, braces) = self.template(template, at + 1, true)?;
                }
                b'<' => match self.heredoc_start(at) {
                    Some((kind, start)) => {
                        let template = Template {
                            kind,
                            start: at,
                            braces,
                        };
                        (at, braces) = self.template(template, start, true)?;
                    }
                    None => at += 1,
                },
                _ => match self.comment(at, bytes.len())? {
                    Some(end) => {
                        if !self.templates.is_empty() {
                            self.comments_in_templates.push(at..end);
                        }
                        at = end;
                    }
                    None => at += 1,
                },
            }
        }
    }

    /// Reads a template's text from `at` to its end, or to the `${` or `%{` where its code begins
    /// and one brace is open. Gives the place after it, and the braces open there.
    fn template(
        &mut self,
        template: Template,
        at: usize,
        line_start: bool,
    ) -> Result<(usize, usize), Fault> {
        let found = match template.kind {
            TemplateKind::Quoted => self.quoted_text(at),
            TemplateKind::Heredoc(start, end) => self.heredoc_text(start..end, at, line_start),
        };
        match found {
            Some((at, true)) => Ok((at, template.braces)),
            Some((at, false)) => {
                self.templates.push(template);
                Ok((at, 1))
            }
            None => Err(self.open_template(&template)),
        }
    }

    fn open_template(&self, template: &Template) -> Fault {
        let start = template.start;
        match template.kind {
            TemplateKind::Quoted => Fault::new(OPEN_STRING, start..start + 1),
            TemplateKind::Heredoc(from, to) => {
                let marker = &self.text[from..to];
                Fault::new(
                    format!("this heredoc has no line that is only `{marker}`"),
                    start..to,
                )
            }
        }
    }

    /// The comments and new lines that HCL passes over: those in brackets, in a `for` between
    /// braces and in the code of templates, but not those between an object's items. The text is
    /// one expression or that of a template.
    pub fn passed_over(&mut self, template: bool) -> Result<Vec<Range<usize>>, Fault> {
        enum Inside {
            /// And whether new lines are passed over.
            Code(bool),
            /// Nothing: the text of the whole template. And whether a line starts here.
            Text(Option<TemplateKind>, bool),
        }
        let bytes = self.bytes();
        let mut passed: Vec<Range<usize>> = Vec::new();
        let mut around = Vec::new();
        if template {
            around.push(Inside::Text(None, true));
        }
        let mut at = 0;
        while at < bytes.len() {
            let (passes, text) = match around.last_mut() {
                None => (false, None),
                Some(Inside::Code(passes)) => (*passes, None),
                Some(Inside::Text(kind, line_start)) => {
                    (false, Some((*kind, std::mem::take(line_start))))
                }
            };
            if let Some((kind, line_start)) = text {
                let found = match kind {
                    None => self.bare_text(at),
                    Some(TemplateKind::Quoted) => self.quoted_text(at),
                    Some(TemplateKind::Heredoc(start, end)) => {
                        self.heredoc_text(start..end, at, line_start)
                    }
                };
                at = match found {
                    None => return Ok(passed),
                    Some((opened, false)) => {
                        around.push(Inside::Code(true));
                        opened
                    }
                    Some((after, true)) => {
                        around.pop();
                        // The parser wants the new line after a heredoc's marker.
                        match (kind, &bytes[after..]) {
                            (Some(TemplateKind::Heredoc(..)), [b'\n', ..]) => after + 1,
                            (Some(TemplateKind::Heredoc(..)), [b'\r', b'\n', ..]) => after + 2,
                            _ => after,
                        }
                    }
                };
                continue;
            }
            at = self.skip(&PASSED, at, bytes.len());
            if at >= bytes.len() {
                break;
            }
            at = match bytes[at] {
                b'\n' => {
                    if passes {
                        let crlf = at > 0 && bytes[at - 1] == b'\r';
                        passed.push(at - usize::from(crlf)..at + 1);
                    }
                    at + 1
                }
                b'#' | b'/' => match self.comment(at, bytes.len())? {
                    Some(after) => {
                        if passes {
                            passed.push(at..after);
                        }
                        after
                    }
                    None => at + 1,
                },
                b'"' => {
                    around.push(Inside::Text(Some(TemplateKind::Quoted), false));
                    at + 1
                }
                b'<' => match self.heredoc_start(at) {
                    Some((kind, start)) => {
                        around.push(Inside::Text(Some(kind), true));
                        start
                    }
                    None => at + 1,
                },
                b'{' => {
                    around.push(Inside::Code(self.is_for(at, bytes.len())?));
                    at + 1
                }
                b'(' | b'[' => {
                    around.push(Inside::Code(true));
                    at + 1
                }
                _ => {
                    around.pop();
                    at + 1
                }
            };
        }
        Ok(passed)
    }

    /// Whether the brace at `open` is that of a `for`.
    fn is_for(&self, open: usize, end: usize) -> Result<bool, Fault> {
        let first = self.blank(open + 1, end)?;
        Ok(self.word(first).map(|end| &self.text[first..end]) == Some("for"))
    }

    /// The place after the next `${` or `%{` of a template's text.
    fn bare_text(&self, mut at: usize) -> Option<(usize, bool)> {
        let bytes = self.bytes();
        loop {
            at += memchr::memchr2(b'$', b'%', &bytes[at..])?;
            match template_sign(&bytes[at..]) {
                Sign::Opens => return Some((at + 2, false)),
                Sign::Escaped => at += 3,
                Sign::Text => at += 1,
            }
        }
    }

    /// The end of a quoted string's text, and whether it is the end of the string.
    fn quoted_text(&self, mut at: usize) -> Option<(usize, bool)> {
        let bytes = self.bytes();
        loop {
            at = self.skip(&QUOTED, at, bytes.len());
            match bytes.get(at)? {
                b'"' => return Some((at + 1, true)),
                b'\\' if matches!(bytes.get(at + 1), Some(b'\\' | b'"')) => at += 2,
                b'\\' => at += 1,
                b'$' | b'%' => match template_sign(&bytes[at..]) {
                    Sign::Opens => return Some((at + 2, false)),
                    Sign::Escaped => at += 3,
                    Sign::Text => at += 1,
                },
                _ => return None,
            }
        }
    }

    /// The end of a heredoc's text, and whether it is the end of the heredoc. The marker must
    /// stand alone on its line.
    fn heredoc_text(
        &mut self,
        marker: Range<usize>,
        mut at: usize,
        mut line_start: bool,
    ) -> Option<(usize, bool)> {
        let bytes = self.bytes();
        let blank = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\r' | 0x0b | 0x0c);
        loop {
            let word = self.marker_from(&marker, at);
            while let Some(before) = memchr::memchr2(b'$', b'%', bytes.get(at..word)?) {
                at += before;
                line_start = false;
                match template_sign(&bytes[at..]) {
                    Sign::Opens => return Some((at + 2, false)),
                    Sign::Escaped => at += 3,
                    Sign::Text => at += 1,
                }
            }
            if word == bytes.len() {
                return None;
            }
            let before = bytes[at..word].iter().rev();
            let start = word - before.take_while(|&byte| blank(byte)).count();
            let begins_line = match start == at {
                true => line_start,
                false => bytes[start - 1] == b'\n',
            };
            if begins_line {
                let end = word + marker.len();
                match bytes[end..].iter().find(|&byte| !blank(byte)) {
                    Some(b'\n') => return Some((end, true)),
                    Some(_) if self.word(end).is_none() && !continues(bytes[end]) => {
                        self.false_ends.push(word);
                    }
                    _ => {}
                }
            }
            at = word + 1;
            line_start = false;
        }
    }

    /// Where the text of a marker next stands from an offset on, if only in a word; else the end.
    /// What is found holds for all interpolations before it.
    fn marker_from(&mut self, marker: &Range<usize>, at: usize) -> usize {
        match &self.next_marker {
            Some((of, found)) if of == marker && *found >= at => *found,
            _ => {
                let bytes = self.bytes();
                let found = memchr::memmem::find(&bytes[at..], &bytes[marker.clone()]);
                let found = found.map_or(bytes.len(), |found| at + found);
                self.next_marker = Some((marker.clone(), found));
                found
            }
        }
    }

    /// `<<MARKER` or `<<-MARKER` and a new line: the marker and the start of the text.
    fn heredoc_start(&self, at: usize) -> Option<(TemplateKind, usize)> {
        let bytes = self.bytes();
        if bytes.get(at + 1) != Some(&b'<') {
            return None;
        }
        let dash = usize::from(bytes.get(at + 2) == Some(&b'-'));
        let start = at + 2 + dash;
        let end = self.word(start)?;
        let kind = TemplateKind::Heredoc(start, end);
        match &bytes[end..] {
            [b'\n', ..] => Some((kind, end + 1)),
            [b'\r', b'\n', ..] => Some((kind, end + 2)),
            _ => None,
        }
    }

    /// The expression that starts at `start`, without the comments after it, and the place of
    /// what ended it.
    pub fn expression(
        &mut self,
        start: usize,
        end: usize,
        until: Until,
    ) -> Result<(Range<usize>, usize), Fault> {
        let bytes = self.bytes();
        let mut at = start;
        // Where the comments at the end start, and where the last of them ends.
        let mut comments: Option<Range<usize>> = None;
        let mut conditionals = 0usize;
        self.brackets.clear();
        while at < end {
            at = self.skip(&EXPRESSION, at, end);
            if at >= end {
                break;
            }
            let outside = self.brackets.is_empty();
            at = match bytes[at] {
                b'"' => self.quoted(at)?,
                b'{' => self.braces(at)?,
                b'(' | b'[' => {
                    self.brackets.push(at);
                    at + 1
                }
                close @ (b')' | b']' | b'}') => match self.brackets.pop() {
                    Some(open) if (bytes[open] == b'(') == (close == b')') && close != b'}' => {
                        at + 1
                    }
                    Some(open) => return Err(self.open_bracket(open)),
                    None => {
                        let close = close as char;
                        return Err(Fault::new(
                            format!("this `{close}` closes nothing"),
                            at..at + 1,
                        ));
                    }
                },
                b'<' => self.heredoc(at)?.unwrap_or(at + 1),
                b'#' | b'/' => match self.comment(at, end)? {
                    Some(after) => {
                        comments = Some(match comments {
                            Some(seen) if is_blank(&bytes[seen.end..at]) => seen.start..after,
                            _ => at..after,
                        });
                        after
                    }
                    None => at + 1,
                },
                b'\n' if outside => break,
                b',' if outside && until == Until::Item => break,
                b'?' if outside => {
                    conditionals += 1;
                    at + 1
                }
                b':' if outside && until == Until::Key => {
                    if bytes.get(at + 1) == Some(&b':') {
                        at + 2
                    } else if conditionals > 0 {
                        conditionals -= 1;
                        at + 1
                    } else {
                        break;
                    }
                }
                b'=' if outside && until == Until::Key => match bytes.get(at + 1) {
                    Some(b'=' | b'>') => at + 2,
                    _ if at > start && matches!(bytes[at - 1], b'!' | b'<' | b'>') => at + 1,
                    _ => break,
                },
                _ => at + 1,
            };
        }
        if let Some(&open) = self.brackets.last() {
            return Err(self.open_bracket(open));
        }
        let at = at.min(end);
        let stop = match comments {
            Some(comments) if comments.end <= at && is_blank(&bytes[comments.end..at]) => {
                comments.start
            }
            _ => at,
        };
        let length = bytes[start.min(stop)..stop]
            .iter()
            .rposition(|byte| !byte.is_ascii_whitespace())
            .map_or(0, |last| last + 1);
        Ok((start..start + length, at))
    }

    fn open_bracket(&self, open: usize) -> Fault {
        let bracket = self.bytes()[open] as char;
        Fault::new(format!("this `{bracket}` is not closed"), open..open + 1)
    }

    /// The objects in an expression that stand outside strings: the ranges of their braces.
    /// The braces of a `for` are passed through, those inside another object are part of it.
    pub fn objects(&mut self, range: Range<usize>) -> Result<Vec<Range<usize>>, Fault> {
        let bytes = self.bytes();
        let mut objects = Vec::new();
        let mut at = range.start;
        loop {
            at = self.skip(&EXPRESSION, at, range.end);
            if at >= range.end {
                return Ok(objects);
            }
            at = match bytes[at] {
                b'"' => self.quoted(at)?,
                b'<' => self.heredoc(at)?.unwrap_or(at + 1),
                b'#' | b'/' => self.comment(at, range.end)?.unwrap_or(at + 1),
                b'{' => {
                    if self.is_for(at, range.end)? {
                        at + 1
                    } else {
                        let close = self.braces(at)?;
                        objects.push(at..close);
                        close
                    }
                }
                b',' => {
                    self.commas += 1;
                    at + 1
                }
                _ => at + 1,
            };
        }
    }
}

/// Of a range that was made for another text.
pub const OUTSIDE: &str = "this part of the file is not there any more";

/// Of a string that goes on after its line.
pub const OPEN_STRING: &str = "this string has no closing quote on its line";

/// What `$` or `%` starts in a template.
enum Sign {
    /// `${` or `%{`.
    Opens,
    /// `$${` or `%%{`, which stand for the sign and a brace.
    Escaped,
    Text,
}

fn template_sign(bytes: &[u8]) -> Sign {
    match bytes {
        [_, b'{', ..] => Sign::Opens,
        [first, second, b'{', ..] if first == second => Sign::Escaped,
        _ => Sign::Text,
    }
}

/// Whether an ASCII byte may go on with an identifier but not start one.
fn continues(byte: u8) -> bool {
    byte.is_ascii_digit() || byte == b'-'
}

fn is_blank(bytes: &[u8]) -> bool {
    bytes.iter().all(u8::is_ascii_whitespace)
}
