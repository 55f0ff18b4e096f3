//! `terraform.environments` and `cloudformation.environments` of the configuration.

use super::faults::{quoted, suggest};
use super::places::{self, Step};
use super::words::{Read, Scalar, Word};
use crate::environments::{CloudFormation, Environment, Environments, Terraform, UnitPattern};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde::de::{self, DeserializeSeed, Deserializer, MapAccess, Visitor};
use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

/// What is known of root modules.
#[derive(Deserialize, JsonSchema, Default)]
#[schemars(rename = "Terraform")]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(super) struct RawTerraform {
    /// Root modules with what they are planned with.
    environments: Vec<RawRoots>,
}

/// What is known of templates.
#[derive(Deserialize, JsonSchema, Default)]
#[schemars(rename = "CloudFormation")]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub(super) struct RawCloudFormation {
    /// Templates with what they are deployed with.
    environments: Vec<RawTemplates>,
}

/// Root modules with what they are planned with.
#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "Roots")]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct RawRoots {
    name: Read<Text>,
    /// A pattern of root modules from the directory of this file.
    root: Read<UnitPattern>,
    /// Files of values from the directory of this file; later ones win.
    #[serde(default)]
    var_files: Vec<Read<Text>>,
    /// Values of variables, after those of the files.
    #[serde(default)]
    vars: RawTexts,
    /// `terraform.workspace`.
    workspace: Option<Read<Text>>,
}

/// Templates with what they are deployed with.
#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "Templates")]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct RawTemplates {
    name: Read<Text>,
    /// A pattern of templates from the directory of this file.
    template: Read<UnitPattern>,
    /// Files of parameters from the directory of this file; later ones win.
    #[serde(default)]
    parameter_files: Vec<Read<Text>>,
    /// Values of parameters, after those of the files.
    #[serde(default)]
    parameters: RawTexts,
    /// `AWS::Region`.
    region: Option<Read<Text>>,
    /// `AWS::AccountId`.
    account: Option<Read<Text>>,
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
            format!(": there are {}", quoted(&names))
        }
    };
    format!("`{name}` is not an environment of the configuration{hint}")
}

impl RawRoots {
    fn settle(self) -> Environment<Terraform> {
        let Read(Text(name)) = self.name;
        Environment {
            name: name.into(),
            units: self.root.0,
            values: Terraform {
                var_files: paths(self.var_files),
                vars: self.vars.0,
                workspace: self.workspace.map(|raw| raw.0.0),
            },
        }
    }
}

impl RawTemplates {
    fn settle(self) -> Environment<CloudFormation> {
        let Read(Text(name)) = self.name;
        let pseudo = [
            ("AWS::Region", self.region),
            ("AWS::AccountId", self.account),
        ];
        let pseudo = pseudo.into_iter().filter_map(|(name, value)| {
            let Read(Text(value)) = value?;
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

fn paths(raw: Vec<Read<Text>>) -> Vec<PathBuf> {
    raw.into_iter()
        .map(|Read(Text(path))| path.into())
        .collect()
}

/// A name, a path or a word: a text that is not blank.
struct Text(String);

impl Word for Text {
    const WANTED: &'static str = "a text";

    fn read(text: &str) -> Result<Text, String> {
        match text.trim().is_empty() {
            true => Err("expected a text, found nothing".to_owned()),
            false => Ok(Text(text.to_owned())),
        }
    }

    fn schema() -> Schema {
        json_schema!({ "type": ["string", "number", "boolean"], "minLength": 1 })
    }
}

impl Word for UnitPattern {
    const WANTED: &'static str = "a pattern";

    fn read(text: &str) -> Result<UnitPattern, String> {
        UnitPattern::new(text)
    }

    fn schema() -> Schema {
        json_schema!({ "type": "string", "minLength": 1 })
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

impl JsonSchema for RawTexts {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Texts".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "object",
            "additionalProperties": { "type": ["string", "number", "boolean"] },
        })
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
        let wanted = "a text as the command line takes it";
        Scalar::of(wanted, |text: &str| Ok(text.to_owned())).deserialize(inner)
    }
}
