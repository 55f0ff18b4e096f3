//! JSON in a rope to a value, and a value to JSON: nothing loses its place on the way.

use crate::source::{File, Span};
use crate::value::{Text, Value};

/// Text that is not JSON, with the place of the fault.
#[derive(Clone, Debug)]
pub struct SyntaxError {
    /// One clause in lower case: "expected a property name in double quotes after this comma".
    pub message: String,
    pub span: Span,
}

/// Reads a rope. Duplicate names and the letter case of names are kept; a number keeps its
/// digits. An encoded piece in value position is taken as it is, a hole in value position is an
/// unknown value, a hole where elements or members stand leaves the list or object open.
///
/// # Errors
/// At the first fault, and where nesting goes deeper than a fixed bound.
pub fn parse(_text: &Text, _whole: Span) -> Result<Value, SyntaxError> {
    todo!()
}

/// Reads a range of a file: a whole JSON file or one value inside it.
pub fn parse_file(_file: &File, _range: std::ops::Range<usize>) -> Result<Value, SyntaxError> {
    todo!()
}

/// The members of the object in a range of a file, each with its name and the byte range of its
/// value, whose inside is skipped, not checked: how a template's sections and resources are found
/// without parsing them.
pub fn members(
    _file: &File,
    _range: std::ops::Range<usize>,
) -> Result<Vec<RawMember>, SyntaxError> {
    todo!()
}

/// A member whose value is not parsed.
#[derive(Clone, Debug)]
pub struct RawMember {
    /// With its escapes resolved.
    pub name: String,
    /// With its quotes.
    pub name_span: Span,
    pub value: Span,
}

/// Renders a value as Terraform's `jsonencode` does, with each string mapped to where it stands.
pub fn render(_value: &Value) -> Text {
    todo!()
}
