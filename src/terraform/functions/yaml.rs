//! YAML as Terraform reads and writes it.

use super::time::Moment;
use super::*;
use crate::value::PieceKind;
use crate::yaml::decode::{Meaning, Scalar, decode};
use crate::yaml::inside::HOLE;
use std::borrow::Cow;
use std::fmt::Write;

pub(super) const FUNCTIONS: &[Function] = &[
    function("yamldecode", 1..=1, yamldecode).may_give_null(),
    function("yamlencode", 1..=1, yamlencode)
        .gives(Gives::Text)
        .takes_null(),
];

fn yamldecode(call: &Call) -> Outcome<Value> {
    let value = call.value(0);
    let text = constraints::to_text(&value, call.at(0))?;
    call.unit()
        .charge_bytes(16 * operators::known_length(&text), call.span)?;
    constraints::measure(&text)?;
    let text = text.expanded();
    let is_before = |line: &&str| line.starts_with(['%', '#']) || line.trim().is_empty();
    let prefix = text.known_prefix();
    if prefix.lines().take_while(is_before).any(is_other_version) {
        return Err(call.invalid(0, "Terraform reads YAML 1.1 only"));
    }
    let decoded = decode(&text, value.span, &resolve).map_err(|error| match text.first_hole() {
        Some(unknown) => derived(unknown.clone()),
        None => Unknown::invalid(format!("this is not YAML: {}", error.message), error.span),
    })?;
    let is_plain = text.pieces().iter().all(|piece| match &piece.kind {
        PieceKind::Literal(literal) => {
            literal.as_str().is_ascii() && !literal.as_str().contains('\\')
        }
        PieceKind::Encoded(_) | PieceKind::Hole(_) => true,
    });
    if is_plain {
        return Ok(decoded);
    }
    super::encoding::in_normal_form(decoded, &|name, _| {
        Ok(match constraints::normal_form(name) {
            Cow::Borrowed(_) => name.clone(),
            Cow::Owned(name) => name.into(),
        })
    })
}

/// Whether a line before a document asks for another version of YAML than 1.1.
fn is_other_version(line: &str) -> bool {
    let version = line.strip_prefix("%YAML ").map(str::trim);
    version.is_some_and(|version| version != "1.1")
}

/// What a scalar is to Terraform (`go-cty-yaml`): a mix of YAML 1.1 and 1.2.
fn resolve(scalar: &Scalar) -> Result<Meaning, String> {
    let text = scalar.text;
    let tag = match scalar.tag {
        None => None,
        Some(tag) => match tag.strip_prefix("tag:yaml.org,2002:") {
            Some(name) => Some(name),
            None => return Err(format!("`{tag}` is no tag that Terraform knows")),
        },
    };
    if text.contains(HOLE) {
        let is_text = match tag {
            None => !scalar.plain || is_text_with(text),
            Some(tag) => tag == "str",
        };
        return Ok(match is_text {
            true => Meaning::Characters,
            false => Meaning::Unknown,
        });
    }
    if tag == Some("binary") {
        return match super::encoding::from_base64(text) {
            Some(_) => Ok(Meaning::Characters),
            None => Err(format!("`{text}` is no base64")),
        };
    }
    if !scalar.plain || tag == Some("str") {
        return Ok(Meaning::Characters);
    }
    let boolean = || word(text).filter(|kind| matches!(kind, Kind::Bool(_)));
    let meaning = match tag {
        None => match word(text) {
            Some(kind) => Some(Meaning::Kind(kind)),
            None => Some(
                number(text)?
                    .or_else(|| timestamp(text))
                    .unwrap_or(Meaning::Characters),
            ),
        },
        Some("null") => Some(Meaning::Kind(Kind::Null(None))),
        Some("bool") => boolean().map(Meaning::Kind),
        Some("int" | "float") => {
            let spelt = || Number::spelt(text).map(|number| Meaning::Kind(Kind::Number(number)));
            number(text)?.or_else(spelt)
        }
        Some("timestamp") => timestamp(text),
        Some(_) => None,
    };
    meaning.ok_or_else(|| format!("`{text}` is not what its tag says"))
}

/// Whether a scalar without quotes is a string of its characters whatever stands in its holes:
/// words, numbers and times have no such character.
fn is_text_with(text: &str) -> bool {
    let is_other = |char: char| !char.is_ascii_alphanumeric() && !"+-.:_~ ".contains(char);
    text.chars().any(|char| char != HOLE && is_other(char))
}

fn word(text: &str) -> Option<Kind> {
    Some(match text {
        "" | "~" | "null" | "Null" | "NULL" => Kind::Null(None),
        "y" | "Y" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" | "true" | "True" | "TRUE" => {
            Kind::Bool(true)
        }
        "n" | "N" | "no" | "No" | "NO" | "off" | "Off" | "OFF" | "false" | "False" | "FALSE" => {
            Kind::Bool(false)
        }
        _ => return None,
    })
}

