//! Functions over strings. Those that only move characters keep them where they were written.

use super::replace::replace_text;
use super::*;
use crate::value::{Literal, Member, Part, Piece, PieceKind, Rendered, Trail};
use regex::{Captures, Regex, RegexBuilder};
use std::ops::Range;
use std::sync::Arc;
use unicode_segmentation::UnicodeSegmentation;

pub(super) const FUNCTIONS: &[Function] = &[
    function("chomp", 1..=1, |call| {
        keep(call, |text| 0..text.trim_end_matches(['\n', '\r']).len())
    })
    .gives(Gives::Text),
    function("endswith", 2..=2, |call| {
        let (text, end) = (call.chars(0)?, call.chars(1)?);
        Ok(call.of_bool(text.ends_with(&end)))
    })
    .gives(Gives::Bool),
    function("indent", 2..=2, indent).gives(Gives::Text),
    function("join", 2..=ANY, join).gives(Gives::Text),
    function("lower", 1..=1, |call| {
        let text = call.chars(0)?;
        call.string(text.chars().map(lower).collect())
    })
    .gives(Gives::Text),
    function("regex", 2..=2, regex),
    function("regexall", 2..=2, regexall),
    function("split", 2..=2, split).gives(Gives::Texts),
    function("startswith", 2..=2, startswith).gives(Gives::Bool),
    function("strcontains", 2..=2, strcontains).gives(Gives::Bool),
    function("strrev", 1..=1, |call| {
        let text = call.chars(0)?;
        call.string(text.graphemes(true).rev().collect())
    })
    .gives(Gives::Text),
    function("substr", 3..=3, substr).gives(Gives::Text),
    function("title", 1..=1, title).gives(Gives::Text),
    function("trim", 2..=2, |call| {
        let set = call.chars(1)?;
        let inside = |char| set.contains(char);
        keep(call, |text| {
            let start = text.len() - text.trim_start_matches(inside).len();
            start..start + text[start..].trim_end_matches(inside).len()
        })
    })
    .gives(Gives::Text),
    function("trimprefix", 2..=2, |call| {
        let prefix = call.chars(1)?;
        keep(call, |text| {
            let cut = if text.starts_with(&prefix) {
                prefix.len()
            } else {
                0
            };
            cut..text.len()
        })
    })
    .gives(Gives::Text),
    function("trimspace", 1..=1, trimspace).gives(Gives::Text),
    function("trimsuffix", 2..=2, |call| {
        let suffix = call.chars(1)?;
        keep(call, |text| {
            0..text.strip_suffix(&suffix[..]).unwrap_or(text).len()
        })
    })
    .gives(Gives::Text),
    function("upper", 1..=1, |call| {
        let text = call.chars(0)?;
        call.string(text.chars().map(upper).collect())
    })
    .gives(Gives::Text),
];

/// A rope being put together, with the way of the argument that a piece comes from.
pub(super) struct Builder<'a> {
    pub(super) call: &'a Call<'a>,
    pieces: Vec<Piece>,
}

impl<'a> Builder<'a> {
    pub(super) fn new(call: &'a Call<'a>) -> Builder<'a> {
        Builder {
            call,
            pieces: Vec::new(),
        }
    }

    pub(super) fn literal(&mut self, literal: Literal, trail: &Trail) -> Outcome<()> {
        if literal.is_empty() {
            return Ok(());
        }
        self.call
            .unit()
            .charge_bytes(literal.as_str().len(), self.call.span)?;
        self.pieces.push(Piece {
            trail: trail.clone(),
            ..Piece::literal(literal)
        });
        Ok(())
    }

    pub(super) fn text(&mut self, text: &Text, trail: &Trail) -> Outcome<()> {
        self.call.unit().charge_bytes(
            operators::known_length(text) + 256 * text.pieces().len(),
            self.call.span,
        )?;
        for piece in text.pieces() {
            let mut piece = piece.clone();
            if piece.trail.is_empty() {
                piece.trail = trail.clone();
            }
            self.pieces.push(piece);
        }
        Ok(())
    }

    pub(super) fn hole(&mut self, unknown: Unknown) {
        self.pieces.extend_from_slice(Text::hole(unknown).pieces());
    }

    fn value(&mut self, value: &Value, at: usize) -> Outcome<()> {
        let text = self.call.as_text(value, at)?;
        self.text(&text, &value.trail)
    }

    pub(super) fn finish(self) -> Value {
        if self.pieces.is_empty() {
            return Value::string("", self.call.span);
        }
        self.call.rope(constraints::joined(self.pieces))
    }
}

