//! Functions over times, which are strings as RFC 3339 writes them.

use super::*;
use jiff::SignedDuration;
use jiff::civil::DateTime;
use jiff::tz::Offset;
use std::fmt::Write;

pub(super) const FUNCTIONS: &[Function] = &[
    function("formatdate", 2..=2, formatdate),
    function("timeadd", 2..=2, timeadd),
    function("timecmp", 2..=2, timecmp),
];

/// A time as it was written, in its own zone.
pub(super) struct Moment {
    local: DateTime,
    offset: Offset,
}

impl Moment {
    /// `2018-01-02T23:12:01.5-08:00`, exactly.
    pub(super) fn parse(text: &str) -> Option<Moment> {
        Moment::read(text, false)
    }

    /// As Go reads it where nobody looks more closely: also with a comma, and with zones as far as
    /// 24 hours away.
    fn read(text: &str, is_lenient: bool) -> Option<Moment> {
        let (date, rest) = text.split_at_checked(19)?;
        let bytes = date.as_bytes();
        let marks = [(4, b'-'), (7, b'-'), (10, b'T'), (13, b':'), (16, b':')];
        if marks.iter().any(|&(at, mark)| bytes[at] != mark) {
            return None;
        }
        let digits = |text: &str| -> Option<i16> {
            let well_formed = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
            text.parse().ok().filter(|_| well_formed)
        };
        let field = |at: usize| digits(date.get(at..at + 2)?).map(|field| field as i8);
        let comma = || rest.strip_prefix(',').filter(|_| is_lenient);
        let (fraction, zone) = match rest.strip_prefix('.').or_else(comma) {
            Some(rest) => rest.split_at(rest.find(|char: char| !char.is_ascii_digit())?),
            None => ("0", rest),
        };
        let nanoseconds: i32 = format!("{fraction:0<9}").get(..9)?.parse().ok()?;
        if fraction.is_empty() {
            return None;
        }
        let seconds = match zone.as_bytes() {
            b"Z" => 0,
            [sign @ (b'+' | b'-'), _, _, b':', _, _] => {
                let (hours, minutes) = (digits(zone.get(1..3)?)?, digits(zone.get(4..6)?)?);
                if (hours > 23 || minutes > 59) && !(is_lenient && hours <= 24 && minutes <= 60) {
                    return None;
                }
                let seconds = i32::from(hours) * 3600 + i32::from(minutes) * 60;
                if *sign == b'-' { -seconds } else { seconds }
            }
            _ => return None,
        };
        Some(Moment {
            local: DateTime::new(
                digits(date.get(..4)?)?,
                field(5)?,
                field(8)?,
                field(11)?,
                field(14)?,
                field(17)?,
                nanoseconds,
            )
            .ok()?,
            offset: Offset::from_seconds(seconds).ok()?,
        })
    }

    /// The zone as `+01:00`, with the colon or without.
    fn zone(&self, colon: &str) -> String {
        let seconds = self.offset.seconds();
        let minutes = seconds.unsigned_abs() / 60;
        let sign = if seconds < 0 { '-' } else { '+' };
        format!("{sign}{:02}{colon}{:02}", minutes / 60, minutes % 60)
    }

    /// As RFC 3339 writes it, without a fraction.
    pub(super) fn show(&self) -> String {
        self.show_later(0)
    }

    /// The same so many years later, in which the calendar is the same.
    fn show_later(&self, years: i16) -> String {
        let at = self.local;
        let zone = match self.offset.seconds() {
            0 => "Z".to_owned(),
            _ => self.zone(":"),
        };
        let year = at.year() + years;
        let sign = if year < 0 { "-" } else { "" };
        let year = year.unsigned_abs();
        format!(
            "{sign}{year:04}-{:02}-{:02}T{:02}:{:02}:{:02}{zone}",
            at.month(),
            at.day(),
            at.hour(),
            at.minute(),
            at.second()
        )
    }
}

fn moment(call: &Call, at: usize, is_lenient: bool) -> Outcome<Moment> {
    let text = call.chars(at)?;
    Moment::read(&text, is_lenient).ok_or_else(|| {
        call.invalid(
            at,
            "a time such as `2018-01-02T23:12:01Z` is needed, and this is none",
        )
    })
}

fn timecmp(call: &Call) -> Outcome<Value> {
    let (a, b) = (moment(call, 0, true)?, moment(call, 1, true)?);
    // Counted in local time, each moment less its distance from UTC.
    let since = |moment: &Moment| {
        let local = moment
            .local
            .duration_since(DateTime::constant(0, 1, 1, 0, 0, 0, 0));
        local - SignedDuration::from_secs(moment.offset.seconds().into())
    };
    let order = since(&a).cmp(&since(&b));
    Ok(call.of_number(Number::from(order as i64)))
}

fn timeadd(call: &Call) -> Outcome<Value> {
    let moment = moment(call, 0, false)?;
    let duration = parse_duration(&call.chars(1)?).ok_or_else(|| {
        call.invalid(
            1,
            "a duration such as `1h30m` is needed, in `h`, `m`, `s`, `ms`, `us` or `ns`",
        )
    })?;
    // The calendar repeats itself after 400 years, by which a sum beyond the year 9999 is moved.
    let moved = if moment.local.year() > LAST_YEAR - 400 {
        -400
    } else {
        0
    };
    let local = moment.local.with().year(moment.local.year() + moved);
    let sum = local.build().and_then(|local| {
        let local = local.checked_add(SignedDuration::from_nanos(duration))?;
        Ok(Moment { local, ..moment }.show_later(-moved))
    });
    call.string(sum.map_err(|_| call.invalid(1, "the sum is no time"))?)
}

