//! The rope: a string as pieces that remember where each of their characters was written.

use super::{Marks, Trail, Unknown, Value};
use crate::source::Span;
use std::borrow::Cow;
use std::ops::Range;
use std::rc::Rc;
use std::sync::Arc;

/// Where the characters of a literal lie in the source.
#[derive(Debug, PartialEq, Eq)]
pub struct Map {
    /// The literal as it was written, with its quotes or heredoc markers.
    pub whole: Span,
    /// In the order of the text, without gaps; none: every character lies in `whole`.
    runs: Vec<Run>,
}

#[derive(Debug, PartialEq, Eq, Clone, Copy)]
struct Run {
    /// Where the run starts in the text.
    at: u32,
    /// Where it starts in the source.
    source: u32,
    /// Its length in the source, where that differs from its length in the text: an escape, or
    /// an indent that was taken away. Nothing: byte for byte.
    replaced: Option<u32>,
}

impl Map {
    /// Text that a function made: all of it comes from `whole`.
    pub fn computed(whole: Span) -> Map {
        Map {
            whole,
            runs: Vec::new(),
        }
    }

    /// Text that stands in the source byte for byte, from `start` on.
    pub fn verbatim(whole: Span, start: usize) -> Map {
        Map {
            whole,
            runs: vec![Run {
                at: 0,
                source: start as u32,
                replaced: None,
            }],
        }
    }

    /// The source of a range of the text.
    fn span(&self, range: Range<usize>) -> Span {
        if self.runs.is_empty() {
            return self.whole;
        }
        let start = self.source_of(range.start);
        let end = if range.is_empty() {
            start
        } else {
            self.source_after(range.end)
        };
        Span::new(self.whole.file, start, end.max(start))
    }

    fn run_at(&self, at: usize) -> (usize, Run) {
        let index = self
            .runs
            .partition_point(|run| run.at as usize <= at)
            .saturating_sub(1);
        (index, self.runs[index])
    }

    fn source_of(&self, at: usize) -> usize {
        let (_, run) = self.run_at(at);
        run.source as usize
            + match run.replaced {
                None => at - run.at as usize,
                Some(_) => 0,
            }
    }

    /// The source position just after the character that ends before `at`.
    fn source_after(&self, at: usize) -> usize {
        let (_, run) = self.run_at(at - 1);
        run.source as usize
            + match run.replaced {
                None => at - run.at as usize,
                Some(length) => length as usize,
            }
    }
}

/// Builds a literal's text and its map together.
pub struct LiteralBuilder {
    text: String,
    map: Map,
}

impl LiteralBuilder {
    pub fn new(whole: Span) -> LiteralBuilder {
        LiteralBuilder {
            text: String::new(),
            map: Map::computed(whole),
        }
    }

    /// Characters that stand in the source as they are, from the byte `source` on.
    pub fn verbatim(&mut self, text: &str, source: usize) {
        if text.is_empty() {
            return;
        }
        let continues = self.map.runs.last().is_some_and(|run| {
            run.replaced.is_none()
                && run.source as usize + (self.text.len() - run.at as usize) == source
        });
        if !continues {
            self.push(source, None);
        }
        self.text.push_str(text);
    }

    /// Characters that an escape of `length` bytes at `source` stands for.
    pub fn replaced(&mut self, text: &str, source: usize, length: usize) {
        if text.is_empty() {
            return;
        }
        let continues = self.map.runs.last().is_some_and(|run| {
            run.source as usize == source && run.replaced == Some(length as u32)
        });
        if !continues {
            self.push(source, Some(length as u32));
        }
        self.text.push_str(text);
    }

    /// A range of another literal's characters, each with its own place. Both literals lie in
    /// one file.
    pub fn copied(&mut self, from: &Literal, range: Range<usize>) {
        let mut at = from.range.start as usize + range.start;
        let end = from.range.start as usize + range.end;
        let runs = &from.map.runs;
        if runs.is_empty() {
            let whole = from.map.whole.range();
            self.replaced(&from.text[at..end], whole.start, whole.len());
            return;
        }
        let (mut index, _) = from.map.run_at(at);
        while at < end {
            let run = runs[index];
            index += 1;
            let next = runs
                .get(index)
                .map_or(end, |next| end.min(next.at as usize));
            let text = &from.text[at..next];
            match run.replaced {
                None => self.verbatim(text, run.source as usize + at - run.at as usize),
                Some(length) => self.replaced(text, run.source as usize, length as usize),
            }
            at = next;
        }
    }

