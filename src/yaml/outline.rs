//! The members of a block mapping told by their lines alone, so that most of a file stays unread.

use crate::source::{File, Span};
use std::ops::Range;

/// A member of a block mapping that is not read yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RawMember {
    pub name: String,
    pub name_span: Span,
    /// Its lines, from its key on: a mapping of one member, to be read on its own.
    pub entry: Range<usize>,
    /// The lines below its key, if nothing stands beside the key.
    pub body: Option<Range<usize>>,
}

/// The members of the block mapping whose lines a range holds. Nothing where only reading it can
/// tell: keys in quotes or on the lines of something else, flow style, several documents. Whether
/// the lines are YAML inside is not looked at.
///
/// Inside a mapping whose keys stand at one column, YAML lets no other line begin at that column,
/// except the dashes and closing brackets of the value before. (Lenient readers let a quoted text
/// or a flow collection go on there. Then more members are seen than there are, and those that
/// are cut short cannot be read.)
pub fn members(file: &File, range: Range<usize>) -> Option<Vec<RawMember>> {
    let text = file.text().get(range.clone())?;
    let bytes = text.as_bytes();
    let mut members: Vec<RawMember> = Vec::new();
    let mut column = None;
    let mut line = if range.start == 0 { file.bom() } else { 0 };
    while line < bytes.len() {
        let next = memchr::memchr(b'\n', &bytes[line..]).map_or(bytes.len(), |at| line + at + 1);
        let indent = bytes[line..next]
            .iter()
            .take_while(|byte| **byte == b' ')
            .count();
        let start = line + indent;
        let here = line;
        line = next;
        match bytes.get(start) {
            None | Some(b'\r' | b'\n' | b'#') => continue,
            Some(b'\t') if column.is_none_or(|column| indent <= column) => return None,
            _ => {}
        }
        match column {
            None if range.start == 0 && is_document_start(&text[here..next]) => continue,
            None => column = Some(indent),
            Some(column) if indent > column => continue,
            Some(column) if indent < column => return None,
            Some(_) => {}
        }
        if matches!(bytes[start], b'-' | b']' | b'}') {
            // The value before goes on.
            let is_marker = indent == 0 && text[start..].starts_with("---");
            if members.is_empty() || is_marker {
                return None;
            }
            continue;
        }
        let length = key_length(&bytes[start..next])?;
        let offset = range.start;
        if let Some(before) = members.last_mut() {
            close(before, offset + here);
        }
        let beside = text[start + length + 1..next].trim_ascii();
        let is_alone = beside.is_empty() || beside.starts_with('#');
        members.push(RawMember {
            name: text[start..start + length].to_owned(),
            name_span: file.span(offset + start, offset + start + length),
            entry: offset + here..range.end,
            body: is_alone.then_some(offset + next..range.end),
        });
    }
    Some(members)
}

/// Whether text has an anchor: then no part of it can be read without what stands before.
pub fn has_anchors(text: &str) -> bool {
    let bytes = text.as_bytes();
    memchr::memchr_iter(b'&', bytes).any(|at| {
        let before = at == 0
            || matches!(
                bytes[at - 1],
                b' ' | b'\t' | b'\n' | b'\r' | b'[' | b'{' | b','
            );
        let after = bytes.get(at + 1);
        before && after.is_some_and(|byte| !byte.is_ascii_whitespace() && *byte != b'&')
    })
}

fn close(member: &mut RawMember, end: usize) {
    member.entry.end = end;
    if let Some(body) = &mut member.body {
        body.end = end;
    }
}

/// The length of the plain key of letters, digits, `_`, `.` and `-` that a line starts with.
fn key_length(line: &[u8]) -> Option<usize> {
    let length = line
        .iter()
        .take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-'))
        .count();
    let is_key =
        line.get(length) == Some(&b':') && line.get(length + 1).is_none_or(u8::is_ascii_whitespace);
    (length > 0 && is_key).then_some(length)
}

fn is_document_start(line: &str) -> bool {
    line.trim_ascii_end() == "---"
}
