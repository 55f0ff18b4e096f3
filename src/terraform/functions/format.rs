//! `format` and `formatlist`, which know Go's verbs.

use super::strings::Builder;
use super::*;
use crate::value::Literal;

pub(super) const FUNCTIONS: &[Function] = &[
    function("format", 1..=ANY, format_call),
    function("formatlist", 1..=ANY, formatlist),
];

fn format_call(call: &Call) -> Outcome<Value> {
    let spec = call.value(0);
    let spec_text = call.as_text(&spec, 0)?;
    let arguments: Vec<Value> = (1..call.len()).map(|at| call.value(at)).collect();
    let has_no_type = |value: &Value| {
        let of = value.hint().and_then(|of| settled(call.unit(), of));
        value.is_null() && of.is_none()
    };
    if let Some(null) = arguments.iter().position(has_no_type) {
        return Err(null_argument(call, null + 1));
    }
    format_values(call, &spec, &spec_text, &arguments)
}

/// Terraform knows the result only where the null has a type.
fn null_argument(call: &Call, at: usize) -> Unknown {
    Unknown::unsupported("null is formatted here", call.at(at))
}

fn formatlist(call: &Call) -> Outcome<Value> {
    let spec = call.value(0);
    let spec_text = call.as_text(&spec, 0)?;
    let mut length = None;
    let mut arguments = Vec::new();
    for at in 1..call.len() {
        let value = call.value(at);
        match &value.kind {
            Kind::List(_) => {
                let list = call.list(at)?;
                let found = *length.get_or_insert(list.items.len());
                if found != list.items.len() {
                    return Err(call.invalid(at, format!("a list of {found} elements is needed")));
                }
                arguments.push(Err(list));
            }
            // One that is known to be no list stands in every row.
            Kind::Unknown(unknown) if !unknown.hint().is_some_and(Hint::is_scalar) => {
                return Err(derived(unknown.clone()));
            }
            Kind::Null(None) => return Err(null_argument(call, at)),
            _ => arguments.push(Ok(value)),
        }
    }
    let mut items = Vec::new();
    for at in 0..length.unwrap_or(1) {
        let row: Vec<Value> = arguments
            .iter()
            .map(|argument| match argument {
                Ok(value) => value.clone(),
                Err(list) => list.items[at].get(),
            })
            .collect();
        call.charge(row.len() + 1)?;
        items.push(Slot::Ready(format_values(call, &spec, &spec_text, &row)?));
    }
    Ok(call.of_list(list_of_texts(items)))
}

/// One verb of a format string: `%-5.2f`, `%[2]s`.
#[derive(Default)]
struct Verb {
    letter: char,
    plus: bool,
    minus: bool,
    space: bool,
    zero: bool,
    sharp: bool,
    width: Option<usize>,
    precision: Option<usize>,
    index: Option<usize>,
}

/// The widest field that is made.
const MAX_WIDTH: usize = 10_000;

