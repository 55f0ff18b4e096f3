//! `terraform.environments` and `cloudformation.environments` of the configuration.

use super::places::{self, Step};
use super::{Scalar, Word, suggest};
use crate::environments::{CloudFormation, Environment, Environments, Terraform, UnitPattern};
use serde::Deserialize;
use serde::de::{self, DeserializeSeed, Deserializer, MapAccess, Visitor};
use std::collections::HashMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

/// `terraform:`
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(super) struct RawTerraform {
    environments: Vec<RawRoots>,
}

/// `cloudformation:`
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(super) struct RawCloudFormation {
    environments: Vec<RawTemplates>,
}

/// Root modules with what they are planned with.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct RawRoots {
    name: RawText,
    root: RawUnits,
    #[serde(default)]
    var_files: Vec<RawText>,
    #[serde(default)]
    vars: RawTexts,
    workspace: Option<RawText>,
}

/// Templates with what they are deployed with.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct RawTemplates {
    name: RawText,
    template: RawUnits,
    #[serde(default)]
    parameter_files: Vec<RawText>,
    #[serde(default)]
    parameters: RawTexts,
    region: Option<RawText>,
    account: Option<RawText>,
}

/// The environments of a configuration with the text `text`.
///
/// # Errors
/// Two environments that differ in nothing but their values: a place and a clause.
pub(super) fn settle(
    text: &str,
    terraform: RawTerraform,
    cloudformation: RawCloudFormation,
) -> Result<Environments, (Option<(usize, usize)>, String)> {
    let roots = terraform.environments.into_iter().map(RawRoots::settle);
    let templates = cloudformation.environments.into_iter();
    let environments = Environments {
        terraform: roots.collect(),
        cloudformation: templates.map(RawTemplates::settle).collect(),
        ..Environments::default()
    };
    let twice = [
        ("terraform", "root", told_twice(&environments.terraform)),
        (
            "cloudformation",
            "template",
            told_twice(&environments.cloudformation),
        ),
    ];
    for (section, key, twice) in twice {
        if let Some((index, name, pattern)) = twice {
            let steps = [Step::Key(section), Step::Key("environments")];
            let steps = [&steps[..], &[Step::Index(index), Step::Key("name")]].concat();
            return Err((
                places::position(text, &steps),
                format!("environment `{name}` is told twice for the {key} `{pattern}`"),
            ));
        }
    }
    Ok(environments)
}

/// The first entry that has the name and the pattern of one before it.
fn told_twice<V>(all: &[Environment<V>]) -> Option<(usize, &str, &str)> {
    let mut seen = HashMap::new();
    let keys = all.iter().map(|one| (&*one.name, one.units.as_str()));
    keys.enumerate()
        .find(|(index, key)| seen.insert(*key, *index).is_some())
        .map(|(index, (name, pattern))| (index, name, pattern))
}

/// "`x` is not an environment …", with the nearest of those that are.
pub fn unknown(name: &str, environments: &Environments) -> String {
    let names = environments.names();
    let known = names.iter().map(|name| &**name);
    let hint = match suggest(name, known) {
        Some(near) => format!(": did you mean `{near}`?"),
        None if names.is_empty() => ", which has none".to_owned(),
        None => {
            let names: Vec<&str> = names.iter().map(|name| &**name).collect();
            format!(": there are {}", super::quoted(&names))
        }
    };
    format!("`{name}` is not an environment of the configuration{hint}")
}

impl RawRoots {
    fn settle(self) -> Environment<Terraform> {
        let RawText(name) = self.name;
        Environment {
            name: name.into(),
            units: self.root.0,
            values: Terraform {
                var_files: paths(self.var_files),
                vars: self.vars.0,
                workspace: self.workspace.map(|raw| raw.0),
            },
        }
    }
}

impl RawTemplates {
    fn settle(self) -> Environment<CloudFormation> {
        let RawText(name) = self.name;
        let pseudo = [
            ("AWS::Region", self.region),
            ("AWS::AccountId", self.account),
        ];
        let pseudo = pseudo.into_iter().filter_map(|(name, value)| {
            let RawText(value) = value?;
            Some((name.to_owned(), value))
        });
        let parameters = self.parameters.0.into_iter().chain(pseudo);
        Environment {
            name: Arc::from(name),
            units: self.template.0,
            values: CloudFormation {
                parameter_files: paths(self.parameter_files),
                parameters: parameters.collect(),
            },
        }
    }
}

fn paths(raw: Vec<RawText>) -> Vec<PathBuf> {
    raw.into_iter().map(|RawText(path)| path.into()).collect()
}

/// A name, a path or a word: a text that is not blank.
struct RawText(String);

impl<'de> Deserialize<'de> for RawText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<RawText, D::Error> {
        deserializer.deserialize_str(Scalar {
            wanted: "a text",
            read: |value: Word| match value {
                Word::Text(text) if !text.trim().is_empty() => Ok(RawText(text.to_owned())),
                _ => Err("expected a text, found nothing".to_owned()),
            },
        })
    }
}

struct RawUnits(UnitPattern);

impl<'de> Deserialize<'de> for RawUnits {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<RawUnits, D::Error> {
        deserializer.deserialize_str(Scalar {
            wanted: "a pattern",
            read: |value: Word| match value {
                Word::Text(text) => UnitPattern::new(text).map(RawUnits),
                Word::Flag(_) => Err("expected a pattern".to_owned()),
            },
        })
    }
}

/// A mapping of names to texts, in its order: numbers keep the digits that they are written with.
#[derive(Default)]
struct RawTexts(Vec<(String, String)>);

impl<'de> Deserialize<'de> for RawTexts {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<RawTexts, D::Error> {
        deserializer.deserialize_map(Texts)
    }
}

struct Texts;

impl<'de> Visitor<'de> for Texts {
    type Value = RawTexts;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a mapping of names to values")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<RawTexts, A::Error> {
        let mut all: Vec<(String, String)> = Vec::new();
        while let Some(name) = map.next_key::<String>()? {
            if all.iter().any(|(other, _)| *other == name) {
                return Err(de::Error::custom(format!("`{name}` is set twice")));
            }
            let value = map.next_value_seed(Value(&name))?;
            all.push((name, value));
        }
        Ok(RawTexts(all))
    }
}

/// The value of a variable or parameter, as the text that it is written with.
struct Value<'a>(&'a str);

impl<'de> DeserializeSeed<'de> for Value<'_> {
    type Value = String;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<String, D::Error> {
        deserializer.deserialize_option(self)
    }
}

impl<'de> Visitor<'de> for Value<'_> {
    type Value = String;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a text as the command line takes it")
    }

    fn visit_none<E: de::Error>(self) -> Result<String, E> {
        let Value(name) = self;
        let message = format!("`{name}` has no value here: write `\"\"`, or leave it out");
        Err(E::custom(message))
    }

    fn visit_some<D: Deserializer<'de>>(self, inner: D) -> Result<String, D::Error> {
        inner.deserialize_str(Scalar {
            wanted: "a text as the command line takes it",
            read: |value: Word| match value {
                Word::Text(text) => Ok(text.to_owned()),
                Word::Flag(flag) => Ok(flag.to_string()),
            },
        })
    }
}
