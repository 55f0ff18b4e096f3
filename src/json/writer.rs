//! Renders a value as Terraform's `jsonencode`, each character mapped to where it comes from.

use super::MAX_DEPTH;
use crate::source::Span;
use crate::value::{
    Kind, List, Literal, LiteralBuilder, Marks, Object, Piece, PieceKind, Text, Trail, Unknown,
    Value,
};
use std::borrow::Cow;

/// A value that shares its parts can be small and its text without end, so the bytes are bounded
/// that the text and its places take.
pub(super) const MAX_BYTES: usize = 32 << 20;
/// What a run of characters takes beside them, and what a piece does.
const RUN_BYTES: usize = 16;
const PIECE_BYTES: usize = 256;

/// Renders what takes not much more than `left` bytes.
pub(super) fn render(value: &Value, left: usize) -> Text {
    let mut writer = Writer::new(left);
    writer.value(value, 0, Marks::NONE);
    writer.finish().into_iter().collect()
}

struct Writer {
    pieces: Vec<Piece>,
    /// The literal that grows at the end: characters of one file that came one way.
    run: Option<Run>,
    left: usize,
    /// The bound was reached, and a hole stands for all that would follow.
    full: bool,
}

struct Run {
    builder: LiteralBuilder,
    span: Span,
    way: Way,
}

/// How characters came.
#[derive(Clone)]
struct Way {
    trail: Trail,
    marks: Marks,
}

impl Writer {
    fn new(left: usize) -> Writer {
        Writer {
            pieces: Vec::new(),
            run: None,
            left,
            full: false,
        }
    }

    fn finish(mut self) -> Vec<Piece> {
        self.end_run();
        self.pieces
    }

    /// `marks`: those of the lists and objects around it.
    fn value(&mut self, value: &Value, depth: usize, marks: Marks) {
        let way = Way {
            trail: value.trail.clone(),
            marks: marks | value.marks,
        };
        let span = value.span;
        match &value.kind {
            Kind::Null(_) => self.put("null", span, &way),
            Kind::Bool(true) => self.put("true", span, &way),
            Kind::Bool(false) => self.put("false", span, &way),
            Kind::Number(number) if number.is_infinite() => {
                let reason = "JSON has no infinite numbers";
                self.hole(Unknown::invalid(reason, span), &way);
            }
            Kind::Number(number) => self.put(&number.to_string(), span, &way),
            Kind::Unknown(unknown) => self.hole(unknown.clone(), &way),
            Kind::Text(text) => self.string(text, span, depth, &way),
            Kind::List(_) | Kind::Object(_) if depth == MAX_DEPTH => {
                self.hole(too_deep(span), &way);
            }
            // What a list holds may be computed only now, on a stack that is deep already.
            Kind::List(list) => {
                stacker::maybe_grow(RED_ZONE, NEW_STACK, || self.list(list, span, depth, &way));
            }
            Kind::Object(object) => {
                stacker::maybe_grow(RED_ZONE, NEW_STACK, || {
                    self.object(object, span, depth, &way);
                });
            }
        }
    }

    fn list(&mut self, list: &List, span: Span, depth: usize, way: &Way) {
        self.put("[", span, way);
        let mut first = true;
        for item in list.iter() {
            if let Some(rest) = &list.rest {
                // Beside a hole a bare word would read as a part of what is in the hole.
                if is_bare(&item) {
                    continue;
                }
                if !first {
                    self.put(",", span, way);
                }
                // More elements may stand anywhere, each with its own comma.
                self.hole(rest.clone(), way);
            } else if !first {
                self.put(",", span, way);
            }
            first = false;
            self.value(&item, depth + 1, way.marks);
            if self.full {
                return;
            }
        }
        if let Some(rest) = &list.rest {
            self.hole(rest.clone(), way);
        }
        self.put("]", span, way);
    }

    fn object(&mut self, object: &Object, span: Span, depth: usize, way: &Way) {
        let mut members: Vec<_> = object.members().iter().collect();
        members.sort_by(|a, b| a.name.cmp(&b.name));
        self.put("{", span, way);
        let (mut first, mut ends_bare) = (true, false);
        for (index, member) in members.iter().enumerate() {
            if members
                .get(index + 1)
                .is_some_and(|next| next.name == member.name)
            {
                continue;
            }
            if !std::mem::take(&mut first) {
                self.put(",", span, way);
            }
            if let Some(rest) = &object.rest {
                self.hole(rest.clone(), way);
            }
            let mut name = String::with_capacity(member.name.len() + 2);
            name.push('"');
            let mut rest = &*member.name;
            while let Some((at, length, escape)) = next_escape(rest) {
                name.push_str(&rest[..at]);
                name.push_str(&escape);
                rest = &rest[at + length..];
            }
            name.push_str(rest);
            name.push('"');
            self.put(&name, member.name_span, way);
            self.put(":", member.name_span, way);
            let value = member.value.get();
            self.value(&value, depth + 1, way.marks);
            if self.full {
                return;
            }
            ends_bare = is_bare(&value);
        }
        if let Some(rest) = &object.rest {
            if ends_bare {
                self.put(",", span, way);
            }
            self.hole(rest.clone(), way);
        }
        self.put("}", span, way);
    }