    /// Widens the span of the whole literal.
    pub fn cover(&mut self, span: Span) {
        self.map.whole = self.map.whole.to(span);
    }

    fn push(&mut self, source: usize, replaced: Option<u32>) {
        self.map.runs.push(Run {
            at: self.text.len() as u32,
            source: source as u32,
            replaced,
        });
    }

    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }

    pub fn text(&self) -> &str {
        &self.text
    }

    pub fn finish(self) -> Literal {
        let length = self.text.len() as u32;
        Literal {
            text: self.text.into(),
            range: 0..length,
            quoted: false,
            map: Arc::new(self.map),
        }
    }
}

/// A range of known characters with their places. Shares its text; cloning is cheap.
#[derive(Clone, Debug)]
pub struct Literal {
    text: Arc<str>,
    range: Range<u32>,
    /// A string inside a larger text, with one byte of quote on either side of the range.
    quoted: bool,
    map: Arc<Map>,
}

impl Literal {
    /// Text that was computed, all of it at one place.
    pub fn computed(text: impl Into<Arc<str>>, span: Span) -> Literal {
        Literal::mapped(text.into(), Map::computed(span))
    }

    pub fn mapped(text: Arc<str>, map: Map) -> Literal {
        let length = text.len() as u32;
        Literal {
            text,
            range: 0..length,
            quoted: false,
            map: Arc::new(map),
        }
    }

    pub fn as_str(&self) -> &str {
        &self.text[self.range.start as usize..self.range.end as usize]
    }

    pub fn is_empty(&self) -> bool {
        self.range.is_empty()
    }

    /// A part of it, by byte offsets that must lie on character boundaries.
    pub fn slice(&self, range: Range<usize>) -> Literal {
        let start = self.range.start + range.start as u32;
        let end = self.range.start + range.end as u32;
        assert!(start <= end && end <= self.range.end, "a slice lies inside");
        Literal {
            text: self.text.clone(),
            quoted: self.quoted && (start..end) == self.range,
            range: start..end,
            map: self.map.clone(),
        }
    }

    /// A string that stands inside this text between quotes of one byte: `range` is what lies
    /// between them. It is whole in itself: its span holds the quotes.
    pub fn quoted_slice(&self, range: Range<usize>) -> Literal {
        assert!(range.start > 0, "a quote stands before it");
        let with_quotes = self.slice(range.start - 1..range.end + 1);
        Literal {
            range: with_quotes.range.start + 1..with_quotes.range.end - 1,
            quoted: true,
            ..with_quotes
        }
    }

    /// Whether this is the complete text of a string as it was written.
    pub fn is_whole(&self) -> bool {
        self.quoted || (self.range.start == 0 && self.range.end as usize == self.text.len())
    }

    /// Where it stands: with its quotes if it is whole.
    pub fn span(&self) -> Span {
        if self.quoted {
            self.map
                .span(self.range.start as usize - 1..self.range.end as usize + 1)
        } else if self.is_whole() {
            self.map.whole
        } else {
            self.inner_span(0..self.as_str().len())
        }
    }

    /// Where a range of its characters stands, without quotes.
    pub fn inner_span(&self, range: Range<usize>) -> Span {
        let base = self.range.start as usize;
        self.map.span(base + range.start..base + range.end)
    }
}

/// A piece of a rope, with the way it came.
#[derive(Clone, Debug)]
pub struct Piece {
    pub kind: PieceKind,
    pub trail: Trail,
    pub marks: Marks,
}

#[derive(Clone, Debug)]
pub enum PieceKind {
    Literal(Literal),
    /// What `jsonencode` returned, kept whole until somebody needs its characters.
    Encoded(Rc<Value>),
    /// Characters that are not known.
    Hole(Unknown),
}

impl Piece {
    fn is_hole(&self) -> bool {
        matches!(self.kind, PieceKind::Hole(_))
    }

    pub fn literal(literal: Literal) -> Piece {
        Piece {
            kind: PieceKind::Literal(literal),
            trail: Trail::default(),
            marks: Marks::NONE,
        }
    }

    pub fn span(&self) -> Span {
        match &self.kind {
            PieceKind::Literal(literal) => literal.span(),
            PieceKind::Encoded(value) => value.span,
            PieceKind::Hole(unknown) => unknown.span(),
        }
    }
}

/// A string. No two ropes share a piece's identity; equality is equality of characters and is
/// asked of `render`.
#[derive(Clone, Debug)]
pub struct Text(Pieces);

#[derive(Clone, Debug)]
enum Pieces {
    One(Rc<Piece>),
    Many(Rc<[Piece]>),
}

