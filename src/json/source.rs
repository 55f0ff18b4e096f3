//! A rope laid out as one text in which a byte stands for each piece that is not text.

use super::lexical::is_blank;
use crate::source::{FileId, Span};
use crate::value::{Kind, Literal, Marks, Piece, PieceKind, Text, Trail, Value};
use std::ops::Range;

/// Stands for a piece that is not text. No byte that JSON allows outside of strings, nor inside
/// of them: a reader that knows no pieces would refuse it, so only refusals look for pieces.
pub(super) const SPLICE: u8 = 0;

/// The text with the piece of each of its bytes.
pub(super) struct Source {
    pieces: Vec<Segment>,
    /// Where there are several pieces: their characters.
    joined: Option<String>,
    /// Where the text is one range of a file: the place of its first byte.
    plain: Option<(FileId, usize)>,
    /// What to point at where there is no text.
    pub(super) whole: Span,
}

struct Segment {
    start: usize,
    piece: Piece,
}

impl Source {
    pub(super) fn new(text: &Text, whole: Span) -> Source {
        let pieces = laid_out(text);
        let mut source = Source {
            pieces: Vec::with_capacity(pieces.len()),
            joined: None,
            plain: None,
            whole,
        };
        if let [
            Piece {
                kind: PieceKind::Literal(_),
                ..
            },
        ] = pieces.as_slice()
        {
            source
                .pieces
                .extend(pieces.into_iter().map(|piece| Segment { start: 0, piece }));
            return source;
        }
        let mut joined = String::new();
        for piece in pieces {
            let start = joined.len();
            match &piece.kind {
                PieceKind::Literal(literal) => joined.push_str(literal.as_str()),
                PieceKind::Encoded(_) | PieceKind::Hole(_) => joined.push(SPLICE as char),
            }
            source.pieces.push(Segment { start, piece });
        }
        source.joined = Some(joined);
        source
    }

    /// A range of a file: `literal` stands there byte for byte.
    pub(super) fn plain(literal: Literal, whole: Span) -> Source {
        Source {
            pieces: vec![Segment {
                start: 0,
                piece: Piece::literal(literal),
            }],
            joined: None,
            plain: Some((whole.file, whole.start as usize)),
            whole,
        }
    }

    pub(super) fn text(&self) -> &str {
        match (&self.joined, self.pieces.as_slice()) {
            (Some(joined), _) => joined,
            (None, [Segment { piece, .. }]) => match &piece.kind {
                PieceKind::Literal(literal) => literal.as_str(),
                _ => "",
            },
            (None, _) => "",
        }
    }

    /// The number of the piece that holds the byte `at`; the last one at the end.
    pub(super) fn index(&self, at: usize) -> usize {
        if self.pieces.len() <= 1 {
            return 0;
        }
        self.pieces
            .partition_point(|segment| segment.start <= at)
            .saturating_sub(1)
    }

    pub(super) fn piece(&self, index: usize) -> &Piece {
        &self.pieces[index].piece
    }

    /// The bytes of a piece.
    pub(super) fn range(&self, index: usize) -> Range<usize> {
        let end = match self.pieces.get(index + 1) {
            Some(next) => next.start,
            None => self.text().len(),
        };
        self.pieces[index].start..end
    }

    /// The piece that the byte `at` stands for.
    pub(super) fn splice(&self, at: usize) -> Option<&Piece> {
        if self.joined.is_none() || self.text().as_bytes().get(at) != Some(&SPLICE) {
            return None;
        }
        let piece = self.piece(self.index(at));
        match piece.kind {
            PieceKind::Literal(_) => None,
            PieceKind::Encoded(_) | PieceKind::Hole(_) => Some(piece),
        }
    }

    /// Where a range stands. One that starts and ends in two files has the place of its start.
    pub(super) fn span(&self, range: Range<usize>) -> Span {
        if let Some((file, base)) = self.plain {
            return Span::new(file, base + range.start, base + range.end);
        }
        if self.pieces.is_empty() {
            return self.whole;
        }
        let first = self.index(range.start);
        let last = self.index(range.end.max(range.start + 1) - 1).max(first);
        if first == last {
            return self.span_in(first, range);
        }
        let start = self.span_in(first, range.start..self.range(first).end);
        start.to(self.span_in(last, self.range(last).start..range.end))
    }