/// A range of the first argument's characters, at their places.
fn keep(call: &Call, range: impl Fn(&str) -> Range<usize>) -> Outcome<Value> {
    let value = call.value(0);
    let text = call.as_text(&value, 0)?;
    call.unit()
        .charge_bytes(operators::known_length(&text), call.span)?;
    let rendered = call.characters(&text)?;
    let range = range(&rendered.text);
    if range == (0..rendered.text.len()) {
        return Ok(Value {
            kind: Kind::Text(text.clone()),
            ..value
        });
    }
    slice(call, &rendered, range, &value.trail)
}

fn slice(call: &Call, rendered: &Rendered, range: Range<usize>, trail: &Trail) -> Outcome<Value> {
    let mut builder = Builder::new(call);
    for literal in rendered.slice(range) {
        builder.literal(literal, trail)?;
    }
    Ok(builder.finish())
}

/// White space at either end goes; a hole there may begin or end with some of its own.
fn trimspace(call: &Call) -> Outcome<Value> {
    let value = call.value(0);
    let text = call.as_text(&value, 0)?;
    let mut pieces: Vec<Piece> = text.pieces().to_vec();
    let mut start = 0;
    while let Some(piece) = pieces.get_mut(start)
        && let PieceKind::Literal(literal) = &mut piece.kind
    {
        let length = literal.as_str().len();
        *literal = literal.slice(length - literal.as_str().trim_start().len()..length);
        if !literal.is_empty() {
            break;
        }
        start += 1;
    }
    while pieces.len() > start
        && let Some(piece) = pieces.last_mut()
        && let PieceKind::Literal(literal) = &mut piece.kind
    {
        *literal = literal.slice(0..literal.as_str().trim_end().len());
        if !literal.is_empty() {
            break;
        }
        pieces.pop();
    }
    let mut kept: Vec<Piece> = pieces.split_off(start);
    // A hole at an end is no longer the symbol's value: its own white space goes too.
    let last = kept.len().saturating_sub(1);
    for at in [0, last] {
        if let Some(piece) = kept.get_mut(at)
            && let PieceKind::Hole(unknown) = &mut piece.kind
        {
            *unknown = derived(unknown.clone());
        }
    }
    if kept.is_empty() {
        return Ok(Value::string("", call.span));
    }
    call.charge(kept.len())?;
    Ok(Value {
        kind: Kind::Text(kept.into_iter().collect()),
        ..value
    })
}

fn startswith(call: &Call) -> Outcome<Value> {
    let (text, prefix) = (call.text(0)?, call.chars(1)?);
    call.unit()
        .charge_bytes(operators::known_length(&text), call.span)?;
    constraints::measure(&text)?;
    let known = text.known_prefix();
    match text.first_hole() {
        Some(hole) if prefix.starts_with(&known) && prefix.len() > known.len() => {
            Err(derived(hole.clone()))
        }
        _ if text.has_holes() || text.pieces().is_empty() => {
            Ok(call.of_bool(known.starts_with(&prefix)))
        }
        _ => {
            let whole = call.rendered(&text)?;
            Ok(call.of_bool(whole.starts_with(&prefix)))
        }
    }
}

fn strcontains(call: &Call) -> Outcome<Value> {
    let (text, wanted) = (call.text(0)?, call.chars(1)?);
    constraints::measure(&text)?;
    let expanded = text.expanded();
    let known = expanded.pieces().iter().any(|piece| match &piece.kind {
        PieceKind::Literal(literal) => literal.as_str().contains(&wanted),
        PieceKind::Encoded(_) | PieceKind::Hole(_) => false,
    });
    if known {
        return Ok(call.of_bool(true));
    }
    let whole = call.rendered(&text)?;
    Ok(call.of_bool(whole.contains(&wanted)))
}

