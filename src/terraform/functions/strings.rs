//! Functions over strings. Those that only move characters keep them where they were written.

use super::*;
use crate::value::{ListShape, Literal, Member, Piece, PieceKind, Trail};
use regex::{Captures, Regex, RegexBuilder};
use std::ops::Range;

pub(super) const FUNCTIONS: &[Function] = &[
    function("chomp", 1..=1, |call| {
        keep(call, |text| 0..text.trim_end_matches(['\n', '\r']).len())
    }),
    function("endswith", 2..=2, |call| {
        let (text, end) = (call.chars(0)?, call.chars(1)?);
        Ok(call.of_bool(text.ends_with(&end)))
    }),
    function("format", 1..=ANY, format_call),
    function("formatlist", 1..=ANY, formatlist),
    function("indent", 2..=2, indent),
    function("join", 2..=ANY, join),
    function("lower", 1..=1, |call| {
        let text = call.chars(0)?;
        call.string(text.to_lowercase())
    }),
    function("regex", 2..=2, regex),
    function("regexall", 2..=2, regexall),
    function("replace", 3..=3, replace),
    function("split", 2..=2, split),
    function("startswith", 2..=2, startswith),
    function("strcontains", 2..=2, strcontains),
    function("strrev", 1..=1, |call| {
        let text = call.chars(0)?;
        call.string(text.chars().rev().collect())
    }),
    function("substr", 3..=3, substr),
    function("title", 1..=1, title),
    function("trim", 2..=2, |call| {
        let set = call.chars(1)?;
        let inside = |char| set.contains(char);
        keep(call, |text| {
            let start = text.len() - text.trim_start_matches(inside).len();
            start..start + text[start..].trim_end_matches(inside).len()
        })
    }),
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
    }),
    function("trimspace", 1..=1, trimspace),
    function("trimsuffix", 2..=2, |call| {
        let suffix = call.chars(1)?;
        keep(call, |text| {
            0..text.strip_suffix(&suffix[..]).unwrap_or(text).len()
        })
    }),
    function("upper", 1..=1, |call| {
        let text = call.chars(0)?;
        call.string(text.to_uppercase())
    }),
];

/// A rope being put together, with the way of the argument that a piece comes from.
struct Builder<'a> {
    call: &'a Call<'a>,
    pieces: Vec<Piece>,
}

