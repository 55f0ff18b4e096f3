//! YAML inside a string, with scalars as the caller resolves them.

use super::inside::{HOLE, Inside, fill};
use super::source::{Around, Source};
use super::{MAX_DEPTH, MAX_EXPANSION, SyntaxError};
use crate::source::Span;
use crate::value::{Kind, List, Member, Object, Slot, Text, Unknown, Value};
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
    let inside = &Inside::new(&filled, holes, at)?;
    let reader = Reader {
        inside,
        source: Source::new(&inside.text.text, at.file, 0, false),
        cursor: 0,
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
    Name {
        name: Arc<str>,
        span: Span,
        /// Where it starts in the string.
        start: usize,
    },
}

struct Reader<'a> {
    inside: &'a Inside<'a>,
    source: Source<'a>,
    /// Where the last token that was placed ends.
    cursor: usize,
    resolve: &'a Resolve<'a>,
    stack: Vec<Frame>,
    /// Nothing for an anchor whose collection is not closed.
    anchors: HashMap<usize, Option<Done>>,
    expanded: usize,
}

impl Reader<'_> {
    fn read(mut self) -> Result<Value, SyntaxError> {
        let text = self.source.text;
        if let Some(at) = memchr::memchr(0, text.as_bytes()) {
            return Err(self.fault("a NUL character is not allowed here", at..at + 1));
        }
        let mut parser = Parser::new(StrInput::new(text));
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
                Event::DocumentStart(true) => {
                    self.cursor = range.end;
                    None
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
        self.source.offset(mark)
    }

    /// Where a range of the string was written.
    fn place(&self, range: Range<usize>) -> Span {
        self.inside.place(self.source.span(range.start, range.end))
    }

    fn fault(&self, message: impl Into<String>, range: Range<usize>) -> SyntaxError {
        SyntaxError {
            message: message.into(),
            span: self.place(range),
        }
    }

    fn alias(&mut self, anchor: usize, range: Range<usize>) -> Result<Done, SyntaxError> {
        self.cursor = range.end;
        let span = self.place(range.clone());
        let mut done = match self.anchors.get(&anchor) {
            Some(Some(done)) => done.clone(),
            _ => return Err(self.fault("an alias stands inside its own anchor", range)),
        };
        if self.expanded + done.weight <= MAX_EXPANSION {
            self.expanded += done.weight;
            let name = &self.source.text[range.clone()];
            done.value = done.value.step(format!("alias `{name}`"), span);
        } else {
            let reason = format!("the aliases stand for more than {MAX_EXPANSION} values");
            done.value = Value::unknown(Unknown::limit(reason, span));
            done.weight = 1;
        }
        Ok(Done { range, ..done })
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
        let is_sequence = matches!(collection, Collection::Sequence(_));
        let decorated = anchor > 0 || tag.is_some();
        let (start, _) = self
            .source
            .collection_start(is_sequence, decorated, range, self.cursor);
        self.cursor = start;
        self.stack.push(Frame {
            collection,
            anchor,
            range: start..start,
            weight: 1,
        });
        Ok(())
    }

    fn end(&mut self, range: Range<usize>) -> Done {
        let frame = self.stack.pop().expect("the parser pairs its events");
        self.cursor = self.source.collection_end(range, frame.range.end);
        let range = frame.range.start..self.cursor;
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
        let parent = self.stack.last();
        let key = parent.and_then(|frame| match &frame.collection {
            Collection::Mapping {
                key: Some(Key::Name { start, .. }),
                ..
            } => Some(*start),
            _ => None,
        });
        let around = Around {
            cursor: self.cursor,
            parent: parent.map(|frame| frame.range.start),
            key,
        };
        let decorated = anchor > 0 || tag.is_some();
        let (literal, _) = self.source.scalar(text, style, decorated, range, around);
        let range = literal.span().range();
        self.cursor = range.end;
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
            Meaning::Characters => Kind::Text(self.inside.pieces(&literal).into_iter().collect()),
        };
        let done = Done {
            value: Value::new(kind, span),
            weight: 1,
            range,
            merge: plain && tag.is_none() && text == "<<",
        };
        Ok(self.anchored(anchor, done))
    }

    /// The holes from an offset on.
    fn holes_from(&self, at: usize) -> &[Unknown] {
        let before = self.source.text[..at].matches(HOLE).count();
        self.inside.holes.get(before..).unwrap_or_default()
    }

    /// Whether the collection around is written in brackets.
    fn is_in_brackets(&self) -> bool {
        let around = self.stack.last();
        let first = around.and_then(|frame| self.source.text.as_bytes().get(frame.range.start));
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
                Some(Key::Name { name, span, .. }) => members.push(Member {
                    name,
                    name_span: span,
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
        Ok(Key::Name {
            name,
            span,
            start: done.range.start,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{File, Memory, SourceMap};
    use crate::value::{Literal, Map};
    use proptest::prelude::*;
    use std::path::Path;

    fn file(text: &str) -> Arc<File> {
        let sources = SourceMap::new(Memory::new([("/a", text)]), "/");
        sources.open(Path::new("a")).expect("in memory")
    }

    fn decode_text(text: &str) -> Result<Value, SyntaxError> {
        let file = file(text);
        let at = file.span(0, text.len());
        let text = Text::computed(text, at);
        decode(&text, at, &|_| Ok(Meaning::Characters))
    }

    /// The marks of the parser reach over comments, tags and the lines that follow.
    #[test]
    fn values_stand_where_their_characters_do() {
        let text = "\
- 'a'    # b
- { c: \"d\"   , e: &f g }  # h
- !!str 0 # i
- |-  # j
  k

- l: # m
- !!seq
  - n
# o
";
        let file = file(text);
        let at = file.span(0, text.len());
        let literal = Literal::mapped(text.into(), Map::verbatim(at, 0));
        let root = decode(&literal.into(), at, &|_| Ok(Meaning::Characters)).expect("it is YAML");
        let slice = |value: &Value| file.slice(value.span);
        let items: Vec<Value> = root.as_list().expect("a list").iter().collect();
        let slices: Vec<&str> = items.iter().map(slice).collect();
        let flow = "{ c: \"d\"   , e: &f g }";
        assert_eq!(slices, ["'a'", flow, "0", "k", "l:", "- n"]);
        let member = |value: &Value, name: &str| {
            let object = value.as_object().expect("an object");
            object.member(name).expect("it has it").value.get()
        };
        assert_eq!(slice(&member(&items[1], "c")), "\"d\"");
        assert_eq!(slice(&member(&items[1], "e")), "g");
        assert_eq!(slice(&member(&items[4], "l")), "l:");
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
