//! Functions that encode and decode: JSON, base64, URLs, CSV.

use super::*;
use crate::value::Member;

pub(super) const FUNCTIONS: &[Function] = &[
    function("base64decode", 1..=1, base64decode),
    function("base64encode", 1..=1, base64encode),
    function("csvdecode", 1..=1, csvdecode),
    function("jsondecode", 1..=1, jsondecode),
    function("jsonencode", 1..=1, jsonencode),
    function("urlencode", 1..=1, urlencode),
];

fn jsonencode(call: &Call) -> Outcome<Value> {
    let value = call.peek(0);
    if let Kind::Unknown(unknown) = &value.kind
        && matches!(unknown.kind(), UnknownKind::Invalid | UnknownKind::Limit)
    {
        return Err(unknown.clone());
    }
    let sensitive = value.sensitive;
    Ok(call.rope(Text::encoded(value)).mark(sensitive))
}

fn jsondecode(call: &Call) -> Outcome<Value> {
    let value = call.value(0);
    if let Kind::Unknown(unknown) = &value.kind {
        return Err(derived(unknown.clone()));
    }
    let text = constraints::to_text(&value, call.at(0))?;
    if let [hole] = text.pieces()
        && let crate::value::PieceKind::Hole(unknown) = &hole.kind
    {
        return Err(derived(unknown.clone()));
    }
    call.unit()
        .charge_bytes(operators::known_length(&text), call.span)?;
    crate::json::parse(&text, value.span).map_err(|error| {
        Unknown::invalid(format!("this is not JSON: {}", error.message), error.span)
    })
}

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

fn base64encode(call: &Call) -> Outcome<Value> {
    let text = call.chars(0)?;
    let mut out = String::with_capacity(text.len().div_ceil(3) * 4);
    for chunk in text.as_bytes().chunks(3) {
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
    call.string(out)
}

fn base64decode(call: &Call) -> Outcome<Value> {
    let text = call.chars(0)?;
    let fault = || call.invalid(0, "base64 with its padding is needed");
    // Line breaks are passed over, as Go's decoder does.
    let symbols: Vec<u8> = text
        .bytes()
        .filter(|byte| !matches!(byte, b'\r' | b'\n'))
        .collect();
    if !symbols.len().is_multiple_of(4) {
        return Err(fault());
    }
    let padding = symbols
        .iter()
        .rev()
        .take_while(|&&byte| byte == b'=')
        .count();
    if padding > 2 {
        return Err(fault());
    }
    let mut bytes = Vec::with_capacity(symbols.len() / 4 * 3);
    for group in symbols[..symbols.len() - padding].chunks(4) {
        let mut bits = 0u32;
        for at in 0..4 {
            let sextet = match group.get(at) {
                None => 0,
                Some(symbol) => ALPHABET
                    .iter()
                    .position(|known| known == symbol)
                    .ok_or_else(fault)?,
            };
            bits = bits << 6 | sextet as u32;
        }
        bytes.extend_from_slice(&bits.to_be_bytes()[1..group.len()]);
    }
    let decoded = String::from_utf8(bytes)
        .map_err(|_| call.invalid(0, "base64 of text in UTF-8 is needed"))?;
    call.string(decoded)
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
    Ok(call.of_list(List {
        shape: crate::value::ListShape::List,
        ..List::new(items)
    }))
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
