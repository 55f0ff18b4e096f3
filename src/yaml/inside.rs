//! YAML inside a string: read as a file is, then put where its characters were written.

use super::{Apply, Document, SyntaxError, read_text};
use crate::source::Span;
use crate::value::{
    Kind, List, Literal, Member, Object, Piece, PieceKind, Rendered, Slot, Text, Trail, Unknown,
    Value,
};
use std::ops::Range;
use std::rc::Rc;

/// Stands for characters that are not known. A private one, which no text has.
pub const HOLE: char = '\u{f8ff}';

/// Reads a string as one document. `at` is where the string is given; each value stands where its
/// characters were written. What is not known of the string is taken to be a part of the scalars
/// in which it stands.
///
/// # Errors
/// As [`super::read`], and where a key is not known.
pub fn read(text: &Text, at: Span, apply: &mut Apply) -> Result<Document, SyntaxError> {
    let (filled, holes) = fill(text);
    let inside = Inside::new(&filled, holes, at)?;
    let read = read_text(&inside.text.text, at.file, 0, apply);
    let document = read.map_err(|error| SyntaxError {
        span: inside.place(error.span),
        ..error
    })?;
    let root = inside.value(&document.root)?;
    let mut notes = document.notes;
    for note in &mut notes {
        note.span = inside.place(note.span);
    }
    Ok(Document { root, notes })
}

/// A text with a character for each of its holes, and these.
pub(super) fn fill(text: &Text) -> (Text, Vec<Unknown>) {
    let mut holes = Vec::new();
    let pieces = text.pieces().iter().map(|piece| match &piece.kind {
        PieceKind::Hole(unknown) => {
            holes.push(unknown.clone());
            Piece::literal(Literal::computed(HOLE.to_string(), unknown.span()))
        }
        _ => piece.clone(),
    });
    (pieces.collect(), holes)
}

/// A string as its reader sees it, and where its characters were written. Spans that the reader
/// gives count in the string.
pub(super) struct Inside<'t> {
    pub text: Rendered<'t>,
    pub at: Span,
    /// What the characters that stand for holes are, in their order.
    pub holes: Vec<Unknown>,
}

