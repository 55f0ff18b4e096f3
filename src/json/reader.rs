//! Reads a laid-out rope to a value, with an explicit stack and in one pass.

use super::lexical::{escape, find_in_string, is_token, skip_blanks, skip_token};
use super::source::Source;
use super::{MAX_DEPTH, SyntaxError, control_character, found, no_escape, shown};
use crate::source::Span;
use crate::value::{
    Kind, List, LiteralBuilder, Marks, Member, Number, Object, Piece, PieceKind, Slot, Text,
    Unknown, Value,
};
use foldhash::HashMap;
use std::ops::Range;
use std::sync::Arc;

/// Reads the one value that the text is.
pub(super) fn read(source: &Source) -> Result<Value, SyntaxError> {
    let text = source.text();
    let mut reader = Reader {
        source,
        text,
        bytes: text.as_bytes(),
        at: 0,
        names: HashMap::default(),
        items: Vec::new(),
        members: Vec::new(),
    };
    match reader.document() {
        Ok(value) => Ok(value),
        Err(Fault::Syntax(error)) => Err(error),
        Err(Fault::Hole(unknown)) => Ok(Value::unknown(unknown)),
    }
}

/// Why reading stopped.
pub(super) enum Fault {
    Syntax(SyntaxError),
    /// Whether this is JSON, and which, depends on what stands in a hole.
    Hole(Unknown),
}

struct Reader<'a> {
    source: &'a Source,
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    /// One copy of each name without escapes: documents repeat them.
    names: HashMap<&'a str, Arc<str>>,
    /// Of all lists that are open, the innermost last: a list that closes takes its own and has
    /// them in no more memory than they need.
    items: Vec<Slot>,
    /// The same for objects.
    members: Vec<Member>,
}

/// Names that most documents have no more of.
const FEW_NAMES: usize = 28;

/// A list or object that is not closed yet.
struct Frame {
    open: usize,
    items: Items,
    rest: Option<Unknown>,
    place: Place,
}

/// Each with the number of the reader's items or members that are not its own.
enum Items {
    List(usize),
    Object {
        before: usize,
        /// Of the member whose value comes next; nothing where the name is not known.
        name: Option<(Arc<str>, Span)>,
    },
}

/// Where in a list or object the reader stands, by what came last.
#[derive(Clone, Copy, PartialEq)]
enum Place {
    Open,
    /// A comma, at this offset.
    Comma(usize),
    Item,
    /// A hole, which may have held items and commas: nearly everything may follow.
    Hole,
}

