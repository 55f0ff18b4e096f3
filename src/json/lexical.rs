//! The bytes of JSON: what ends a run of plain characters, and what an escape stands for.

use std::borrow::Cow;

/// Whether the byte can be part of a number or of `true`, `false` and `null`.
pub(super) fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'+' | b'.' | b'_')
}

/// The four blanks of JSON.
pub(super) fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\n' | b'\r' | b'\t')
}

/// The first byte from `at` on that is not blank, or the end.
pub(super) fn skip_blanks(bytes: &[u8], mut at: usize) -> usize {
    while at < bytes.len() && is_blank(bytes[at]) {
        at += 1;
    }
    at
}

/// The end of the run of token bytes that starts at `at`.
pub(super) fn skip_token(bytes: &[u8], mut at: usize) -> usize {
    while at < bytes.len() && is_token(bytes[at]) {
        at += 1;
    }
    at
}

/// The first quote, backslash or control character from `at` on.
pub(super) fn find_in_string(bytes: &[u8], at: usize) -> Option<usize> {
    find(
        bytes,
        at,
        |word| equal(word, b'"') | equal(word, b'\\') | below_blank(word),
        |byte| matches!(byte, b'"' | b'\\' | 0..0x20),
    )
}

/// The first quote or backslash from `at` on.
pub(super) fn find_quote(bytes: &[u8], at: usize) -> Option<usize> {
    find(
        bytes,
        at,
        |word| equal(word, b'"') | equal(word, b'\\'),
        |byte| matches!(byte, b'"' | b'\\'),
    )
}

/// Looks at eight bytes at once. `hits` sets the high bit of each byte that matches; bits above
/// the first match may be wrong, since a subtraction borrows.
#[inline(always)]
fn find(
    bytes: &[u8],
    mut at: usize,
    hits: impl Fn(u64) -> u64,
    hit: impl Fn(u8) -> bool,
) -> Option<usize> {
    while let Some(word) = bytes.get(at..).and_then(|rest| rest.first_chunk::<8>()) {
        let hits = hits(u64::from_le_bytes(*word));
        if hits != 0 {
            return Some(at + hits.trailing_zeros() as usize / 8);
        }
        at += 8;
    }
    let rest = bytes.get(at..)?;
    rest.iter()
        .position(|&byte| hit(byte))
        .map(|found| at + found)
}

const fn repeat(byte: u8) -> u64 {
    u64::from_le_bytes([byte; 8])
}

#[inline(always)]
fn equal(word: u64, byte: u8) -> u64 {
    let difference = word ^ repeat(byte);
    difference.wrapping_sub(repeat(1)) & !difference & repeat(0x80)
}

#[inline(always)]
fn below_blank(word: u64) -> u64 {
    word.wrapping_sub(repeat(0x20)) & !word & repeat(0x80)
}

/// What the backslash at the start of `bytes` stands for, and how many bytes it takes. A half of
/// a surrogate pair alone is U+FFFD, as Go's decoder has it.
///
/// # Errors
/// The place of the first byte that no escape has there, counted from the backslash.
pub(super) fn escape(bytes: &[u8]) -> Result<(char, usize), usize> {
    let single = match bytes.get(1) {
        Some(byte @ (b'"' | b'\\' | b'/')) => *byte as char,
        Some(b'b') => '\u{8}',
        Some(b'f') => '\u{c}',
        Some(b'n') => '\n',
        Some(b'r') => '\r',
        Some(b't') => '\t',
        Some(b'u') => {
            let first = hex(bytes)?;
            if let Some(scalar) = char::from_u32(first) {
                return Ok((scalar, 6));
            }
            if let (0xd800..0xdc00, Ok(second @ 0xdc00..0xe000)) = (first, hex(&bytes[6..])) {
                let pair = 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00);
                return Ok((char::from_u32(pair).unwrap_or('\u{fffd}'), 12));
            }
            return Ok(('\u{fffd}', 6));
        }
        _ => return Err(1),
    };
    Ok((single, 2))
}

/// The code unit of a `\uXXXX`.
fn hex(bytes: &[u8]) -> Result<u32, usize> {
    if !bytes.starts_with(b"\\u") {
        return Err(0);
    }
    let mut unit = 0;
    for at in 2..6 {
        let digit = bytes.get(at).and_then(|&byte| (byte as char).to_digit(16));
        unit = unit * 16 + digit.ok_or(at)?;
    }
    Ok(unit)
}

/// The characters of a string's inside whose escapes were checked.
pub(super) fn unescape(inside: &str) -> Cow<'_, str> {
    let bytes = inside.as_bytes();
    let mut from = 0;
    let mut out = String::new();
    while let Some(found) = memchr::memchr(b'\\', &bytes[from..]) {
        let at = from + found;
        out.push_str(&inside[from..at]);
        let (scalar, length) = escape(&bytes[at..]).unwrap_or(('\u{fffd}', 1));
        out.push(scalar);
        from = at + length;
    }
    if from == 0 {
        return Cow::Borrowed(inside);
    }
    out.push_str(&inside[from..]);
    Cow::Owned(out)
}
