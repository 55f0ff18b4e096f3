//! Arithmetic functions.

use super::*;

pub(super) const FUNCTIONS: &[Function] = &[
    function("abs", 1..=1, |call| {
        let number = call.number(0)?;
        Ok(call.of_number(match number.is_negative() {
            true => number.neg(),
            false if number.is_zero() => Number::from(0),
            false => number,
        }))
    })
    .gives(Gives::Number),
    function("ceil", 1..=1, |call| whole(call, Number::ceil)).gives(Gives::Number),
    function("floor", 1..=1, |call| whole(call, Number::floor)).gives(Gives::Number),
    function("log", 2..=2, log).gives(Gives::Number),
    function("max", 1..=ANY, |call| extreme(call, |a, b| a > b)).gives(Gives::Number),
    function("min", 1..=ANY, |call| extreme(call, |a, b| a < b)).gives(Gives::Number),
    function("parseint", 2..=2, parseint).gives(Gives::Number),
    function("pow", 2..=2, pow).gives(Gives::Number),
    function("signum", 1..=1, |call| {
        let number = call.number(0)?;
        if number.to_i64().is_none() {
            return Err(call.invalid(0, format!("a whole number is needed, not {number}")));
        }
        let sign = match number.is_negative() {
            true => -1,
            false if number.is_zero() => 0,
            false => 1,
        };
        Ok(call.of_number(Number::from(sign)))
    })
    .gives(Gives::Number),
];

fn too_large(call: &Call) -> Unknown {
    Unknown::limit("the result has too many digits", call.span)
}

fn whole(call: &Call, round: fn(&Number) -> Option<Number>) -> Outcome<Value> {
    round(&call.number(0)?)
        .map(|number| call.of_number(number))
        .ok_or_else(|| too_large(call))
}

fn extreme(call: &Call, better: fn(&Number, &Number) -> bool) -> Outcome<Value> {
    let mut best = call.number(0)?;
    for at in 1..call.len() {
        let number = call.number(at)?;
        if better(&number, &best) {
            best = number;
        }
    }
    Ok(call.of_number(best))
}

/// Terraform computes both of these with machine floats.
fn log(call: &Call) -> Outcome<Value> {
    let (number, base) = (call.number(0)?.to_f64(), call.number(1)?.to_f64());
    machine_float(call, natural_log(number) / natural_log(base))
}

/// As Go's `math.Log` has it, whose last digits are not those of other libraries: with `z = f / (2 +
/// f)`, the logarithm of `1 + f` is the series `2z + 2z³/3 + 2z⁵/5 + …`, of which the seven
/// coefficients are those that come nearest.
fn natural_log(number: f64) -> f64 {
    const LN_2: (f64, f64) = (
        f64::from_bits(0x3fe6_2e42_fee0_0000),
        f64::from_bits(0x3dea_39ef_3579_3c76),
    );
    const COEFFICIENTS: [u64; 7] = [
        0x3fe5_5555_5555_5593,
        0x3fd9_9999_9997_fa04,
        0x3fd2_4924_9422_9359,
        0x3fcc_71c5_1d8e_78af,
        0x3fc7_4664_96cb_03de,
        0x3fc3_9a09_d078_c69f,
        0x3fc2_f112_df3e_5244,
    ];
    if !number.is_normal() || number <= 0.0 {
        return number.ln();
    }
    let (mut fraction, mut power) = split(number);
    if fraction < std::f64::consts::FRAC_1_SQRT_2 {
        fraction *= 2.0;
        power -= 1;
    }
    let f = fraction - 1.0;
    let z = f / (2.0 + f);
    let z2 = z * z;
    let z4 = z2 * z2;
    let [c1, c2, c3, c4, c5, c6, c7] = COEFFICIENTS.map(f64::from_bits);
    let odd = z2 * (c1 + z4 * (c3 + z4 * (c5 + z4 * c7)));
    let even = z4 * (c2 + z4 * (c4 + z4 * c6));
    let half_square = 0.5 * f * f;
    let rest = z * (half_square + (odd + even)) + power as f64 * LN_2.1;
    power as f64 * LN_2.0 - ((half_square - rest) - f)
}

fn pow(call: &Call) -> Outcome<Value> {
    let (number, power) = (call.number(0)?.to_f64(), call.number(1)?.to_f64());
    machine_float(call, power_of(number, power))
}