/// The last year that has four digits.
const LAST_YEAR: i16 = 9999;

/// Nanoseconds, as Go reads them: `-1.5h`, `1h30m`.
fn parse_duration(text: &str) -> Option<i64> {
    let (negative, mut rest) = match text.strip_prefix(['-', '+']) {
        Some(rest) => (text.starts_with('-'), rest),
        None => (false, text),
    };
    if rest == "0" {
        return Some(0);
    }
    if rest.is_empty() {
        return None;
    }
    let mut total = 0i128;
    while !rest.is_empty() {
        let length = rest
            .find(|char: char| !char.is_ascii_digit() && char != '.')
            .unwrap_or(rest.len());
        let (number, after) = rest.split_at(length);
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        if whole.is_empty() && fraction.is_empty() || fraction.contains('.') {
            return None;
        }
        let length = after
            .find(|char: char| char.is_ascii_digit() || char == '.')
            .unwrap_or(after.len());
        let (unit, after) = after.split_at(length);
        let unit: i128 = match unit {
            "ns" => 1,
            "us" | "µs" | "μs" => 1_000,
            "ms" => 1_000_000,
            "s" => 1_000_000_000,
            "m" => 60_000_000_000,
            "h" => 3_600_000_000_000,
            _ => return None,
        };
        let whole: i128 = if whole.is_empty() {
            0
        } else {
            whole.parse().ok()?
        };
        total = total.checked_add(whole.checked_mul(unit)?)?;
        // Go counts the fraction in machine floats, with as many digits as fit in 63 bits.
        let mut digits = 0i64;
        let mut scale = 1.0;
        for digit in fraction.bytes().map(|digit| i64::from(digit - b'0')) {
            let Some(more) = digits.checked_mul(10).and_then(|it| it.checked_add(digit)) else {
                break;
            };
            digits = more;
            scale *= 10.0;
        }
        total += (digits as f64 * (unit as f64 / scale)) as i128;
        rest = after;
    }
    i64::try_from(if negative { -total } else { total }).ok()
}

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

const WEEKDAYS: [&str; 7] = [
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
    "Sunday",
];

/// Runs of one letter stand for parts of the time, text between single quotes for itself.
fn formatdate(call: &Call) -> Outcome<Value> {
    let format = call.chars(0)?;
    let moment = moment(call, 1, false)?;
    let mut out = String::new();
    let mut rest = &format[..];
    while let Some(first) = rest.chars().next() {
        if first == '\'' {
            let length = quoted(rest, &mut out)
                .ok_or_else(|| call.invalid(0, "a single quote is not closed"))?;
            rest = &rest[length..];
            continue;
        }
        if !first.is_ascii_alphabetic() {
            out.push(first);
            rest = &rest[first.len_utf8()..];
            continue;
        }
        let length = rest.len() - rest.trim_start_matches(first).len();
        let (verb, after) = rest.split_at(length);
        write_part(&mut out, verb, &moment).ok_or_else(|| {
            call.invalid(
                0,
                format!("`{verb}` stands for no part of a time; text stands in single quotes"),
            )
        })?;
        rest = after;
    }
    call.string(out)
}

/// Writes what stands between the quotes at the start of `text`; the length with them. Two quotes
/// are one.
fn quoted(text: &str, out: &mut String) -> Option<usize> {
    if text.starts_with("''") {
        out.push('\'');
        return Some(2);
    }
    let mut at = 1;
    loop {
        let end = at + text[at..].find('\'')?;
        out.push_str(&text[at..end]);
        if !text[end + 1..].starts_with('\'') {
            return Some(end + 1);
        }
        out.push('\'');
        at = end + 2;
    }
}

fn write_part(out: &mut String, verb: &str, moment: &Moment) -> Option<()> {
    let at = moment.local;
    let month = MONTHS[at.month().unsigned_abs() as usize - 1];
    let weekday = WEEKDAYS[at.weekday().to_monday_zero_offset() as usize];
    let half_day = match at.hour() % 12 {
        0 => 12,
        hour => hour,
    };
    let half = if at.hour() < 12 { "am" } else { "pm" };
    let utc = moment.offset.seconds() == 0;
    let _ = match verb {
        "YYYY" => write!(out, "{:04}", at.year()),
        "YY" => write!(out, "{:02}", at.year() % 100),
        "MMMM" => write!(out, "{month}"),
        "MMM" => write!(out, "{}", &month[..3]),
        "MM" => write!(out, "{:02}", at.month()),
        "M" => write!(out, "{}", at.month()),
        "DD" => write!(out, "{:02}", at.day()),
        "D" => write!(out, "{}", at.day()),
        "EEEE" => write!(out, "{weekday}"),
        "EEE" => write!(out, "{}", &weekday[..3]),
        "hh" => write!(out, "{:02}", at.hour()),
        "h" => write!(out, "{}", at.hour()),
        "HH" => write!(out, "{half_day:02}"),
        "H" => write!(out, "{half_day}"),
        "AA" => write!(out, "{}", half.to_uppercase()),
        "aa" => write!(out, "{half}"),
        "mm" => write!(out, "{:02}", at.minute()),
        "m" => write!(out, "{}", at.minute()),
        "ss" => write!(out, "{:02}", at.second()),
        "s" => write!(out, "{}", at.second()),
        "Z" if utc => write!(out, "Z"),
        "ZZZ" if utc => write!(out, "UTC"),
        "Z" | "ZZZZZ" => write!(out, "{}", moment.zone(":")),
        "ZZZ" | "ZZZZ" => write!(out, "{}", moment.zone("")),
        _ => return None,
    };
    Some(())
}
