//! `format` and `formatlist`, which know Go's verbs.

mod verb;

use super::strings::Builder;
use super::*;
use crate::value::Literal;
use verb::{Verb, general, quoted};

pub(super) const FUNCTIONS: &[Function] = &[
    function("format", 1..=ANY, format_call)
        .gives(Gives::Text)
        .takes_null(),
    function("formatlist", 1..=ANY, formatlist)
        .gives(Gives::Texts)
        .takes_null(),
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
        if verb.is_too_wide() {
            let reason = "the text is wider than ecslint is willing to make";
            return Err(Unknown::limit(reason, call.at(0)));
        }
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
    let is_collection = matches!(value.kind, Kind::List(_) | Kind::Object(_));
    let text = match (verb.letter, &value.kind) {
        (_, Kind::Unknown(unknown)) => return format_unknown(builder, verb, unknown),
        ('v', Kind::Null(_)) => verb.pad("null".to_owned()),
        (letter, Kind::Null(_)) => {
            let reason = format!("`%{letter}` needs a value, and this is null");
            return Err(Unknown::invalid(reason, span));
        }
        ('v', _) if verb.sharp || is_collection => return format_json(builder, verb, value),
        ('v', Kind::Number(number)) => verb.number(general(number)),
        ('s', _) if is_collection => return Err(unfit(verb, value, "a string", span)),
        ('s' | 'v' | 'q', _) => return format_text(builder, verb, value, span),
        ('t', _) => constraints::to_bool(value, span)?.to_string(),
        _ => format_number(builder.call, verb, value, span)?,
    };
    builder.literal(Literal::computed(text, value.span), &value.trail)
}

fn format_unknown(builder: &mut Builder, verb: &Verb, unknown: &Unknown) -> Outcome<()> {
    if unknown.is_fatal() {
        return Err(unknown.clone());
    }
    builder.hole(match verb.letter {
        's' | 'd' | 'v' if verb.is_plain() => unknown.clone(),
        _ => derived(unknown.clone()),
    });
    Ok(())
}

/// `%v` of a list or map, and `%#v` of anything.
fn format_json(builder: &mut Builder, verb: &Verb, value: &Value) -> Outcome<()> {
    let encoded = Text::encoded(value.clone());
    if verb.width.is_none() {
        return builder.text(&encoded, &value.trail);
    }
    let text = verb.pad(builder.call.rendered(&encoded)?);
    builder.literal(Literal::computed(text, value.span), &value.trail)
}

/// `%s` and `%q`, and `%v` of what is no number.
fn format_text(builder: &mut Builder, verb: &Verb, value: &Value, span: Span) -> Outcome<()> {
    let text = constraints::to_text(value, span)?;
    let is_quoted = verb.letter == 'q';
    if !is_quoted && verb.is_plain() {
        return builder.text(&text, &value.trail);
    }
    if let Some(hole) = text.first_hole() {
        builder.hole(derived(hole.clone()));
        return Ok(());
    }
    let mut text = builder.call.rendered(&text)?;
    if is_quoted {
        text = quoted(&text);
    } else if let Some(precision) = verb.precision {
        text = text.chars().take(precision).collect();
    }
    builder.literal(Literal::computed(verb.pad(text), value.span), &value.trail)
}

fn format_number(call: &Call, verb: &Verb, value: &Value, span: Span) -> Outcome<String> {
    let number = || constraints::to_number(value, span);
    let integer = || match number()? {
        number if number.is_integer() => Ok(number),
        _ => Err(unfit(verb, value, "a whole number", span)),
    };
    let text = match verb.letter {
        'd' => verb.at_least(integer()?.to_string()),
        'b' | 'o' | 'x' | 'X' => {
            let too_large = || Unknown::unsupported("this number is too large for it", span);
            verb.in_base(integer()?.to_i64().ok_or_else(too_large)?)
        }
        'f' | 'F' => number()?.to_fixed(verb.precision.unwrap_or(6)),
        'e' => number()?.to_scientific(verb.precision.unwrap_or(6)),
        'E' => upper(number()?.to_scientific(verb.precision.unwrap_or(6))),
        'g' => verb.in_general(&number()?),
        'G' => upper(verb.in_general(&number()?)),
        other => return Err(call.invalid(0, format!("`%{other}` is no verb of `format`"))),
    };
    Ok(verb.number(text))
}

/// An exponent with a capital letter.
fn upper(text: String) -> String {
    text.replace('e', "E")
}

/// What to say of a value that a verb does not take.
fn unfit(verb: &Verb, value: &Value, needed: &str, span: Span) -> Unknown {
    let (letter, given) = (verb.letter, value.describe());
    Unknown::invalid(
        format!("{needed} is needed for `%{letter}`, and this is {given}"),
        span,
    )
}
