//! Numbers as Terraform counts: binary floats of 512 bits, printed in their shortest decimal form.

mod arithmetic;
mod decimal;
mod spelling;

use dashu_base::{BitTest, DivRem};
use dashu_int::UBig;
use std::cmp::Ordering;
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

#[cfg(test)]
mod tests;
