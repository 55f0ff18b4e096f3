//! YAML text to values that know their places, with the tags of CloudFormation.
//!
//! The parser gives events with marks that count characters and hug their text only loosely:
//! `reader` builds values from the events, and `source` finds the exact bytes again. `scalars`
//! resolves plain scalars as YAML 1.1 does it, in PyYAML's reading, which is what CloudFormation's
//! own tools use.

pub mod decode;
mod indentation;
pub mod inside;
pub mod outline;
mod reader;
mod scalars;
mod source;
#[cfg(test)]
mod tests;

use crate::source::{File, FileId, Span};
use crate::value::Value;
use reader::Reader;
pub use scalars::CORE;
use source::Source;
use std::borrow::Cow;
use std::ops::Range;

/// One document.
#[derive(Debug)]
pub struct Document {
    pub root: Value,
    /// In the order of the text.
    pub notes: Vec<Note>,
}

/// Something that is read, but not as everybody would read it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Note {
    pub kind: NoteKind,
    pub span: Span,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NoteKind {
    /// A key that its mapping already has; the last one counts.
    DuplicateKey,
    /// `*name`, in a format whose reader may not know aliases.
    Alias,
    /// `<<`, in a format whose reader may not know merge keys.
    MergeKey,
}

/// Text that is not YAML, or more than one document of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SyntaxError {
    /// One clause in lower case.
    pub message: String,
    pub span: Span,
}

/// A tag that YAML itself does not define.
#[derive(Debug)]
pub struct Tag<'a> {
    /// Without the exclamation mark: `Ref`.
    pub name: &'a str,
    pub span: Span,
}

/// What the format makes of a value with one of its own tags. The value's span does not hold the
/// tag.
pub type Apply<'a> = dyn FnMut(Tag, Value) -> Value + 'a;

/// Reads a range of a file as one document.
///
/// A duplicate key stays in its object, where the last one is found. Members that a merge key
/// brings stand before the mapping's own. An alias shares the value of its anchor and adds a step
/// to its trail. What nests deeper than a bound, and aliases that expand to more than a bound, are
/// unknown.
///
/// # Errors
/// At the first fault, at a second document, and at a key that is a collection.
pub fn read(file: &File, range: Range<usize>, apply: &mut Apply) -> Result<Document, SyntaxError> {
    let start = range.start;
    let text = file.text().get(range).unwrap_or("");
    let rest = text.strip_prefix('\u{feff}').unwrap_or(text);
    read_text(rest, file.id, start + text.len() - rest.len(), apply)
}

/// The same of text that begins `base` bytes behind the start of a file.
fn read_text(
    text: &str,
    file: FileId,
    base: usize,
    apply: &mut Apply,
) -> Result<Document, SyntaxError> {
    let mut input = Cow::Borrowed(text);
    let mut spent = text.len();
    loop {
        let source = Source::new(text, file, base, input != text);
        let error = match Reader::new(source, apply).read(&input) {
            Ok(document) => return Ok(document),
            Err(error) => error,
        };
        spent += text.len();
        if !INDENTATION.contains(&&*error.message) || spent > MAX_READ_AGAIN.max(text.len() * 4) {
            return Err(error);
        }
        let at = text[..error.span.start as usize - base].chars().count();
        let mut characters: Vec<char> = input.chars().collect();
        if !indentation::join_lines(&mut characters, at) {
            return Err(error);
        }
        input = characters.into_iter().collect::<String>().into();
    }
}

/// What the parser says of lines in brackets and quotes that stand too far left.
const INDENTATION: [&str; 3] = [
    "invalid indentation",
    "invalid indentation in flow construct",
    "invalid indentation in quoted scalar",
];

/// Bytes that are read again, all in all, since lines stand too far left.
const MAX_READ_AGAIN: usize = 16 << 20;

/// Collections that may stand in one another. What nests deeper is not read.
const MAX_DEPTH: usize = 256;

/// Values that the aliases and merge keys of a document may stand for, all in all.
const MAX_EXPANSION: usize = 1 << 20;
