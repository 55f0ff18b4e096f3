//! JSON in a rope to a value, and a value to JSON: nothing loses its place on the way.

mod block;
mod lexical;
mod outline;
mod reader;
mod source;
mod writer;

use crate::source::{File, Span};
use crate::value::{Literal, Map, Text, Value};
use source::Source;
use std::ops::Range;
use std::sync::Arc;

/// Text that is not JSON, with the place of the fault.
#[derive(Clone, Debug)]
pub struct SyntaxError {
    /// One clause in lower case: "expected a property name in double quotes after this comma".
    pub message: String,
    pub span: Span,
}

/// Reads a rope. Duplicate names and the letter case of names are kept; a number keeps its
/// digits. `whole` is what a fault points at where the rope holds nothing.
///
/// What stands in the place of one value is one value: an encoded piece is taken as it is, a hole
/// is unknown. A hole where elements stand may be several or none, even alone between two commas,
/// so it leaves its list open; so does one among the members of an object, or behind a value
/// (`{"a": true${more}}`). A token directly beside a hole (`1${x}`) is an unknown value. Where the
/// brackets and names themselves depend on what a hole holds, all is unknown. A hole inside a string is taken to hold no quote,
/// backslash or control character.
///
/// A string that is one interpolation and nothing else (`"${var.uid}"`) stands where that was
/// written and came that way; any other stands where its quotes do.
///
/// # Errors
/// At the first fault, and where nesting goes deeper than 512 levels.
pub fn parse(text: &Text, whole: Span) -> Result<Value, SyntaxError> {
    reader::read(&Source::new(text, whole))
}

/// Reads a range of a file: a whole JSON file or one value inside it. A byte order mark at the
/// start of the file is skipped.
///
/// # Errors
/// As [`parse`], and where the range holds a byte that is not UTF-8.
pub fn parse_file(file: &File, range: Range<usize>) -> Result<Value, SyntaxError> {
    let range = readable(file, range)?;
    let whole = file.span(range.start, range.end);
    let text: Arc<str> = file.slice(whole).into();
    let literal = Literal::mapped(text, Map::verbatim(whole, range.start));
    reader::read(&Source::plain(literal, whole))
}

/// The members of the object in a range of a file, each with its name and the byte range of its
/// value, whose inside is skipped, not checked: how a template's sections and resources are found
/// without parsing them.
///
/// # Errors
/// Where the range is not an object, or its strings and brackets do not close.
pub fn members(file: &File, range: Range<usize>) -> Result<Vec<RawMember>, SyntaxError> {
    outline::members(file, readable(file, range)?)
}

/// The members of the object in a range of a file, and those of the last member of the name
/// `inner` where that is an object, found in one pass.
///
/// # Errors
/// As [`members`].
pub fn members_and_inner(
    file: &File,
    range: Range<usize>,
    inner: &str,
) -> Result<(Vec<RawMember>, Option<Vec<RawMember>>), SyntaxError> {
    outline::members_and_inner(file, readable(file, range)?, inner)
}

/// The elements of the list in a range of a file, skipped as [`members`] does.
///
/// # Errors
/// Where the range is not a list, or its strings and brackets do not close.
pub fn elements(file: &File, range: Range<usize>) -> Result<Vec<Span>, SyntaxError> {
    outline::elements(file, readable(file, range)?)
}

/// A member whose value is not parsed.
#[derive(Clone, Debug)]
pub struct RawMember {
    /// With its escapes resolved.
    pub name: Arc<str>,
    /// With its quotes.
    pub name_span: Span,
    pub value: Span,
}

/// Renders a value as Terraform's `jsonencode` does: members by name, the last of each name, no
/// blanks, and `<`, `>` and `&` escaped. Each string is mapped to where it stands. What is not
/// known is a hole; so is what lies deeper than 512 levels, and what follows a
/// text that takes 32 MiB with its places.
pub fn render(value: &Value) -> Text {
    writer::render(value, writer::MAX_BYTES)
}

/// Levels of lists and objects that are read and rendered.
const MAX_DEPTH: usize = 512;

/// The range without a byte order mark, if all of it is text.
fn readable(file: &File, range: Range<usize>) -> Result<Range<usize>, SyntaxError> {
    let end = file.text().floor_char_boundary(range.end);
    let start = range.start.max(file.bom()).min(end);
    let start = file.text().floor_char_boundary(start);
    match file.invalid_at() {
        Some(at) if (start..end).contains(&at) => Err(SyntaxError {
            message: "expected text in UTF-8, found another byte".to_owned(),
            span: file.span(at, at + 1),
        }),
        _ => Ok(start..end),
    }
}

/// The message of a place where something else stands.
fn found(expected: &str, found: &str) -> String {
    match found.as_bytes().first() {
        None => format!("expected {expected}, but the text ends here"),
        Some(b'\'') => format!("expected {expected}, and JSON has no single quotes"),
        Some(b'/' | b'#') => format!("expected {expected}, and JSON has no comments"),
        Some(_) => format!("expected {expected}, found `{}`", shown(found)),
    }
}

/// The message of a control character in a string.
fn control_character(byte: u8) -> String {
    match byte {
        b'\n' => "a line break inside a string is written `\\n`".to_owned(),
        b'\r' => "a carriage return inside a string is written `\\r`".to_owned(),
        b'\t' => "a tab inside a string is written `\\t`".to_owned(),
        _ => format!("a control character inside a string is written `\\u{byte:04x}`"),
    }
}

/// The message of a backslash that starts no escape.
fn no_escape(bytes: &[u8]) -> &'static str {
    match bytes.get(1) {
        Some(b'u') => "expected four hexadecimal digits after `\\u`",
        _ => {
            "expected one of `\"`, `\\`, `/`, `b`, `f`, `n`, `r`, `t` and `u` after this backslash"
        }
    }
}

/// Text as a message shows it: not longer than a part of a line.
fn shown(text: &str) -> String {
    const LONGEST: usize = 40;
    match text.char_indices().nth(LONGEST) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests;
