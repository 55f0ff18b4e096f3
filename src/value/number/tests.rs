//! Numbers as Terraform prints and counts them, and what is refused.

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