impl<'a> Builder<'a> {
    fn new(call: &'a Call<'a>) -> Builder<'a> {
        Builder {
            call,
            pieces: Vec::new(),
        }
    }

    fn literal(&mut self, literal: Literal, trail: &Trail) -> Outcome<()> {
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

    fn text(&mut self, text: &Text, trail: &Trail) -> Outcome<()> {
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

    fn hole(&mut self, unknown: Unknown) {
        self.pieces.extend_from_slice(Text::hole(unknown).pieces());
    }

    fn value(&mut self, value: &Value, at: usize) -> Outcome<()> {
        let text = self.call.as_text(value, at)?;
        self.text(&text, &value.trail)
    }

    fn finish(self) -> Value {
        if self.pieces.is_empty() {
            return Value::string("", self.call.span);
        }
        self.call.rope(self.pieces.into_iter().collect())
    }
}

/// A range of the first argument's characters, at their places.
fn keep(call: &Call, range: impl Fn(&str) -> Range<usize>) -> Outcome<Value> {
    let value = call.value(0);
    let text = call.as_text(&value, 0)?;
    call.unit()
        .charge_bytes(operators::known_length(&text), call.span)?;
    let rendered = constraints::characters(&text)?;
    let range = range(&rendered.text);
    if range == (0..rendered.text.len()) {
        return Ok(Value {
            kind: Kind::Text(text.clone()),
            ..value
        });
    }
    slice(call, &rendered, range, &value.trail)
}

fn slice(
    call: &Call,
    rendered: &crate::value::Rendered,
    range: Range<usize>,
    trail: &Trail,
) -> Outcome<Value> {
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
            Ok(list) => list,
            Err(unknown) if unknown.kind() == UnknownKind::Invalid => return Err(unknown),
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
            if value.sensitive {
                call.sensitive.set(true);
            }
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
    let rendered = constraints::characters(&text)?;
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
    Ok(call.of_list(List {
        shape: ListShape::List,
        ..List::new(items?)
    }))
}

fn replace(call: &Call) -> Outcome<Value> {
    let pattern = call.chars(1)?;
    let replacement = call.text(2)?;
    let value = call.value(0);
    let text = call.as_text(&value, 0)?;
    if pattern.len() > 1 && pattern.starts_with('/') && pattern.ends_with('/') {
        let regex = compile(call, 1, &pattern[1..pattern.len() - 1])?;
        let template = call.rendered(&replacement)?;
        return replace_matches(call, &text, &value.trail, &regex, &template);
    }
    replace_text(call, &text, &value.trail, &pattern, &replacement)
}

fn replace_matches(
    call: &Call,
    text: &Text,
    trail: &Trail,
    regex: &Regex,
    template: &str,
) -> Outcome<Value> {
    call.unit()
        .charge_bytes(operators::known_length(text), call.span)?;
    let rendered = constraints::characters(text)?;
    let mut builder = Builder::new(call);
    let mut from = 0;
    for captures in regex.captures_iter(&rendered.text) {
        let found = captures.get(0).expect("the whole match").range();
        for literal in rendered.slice(from..found.start) {
            builder.literal(literal, trail)?;
        }
        let mut expanded = String::new();
        captures.expand(template, &mut expanded);
        builder.literal(Literal::computed(expanded, call.at(2)), &Trail::default())?;
        from = found.end;
    }
    for literal in rendered.slice(from..rendered.text.len()) {
        builder.literal(literal, trail)?;
    }
    Ok(builder.finish())
}

/// Replaces outside holes. Where a match could reach into a hole, the rest is not known.
fn replace_text(
    call: &Call,
    text: &Text,
    trail: &Trail,
    pattern: &str,
    replacement: &Text,
) -> Outcome<Value> {
    if pattern.is_empty() {
        let all = call.rendered(text)?;
        return call.string(all.replace("", &call.rendered(replacement)?));
    }
    constraints::measure(text)?;
    let expanded = text.expanded();
    let pieces = expanded.pieces();
    let mut builder = Builder::new(call);
    let mut at = 0;
    let mut after_hole = false;
    while at < pieces.len() {
        if let PieceKind::Hole(unknown) = &pieces[at].kind {
            builder.hole(derived(unknown.clone()));
            after_hole = true;
            at += 1;
            continue;
        }
        let length = pieces[at..]
            .iter()
            .take_while(|piece| !matches!(piece.kind, PieceKind::Hole(_)))
            .count();
        let run: Text = pieces[at..at + length].iter().cloned().collect();
        let rendered = run.render().map_err(derived)?;
        let whole: &str = &rendered.text;
        call.unit().charge_bytes(whole.len(), call.span)?;
        // Matches that begin in the hole before.
        if after_hole && overlaps(whole, pattern, pattern.len() - 1) {
            break;
        }
        let mut from = 0;
        for (found, _) in whole.match_indices(pattern) {
            for literal in rendered.slice(from..found) {
                builder.literal(literal, trail)?;
            }
            builder.text(replacement, &Trail::default())?;
            from = found + pattern.len();
        }
        at += length;
        let end = &whole[from..];
        if at < pieces.len() && overlaps(pattern, end, pattern.len() - 1) {
            // A match may begin here and end in the hole.
            let sure = end.len().saturating_sub(pattern.len() - 1);
            let sure = (0..=sure)
                .rev()
                .find(|&at| end.is_char_boundary(at))
                .unwrap_or(0);
            for literal in rendered.slice(from..from + sure) {
                builder.literal(literal, trail)?;
            }
            break;
        }
        for literal in rendered.slice(from..whole.len()) {
            builder.literal(literal, trail)?;
        }
    }
    if at < pieces.len()
        && let Some(unknown) = text.first_hole()
    {
        builder.hole(derived(unknown.clone()));
    }
    Ok(builder.finish())
}

/// Whether the beginning of `a` is the end of `b`, for some length up to `most`.
fn overlaps(a: &str, b: &str, most: usize) -> bool {
    let most = most.min(a.len()).min(b.len());
    (1..=most).any(|length| a.as_bytes()[..length] == b.as_bytes()[b.len() - length..])
}

/// Memory that one regular expression may take.
const REGEX_SIZE: usize = 1 << 20;

fn compile(call: &Call, at: usize, pattern: &str) -> Outcome<Regex> {
    call.charge(64 + pattern.len())?;
    RegexBuilder::new(pattern)
        .size_limit(REGEX_SIZE)
        .dfa_size_limit(REGEX_SIZE)
        .build()
        .map_err(|error| match error {
            regex::Error::CompiledTooBig(_) => {
                Unknown::limit("this regular expression is too large", call.at(at))
            }
            _ => call.invalid(at, "a regular expression in the syntax of RE2 is needed"),
        })
}

fn regex(call: &Call) -> Outcome<Value> {
    let pattern = call.chars(0)?;
    let text = call.chars(1)?;
    let regex = compile(call, 0, &pattern)?;
    match regex.captures(&text) {
        Some(captures) => matched(call, &regex, &captures),
        None => Err(call.invalid(0, "the pattern does not match")),
    }
}

fn regexall(call: &Call) -> Outcome<Value> {
    let pattern = call.chars(0)?;
    let text = call.chars(1)?;
    let regex = compile(call, 0, &pattern)?;
    let items: Outcome<Vec<Slot>> = regex
        .captures_iter(&text)
        .map(|captures| matched(call, &regex, &captures).map(Slot::Ready))
        .collect();
    Ok(call.of_list(List {
        shape: ListShape::List,
        ..List::new(items?)
    }))
}

/// A match as Terraform gives it: the string, or its groups by number or by name.
fn matched(call: &Call, regex: &Regex, captures: &Captures) -> Outcome<Value> {
    call.charge(captures.len())?;
    let group = |at: usize| match captures.get(at) {
        Some(found) => call.string(found.as_str().to_owned()),
        None => Ok(Value::null(call.span)),
    };
    if captures.len() == 1 {
        return group(0);
    }
    let names: Vec<Option<&str>> = regex.capture_names().skip(1).collect();
    if names.iter().all(Option::is_none) {
        let items: Outcome<Vec<Slot>> = (1..captures.len())
            .map(|at| Ok(group(at)?.into()))
            .collect();
        return Ok(call.of_list(List::new(items?)));
    }
    let mut members = Vec::new();
    for (at, name) in names.into_iter().enumerate() {
        let Some(name) = name else {
            return Err(call.invalid(0, "either all groups have a name or none"));
        };
        members.push(Member {
            name: name.into(),
            name_span: call.at(0),
            value: group(at + 1)?.into(),
        });
    }
    Ok(call.of_object(Object::new(members)))
}

fn substr(call: &Call) -> Outcome<Value> {
    let (offset, length) = (call.integer(1)?, call.integer(2)?);
    keep(call, |text| {
        let bounds: Vec<usize> = text
            .char_indices()
            .map(|(at, _)| at)
            .chain([text.len()])
            .collect();
        let count = bounds.len() - 1;
        let start = match usize::try_from(offset) {
            Ok(offset) => offset.min(count),
            Err(_) => count.saturating_sub(offset.unsigned_abs() as usize),
        };
        let end = match usize::try_from(length) {
            Ok(length) => start.saturating_add(length).min(count),
            Err(_) => count,
        };
        bounds[start]..bounds[end]
    })
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
            out.extend(char.to_uppercase());
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

fn format_call(call: &Call) -> Outcome<Value> {
    let spec = call.value(0);
    let spec_text = call.as_text(&spec, 0)?;
    let arguments: Vec<Value> = (1..call.len()).map(|at| call.value(at)).collect();
    format_values(call, &spec, &spec_text, &arguments)
}

fn formatlist(call: &Call) -> Outcome<Value> {
    let spec = call.value(0);
    let spec_text = call.as_text(&spec, 0)?;
    let mut length = None;
    let mut arguments = Vec::new();
    for at in 1..call.len() {
        let value = call.value(at);
        match &value.kind {
            Kind::List(_) => {
                let list = call.list(at)?;
                let found = *length.get_or_insert(list.items.len());
                if found != list.items.len() {
                    return Err(call.invalid(at, format!("a list of {found} elements is needed")));
                }
                arguments.push(Err(list));
            }
            Kind::Unknown(unknown) => return Err(derived(unknown.clone())),
            _ => arguments.push(Ok(value)),
        }
    }
    let mut items = Vec::new();
    for at in 0..length.unwrap_or(1) {
        let row: Vec<Value> = arguments
            .iter()
            .map(|argument| match argument {
                Ok(value) => value.clone(),
                Err(list) => list.items[at].get(),
            })
            .collect();
        call.charge(row.len() + 1)?;
        items.push(Slot::Ready(format_values(call, &spec, &spec_text, &row)?));
    }
    Ok(call.of_list(List {
        shape: ListShape::List,
        ..List::new(items)
    }))
}

/// One verb of a format string: `%-5.2f`, `%[2]s`.
#[derive(Default)]
struct Verb {
    letter: char,
    plus: bool,
    minus: bool,
    space: bool,
    zero: bool,
    sharp: bool,
    width: Option<usize>,
    precision: Option<usize>,
    index: Option<usize>,
}

/// The widest field that is made.
const MAX_WIDTH: usize = 10_000;

impl Verb {
    /// Reads what follows a percent sign; its length in bytes beside it.
    fn parse(text: &str) -> Option<(Verb, usize)> {
        let mut verb = Verb::default();
        let bytes = text.as_bytes();
        let mut at = 0;
        let number = |at: &mut usize| -> Option<Option<usize>> {
            let from = *at;
            while bytes.get(*at).is_some_and(u8::is_ascii_digit) {
                *at += 1;
            }
            if from == *at {
                return Some(None);
            }
            let number = text[from..*at].parse().ok()?;
            (number <= MAX_WIDTH).then_some(Some(number))
        };
        loop {
            match bytes.get(at)? {
                b'+' => verb.plus = true,
                b'-' => verb.minus = true,
                b' ' => verb.space = true,
                b'0' => verb.zero = true,
                b'#' => verb.sharp = true,
                _ => break,
            }
            at += 1;
        }
        verb.width = number(&mut at)?;
        if bytes.get(at) == Some(&b'.') {
            at += 1;
            verb.precision = Some(number(&mut at)?.unwrap_or(0));
        }
        if bytes.get(at) == Some(&b'[') {
            at += 1;
            verb.index = Some(number(&mut at)??);
            if bytes.get(at) != Some(&b']') {
                return None;
            }
            at += 1;
        }
        verb.letter = text[at..].chars().next()?;
        at += verb.letter.len_utf8();
        Some((verb, at))
    }

    fn is_plain(&self) -> bool {
        self.width.is_none() && self.precision.is_none() && !self.sharp
    }

    fn pad(&self, text: String, numeric: bool) -> String {
        let Some(width) = self.width else {
            return text;
        };
        let missing = width.saturating_sub(text.chars().count());
        if self.minus {
            text + &" ".repeat(missing)
        } else if self.zero && numeric {
            let (sign, digits) = match text.strip_prefix(['+', '-', ' ']) {
                Some(digits) => (&text[..1], digits),
                None => ("", &text[..]),
            };
            format!("{sign}{}{digits}", "0".repeat(missing))
        } else if self.zero {
            "0".repeat(missing) + &text
        } else {
            " ".repeat(missing) + &text
        }
    }
}

fn format_values(
    call: &Call,
    spec: &Value,
    spec_text: &Text,
    arguments: &[Value],
) -> Outcome<Value> {
    let rendered = constraints::characters(spec_text)?;
    let whole: &str = &rendered.text;
    let mut builder = Builder::new(call);
    let mut next = 0;
    let mut most = 0;
    let mut from = 0;
    while let Some(found) = whole[from..].find('%') {
        let percent = from + found;
        for literal in rendered.slice(from..percent) {
            builder.literal(literal, &spec.trail)?;
        }
        let after = percent + 1;
        if whole[after..].starts_with('%') {
            for literal in rendered.slice(after..after + 1) {
                builder.literal(literal, &spec.trail)?;
            }
            from = after + 1;
            continue;
        }
        let (verb, length) = Verb::parse(&whole[after..])
            .ok_or_else(|| call.invalid(0, "a verb such as `%s` or `%d` must follow `%`"))?;
        from = after + length;
        let at = match verb.index {
            Some(0) => return Err(call.invalid(0, "arguments are counted from 1")),
            Some(index) => index - 1,
            None => next,
        };
        next = at + 1;
        most = most.max(next);
        let Some(value) = arguments.get(at) else {
            return Err(call.invalid(
                0,
                format!(
                    "there are {} arguments, and this needs {next}",
                    arguments.len()
                ),
            ));
        };
        let span = call
            .arguments
            .get(at + 1)
            .map_or(call.span, |argument| argument.span);
        format_one(&mut builder, &verb, value, span)?;
    }
    for literal in rendered.slice(from..whole.len()) {
        builder.literal(literal, &spec.trail)?;
    }
    if most < arguments.len() {
        return Err(Unknown::invalid(
            format!("only {most} of {} arguments are used", arguments.len()),
            call.span,
        ));
    }
    Ok(builder.finish())
}

fn format_one(builder: &mut Builder, verb: &Verb, value: &Value, span: Span) -> Outcome<()> {
    if value.sensitive {
        builder.call.sensitive.set(true);
    }
    match &value.kind {
        Kind::Unknown(unknown)
            if matches!(unknown.kind(), UnknownKind::Invalid | UnknownKind::Limit) =>
        {
            return Err(unknown.clone());
        }
        Kind::Unknown(unknown) if verb.is_plain() && matches!(verb.letter, 's' | 'd' | 'v') => {
            builder.hole(unknown.clone());
            return Ok(());
        }
        Kind::Unknown(unknown) => {
            builder.hole(derived(unknown.clone()));
            return Ok(());
        }
        Kind::Null => {
            return Err(Unknown::unsupported("null is formatted here", span));
        }
        _ => {}
    }
    let fault = |needed: &str| {
        Unknown::invalid(
            format!(
                "{needed} is needed for `%{}`, and this is {}",
                verb.letter,
                value.describe()
            ),
            span,
        )
    };
    let number = || constraints::to_number(value, span);
    let integer = || {
        let number = number()?;
        if number.is_integer() {
            Ok(number)
        } else {
            Err(fault("a whole number"))
        }
    };
    let sign = |text: String| match (text.starts_with('-'), verb.plus, verb.space) {
        (false, true, _) => format!("+{text}"),
        (false, false, true) => format!(" {text}"),
        _ => text,
    };
    let text = match verb.letter {
        'v' if verb.sharp || matches!(value.kind, Kind::List(_) | Kind::Object(_)) => {
            let encoded = Text::encoded(value.clone());
            if verb.width.is_none() {
                return builder.text(&encoded, &value.trail);
            }
            verb.pad(builder.call.rendered(&encoded)?, false)
        }
        's' | 'v' if !matches!(value.kind, Kind::List(_) | Kind::Object(_)) => {
            if let ('v', Kind::Number(number)) = (verb.letter, &value.kind) {
                verb.pad(sign(general(number)), true)
            } else {
                let text = constraints::to_text(value, span)?;
                if verb.is_plain() {
                    return builder.text(&text, &value.trail);
                }
                if let Some(hole) = text.first_hole() {
                    builder.hole(derived(hole.clone()));
                    return Ok(());
                }
                let mut text = builder.call.rendered(&text)?;
                if let Some(precision) = verb.precision {
                    text = text.chars().take(precision).collect();
                }
                verb.pad(text, false)
            }
        }
        's' => return Err(fault("a string")),
        'q' => {
            let text = constraints::to_text(value, span)?;
            if let Some(hole) = text.first_hole() {
                builder.hole(derived(hole.clone()));
                return Ok(());
            }
            let text = builder.call.rendered(&text)?;
            verb.pad(quoted(&text), false)
        }
        't' => verb.pad(constraints::to_bool(value, span)?.to_string(), false),
        'd' => verb.pad(sign(integer()?.to_string()), true),
        'b' | 'o' | 'x' | 'X' => {
            let number = integer()?;
            let small = number
                .to_i64()
                .ok_or_else(|| Unknown::unsupported("this number is too large for it", span))?;
            let (minus, size) = (if small < 0 { "-" } else { "" }, small.unsigned_abs());
            let (prefix, digits) = match verb.letter {
                'b' => ("0b", format!("{size:b}")),
                'o' => ("0", format!("{size:o}")),
                'x' => ("0x", format!("{size:x}")),
                _ => ("0X", format!("{size:X}")),
            };
            let prefix = if verb.sharp { prefix } else { "" };
            verb.pad(sign(format!("{minus}{prefix}{digits}")), true)
        }
        'f' | 'F' => verb.pad(sign(fixed(&number()?, verb.precision.unwrap_or(6))), true),
        'e' | 'E' => {
            let text = scientific(number()?.to_f64(), verb.precision.unwrap_or(6));
            verb.pad(
                sign(if verb.letter == 'E' {
                    text.to_uppercase()
                } else {
                    text
                }),
                true,
            )
        }
        'g' | 'G' if verb.precision.is_none() => verb.pad(sign(general(&number()?)), true),
        'g' | 'G' => {
            return Err(Unknown::unsupported(
                "`%g` with a precision is not supported yet",
                span,
            ));
        }
        other => {
            return Err(builder
                .call
                .invalid(0, format!("`%{other}` is no verb of `format`")));
        }
    };
    builder.literal(Literal::computed(text, value.span), &value.trail)
}

fn fixed(number: &Number, precision: usize) -> String {
    if number.is_integer() {
        let whole = number.to_string();
        return match precision {
            0 => whole,
            _ => format!("{whole}.{}", "0".repeat(precision)),
        };
    }
    format!("{:.precision$}", number.to_f64())
}

/// As Go writes it: at least two digits of exponent, with its sign.
fn scientific(number: f64, precision: usize) -> String {
    let text = format!("{number:.precision$e}");
    match text.split_once('e') {
        Some((digits, exponent)) => {
            let (sign, exponent) = match exponent.strip_prefix('-') {
                Some(exponent) => ('-', exponent),
                None => ('+', exponent),
            };
            format!("{digits}e{sign}{exponent:0>2}")
        }
        None => text,
    }
}

/// Go's `%g` of a big float: an exponent below 10^-4 and from 10^6 on.
fn general(number: &Number) -> String {
    let plain = number.to_string();
    let (minus, digits) = match plain.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", &plain[..]),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let all = format!("{whole}{fraction}");
    let leading = all.len() - all.trim_start_matches('0').len();
    let significant = all.trim_start_matches('0').trim_end_matches('0');
    if significant.is_empty() {
        return plain;
    }
    let exponent = whole.len() as i64 - leading as i64 - 1;
    if (-4..6).contains(&exponent) {
        return plain;
    }
    let (first, others) = significant.split_at(1);
    let point = if others.is_empty() { "" } else { "." };
    let sign = if exponent < 0 { '-' } else { '+' };
    format!(
        "{minus}{first}{point}{others}e{sign}{:0>2}",
        exponent.unsigned_abs()
    )
}

/// A JSON string, as `%q` writes it.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for char in text.chars() {
        match char {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                out.push_str(&format!("\\u{:04x}", char as u32));
            }
            char if (char as u32) < 0x20 => out.push_str(&format!("\\u{:04x}", char as u32)),
            char => out.push(char),
        }
    }
    out.push('"');
    out
}