impl Verb {
    /// Reads what follows a percent sign; its length in bytes beside it.
    fn parse(text: &str) -> Option<(Verb, usize)> {
        let mut verb = Verb::default();
        let bytes = text.as_bytes();
        let mut at = 0;
        let number = |at: &mut usize| -> Option<Option<usize>> {
            let from = *at;
            while bytes.get(*at).is_some_and(u8::is_ascii_digit) {
                *at += 1;
            }
            if from == *at {
                return Some(None);
            }
            let number = text[from..*at].parse().ok()?;
            (number <= MAX_WIDTH).then_some(Some(number))
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
        verb.width = number(&mut at)?;
        if bytes.get(at) == Some(&b'.') {
            at += 1;
            verb.precision = Some(number(&mut at)?.unwrap_or(0));
        }
        if bytes.get(at) == Some(&b'[') {
            at += 1;
            verb.index = Some(number(&mut at)??);
            if bytes.get(at) != Some(&b']') {
                return None;
            }
            at += 1;
        }
        verb.letter = text[at..].chars().next()?;
        at += verb.letter.len_utf8();
        Some((verb, at))
    }

    fn is_plain(&self) -> bool {
        self.width.is_none() && self.precision.is_none() && !self.sharp
    }

    /// A whole number with at least as many digits as the precision asks for.
    fn at_least(&self, text: String) -> String {
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

    fn pad(&self, text: String, numeric: bool) -> String {
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

fn format_values(
    call: &Call,
    spec: &Value,
    spec_text: &Text,
    arguments: &[Value],
) -> Outcome<Value> {
    let rendered = call.characters(spec_text)?;
    let whole: &str = &rendered.text;
    let mut builder = Builder::new(call);
    let mut next = 0;
    let mut most = 0;
    let mut from = 0;
    while let Some(found) = whole[from..].find('%') {
        let percent = from + found;
        for literal in rendered.slice(from..percent) {
            builder.literal(literal, &spec.trail)?;
        }
        let after = percent + 1;
        if whole[after..].starts_with('%') {
            for literal in rendered.slice(after..after + 1) {
                builder.literal(literal, &spec.trail)?;
            }
            from = after + 1;
            continue;
        }
        let (verb, length) = Verb::parse(&whole[after..])
            .ok_or_else(|| call.invalid(0, "a verb such as `%s` or `%d` must follow `%`"))?;
        from = after + length;
        let at = match verb.index {
            Some(0) => return Err(call.invalid(0, "arguments are counted from 1")),
            Some(index) => index - 1,
            None => next,
        };
        next = at + 1;
        most = most.max(next);
        let Some(value) = arguments.get(at) else {
            return Err(call.invalid(
                0,
                format!(
                    "there are {} arguments, and this needs {next}",
                    arguments.len()
                ),
            ));
        };
        let span = call
            .arguments
            .get(at + 1)
            .map_or(call.span, |argument| argument.span);
        format_one(&mut builder, &verb, value, span)?;
    }
    for literal in rendered.slice(from..whole.len()) {
        builder.literal(literal, &spec.trail)?;
    }
    if most < arguments.len() {
        return Err(Unknown::invalid(
            format!("only {most} of {} arguments are used", arguments.len()),
            call.span,
        ));
    }
    Ok(builder.finish())
}

fn format_one(builder: &mut Builder, verb: &Verb, value: &Value, span: Span) -> Outcome<()> {
    builder.call.mark(value.marks);
    match &value.kind {
        Kind::Unknown(unknown) if unknown.is_fatal() => {
            return Err(unknown.clone());
        }
        Kind::Unknown(unknown) if verb.is_plain() && matches!(verb.letter, 's' | 'd' | 'v') => {
            builder.hole(unknown.clone());
            return Ok(());
        }
        Kind::Unknown(unknown) => {
            builder.hole(derived(unknown.clone()));
            return Ok(());
        }
        Kind::Null(_) if verb.letter == 'v' => {
            let text = verb.pad("null".to_owned(), false);
            return builder.literal(Literal::computed(text, value.span), &value.trail);
        }
        Kind::Null(_) => {
            let reason = format!("`%{}` needs a value, and this is null", verb.letter);
            return Err(Unknown::invalid(reason, span));
        }
        _ => {}
    }
    let fault = |needed: &str| {
        Unknown::invalid(
            format!(
                "{needed} is needed for `%{}`, and this is {}",
                verb.letter,
                value.describe()
            ),
            span,
        )
    };
    let number = || constraints::to_number(value, span);
    let integer = || {
        let number = number()?;
        if number.is_integer() {
            Ok(number)
        } else {
            Err(fault("a whole number"))
        }
    };
    let sign = |text: String| match (text.starts_with('-'), verb.plus, verb.space) {
        (false, false, true) if text == "+Inf" => " Inf".to_owned(),
        // An infinity has its sign already.
        _ if text.starts_with('+') => text,
        (false, true, _) => format!("+{text}"),
        (false, false, true) => format!(" {text}"),
        _ => text,
    };
    let text = match verb.letter {
        'v' if verb.sharp || matches!(value.kind, Kind::List(_) | Kind::Object(_)) => {
            let encoded = Text::encoded(value.clone());
            if verb.width.is_none() {
                return builder.text(&encoded, &value.trail);
            }
            verb.pad(builder.call.rendered(&encoded)?, false)
        }
        's' | 'v' if !matches!(value.kind, Kind::List(_) | Kind::Object(_)) => {
            if let ('v', Kind::Number(number)) = (verb.letter, &value.kind) {
                verb.pad(sign(general(number)), true)
            } else {
                let text = constraints::to_text(value, span)?;
                if verb.is_plain() {
                    return builder.text(&text, &value.trail);
                }
                if let Some(hole) = text.first_hole() {
                    builder.hole(derived(hole.clone()));
                    return Ok(());
                }
                let mut text = builder.call.rendered(&text)?;
                if let Some(precision) = verb.precision {
                    text = text.chars().take(precision).collect();
                }
                verb.pad(text, false)
            }
        }
        's' => return Err(fault("a string")),
        'q' => {
            let text = constraints::to_text(value, span)?;
            if let Some(hole) = text.first_hole() {
                builder.hole(derived(hole.clone()));
                return Ok(());
            }
            let text = builder.call.rendered(&text)?;
            verb.pad(quoted(&text), false)
        }
        't' => constraints::to_bool(value, span)?.to_string(),
        'd' => verb.pad(sign(verb.at_least(integer()?.to_string())), true),
        'b' | 'o' | 'x' | 'X' => {
            let number = integer()?;
            let small = number
                .to_i64()
                .ok_or_else(|| Unknown::unsupported("this number is too large for it", span))?;
            let (minus, size) = (if small < 0 { "-" } else { "" }, small.unsigned_abs());
            let (prefix, digits) = match verb.letter {
                'b' => ("0b", format!("{size:b}")),
                'o' => ("0", format!("{size:o}")),
                'x' => ("0x", format!("{size:x}")),
                _ => ("0X", format!("{size:X}")),
            };
            let prefix = if verb.sharp { prefix } else { "" };
            verb.pad(sign(format!("{minus}{prefix}{digits}")), true)
        }
        'f' | 'F' => verb.pad(sign(number()?.to_fixed(verb.precision.unwrap_or(6))), true),
        'e' | 'E' => {
            let text = number()?.to_scientific(verb.precision.unwrap_or(6));
            let text = match verb.letter {
                'E' => text.replace('e', "E"),
                _ => text,
            };
            verb.pad(sign(text), true)
        }
        'g' | 'G' => {
            let number = number()?;
            let text = match verb.precision {
                None => general(&number),
                Some(precision) => significant(&number, precision.max(1)),
            };
            let text = match verb.letter {
                'G' => text.replace('e', "E"),
                _ => text,
            };
            verb.pad(sign(text), true)
        }
        other => {
            return Err(builder
                .call
                .invalid(0, format!("`%{other}` is no verb of `format`")));
        }
    };
    builder.literal(Literal::computed(text, value.span), &value.trail)
}

/// Go's `%g` of a big float: an exponent below 10^-4 and from 10^6 on.
fn general(number: &Number) -> String {
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
fn quoted(text: &str) -> String {
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
