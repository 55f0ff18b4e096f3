//! Functions that encode and decode: JSON, base64, character sets, URLs, CSV.

use super::charsets::{Charset, Fault};
use super::gzip::gzip;
use super::*;
use crate::value::{ListShape, Member, ObjectShape, Part, Piece, PieceKind};
use std::borrow::Cow;
use std::sync::Arc;

pub(super) const FUNCTIONS: &[Function] = &[
    function("base64decode", 1..=1, base64decode).gives(Gives::Text),
    function("base64encode", 1..=1, base64encode).gives(Gives::Text),
    function("base64gzip", 1..=1, base64gzip).gives(Gives::Text),
    function("csvdecode", 1..=1, csvdecode).gives(Gives::Collection),
    function("jsondecode", 1..=1, jsondecode).may_give_null(),
    function("jsonencode", 1..=1, jsonencode)
        .gives(Gives::Text)
        .takes_null(),
    function("textdecodebase64", 2..=2, textdecodebase64).gives(Gives::Text),
    function("textencodebase64", 2..=2, textencodebase64).gives(Gives::Text),
    function("urlencode", 1..=1, urlencode).gives(Gives::Text),
];

fn jsonencode(call: &Call) -> Outcome<Value> {
    let value = call.peek(0);
    if let Kind::Unknown(unknown) = &value.kind
        && matches!(unknown.kind(), UnknownKind::Invalid | UnknownKind::Limit)
    {
        return Err(unknown.clone());
    }
    let marks = value.marks;
    Ok(call.rope(Text::encoded(value)).mark(marks))
}

fn jsondecode(call: &Call) -> Outcome<Value> {
    let value = call.value(0);
    if let Kind::Unknown(unknown) = &value.kind {
        return Err(derived(unknown.clone()));
    }
    let text = constraints::to_text(&value, call.at(0))?;
    if let [hole] = text.pieces()
        && let PieceKind::Hole(unknown) = &hole.kind
    {
        return Err(derived(unknown.clone()));
    }
    call.unit()
        .charge_bytes(operators::known_length(&text), call.span)?;
    let mut decoded = crate::json::parse(&text, value.span).map_err(|error| {
        Unknown::invalid(format!("this is not JSON: {}", error.message), error.span)
    })?;
    if text.encoded_values().next().is_some() {
        if call.unit().may_mark.get() {
            let within = || value.marks_within();
            call.mark(call.unit().world.without_asking(within));
        }
        decoded = as_json_has_it(decoded);
    }
    let is_normal = |piece: &Piece| match &piece.kind {
        PieceKind::Literal(literal) => {
            literal.as_str().is_ascii() && !literal.as_str().contains("\\u")
        }
        PieceKind::Encoded(_) | PieceKind::Hole(_) => true,
    };
    if text.pieces().iter().all(is_normal) {
        return Ok(decoded);
    }
    // Terraform looks for the name in its normal form, and does not find it.
    in_normal_form(decoded, &|name, at| match constraints::normal_form(name) {
        Cow::Borrowed(_) => Ok(name.clone()),
        Cow::Owned(_) => Err(Unknown::invalid(
            "this name is not in its normal form (NFC)",
            at,
        )),
    })
}

/// What is left of a value that `jsonencode` was given: no lists, sets and maps, but tuples and
/// objects, and nulls without a type.
fn as_json_has_it(value: Value) -> Value {
    let changed = nested(value.span, || {
        let value = value.clone();
        Ok(value.map_parts(|part| part.map(as_json_has_it)))
    });
    let kind = match changed.map_or_else(Kind::Unknown, |changed| changed.kind) {
        Kind::Null(_) => Kind::Null(None),
        Kind::List(list) => Kind::List(List {
            shape: ListShape::Tuple,
            ..list
        }),
        Kind::Object(mut object) => {
            object.shape = ObjectShape::Object;
            Kind::Object(object)
        }
        Kind::Unknown(unknown) => {
            let hint = unknown.hint().map(hint_as_json_has_it);
            Kind::Unknown(unknown.with_hint(hint))
        }
        kind => kind,
    };
    Value { kind, ..value }
}