impl Reader<'_> {
    fn document(&mut self) -> Result<Value, Fault> {
        let mut frames: Vec<Frame> = Vec::new();
        if skip_blanks(self.bytes, 0) == self.bytes.len() {
            return Err(Fault::Syntax(SyntaxError {
                message: "expected a JSON value, but the text is empty".to_owned(),
                span: self.source.whole,
            }));
        }
        let mut read = self.value(&mut frames)?;
        loop {
            if let Some(value) = read.take() {
                match frames.last_mut() {
                    Some(frame) => {
                        self.add(frame, value);
                        if self.is_hole(self.at - 1) {
                            frame.place = Place::Hole;
                        }
                    }
                    None => return self.end(value),
                }
            }
            let Some(frame) = frames.last_mut() else {
                unreachable!("a value that is not complete has opened a frame");
            };
            if self.advance(frame)? {
                read = self.value(&mut frames)?;
            } else {
                read = frames.pop().map(|frame| self.close(frame));
            }
        }
    }

    /// After the value, only blanks and holes that hold nothing else may stand.
    fn end(&mut self, value: Value) -> Result<Value, Fault> {
        let mut hole = value.as_unknown().cloned();
        loop {
            self.blanks();
            if self.at == self.bytes.len() {
                return Ok(value);
            }
            match (self.hole(), hole.take()) {
                (Some(next), _) => hole = Some(next),
                (None, Some(hole)) => return Err(Fault::Hole(hole)),
                (None, None) => {
                    return self.error("expected nothing after the JSON value", self.here());
                }
            }
        }
    }

    /// Reads a scalar, or opens a list or object.
    fn value(&mut self, frames: &mut Vec<Frame>) -> Result<Option<Value>, Fault> {
        self.blanks();
        let at = self.at;
        let items = match self.bytes.get(at) {
            Some(b'"') => return self.string().map(Some),
            Some(b'[') => Items::List(self.items.len()),
            Some(b'{') => Items::Object {
                before: self.members.len(),
                name: None,
            },
            Some(&byte) if is_token(byte) => return self.token(frames).map(Some),
            _ => match self.source.splice(at).map(|piece| &piece.kind) {
                Some(PieceKind::Hole(_)) => return self.token(frames).map(Some),
                Some(PieceKind::Encoded(value)) => {
                    self.at += 1;
                    let mut value = Value::clone(value);
                    let (trail, marks) = self.source.origin(at);
                    if !trail.is_empty() {
                        value.trail = trail;
                    }
                    return Ok(Some(value.mark(marks)));
                }
                _ => return self.no_value(frames),
            },
        };
        if frames.len() == MAX_DEPTH {
            return self.error(
                format!("nested more than {MAX_DEPTH} levels deep"),
                at..at + 1,
            );
        }
        self.at += 1;
        frames.push(Frame {
            open: at,
            items,
            rest: None,
            place: Place::Open,
        });
        Ok(None)
    }

    /// Moves to where the next value of a list or object starts, or past its end.
    fn advance(&mut self, frame: &mut Frame) -> Result<bool, Fault> {
        loop {
            self.blanks();
            let at = self.at;
            let list = matches!(frame.items, Items::List(_));
            let close = if list { b']' } else { b'}' };
            match (self.bytes.get(at), frame.place) {
                (Some(b','), Place::Item | Place::Hole) => {
                    self.at += 1;
                    frame.place = Place::Comma(at);
                }
                (Some(&byte), Place::Open | Place::Item | Place::Hole) if byte == close => {
                    self.at += 1;
                    return Ok(false);
                }
                (Some(&byte), place) => {
                    if let Some(piece) = self.source.splice(at)
                        && let PieceKind::Hole(hole) = &piece.kind
                    {
                        self.at += 1;
                        frame.rest.get_or_insert_with(|| hole.clone());
                        frame.place = Place::Hole;
                        // A digit on either side of the hole makes a number with it.
                        if list && self.bytes.get(self.at).is_some_and(|&byte| is_token(byte)) {
                            self.at -= 1;
                            return Ok(true);
                        }
                        continue;
                    }
                    if place == Place::Item {
                        return self.no_separator(frame);
                    }
                    match &mut frame.items {
                        Items::List(_) => {
                            let starts = is_token(byte) || matches!(byte, b'"' | b'[' | b'{');
                            if starts || self.source.splice(at).is_some() {
                                return Ok(true);
                            }
                            return self.no_item(frame);
                        }
                        Items::Object { name, .. } if byte == b'"' => {
                            *name = self.name(place, &mut frame.rest)?;
                            return Ok(true);
                        }
                        // `${name}: value`: a member whose name is not known.
                        Items::Object { name, .. } if byte == b':' && place == Place::Hole => {
                            self.at += 1;
                            *name = None;
                            return Ok(true);
                        }
                        Items::Object { .. } => return self.no_item(frame),
                    }
                }
                (None, _) => return self.not_closed(frame),
            }
        }
    }

    /// Reads a name and its colon.
    fn name(
        &mut self,
        place: Place,
        rest: &mut Option<Unknown>,
    ) -> Result<Option<(Arc<str>, Span)>, Fault> {
        let open = self.at;
        let scan = self.scan_string()?;
        let name = if scan.escaped || scan.pieces {
            let value = self.string_value(open, scan);
            let span = value.span;
            match value.as_str() {
                Some(name) => Some((Arc::from(name), span)),
                None => {
                    let hole = value.as_text().and_then(Text::first_hole);
                    *rest = rest.take().or_else(|| hole.cloned());
                    None
                }
            }
        } else {
            let inside = &self.text[open + 1..self.at - 1];
            if self.names.is_empty() {
                // Room for those of a document of some size, made once.
                self.names.reserve(FEW_NAMES.min(self.bytes.len() / 32));
            }
            let name = self.names.entry(inside).or_insert_with(|| inside.into());
            Some((name.clone(), self.source.span(open..self.at)))
        };
        let end = self.at;
        self.blanks();
        if self.bytes.get(self.at) == Some(&b':') {
            self.at += 1;
            return Ok(name);
        }
        if let Some(hole) = self.hole() {
            return Err(Fault::Hole(hole));
        }
        // What stands before the name may be the name, and this its value.
        if let (Place::Hole, Some(hole)) = (place, rest) {
            return Err(Fault::Hole(hole.clone()));
        }
        self.error("expected `:` after this property name", open..end)
    }

    fn add(&mut self, frame: &mut Frame, value: Value) {
        frame.place = Place::Item;
        match &mut frame.items {
            Items::List(_) => self.items.push(value.into()),
            Items::Object { name, .. } => {
                if let Some((name, name_span)) = name.take() {
                    self.members.push(Member {
                        name,
                        name_span,
                        value: value.into(),
                    });
                }
            }
        }
    }

    fn close(&mut self, frame: Frame) -> Value {
        let span = self.source.span(frame.open..self.at);
        let kind = match frame.items {
            Items::List(before) => Kind::List(List {
                rest: frame.rest,
                ..List::new(split_off(&mut self.items, before))
            }),
            Items::Object { before, .. } => {
                let mut object = Object::new(split_off(&mut self.members, before));
                object.rest = frame.rest;
                Kind::Object(object)
            }
        };
        self.source.value(kind, frame.open, span)
    }

    /// Reads a number, `true`, `false`, `null`, or what is not known for the holes in it.
    fn token(&mut self, frames: &mut [Frame]) -> Result<Value, Fault> {
        let start = self.at;
        let mut unknown = None;
        loop {
            self.at = skip_token(self.bytes, self.at);
            let at = self.at;
            if matches!(&self.text[start..at], "true" | "false" | "null") {
                // Nothing that follows makes another value of it.
                break;
            }
            let Some(hole) = self.hole() else { break };
            // What follows the first characters of a value may end it and hold more.
            if at > start
                && let Some(frame) = frames.last_mut()
            {
                frame.rest.get_or_insert_with(|| hole.clone());
            }
            unknown.get_or_insert((at, hole));
        }
        if let Some((at, hole)) = unknown {
            let (trail, marks) = self.source.origin(at);
            return Ok(Value {
                trail,
                ..Value::unknown(hole).mark(marks)
            });
        }
        let range = start..self.at;
        let token = &self.text[range.clone()];
        let kind = match token {
            "true" => Kind::Bool(true),
            "false" => Kind::Bool(false),
            "null" => Kind::Null(None),
            _ => {
                if let Some(message) = not_a_number(token) {
                    return self.error(message, range);
                }
                match Number::parse(token) {
                    Some(number) => Kind::Number(number),
                    None => {
                        let message = format!("the number `{}` is out of range", shown(token));
                        return self.error(message, range);
                    }
                }
            }
        };
        let span = self.source.token_span(range);
        Ok(self.source.value(kind, start, span))
    }

    fn string(&mut self) -> Result<Value, Fault> {
        let open = self.at;
        let scan = self.scan_string()?;
        Ok(self.string_value(open, scan))
    }

    /// Moves past a string and checks it.
    fn scan_string(&mut self) -> Result<Scan, Fault> {
        let open = self.at;
        let mut scan = Scan::default();
        let mut at = open + 1;
        loop {
            let Some(found) = find_in_string(self.bytes, at) else {
                return self.error("this string has no closing quote", open..open + 1);
            };
            at = found;
            match self.bytes[at] {
                b'"' => break,
                b'\\' => {
                    scan.escaped = true;
                    match escape(&self.bytes[at..]) {
                        Ok((_, length)) => at += length,
                        Err(wrong) => {
                            let cut = at + wrong;
                            if let Some(PieceKind::Hole(hole)) =
                                self.source.splice(cut).map(|piece| &piece.kind)
                            {
                                scan.cut = Some(hole.clone());
                                at = cut;
                            } else {
                                return self.no_escape(open, at, cut);
                            }
                        }
                    }
                }
                _ if self.source.splice(at).is_some() => at += 1,
                byte => return self.error(control_character(byte), at..at + 1),
            }
        }
        self.at = at + 1;
        scan.pieces = self.source.index(open) != self.source.index(at);
        Ok(scan)
    }

    /// The string between the quote at `open` and the one before the reader.
    fn string_value(&self, open: usize, scan: Scan) -> Value {
        let inside = open + 1..self.at - 1;
        let span = self.source.span(open..self.at);
        let (first, last) = (self.source.index(open), self.source.index(inside.end));
        if let Some(hole) = scan.cut {
            return self.source.value(Kind::Text(Text::hole(hole)), open, span);
        }
        if first == last {
            let piece = self.source.piece(first);
            let base = self.source.range(first).start;
            let PieceKind::Literal(literal) = &piece.kind else {
                unreachable!("a quote stands in a literal");
            };
            let literal = if scan.escaped {
                let mut builder = LiteralBuilder::new(span);
                self.decode(inside, first, &mut builder);
                builder.finish()
            } else {
                literal.quoted_slice(inside.start - base..inside.end - base)
            };
            let text = Text::from(Piece {
                kind: PieceKind::Literal(literal),
                trail: piece.trail.clone(),
                marks: piece.marks,
            });
            return Value {
                kind: Kind::Text(text),
                span,
                trail: piece.trail.clone(),
                marks: piece.marks,
            };
        }
        // `"${var.uid}"`: what stands between the quotes was written as one piece elsewhere.
        if last == first + 2 && self.source.range(first + 1) == inside {
            let piece = self.source.piece(first + 1);
            let text: Text = match &piece.kind {
                PieceKind::Literal(_) if scan.escaped => {
                    let mut builder = LiteralBuilder::new(piece.span());
                    self.decode(inside, first + 1, &mut builder);
                    std::iter::once(Piece {
                        kind: PieceKind::Literal(builder.finish()),
                        ..piece.clone()
                    })
                    .collect()
                }
                _ => std::iter::once(piece.clone()).collect(),
            };
            return Value {
                kind: Kind::Text(text),
                span: piece.span(),
                trail: piece.trail.clone(),
                marks: piece.marks,
            };
        }
        let mut pieces = Vec::new();
        let mut marks = Marks::NONE;
        // Where an escape that began in the piece before ends.
        let mut from = inside.start;
        for index in first..=last {
            let all = self.source.range(index);
            let part = from.max(all.start)..inside.end.min(all.end);
            if part.is_empty() {
                continue;
            }
            let piece = self.source.piece(index);
            let kind = match &piece.kind {
                PieceKind::Literal(literal) if !scan.escaped => {
                    PieceKind::Literal(literal.slice(part.start - all.start..part.end - all.start))
                }
                PieceKind::Literal(_) => {
                    let mut builder = LiteralBuilder::new(self.source.span(part.clone()));
                    from = self.decode(part, index, &mut builder);
                    PieceKind::Literal(builder.finish())
                }
                other => other.clone(),
            };
            marks |= piece.marks;
            pieces.push(Piece {
                kind,
                ..piece.clone()
            });
        }
        let text = match pieces.is_empty() {
            true => Text::computed("", span),
            false => pieces.into_iter().collect(),
        };
        self.source.value(Kind::Text(text), open, span).mark(marks)
    }

    /// Adds the characters of a range of one piece, whose last escape may end after it. Returns
    /// where it ended.
    fn decode(&self, range: Range<usize>, index: usize, builder: &mut LiteralBuilder) -> usize {
        let base = self.source.range(index).start;
        let PieceKind::Literal(literal) = &self.source.piece(index).kind else {
            return range.end;
        };
        let mut at = range.start;
        while at < range.end {
            let plain = memchr::memchr(b'\\', &self.bytes[at..range.end]);
            let next = plain.map_or(range.end, |plain| at + plain);
            builder.copied(literal, at - base..next - base);
            at = next;
            if at < range.end {
                let (scalar, length) = escape(&self.bytes[at..]).unwrap_or(('\u{fffd}', 1));
                let place = self.source.span(at..range.end.min(at + length)).range();
                let text = scalar.encode_utf8(&mut [0; 4]).to_owned();
                builder.replaced(&text, place.start, place.len());
                at += length;
            }
        }
        at
    }

    fn blanks(&mut self) {
        self.at = skip_blanks(self.bytes, self.at);
    }

    fn is_hole(&self, at: usize) -> bool {
        let piece = self.source.splice(at);
        piece.is_some_and(|piece| matches!(piece.kind, PieceKind::Hole(_)))
    }

    /// Moves past a hole, if one is here.
    fn hole(&mut self) -> Option<Unknown> {
        match &self.source.splice(self.at)?.kind {
            PieceKind::Hole(unknown) => {
                self.at += 1;
                Some(unknown.clone())
            }
            _ => None,
        }
    }

    /// What stands here: a token or a character.
    fn here(&self) -> Range<usize> {
        let end = skip_token(self.bytes, self.at);
        let one = self.text[self.at..].chars().next();
        self.at..end.max(self.at + one.map_or(0, char::len_utf8))
    }

    fn error<T>(&self, message: impl Into<String>, range: Range<usize>) -> Result<T, Fault> {
        Err(Fault::Syntax(SyntaxError {
            message: message.into(),
            span: self.source.span(range),
        }))
    }

    fn no_value<T>(&self, frames: &[Frame]) -> Result<T, Fault> {
        match frames.last() {
            _ if self.at < self.bytes.len() => self.unexpected("a JSON value"),
            Some(frame) => self.not_closed(frame),
            None => self.error("expected a JSON value", self.here()),
        }
    }

    fn no_separator<T>(&self, frame: &Frame) -> Result<T, Fault> {
        self.unexpected(match frame.items {
            Items::List(_) => "`,` or `]`",
            Items::Object { .. } => "`,` or `}`",
        })
    }

    fn no_item<T>(&self, frame: &Frame) -> Result<T, Fault> {
        if let (Place::Hole, Some(hole)) = (frame.place, &frame.rest) {
            return Err(Fault::Hole(hole.clone()));
        }
        let list = matches!(frame.items, Items::List(_));
        match (frame.place, self.bytes.get(self.at)) {
            (Place::Comma(at), Some(b']' | b'}')) => self.error(
                match list {
                    true => "expected another element after this comma",
                    false => "expected a property name in double quotes after this comma",
                },
                at..at + 1,
            ),
            _ if list => self.unexpected("a JSON value"),
            _ => self.unexpected("a property name in double quotes"),
        }
    }

    fn not_closed<T>(&self, frame: &Frame) -> Result<T, Fault> {
        if let (Place::Hole, Some(hole)) = (frame.place, &frame.rest) {
            return Err(Fault::Hole(hole.clone()));
        }
        let message = match frame.items {
            Items::List(_) => "this `[` is not closed",
            Items::Object { .. } => "this `{` is not closed",
        };
        self.error(message, frame.open..frame.open + 1)
    }

    fn unexpected<T>(&self, expected: &str) -> Result<T, Fault> {
        let range = self.here();
        let message = match self.source.splice(range.start) {
            Some(_) => format!("expected {expected} before this value"),
            None => found(expected, &self.text[range.clone()]),
        };
        self.error(message, range)
    }

    /// The escape at `at` goes wrong at `cut`.
    fn no_escape<T>(&self, open: usize, at: usize, cut: usize) -> Result<T, Fault> {
        let Some(wrong) = self.text[cut..].chars().next() else {
            return self.error("this string has no closing quote", open..open + 1);
        };
        let end = cut + wrong.len_utf8();
        self.error(no_escape(&self.bytes[at..]), at..end)
    }
}

