//! What a plain scalar is in YAML 1.1, and what the tags of YAML itself make of one.

use crate::value::{Kind, Number};
use dashu_int::IBig;

/// What `!!` stands for.
pub const CORE: &str = "tag:yaml.org,2002:";

/// A tag in its full form.
pub(super) enum Core<'a> {
    /// `!!int` and the like: resolved also in quotes.
    Scalar,
    /// `!!str`, `!` and what PyYAML reads as a string.
    Other,
    /// One of the format's own, without the exclamation mark, or one that nobody has.
    Local(&'a str),
}

pub(super) fn core_tag(tag: &str) -> Core<'_> {
    if let Some(name) = tag.strip_prefix(CORE) {
        return match name {
            "int" | "float" | "bool" | "null" => Core::Scalar,
            "binary" | "map" | "merge" | "omap" | "pairs" | "seq" | "set" | "str" | "timestamp"
            | "value" | "yaml" => Core::Other,
            // `!!Ref`, which YAML does not have.
            _ => Core::Local(tag),
        };
    }
    match tag.strip_prefix('!') {
        Some("") => Core::Other,
        Some(name) => Core::Local(name),
        None => Core::Local(tag),
    }
}

/// How a plain scalar reads in YAML 1.1, as PyYAML resolves it.
///
/// `None`: as a string. The types are those of <https://yaml.org/type/>; timestamps stay strings,
/// and so do floats without a fraction: as text, `8.0` is not `8`.
pub(super) fn resolve_plain(text: &str) -> Option<Kind> {
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

/// How a number reads that most people read otherwise.
pub(super) fn surprising_base(text: &str) -> Option<&'static str> {
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