impl<'t> Inside<'t> {
    /// Of a text that was filled.
    ///
    /// # Errors
    /// Where the character that stands for a hole is written in it.
    pub fn new(filled: &'t Text, holes: Vec<Unknown>, at: Span) -> Result<Inside<'t>, SyntaxError> {
        let text = filled.render().map_err(|unknown| SyntaxError {
            message: unknown.reason().to_owned(),
            span: unknown.span(),
        })?;
        if text.text.matches(HOLE).count() != holes.len() {
            return Err(SyntaxError {
                message: format!("the character U+{:X} is not allowed here", u32::from(HOLE)),
                span: at,
            });
        }
        Ok(Inside { text, at, holes })
    }

    /// Where a span of the string was written.
    pub fn place(&self, span: Span) -> Span {
        let range = span.range();
        if range.is_empty() {
            return self.empty_place(range.start);
        }
        let literals = self.text.slice(range);
        let place = |literal: &Literal| literal.inner_span(0..literal.as_str().len());
        match (literals.first(), literals.last()) {
            (Some(first), Some(last)) => place(first).to(place(last)),
            _ => self.at,
        }
    }

    /// What has no characters stands before the next one, or else behind the last.
    fn empty_place(&self, at: usize) -> Span {
        let text = &self.text.text;
        let next = text[at..].chars().next().map_or(0, char::len_utf8);
        let last = text[..at].chars().next_back().map_or(0, char::len_utf8);
        let (range, is_end) = match next {
            0 => (at - last..at, true),
            _ => (at..at + next, false),
        };
        let literals = self.text.slice(range);
        let place = |literal: &Literal| literal.inner_span(0..literal.as_str().len());
        match literals.first().map(place) {
            Some(found) if is_end => Span {
                start: found.end,
                ..found
            },
            Some(found) => Span {
                end: found.start,
                ..found
            },
            None => self.at,
        }
    }

    /// A value at its place. The reader bounds how deep it nests.
    fn value(&self, value: &Value) -> Result<Value, SyntaxError> {
        let kind = match &value.kind {
            Kind::Text(text) => Kind::Text(self.text(text)),
            Kind::List(list) => {
                let items = list.iter().map(|item| Ok(Slot::from(self.value(&item)?)));
                let items: Vec<Slot> = items.collect::<Result<_, SyntaxError>>()?;
                Kind::List(List {
                    items: Rc::new(items),
                    rest: list.rest.as_ref().map(|unknown| self.unknown(unknown)),
                    ..list.clone()
                })
            }
            Kind::Object(object) => {
                let members = object.members().iter().map(|member| self.member(member));
                let mut placed = Object::new(members.collect::<Result<_, SyntaxError>>()?);
                placed.rest = object.rest.as_ref().map(|unknown| self.unknown(unknown));
                Kind::Object(placed)
            }
            Kind::Unknown(unknown) => Kind::Unknown(self.unknown(unknown)),
            Kind::Null(_) | Kind::Bool(_) | Kind::Number(_) => value.kind.clone(),
        };
        let mut trail = Trail::default();
        for step in value.trail.steps() {
            trail = trail.then(step.text.clone(), self.place(step.span));
        }
        Ok(Value {
            kind,
            span: self.place(value.span),
            trail,
            ..value.clone()
        })
    }

    fn member(&self, member: &Member) -> Result<Member, SyntaxError> {
        let name_span = self.place(member.name_span);
        if member.name.contains(HOLE) {
            return Err(SyntaxError {
                message: "this key is not written out".to_owned(),
                span: name_span,
            });
        }
        Ok(Member {
            name: member.name.clone(),
            name_span,
            value: self.value(&member.value.get())?.into(),
        })
    }

    fn unknown(&self, unknown: &Unknown) -> Unknown {
        let reason = unknown.reason().to_owned();
        Unknown::new(unknown.kind(), reason, self.place(unknown.span()))
    }

    fn text(&self, text: &Text) -> Text {
        let pieces = text.pieces().iter().flat_map(|piece| match &piece.kind {
            PieceKind::Literal(literal) => self.pieces(literal),
            _ => vec![piece.clone()],
        });
        pieces.collect()
    }

    /// The characters at their own places where they are written as they are, and at that of the
    /// whole where they are not.
    pub fn pieces(&self, literal: &Literal) -> Vec<Piece> {
        let characters = literal.as_str();
        let range = literal.inner_span(0..characters.len()).range();
        let is_verbatim = self.text.text.get(range.clone()) == Some(characters);
        let written = |part: Range<usize>| -> Vec<Piece> {
            let own = match is_verbatim {
                true => self
                    .text
                    .slice(range.start + part.start..range.start + part.end),
                false => vec![Literal::computed(
                    &characters[part],
                    self.place(literal.span()),
                )],
            };
            own.into_iter().map(Piece::literal).collect()
        };
        let marks: Vec<(usize, &str)> = characters.match_indices(HOLE).collect();
        if marks.is_empty() {
            return match characters.is_empty() {
                true => {
                    let place = self.place(literal.span());
                    vec![Piece::literal(Literal::computed("", place))]
                }
                false => written(0..characters.len()),
            };
        }
        let before = self.text.text[..range.start].matches(HOLE).count();
        let mut out = Vec::new();
        let mut from = 0;
        for ((at, mark), unknown) in marks.into_iter().zip(&self.holes[before..]) {
            out.extend(written(from..at));
            out.extend(Text::hole(unknown.clone()).pieces().iter().cloned());
            from = at + mark.len();
        }
        out.extend(written(from..characters.len()));
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{File, Memory, SourceMap};
    use crate::value::{LiteralBuilder, UnknownKind};
    use proptest::prelude::*;
    use std::path::Path;
    use std::sync::Arc;

    fn file(text: &str) -> Arc<File> {
        let sources = SourceMap::new(Memory::new([("/a", text)]), "/");
        sources.open(Path::new("/a")).expect("in memory")
    }

    fn read_plain(text: &Text, at: Span) -> Result<Document, SyntaxError> {
        read(text, at, &mut |_, value| value)
    }

    fn member(value: &Value, name: &str) -> Value {
        let object = value.as_object().expect("an object");
        object.member(name).expect("it has it").value.get()
    }

    #[test]
    fn values_stand_where_their_characters_do() {
        // The string without the blanks before its lines.
        let file = file("body: |\n    a: x y\n    b: [ 'q', &n 010 ]\n    c: *n\n");
        let whole = file.span(0, file.text().len());
        let mut builder = LiteralBuilder::new(whole);
        for line in ["a: x y\n", "b: [ 'q', &n 010 ]\n", "c: *n\n"] {
            builder.verbatim(line, file.text().find(line).expect("it is there"));
        }
        let text = Text::from(builder.finish());
        let root = read_plain(&text, whole).expect("it is YAML").root;
        let slice = |value: &Value| file.slice(value.span).to_owned();
        assert_eq!(slice(&member(&root, "a")), "x y");
        let list = member(&root, "b");
        let items: Vec<String> = list
            .as_list()
            .expect("a list")
            .iter()
            .map(|item| slice(&item))
            .collect();
        assert_eq!(items, ["'q'", "010"]);
        let alias = member(&root, "c");
        assert_eq!(slice(&alias), "010");
        let steps: Vec<String> = alias
            .trail
            .steps()
            .iter()
            .map(|step| file.slice(step.span).to_owned())
            .collect();
        assert_eq!(steps, ["010", "*n"]);
    }

    #[test]
    fn what_is_not_known_is_a_part_of_its_scalar() {
        let file = file("${u}");
        let at = file.span(0, 4);
        let text = |before: &str, after: &str| -> Text {
            let hole = Text::hole(Unknown::new(UnknownKind::AfterApply, "not yet", at));
            let pieces = [Text::computed(before, at), hole, Text::computed(after, at)];
            pieces
                .iter()
                .flat_map(|text| text.pieces().to_vec())
                .collect()
        };
        let root = read_plain(&text("a: 'x-", ":0'\nb: y"), at)
            .expect("it is YAML")
            .root;
        let a = member(&root, "a");
        let a = a.as_text().expect("a text");
        assert_eq!(a.known_prefix(), "x-");
        assert_eq!(a.first_hole().map(Unknown::reason), Some("not yet"));
        assert_eq!(member(&root, "b").as_str().as_deref(), Some("y"));
        assert!(
            read_plain(&text("a", ": 1"), at).is_err(),
            "a key that is not known"
        );
        let private = Text::computed("a: \u{f8ff}", at);
        assert!(read_plain(&private, at).is_err());
    }

    proptest! {
        #[test]
        fn nothing_panics(text in "[a-c:&*!|>'\"{}\\[\\],#?~é \n\r\t<-]{0,60}") {
            let file = file(&text);
            let at = file.span(0, text.len());
            let _ = read_plain(&Text::computed(text, at), at);
        }
    }
}
