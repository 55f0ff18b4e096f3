//! YAML text to values that know their places, with the tags of CloudFormation.
//!
//! The parser gives events with marks that count characters and hug their text only loosely; this
//! file finds the exact bytes again. Plain scalars are resolved as YAML 1.1 does it, in PyYAML's
//! reading, which is what CloudFormation's own tools use.

pub mod decode;
mod indentation;
pub mod inside;
pub mod outline;

use crate::source::{File, FileId, Span};
use crate::value::{
    Kind, List, Literal, LiteralBuilder, Map, Member, Number, Object, Slot, Text, Unknown, Value,
};
use dashu_int::IBig;
use foldhash::{HashMap, HashSet};
use saphyr_parser::{Event, Marker, Parser, ScalarStyle, StrInput};
use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

/// One document.
#[derive(Debug)]
pub struct Document {
    pub root: Value,
    /// In the order of the text.
    pub notes: Vec<Note>,
}

/// Something that is read, but not as everybody would read it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Note {
    pub kind: NoteKind,
    pub span: Span,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum NoteKind {
    /// A key that its mapping already has; the last one counts.
    DuplicateKey,
    /// `*name`, in a format whose reader may not know aliases.
    Alias,
    /// `<<`, in a format whose reader may not know merge keys.
    MergeKey,
}

/// Text that is not YAML, or more than one document of it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SyntaxError {
    /// One clause in lower case.
    pub message: String,
    pub span: Span,
}

/// A tag that YAML itself does not define.
#[derive(Debug)]
pub struct Tag<'a> {
    /// Without the exclamation mark: `Ref`.
    pub name: &'a str,
    pub span: Span,
}

/// What the format makes of a value with one of its own tags. The value's span does not hold the
/// tag.
pub type Apply<'a> = dyn FnMut(Tag, Value) -> Value + 'a;

/// Reads a range of a file as one document.
///
/// A duplicate key stays in its object, where the last one is found. Members that a merge key
/// brings stand before the mapping's own. An alias shares the value of its anchor and adds a step
/// to its trail. What nests deeper than a bound, and aliases that expand to more than a bound, are
/// unknown.
///
/// # Errors
/// At the first fault, at a second document, and at a key that is a collection.
pub fn read(file: &File, range: Range<usize>, apply: &mut Apply) -> Result<Document, SyntaxError> {
    let start = range.start;
    let text = file.text().get(range).unwrap_or("");
    let rest = text.strip_prefix('\u{feff}').unwrap_or(text);
    read_text(rest, file.id, start + text.len() - rest.len(), apply)
}

/// The same of text that begins `base` bytes behind the start of a file.
fn read_text(
    text: &str,
    file: FileId,
    base: usize,
    apply: &mut Apply,
) -> Result<Document, SyntaxError> {
    let mut input = Cow::Borrowed(text);
    let mut spent = text.len();
    loop {
        let error = match Reader::new(text, file, base, apply).read(&input) {
            Ok(document) => return Ok(document),
            Err(error) => error,
        };
        spent += text.len();
        if !INDENTATION.contains(&&*error.message) || spent > MAX_READ_AGAIN.max(text.len() * 4) {
            return Err(error);
        }
        let at = text[..error.span.start as usize - base].chars().count();
        let mut characters: Vec<char> = input.chars().collect();
        if !indentation::join_lines(&mut characters, at) {
            return Err(error);
        }
        input = characters.into_iter().collect::<String>().into();
    }
}

/// What the parser says of lines in brackets and quotes that stand too far left.
const INDENTATION: [&str; 3] = [
    "invalid indentation",
    "invalid indentation in flow construct",
    "invalid indentation in quoted scalar",
];

/// Bytes that are read again, all in all, since lines stand too far left.
const MAX_READ_AGAIN: usize = 16 << 20;

/// Collections that may stand in one another. What nests deeper is not read.
const MAX_DEPTH: usize = 256;

/// Values that the aliases and merge keys of a document may stand for, all in all.
const MAX_EXPANSION: usize = 1 << 20;

/// How a plain scalar reads in YAML 1.1, as PyYAML resolves it.
///
/// `None`: as a string. The types are those of <https://yaml.org/type/>; timestamps stay strings,
/// and so do floats without a fraction: as text, `8.0` is not `8`.
fn resolve_plain(text: &str) -> Option<Kind> {
    let first = *text.as_bytes().first().unwrap_or(&b'~');
    match first {
        b'~' | b'n' | b'N' | b'y' | b'Y' | b't' | b'T' | b'f' | b'F' | b'o' | b'O' => match text {
            "" | "~" | "null" | "Null" | "NULL" => Some(Kind::Null(None)),
            "yes" | "Yes" | "YES" | "true" | "True" | "TRUE" | "on" | "On" | "ON" => {
                Some(Kind::Bool(true))
            }
            "no" | "No" | "NO" | "false" | "False" | "FALSE" | "off" | "Off" | "OFF" => {
                Some(Kind::Bool(false))
            }
            _ => None,
        },
        b'0'..=b'9' | b'+' | b'-' | b'.' => {
            let number = parse_number(text)?;
            let is_float = text.contains('.') && number.is_integer();
            (!is_float).then_some(Kind::Number(number))
        }
        _ => None,
    }
}