/// As Go's `math.Pow` has it, which multiplies squares for a whole power: its last digits are not
/// those of other libraries.
fn power_of(number: f64, power: f64) -> f64 {
    if power == -0.5 && number.is_normal() {
        return 1.0 / number.sqrt();
    }
    let is_usual = number.is_normal() && number != 1.0 && power.abs() < 1e18;
    if !is_usual || number < 0.0 && power.fract() != 0.0 || power == 0.5 {
        return number.powf(power);
    }
    let (mut result, mut exponent) = (1.0, 0_i64);
    let (mut square, mut square_exponent) = split(number);
    let (mut whole, mut fraction) = (power.abs().trunc(), power.abs().fract());
    if fraction != 0.0 {
        if fraction > 0.5 {
            fraction -= 1.0;
            whole += 1.0;
        }
        let root = number.sqrt();
        result = match fraction == 0.5 && root.fract() == 0.0 {
            true => root,
            false => exponential(fraction * natural_log(number)),
        };
    }
    let mut left = whole as u64;
    while left != 0 {
        if square_exponent.abs() > 1 << 12 {
            exponent += square_exponent;
            break;
        }
        if left & 1 == 1 {
            result *= square;
            exponent += square_exponent;
        }
        square *= square;
        square_exponent *= 2;
        if square < 0.5 {
            square += square;
            square_exponent -= 1;
        }
        left >>= 1;
    }
    if power < 0.0 {
        result = 1.0 / result;
        exponent = -exponent;
    }
    scaled(result, exponent)
}

/// As Go's `math.Exp` has it on most machines: of a sixteenth of what is left below a power of two,
/// the series up to its eighth term, squared four times.
fn exponential(power: f64) -> f64 {
    const LN_2: (f64, f64) = (
        f64::from_bits(0x3fe6_2e42_fefa_3000),
        f64::from_bits(0x3d53_de6a_f278_ece6),
    );
    if power.is_nan() || power.abs() > 700.0 {
        return power.exp();
    }
    let twos = (power * std::f64::consts::LOG2_E).round_ties_even();
    let rest = (-twos).mul_add(LN_2.1, (-twos).mul_add(LN_2.0, power)) / 16.0;
    let factorials = [40_320.0, 5040.0, 720.0, 120.0, 24.0, 6.0, 2.0, 1.0];
    let series = factorials.into_iter().map(f64::recip);
    let series = series.reduce(|sum, term| sum.mul_add(rest, term));
    // Less one, to keep the digits of what is near to it.
    let mut less_one = rest * series.unwrap_or(1.0);
    for _ in 0..3 {
        less_one *= less_one + 2.0;
    }
    let result = less_one.mul_add(less_one + 2.0, 1.0);
    scaled(result, twos as i64)
}

/// A number between a half and one, and the power of two that makes it a normal number again.
fn split(number: f64) -> (f64, i64) {
    const BIAS: i64 = 1022;
    let bits = number.to_bits();
    let exponent = (bits >> 52 & 0x7ff) as i64 - BIAS;
    let fraction = f64::from_bits(bits & !(0x7ff << 52) | (BIAS as u64) << 52);
    (fraction, exponent)
}

/// The number times a power of two, in steps that are exact.
fn scaled(number: f64, exponent: i64) -> f64 {
    let exponent = exponent.clamp(-4000, 4000) as i32;
    let step = exponent / 4;
    let by = |exponent: i32| 2_f64.powi(exponent);
    number * by(step) * by(step) * by(step) * by(exponent - 3 * step)
}

fn machine_float(call: &Call, value: f64) -> Outcome<Value> {
    match Number::from_f64(value) {
        Some(number) => Ok(call.of_number(number)),
        None => Err(Unknown::invalid("the result is no number", call.span)),
    }
}

fn parseint(call: &Call) -> Outcome<Value> {
    if !matches!(call.value(0).kind, Kind::Text(_) | Kind::Unknown(_)) {
        return Err(call.invalid(0, "a string is needed"));
    }
    let text = call.chars(0)?;
    let base = call.integer(1)?;
    if !(2..=62).contains(&base) {
        return Err(call.invalid(1, "the base lies between 2 and 62"));
    }
    let (negative, digits) = match text.strip_prefix(['-', '+']) {
        Some(digits) => (text.starts_with('-'), digits),
        None => (false, &text[..]),
    };
    let fault = || call.invalid(0, format!("a whole number in base {base} is needed"));
    if digits.is_empty() {
        return Err(fault());
    }
    // Below base 37 letter case means nothing, above it capitals follow the small letters.
    let value = |digit: u8| -> Option<i64> {
        Some(match digit {
            b'0'..=b'9' => i64::from(digit - b'0'),
            b'a'..=b'z' => i64::from(digit - b'a') + 10,
            b'A'..=b'Z' if base <= 36 => i64::from(digit - b'A') + 10,
            b'A'..=b'Z' => i64::from(digit - b'A') + 36,
            _ => return None,
        })
        .filter(|&value| value < base)
    };
    let mut total = Number::from(0);
    for digit in digits.bytes() {
        let digit = value(digit).ok_or_else(fault)?;
        total = total
            .mul(&Number::from(base))
            .and_then(|total| total.add(&Number::from(digit)))
            .ok_or_else(|| too_large(call))?;
    }
    let minus = negative && !total.is_zero();
    Ok(call.of_number(if minus { total.neg() } else { total }))
}