/// A number: decimal, `0x1f`, `0o17` or infinite.
///
/// # Errors
/// Where it is none at all.
fn number(text: &str) -> Result<Option<Meaning>, String> {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    match unsigned {
        ".nan" | ".NaN" | ".NAN" => return Err(format!("`{text}` is no number")),
        ".inf" | ".Inf" | ".INF" => {
            let number = Number::infinity(text.starts_with('-'));
            return Ok(Some(Meaning::Kind(Kind::Number(number))));
        }
        _ => {}
    }
    let radix = |digits: &str, radix| {
        let value = u64::from_str_radix(digits, radix).ok();
        let value = value.filter(|_| !digits.starts_with('+'))?;
        Number::parse(&value.to_string())
    };
    let number = match text.split_at_checked(2) {
        Some(("0x", digits)) => radix(digits, 16),
        Some(("0o", digits)) => radix(digits, 8),
        _ => Number::parse(text),
    };
    Ok(number.map(|number| Meaning::Kind(Kind::Number(number))))
}

/// A date, or a date and a time, which become a time as RFC 3339 writes it.
fn timestamp(text: &str) -> Option<Meaning> {
    let (date, time) = match text.find(['T', 't', ' ']) {
        Some(at) => (&text[..at], Some((text.as_bytes()[at], &text[at + 1..]))),
        None => (text, None),
    };
    let (time, zone) = match time {
        None => ("0:0:0", "Z"),
        Some((b' ', time)) => (time, "Z"),
        Some((_, time)) => time.split_at(time.find(['Z', '+', '-'])?),
    };
    let padded = |text: &str, separator: char, widths: [usize; 3]| -> Option<String> {
        let parts: Vec<&str> = text.split(separator).collect();
        let [first, second, third] = parts[..] else {
            return None;
        };
        let parts = [first, second, third].into_iter().zip(widths);
        let parts = parts.map(|(part, width)| format!("{part:0>width$}"));
        Some(parts.collect::<Vec<_>>().join(&separator.to_string()))
    };
    let seconds = time.split_once('.').map_or(time, |(seconds, _)| seconds);
    let fraction = &time[seconds.len()..];
    let year = date.split_once('-')?.0;
    if year.len() != 4 {
        return None;
    }
    let date = padded(date, '-', [4, 2, 2])?;
    let seconds = padded(seconds, ':', [2, 2, 2])?;
    let moment = Moment::parse(&format!("{date}T{seconds}{fraction}{zone}"))?;
    Some(Meaning::Text(moment.show()))
}

fn yamlencode(call: &Call) -> Outcome<Value> {
    let value = call.value(0);
    let mut writer = Writer {
        call,
        out: String::new(),
        column: 0,
        open_ended: false,
    };
    writer.root(&value)?;
    call.string(writer.out)
}

/// Writes as the emitter of Go's YAML library does, which folds long strings at column 80.
struct Writer<'a> {
    call: &'a Call<'a>,
    out: String,
    column: usize,
    /// The document needs a mark at its end.
    open_ended: bool,
}

/// Where strings are folded.
const WIDTH: usize = 80;

/// Characters that a name may have before it is written as a complex key.
const LONGEST_NAME: usize = 128;