fn join(call: &Call) -> Outcome<Value> {
    let separator = call.value(0);
    // Where elements may be missing or not, so may the separators; but those of a JSON list are
    // kept, because a list with a hole in it is a list of more elements.
    let separates = call.as_text(&separator, 0)?.known_prefix().contains(',');
    let mut builder = Builder::new(call);
    let mut first = true;
    let mut after_rest = false;
    for at in 1..call.len() {
        let list = match call.open_list(at) {
            Ok(list) => {
                call.takes_elements(at, &list, &Constraint::String)?;
                list
            }
            Err(unknown) if unknown.is_refused() => return Err(unknown),
            Err(unknown) => List {
                rest: Some(unknown),
                ..List::new(Vec::new())
            },
        };
        // More elements may stand before, between and after those that are known.
        let rest = list.rest.map(derived).map(Value::unknown);
        let rest = || rest.clone().map(|rest| (rest, true));
        let mut items = Vec::new();
        items.extend(rest());
        for value in list.items.iter().map(Slot::get) {
            items.push((value, false));
            items.extend(rest());
        }
        for (value, is_rest) in items {
            if value.is_null() {
                return Err(call.invalid(at, "an element is null, and strings are needed"));
            }
            call.mark(value.marks);
            let beside_rest = is_rest || std::mem::replace(&mut after_rest, is_rest);
            if !std::mem::take(&mut first) && (separates || !beside_rest) {
                builder.value(&separator, 0)?;
            }
            builder.value(&value, at)?;
        }
    }
    Ok(builder.finish())
}

/// Splits into the parts between separators, each at its place.
fn split(call: &Call) -> Outcome<Value> {
    let separator = call.chars(0)?;
    let value = call.value(1);
    let text = call.as_text(&value, 1)?;
    call.unit()
        .charge_bytes(operators::known_length(&text), call.span)?;
    let rendered = call.characters(&text)?;
    let whole: &str = &rendered.text;
    let ranges: Vec<Range<usize>> = if separator.is_empty() {
        let starts = whole.char_indices();
        starts.map(|(at, char)| at..at + char.len_utf8()).collect()
    } else {
        let mut from = 0;
        let mut ranges = Vec::new();
        for (at, _) in whole.match_indices(&separator) {
            ranges.push(from..at);
            from = at + separator.len();
        }
        ranges.push(from..whole.len());
        ranges
    };
    call.charge(2 * ranges.len())?;
    let items: Outcome<Vec<Slot>> = ranges
        .into_iter()
        .map(|range| {
            let part = slice(call, &rendered, range, &value.trail)?;
            let span = part.as_text().and_then(Text::span).unwrap_or(call.span);
            Ok(Slot::Ready(Value { span, ..part }))
        })
        .collect();
    Ok(call.of_list(list_of_texts(items?)))
}

/// Memory that one regular expression may take.
const REGEX_SIZE: usize = 1 << 20;

pub(super) fn compile(call: &Call, at: usize, pattern: &str) -> Outcome<Regex> {
    call.charge(64 + pattern.len())?;
    let fault = || call.invalid(at, "a regular expression in the syntax of RE2 is needed");
    RegexBuilder::new(&re2::translate(pattern).ok_or_else(fault)?)
        .size_limit(REGEX_SIZE)
        .dfa_size_limit(REGEX_SIZE)
        .build()
        .map_err(|error| match error {
            regex::Error::CompiledTooBig(_) => {
                Unknown::limit("this regular expression is too large", call.at(at))
            }
            _ => fault(),
        })
}

fn regex(call: &Call) -> Outcome<Value> {
    let (regex, groups) = pattern(call)?;
    let of = || Some(groups.hint());
    let text = call.chars(1).map_err(|unknown| typed(unknown, of()))?;
    match regex.captures(&text) {
        Some(captures) => groups.matched(call, &captures),
        None => Err(call.invalid(0, "the pattern does not match")),
    }
}

fn regexall(call: &Call) -> Outcome<Value> {
    let (regex, groups) = pattern(call)?;
    let of = || Some(Hint::List(Some(Rc::new(groups.hint()))));
    let text = call.chars(1).map_err(|unknown| typed(unknown, of()))?;
    let items: Outcome<Vec<Slot>> = regex
        .captures_iter(&text)
        .map(|captures| groups.matched(call, &captures).map(Slot::Ready))
        .collect();
    Ok(call.of_list(list_of(items?, ListShape::List, Rc::new(groups.hint()))))
}

/// The pattern of a call, which tells the type of a match.
fn pattern(call: &Call) -> Outcome<(Regex, Groups)> {
    let regex = compile(call, 0, &call.chars(0)?)?;
    let groups = Groups::of(call, &regex)?;
    Ok((regex, groups))
}

/// What is not known, of a type; what is refused is of any.
fn typed(unknown: Unknown, of: Option<Hint>) -> Unknown {
    match unknown.is_refused() {
        true => unknown,
        false => unknown.with_hint(of),
    }
}

/// What Terraform gives of a match.
enum Groups {
    /// The whole of it: there are no groups.
    None,
    Numbered(usize),
    Named(Vec<Arc<str>>),
}

