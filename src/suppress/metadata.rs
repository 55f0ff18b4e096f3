//! Exceptions in CloudFormation's `Metadata`, which JSON has too:
//! `ecslint: {ignore: [{rule, containers, reason, until}]}`.

use super::{Exception, Fault, Gathered, Written, day_of, is_reason, rule_of};
use crate::config::suggest;
use crate::source::Span;
use crate::value::{Member, Object, Value};

/// Reads what the metadata of a resource or a template says of a task definition, which is
/// declared at `declared`.
pub fn read(metadata: &Value, declared: Span, gathered: &mut Gathered) {
    let own = metadata
        .as_object()
        .and_then(|metadata| metadata.member("ecslint"));
    let Some(own) = own else {
        return;
    };
    if let Err(fault) = read_own(own, declared, gathered) {
        gathered.faults.push(fault);
    }
}

fn read_own(own: &Member, declared: Span, gathered: &mut Gathered) -> Result<(), Fault> {
    let value = own.value.get();
    let object = value
        .as_object()
        .ok_or_else(|| mistyped("`ecslint`", "a mapping with the key `ignore`", &value))?;
    known_keys(object, &["ignore"])?;
    let Some(list) = object.member("ignore") else {
        return Ok(());
    };
    let list = list.value.get();
    let entries = list
        .as_list()
        .ok_or_else(|| mistyped("`ignore`", "a list", &list))?;
    for entry in entries.iter() {
        match read_entry(&entry, declared) {
            Ok(exceptions) => gathered.exceptions.extend(exceptions),
            Err(fault) => gathered.faults.push(fault),
        }
    }
    Ok(())
}

/// One exception, or one for each of the containers that are named: each is to be of use.
fn read_entry(entry: &Value, declared: Span) -> Result<Vec<Exception>, Fault> {
    let object = entry
        .as_object()
        .ok_or_else(|| mistyped("an ignore", "a mapping", entry))?;
    known_keys(object, &["rule", "containers", "reason", "until"])?;
    let text = |name: &str| -> Result<Option<(String, Span)>, Fault> {
        let Some(member) = object.member(name) else {
            return Ok(None);
        };
        let value = member.value.get();
        let text = value.as_str();
        let text = text.ok_or_else(|| mistyped(&format!("`{name}`"), "a text", &value))?;
        Ok(Some((text.into_owned(), value.span)))
    };
    let missing = |what: &str| Fault {
        span: object
            .members()
            .first()
            .map_or(entry.span, |first| first.name_span),
        message: format!("an ignore needs a {what}, so nothing is ignored"),
        help: None,
    };
    let (rule, at) = text("rule")?.ok_or_else(|| missing("rule"))?;
    let rule = rule_of(&rule, at)?;
    let reason = text("reason")?.filter(|(reason, _)| is_reason(reason));
    reason.ok_or_else(|| missing("reason"))?;
    let until = text("until")?.map(|(day, span)| day_of(&day, span));
    let until = until.transpose()?;
    let exception = |written: Span, container: Option<String>| Exception {
        rule,
        written: Written::At(written),
        until,
        within: Some(declared),
        container,
        used: false,
    };
    Ok(match object.member("containers") {
        Some(member) => names(&member.value.get())?
            .into_iter()
            .map(|(name, span)| exception(span, Some(name)))
            .collect(),
        None => vec![exception(at, None)],
    })
}

/// A name, or a list of at least one, each with its place.
fn names(value: &Value) -> Result<Vec<(String, Span)>, Fault> {
    let fault = || mistyped("`containers`", "a list of names", value);
    let name = |value: &Value| Some((value.as_str()?.into_owned(), value.span));
    if let Some(name) = name(value) {
        return Ok(vec![name]);
    }
    let list = value.as_list().ok_or_else(fault)?;
    let names: Option<Vec<_>> = list.iter().map(|element| name(&element)).collect();
    names.filter(|names| !names.is_empty()).ok_or_else(fault)
}

fn known_keys(object: &Object, known: &[&str]) -> Result<(), Fault> {
    let other = object
        .members()
        .iter()
        .find(|member| !known.contains(&&*member.name));
    let Some(other) = other else {
        return Ok(());
    };
    let name = &other.name;
    let hint = match suggest(name, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None => {
            let known: Vec<String> = known.iter().map(|key| format!("`{key}`")).collect();
            format!("there are {}", known.join(", "))
        }
    };
    Err(Fault {
        span: other.name_span,
        message: format!("`{name}` is not a key here, so nothing is ignored: {hint}"),
        help: None,
    })
}

fn mistyped(what: &str, wanted: &str, found: &Value) -> Fault {
    Fault {
        span: found.span,
        message: format!(
            "{what} must be {wanted}, this is {}, so nothing is ignored",
            found.describe()
        ),
        help: None,
    }
}