fn hint_as_json_has_it(hint: &Hint) -> Hint {
    match hint {
        Hint::List(_) | Hint::Set(_) | Hint::Map(_) => Hint::Collection,
        Hint::Tuple(items) => {
            let items = items.iter();
            let items = items.map(|item| item.as_ref().map(hint_as_json_has_it));
            Hint::Tuple(items.collect())
        }
        Hint::Object(parts) => {
            let parts = parts.iter().map(|part| Part {
                hint: part.hint.as_ref().map(hint_as_json_has_it),
                ..part.clone()
            });
            Hint::Object(parts.collect())
        }
        Hint::Either(values) => {
            let [one, other] = &**values;
            let values = [one.map(as_json_has_it), other.map(as_json_has_it)];
            Hint::Either(Rc::new(values))
        }
        Hint::Like(slot) => Hint::Like(Rc::new(slot.map(as_json_has_it))),
        scalar => scalar.clone(),
    }
}

/// What becomes of a name that was decoded.
pub(super) type Rename<'a> = dyn Fn(&Arc<str>, Span) -> Outcome<Arc<str>> + 'a;

/// A value that was decoded, with its strings as Terraform holds them. The value is not deeper than what JSON and YAML are read to.
pub(super) fn in_normal_form(value: Value, name: &Rename) -> Outcome<Value> {
    // What was encoded elsewhere is in its normal form.
    let slot = |slot: &Slot| match slot {
        Slot::Ready(value) => in_normal_form(value.clone(), name).map(Slot::Ready),
        Slot::Deferred(_) => Ok(slot.clone()),
    };
    let kind = match &value.kind {
        Kind::Text(text) => {
            let pieces = text.pieces().iter().map(|piece| match &piece.kind {
                PieceKind::Literal(literal) => Piece {
                    kind: PieceKind::Literal(constraints::normalised(literal).into_owned()),
                    ..piece.clone()
                },
                PieceKind::Encoded(_) | PieceKind::Hole(_) => piece.clone(),
            });
            Kind::Text(constraints::joined(pieces.collect()))
        }
        _ => {
            let name = |member: &Member| name(&member.name, member.name_span);
            return value.try_map_parts(name, &mut |part| slot(part));
        }
    };
    Ok(Value { kind, ..value })
}

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

fn base64encode(call: &Call) -> Outcome<Value> {
    call.string(to_base64(call.chars(0)?.as_bytes()))
}

pub(super) fn to_base64(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for chunk in bytes.chunks(3) {
        let mut group = [0; 3];
        group[..chunk.len()].copy_from_slice(chunk);
        let bits = u32::from_be_bytes([0, group[0], group[1], group[2]]);
        for at in 0..4 {
            let sextet = (bits >> (18 - 6 * at)) & 63;
            out.push(if at <= chunk.len() {
                char::from(ALPHABET[sextet as usize])
            } else {
                '='
            });
        }
    }
    out
}

fn base64gzip(call: &Call) -> Outcome<Value> {
    let text = call.chars(0)?;
    // Each byte is compared with many before it.
    call.charge(text.len() / 2)?;
    call.string(to_base64(&gzip(text.as_bytes())))
}

fn decoded_bytes(call: &Call) -> Outcome<Vec<u8>> {
    from_base64(&call.chars(0)?).ok_or_else(|| call.invalid(0, "base64 with its padding is needed"))
}

/// Line breaks are passed over, as Go's decoder does.
pub(super) fn from_base64(text: &str) -> Option<Vec<u8>> {
    let symbols: Vec<u8> = text
        .bytes()
        .filter(|byte| !matches!(byte, b'\r' | b'\n'))
        .collect();
    let padding = symbols
        .iter()
        .rev()
        .take_while(|&&byte| byte == b'=')
        .count();
    if !symbols.len().is_multiple_of(4) || padding > 2 {
        return None;
    }
    let mut bytes = Vec::with_capacity(symbols.len() / 4 * 3);
    for group in symbols[..symbols.len() - padding].chunks(4) {
        let mut bits = 0u32;
        for at in 0..4 {
            let sextet = match group.get(at) {
                None => 0,
                Some(symbol) => ALPHABET.iter().position(|known| known == symbol)?,
            };
            bits = bits << 6 | sextet as u32;
        }
        bytes.extend_from_slice(&bits.to_be_bytes()[1..group.len()]);
    }
    Some(bytes)
}

fn base64decode(call: &Call) -> Outcome<Value> {
    let decoded = String::from_utf8(decoded_bytes(call)?)
        .map_err(|_| call.invalid(0, "base64 of text in UTF-8 is needed"))?;
    call.string(decoded)
}

