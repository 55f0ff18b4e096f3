//! Texts of the configuration that stand for something: one shape for all that are read from one.

use super::faults::unknown;
use crate::date::Date;
use crate::environments::UnitPattern;
use crate::finding::Severity;
use crate::terraform::Engine;
use glob::Pattern;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde::de::{self, DeserializeSeed, Deserializer, Visitor};
use std::borrow::Cow;
use std::fmt;

/// What a text of the configuration stands for.
pub(super) trait Word: Sized {
    /// What is expected, after that word.
    const WANTED: &'static str;

    /// # Errors
    /// A clause that says what is wrong with the text.
    fn read(text: &str) -> Result<Self, String>;

    /// As far as JSON Schema can say it.
    fn schema() -> Schema;
}

/// A [`Word`] as it is read; a fault has its place.
pub(super) struct Read<T>(pub(super) T);

impl<'de, T: Word> Deserialize<'de> for Read<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Read<T>, D::Error> {
        Scalar::of(T::WANTED, |text| T::read(text).map(Read)).deserialize(deserializer)
    }
}

impl<T: Word> JsonSchema for Read<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        T::WANTED.into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        T::schema()
    }
}

impl Word for Severity {
    const WANTED: &'static str = "a severity: high, medium, low or info";

    fn read(text: &str) -> Result<Severity, String> {
        let parsed = text.parse();
        parsed.map_err(|_: String| unknown(text, "a severity", &severities()))
    }

    fn schema() -> Schema {
        json_schema!({ "enum": severities() })
    }
}

impl Word for Pattern {
    const WANTED: &'static str = "a pattern";

    fn read(text: &str) -> Result<Pattern, String> {
        Pattern::new(text).map_err(|error| format!("`{text}` is not a pattern: {}", error.msg))
    }

    fn schema() -> Schema {
        json_schema!({ "type": "string" })
    }
}

/// A pattern of paths below the directory of the configuration, with or without `./` before it and
/// `/` after it.
pub(super) struct PathPattern(pub(super) Pattern);

impl Word for PathPattern {
    const WANTED: &'static str = "a pattern";

    fn read(text: &str) -> Result<PathPattern, String> {
        UnitPattern::new(text).map(|pattern| PathPattern(pattern.into_pattern()))
    }

    fn schema() -> Schema {
        Pattern::schema()
    }
}

impl Word for Engine {
    const WANTED: &'static str = "an engine: terraform or tofu";

    fn read(text: &str) -> Result<Engine, String> {
        match text {
            "terraform" => Ok(Engine::Terraform),
            "tofu" => Ok(Engine::Tofu),
            _ => Err(unknown(text, "an engine", &ENGINES)),
        }
    }

    fn schema() -> Schema {
        json_schema!({ "enum": ENGINES })
    }
}

/// The default first.
pub(super) const ENGINES: [&str; 2] = ["terraform", "tofu"];

/// The worst first.
fn severities() -> [&'static str; 4] {
    let mut words = Severity::ALL.map(Severity::as_str);
    words.reverse();
    words
}

impl Word for Date {
    const WANTED: &'static str = "a day, such as 2026-12-31";

    fn read(text: &str) -> Result<Date, String> {
        Date::parse(text).ok_or_else(|| format!("`{text}` is not a day, such as 2026-12-31"))
    }

    fn schema() -> Schema {
        json_schema!({ "type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$" })
    }
}

impl Word for bool {
    const WANTED: &'static str = "true or false";

    /// YAML 1.1 has more words for the two than serde_yaml, which reads YAML 1.2.
    fn read(text: &str) -> Result<bool, String> {
        match text {
            "true" | "True" | "TRUE" | "on" | "yes" => Ok(true),
            "false" | "False" | "FALSE" | "off" | "no" => Ok(false),
            other => Err(format!("`{other}` is not `on` or `off`")),
        }
    }

    fn schema() -> Schema {
        json_schema!({ "enum": [true, false, "on", "off", "yes", "no"] })
    }
}

/// Reads a scalar by its text; an error that `read` gives has the place of the scalar.
pub(super) struct Scalar<F> {
    wanted: &'static str,
    read: F,
}

impl<T, F: FnOnce(&str) -> Result<T, String>> Scalar<F> {
    pub(super) fn of(wanted: &'static str, read: F) -> Scalar<F> {
        Scalar { wanted, read }
    }
}

impl<'de, T, F: FnOnce(&str) -> Result<T, String>> DeserializeSeed<'de> for Scalar<F> {
    type Value = T;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<T, D::Error> {
        deserializer.deserialize_str(self)
    }
}

impl<'de, T, F: FnOnce(&str) -> Result<T, String>> Visitor<'de> for Scalar<F> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(self.wanted)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<T, E> {
        (self.read)(text).map_err(E::custom)
    }
}