impl Writer<'_> {
    fn root(&mut self, value: &Value) -> Outcome<()> {
        self.value(value, 0, true)?;
        self.out.push('\n');
        if self.open_ended {
            self.out.push_str("...\n");
        }
        Ok(())
    }

    fn put(&mut self, text: &str) {
        self.out.push_str(text);
        self.column += text.chars().count();
    }

    fn line(&mut self, indent: usize) {
        self.out.push('\n');
        self.out.extend(std::iter::repeat_n(' ', indent));
        self.column = indent;
    }

    /// A value behind what stands on its line already. `indent` is that of a block's lines.
    fn value(&mut self, value: &Value, indent: usize, root: bool) -> Outcome<()> {
        self.call.charge(1)?;
        self.call.mark(value.marks);
        match &value.kind {
            Kind::Null(_) => self.put("null"),
            Kind::Bool(value) => self.put(&value.to_string()),
            Kind::Number(number) => self.put(&number.to_string()),
            Kind::Text(text) => {
                let text = self.call.rendered(text)?;
                if text.contains('\n') && text.contains(['\u{2028}', '\u{2029}']) {
                    return Err(Unknown::unsupported(
                        "separators of lines and paragraphs are not written in blocks",
                        self.call.span,
                    ));
                }
                self.string(&text, if root { 2 } else { indent });
                return Ok(());
            }
            Kind::List(list) => {
                if let Some(rest) = &list.rest {
                    return Err(derived(rest.clone()));
                }
                return nested(value.span, || self.list(list, indent));
            }
            Kind::Object(object) => {
                if let Some(rest) = &object.rest {
                    return Err(derived(rest.clone()));
                }
                return nested(value.span, || self.object(object, indent));
            }
            Kind::Unknown(unknown) => return Err(derived(unknown.clone())),
        }
        self.open_ended = root;
        Ok(())
    }

    fn list(&mut self, list: &List, indent: usize) -> Outcome<()> {
        if list.items.is_empty() {
            self.put("[]");
            return Ok(());
        }
        for (at, item) in list.iter().enumerate() {
            if at > 0 {
                self.line(indent);
            }
            self.put("- ");
            self.value(&item, indent + 2, false)?;
        }
        Ok(())
    }

    fn object(&mut self, object: &Object, indent: usize) -> Outcome<()> {
        if object.members().is_empty() {
            self.put("{}");
            return Ok(());
        }
        for (at, member) in sorted_members(object).into_iter().enumerate() {
            if at > 0 {
                self.line(indent);
            }
            let name = &*member.name;
            if name.contains('\n') || name.len() > LONGEST_NAME {
                self.put("? ");
                self.string(name, indent + 2);
                self.line(indent);
            } else {
                self.quoted(name, None);
            }
            self.put(":");
            let value = member.value.get();
            // A list's dashes stand below the name, an object's names are indented.
            let inner = match &value.kind {
                Kind::List(list) if !list.items.is_empty() => {
                    self.line(indent);
                    indent
                }
                Kind::Object(object) if !object.members().is_empty() => {
                    self.line(indent + 2);
                    indent + 2
                }
                _ => {
                    self.put(" ");
                    indent + 2
                }
            };
            self.value(&value, inner, false)?;
        }
        Ok(())
    }

    fn string(&mut self, text: &str, indent: usize) {
        let lines = text.contains('\n')
            && !text.ends_with(' ')
            && !text.contains(" \n")
            && text.chars().all(is_printable);
        if lines {
            self.lines(text, indent);
        } else {
            self.quoted(text, Some(indent));
        }
    }

    /// A block of lines.
    fn lines(&mut self, text: &str, indent: usize) {
        self.put("|");
        if text.starts_with([' ', '\n']) {
            self.put("2");
        }
        if !text.ends_with('\n') {
            self.put("-");
        } else if text == "\n" || text.ends_with("\n\n") {
            self.put("+");
        }
        let body = text.strip_suffix('\n').unwrap_or(text);
        for line in body.split('\n') {
            self.line(if line.is_empty() { 0 } else { indent });
            self.put(line);
        }
    }

    /// A string between quotes, folded at blanks where it may be.
    fn quoted(&mut self, text: &str, fold: Option<usize>) {
        self.put("\"");
        let mut blank_before = false;
        // The emitter takes every character of a text with a byte order mark for one.
        let all_escaped = text.starts_with('\u{feff}');
        for (at, char) in text.char_indices() {
            let next = text[at + char.len_utf8()..].chars().next();
            let is_break = matches!(char, '\u{2028}' | '\u{2029}');
            if all_escaped || !is_printable(char) || is_break || matches!(char, '"' | '\\' | '\n') {
                self.put(&escaped(char));
                blank_before = false;
            } else if char == ' ' {
                match fold {
                    Some(indent)
                        if !blank_before && self.column > WIDTH && at > 0 && next.is_some() =>
                    {
                        self.line(indent);
                        if next == Some(' ') {
                            self.put("\\");
                        }
                    }
                    _ => self.put(" "),
                }
                blank_before = true;
            } else {
                self.put(char.encode_utf8(&mut [0; 4]));
                blank_before = false;
            }
        }
        self.put("\"");
    }
}

fn escaped(char: char) -> String {
    let mut out = String::from("\\");
    match char {
        '\0' => out.push('0'),
        '\u{7}' => out.push('a'),
        '\u{8}' => out.push('b'),
        '\t' => out.push('t'),
        '\n' => out.push('n'),
        '\u{b}' => out.push('v'),
        '\u{c}' => out.push('f'),
        '\r' => out.push('r'),
        '\u{1b}' => out.push('e'),
        '"' | '\\' => out.push(char),
        '\u{85}' => out.push('N'),
        '\u{a0}' => out.push('_'),
        '\u{2028}' => out.push('L'),
        '\u{2029}' => out.push('P'),
        _ => {
            let code = u32::from(char);
            let _ = match code {
                0..0x100 => write!(out, "x{code:02X}"),
                0x100..0x1_0000 => write!(out, "u{code:04X}"),
                _ => write!(out, "U{code:08X}"),
            };
        }
    }
    out
}

/// What the emitter writes as it is.
fn is_printable(char: char) -> bool {
    matches!(char, '\n' | ' '..='~' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}')
        && char != '\u{feff}'
}
