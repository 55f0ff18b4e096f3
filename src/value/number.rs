//! Numbers as Terraform counts: binary floats of 512 bits, printed in their shortest decimal form.

mod decimal;

use dashu_base::{BitTest, DivRem};
use dashu_int::UBig;
use decimal::Decimal;
use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};

/// A number. Integers of 64 bits are kept as such; everything else is a binary float. Terraform
/// (`cty`, over Go's `big.Float`) rounds to the nearest even mantissa of 512 bits; what comes from
/// a function that counts in machine floats has 53, and prints with fewer digits therefore.
#[derive(Clone)]
pub struct Number(Repr);

#[derive(Clone)]
enum Repr {
    Small(i64),
    /// Equal to zero, and printed with its sign.
    NegativeZero,
    /// What a division by zero gives. No JSON has it.
    Infinity {
        negative: bool,
    },
    /// In a box: most numbers are small, and every value would hold room for this one.
    Big(Box<Float>),
}

/// `mantissa * 2^exponent`. The mantissa is odd, so equal numbers are equal member by member.
#[derive(Clone)]
struct Float {
    negative: bool,
    mantissa: UBig,
    exponent: i64,
    precision: u16,
}

/// Bits of a mantissa.
const PRECISION: u16 = 512;

/// Digits that a number may have before or after the point. Terraform has no such bound below the
/// memory of the machine.
const MAX_DIGITS: i64 = 10_000;

