//! Decimal digits of a binary number, and the fewest that tell it from all others.

use dashu_base::BitTest;
use dashu_int::UBig;

/// Digits with the place of the point: `0.digits * 10^point`.
pub struct Decimal {
    pub digits: Vec<u8>,
    pub point: i64,
}

impl Decimal {
    /// All digits of `mantissa * 2^exponent`.
    pub fn new(mantissa: &UBig, exponent: i64) -> Decimal {
        let (whole, point) = if exponent >= 0 {
            (mantissa.clone() << exponent as usize, 0)
        } else {
            let scale = UBig::from(5u8).pow(exponent.unsigned_abs() as usize);
            (mantissa * scale, exponent)
        };
        let mut digits = whole.to_string().into_bytes();
        if whole.is_zero() {
            digits.clear();
        }
        let mut decimal = Decimal {
            point: point + digits.len() as i64,
            digits,
        };
        decimal.trim();
        decimal
    }

    fn trim(&mut self) {
        while self.digits.last() == Some(&b'0') {
            self.digits.pop();
        }
    }

    pub fn round_down(&mut self, length: usize) {
        self.digits.truncate(length);
        self.trim();
    }

    pub fn round_up(&mut self, length: usize) {
        self.digits.truncate(length);
        while let Some(last) = self.digits.last_mut() {
            if *last < b'9' {
                *last += 1;
                return;
            }
            self.digits.pop();
        }
        self.digits.push(b'1');
        self.point += 1;
    }

    pub fn round(&mut self, length: usize) {
        let up = match self.digits.get(length) {
            None => return,
            Some(b'5') if length + 1 == self.digits.len() => {
                length > 0 && (self.digits[length - 1] - b'0') % 2 == 1
            }
            Some(digit) => *digit >= b'5',
        };
        if up {
            self.round_up(length);
        } else {
            self.round_down(length);
        }
    }

    /// The fewest digits that no other number of this precision is nearer to, as Go's
    /// `big.Float.Text('f', -1)` finds them.
    pub fn shortest(mantissa: &UBig, exponent: i64, precision: u16) -> Decimal {
        let mut exact = Decimal::new(mantissa, exponent);
        let width = precision as usize + 1;
        let Some(shift) = width.checked_sub(mantissa.bit_len()) else {
            return exact;
        };
        // The lowest bit is half a unit in the last place.
        let mantissa = mantissa.clone() << shift;
        let exponent = exponent - shift as i64;
        let inclusive = !mantissa.bit(1);
        let lower = Decimal::new(&(mantissa.clone() - 1u8), exponent);
        let upper = Decimal::new(&(mantissa + 1u8), exponent);
        let digit = |decimal: &Decimal, at: usize| decimal.digits.get(at).copied().unwrap_or(b'0');
        for at in 0..exact.digits.len() {
            let (low, own, high) = (digit(&lower, at), exact.digits[at], digit(&upper, at));
            let down = low != own || inclusive && at + 1 == lower.digits.len();
            let up = own != high && (inclusive || own + 1 < high || at + 1 < upper.digits.len());
            match (down, up) {
                (true, true) => exact.round(at + 1),
                (true, false) => exact.round_down(at + 1),
                (false, true) => exact.round_up(at + 1),
                (false, false) => continue,
            }
            break;
        }
        exact
    }
}