impl From<Literal> for Text {
    fn from(literal: Literal) -> Text {
        Text(Pieces::One(Rc::new(Piece::literal(literal))))
    }
}

impl From<Piece> for Text {
    fn from(piece: Piece) -> Text {
        Text(Pieces::One(Rc::new(piece)))
    }
}

impl FromIterator<Piece> for Text {
    fn from_iter<I: IntoIterator<Item = Piece>>(pieces: I) -> Text {
        let mut pieces: Vec<Piece> = pieces.into_iter().collect();
        match pieces.len() {
            1 => Text(Pieces::One(Rc::new(pieces.remove(0)))),
            _ => Text(Pieces::Many(pieces.into())),
        }
    }
}

/// All characters of a rope, when they are known.
pub struct Rendered<'a> {
    pub text: Cow<'a, str>,
    /// The marks of all the pieces.
    pub marks: Marks,
    pieces: Vec<(usize, Literal)>,
}

impl Rendered<'_> {
    /// The characters of a byte range, with their places: one literal for each piece it touches.
    pub fn slice(&self, range: Range<usize>) -> Vec<Literal> {
        let mut out = Vec::new();
        let end_of = |(start, literal): &(usize, Literal)| start + literal.as_str().len();
        let first = self
            .pieces
            .partition_point(|piece| end_of(piece) <= range.start);
        for piece in &self.pieces[first..] {
            let (start, literal) = piece;
            let end = end_of(piece);
            if *start >= range.end {
                break;
            }
            let from = range.start.max(*start);
            let to = range.end.min(end);
            if from < to {
                out.push(literal.slice(from - start..to - start));
            }
        }
        out
    }
}

impl Text {
    pub fn computed(text: impl Into<Arc<str>>, span: Span) -> Text {
        Literal::computed(text, span).into()
    }

    /// What `jsonencode` returns for a value.
    pub fn encoded(value: Value) -> Text {
        Text(Pieces::One(Rc::new(Piece {
            trail: value.trail.clone(),
            marks: value.marks,
            kind: PieceKind::Encoded(Rc::new(value)),
        })))
    }

    pub fn hole(unknown: Unknown) -> Text {
        Text(Pieces::One(Rc::new(Piece {
            kind: PieceKind::Hole(unknown),
            trail: Trail::default(),
            marks: Marks::NONE,
        })))
    }

    pub fn pieces(&self) -> &[Piece] {
        match &self.0 {
            Pieces::One(piece) => std::slice::from_ref(piece),
            Pieces::Many(pieces) => pieces,
        }
    }

    /// Whether all that is not known of it is one hole at its end.
    pub fn ends_in_hole(&self) -> bool {
        let text = self.expanded();
        let mut behind = text.pieces().iter().skip_while(|piece| !piece.is_hole());
        let is_empty = |piece: &Piece| match &piece.kind {
            PieceKind::Literal(literal) => literal.as_str().is_empty(),
            PieceKind::Encoded(_) | PieceKind::Hole(_) => false,
        };
        behind.next().is_some() && behind.all(is_empty)
    }

    /// The one literal that is the whole string, if it is one.
    pub fn as_literal(&self) -> Option<&Literal> {
        match self.pieces() {
            [
                Piece {
                    kind: PieceKind::Literal(literal),
                    ..
                },
            ] => Some(literal),
            _ => None,
        }
    }

    /// What `jsonencode` was given for parts of it.
    pub fn encoded_values(&self) -> impl Iterator<Item = &Value> {
        self.pieces().iter().filter_map(|piece| match &piece.kind {
            PieceKind::Encoded(value) => Some(&**value),
            PieceKind::Literal(_) | PieceKind::Hole(_) => None,
        })
    }

    pub fn has_holes(&self) -> bool {
        self.first_hole().is_some()
    }

    pub fn first_hole(&self) -> Option<&Unknown> {
        self.pieces().iter().find_map(|piece| match &piece.kind {
            PieceKind::Hole(unknown) => Some(unknown),
            _ => None,
        })
    }

