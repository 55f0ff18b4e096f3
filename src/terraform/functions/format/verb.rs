//! The verbs of Go's `fmt`: how they are spelt, and how each writes a value.

use crate::value::Number;

/// One verb of a format string: `%-5.2f`, `%[2]s`.
#[derive(Default)]
pub struct Verb {
    pub letter: char,
    plus: bool,
    minus: bool,
    space: bool,
    zero: bool,
    pub sharp: bool,
    pub width: Option<usize>,
    pub precision: Option<usize>,
    pub index: Option<usize>,
}

/// The widest field that is made.
const MAX_WIDTH: usize = 10_000;

impl Verb {
    /// Reads what follows a percent sign; its length in bytes beside it.
    pub fn parse(text: &str) -> Option<(Verb, usize)> {
        let mut verb = Verb::default();
        let bytes = text.as_bytes();
        let mut at = 0;
        let number = |at: &mut usize| {
            let from = *at;
            while bytes.get(*at).is_some_and(u8::is_ascii_digit) {
                *at += 1;
            }
            let digits = &text[from..*at];
            (!digits.is_empty()).then(|| digits.parse().unwrap_or(usize::MAX))
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
        verb.width = number(&mut at);
        if bytes.get(at) == Some(&b'.') {
            at += 1;
            verb.precision = Some(number(&mut at).unwrap_or(0));
        }
        if bytes.get(at) == Some(&b'[') {
            at += 1;
            verb.index = Some(number(&mut at)?);
            if bytes.get(at) != Some(&b']') {
                return None;
            }
            at += 1;
        }
        verb.letter = text[at..].chars().next()?;
        at += verb.letter.len_utf8();
        Some((verb, at))
    }

    /// Whether Terraform would make a longer text of it than ecslint is willing to.
    pub fn is_too_wide(&self) -> bool {
        self.width.max(self.precision) > Some(MAX_WIDTH)
    }

    pub fn is_plain(&self) -> bool {
        self.width.is_none() && self.precision.is_none() && !self.sharp
    }

    /// A whole number with at least as many digits as the precision asks for.
    pub fn at_least(&self, text: String) -> String {
        let (sign, digits) = match text.strip_prefix('-') {
            Some(digits) if digits != "0" => ("-", digits),
            Some(digits) => ("", digits),
            None => ("", &text[..]),
        };
        format!(
            "{sign}{digits:0>width$}",
            width = self.precision.unwrap_or(0)
        )
    }

    /// A whole number in base 2, 8 or 16.
    pub fn in_base(&self, number: i64) -> String {
        let (minus, size) = (if number < 0 { "-" } else { "" }, number.unsigned_abs());
        let (prefix, digits) = match self.letter {
            'b' => ("0b", format!("{size:b}")),
            'o' => ("0", format!("{size:o}")),
            'x' => ("0x", format!("{size:x}")),
            _ => ("0X", format!("{size:X}")),
        };
        let prefix = if self.sharp { prefix } else { "" };
        format!("{minus}{prefix}{digits}")
    }

    /// `%g` of a number.
    pub fn in_general(&self, number: &Number) -> String {
        match self.precision {
            None => general(number),
            Some(precision) => significant(number, precision.max(1)),
        }
    }

    /// A number with its sign, in a field of its width.
    pub fn number(&self, text: String) -> String {
        self.fill(self.with_sign(text), true)
    }

    /// A text in a field of its width.
    pub fn pad(&self, text: String) -> String {
        self.fill(text, false)
    }

    fn with_sign(&self, text: String) -> String {
        match (text.starts_with('-'), self.plus, self.space) {
            (false, false, true) if text == "+Inf" => " Inf".to_owned(),
            // An infinity has its sign already.
            _ if text.starts_with('+') => text,
            (false, true, _) => format!("+{text}"),
            (false, false, true) => format!(" {text}"),
            _ => text,
        }
    }

    fn fill(&self, text: String, numeric: bool) -> String {
        let Some(width) = self.width else {
            return text;
        };
        let missing = width.saturating_sub(text.chars().count());
        // Zeros do not fill up to an infinity.
        let zero = self.zero && !(numeric && text.ends_with("Inf"));
        if self.minus {
            text + &" ".repeat(missing)
        } else if zero && numeric && !(self.letter == 'd' && self.precision.is_some()) {
            let (sign, digits) = match text.strip_prefix(['+', '-', ' ']) {
                Some(digits) => (&text[..1], digits),
                None => ("", &text[..]),
            };
            format!("{sign}{}{digits}", "0".repeat(missing))
        } else if zero {
            "0".repeat(missing) + &text
        } else {
            " ".repeat(missing) + &text
        }
    }
}

/// Go's `%g` of a big float: an exponent below 10^-4 and from 10^6 on.
pub fn general(number: &Number) -> String {
    let plain = number.to_string();
    if number.is_infinite() {
        return plain;
    }
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

/// Go's `%g` of so many significant digits.
fn significant(number: &Number, digits: usize) -> String {
    if number.is_infinite() {
        return number.to_string();
    }
    let text = number.to_scientific(digits - 1);
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "+00"));
    let power: i64 = exponent.parse().unwrap_or(0);
    let shorten = |text: &str| match text.contains('.') {
        true => text.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => text.to_owned(),
    };
    if (-4..digits as i64).contains(&power) {
        let places = (digits as i64 - 1 - power).max(0) as usize;
        return shorten(&number.to_fixed(places));
    }
    format!("{}e{exponent}", shorten(mantissa))
}

/// A JSON string, as `%q` writes it.
pub fn quoted(text: &str) -> String {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_can_be_too_wide() {
        for (text, is_too_wide) in [
            ("d", false),
            ("10000d", false),
            ("10001d", true),
            (".10001f", true),
            ("99999999999999999999s", true),
        ] {
            let (verb, length) = Verb::parse(text).expect(text);
            assert_eq!((verb.is_too_wide(), length), (is_too_wide, text.len()));
        }
    }
}