impl Groups {
    fn of(call: &Call, regex: &Regex) -> Outcome<Groups> {
        let names: Vec<Option<&str>> = regex.capture_names().skip(1).collect();
        if names.is_empty() {
            return Ok(Groups::None);
        }
        if names.iter().all(Option::is_none) {
            return Ok(Groups::Numbered(names.len()));
        }
        let names: Option<Vec<Arc<str>>> = names.into_iter().map(|it| it.map(Arc::from)).collect();
        names
            .map(Groups::Named)
            .ok_or_else(|| call.invalid(0, "either all groups have a name or none"))
    }

    /// The type of a match.
    fn hint(&self) -> Hint {
        match self {
            Groups::None => Hint::Text,
            Groups::Numbered(count) => Hint::Tuple(vec![Some(Hint::Text); *count].into()),
            Groups::Named(names) => {
                let parts = names.iter().map(|name| Part {
                    name: name.clone(),
                    hint: Some(Hint::Text),
                    never_null: false,
                });
                Hint::Object(parts.collect())
            }
        }
    }

    fn matched(&self, call: &Call, captures: &Captures) -> Outcome<Value> {
        call.charge(captures.len())?;
        let group = |at: usize| match captures.get(at) {
            Some(found) => call.string(found.as_str().to_owned()),
            None => Ok(Value::null_of(Some(Hint::Text), call.span)),
        };
        Ok(match self {
            Groups::None => group(0)?,
            Groups::Numbered(count) => {
                let items = (1..=*count).map(|at| Ok(group(at)?.into()));
                let items: Outcome<Vec<Slot>> = items.collect();
                call.of_list(List::new(items?))
            }
            Groups::Named(names) => {
                let members = names.iter().enumerate().map(|(at, name)| {
                    Ok(Member {
                        name: name.clone(),
                        name_span: call.at(0),
                        value: group(at + 1)?.into(),
                    })
                });
                let members: Outcome<Vec<Member>> = members.collect();
                call.of_object(Object::new(members?))
            }
        })
    }
}

fn substr(call: &Call) -> Outcome<Value> {
    let (offset, length) = (call.integer(1)?, call.integer(2)?);
    keep(call, |text| {
        let bounds: Vec<usize> = text
            .grapheme_indices(true)
            .map(|(at, _)| at)
            .chain([text.len()])
            .collect();
        let count = bounds.len() - 1;
        let start = match usize::try_from(offset) {
            Ok(offset) => offset.min(count),
            Err(_) => count.saturating_sub(offset.unsigned_abs() as usize),
        };
        let end = match usize::try_from(length) {
            // As Terraform has it, which takes no characters only from where it counts forwards.
            Ok(0) if offset < 0 => count,
            Ok(length) => start.saturating_add(length).min(count),
            Err(_) => count,
        };
        bounds[start]..bounds[end]
    })
}

/// Go maps a character to one character: what would become several stays, but for this one.
fn lower(char: char) -> char {
    match char {
        'İ' => 'i',
        _ => only(char.to_lowercase()).unwrap_or(char),
    }
}

fn upper(char: char) -> char {
    only(char.to_uppercase()).unwrap_or(char)
}

/// Some letters are pairs, which begin with a capital at the start of a word.
fn capital(char: char) -> char {
    match char {
        'Ǆ' | 'ǅ' | 'ǆ' => 'ǅ',
        'Ǉ' | 'ǈ' | 'ǉ' => 'ǈ',
        'Ǌ' | 'ǋ' | 'ǌ' => 'ǋ',
        'Ǳ' | 'ǲ' | 'ǳ' => 'ǲ',
        _ => upper(char),
    }
}

fn only(mut chars: impl Iterator<Item = char>) -> Option<char> {
    let first = chars.next()?;
    chars.next().is_none().then_some(first)
}

/// Each letter after a character that is none becomes a capital.
fn title(call: &Call) -> Outcome<Value> {
    let text = call.chars(0)?;
    let mut out = String::with_capacity(text.len());
    let mut inside = false;
    for char in text.chars() {
        if inside {
            out.push(char);
        } else {
            out.push(capital(char));
        }
        inside = char.is_alphanumeric() || char == '_';
    }
    call.string(out)
}

fn indent(call: &Call) -> Outcome<Value> {
    let width = call.integer(0)?;
    let width = usize::try_from(width)
        .ok()
        .filter(|&width| width <= 10_000)
        .ok_or_else(|| call.invalid(0, "the indent lies between 0 and 10000"))?;
    let value = call.value(1);
    let text = call.as_text(&value, 1)?;
    let padding = Text::computed(format!("\n{:width$}", ""), call.at(0));
    replace_text(call, &text, &value.trail, "\n", &padding)
}