fn charset(call: &Call) -> Outcome<Charset> {
    let name = call.chars(1)?;
    Charset::named(&name).map_err(|fault| match fault {
        Fault::Refused => call.invalid(
            1,
            "the name of a character encoding as IANA has it is needed",
        ),
        Fault::Unsupported => Unknown::unsupported(
            format!("ecslint does not know the character encoding `{name}`"),
            call.at(1),
        ),
    })
}

fn textencodebase64(call: &Call) -> Outcome<Value> {
    let text = call.chars(0)?;
    call.charge(text.len() / 8)?;
    let bytes = charset(call)?.encode(&text).map_err(|fault| match fault {
        Fault::Refused => call.invalid(
            0,
            "the string has a character that the encoding does not have",
        ),
        Fault::Unsupported => Unknown::unsupported(
            "ecslint does not know how Terraform writes this in the encoding",
            call.at(0),
        ),
    })?;
    call.string(to_base64(&bytes))
}

fn textdecodebase64(call: &Call) -> Outcome<Value> {
    let bytes = decoded_bytes(call)?;
    let text = charset(call)?
        .decode(&bytes)
        .ok_or_else(|| call.invalid(0, "the bytes must be text in this encoding"))?;
    call.string(text)
}

/// As a query string: a blank becomes `+`.
fn urlencode(call: &Call) -> Outcome<Value> {
    let text = call.chars(0)?;
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                out.push(char::from(byte));
            }
            b' ' => out.push('+'),
            _ => {
                out.push('%');
                for digit in [byte >> 4, byte & 15] {
                    out.push(char::from(b"0123456789ABCDEF"[usize::from(digit)]));
                }
            }
        }
    }
    call.string(out)
}

fn csvdecode(call: &Call) -> Outcome<Value> {
    let text = call.chars(0)?;
    call.charge(text.len() / 8)?;
    let mut records = csv_records(&text)
        .ok_or_else(|| call.invalid(0, "CSV with properly quoted fields is needed"))?
        .into_iter();
    let Some(header) = records.next() else {
        return Err(call.invalid(0, "CSV needs a header line"));
    };
    let names: Vec<std::sync::Arc<str>> = header.into_iter().map(Into::into).collect();
    let distinct: std::collections::HashSet<_> = names.iter().collect();
    if distinct.len() < names.len() {
        return Err(call.invalid(0, "the header must have each name once"));
    }
    let mut items = Vec::new();
    for record in records {
        if record.len() != names.len() {
            return Err(call.invalid(
                0,
                format!("each line needs {} fields, as the header has", names.len()),
            ));
        }
        call.charge(record.len())?;
        let members = names.iter().zip(record).map(|(name, field)| Member {
            name: name.clone(),
            name_span: call.span,
            value: Slot::Ready(Value::string(field, call.span)),
        });
        items.push(Slot::Ready(call.of_object(Object::new(members.collect()))));
    }
    let parts = names.iter().map(|name| Part {
        name: name.clone(),
        hint: Some(Hint::Text),
        never_null: false,
    });
    let record = Rc::new(Hint::Object(parts.collect()));
    Ok(call.of_list(list_of(items, ListShape::List, record)))
}

/// RFC 4180, with either line break; empty lines are passed over.
fn csv_records(text: &str) -> Option<Vec<Vec<String>>> {
    let mut records = Vec::new();
    let mut record = Vec::new();
    let mut chars = text.chars().peekable();
    while chars.peek().is_some() {
        let mut field = String::new();
        let quoted = chars.next_if_eq(&'"').is_some();
        if quoted {
            loop {
                match chars.next()? {
                    '"' if chars.next_if_eq(&'"').is_some() => field.push('"'),
                    '"' => break,
                    char => field.push(char),
                }
            }
        } else {
            while let Some(char) = chars.next_if(|char| !matches!(char, ',' | '\n')) {
                if char == '"' {
                    return None;
                }
                field.push(char);
            }
            if chars.peek() != Some(&',') && field.ends_with('\r') {
                field.pop();
            }
        }
        if quoted {
            chars.next_if_eq(&'\r');
        }
        let blank = !quoted && field.is_empty() && record.is_empty();
        match chars.next() {
            Some(',') => {
                record.push(field);
                if chars.peek().is_none() {
                    record.push(String::new());
                    records.push(std::mem::take(&mut record));
                }
            }
            Some('\n') | None if blank => {}
            Some('\n') | None => {
                record.push(field);
                records.push(std::mem::take(&mut record));
            }
            Some(_) => return None,
        }
    }
    Some(records)
}
