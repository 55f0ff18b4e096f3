//! Events of the parser to values.

use super::scalars::{Core, core_tag, resolve_plain, surprising_base};
use super::source::{Around, Source};
use super::{Apply, Document, MAX_DEPTH, MAX_EXPANSION, Note, NoteKind, SyntaxError, Tag};
use crate::source::Span;
use crate::value::{Kind, List, Member, Object, Slot, Text, Unknown, Value};
use foldhash::{HashMap, HashSet};
use saphyr_parser::{Event, Parser, ScalarStyle, StrInput};
use std::ops::Range;
use std::sync::Arc;

/// Reads one document.
pub(super) struct Reader<'a> {
    source: Source<'a>,
    apply: &'a mut Apply<'a>,
    stack: Vec<Frame>,
    anchors: HashMap<usize, Option<Done>>,
    notes: Vec<Note>,
    /// Where the last token that was placed ends.
    cursor: usize,
    /// Values that aliases stood for so far.
    expanded: usize,
}

impl<'a> Reader<'a> {
    pub fn new(source: Source<'a>, apply: &'a mut Apply<'_>) -> Reader<'a> {
        Reader {
            source,
            apply,
            stack: Vec::new(),
            anchors: HashMap::default(),
            notes: Vec::new(),
            cursor: 0,
            expanded: 0,
        }
    }

    /// `input` is what the parser is given: the text, character by character, but for blanks.
    pub fn read(mut self, input: &'a str) -> Result<Document, SyntaxError> {
        // The parser would take the first NUL for the end of the text.
        if let Some(at) = memchr::memchr(0, self.source.text.as_bytes()) {
            return Err(self.error("a NUL character is not allowed here", at, at + 1));
        }
        let mut parser = Parser::new(StrInput::new(input));
        let mut root = None;
        while let Some(event) = parser.next_event() {
            let (event, marks) = match event {
                Ok(event) => event,
                Err(error) => {
                    let at = self.source.offset(*error.marker());
                    let next = self.source.text[at..]
                        .chars()
                        .next()
                        .map_or(0, char::len_utf8);
                    return Err(self.error(error.info(), at, at + next));
                }
            };
            let (start, end) = (
                self.source.offset(marks.start),
                self.source.offset(marks.end),
            );
            let done = match event {
                Event::DocumentStart(explicit) => {
                    if root.is_some() {
                        return Err(self.error(
                            "a second document starts here, and only one can be read",
                            start,
                            end,
                        ));
                    }
                    if explicit {
                        self.cursor = end;
                    }
                    None
                }
                Event::Alias(anchor) => Some(self.alias(anchor, start, end)),
                Event::Scalar(text, style, anchor, tag) => {
                    let tag = tag.map(|tag| tag.handle.clone() + &tag.suffix);
                    Some(self.scalar(&text, style, anchor, tag, start..end))
                }
                Event::SequenceStart(anchor, tag) | Event::MappingStart(anchor, tag)
                    if self.stack.len() == MAX_DEPTH =>
                {
                    if anchor > 0 {
                        self.anchors.insert(anchor, None);
                    }
                    drop(tag);
                    Some(self.skip(&mut parser, start)?)
                }
                Event::SequenceStart(anchor, tag) => {
                    let tag = tag.map(|tag| tag.handle.clone() + &tag.suffix);
                    self.begin(Collection::Sequence(Vec::new()), anchor, tag, start..end);
                    None
                }
                Event::MappingStart(anchor, tag) => {
                    let tag = tag.map(|tag| tag.handle.clone() + &tag.suffix);
                    let collection = Collection::Mapping {
                        members: Vec::new(),
                        merged: Vec::new(),
                        rest: None,
                        key: None,
                        column: None,
                    };
                    self.begin(collection, anchor, tag, start..end);
                    None
                }
                Event::SequenceEnd | Event::MappingEnd => Some(self.end(start, end)),
                Event::Nothing | Event::StreamStart | Event::StreamEnd | Event::DocumentEnd => None,
            };
            if let Some(done) = done {
                match self.stack.is_empty() {
                    true => root = Some(done.value),
                    false => self.push(done)?,
                }
            }
        }
        let nothing = self
            .source
            .span(self.source.text.len(), self.source.text.len());
        Ok(Document {
            root: root.unwrap_or_else(|| Value::null(nothing)),
            notes: self.notes,
        })
    }

    fn error(&self, message: &str, start: usize, end: usize) -> SyntaxError {
        SyntaxError {
            message: message.to_owned(),
            span: self.source.span(start, end),
        }
    }

    /// Passes over the rest of a collection that nests too deep.
    fn skip(
        &mut self,
        parser: &mut Parser<'a, StrInput<'a>>,
        start: usize,
    ) -> Result<Done, SyntaxError> {
        let mut depth = 1;
        let mut last = start;
        while depth > 0 {
            let Some(event) = parser.next_event() else {
                break;
            };
            let (event, marks) = event.map_err(|error| {
                let at = self.source.offset(*error.marker());
                self.error(error.info(), at, at)
            })?;
            match event {
                Event::SequenceStart(..) | Event::MappingStart(..) => depth += 1,
                Event::SequenceEnd | Event::MappingEnd => {
                    depth -= 1;
                    self.cursor = self.source.offset(marks.end).max(self.cursor);
                    continue;
                }
                _ => {}
            }
            last = self.source.offset(marks.end);
        }
        let reason = format!("it nests deeper than {MAX_DEPTH} collections");
        Ok(Done {
            value: Value::unknown(Unknown::limit(reason, self.source.span(start, last))),
            weight: 1,
            tagged: false,
            scalar: None,
        })
    }

    fn alias(&mut self, anchor: usize, start: usize, end: usize) -> Done {
        let span = self.source.span(start, end);
        self.cursor = end;
        self.notes.push(Note {
            kind: NoteKind::Alias,
            span,
        });
        let name = &self.source.text[start..end];
        let unknown = match self.anchors.get(&anchor) {
            Some(Some(done)) if self.expanded + done.weight <= MAX_EXPANSION => {
                self.expanded += done.weight;
                let mut done = done.clone();
                done.value = done.value.step(format!("alias `{name}`"), span);
                return done;
            }
            Some(Some(_)) => Unknown::limit(
                format!("the aliases up to `{name}` stand for more than {MAX_EXPANSION} values"),
                span,
            ),
            _ => Unknown::invalid(format!("alias `{name}` stands inside its own anchor"), span),
        };
        Done {
            value: Value::unknown(unknown),
            weight: 1,
            tagged: false,
            scalar: None,
        }
    }

    fn begin(
        &mut self,
        collection: Collection,
        anchor: usize,
        tag: Option<String>,
        marks: Range<usize>,
    ) {
        let (start, tag_span) = self.source.collection_start(
            matches!(collection, Collection::Sequence(_)),
            anchor > 0 || tag.is_some(),
            marks.clone(),
            self.cursor,
        );
        if anchor > 0 {
            self.anchors.insert(anchor, None);
        }
        self.cursor = start;
        self.stack.push(Frame {
            collection,
            start,
            end: start,
            anchor,
            tag: tag.map(|tag| {
                (
                    tag,
                    tag_span.unwrap_or(self.source.span(marks.start, start)),
                )
            }),
            weight: 1,
        });
    }

    fn end(&mut self, start: usize, end: usize) -> Done {
        let frame = self.stack.pop().expect("the parser pairs its events");
        self.cursor = self.source.collection_end(start..end, frame.end);
        let span = self.source.span(frame.start, self.cursor);
        let kind = match frame.collection {
            Collection::Sequence(items) => Kind::List(List::new(items)),
            Collection::Mapping {
                members,
                mut merged,
                rest,
                ..
            } => {
                self.note_duplicates(&members);
                merged.extend(members);
                let mut object = Object::new(merged);
                object.rest = rest;
                Kind::Object(object)
            }
        };
        let value = Value::new(kind, span);
        self.finish(value, None, frame.weight, frame.anchor, frame.tag)
    }

    fn note_duplicates(&mut self, members: &[Member]) {
        let mut seen = HashSet::default();
        for (at, member) in members.iter().enumerate() {
            let duplicate = match members.len() {
                // Comparing is quicker than hashing.
                0..16 => members[..at].iter().any(|other| other.name == member.name),
                _ => !seen.insert(&member.name),
            };
            if duplicate {
                self.notes.push(Note {
                    kind: NoteKind::DuplicateKey,
                    span: member.name_span,
                });
            }
        }
    }

    fn scalar(
        &mut self,
        text: &str,
        style: ScalarStyle,
        anchor: usize,
        tag: Option<String>,
        marks: Range<usize>,
    ) -> Done {
        let parent = self.stack.last();
        let around = Around {
            cursor: self.cursor,
            parent: parent.map(|frame| frame.start),
            key: match parent.map(|frame| &frame.collection) {
                Some(Collection::Mapping { key: Some(key), .. }) => {
                    Some(key.span.start as usize - self.source.base)
                }
                _ => None,
            },
        };
        let decorated = anchor > 0 || tag.is_some();
        let (literal, tag_span) = self.source.scalar(text, style, decorated, marks, around);
        let span = literal.span();
        self.cursor = span.end as usize - self.source.base;
        let plain = style == ScalarStyle::Plain;
        let core = tag.as_deref().map(core_tag);
        let resolved = match core {
            None | Some(Core::Local(_)) if plain => resolve_plain(text),
            Some(Core::Scalar) => resolve_plain(text),
            _ => None,
        };
        let scalar = Scalar {
            text: literal.as_str().into(),
            plain,
        };
        let mut value = Value::new(
            resolved.unwrap_or_else(|| Kind::Text(Text::from(literal))),
            span,
        );
        if let Kind::Number(number) = &value.kind
            && let Some(base) = surprising_base(text)
        {
            let step = format!("`{text}` without quotes is the number {number}, {base}");
            value = value.step(step, span);
        }
        let tag = tag.map(|tag| (tag, tag_span.unwrap_or(span)));
        self.finish(value, Some(scalar), 1, anchor, tag)
    }

    /// Gives a value its tag and its anchor.
    fn finish(
        &mut self,
        value: Value,
        scalar: Option<Scalar>,
        weight: usize,
        anchor: usize,
        tag: Option<(String, Span)>,
    ) -> Done {
        let mut done = Done {
            value,
            weight,
            tagged: false,
            scalar,
        };
        if let Some((tag, span)) = tag
            && let Core::Local(name) = core_tag(&tag)
        {
            done.value = (self.apply)(Tag { name, span }, done.value);
            done.tagged = true;
            done.weight += 1;
        }
        if anchor > 0 {
            self.anchors.insert(anchor, Some(done.clone()));
        }
        done
    }

    /// Puts a value into the collection that it stands in.
    fn push(&mut self, done: Done) -> Result<(), SyntaxError> {
        let end = self.cursor;
        let frame = self.stack.last_mut().expect("the caller looked");
        frame.end = frame.end.max(end);
        frame.weight = frame.weight.saturating_add(done.weight);
        match &mut frame.collection {
            Collection::Sequence(items) => items.push(done.value.into()),
            Collection::Mapping {
                key: key @ None,
                column,
                ..
            } => {
                let fault = |message: &str| SyntaxError {
                    message: message.to_owned(),
                    span: done.value.span,
                };
                let Some(scalar) = done.scalar.as_ref().filter(|_| !done.tagged) else {
                    return Err(fault(
                        "a key is a plain or quoted text, and this one is not",
                    ));
                };
                // The parser lets both pass; CloudFormation's does not.
                if scalar.plain && scalar.text.is_empty() {
                    return Err(fault("expected a key before this colon"));
                }
                let at = done.value.span.start as usize - self.source.base;
                if let Some(own) = block_column(self.source.text, frame.start, at)
                    && *column.get_or_insert(own) != own
                {
                    return Err(fault("this key is not aligned with the keys before it"));
                }
                // A key is the text of what it reads as, so that a value of the same letters finds it.
                let name = match &done.value.kind {
                    Kind::Number(number) => number.to_string().into(),
                    Kind::Bool(flag) => flag.to_string().into(),
                    _ => scalar.text.clone(),
                };
                *key = Some(Key {
                    merge: scalar.plain && &*scalar.text == "<<",
                    name,
                    span: done.value.span,
                });
            }
            Collection::Mapping {
                key,
                members,
                merged,
                rest,
                ..
            } => {
                let key = key.take().expect("the arm above took the others");
                if !key.merge {
                    members.push(Member {
                        name: key.name,
                        name_span: key.span,
                        value: done.value.into(),
                    });
                    return Ok(());
                }
                self.notes.push(Note {
                    kind: NoteKind::MergeKey,
                    span: key.span,
                });
                let before = merged.len();
                if let Err(unknown) = merge(&done, &key, merged, MAX_EXPANSION - self.expanded) {
                    *rest = Some(unknown);
                }
                self.expanded += merged.len() - before;
            }
        }
        Ok(())
    }
}

/// A value with what its surroundings need to know of it.
#[derive(Clone)]
struct Done {
    value: Value,
    /// How many values it stands for, with aliases expanded.
    weight: usize,
    /// It has a tag of the format, so it is not what it looks like.
    tagged: bool,
    /// Its text, where it is a plain or quoted scalar.
    scalar: Option<Scalar>,
}

#[derive(Clone)]
struct Scalar {
    text: Arc<str>,
    plain: bool,
}

struct Frame {
    collection: Collection,
    /// Where the content starts and, so far, ends.
    start: usize,
    end: usize,
    anchor: usize,
    tag: Option<(String, Span)>,
    weight: usize,
}

enum Collection {
    Sequence(Vec<Slot>),
    Mapping {
        members: Vec<Member>,
        merged: Vec<Member>,
        rest: Option<Unknown>,
        key: Option<Key>,
        /// In block style, where the first key stands on its line.
        column: Option<usize>,
    },
}

struct Key {
    name: Arc<str>,
    span: Span,
    merge: bool,
}

/// The column of the key at `at` in a block mapping that starts at `start`; nothing in flow style,
/// and where something else than blanks and dashes stands before the key.
fn block_column(text: &str, start: usize, at: usize) -> Option<usize> {
    if text.as_bytes().get(start) == Some(&b'{') {
        return None;
    }
    let line = memchr::memrchr(b'\n', &text.as_bytes()[..at]).map_or(0, |at| at + 1);
    let before = &text.as_bytes()[line..at];
    let is_indent = before.iter().all(|byte| matches!(byte, b' ' | b'-'));
    is_indent.then_some(before.len())
}

/// Adds the members that a merge key brings.
///
/// # Errors
/// An unknown for the members that are not there, where the value is no mapping or too large.
fn merge(done: &Done, key: &Key, merged: &mut Vec<Member>, budget: usize) -> Result<(), Unknown> {
    let wrong = || {
        Unknown::invalid(
            "a merge key takes a mapping or a list of mappings, and this is neither",
            key.span,
        )
    };
    let mut add = |value: &Value| {
        let object = value.as_object().ok_or_else(wrong)?;
        if merged.len() + object.members().len() > budget {
            return Err(Unknown::limit(
                "the merge keys bring too many members",
                key.span,
            ));
        }
        let span = key.span;
        merged.extend(object.members().iter().map(|member| {
            Member {
                value: member
                    .value
                    .map(move |value| value.step("merged by `<<`", span)),
                ..member.clone()
            }
        }));
        object.rest.clone().map_or(Ok(()), Err)
    };
    match &done.value.kind {
        _ if done.tagged => Err(wrong()),
        // The first mapping wins, so it comes last.
        Kind::List(list) => list
            .items
            .iter()
            .rev()
            .try_for_each(|item| add(&item.get())),
        _ => add(&done.value),
    }
}
