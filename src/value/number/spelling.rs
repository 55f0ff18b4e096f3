//! Numbers as text: what may be read, and how they are printed.

use super::decimal::Decimal;
use super::*;
use std::fmt;

impl Number {
    /// Reads what a string may spell (Go's `big.ParseFloat` in base 10): a decimal number, one with
    /// a power of two as in `1p4`, or an infinity. Nothing for other text and beyond ten thousand
    /// digits.
    pub fn spelt(text: &str) -> Option<Number> {
        match text.strip_prefix(['+', '-']).unwrap_or(text) {
            "inf" | "Inf" => Some(Number::infinity(text.starts_with('-'))),
            _ => match text.split_once(['p', 'P']) {
                Some((digits, _)) if digits.contains(['e', 'E']) => None,
                Some((digits, power)) => Number::scaled(digits, parse_exponent(power)?),
                None => Number::parse(text),
            },
        }
    }

    /// Reads a decimal number with optional sign, fraction and exponent. Nothing for other text
    /// and beyond ten thousand digits.
    pub fn parse(text: &str) -> Option<Number> {
        Number::scaled(text, 0)
    }

    /// Reads a decimal number and multiplies it with a power of two.
    fn scaled(text: &str, power: i64) -> Option<Number> {
        let (negative, digits) = match text.as_bytes().first()? {
            b'-' => (true, &text[1..]),
            b'+' => (false, &text[1..]),
            _ => (false, text),
        };
        let (digits, exponent) = match digits.split_once(['e', 'E']) {
            Some((digits, exponent)) => (digits, parse_exponent(exponent)?),
            None => (digits, 0),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        if whole.is_empty() && fraction.is_empty() {
            return None;
        }
        if !whole
            .bytes()
            .chain(fraction.bytes())
            .all(|byte| byte.is_ascii_digit())
        {
            return None;
        }
        if digits.len() as i64 > MAX_DIGITS {
            return None;
        }
        let fraction = fraction.trim_end_matches('0');
        if fraction.is_empty()
            && exponent == 0
            && power == 0
            && let Ok(small) = whole.parse::<i64>()
        {
            let small = Number::from(small);
            return Some(if negative { small.neg() } else { small });
        }
        let joined = format!("{whole}{fraction}");
        let mantissa = UBig::from_str_radix(&joined, 10).ok()?;
        if mantissa.is_zero() {
            return Some(Number::zero(negative));
        }
        let exponent = exponent.checked_sub(fraction.len() as i64)?;
        if exponent.abs() > MAX_DIGITS || power.checked_abs()? > MAX_EXPONENT {
            return None;
        }
        let scale = UBig::from(5u8).pow(exponent.unsigned_abs() as usize);
        if exponent >= 0 {
            Number::rounded(
                negative,
                mantissa * scale,
                exponent + power,
                false,
                PRECISION,
            )
        } else {
            Number::quotient(negative, mantissa, scale, exponent + power, PRECISION)
        }
    }

    /// With so many digits behind the point, rounded from all that there are.
    pub fn to_fixed(&self, places: usize) -> String {
        if self.is_infinite() {
            return self.to_string();
        }
        let mut decimal = self.decimal();
        let kept = decimal.point + places as i64;
        match usize::try_from(kept) {
            Ok(kept) => decimal.round(kept),
            Err(_) => decimal.digits.clear(),
        }
        let digit = |at: i64| match usize::try_from(at) {
            Ok(at) => char::from(decimal.digits.get(at).copied().unwrap_or(b'0')),
            Err(_) => '0',
        };
        let whole = decimal.point.max(1);
        let start = decimal.point - whole;
        let mut out: String = (start..start + whole).map(digit).collect();
        if places > 0 {
            out.push('.');
            out.extend((start + whole..start + whole + places as i64).map(digit));
        }
        self.with_sign(out)
    }

    /// With one digit before the point and so many behind it: `1.5e+03`, as Go writes it.
    pub fn to_scientific(&self, places: usize) -> String {
        if self.is_infinite() {
            return self.to_string();
        }
        let mut decimal = self.decimal();
        decimal.round(places + 1);
        let exponent = match decimal.digits.is_empty() {
            true => 0,
            false => decimal.point - 1,
        };
        let digit = |at: usize| char::from(decimal.digits.get(at).copied().unwrap_or(b'0'));
        let mut out = String::from(digit(0));
        if places > 0 {
            out.push('.');
            out.extend((1..=places).map(digit));
        }
        let sign = if exponent < 0 { '-' } else { '+' };
        self.with_sign(format!("{out}e{sign}{:0>2}", exponent.unsigned_abs()))
    }

    fn with_sign(&self, digits: String) -> String {
        match self.has_minus() {
            true => format!("-{digits}"),
            false => digits,
        }
    }

    fn decimal(&self) -> Decimal {
        let float = self.float();
        Decimal::new(&float.mantissa, float.exponent)
    }
}

fn parse_exponent(text: &str) -> Option<i64> {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let magnitude: i64 = digits.parse().ok()?;
    Some(if text.starts_with('-') {
        -magnitude
    } else {
        magnitude
    })
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let float = match &self.0 {
            Repr::Small(value) => return value.fmt(f),
            Repr::NegativeZero => return f.write_str("-0"),
            Repr::Infinity { negative: true } => return f.write_str("-Inf"),
            Repr::Infinity { negative: false } => return f.write_str("+Inf"),
            Repr::Big(float) => float,
        };
        let Decimal { digits, point } =
            Decimal::shortest(&float.mantissa, float.exponent, float.precision);
        let digits = std::str::from_utf8(&digits).expect("digits are ASCII");
        if float.negative {
            f.write_str("-")?;
        }
        let length = digits.len() as i64;
        if point <= 0 {
            write!(
                f,
                "0.{:0>width$}{digits}",
                "",
                width = point.unsigned_abs() as usize
            )
        } else if point >= length {
            write!(
                f,
                "{digits}{:0>width$}",
                "",
                width = (point - length) as usize
            )
        } else {
            let (whole, fraction) = digits.split_at(point as usize);
            write!(f, "{whole}.{fraction}")
        }
    }
}

impl fmt::Debug for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