fn parse_number(text: &str) -> Option<Number> {
    let (negative, digits) = match text.as_bytes()[0] {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let value = match parse_integer(digits) {
        Some(value) => value.to_string(),
        None => parse_float(digits, text.len() != digits.len())?,
    };
    Number::parse(&if negative { format!("-{value}") } else { value })
}

/// `[0-9_]` without the underscores, in a radix.
fn parse_radix(digits: &str, radix: u32) -> Option<IBig> {
    let well_formed = !digits.is_empty()
        && digits
            .chars()
            .all(|digit| digit == '_' || digit.is_digit(radix));
    // Longer numbers mean nothing anywhere, and converting them takes time.
    if !well_formed || digits.len() > 400 {
        return None;
    }
    IBig::from_str_radix(&digits.replace('_', ""), radix).ok()
}

fn parse_integer(digits: &str) -> Option<IBig> {
    if let Some(rest) = digits.strip_prefix("0b") {
        return parse_radix(rest, 2);
    }
    if let Some(rest) = digits.strip_prefix("0x") {
        return parse_radix(rest, 16);
    }
    match digits.as_bytes().first()? {
        b'0' => parse_radix(digits, 8),
        b'1'..=b'9' => match digits.split_once(':') {
            None => parse_radix(digits, 10),
            Some((first, rest)) => parse_sexagesimal(first, rest),
        },
        _ => None,
    }
}

/// `1000:0` is 1000 × 60 + 0.
fn parse_sexagesimal(first: &str, rest: &str) -> Option<IBig> {
    let mut value = parse_radix(first, 10)?;
    if rest.len() > 400 {
        return None;
    }
    for part in rest.split(':') {
        value = value * 60 + IBig::from(parse_sixtieth(part)?);
    }
    Some(value)
}

/// `[0-5]?[0-9]`
fn parse_sixtieth(part: &str) -> Option<u32> {
    match part.as_bytes() {
        [b'0'..=b'9'] | [b'0'..=b'5', b'0'..=b'9'] => part.parse().ok(),
        _ => None,
    }
}

/// A float with its sign taken off. Infinities and what is not a number stay strings: no template
/// value can be one.
fn parse_float(digits: &str, signed: bool) -> Option<String> {
    let (whole, rest) = digits.split_once('.')?;
    let (fraction, exponent) = match rest.find(['e', 'E']) {
        Some(at) => (&rest[..at], Some(&rest[at + 1..])),
        None => (rest, None),
    };
    let all_digits = |text: &str| {
        text.bytes()
            .all(|byte| byte == b'_' || byte.is_ascii_digit())
    };
    if !all_digits(fraction) || digits.len() > 400 {
        return None;
    }
    let fraction = fraction.replace('_', "");
    if let Some((first, rest)) = whole.split_once(':') {
        if exponent.is_some() || !first.starts_with(|digit: char| digit.is_ascii_digit()) {
            return None;
        }
        return Some(format!("{}.{fraction}0", parse_sexagesimal(first, rest)?));
    }
    let starts_well = match whole.as_bytes().first() {
        Some(byte) => byte.is_ascii_digit(),
        None => !signed && rest.starts_with(|digit: char| digit.is_ascii_digit()),
    };
    if !starts_well || !all_digits(whole) {
        return None;
    }
    let exponent = match exponent {
        None => String::new(),
        Some(exponent) => {
            let power = exponent.strip_prefix(['-', '+'])?;
            if power.is_empty() || power.len() > 4 || !power.bytes().all(|b| b.is_ascii_digit()) {
                return None;
            }
            format!("e{exponent}")
        }
    };
    let whole = whole.replace('_', "");
    let whole = whole.trim_start_matches('0');
    Some(format!("0{whole}.{fraction}0{exponent}"))
}

/// Byte offsets of characters. The parser counts characters.
struct Offsets {
    /// The offset of every 64th character; empty where all are one byte long.
    checkpoints: Vec<u32>,
}

const CHECKPOINT: usize = 64;

impl Offsets {
    fn new(text: &str) -> Offsets {
        let mut checkpoints = Vec::new();
        if !text.is_ascii() {
            let every = text.char_indices().step_by(CHECKPOINT);
            checkpoints.extend(every.map(|(at, _)| at as u32));
        }
        Offsets { checkpoints }
    }

    fn byte(&self, text: &str, character: usize) -> usize {
        if self.checkpoints.is_empty() {
            return character.min(text.len());
        }
        let Some(&from) = self.checkpoints.get(character / CHECKPOINT) else {
            return text.len();
        };
        let mut rest = text[from as usize..].char_indices();
        match rest.nth(character % CHECKPOINT) {
            Some((at, _)) => from as usize + at,
            None => text.len(),
        }
    }
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

struct Reader<'a> {
    text: &'a str,
    file: FileId,
    base: usize,
    offsets: Offsets,
    apply: &'a mut Apply<'a>,
    stack: Vec<Frame>,
    anchors: HashMap<usize, Option<Done>>,
    notes: Vec<Note>,
    /// Where the last token that was placed ends.
    cursor: usize,
    /// Values that aliases stood for so far.
    expanded: usize,
    /// The parser is given the text with some line breaks blanked out.
    joined: bool,
}

impl<'a> Reader<'a> {
    fn new(text: &'a str, file: FileId, base: usize, apply: &'a mut Apply<'_>) -> Reader<'a> {
        Reader {
            text,
            file,
            base,
            offsets: Offsets::new(text),
            apply,
            stack: Vec::new(),
            anchors: HashMap::default(),
            notes: Vec::new(),
            cursor: 0,
            expanded: 0,
            joined: false,
        }
    }

    /// `input` is what the parser is given: the text, character by character, but for blanks.
    fn read(mut self, input: &'a str) -> Result<Document, SyntaxError> {
        self.joined = input != self.text;
        // The parser would take the first NUL for the end of the text.
        if let Some(at) = memchr::memchr(0, self.text.as_bytes()) {
            return Err(self.error("a NUL character is not allowed here", at, at + 1));
        }
        let mut parser = Parser::new(StrInput::new(input));
        let mut root = None;
        while let Some(event) = parser.next_event() {
            let (event, marks) = match event {
                Ok(event) => event,
                Err(error) => {
                    let at = self.offset(*error.marker());
                    let next = self.text[at..].chars().next().map_or(0, char::len_utf8);
                    return Err(self.error(error.info(), at, at + next));
                }
            };
            let (start, end) = (self.offset(marks.start), self.offset(marks.end));
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
        let nothing = self.span(self.text.len(), self.text.len());
        Ok(Document {
            root: root.unwrap_or_else(|| Value::null(nothing)),
            notes: self.notes,
        })
    }

    fn span(&self, start: usize, end: usize) -> Span {
        Span::new(self.file, self.base + start, self.base + end.max(start))
    }

    fn offset(&self, mark: Marker) -> usize {
        self.offsets.byte(self.text, mark.index())
    }

    fn error(&self, message: &str, start: usize, end: usize) -> SyntaxError {
        SyntaxError {
            message: message.to_owned(),
            span: self.span(start, end),
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
                let at = self.offset(*error.marker());
                self.error(error.info(), at, at)
            })?;
            match event {
                Event::SequenceStart(..) | Event::MappingStart(..) => depth += 1,
                Event::SequenceEnd | Event::MappingEnd => {
                    depth -= 1;
                    self.cursor = self.offset(marks.end).max(self.cursor);
                    continue;
                }
                _ => {}
            }
            last = self.offset(marks.end);
        }
        let reason = format!("it nests deeper than {MAX_DEPTH} collections");
        Ok(Done {
            value: Value::unknown(Unknown::limit(reason, self.span(start, last))),
            weight: 1,
            tagged: false,
            scalar: None,
        })
    }

    fn alias(&mut self, anchor: usize, start: usize, end: usize) -> Done {
        let span = self.span(start, end);
        self.cursor = end;
        self.notes.push(Note {
            kind: NoteKind::Alias,
            span,
        });
        let name = &self.text[start..end];
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
        let (mut start, tag_span) = match anchor > 0 || tag.is_some() {
            true => self.properties(marks.start, marks.end),
            false => (marks.start, None),
        };
        let bytes = self.text.as_bytes();
        if matches!(collection, Collection::Sequence(_))
            && !matches!(bytes.get(start), Some(b'[' | b'-'))
        {
            // A sequence that is not indented: its mark lies behind its first dash.
            let dash = self.skip_trivia(self.cursor, start, b":?");
            let (dash, _) = self.properties(dash, start);
            if bytes.get(dash) == Some(&b'-') {
                start = dash;
            }
        }
        if anchor > 0 {
            self.anchors.insert(anchor, None);
        }
        self.cursor = start;
        self.stack.push(Frame {
            collection,
            start,
            end: start,
            anchor,
            tag: tag.map(|tag| (tag, tag_span.unwrap_or(self.span(marks.start, start)))),
            weight: 1,
        });
    }

    fn end(&mut self, start: usize, end: usize) -> Done {
        let frame = self.stack.pop().expect("the parser pairs its events");
        // The end of a flow collection is its bracket, that of a block is told by its last child.
        if start < end && matches!(self.text.as_bytes()[start], b']' | b'}') {
            self.cursor = start + 1;
        } else {
            self.cursor = frame.end;
        }
        let span = self.span(frame.start, self.cursor);
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
        let (content, tag_span) = match anchor > 0 || tag.is_some() {
            true => self.properties(marks.start, marks.end),
            false => (marks.start, None),
        };
        let literal = match style {
            ScalarStyle::Plain if text.is_empty() => {
                let at = match tag_span {
                    Some(tag) => tag.end as usize - self.base,
                    None => self.empty_place(content.min(marks.start)),
                };
                Literal::computed("", self.span(at, at))
            }
            ScalarStyle::Plain => self.plain(text, content..marks.end),
            ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => {
                self.quoted(text, content, marks.end)
            }
            ScalarStyle::Literal | ScalarStyle::Folded => {
                let header = match anchor > 0 || tag.is_some() {
                    true => content,
                    false => self.skip_trivia(self.cursor, marks.start, b":-?"),
                };
                self.block(text, header, marks)
            }
        };
        let span = literal.span();
        self.cursor = span.end as usize - self.base;
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
                let at = done.value.span.start as usize - self.base;
                if let Some(own) = block_column(self.text, frame.start, at)
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

    /// Passes over blanks, line breaks, comments and the given indicators.
    fn skip_trivia(&self, start: usize, end: usize, indicators: &[u8]) -> usize {
        let bytes = self.text.as_bytes();
        let mut at = start;
        while at < end {
            match bytes[at] {
                b' ' | b'\t' | b'\r' | b'\n' => at += 1,
                b'#' if at == 0 || bytes[at - 1].is_ascii_whitespace() => {
                    at = memchr::memchr2(b'\n', b'\r', &bytes[at..end])
                        .map_or(end, |length| at + length);
                }
                byte if indicators.contains(&byte) => at += 1,
                _ => break,
            }
        }
        at
    }

    /// Passes over the tag and the anchor before a content. Returns where the content starts, and
    /// the tag's place.
    fn properties(&self, start: usize, end: usize) -> (usize, Option<Span>) {
        let bytes = self.text.as_bytes();
        let mut at = start;
        let mut tag = None;
        loop {
            at = self.skip_trivia(at, end, b"");
            let stops: &[u8] = match bytes.get(at) {
                Some(b'!' | b'&') if at >= end => return (at, tag),
                Some(b'!') if bytes.get(at + 1) == Some(&b'<') => b" \t\r\n",
                Some(b'!' | b'&') => b" \t\r\n,[]{}",
                _ => return (at, tag),
            };
            let length = bytes[at..end]
                .iter()
                .position(|byte| stops.contains(byte))
                .unwrap_or(end - at);
            if bytes[at] == b'!' {
                tag = Some(self.span(at, at + length));
            }
            at += length;
        }
    }

    /// Where a value stands that has no characters: behind its colon.
    fn empty_place(&self, mark: usize) -> usize {
        let bytes = self.text.as_bytes();
        let blanks = bytes[self.cursor.min(mark)..]
            .iter()
            .take_while(|byte| matches!(byte, b' ' | b'\t'))
            .count();
        match bytes.get(self.cursor + blanks) {
            Some(b':') if !self.stack.is_empty() => self.cursor + blanks + 1,
            _ => mark,
        }
    }

    fn plain(&self, text: &str, range: Range<usize>) -> Literal {
        let whole = self.span(range.start, range.end);
        if self.text.get(range.clone()) == Some(text) {
            return Literal::mapped(text.into(), Map::verbatim(whole, self.base + range.start));
        }
        self.flow(text, whole, range, None)
    }

    /// The mark of the end may lie behind blanks and a comment.
    fn quoted(&self, text: &str, start: usize, end: usize) -> Literal {
        let bytes = self.text.as_bytes();
        let quote = bytes[start];
        let mut at = start + 1;
        while at < end {
            match bytes[at] {
                b'\\' if quote == b'"' => at += 2,
                b'\'' if quote == b'\'' && bytes.get(at + 1) == Some(&b'\'') => at += 2,
                byte if byte == quote => break,
                _ => at += 1,
            }
        }
        let inner = start + 1..at.min(end);
        let whole = self.span(start, (at + 1).min(end));
        if self.text.get(inner.clone()) == Some(text) {
            return Literal::mapped(text.into(), Map::verbatim(whole, self.base + inner.start));
        }
        self.flow(text, whole, inner, Some(quote))
    }

    /// A scalar over several lines, or one with escapes. `text` is what the parser made of it.
    fn flow(&self, text: &str, whole: Span, range: Range<usize>, quote: Option<u8>) -> Literal {
        let Some(source) = self.text.get(range.clone()) else {
            return Literal::computed(text, whole);
        };
        let base = self.base + range.start;
        let mut builder = LiteralBuilder::new(whole);
        let mut at = 0;
        while at < source.len() {
            let rest = &source[at..];
            let length = match rest.as_bytes()[0] {
                b'\\' if quote == Some(b'"') => {
                    let (decoded, length) = decode_escape(rest);
                    builder.replaced(&decoded, base + at, length);
                    length
                }
                b'\'' if quote == Some(b'\'') => {
                    builder.replaced("'", base + at, 2);
                    2
                }
                b' ' | b'\t' | b'\r' | b'\n' => {
                    let length = rest
                        .find(|character| !matches!(character, ' ' | '\t' | '\r' | '\n'))
                        .unwrap_or(rest.len());
                    let blanks = &rest[..length];
                    match count_breaks(blanks) {
                        0 => builder.verbatim(blanks, base + at),
                        1 => builder.replaced(" ", base + at, length),
                        more => builder.replaced(&"\n".repeat(more - 1), base + at, length),
                    }
                    length
                }
                _ => {
                    let length = rest
                        .find(['\\', '\'', ' ', '\t', '\r', '\n'])
                        .unwrap_or(rest.len())
                        .max(1);
                    builder.verbatim(&rest[..length], base + at);
                    length
                }
            };
            at += length;
        }
        // Of lines that were joined, the parser knows no breaks.
        match quote {
            Some(_) if self.joined => builder.finish(),
            _ => checked(builder, text, whole),
        }
    }

    /// A block scalar whose `|` or `>` stands at `header`.
    fn block(&self, text: &str, header: usize, marks: Range<usize>) -> Literal {
        let bytes = self.text.as_bytes();
        let folded = match bytes.get(header) {
            Some(b'|') => false,
            Some(b'>') => true,
            _ => return Literal::computed(text, self.span(marks.start, marks.end)),
        };
        let line_end = next_line(self.text, header);
        let head = self.text[header + 1..line_end].trim_end_matches(['\r', '\n']);
        let indicators = head.split([' ', '\t', '#']).next().unwrap_or("");
        let chomping = match indicators.chars().find(|c| matches!(c, '+' | '-')) {
            Some('+') => Chomping::Keep,
            Some(_) => Chomping::Strip,
            None => Chomping::Clip,
        };
        let explicit = indicators.chars().find_map(|c| c.to_digit(10));
        let block = Block {
            text: self.text,
            folded,
            chomping,
            indent: match explicit {
                Some(digit) => self.block_column() + digit as usize,
                // What does not stand deeper than the collection around is not in it.
                None => indent_of_first_line(&self.text[line_end..]).max(match self.stack.len() {
                    0 => 0,
                    _ => self.block_column() + 1,
                }),
            },
        };
        let (content, runs) = block.runs(line_end);
        if !content.is_empty() {
            let whole = self.span(content.start, content.end);
            let mut builder = LiteralBuilder::new(whole);
            for run in runs {
                match run {
                    Run::Verbatim(range) => {
                        builder.verbatim(&self.text[range.clone()], self.base + range.start);
                    }
                    Run::Replaced(with, range) => {
                        builder.replaced(with, self.base + range.start, range.len());
                    }
                }
            }
            return checked(builder, text, whole);
        }
        let head = self.span(header, header + 1 + indicators.len());
        Literal::computed(text, head)
    }

    /// The column of the innermost block collection, from which an explicit indent counts.
    fn block_column(&self) -> usize {
        let start = self.stack.last().map_or(0, |frame| frame.start);
        let line = self.text[..start]
            .rfind(['\n', '\r'])
            .map_or(0, |at| at + 1);
        start - line
    }
}

/// A tag in its full form.
enum Core<'a> {
    /// `!!int` and the like: resolved also in quotes.
    Scalar,
    /// `!!str`, `!` and what PyYAML reads as a string.
    Other,
    /// One of the format's own, without the exclamation mark.
    Local(&'a str),
}

fn core_tag(tag: &str) -> Core<'_> {
    if let Some(name) = tag.strip_prefix("tag:yaml.org,2002:") {
        return match name {
            "int" | "float" | "bool" | "null" => Core::Scalar,
            _ => Core::Other,
        };
    }
    match tag.strip_prefix('!') {
        Some("") => Core::Other,
        Some(name) => Core::Local(name),
        None => Core::Local(tag),
    }
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

/// How a number reads that most people read otherwise.
fn surprising_base(text: &str) -> Option<&'static str> {
    if text.contains(':') {
        return Some("since YAML counts in sixties at a colon");
    }
    let digits = text.trim_start_matches(['-', '+']);
    if digits.starts_with("0x") {
        return Some("since YAML reads `0x` as hexadecimal");
    }
    if digits.starts_with("0b") {
        return Some("since YAML reads `0b` as binary");
    }
    let octal = digits.len() > 1
        && digits.starts_with('0')
        && digits.bytes().all(|byte| byte.is_ascii_digit())
        && digits.bytes().any(|byte| byte != b'0');
    octal.then_some("since YAML reads a leading zero as octal")
}

/// The literal that was built, if it is what the parser made of the same bytes; else the parser's
/// text, all of it at one place.
fn checked(builder: LiteralBuilder, text: &str, whole: Span) -> Literal {
    if builder.text() == text {
        builder.finish()
    } else {
        Literal::computed(text, whole)
    }
}

/// Line breaks in white space: `\n`, `\r\n` or `\r`.
fn count_breaks(blanks: &str) -> usize {
    let breaks = blanks.bytes().filter(|byte| matches!(byte, b'\r' | b'\n'));
    breaks.count() - blanks.matches("\r\n").count()
}

/// The text of the escape at the start of `rest`, and its length.
fn decode_escape(rest: &str) -> (Cow<'static, str>, usize) {
    let mut characters = rest[1..].chars();
    let Some(first) = characters.next() else {
        return ("".into(), 1);
    };
    let digits = match first {
        'x' => 2,
        'u' => 4,
        'U' => 8,
        '\r' | '\n' => {
            let length = rest[1..]
                .find(|character| !matches!(character, ' ' | '\t' | '\r' | '\n'))
                .unwrap_or(rest.len() - 1);
            let breaks = count_breaks(&rest[1..1 + length]);
            return ("\n".repeat(breaks.saturating_sub(1)).into(), 1 + length);
        }
        _ => {
            let text = match first {
                '0' => "\0",
                'a' => "\u{7}",
                'b' => "\u{8}",
                't' | '\t' => "\t",
                'n' => "\n",
                'v' => "\u{b}",
                'f' => "\u{c}",
                'r' => "\r",
                'e' => "\u{1b}",
                ' ' => " ",
                '"' => "\"",
                '/' => "/",
                '\\' => "\\",
                'N' => "\u{85}",
                '_' => "\u{a0}",
                'L' => "\u{2028}",
                'P' => "\u{2029}",
                _ => "",
            };
            return (text.into(), 1 + first.len_utf8());
        }
    };
    let decoded = rest
        .get(2..2 + digits)
        .and_then(|digits| u32::from_str_radix(digits, 16).ok())
        .and_then(char::from_u32);
    match decoded {
        Some(character) => (character.to_string().into(), 2 + digits),
        None => ("".into(), 2),
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Chomping {
    Clip,
    Strip,
    Keep,
}

/// How the content of a block scalar is cut out of its lines.
struct Block<'a> {
    text: &'a str,
    folded: bool,
    chomping: Chomping,
    indent: usize,
}

enum Run {
    Verbatim(Range<usize>),
    Replaced(&'static str, Range<usize>),
}

impl Block<'_> {
    /// The content from its first to its last character, and what its bytes become.
    fn runs(&self, from: usize) -> (Range<usize>, Vec<Run>) {
        let bytes = self.text.as_bytes();
        let mut runs = Vec::new();
        let mut content = from..from;
        // The break after the last line of content, and those of the empty lines that follow.
        let mut pending: Option<Range<usize>> = None;
        let mut empty: Vec<Range<usize>> = Vec::new();
        let mut was_indented = false;
        let mut line = from;
        while line < bytes.len() {
            let blanks = bytes[line..]
                .iter()
                .take(self.indent)
                .take_while(|byte| **byte == b' ')
                .count();
            let start = line + blanks;
            let next = next_line(self.text, line);
            let stop = line + self.text[line..next].trim_end_matches(['\r', '\n']).len();
            if start >= stop {
                if stop == next {
                    break;
                }
                empty.push(stop..next);
                line = next;
                continue;
            }
            if blanks < self.indent || (line == start && is_document_marker(&self.text[line..])) {
                break;
            }
            let indented = matches!(bytes[start], b' ' | b'\t');
            match pending.take() {
                Some(first) if self.folded && !was_indented && !indented => {
                    if empty.is_empty() {
                        runs.push(Run::Replaced(" ", first.start..start));
                    } else {
                        runs.extend(empty.drain(..).map(line_break));
                    }
                }
                first => runs.extend(first.into_iter().chain(empty.drain(..)).map(line_break)),
            }
            if content.is_empty() {
                content.start = start;
            }
            content.end = stop;
            runs.push(Run::Verbatim(start..stop));
            was_indented = indented;
            pending = (stop < next).then_some(stop..next);
            line = next;
        }
        if self.chomping != Chomping::Strip {
            runs.extend(pending.map(line_break));
        }
        if self.chomping == Chomping::Keep {
            runs.extend(empty.into_iter().map(line_break));
        }
        (content, runs)
    }
}

fn line_break(range: Range<usize>) -> Run {
    Run::Replaced("\n", range)
}

/// Where the line after the one at `at` starts.
fn next_line(text: &str, at: usize) -> usize {
    let bytes = text.as_bytes();
    match memchr::memchr2(b'\n', b'\r', &bytes[at..]) {
        Some(length) if bytes[at + length..].starts_with(b"\r\n") => at + length + 2,
        Some(length) => at + length + 1,
        None => bytes.len(),
    }
}

fn is_document_marker(line: &str) -> bool {
    (line.starts_with("---") || line.starts_with("..."))
        && line[3..].chars().next().is_none_or(char::is_whitespace)
}

/// The indent of the first line that is not blank.
fn indent_of_first_line(mut text: &str) -> usize {
    loop {
        let indent = text.bytes().take_while(|byte| *byte == b' ').count();
        if indent == text.len() || !matches!(text.as_bytes()[indent], b'\r' | b'\n') {
            return indent;
        }
        text = &text[next_line(text, 0)..];
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{Memory, SourceMap};
    use proptest::prelude::*;
    use std::path::Path;

    fn open(text: &str) -> Arc<File> {
        SourceMap::new(Memory::new([("/t.yaml", text)]), "/")
            .open(Path::new("/t.yaml"))
            .expect("in memory")
    }

    /// Long-form objects, as CloudFormation makes them.
    fn tagged(tag: Tag, value: Value) -> Value {
        let span = tag.span.to(value.span);
        let member = Member {
            name: tag.name.into(),
            name_span: tag.span,
            value: value.into(),
        };
        Value::new(Kind::Object(Object::new(vec![member])), span)
    }

    fn read_text(text: &str) -> Result<(Arc<File>, Document), SyntaxError> {
        let file = open(text);
        let document = read(&file, 0..text.len(), &mut tagged)?;
        Ok((file, document))
    }

    /// A value in a line: what it is and, behind `@`, the text under its span.
    fn show(file: &File, value: &Value, out: &mut String) {
        use std::fmt::Write;
        match &value.kind {
            Kind::Null(_) => out.push_str("null"),
            Kind::Bool(value) => write!(out, "{value}").expect("a string takes all"),
            Kind::Number(number) => write!(out, "{number}").expect("a string takes all"),
            Kind::Text(text) => {
                write!(out, "{:?}", text.known().expect("no holes")).expect("a string takes all");
            }
            Kind::List(list) => {
                out.push('[');
                for item in list.iter() {
                    show(file, &item, out);
                    out.push_str(", ");
                }
                out.push(']');
            }
            Kind::Object(object) => {
                out.push('{');
                for member in object.members() {
                    write!(out, "{}<{}>: ", member.name, file.slice(member.name_span))
                        .expect("a string takes all");
                    show(file, &member.value.get(), out);
                    out.push_str(", ");
                }
                out.push('}');
            }
            Kind::Unknown(unknown) => {
                write!(out, "?{}", unknown.reason()).expect("a string takes all");
            }
        }
        write!(out, "@{:?}", file.slice(value.span)).expect("a string takes all");
    }

    fn shown(text: &str) -> String {
        let (file, document) = read_text(text).expect("it is YAML");
        let mut out = String::new();
        show(&file, &document.root, &mut out);
        out
    }

    fn scalar(text: &str) -> (Arc<File>, Value) {
        let (file, document) = read_text(text).expect("it is YAML");
        let value = document.root.as_object().expect("a mapping").members()[0]
            .value
            .get();
        (file, value)
    }

    #[test]
    fn spans_hold_exactly_the_text() {
        for (text, expected) in [
            ("a: b # c", r#"{a<a>: "b"@"b", }@"a: b""#),
            (
                "'a' :  \"b\"  # c\n",
                r#"{a<'a'>: "b"@"\"b\"", }@"'a' :  \"b\"""#,
            ),
            (
                "a: &x 'q'  # c\nb: *x\n",
                r#"{a<a>: "q"@"'q'", b<b>: "q"@"'q'", }@"a: &x 'q'  # c\nb: *x""#,
            ),
            (
                "é: !Ref  ü # c\n",
                r#"{é<é>: {Ref<!Ref>: "ü"@"ü", }@"!Ref  ü", }@"é: !Ref  ü""#,
            ),
            (
                "a: !If [ 1, x ] \nb: 1",
                r#"{a<a>: {If<!If>: [1@"1", "x"@"x", ]@"[ 1, x ]", }@"!If [ 1, x ]", b<b>: 1@"1", }@"a: !If [ 1, x ] \nb: 1""#,
            ),
            (
                "a: !If\n- 1\n\n# c\nb: !T\n  k: v\n",
                r#"{a<a>: {If<!If>: [1@"1", ]@"- 1", }@"!If\n- 1", b<b>: {T<!T>: {k<k>: "v"@"v", }@"k: v", }@"!T\n  k: v", }@"a: !If\n- 1\n\n# c\nb: !T\n  k: v""#,
            ),
            (
                "a:\n-   # c\n  q: 1\n- x\n",
                r#"{a<a>: [{q<q>: 1@"1", }@"q: 1", "x"@"x", ]@"-   # c\n  q: 1\n- x", }@"a:\n-   # c\n  q: 1\n- x""#,
            ),
            (
                "- - a\n  -\n    - b\n- c",
                r#"[["a"@"a", ["b"@"b", ]@"- b", ]@"- a\n  -\n    - b", "c"@"c", ]@"- - a\n  -\n    - b\n- c""#,
            ),
            (
                "a:\nb: !Ref\n\nc: {d: , e}\n",
                r#"{a<a>: null@"", b<b>: {Ref<!Ref>: null@"", }@"!Ref", c<c>: {d<d>: null@"", e<e>: null@"", }@"{d: , e}", }@"a:\nb: !Ref\n\nc: {d: , e}""#,
            ),
            (
                "a: [{b: 1}, c: 2]",
                r#"{a<a>: [{b<b>: 1@"1", }@"{b: 1}", {c<c>: 2@"2", }@"c: 2", ]@"[{b: 1}, c: 2]", }@"a: [{b: 1}, c: 2]""#,
            ),
            (
                "a: |2\n   x\n  y\n# c\nb: >-\n  p\n  q\n\n\n",
                r#"{a<a>: " x\ny\n"@" x\n  y", b<b>: "p q"@"p\n  q", }@"a: |2\n   x\n  y\n# c\nb: >-\n  p\n  q""#,
            ),
            (
                "a: x\n  y\n\n  z\nb: \"p\\\n  q\\u0041\"",
                r#"{a<a>: "x y\nz"@"x\n  y\n\n  z", b<b>: "pqA"@"\"p\\\n  q\\u0041\"", }@"a: x\n  y\n\n  z\nb: \"p\\\n  q\\u0041\"""#,
            ),
            (
                "a: !Sub |\r\n  é\r\n\r\n  b\r\nc: d\r\n",
                r#"{a<a>: {Sub<!Sub>: "é\n\nb\n"@"é\r\n\r\n  b", }@"!Sub |\r\n  é\r\n\r\n  b", c<c>: "d"@"d", }@"a: !Sub |\r\n  é\r\n\r\n  b\r\nc: d""#,
            ),
            (
                "{\"a\": [1,true,\"x\"]}",
                r#"{a<"a">: [1@"1", true@"true", "x"@"\"x\"", ]@"[1,true,\"x\"]", }@"{\"a\": [1,true,\"x\"]}""#,
            ),
            (
                "a: !!str 1\nb: ! 2\nc: !!int '3'",
                r#"{a<a>: "1"@"1", b<b>: "2"@"2", c<c>: 3@"'3'", }@"a: !!str 1\nb: ! 2\nc: !!int '3'""#,
            ),
            (
                " f: |\n e: >+\n\n g: 1\n",
                r#"{f<f>: ""@"|", e<e>: "\n"@">+", g<g>: 1@"1", }@"f: |\n e: >+\n\n g: 1""#,
            ),
            ("", r#"null@"""#),
        ] {
            assert_eq!(shown(text), expected, "{text:?}");
        }
    }

    #[test]
    fn plain_scalars_read_as_yaml_1_1() {
        for (text, expected) in [
            ("0", "0"),
            ("00", "0"),
            ("-0", "0"),
            ("+0", "0"),
            ("0x0", "0"),
            ("0b0", "0"),
            ("0_0", "0"),
            ("0_", "0"),
            ("010", "8"),
            ("-0x1F", "-31"),
            ("1_000", "1000"),
            ("1000:0", "60000"),
            ("-1:30", "-90"),
            ("1:30.5", "90.5"),
            ("08.5", "8.5"),
            (".5", "0.5"),
            ("1.25e+1", "12.5"),
        ] {
            let (file, value) = scalar(&format!("k: {text}"));
            let number = value.as_number().expect(text).clone();
            assert_eq!(Some(number), Number::parse(expected), "{text}");
            assert_eq!(file.slice(value.span), text);
        }
        for text in [
            "0o17",
            "1.0",
            "1.5e+3",
            "0:0",
            "09",
            "1e3",
            "1.5e3",
            "0b_",
            "0x",
            ".",
            "-",
            "-.5",
            "._5",
            "_1",
            "y",
            "n",
            "1000:60",
            "2024-01-01",
            "nUll",
            ".inf",
            "010:10",
            "1.2.3",
            "=",
        ] {
            let (_, value) = scalar(&format!("k: '{text}'"));
            assert_eq!(value.as_str().as_deref(), Some(text));
            if text != "-" {
                let (_, value) = scalar(&format!("k: {text}"));
                assert_eq!(value.as_str().as_deref(), Some(text));
            }
        }
        for text in [
            "yes", "Yes", "YES", "on", "On", "ON", "true", "True", "TRUE",
        ] {
            assert_eq!(scalar(&format!("k: {text}")).1.as_bool(), Some(true));
        }
        for text in [
            "no", "No", "NO", "off", "Off", "OFF", "false", "False", "FALSE",
        ] {
            assert_eq!(scalar(&format!("k: {text}")).1.as_bool(), Some(false));
        }
        for text in ["", "~", "null", "Null", "NULL", "# c"] {
            assert!(scalar(&format!("k: {text}")).1.is_null(), "{text}");
        }
        let (_, value) = scalar("k: 1000:0");
        assert_eq!(
            value.trail.steps()[0].text,
            "`1000:0` without quotes is the number 60000, since YAML counts in sixties at a colon"
        );
    }

    #[test]
    fn aliases_and_merge_keys_keep_the_place_of_the_anchor() {
        let text = "a: &a {x: 1, y: 2}\nb: &b {y: 3, z: 4}\nc:\n  <<: [*a, *b]\n  x: 5\nd: *a\n";
        let (file, document) = read_text(text).expect("it is YAML");
        let root = document.root.as_object().expect("a mapping");
        let at = document.root.span;
        let c = root.get("c", at).expect("it is there");
        let read = |name: &str| {
            let value = c
                .as_object()
                .expect("a mapping")
                .get(name, at)
                .expect("there");
            (
                value.as_number().and_then(Number::to_i64),
                file.slice(value.span).to_owned(),
            )
        };
        assert_eq!(read("x"), (Some(5), "5".to_owned()));
        assert_eq!(
            read("y"),
            (Some(2), "2".to_owned()),
            "the first mapping wins"
        );
        assert_eq!(read("z"), (Some(4), "4".to_owned()));
        let d = root.get("d", at).expect("it is there");
        assert_eq!(file.slice(d.span), "{x: 1, y: 2}");
        let steps = d.trail.steps();
        assert_eq!(
            (&*steps[0].text, file.slice(steps[0].span)),
            ("alias `*a`", "*a")
        );
        let kinds: Vec<_> = document.notes.iter().map(|note| note.kind).collect();
        assert_eq!(
            kinds,
            [
                NoteKind::Alias,
                NoteKind::Alias,
                NoteKind::MergeKey,
                NoteKind::Alias
            ]
        );
    }

    #[test]
    fn duplicate_keys_are_kept_and_noted() {
        let (file, document) = read_text("a: 1\nb: 2\na: 3\n").expect("it is YAML");
        let root = document.root.as_object().expect("a mapping");
        assert_eq!(root.members().len(), 3);
        let a = root.get("a", document.root.span).expect("it is there");
        assert_eq!(file.slice(a.span), "3");
        assert_eq!(document.notes.len(), 1);
        assert_eq!(document.notes[0].span.start, 10);
    }

    #[test]
    fn lines_too_far_left_are_read_in_brackets_and_quotes() {
        for (text, expected) in [
            (
                "é:\n    a: [x,\n    y, # ü\n  z\n]\n    b: 1\n",
                r#"{é<é>: {a<a>: ["x"@"x", "y"@"y", "z"@"z", ]@"[x,\n    y, # ü\n  z\n]", b<b>: 1@"1", }@"a: [x,\n    y, # ü\n  z\n]\n    b: 1", }@"é:\n    a: [x,\n    y, # ü\n  z\n]\n    b: 1""#,
            ),
            (
                "a:\n  b: {\n\"k\": \"v\"}\n",
                r#"{a<a>: {b<b>: {k<"k">: "v"@"\"v\"", }@"{\n\"k\": \"v\"}", }@"b: {\n\"k\": \"v\"}", }@"a:\n  b: {\n\"k\": \"v\"}""#,
            ),
            (
                "a:\n  b: \"c\n\n d \\\ne\\n\"\n  f: 'g\nh'\n",
                r#"{a<a>: {b<b>: "c\nd e\n"@"\"c\n\n d \\\ne\\n\"", f<f>: "g h"@"'g\nh'", }@"b: \"c\n\n d \\\ne\\n\"\n  f: 'g\nh'", }@"a:\n  b: \"c\n\n d \\\ne\\n\"\n  f: 'g\nh'""#,
            ),
        ] {
            assert_eq!(shown(text), expected, "{text:?}");
        }
        // Each is read again from the start, which must not be done too often.
        let many = format!("a:\n{}", "  b: [\nx]\n".repeat(20_000));
        assert!(read_text(&many).is_err());
    }

    #[test]
    fn faults_have_a_place() {
        for (text, at, message) in [
            ("a: [1, {", 8, ""),
            ("a: 1\n---\nb: 2\n", 5, "second document"),
            ("a: 1\0", 4, "NUL"),
            ("? [a]\n: b\n", 2, "a key is"),
            ("!Ref a: b\n", 0, "a key is"),
            ("a: *x\n", 3, "anchor"),
        ] {
            let error = read_text(text).expect_err(text);
            assert_eq!(error.span.start, at, "{text:?}: {}", error.message);
            assert!(error.message.contains(message), "{}", error.message);
        }
    }

    #[test]
    fn bombs_end_quickly() {
        let mut laughs = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
        for at in 1..40 {
            let aliases = vec![format!("*a{}", at - 1); 10].join(", ");
            laughs += &format!("a{at}: &a{at} [{aliases}]\n");
        }
        laughs += "last: 1\n";
        let (_, document) = read_text(&laughs).expect("it is YAML");
        let root = document.root.as_object().expect("a mapping");
        assert_eq!(root.members().len(), 41);
        assert!(root.get("last", document.root.span).is_some());

        let mut merges = "a0: &a0 {x: 1}\n".to_owned();
        for at in 1..64 {
            let before = at - 1;
            merges += &format!("a{at}: &a{at} {{<<: [*a{before}, *a{before}]}}\n");
        }
        read_text(&merges).expect("it is YAML");

        let (_, document) = read_text("a: &m\n  again: *m\nb: 1\n").expect("it is YAML");
        assert_eq!(
            document
                .root
                .as_object()
                .expect("a mapping")
                .members()
                .len(),
            2
        );

        let deep: String = (0..2500).map(|at| " ".repeat(at) + "a:\n").collect();
        read_text(&format!("{deep}b: 1\n")).expect("it is YAML");
        let dashes = "- ".repeat(10_000);
        read_text(&dashes).expect("it is YAML");
        assert!(read_text(&"[".repeat(10_000)).is_err());
        let _ = read_text(&"{a: ".repeat(10_000));
        let _ = read_text(&"? ".repeat(10_000));
        let _ = read_text(&"&a ".repeat(10_000));
    }

    /// Every scalar of a document, with the text that the parser itself decodes.
    fn assert_mapped(text: &str) {
        let Ok((file, document)) = read_text(text) else {
            return;
        };
        let mut waiting = vec![document.root];
        while let Some(value) = waiting.pop() {
            match &value.kind {
                Kind::List(list) => waiting.extend(list.iter()),
                Kind::Object(object) => {
                    waiting.extend(object.members().iter().map(|member| member.value.get()));
                }
                Kind::Text(rope) => {
                    let literal = rope.as_literal().expect("a scalar is one literal");
                    let decoded = literal.as_str();
                    for (at, character) in decoded.char_indices() {
                        let span = literal.inner_span(at..at + character.len_utf8());
                        let source = file.slice(span);
                        let escaped = source.starts_with('\\') || source == "''";
                        let folded = matches!(character, ' ' | '\n');
                        assert!(
                            escaped || folded || source.starts_with(character),
                            "{character:?} of {decoded:?} at {source:?} in {text:?}"
                        );
                    }
                }
                _ => {}
            }
        }
    }

    proptest! {
        #[test]
        fn nothing_panics(text in "[a-c:&*!|>'\"\\\\{}\\[\\],#?~é \n\r\t+\\-0-9<]{0,60}") {
            let _ = read_text(&text);
        }

        #[test]
        fn bytes_do_not_panic(bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
            let _ = read_text(&String::from_utf8_lossy(&bytes));
        }

        #[test]
        fn block_scalars_map_every_character(
            lead in "(|é: ü\r?\n)",
            header in "[|>][+-]?",
            lines in proptest::collection::vec("( {0,3}[a-zé ]{0,6})(\n|\r\n)", 0..6),
            tail in "(|z: 1\n|# c\nz: 1\n)",
        ) {
            let body: String = lines.iter().map(|line| format!("  {line}")).collect();
            assert_mapped(&format!("{lead}k: {header}\n{body}{tail}"));
            assert_mapped(&format!("{lead}k: !T {header}\n{body}{tail}"));
            assert_mapped(&format!("- - {header}\n    {}\n", body.replace('\n', "\n    ")));
        }

        #[test]
        fn flow_scalars_map_every_character(
            quote in "['\"]?",
            text in "[a-zé]([a-zé ]|\n  |\r\n  |\n\n   ){0,20}[a-z]",
            escape in "(|\\\\n|\\\\u00e9|\\\\\\\\|\\\\\n  |'')",
        ) {
            let escape = match (&*quote, &*escape) {
                ("'", "''") => "''",
                ("\"", escape) if escape != "''" => escape,
                _ => "",
            };
            assert_mapped(&format!("é: {quote}{text}{escape}{text}{quote} # c\nb: {quote}{text}{quote}\n"));
        }
    }
}
