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

/// The characters of a filled text.
///
/// # Errors
/// Where the character that stands for a hole is written in it.
pub(super) fn rendered<'t>(
    filled: &'t Text,
    holes: &[Unknown],
    at: Span,
) -> Result<Rendered<'t>, SyntaxError> {
    let rendered = filled.render().map_err(|unknown| SyntaxError {
        message: unknown.reason().to_owned(),
        span: unknown.span(),
    })?;
    if rendered.text.matches(HOLE).count() != holes.len() {
        return Err(SyntaxError {
            message: format!("the character U+{:X} is not allowed here", u32::from(HOLE)),
            span: at,
        });
    }
    Ok(rendered)
}

/// Reads a string as one document. `at` is where the string is given; each value stands where its
/// characters were written. What is not known of the string is taken to be a part of the scalars
/// in which it stands.
///
/// # Errors
/// As [`super::read`], and where a key is not known.
pub fn read(text: &Text, at: Span, apply: &mut Apply) -> Result<Document, SyntaxError> {
    let (filled, holes) = fill(text);
    let rendered = rendered(&filled, &holes, at)?;
    let inside = Inside {
        text: rendered,
        at,
        holes,
    };
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

struct Inside<'t> {
    text: Rendered<'t>,
    at: Span,
    /// What the characters that stand for holes are, in their order.
    holes: Vec<Unknown>,
}

impl Inside<'_> {
    /// Where a span of the string was written.
    fn place(&self, span: Span) -> Span {
        let range = span.range();
        let (start, is_empty) = (range.start, range.is_empty());
        let range = match is_empty {
            true => start..start + 1,
            false => range,
        };
        let literals = self.text.slice(range);
        let place = |literal: &Literal| literal.inner_span(0..literal.as_str().len());
        let found = match (literals.first(), literals.last()) {
            (Some(first), Some(last)) => place(first).to(place(last)),
            _ => return self.at,
        };
        match is_empty {
            true => Span {
                end: found.start,
                ..found
            },
            false => found,
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
    fn pieces(&self, literal: &Literal) -> Vec<Piece> {
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
