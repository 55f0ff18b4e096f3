//! The characters that a template's literals stand for, with escapes, strip markers and indent
//! applied, each with its place.

use super::super::scan::{self, Fault};
use super::source::{Origin, Source};
use super::{SyntaxError, TemplatePart};
use crate::value::{Literal, LiteralBuilder};
use hcl_edit::template::Strip;
use std::ops::Range;

/// How a template's literals are written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum TemplateForm {
    /// Between quotes, with escapes.
    Quoted,
    /// Whole lines, whose common indent is taken away.
    Indented,
    /// Whole lines as they are.
    Bare,
}

/// A run of a literal's characters.
#[derive(Clone, Debug)]
pub(super) struct Segment {
    /// Where it stands in the source.
    pub(super) range: Range<usize>,
    pub(super) written: Written,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Written {
    AsIs,
    /// As an escape that stands for one character.
    Escape(char),
    /// `$${` or `%%{`: without the first sign.
    Doubled,
}

#[derive(Debug)]
pub(super) enum Token {
    /// A range of segments. Terraform strips blanks from one token only, so its borders matter:
    /// it is a line, and in quotes a run without a sign that could start a template.
    Literal(Range<usize>),
    /// Interpolation or directive, with its strip markers.
    Control { before: bool, after: bool },
}

/// A template as Terraform's parser sees it when it strips blanks and indent: flat.
#[derive(Default)]
pub(super) struct Literals {
    pub(super) segments: Vec<Segment>,
    pub(super) tokens: Vec<Token>,
}

impl Literals {
    pub(super) fn control(&mut self, strip: Strip) {
        self.tokens.push(Token::Control {
            before: strip.strip_start(),
            after: strip.strip_end(),
        });
    }

    /// Ends a token at the segments so far.
    pub(super) fn end_token(&mut self, from: usize) -> usize {
        let to = self.segments.len();
        if from < to {
            self.tokens.push(Token::Literal(from..to));
        }
        to
    }

    pub(super) fn push(&mut self, range: Range<usize>, written: Written) {
        if !range.is_empty() {
            self.segments.push(Segment { range, written });
        }
    }

    pub(super) fn strip(&mut self, text: &str) {
        for at in 0..self.tokens.len() {
            let Token::Control { before, after } = self.tokens[at] else {
                continue;
            };
            if before
                && let Some(Token::Literal(segments)) =
                    at.checked_sub(1).map(|previous| &self.tokens[previous])
            {
                for segment in self.segments[segments.clone()].iter_mut().rev() {
                    if !segment.trim(text, str::trim_end) {
                        break;
                    }
                }
            }
            if after && let Some(Token::Literal(segments)) = self.tokens.get(at + 1) {
                for segment in &mut self.segments[segments.clone()] {
                    if !segment.trim(text, str::trim_start) {
                        break;
                    }
                }
            }
        }
    }