    /// The same characters without encoded pieces: each is rendered to literals (and holes).
    pub fn expanded(&self) -> Cow<'_, Text> {
        let encoded = |piece: &Piece| matches!(piece.kind, PieceKind::Encoded(_));
        if !self.pieces().iter().any(encoded) {
            return Cow::Borrowed(self);
        }
        let mut out = Vec::new();
        for piece in self.pieces() {
            match &piece.kind {
                PieceKind::Encoded(value) => {
                    out.extend(crate::json::render(value).pieces().iter().cloned());
                }
                _ => out.push(piece.clone()),
            }
        }
        Cow::Owned(out.into_iter().collect())
    }

    /// The characters, or the first unknown among them.
    pub fn render(&self) -> Result<Rendered<'_>, Unknown> {
        if let Some(literal) = self.as_literal() {
            return Ok(Rendered {
                text: Cow::Borrowed(literal.as_str()),
                marks: self.pieces()[0].marks,
                pieces: vec![(0, literal.clone())],
            });
        }
        let expanded = self.expanded();
        let mut text = String::new();
        let mut marks = Marks::NONE;
        let mut pieces = Vec::new();
        for piece in expanded.pieces() {
            marks |= piece.marks;
            match &piece.kind {
                PieceKind::Literal(literal) => {
                    pieces.push((text.len(), literal.clone()));
                    text.push_str(literal.as_str());
                }
                PieceKind::Hole(unknown) => return Err(unknown.clone()),
                PieceKind::Encoded(_) => unreachable!("an expanded rope holds no encoded piece"),
            }
        }
        Ok(Rendered {
            text: Cow::Owned(text),
            marks,
            pieces,
        })
    }

    /// The characters, if all are known.
    pub fn known(&self) -> Option<Cow<'_, str>> {
        match self.as_literal() {
            Some(literal) => Some(Cow::Borrowed(literal.as_str())),
            None => self.render().ok().map(|rendered| rendered.text),
        }
    }

    /// The characters up to the first hole.
    pub fn known_prefix(&self) -> String {
        let mut prefix = String::new();
        for piece in self.expanded().pieces() {
            match &piece.kind {
                PieceKind::Literal(literal) => prefix.push_str(literal.as_str()),
                _ => break,
            }
        }
        prefix
    }

    /// The rope up to the first known `stop` character, and whether there was one. A hole before
    /// it stays in the result: it may hold the character itself.
    pub fn before(&self, stop: char) -> (Text, bool) {
        let mut out = Vec::new();
        for piece in self.expanded().pieces() {
            if let PieceKind::Literal(literal) = &piece.kind
                && let Some(at) = literal.as_str().find(stop)
            {
                out.push(Piece {
                    kind: PieceKind::Literal(literal.slice(0..at)),
                    ..piece.clone()
                });
                return (out.into_iter().collect(), true);
            }
            out.push(piece.clone());
        }
        (out.into_iter().collect(), false)
    }

    /// `self` followed by `other`.
    pub fn concat(&self, other: &Text) -> Text {
        self.pieces()
            .iter()
            .chain(other.pieces())
            .cloned()
            .collect()
    }

    /// Where it stands, if all of it stands in one file: from its first piece to its last.
    pub fn span(&self) -> Option<Span> {
        let mut spans = self.pieces().iter().map(Piece::span);
        let first = spans.next()?;
        spans.try_fold(first, |all, span| {
            (span.file == all.file).then(|| all.to(span))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{Memory, SourceMap};
    use std::path::Path;

    fn span(start: usize, end: usize) -> Span {
        let map = SourceMap::new(Memory::new([("/a", "")]), "/");
        let file = map.open(Path::new("/a")).expect("in memory");
        file.span(start, end)
    }

    #[test]
    fn escapes_map_to_all_of_their_bytes() {
        // "a\u0062c" at 10..20: quotes at 10 and 19.
        let mut builder = LiteralBuilder::new(span(10, 20));
        builder.verbatim("a", 11);
        builder.replaced("b", 12, 6);
        builder.verbatim("c", 18);
        let literal = builder.finish();
        assert_eq!(literal.as_str(), "abc");
        assert_eq!(literal.span(), span(10, 20), "whole, so with its quotes");
        assert_eq!(literal.slice(1..2).span(), span(12, 18));
        assert_eq!(literal.slice(0..2).span(), span(11, 18));
        assert_eq!(literal.slice(1..3).span(), span(12, 19));
        assert_eq!(literal.slice(2..3).span(), span(18, 19));
    }

    #[test]
    fn a_prefix_keeps_the_hole_that_may_hold_the_stop() {
        let at = span(0, 1);
        let hole = Text::hole(Unknown::unset_input("`var.x` has no value", at, None));
        let text = hole.concat(&Text::computed(":1000", at));
        let (user, found) = text.before(':');
        assert!(found && user.has_holes());
        let (user, _) = Text::computed("0:1000", at).before(':');
        assert_eq!(user.known().as_deref(), Some("0"));
    }
}
