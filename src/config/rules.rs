//! `rules` of the configuration.

use super::faults::unknown;
use super::words::{Read, Scalar, Word};
use crate::finding::Severity;
use crate::rules::{self, OptionSpec, OptionValue, OptionValues, Rule, RuleSettings, Settings};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde::de::{self, DeserializeSeed, Deserializer, MapAccess, Visitor};
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;

/// `rules:`
#[derive(Default)]
pub(super) struct RawRules(pub(super) Settings);

impl<'de> Deserialize<'de> for RawRules {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<RawRules, D::Error> {
        struct Rules;
        impl<'de> Visitor<'de> for Rules {
            type Value = RawRules;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("a mapping of rules")
            }

            fn visit_unit<E>(self) -> Result<RawRules, E> {
                Ok(RawRules::default())
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<RawRules, A::Error> {
                let known: Vec<&'static str> = rules::ALL.iter().map(|rule| rule.id).collect();
                let mut settings = Settings::default();
                let mut seen = BTreeSet::new();
                while let Some(id) = map.next_key_seed(key("a rule", &known, &mut seen))? {
                    let rule = rules::find(id).expect("the key is the id of a rule");
                    settings.set(rule, map.next_value_seed(RuleEntry(rule))?);
                }
                Ok(RawRules(settings))
            }
        }
        deserializer.deserialize_any(Rules)
    }
}

impl JsonSchema for RawRules {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Rules".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let rules = rules::ALL.iter();
        let rules = rules.map(|rule| (rule.id.to_owned(), RuleEntry(rule).schema().to_value()));
        json_schema!({
            "type": ["object", "null"],
            "additionalProperties": false,
            "properties": rules.collect::<serde_json::Map<_, _>>(),
        })
    }
}

/// What is said of one rule: on, off, or more.
struct RuleEntry(&'static Rule);

impl RuleEntry {
    fn schema(&self) -> Schema {
        let RuleEntry(rule) = self;
        let mut properties = serde_json::Map::new();
        properties.insert("enabled".to_owned(), <bool as Word>::schema().to_value());
        let mut severity = Severity::schema();
        severity.insert("description".to_owned(), "Of all its findings.".into());
        properties.insert("severity".to_owned(), severity.to_value());
        for option in rule.options {
            let mut schema = match option.values {
                OptionValues::Flag { .. } => <bool as Word>::schema(),
                OptionValues::Choice(words) => json_schema!({ "enum": words }),
            };
            schema.insert("description".to_owned(), option.about.into());
            properties.insert(option.name.to_owned(), schema.to_value());
        }
        json_schema!({
            "description": rule.summary,
            "anyOf": [
                <bool as Word>::schema(),
                { "type": "object", "additionalProperties": false, "properties": properties },
            ],
        })
    }
}

impl<'de> DeserializeSeed<'de> for RuleEntry {
    type Value = RuleSettings;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<RuleSettings, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for RuleEntry {
    type Value = RuleSettings;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("`on`, `off` or a mapping")
    }

    fn visit_bool<E>(self, on: bool) -> Result<RuleSettings, E> {
        Ok(RuleSettings {
            on: Some(on),
            ..RuleSettings::default()
        })
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<RuleSettings, E> {
        let on = bool::read(text).map_err(E::custom)?;
        self.visit_bool(on)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<RuleSettings, A::Error> {
        let RuleEntry(rule) = self;
        let mut settings = RuleSettings::default();
        let mut seen = BTreeSet::new();
        let options = rule.options.iter().map(|option| option.name);
        let known: Vec<&'static str> = ["enabled", "severity"].into_iter().chain(options).collect();
        let what = format!("an option of `{}`", rule.id);
        while let Some(name) = map.next_key_seed(key(&what, &known, &mut seen))? {
            match name {
                "enabled" => settings.on = Some(map.next_value::<Read<bool>>()?.0),
                "severity" => settings.severity = Some(map.next_value::<Read<Severity>>()?.0),
                _ => {
                    let mut options = rule.options.iter();
                    let option = options.find(|option| option.name == name);
                    let option = option.expect("the key is the name of an option");
                    let value = map.next_value_seed(option_value(option))?;
                    settings.options.insert(option.name, value);
                }
            }
        }
        Ok(settings)
    }
}

/// The value of a rule's option.
fn option_value(
    option: &'static OptionSpec,
) -> Scalar<impl FnOnce(&str) -> Result<OptionValue, String>> {
    Scalar::of("a word", |text: &str| match option.values {
        OptionValues::Flag { .. } => bool::read(text).map(OptionValue::Flag),
        OptionValues::Choice(words) if words.contains(&text) => {
            Ok(OptionValue::Choice(text.to_owned()))
        }
        OptionValues::Choice(words) => {
            let what = format!("a value of `{}`", option.name);
            Err(unknown(text, &what, words))
        }
    })
}

/// A key that must be one of `known`, once.
fn key<'a>(
    what: &'a str,
    known: &'a [&'static str],
    seen: &'a mut BTreeSet<&'static str>,
) -> Scalar<impl FnOnce(&str) -> Result<&'static str, String>> {
    Scalar::of("a name", move |name: &str| {
        match known.iter().find(|known| **known == name) {
            Some(known) if seen.insert(known) => Ok(*known),
            Some(known) => Err(format!("`{known}` is set twice")),
            None => Err(unknown(name, what, known)),
        }
    })
}
