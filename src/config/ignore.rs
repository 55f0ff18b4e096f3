//! `ignore` of the configuration.

use super::Ignore;
use super::faults::unknown;
use super::words::{PathPattern, Read, Word};
use crate::date::Date;
use crate::rules::{self, Check};
use glob::Pattern;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde_json::json;
use std::borrow::Cow;

/// An entry of `ignore`, checked as a whole.
#[derive(Deserialize)]
#[serde(try_from = "IgnoreEntry")]
pub(super) struct RawIgnore(pub(super) Ignore);

/// An exception. What it does not name, it does not ask for.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("anyOf" = NAMED.map(|name| json!({ "required": [name] }))))]
struct IgnoreEntry {
    rule: Read<Ignorable>,
    /// The address of the task definition; `*` is any text.
    address: Option<Read<Address>>,
    /// A pattern of the container's name.
    container: Option<Read<Pattern>>,
    /// A pattern of the unit's path from the directory of this file.
    path: Option<Read<PathPattern>>,
    /// The path of a module call; `*` is any text.
    module: Option<Read<Address>>,
    /// The name of an environment; `*` is any text.
    environment: Option<Read<Address>>,
    reason: Read<Reason>,
    /// The last day on which it holds.
    until: Option<Read<Date>>,
}

/// An exception names one of these.
const NAMED: [&str; 5] = ["address", "container", "path", "module", "environment"];

impl TryFrom<IgnoreEntry> for RawIgnore {
    type Error = String;

    fn try_from(entry: IgnoreEntry) -> Result<RawIgnore, String> {
        let Ignorable(rule) = entry.rule.0;
        let names_something = entry.address.is_some()
            || entry.container.is_some()
            || entry.path.is_some()
            || entry.module.is_some()
            || entry.environment.is_some();
        if !names_something {
            return Err(format!(
                "an ignore names an `address`, a `container`, a `path`, a `module` or an \
                 `environment`: to switch the rule off, set `{rule}: off` in `rules`"
            ));
        }
        Ok(RawIgnore(Ignore {
            rule,
            address: entry.address.map(|address| address.0.0),
            container: entry.container.map(|container| container.0),
            path: entry.path.map(|path| path.0.0),
            module: entry.module.map(|module| module.0.0),
            environment: entry.environment.map(|environment| environment.0.0),
            reason: entry.reason.0.0,
            until: entry.until.map(|day| day.0),
        }))
    }
}

impl JsonSchema for RawIgnore {
    fn schema_name() -> Cow<'static, str> {
        "Ignore".into()
    }

    fn json_schema(schemas: &mut SchemaGenerator) -> Schema {
        IgnoreEntry::json_schema(schemas)
    }
}

/// The id of a rule that has exceptions.
struct Ignorable(&'static str);

impl Ignorable {
    fn all() -> Vec<&'static str> {
        let all = rules::ALL.iter();
        let all = all.filter(|rule| !matches!(rule.check, Check::Exceptions));
        all.map(|rule| rule.id).collect()
    }
}

impl Word for Ignorable {
    const WANTED: &'static str = "a rule";

    fn read(text: &str) -> Result<Ignorable, String> {
        let known = Ignorable::all();
        let found = known.iter().find(|known| **known == text);
        let found = found.map(|id| Ignorable(id));
        found.ok_or_else(|| unknown(text, "a rule that can be ignored", &known))
    }

    fn schema() -> Schema {
        json_schema!({ "enum": Ignorable::all() })
    }
}

/// A pattern of addresses, in which only `*` means something else than itself.
struct Address(Pattern);

impl Word for Address {
    const WANTED: &'static str = "an address";

    fn read(text: &str) -> Result<Address, String> {
        let mut parts: Vec<String> = text.split('*').map(Pattern::escape).collect();
        let last = parts.len() - 1;
        let mut at = 0;
        // Two stars say no more than one, and three are no pattern.
        parts.retain(|part| {
            at += 1;
            at == 1 || at == last + 1 || !part.is_empty()
        });
        Pattern::read(&parts.join("*")).map(Address)
    }

    fn schema() -> Schema {
        Pattern::schema()
    }
}

/// A text that says something.
struct Reason(String);

impl Word for Reason {
    const WANTED: &'static str = "a reason";

    fn read(text: &str) -> Result<Reason, String> {
        match text.chars().any(char::is_alphanumeric) {
            true => Ok(Reason(text.to_owned())),
            false => Err("an ignore needs a reason".to_owned()),
        }
    }

    fn schema() -> Schema {
        json_schema!({ "type": "string", "minLength": 1 })
    }
}