/// The same bound in bits.
const MAX_EXPONENT: i64 = 34_000;

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

    /// A machine float, with the precision of one. Nothing for what is no number.
    pub fn from_f64(value: f64) -> Option<Number> {
        if value.is_nan() {
            return None;
        }
        if value.is_infinite() {
            return Some(Number::infinity(value < 0.0));
        }
        if value == 0.0 {
            return Some(Number::zero(value.is_sign_negative()));
        }
        let bits = value.to_bits();
        let fraction = bits & ((1 << 52) - 1);
        let (mantissa, exponent) = match (bits >> 52) & 0x7ff {
            0 => (fraction, -1074),
            biased => (fraction | 1 << 52, biased as i64 - 1075),
        };
        Number::rounded(
            value.is_sign_negative(),
            UBig::from(mantissa),
            exponent,
            false,
            53,
        )
    }

    /// The nearest machine float.
    pub fn to_f64(&self) -> f64 {
        match &self.0 {
            Repr::Small(value) => *value as f64,
            Repr::NegativeZero => -0.0,
            Repr::Infinity { negative: true } => f64::NEG_INFINITY,
            Repr::Infinity { negative: false } => f64::INFINITY,
            Repr::Big(_) => self.to_string().parse().unwrap_or(f64::NAN),
        }
    }

    /// An integer that fits.
    pub fn to_i64(&self) -> Option<i64> {
        match &self.0 {
            Repr::Small(value) => Some(*value),
            Repr::NegativeZero => Some(0),
            Repr::Infinity { .. } => None,
            Repr::Big(float) => float.to_i64(),
        }
    }

    pub fn to_usize(&self) -> Option<usize> {
        self.to_i64()?.try_into().ok()
    }

    pub fn is_integer(&self) -> bool {
        match &self.0 {
            Repr::Small(_) | Repr::NegativeZero => true,
            Repr::Infinity { .. } => false,
            Repr::Big(float) => float.exponent >= 0,
        }
    }

    pub fn is_zero(&self) -> bool {
        matches!(self.0, Repr::Small(0) | Repr::NegativeZero)
    }

    pub fn is_infinite(&self) -> bool {
        matches!(self.0, Repr::Infinity { .. })
    }

    pub fn infinity(negative: bool) -> Number {
        Number(Repr::Infinity { negative })
    }

    fn zero(negative: bool) -> Number {
        Number(match negative {
            true => Repr::NegativeZero,
            false => Repr::Small(0),
        })
    }

    /// Whether it is printed with a minus sign.
    fn has_minus(&self) -> bool {
        self.is_negative() || matches!(self.0, Repr::NegativeZero)
    }

    pub fn is_negative(&self) -> bool {
        match &self.0 {
            Repr::Small(value) => *value < 0,
            Repr::NegativeZero => false,
            Repr::Infinity { negative } => *negative,
            Repr::Big(float) => float.negative,
        }
    }

    #[must_use]
    pub fn neg(&self) -> Number {
        match &self.0 {
            Repr::Small(0) => Number(Repr::NegativeZero),
            Repr::NegativeZero => Number(Repr::Small(0)),
            Repr::Infinity { negative } => Number::infinity(!negative),
            Repr::Small(value) if *value != i64::MIN => Number(Repr::Small(-value)),
            _ => {
                let mut float = self.float();
                float.negative = !float.negative;
                Number::normal(float)
            }
        }
    }

    /// Nothing where the sum has more digits than this type holds, or of infinities is no number;
    /// so for all operations.
    pub fn add(&self, other: &Number) -> Option<Number> {
        match (&self.0, &other.0) {
            (Repr::Infinity { negative: a }, Repr::Infinity { negative: b }) => {
                return (a == b).then(|| self.clone());
            }
            (Repr::Infinity { .. }, _) => return Some(self.clone()),
            (_, Repr::Infinity { .. }) => return Some(other.clone()),
            (Repr::NegativeZero, _) => return Some(other.clone()),
            (_, Repr::NegativeZero) => return Some(self.clone()),
            _ => {}
        }
        if let (Repr::Small(a), Repr::Small(b)) = (&self.0, &other.0)
            && let Some(sum) = a.checked_add(*b)
        {
            return Some(Number(Repr::Small(sum)));
        }
        let (a, b) = (self.float(), other.float());
        let exponent = a.exponent.min(b.exponent);
        let precision = a.precision.max(b.precision);
        let left = a.mantissa << (a.exponent - exponent) as usize;
        let right = b.mantissa << (b.exponent - exponent) as usize;
        let (negative, mantissa) = if a.negative == b.negative {
            (a.negative, left + right)
        } else if left >= right {
            (a.negative, left - right)
        } else {
            (b.negative, right - left)
        };
        Number::rounded(negative, mantissa, exponent, false, precision)
    }

    pub fn sub(&self, other: &Number) -> Option<Number> {
        self.add(&other.neg())
    }

    pub fn mul(&self, other: &Number) -> Option<Number> {
        if self.is_infinite() || other.is_infinite() {
            let is_number = !self.is_zero() && !other.is_zero();
            return is_number.then(|| Number::infinity(self.has_minus() != other.has_minus()));
        }
        if self.is_zero() || other.is_zero() {
            return Some(Number::zero(self.has_minus() != other.has_minus()));
        }
        if let (Repr::Small(a), Repr::Small(b)) = (&self.0, &other.0)
            && let Some(product) = a.checked_mul(*b)
        {
            return Some(Number(Repr::Small(product)));
        }
        let (a, b) = (self.float(), other.float());
        let negative = a.negative != b.negative;
        let product = a.mantissa * b.mantissa;
        // A product keeps the digits it needs, up to the full precision.
        let needed = product.bit_len().min(PRECISION as usize) as u16;
        let precision = a.precision.max(b.precision).max(needed);
        Number::rounded(negative, product, a.exponent + b.exponent, false, precision)
    }

    /// By zero, anything but zero is infinite.
    pub fn div(&self, other: &Number) -> Option<Number> {
        let negative = self.has_minus() != other.has_minus();
        match (self.is_infinite(), other.is_infinite()) {
            (true, true) => return None,
            (true, false) => return Some(Number::infinity(negative)),
            (false, true) => return Some(Number::zero(negative)),
            (false, false) if other.is_zero() => {
                return (!self.is_zero()).then(|| Number::infinity(negative));
            }
            (false, false) => {}
        }
        if self.is_zero() {
            return Some(Number::zero(self.has_minus() != other.has_minus()));
        }
        if let (Repr::Small(a), Repr::Small(b)) = (&self.0, &other.0)
            && a.checked_rem(*b) == Some(0)
        {
            return Some(Number(Repr::Small(a / b)));
        }
        let (a, b) = (self.float(), other.float());
        Number::quotient(
            a.negative != b.negative,
            a.mantissa,
            b.mantissa,
            a.exponent - b.exponent,
            a.precision.max(b.precision),
        )
    }

    /// The remainder of a division towards zero: it has the sign of `self`. Of a division by zero,
    /// all of it remains, as Terraform has it.
    pub fn rem(&self, other: &Number) -> Option<Number> {
        if other.is_zero() {
            return Some(self.clone());
        }
        if self.is_infinite() || other.is_infinite() {
            return None;
        }
        if self.is_zero() {
            let negative = self.has_minus() && !other.is_negative();
            return Some(Number::zero(negative));
        }
        if let (Repr::Small(a), Repr::Small(b)) = (&self.0, &other.0) {
            return Some(Number(Repr::Small(a.checked_rem(*b).unwrap_or(0))));
        }
        self.sub(&other.mul(&self.div(other)?.trunc())?)
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

    /// Rounded towards zero.
    #[must_use]
    pub fn trunc(&self) -> Number {
        match &self.0 {
            Repr::Big(float) if float.exponent < 0 => {
                let mut float = Float::clone(float);
                float.mantissa >>= float.exponent.unsigned_abs() as usize;
                float.exponent = 0;
                Number::normal(float)
            }
            Repr::NegativeZero => Number::zero(false),
            _ => self.clone(),
        }
    }

    /// The greatest integer that is not greater.
    pub fn floor(&self) -> Option<Number> {
        let whole = self.trunc();
        if self.is_negative() && whole != *self {
            return whole.sub(&Number::from(1));
        }
        Some(whole)
    }

    /// The least integer that is not less.
    pub fn ceil(&self) -> Option<Number> {
        Some(self.neg().floor()?.neg().trunc())
    }

    fn float(&self) -> Float {
        match &self.0 {
            Repr::Small(value) => Float {
                negative: *value < 0,
                mantissa: UBig::from(value.unsigned_abs()),
                exponent: 0,
                precision: PRECISION,
            },
            Repr::NegativeZero => Number::zero(false).float(),
            Repr::Infinity { .. } => unreachable!("infinities are computed with apart"),
            Repr::Big(float) => Float::clone(float),
        }
    }

    fn quotient(
        negative: bool,
        numerator: UBig,
        denominator: UBig,
        exponent: i64,
        precision: u16,
    ) -> Option<Number> {
        let wanted = denominator.bit_len() + precision as usize + 2;
        let shift = wanted.saturating_sub(numerator.bit_len());
        let (quotient, remainder) = (numerator << shift).div_rem(denominator);
        let sticky = !remainder.is_zero();
        Number::rounded(
            negative,
            quotient,
            exponent - shift as i64,
            sticky,
            precision,
        )
    }

    /// Rounds to the nearest, ties to even. `sticky`: there were more bits below, not all zero.
    fn rounded(
        negative: bool,
        mut mantissa: UBig,
        mut exponent: i64,
        sticky: bool,
        precision: u16,
    ) -> Option<Number> {
        let excess = mantissa.bit_len().saturating_sub(precision as usize);
        if excess > 0 {
            let half = mantissa.bit(excess - 1);
            let below = sticky || mantissa.trailing_zeros().is_some_and(|at| at < excess - 1);
            mantissa >>= excess;
            exponent += excess as i64;
            if half && (below || mantissa.bit(0)) {
                mantissa += 1u8;
            }
        }
        let number = Number::normal(Float {
            negative,
            mantissa,
            exponent,
            precision,
        });
        match &number.0 {
            Repr::Big(float)
                if float.exponent.abs() > MAX_EXPONENT
                    || float.exponent + float.mantissa.bit_len() as i64 > MAX_EXPONENT =>
            {
                None
            }
            _ => Some(number),
        }
    }

    fn normal(mut float: Float) -> Number {
        let Some(zeros) = float.mantissa.trailing_zeros() else {
            return Number(Repr::Small(0));
        };
        float.mantissa >>= zeros;
        float.exponent += zeros as i64;
        // A large number of fewer bits is printed with fewer digits.
        let bits = float.mantissa.bit_len() as i64 + float.exponent;
        if bits <= i64::from(float.precision)
            && let Some(small) = float.to_i64()
        {
            return Number(Repr::Small(small));
        }
        Number(Repr::Big(Box::new(float)))
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

impl From<i64> for Number {
    fn from(value: i64) -> Number {
        Number(Repr::Small(value))
    }
}

impl From<i32> for Number {
    fn from(value: i32) -> Number {
        Number::from(i64::from(value))
    }
}

impl From<usize> for Number {
    fn from(value: usize) -> Number {
        i64::try_from(value).map_or_else(
            |_| {
                Number::normal(Float {
                    negative: false,
                    mantissa: UBig::from(value),
                    exponent: 0,
                    precision: PRECISION,
                })
            },
            Number::from,
        )
    }
}

impl PartialEq for Number {
    fn eq(&self, other: &Number) -> bool {
        match (&self.0, &other.0) {
            (Repr::Small(a), Repr::Small(b)) => a == b,
            _ if self.is_zero() => other.is_zero(),
            (Repr::Infinity { negative: a }, Repr::Infinity { negative: b }) => a == b,
            (Repr::Big(a), Repr::Big(b)) => {
                a.negative == b.negative && a.exponent == b.exponent && a.mantissa == b.mantissa
            }
            (Repr::Small(a), Repr::Big(b)) | (Repr::Big(b), Repr::Small(a)) => {
                b.to_i64() == Some(*a)
            }
            _ => false,
        }
    }
}

impl Eq for Number {}

impl Hash for Number {
    fn hash<H: Hasher>(&self, state: &mut H) {
        match &self.0 {
            Repr::Small(value) => value.hash(state),
            Repr::NegativeZero => 0i64.hash(state),
            Repr::Infinity { negative } => (negative, "infinity").hash(state),
            Repr::Big(float) => match float.to_i64() {
                Some(value) => value.hash(state),
                None => (float.negative, float.exponent, &float.mantissa).hash(state),
            },
        }
    }
}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Number) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Number {
    fn cmp(&self, other: &Number) -> Ordering {
        if let (Repr::Small(a), Repr::Small(b)) = (&self.0, &other.0) {
            return a.cmp(b);
        }
        let sign = |number: &Number| match number.is_zero() {
            true => 0,
            false => {
                let size = if number.is_infinite() { 2 } else { 1 };
                if number.is_negative() { -size } else { size }
            }
        };
        let (a, b) = (sign(self), sign(other));
        if a != b || a == 0 || self.is_infinite() {
            return a.cmp(&b);
        }
        let magnitude = self.float().cmp_magnitude(&other.float());
        if a < 0 {
            magnitude.reverse()
        } else {
            magnitude
        }
    }
}

impl Float {
    /// An integer that fits.
    fn to_i64(&self) -> Option<i64> {
        if !(0..64).contains(&self.exponent)
            || self.mantissa.bit_len() + self.exponent as usize > 64
        {
            return None;
        }
        let magnitude = i128::try_from(self.mantissa.clone() << self.exponent as usize).ok()?;
        let value = if self.negative { -magnitude } else { magnitude };
        value.try_into().ok()
    }

    fn cmp_magnitude(&self, other: &Float) -> Ordering {
        let top = |float: &Float| float.exponent + float.mantissa.bit_len() as i64;
        top(self).cmp(&top(other)).then_with(|| {
            let exponent = self.exponent.min(other.exponent);
            let aligned =
                |float: &Float| float.mantissa.clone() << (float.exponent - exponent) as usize;
            aligned(self).cmp(&aligned(other))
        })
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn number(text: &str) -> Number {
        Number::parse(text).unwrap_or_else(|| panic!("{text} is a number"))
    }

    #[test]
    fn prints_as_terraform_prints() {
        for (text, printed) in [
            ("0.1", "0.1"),
            ("1e3", "1000"),
            ("1.50", "1.5"),
            ("-0", "-0"),
            ("-0.25", "-0.25"),
            (".5", "0.5"),
            ("5.", "5"),
            ("1e-20", "0.00000000000000000001"),
            (
                "123456789012345678901234567890",
                "123456789012345678901234567890",
            ),
            ("9223372036854775808", "9223372036854775808"),
            ("-9223372036854775808", "-9223372036854775808"),
            (
                "1e50",
                "100000000000000000000000000000000000000000000000000",
            ),
        ] {
            assert_eq!(number(text).to_string(), printed, "{text}");
        }
    }

    #[test]
    fn counts_as_terraform_counts() {
        let sum = number("0.1").add(&number("0.2"));
        assert_eq!(sum, Some(number("0.3")));
        let third = number("1").div(&number("3")).expect("not by zero");
        assert_eq!(third.to_string(), format!("0.{}5", "3".repeat(154)));
        let third = number("2").div(&number("3")).expect("not by zero");
        assert_eq!(third.to_string(), format!("0.{}7", "6".repeat(153)));
        for (a, b, rest) in [
            ("5", "3", "2"),
            ("-5", "3", "-2"),
            ("5", "-3", "2"),
            ("5.5", "2", "1.5"),
        ] {
            assert_eq!(number(a).rem(&number(b)), Some(number(rest)), "{a} % {b}");
        }
        let infinity = number("1").div(&number("0")).expect("infinite");
        assert!(infinity > number("1e400") && infinity.neg() < number("-1e400"));
        assert_eq!(infinity.to_string(), "+Inf");
        assert_eq!(number("-1").div(&infinity).expect("zero").to_string(), "-0");
        assert_eq!(infinity.sub(&infinity), None);
        assert_eq!(infinity.mul(&number("0")), None);
        assert_eq!(number("0").div(&number("0")), None);
        assert_eq!(
            number("9223372036854775807").add(&number("1")),
            Some(number("9223372036854775808"))
        );
        assert_eq!(number("-1.5").floor(), Some(number("-2")));
        assert_eq!(number("-1.5").ceil(), Some(number("-1")));
        assert!(number("-1.5") < number("-1") && number("2") > number("1.999"));
    }

    #[test]
    fn digits_are_cut_from_all_that_there_are() {
        for (text, places, fixed, scientific) in [
            ("0", 2, "0.00", "0.00e+00"),
            ("-0", 0, "-0", "-0e+00"),
            ("99.55", 1, "99.6", "1.0e+02"),
            ("0.05", 1, "0.1", "5.0e-02"),
            ("0.5", 0, "0", "5e-01"),
            ("1.5", 0, "2", "2e+00"),
            ("0.0049", 2, "0.00", "4.90e-03"),
            ("-1234.5", 3, "-1234.500", "-1.234e+03"),
            ("9.999", 2, "10.00", "1.00e+01"),
            ("1e20", 1, "100000000000000000000.0", "1.0e+20"),
        ] {
            assert_eq!(number(text).to_fixed(places), fixed, "{text}");
            assert_eq!(number(text).to_scientific(places), scientific, "{text}");
        }
    }

    #[test]
    fn machine_floats_print_with_their_own_precision() {
        let root = Number::from_f64(2f64.sqrt()).expect("finite");
        assert_eq!(root.to_string(), "1.4142135623730951");
        assert_eq!(root.to_f64(), 2f64.sqrt());
        let large = Number::from_f64(410_055_393_024_786_112.0).expect("finite");
        assert_eq!(large.to_string(), "410055393024786100");
        assert_eq!(large.to_i64(), Some(410_055_393_024_786_112));
        assert!(large == Number::from(410_055_393_024_786_112_i64));
    }

    #[test]
    fn what_is_no_number_and_what_would_fill_memory_is_refused() {
        for text in [
            "",
            "-",
            ".",
            "1e",
            "e1",
            "0x10",
            "1_000",
            "1e1000000000",
            "1e-99999999999999999999",
            "٣",
        ] {
            assert_eq!(Number::parse(text), None, "{text}");
        }
        let mut square = number("1e9000");
        for _ in 0..3 {
            let Some(next) = square.mul(&square) else {
                return;
            };
            square = next;
        }
        panic!("it has {} digits", square.to_string().len());
    }

    proptest! {
        #[test]
        fn printed_and_read_again_is_the_same(mantissa: i64, exponent in -60i32..60, divisor in 1i64..1000) {
            let parsed = number(&format!("{mantissa}e{exponent}"));
            let quotient = parsed.div(&Number::from(divisor)).expect("not by zero");
            for value in [parsed, quotient] {
                prop_assert_eq!(number(&value.to_string()), value);
            }
        }

        #[test]
        fn never_panics(text in "[-+0-9.eE]{0,12}") {
            if let Some(value) = Number::parse(&text) {
                let _ = value.to_string();
            }
        }

        #[test]
        fn orders_as_machine_floats_do(a: f32, b: f32) {
            if let (Some(x), Some(y)) = (Number::from_f64(a.into()), Number::from_f64(b.into())) {
                prop_assert_eq!(x.partial_cmp(&y), a.partial_cmp(&b));
            }
        }
    }
}