/// Takes what comes from a place on, in no more memory than it needs.
fn split_off<T>(all: &mut Vec<T>, at: usize) -> Vec<T> {
    match at {
        0 => {
            let mut own = std::mem::take(all);
            own.shrink_to_fit();
            own
        }
        _ => all.split_off(at),
    }
}

/// What a look over a string has found.
#[derive(Default)]
struct Scan {
    escaped: bool,
    /// Its quotes lie in different pieces of the rope.
    pieces: bool,
    /// A hole in the middle of an escape: none of its characters can be told.
    cut: Option<Unknown>,
}

/// What is wrong with a token as a number, if something is.
fn not_a_number(token: &str) -> Option<String> {
    let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
    let unsigned = token.strip_prefix('-').unwrap_or(token);
    let whole = digits(unsigned);
    if whole == 0 {
        let plus = token.strip_prefix('+').is_some_and(|rest| digits(rest) > 0);
        return Some(match plus {
            true => format!(
                "expected a number without a plus sign, found `{}`",
                shown(token)
            ),
            false => format!("expected a JSON value, found `{}`", shown(token)),
        });
    }
    if whole > 1 && unsigned.starts_with('0') {
        return Some(format!(
            "expected a number without leading zeros, found `{}`",
            shown(token)
        ));
    }
    let mut rest = &unsigned[whole..];
    if let Some(fraction) = rest.strip_prefix('.') {
        let length = digits(fraction);
        if length == 0 {
            return Some(format!(
                "expected a digit after the point of `{}`",
                shown(token)
            ));
        }
        rest = &fraction[length..];
    }
    if let Some(exponent) = rest.strip_prefix(['e', 'E']) {
        let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        let length = digits(exponent);
        if length == 0 {
            return Some(format!(
                "expected a digit in the exponent of `{}`",
                shown(token)
            ));
        }
        rest = &exponent[length..];
    }
    (!rest.is_empty()).then(|| format!("expected a number, found `{}`", shown(token)))
}
