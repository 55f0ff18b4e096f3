//! Numbers as Terraform counts: binary floats of 512 bits, printed in their shortest decimal form.

use std::fmt;

/// A number. Placeholder representation until the full one lands in this file.
#[derive(Clone, Debug, PartialEq, PartialOrd)]
pub struct Number(f64);

impl Number {
    /// Reads a decimal number with optional fraction and exponent.
    pub fn parse(text: &str) -> Option<Number> {
        text.parse().ok().map(Number)
    }

    pub fn to_i64(&self) -> Option<i64> {
        (self.0.fract() == 0.0 && self.0.abs() < 9e15).then_some(self.0 as i64)
    }
}

impl From<i64> for Number {
    fn from(value: i64) -> Number {
        Number(value as f64)
    }
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