    fn span_in(&self, index: usize, range: Range<usize>) -> Span {
        let segment = &self.pieces[index];
        match &segment.piece.kind {
            PieceKind::Literal(literal) => {
                let end = literal.as_str().len();
                let from = (range.start - segment.start).min(end);
                literal.inner_span(from..(range.end - segment.start).clamp(from, end))
            }
            _ => segment.piece.span(),
        }
    }

    /// Where a token stands: one that came as a piece of its own stands where that was written,
    /// quotes included.
    pub(super) fn token_span(&self, range: Range<usize>) -> Span {
        let index = self.index(range.start);
        if self.pieces.len() > 1 && self.range(index) == range {
            return self.pieces[index].piece.span();
        }
        self.span(range)
    }

    /// The way of what starts at a byte, and its marks.
    pub(super) fn origin(&self, at: usize) -> (Trail, Marks) {
        match self.pieces.get(self.index(at)) {
            Some(segment) => (segment.piece.trail.clone(), segment.piece.marks),
            None => (Trail::default(), Marks::NONE),
        }
    }

    /// A value that starts at a byte.
    pub(super) fn value(&self, kind: Kind, at: usize, span: Span) -> Value {
        let (trail, marks) = self.origin(at);
        Value {
            kind,
            span,
            trail,
            marks,
        }
    }
}

/// The pieces with every encoded one rendered that does not stand where a whole value does: its
/// characters count inside of a string (`"${jsonencode(1)}"`), as a name, and beside a digit.
fn laid_out(text: &Text) -> Vec<Piece> {
    let encoded = |piece: &Piece| matches!(piece.kind, PieceKind::Encoded(_));
    let pieces = text.pieces();
    if !pieces.iter().any(encoded) {
        return pieces.to_vec();
    }
    let mut out: Vec<Piece> = Vec::with_capacity(pieces.len());
    let mut place = Place::default();
    for (at, piece) in pieces.iter().enumerate() {
        if let PieceKind::Encoded(value) = &piece.kind {
            let whole = place.takes_value() && ends_value(&pieces[at + 1..]);
            let may_grow = matches!(value.kind, Kind::Number(_))
                && (beside(out.iter().rev()) || beside(pieces[at + 1..].iter()));
            if !whole || may_grow {
                for piece in super::render(value).pieces() {
                    place.pass(piece);
                    out.push(piece.clone());
                }
                continue;
            }
        }
        place.pass(piece);
        out.push(piece.clone());
    }
    out
}

/// Whether the first piece that is not empty is no literal.
fn beside<'a>(mut pieces: impl Iterator<Item = &'a Piece>) -> bool {
    let piece = pieces.find(|piece| match &piece.kind {
        PieceKind::Literal(literal) => !literal.is_empty(),
        _ => true,
    });
    piece.is_some_and(|piece| !matches!(piece.kind, PieceKind::Literal(_)))
}

/// What the text so far has led to.
#[derive(Default)]
struct Place {
    in_string: bool,
    escaped: bool,
    /// The last byte that is not blank, outside of strings.
    last: Option<u8>,
}

impl Place {
    fn takes_value(&self) -> bool {
        !self.in_string && matches!(self.last, None | Some(b'[' | b',' | b':' | SPLICE))
    }

    fn pass(&mut self, piece: &Piece) {
        let PieceKind::Literal(literal) = &piece.kind else {
            self.escaped = false;
            if !self.in_string {
                self.last = Some(SPLICE);
            }
            return;
        };
        for &byte in literal.as_str().as_bytes() {
            if self.escaped {
                self.escaped = false;
            } else if byte == b'"' {
                self.in_string = !self.in_string;
                self.last = Some(byte);
            } else if self.in_string {
                self.escaped = byte == b'\\';
            } else if !is_blank(byte) {
                self.last = Some(byte);
            }
        }
    }
}

/// Whether what follows a value lets it end.
fn ends_value(rest: &[Piece]) -> bool {
    for piece in rest {
        let PieceKind::Literal(literal) = &piece.kind else {
            return true;
        };
        let mut bytes = literal.as_str().bytes();
        if let Some(byte) = bytes.find(|&byte| !is_blank(byte)) {
            return matches!(byte, b',' | b']' | b'}');
        }
    }
    true
}