    /// Takes the common indent away as HCL's `flushHeredocTemplateParts` does: lines of blanks
    /// only neither count nor change, a line that starts with a template counts as not indented.
    pub(super) fn dedent(&mut self, text: &str) {
        let mut indent = usize::MAX;
        let mut indented = Vec::new();
        let mut line_start = true;
        for token in &self.tokens {
            let Token::Literal(segments) = token else {
                if line_start {
                    indent = 0;
                }
                line_start = false;
                continue;
            };
            let segments = segments.clone();
            let content = |at: usize| {
                let segment = &self.segments[at];
                match segment.written {
                    Written::AsIs => &text[segment.range.clone()],
                    Written::Escape(_) | Written::Doubled => "$",
                }
            };
            let whole_line = content(segments.end - 1).ends_with('\n');
            if line_start {
                let blank = segments
                    .clone()
                    .all(|at| content(at).trim_start().is_empty());
                if !(blank && whole_line) {
                    let first = content(segments.start);
                    let width = first.chars().take_while(|letter| letter.is_whitespace());
                    indent = indent.min(width.count());
                    indented.push(segments.start);
                }
            }
            line_start = whole_line;
        }
        for at in indented {
            let segment = &mut self.segments[at];
            if segment.written == Written::AsIs {
                let width: usize = text[segment.range.clone()]
                    .chars()
                    .take(indent)
                    .map(char::len_utf8)
                    .sum();
                segment.range.start += width;
            }
        }
    }
}

impl Segment {
    /// Trims blanks off one side, and tells whether nothing is left.
    pub(super) fn trim(&mut self, text: &str, trim: impl Fn(&str) -> &str) -> bool {
        match self.written {
            Written::AsIs => {
                let whole = &text[self.range.clone()];
                let left = trim(whole);
                let start = self.range.start + (left.as_ptr() as usize - whole.as_ptr() as usize);
                self.range = start..start + left.len();
            }
            Written::Escape(letter) if letter.is_whitespace() => {
                self.range.end = self.range.start;
            }
            Written::Escape(_) | Written::Doubled => {}
        }
        self.range.is_empty()
    }
}

/// What the escapes in quotes are.
pub(in crate::terraform) const NOT_AN_ESCAPE: &str =
    r#"expected one of the escapes `\n`, `\r`, `\t`, `\"`, `\\`, `\uNNNN` and `\UNNNNNNNN`"#;

/// The character that the escape at the start of `text` stands for, and the escape's length.
pub(in crate::terraform) fn escape(text: &str) -> Option<(char, usize)> {
    let hexadecimal = |length: usize| {
        let digits = text.get(2..2 + length)?;
        if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        let character = char::from_u32(u32::from_str_radix(digits, 16).ok()?)?;
        Some((character, 2 + length))
    };
    match text.as_bytes().get(1)? {
        b'n' => Some(('\n', 2)),
        b'r' => Some(('\r', 2)),
        b't' => Some(('\t', 2)),
        b'"' => Some(('"', 2)),
        b'\\' => Some(('\\', 2)),
        b'u' => hexadecimal(4),
        b'U' => hexadecimal(8),
        _ => None,
    }
}

impl Source<'_> {
    /// Reads a literal's source into segments and tokens.
    pub(super) fn read_literal(
        &self,
        range: Range<usize>,
        form: TemplateForm,
        out: &mut Literals,
    ) -> Result<(), SyntaxError> {
        let Some(text) = self.text.get(range.clone()) else {
            return Err(self.fault(Fault::new(scan::OUTSIDE, 0..0)));
        };
        let quoted = form == TemplateForm::Quoted;
        let bytes = text.as_bytes();
        let mut token = out.segments.len();
        let mut from = 0;
        let mut at = 0;
        while let Some(&byte) = bytes.get(at) {
            let run = range.start + from..range.start + at;
            let here = range.start + at;
            match byte {
                b'\n' | b'\r' if quoted => {
                    let message = "a quoted string must end on its line";
                    return Err(self.fault(Fault::new(message, here..here + 1)));
                }
                0 if quoted => {
                    let message = "a quoted string cannot hold the character U+0000";
                    return Err(self.fault(Fault::new(message, here..here + 1)));
                }
                b'\n' => {
                    at += 1;
                    out.push(run.start..run.end + 1, Written::AsIs);
                    token = out.end_token(token);
                    from = at;
                }
                b'\\' if quoted => {
                    let Some((letter, length)) = escape(&text[at..]) else {
                        return Err(self.fault(Fault::new(NOT_AN_ESCAPE, here..here + 1)));
                    };
                    out.push(run, Written::AsIs);
                    out.push(here..here + length, Written::Escape(letter));
                    at += length;
                    from = at;
                }
                b'$' | b'%' => {
                    let doubled =
                        bytes.get(at + 1) == Some(&byte) && bytes.get(at + 2) == Some(&b'{');
                    if !doubled && !quoted {
                        at += 1;
                        continue;
                    }
                    out.push(run, Written::AsIs);
                    let length = if doubled { 3 } else { 1 };
                    let written = if doubled {
                        Written::Doubled
                    } else {
                        Written::AsIs
                    };
                    if quoted {
                        token = out.end_token(token);
                    }
                    out.push(here..here + length, written);
                    if quoted {
                        token = out.end_token(token);
                    }
                    at += length;
                    from = at;
                }
                _ => at += 1,
            }
        }
        out.push(range.start + from..range.end, Written::AsIs);
        out.end_token(token);
        Ok(())
    }

    /// One literal of a string's segments; `whole` is the string with its quotes or markers.
    pub(super) fn literal(&self, segments: &[Segment], whole: Range<usize>) -> Literal {
        let mut builder = LiteralBuilder::new(self.span(whole));
        for segment in segments {
            self.append(segment, &mut builder);
        }
        builder.finish()
    }

    pub(super) fn append(&self, segment: &Segment, builder: &mut LiteralBuilder) {
        let range = segment.range.clone();
        if range.is_empty() {
            return;
        }
        let mut letter_bytes = [0; 4];
        let text = match segment.written {
            Written::AsIs => &self.text[range.clone()],
            Written::Escape(letter) => letter.encode_utf8(&mut letter_bytes),
            Written::Doubled => &self.text[range.start + 1..range.end],
        };
        match (&self.origin, segment.written) {
            (Origin::File(_), Written::AsIs) => builder.verbatim(text, range.start),
            (Origin::File(_), _) => builder.replaced(text, range.start, range.len()),
            (Origin::Text(rendered, _), Written::AsIs) => {
                for literal in rendered.slice(range) {
                    for (at, letter) in literal.as_str().char_indices() {
                        let length = letter.len_utf8();
                        let span = literal.inner_span(at..at + length).range();
                        let letter = &literal.as_str()[at..at + length];
                        if span.len() == length {
                            builder.verbatim(letter, span.start);
                        } else {
                            builder.replaced(letter, span.start, span.len());
                        }
                    }
                }
            }
            (Origin::Text(..), _) => {
                let span = self.span(range).range();
                builder.replaced(text, span.start, span.len());
            }
        }
    }

    /// The literal parts of a template that a run of segments makes.
    pub(super) fn push_literals(&self, segments: &[Segment], parts: &mut Vec<TemplatePart>) {
        let (Some(first), Some(last)) = (segments.first(), segments.last()) else {
            return;
        };
        match self.origin {
            Origin::File(_) => {
                let literal = self.literal(segments, first.range.start..last.range.end);
                if !literal.is_empty() {
                    parts.push(TemplatePart::Literal(literal));
                }
            }
            // A slice of the string keeps its place whatever files its characters came from.
            Origin::Text(text, _) => {
                for segment in segments {
                    let range = segment.range.clone();
                    let range = match segment.written {
                        Written::AsIs => range,
                        Written::Doubled => range.start + 1..range.end,
                        Written::Escape(_) if range.is_empty() => continue,
                        Written::Escape(_) => {
                            let literal = self.literal(std::slice::from_ref(segment), range);
                            parts.push(TemplatePart::Literal(literal));
                            continue;
                        }
                    };
                    let literals = text.slice(range);
                    parts.extend(literals.into_iter().map(TemplatePart::Literal));
                }
            }
        }
    }
}
