//! YAML inside a string, with scalars as the caller resolves them.

use super::inside::{HOLE, fill, rendered};
use super::source::Offsets;
use super::{MAX_DEPTH, MAX_EXPANSION, SyntaxError};
use crate::source::Span;
use crate::value::{
    Kind, List, Literal, Member, Object, Piece, Rendered, Slot, Text, Unknown, Value,
};
use saphyr_parser::{Event, Marker, Parser, ScalarStyle, StrInput};
use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

/// A scalar that asks for its meaning.
pub struct Scalar<'a> {
    /// With [`HOLE`] for what is not known.
    pub text: &'a str,
    /// Without quotes, and no block of lines.
    pub plain: bool,
    /// With YAML's own tags spelt in full: `tag:yaml.org,2002:int`.
    pub tag: Option<&'a str>,
}

/// What a scalar is.
pub enum Meaning {
    /// A string of its own characters.
    Characters,
    /// A string of others.
    Text(String),
    Kind(Kind),
    /// What is not known of its characters decides.
    Unknown,
}

/// Gives a scalar its meaning, or says what is wrong with it.
pub type Resolve<'a> = dyn Fn(&Scalar) -> Result<Meaning, String> + 'a;

/// Reads the one document in a string. `at` is where the string is given; each value stands where
/// its characters were written. A name that a mapping has twice is kept twice, and what a merge
/// key brings stands in its place. What is not known of the string is taken to be a part of the
/// scalars in which it stands, or the value of a key or a line.
///
/// # Errors
/// At the first fault; where a key is not known, or what stands in brackets; where there is no document or more than one; at a key that is null or a
/// collection, and at a tag that `resolve` does not know.
pub fn decode(text: &Text, at: Span, resolve: &Resolve) -> Result<Value, SyntaxError> {
    let (filled, holes) = fill(&text.expanded());
    let text = &rendered(&filled, &holes, at)?;
    let reader = Reader {
        text,
        holes: &holes,
        at,
        offsets: Offsets::new(&text.text),
        resolve,
        stack: Vec::new(),
        anchors: HashMap::new(),
        expanded: 0,
    };
    reader.read()
}

/// A value with how many values it stands for, and the range of its characters.
#[derive(Clone)]
struct Done {
    value: Value,
    weight: usize,
    range: Range<usize>,
    /// It is `<<` without quotes.
    merge: bool,
}

struct Frame {
    collection: Collection,
    anchor: usize,
    range: Range<usize>,
    weight: usize,
}

enum Collection {
    Sequence(Vec<Slot>),
    Mapping {
        members: Vec<Member>,
        key: Option<Key>,
    },
}

enum Key {
    Merge,
    Name(Arc<str>, Span),
}

struct Reader<'a> {
    text: &'a Rendered<'a>,
    /// What the characters that stand for holes are, in their order.
    holes: &'a [Unknown],
    at: Span,
    offsets: Offsets,
    resolve: &'a Resolve<'a>,
    stack: Vec<Frame>,
    /// Nothing for an anchor whose collection is not closed.
    anchors: HashMap<usize, Option<Done>>,
    expanded: usize,
}

