//! Counting with numbers, as Terraform rounds.

use super::*;

impl Number {
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
}