    /// The quotes stand where all of the string does, so that whoever reads it back finds its
    /// span between them.
    fn string(&mut self, text: &Text, span: Span, depth: usize, way: &Way) {
        self.put("\"", span, way);
        for piece in text.pieces() {
            match &piece.kind {
                PieceKind::Encoded(value) if depth == MAX_DEPTH => {
                    self.hole(too_deep(value.span), way);
                }
                PieceKind::Encoded(value) => {
                    let mut inner = Writer::new(self.left);
                    stacker::maybe_grow(RED_ZONE, NEW_STACK, || {
                        inner.value(value, depth + 1, way.marks | piece.marks);
                    });
                    if inner.full {
                        return self.fill(value.span, way);
                    }
                    for piece in inner.finish() {
                        self.characters(&piece, way);
                    }
                }
                _ => self.characters(piece, way),
            }
        }
        self.put("\"", span, way);
    }

    /// A piece of a string, by the way it came or else the string's.
    fn characters(&mut self, piece: &Piece, way: &Way) {
        let way = Way {
            trail: match piece.trail.is_empty() {
                true => way.trail.clone(),
                false => piece.trail.clone(),
            },
            marks: way.marks | piece.marks,
        };
        match &piece.kind {
            PieceKind::Literal(literal) => self.escaped(literal, &way),
            PieceKind::Hole(unknown) => self.hole(unknown.clone(), &way),
            PieceKind::Encoded(_) => unreachable!("it was rendered"),
        }
    }

    fn escaped(&mut self, literal: &Literal, way: &Way) {
        let text = literal.as_str();
        if !self.take(text.len(), literal.span(), way) {
            return;
        }
        let mut at = 0;
        while let Some((plain, length, escape)) = next_escape(&text[at..]) {
            let run = self.run(literal.span(), way);
            run.builder.copied(literal, at..at + plain);
            at += plain;
            let place = literal.inner_span(at..at + length).range();
            run.builder.replaced(&escape, place.start, place.len());
            at += length;
            if !self.take(escape.len(), literal.span(), way) {
                return;
            }
        }
        if at < text.len() {
            let run = self.run(literal.span(), way);
            run.builder.copied(literal, at..text.len());
        }
    }

    /// Characters that all stand for `span`.
    fn put(&mut self, text: &str, span: Span, way: &Way) {
        if self.take(text.len(), span, way) {
            let place = span.range();
            let run = self.run(span, way);
            run.builder.replaced(text, place.start, place.len());
        }
    }

    fn hole(&mut self, unknown: Unknown, way: &Way) {
        if self.full {
            return;
        }
        self.end_run();
        self.pieces.push(Piece {
            kind: PieceKind::Hole(unknown),
            trail: way.trail.clone(),
            marks: way.marks,
        });
    }

    /// Whether there is room for so many more characters.
    fn take(&mut self, length: usize, span: Span, way: &Way) -> bool {
        if self.full {
            return false;
        }
        let piece = match self.continues(span, way) {
            true => 0,
            false => PIECE_BYTES,
        };
        match self.left.checked_sub(length + RUN_BYTES + piece) {
            Some(left) => self.left = left,
            None => self.fill(span, way),
        }
        !self.full
    }

    /// Leaves a hole for all that would follow.
    fn fill(&mut self, span: Span, way: &Way) {
        let reason = "the JSON text is longer than ecslint is willing to make";
        self.hole(Unknown::limit(reason, span), way);
        self.full = true;
    }

    /// Whether characters of this file and way belong to the last piece.
    fn continues(&self, span: Span, way: &Way) -> bool {
        self.run.as_ref().is_some_and(|run| {
            run.span.file == span.file && run.way.marks == way.marks && run.way.trail.is(&way.trail)
        })
    }

    /// The run that characters of this file and way belong to.
    fn run(&mut self, span: Span, way: &Way) -> &mut Run {
        if !self.continues(span, way) {
            self.end_run();
        }
        let run = self.run.get_or_insert_with(|| Run {
            builder: LiteralBuilder::new(span),
            span,
            way: way.clone(),
        });
        run.span = run.span.to(span);
        run
    }

    fn end_run(&mut self) {
        if let Some(mut run) = self.run.take() {
            run.builder.cover(run.span);
            self.pieces.push(Piece {
                kind: PieceKind::Literal(run.builder.finish()),
                trail: run.way.trail,
                marks: run.way.marks,
            });
        }
    }
}

/// With less stack than this, a list or object is rendered on a new one.
const RED_ZONE: usize = 128 << 10;
const NEW_STACK: usize = 1 << 20;

fn too_deep(span: Span) -> Unknown {
    Unknown::limit(format!("nested more than {MAX_DEPTH} levels deep"), span)
}

/// The first character that Go's encoder escapes: its place, its length and its escape.
fn next_escape(text: &str) -> Option<(usize, usize, Cow<'static, str>)> {
    // U+2028 and U+2029 start with the byte 0xe2.
    let special = |byte| matches!(byte, 0..0x20 | b'"' | b'\\' | b'<' | b'>' | b'&' | 0xe2);
    let mut from = 0;
    while let Some(found) = text.as_bytes()[from..]
        .iter()
        .position(|&byte| special(byte))
    {
        let at = from + found;
        let scalar = text[at..].chars().next()?;
        let escape = match scalar {
            '"' => "\\\"",
            '\\' => "\\\\",
            '\u{8}' => "\\b",
            '\u{c}' => "\\f",
            '\n' => "\\n",
            '\r' => "\\r",
            '\t' => "\\t",
            '\0'..' ' | '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                let escape = format!("\\u{:04x}", scalar as u32);
                return Some((at, scalar.len_utf8(), escape.into()));
            }
            _ => {
                from = at + scalar.len_utf8();
                continue;
            }
        };
        return Some((at, scalar.len_utf8(), escape.into()));
    }
    None
}

/// Whether it is written as a word that neither quotes nor brackets end.
fn is_bare(value: &Value) -> bool {
    matches!(value.kind, Kind::Null(_) | Kind::Bool(_) | Kind::Number(_))
}