impl Reader<'_> {
    fn read(mut self) -> Result<Value, SyntaxError> {
        let text = self.text;
        if let Some(at) = memchr::memchr(0, text.text.as_bytes()) {
            return Err(self.fault("a NUL character is not allowed here", at..at + 1));
        }
        let mut parser = Parser::new(StrInput::new(&text.text));
        let mut root = None;
        while let Some(event) = parser.next_event() {
            let (event, marks) = event.map_err(|error| {
                let at = self.offset(*error.marker());
                self.fault(error.info(), at..at)
            })?;
            let range = self.offset(marks.start)..self.offset(marks.end);
            let done = match event {
                Event::DocumentStart(_) if root.is_some() => {
                    return Err(self.fault("a second document starts here", range));
                }
                Event::Alias(anchor) => Some(self.alias(anchor, range)?),
                Event::Scalar(text, style, anchor, tag) => {
                    let tag = tag.map(|tag| tag.handle.clone() + &tag.suffix);
                    Some(self.scalar(&text, style, anchor, tag.as_deref(), range)?)
                }
                Event::SequenceStart(anchor, tag) => {
                    let tag = tag.map(|tag| tag.handle.clone() + &tag.suffix);
                    let sequence = Collection::Sequence(Vec::new());
                    self.begin(sequence, anchor, tag.as_deref(), "seq", range)?;
                    None
                }
                Event::MappingStart(anchor, tag) => {
                    let tag = tag.map(|tag| tag.handle.clone() + &tag.suffix);
                    let mapping = Collection::Mapping {
                        members: Vec::new(),
                        key: None,
                    };
                    self.begin(mapping, anchor, tag.as_deref(), "map", range)?;
                    None
                }
                Event::SequenceEnd | Event::MappingEnd => Some(self.end(range)),
                _ => None,
            };
            match done {
                Some(done) if self.stack.is_empty() => root = Some(done.value),
                Some(done) => self.push(done)?,
                None => {}
            }
        }
        root.ok_or_else(|| self.fault("there is no document here", 0..0))
    }

    fn offset(&self, mark: Marker) -> usize {
        self.offsets.byte(&self.text.text, mark.index())
    }

    /// Where a range of the string was written.
    fn place(&self, range: Range<usize>) -> Span {
        let literals = self.text.slice(range);
        let place = |literal: &Literal| literal.inner_span(0..literal.as_str().len());
        match (literals.first(), literals.last()) {
            (Some(first), Some(last)) => place(first).to(place(last)),
            _ => self.at,
        }
    }

    fn fault(&self, message: impl Into<String>, range: Range<usize>) -> SyntaxError {
        SyntaxError {
            message: message.into(),
            span: self.place(range),
        }
    }

    fn alias(&mut self, anchor: usize, range: Range<usize>) -> Result<Done, SyntaxError> {
        match self.anchors.get(&anchor) {
            Some(Some(done)) if self.expanded + done.weight <= MAX_EXPANSION => {
                self.expanded += done.weight;
                Ok(done.clone())
            }
            Some(Some(done)) => {
                let reason = format!("the aliases stand for more than {MAX_EXPANSION} values");
                Ok(Done {
                    value: Value::unknown(Unknown::limit(reason, self.place(range))),
                    weight: 1,
                    ..done.clone()
                })
            }
            _ => Err(self.fault("an alias stands inside its own anchor", range)),
        }
    }

    fn begin(
        &mut self,
        collection: Collection,
        anchor: usize,
        tag: Option<&str>,
        kind: &str,
        range: Range<usize>,
    ) -> Result<(), SyntaxError> {
        if self.stack.len() == MAX_DEPTH {
            let message = format!("it nests deeper than {MAX_DEPTH} collections");
            return Err(self.fault(message, range));
        }
        if let Some(tag) = tag
            && tag.strip_prefix("tag:yaml.org,2002:") != Some(kind)
        {
            let message = format!("`{tag}` is no tag of such a collection");
            return Err(self.fault(message, range));
        }
        if anchor > 0 {
            self.anchors.insert(anchor, None);
        }
        self.stack.push(Frame {
            collection,
            anchor,
            range: range.start..range.start,
            weight: 1,
        });
        Ok(())
    }

    fn end(&mut self, range: Range<usize>) -> Done {
        let frame = self.stack.pop().expect("the parser pairs its events");
        // A flow collection ends with its bracket, a block with its last child.
        let end = match self.text.text.as_bytes().get(range.start) {
            Some(b']' | b'}') if !range.is_empty() => range.end,
            _ => frame.range.end,
        };
        let range = frame.range.start..end;
        let kind = match frame.collection {
            Collection::Sequence(items) => Kind::List(List::new(items)),
            Collection::Mapping { members, .. } => Kind::Object(Object::new(members)),
        };
        let done = Done {
            value: Value::new(kind, self.place(range.clone())),
            weight: frame.weight,
            range,
            merge: false,
        };
        self.anchored(frame.anchor, done)
    }

    fn anchored(&mut self, anchor: usize, done: Done) -> Done {
        if anchor > 0 {
            self.anchors.insert(anchor, Some(done.clone()));
        }
        done
    }

    fn scalar(
        &mut self,
        text: &str,
        style: ScalarStyle,
        anchor: usize,
        tag: Option<&str>,
        range: Range<usize>,
    ) -> Result<Done, SyntaxError> {
        let plain = style == ScalarStyle::Plain;
        let resolved = (self.resolve)(&Scalar { text, plain, tag })
            .map_err(|message| self.fault(message, range.clone()))?;
        let span = self.place(range.clone());
        let kind = match resolved {
            Meaning::Kind(kind) => kind,
            Meaning::Text(text) => Kind::Text(Text::computed(text, span)),
            Meaning::Unknown if self.is_in_brackets() => {
                return Err(self.fault("several values may stand here", range));
            }
            Meaning::Unknown => {
                let hole = self.holes_from(range.start).first();
                let none = || self.fault("this is known", range.clone());
                Kind::Unknown(hole.ok_or_else(none)?.clone().derived())
            }
            Meaning::Characters => Kind::Text(self.characters(text, style, range.clone(), span)),
        };
        let done = Done {
            value: Value::new(kind, span),
            weight: 1,
            range,
            merge: plain && tag.is_none() && text == "<<",
        };
        Ok(self.anchored(anchor, done))
    }

    /// The characters at their own places, where they are written as they are.
    fn characters(&self, text: &str, style: ScalarStyle, range: Range<usize>, span: Span) -> Text {
        let inside = match style {
            ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted if range.len() >= 2 => {
                range.start + 1..range.end - 1
            }
            _ => range,
        };
        let is_verbatim = !text.is_empty() && self.text.text.get(inside.clone()) == Some(text);
        let written = |part: Range<usize>| match is_verbatim {
            true => self
                .text
                .slice(inside.start + part.start..inside.start + part.end),
            false => vec![Literal::computed(&text[part], span)],
        };
        if text.is_empty() {
            return Text::computed(text, span);
        }
        let mut pieces = Vec::new();
        let mut from = 0;
        for ((at, mark), unknown) in text.match_indices(HOLE).zip(self.holes_from(inside.start)) {
            pieces.extend(written(from..at).into_iter().map(Piece::literal));
            pieces.extend_from_slice(Text::hole(unknown.clone()).pieces());
            from = at + mark.len();
        }
        if from < text.len() {
            pieces.extend(written(from..text.len()).into_iter().map(Piece::literal));
        }
        pieces.into_iter().collect()
    }

    /// The holes from an offset on.
    fn holes_from(&self, at: usize) -> &[Unknown] {
        let before = self.text.text[..at].matches(HOLE).count();
        self.holes.get(before..).unwrap_or_default()
    }

    /// Whether the collection around is written in brackets.
    fn is_in_brackets(&self) -> bool {
        let around = self.stack.last();
        let first = around.and_then(|frame| self.text.text.as_bytes().get(frame.range.start));
        matches!(first, Some(b'[' | b'{'))
    }

    /// Puts a value into the collection that it stands in.
    fn push(&mut self, done: Done) -> Result<(), SyntaxError> {
        let left = MAX_EXPANSION - self.expanded;
        let waits_for_key = matches!(
            self.stack.last().map(|frame| &frame.collection),
            Some(Collection::Mapping { key: None, .. })
        );
        let key_read = match waits_for_key {
            true => Some(self.key(&done)?),
            false => None,
        };
        let no_mapping = self.fault("a merge key takes a mapping", done.range.clone());
        let frame = self.stack.last_mut().expect("the caller looked");
        frame.range.end = frame.range.end.max(done.range.end);
        frame.weight = frame.weight.saturating_add(done.weight);
        match &mut frame.collection {
            Collection::Sequence(items) => items.push(done.value.into()),
            Collection::Mapping { members, key } => match key.take() {
                None => *key = key_read,
                Some(Key::Name(name, name_span)) => members.push(Member {
                    name,
                    name_span,
                    value: done.value.into(),
                }),
                Some(Key::Merge) => {
                    let merged = done.value.as_object().ok_or(no_mapping)?.members();
                    if merged.len() > left {
                        return Err(SyntaxError {
                            message: "the merge keys bring too many members".to_owned(),
                            span: done.value.span,
                        });
                    }
                    self.expanded += merged.len();
                    members.extend_from_slice(merged);
                }
            },
        }
        Ok(())
    }

    fn key(&self, done: &Done) -> Result<Key, SyntaxError> {
        let span = done.value.span;
        let name = match &done.value.kind {
            _ if done.merge => return Ok(Key::Merge),
            Kind::Text(text) => match text.known() {
                Some(name) => name.as_ref().into(),
                None => return Err(self.fault("this key is not known", done.range.clone())),
            },
            Kind::Number(number) => number.to_string().into(),
            Kind::Bool(value) => value.to_string().into(),
            _ => {
                let message = "a key is a string, a number or a boolean, and this is none";
                return Err(self.fault(message, done.range.clone()));
            }
        };
        Ok(Key::Name(name, span))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{Memory, SourceMap};
    use proptest::prelude::*;
    use std::path::Path;

    fn decode_text(text: &str) -> Result<Value, SyntaxError> {
        let sources = SourceMap::new(Memory::new([("/a", text)]), "/");
        let file = sources.open(Path::new("a")).expect("in memory");
        let at = file.span(0, text.len());
        let text = Text::computed(text, at);
        decode(&text, at, &|_| Ok(Meaning::Characters))
    }

    #[test]
    fn bombs_end_quickly() {
        let mut text = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
        for at in 1..40 {
            let before = format!("*a{}", at - 1);
            text += &format!("a{at}: &a{at} [{}]\n", [&*before; 9].join(", "));
        }
        assert!(decode_text(&text).is_ok());
        assert!(decode_text(&"[".repeat(10_000)).is_err());
    }

    proptest! {
        #[test]
        fn nothing_panics(text in "[a-c:&*!|>'\"{}\\[\\],#?~é \n\r\t<-]{0,60}") {
            let _ = decode_text(&text);
        }
    }
}
