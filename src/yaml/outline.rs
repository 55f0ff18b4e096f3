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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{Memory, SourceMap};
    use crate::value::Value;
    use crate::yaml;
    use proptest::prelude::*;
    use std::path::Path;
    use std::sync::Arc;

    fn open(text: &str) -> Arc<File> {
        SourceMap::new(Memory::new([("/t", text)]), "/")
            .open(Path::new("/t"))
            .expect("in memory")
    }

    fn names(text: &str) -> Option<Vec<String>> {
        let file = open(text);
        let members = members(&file, 0..text.len())?.into_iter();
        Some(members.map(|member| member.name).collect())
    }

    #[test]
    fn members_are_told_by_their_lines() {
        let text = "# c\n---\na: 1\n\nb-c:   # x\n  d:\n- e\n#f: 1\ng: |\n  h: 1\n  \n\n";
        let file = open(text);
        let members = members(&file, 0..text.len()).expect("a plain mapping");
        let told: Vec<_> = members
            .iter()
            .map(|member| {
                let body = member.body.clone().map(|body| &text[body]);
                (&*member.name, &text[member.entry.clone()], body)
            })
            .collect();
        assert_eq!(
            told,
            [
                ("a", "a: 1\n\n", None),
                (
                    "b-c",
                    "b-c:   # x\n  d:\n- e\n#f: 1\n",
                    Some("  d:\n- e\n#f: 1\n")
                ),
                ("g", "g: |\n  h: 1\n  \n\n", None),
            ]
        );
        assert_eq!(file.slice(members[1].name_span), "b-c");
    }

    #[test]
    fn what_the_lines_do_not_tell_is_left_to_a_full_reading() {
        for text in [
            "'a': 1\n",
            "a: 1\n---\nb: 2\n",
            "a: 1\n...\n",
            "- a\n",
            "  a: 1\nb: 2\n",
            "? a\n: b\n",
            "a: 1\n\tb: 2\n",
            "{a: 1}\n",
            "a:b\n",
            "%YAML 1.1\n---\na: 1\n",
            "!t\na: 1\n",
        ] {
            assert_eq!(names(text), None, "{text:?}");
        }
        assert_eq!(names("").as_deref(), Some(&[][..]));
        for anchored in ["a: &x 1", "&x a: 1", "[&x 1]"] {
            assert!(has_anchors(anchored), "{anchored}");
        }
        for plain in ["a: x && y", "a: x&y", "a: 2>&1", "a & b"] {
            assert!(!has_anchors(plain), "{plain}");
        }
    }

    fn debug(value: &Value) -> String {
        format!("{value:?}")
    }

    proptest! {
        /// Where a full reading and the lines both tell, they tell the same.
        #[test]
        fn members_read_alone_are_what_a_full_reading_gives(
            lines in proptest::collection::vec(
                "( ){0,3}(a:|b: |c: 1|d: \"x|y\"|e: [1,|2]|]|- z|f: \\||g: >-|#|---|'h': 1|\\{i: 1\\}|é: 1|)( #c)?",
                0..9,
            ),
        ) {
            let text = lines.join("\n");
            let file = open(&text);
            let mut tags = |_: yaml::Tag, value: Value| value;
            let Ok(full) = yaml::read(&file, 0..text.len(), &mut tags) else {
                return Ok(());
            };
            let Some(members) = members(&file, 0..text.len()) else {
                return Ok(());
            };
            let mut parts = Vec::new();
            for member in &members {
                // A part that cannot be read alone sends the caller to a full reading.
                let Ok(part) = yaml::read(&file, member.entry.clone(), &mut tags) else {
                    return Ok(());
                };
                let object = part.root.as_object().expect("an entry is a mapping");
                prop_assert_eq!(object.members().len(), 1, "{:?}", &text);
                parts.push((member.name.clone(), debug(&object.members()[0].value.get())));
            }
            let whole = full.root.as_object().map_or(&[][..], |object| object.members());
            let whole: Vec<_> = whole
                .iter()
                .map(|member| (member.name.to_string(), debug(&member.value.get())))
                .collect();
            prop_assert_eq!(parts, whole, "{:?}", &text);
        }
    }
}
