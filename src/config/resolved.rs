//! The configuration as it takes effect, and where each value comes from.

use super::words::ENGINES;
use super::{Config, ConfigError};
use crate::finding::Severity;
use crate::report::terminal::{inert, shown};
use crate::rules::{self, OptionSpec, OptionValue, OptionValues, Rule};
use crate::source::{File, Location, SourceMap};
use crate::value::{Kind, Value};
use crate::yaml;
use schemars::generate::Contract;
use schemars::{JsonSchema, Schema};
use serde::Serialize;
use serde_json::{Value as Json, json};
use std::io;
use std::path::Path;
use std::sync::Arc;

/// What fails a run where nothing else is said.
pub const DEFAULT_FAIL_ON: Severity = Severity::Medium;

/// The effective configuration.
#[derive(Debug, PartialEq, Eq)]
pub struct Resolved {
    /// The configuration file as it is printed, where there is one.
    file: Option<Arc<str>>,
    settings: Vec<Setting>,
}

/// One value.
#[derive(Debug, PartialEq, Eq)]
struct Setting {
    /// The names on the way to it, joined by dots; elements of lists by their index.
    key: String,
    value: Json,
    origin: Origin,
}

#[derive(Debug, PartialEq, Eq)]
enum Origin {
    Default,
    File(Location),
    Flag(&'static str),
}

/// Tells where each value of a configuration comes from; `fail_on` is the flag's, if it is given.
///
/// # Errors
/// A file that has gone since it was read, or is YAML to one reader of it only.
pub fn resolve(
    sources: &SourceMap,
    config: &Config,
    fail_on: Option<Severity>,
) -> Result<Resolved, ConfigError> {
    let file = config.file.as_deref();
    let file = file.map(|path| open(sources, path)).transpose()?;
    let root = file.as_deref().map(read).transpose()?.flatten();
    let mut listing = Listing {
        sources,
        root,
        settings: Vec::new(),
    };
    match fail_on {
        Some(severity) => listing.settings.push(Setting {
            key: "fail-on".to_owned(),
            value: json!(severity.as_str()),
            origin: Origin::Flag("--fail-on"),
        }),
        None => listing.add(&["fail-on"], json!(DEFAULT_FAIL_ON.as_str())),
    }
    listing.add(&["engine"], json!(ENGINES[0]));
    for key in ["include", "exclude", "units"] {
        listing.add(&[key], json!([]));
    }
    for rule in rules::ALL {
        listing.add_rule(config, rule);
    }
    listing.add(&["modules", "no-task-definitions"], json!([]));
    listing.add(&["ignore"], json!([]));
    for section in ["terraform", "cloudformation"] {
        listing.add(&[section, "environments"], json!([]));
    }
    listing.add_others();
    Ok(Resolved {
        file: file.map(|file| file.shown.clone()),
        settings: listing.settings,
    })
}

fn open(sources: &SourceMap, path: &Path) -> Result<Arc<File>, ConfigError> {
    sources.open(path).map_err(|error| ConfigError {
        path: path.to_path_buf(),
        position: None,
        message: format!("it could not be read again: {}", error.reason),
    })
}

/// The file as a tree with places; nothing where it holds comments only.
fn read(file: &File) -> Result<Option<Value>, ConfigError> {
    if super::is_blank(file.text()) {
        return Ok(None);
    }
    let read = yaml::read(file, 0..file.text().len(), &mut |_, value| value);
    let document = read.map_err(|error| {
        let at = file.position(error.span.start as usize);
        ConfigError {
            path: file.path.to_path_buf(),
            position: Some((at.line, at.column)),
            message: format!("the places of its values cannot be told: {}", error.message),
        }
    })?;
    Ok(Some(document.root))
}

/// Keys that are listed with their defaults.
const LISTED: [&str; 10] = [
    "fail-on",
    "engine",
    "include",
    "exclude",
    "units",
    "rules",
    "modules",
    "ignore",
    "terraform",
    "cloudformation",
];

struct Listing<'a> {
    sources: &'a SourceMap,
    root: Option<Value>,
    settings: Vec<Setting>,
}

impl Listing<'_> {
    /// What the file sets at a key, else the default.
    fn add(&mut self, way: &[&str], default: Json) {
        let key = way.join(".");
        match self.find(way).filter(|value| !value.is_null()) {
            Some(value) => self.add_value(key, &value),
            None => self.settings.push(Setting {
                key,
                value: default,
                origin: Origin::Default,
            }),
        }
    }

    /// Everything in a value, each scalar with its own place.
    fn add_value(&mut self, key: String, value: &Value) {
        match &value.kind {
            Kind::Object(object) if !object.members().is_empty() => {
                for member in object.members() {
                    self.add_value(format!("{key}.{}", member.name), &member.value.get());
                }
            }
            Kind::List(list) if list.iter().len() > 0 => {
                for (index, element) in list.iter().enumerate() {
                    self.add_value(format!("{key}[{index}]"), &element);
                }
            }
            _ => self.settings.push(Setting {
                key,
                value: self.scalar(value),
                origin: self.origin(value),
            }),
        }
    }

    fn add_rule(&mut self, config: &Config, rule: &'static Rule) {
        let settings = &config.settings;
        let severity = settings.severity(rule.id).unwrap_or(rule.severity);
        let mut members = vec![
            ("enabled", json!(settings.is_on(rule))),
            ("severity", json!(severity.as_str())),
        ];
        let options = rule.options.iter();
        members.extend(options.map(|option| (option.name, value_of(config, rule, option))));
        for (name, value) in members {
            let entry = self.find(&["rules", rule.id]);
            let member = self.find(&["rules", rule.id, name]);
            // `rule: off` sets whether it is on.
            let short = entry.filter(|entry| name == "enabled" && entry.as_object().is_none());
            let set = member.or(short);
            let origin = set.map_or(Origin::Default, |value| self.origin(&value));
            self.settings.push(Setting {
                key: format!("rules.{}.{name}", rule.id),
                value,
                origin,
            });
        }
    }

    /// What else the file sets.
    fn add_others(&mut self) {
        let Some(root) = self.root.clone() else {
            return;
        };
        let members = root.as_object().map_or(&[][..], |root| root.members());
        for member in members {
            if !LISTED.contains(&&*member.name) {
                self.add_value(member.name.to_string(), &member.value.get());
            }
        }
    }

    fn find(&self, way: &[&str]) -> Option<Value> {
        let mut value = self.root.clone()?;
        for name in way {
            value = value.as_object()?.member(name)?.value.get();
        }
        Some(value)
    }

    /// The configuration is read as YAML 1.2: `on` is a text there.
    fn scalar(&self, value: &Value) -> Json {
        match &value.kind {
            Kind::List(_) => json!([]),
            Kind::Object(_) => json!({}),
            Kind::Text(_) | Kind::Unknown(_) => json!(value.as_str()),
            Kind::Null(_) | Kind::Bool(_) | Kind::Number(_) => {
                let file = self.sources.file(value.span.file);
                let written = file.slice(value.span);
                serde_json::from_str(written).unwrap_or_else(|_| json!(written))
            }
        }
    }

    fn origin(&self, value: &Value) -> Origin {
        Origin::File(self.sources.location(value.span))
    }
}

/// The value of a rule's option; the default is the first that it can be.
fn value_of(config: &Config, rule: &Rule, option: &OptionSpec) -> Json {
    match (config.settings.option(rule.id, option.name), &option.values) {
        (Some(OptionValue::Flag(flag)), _) => json!(flag),
        (Some(OptionValue::Choice(word)), _) => json!(word),
        (None, OptionValues::Flag { default }) => json!(default),
        (None, OptionValues::Choice(words)) => json!(words.first()),
    }
}

impl Resolved {
    /// A line each: `key: value  # origin`.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn write_text(&self, out: &mut dyn io::Write) -> io::Result<()> {
        match &self.file {
            Some(file) => writeln!(out, "# configuration file: {}", shown(file))?,
            None => writeln!(out, "# no configuration file")?,
        }
        for Setting { key, value, origin } in &self.settings {
            let origin = match origin {
                Origin::Default => "default".to_owned(),
                Origin::Flag(flag) => (*flag).to_owned(),
                Origin::File(Location { path, start, .. }) => {
                    format!("{path}:{}:{}", start.line, start.column)
                }
            };
            let line = format!("{key}: {value}  # {origin}");
            writeln!(out, "{}", inert(&shown(&line)))?;
        }
        Ok(())
    }

    /// One object, `ecslint/config/v1`.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn write_json(&self, out: &mut dyn io::Write) -> io::Result<()> {
        let settings = self.settings.iter().map(|setting| Written {
            key: &setting.key,
            value: &setting.value,
            origin: match &setting.origin {
                Origin::Default => WrittenOrigin::Default,
                Origin::Flag(flag) => WrittenOrigin::Flag { flag },
                Origin::File(Location { path, start, .. }) => WrittenOrigin::File {
                    path,
                    line: start.line,
                    column: start.column,
                },
            },
        });
        let object = Object {
            schema: "ecslint/config/v1",
            file: self.file.as_deref(),
            settings: settings.collect(),
        };
        crate::report::json::write_object(&object, out)
    }
}

/// The schema of what [`Resolved::write_json`] writes.
pub fn schema() -> Schema {
    crate::schema::of::<Object>(Contract::Serialize)
}

/// The whole object.
#[derive(Serialize, JsonSchema)]
struct Object<'a> {
    #[schemars(extend("enum" = ["ecslint/config/v1"]))]
    schema: &'static str,
    /// The configuration file; null where there is none.
    file: Option<&'a str>,
    settings: Vec<Written<'a>>,
}

/// One value and where it comes from.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Setting")]
struct Written<'a> {
    /// The names on the way to the value, joined by dots, with the indices of lists.
    key: &'a str,
    value: &'a Json,
    origin: WrittenOrigin<'a>,
}

/// Where a value comes from.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Origin")]
#[serde(tag = "kind", rename_all = "lowercase")]
enum WrittenOrigin<'a> {
    Default,
    Flag {
        flag: &'a str,
    },
    /// The place in the configuration file.
    File {
        path: &'a str,
        line: usize,
        column: usize,
    },
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Memory;
    use proptest::prelude::*;

    fn told(text: &str, fail_on: Option<Severity>) -> Vec<String> {
        let sources = SourceMap::new(Memory::new([("/w/.ecslint.yaml", text)]), "/w");
        let config = Config {
            file: Some("/w/.ecslint.yaml".into()),
            ..Config::parse(text).expect(text)
        };
        let mut out = Vec::new();
        let resolved = resolve(&sources, &config, fail_on).expect(text);
        resolved.write_text(&mut out).expect("a vector takes all");
        let text = String::from_utf8(out).expect("UTF-8");
        text.lines().map(str::to_owned).collect()
    }

    #[test]
    fn each_value_has_its_origin() {
        let text = "exclude: [a, 'b\u{202e}']\nrules:\n  privileged-container: off\n  host-network-root-user:\n    missing-user: info\nignore:\n- rule: privileged-container\n  address: x\n  reason: it must\n";
        let told = told(text, Some(Severity::Low));
        for line in [
            "# configuration file: .ecslint.yaml",
            "fail-on: \"low\"  # --fail-on",
            "include: []  # default",
            "exclude[0]: \"a\"  # .ecslint.yaml:1:11",
            "exclude[1]: \"b\\u{202e}\"  # .ecslint.yaml:1:14",
            "rules.privileged-container.enabled: false  # .ecslint.yaml:3:25",
            "rules.privileged-container.severity: \"high\"  # default",
            "rules.host-network-root-user.enabled: true  # default",
            "rules.host-network-root-user.missing-user: \"info\"  # .ecslint.yaml:5:19",
            "rules.host-network-root-user.judge-privileged: false  # default",
            "ignore[0].reason: \"it must\"  # .ecslint.yaml:9:11",
        ] {
            assert!(told.iter().any(|told| told == line), "{line}: {told:#?}");
        }
    }

    #[test]
    fn texts_are_those_that_the_configuration_reads() {
        let text = "ignore:\n- rule: privileged-container\n  container: on\n  path: 017\n  reason: 'yes'\n";
        let told = told(text, None);
        for line in [
            "ignore[0].container: \"on\"  # .ecslint.yaml:3:14",
            "ignore[0].path: \"017\"  # .ecslint.yaml:4:9",
            "ignore[0].reason: \"yes\"  # .ecslint.yaml:5:11",
        ] {
            assert!(told.iter().any(|told| told == line), "{line}: {told:#?}");
        }
    }

    #[test]
    fn what_sets_nothing_leaves_the_defaults() {
        let defaults = told("{}", None);
        for text in ["", "# nothing yet\n\n", "---\n", "rules:\n", "exclude: []"] {
            let told = told(text, None);
            let origins = told.iter().filter(|line| !line.ends_with("# default"));
            // The line with the file's name, and a list that is set to be empty.
            let set = usize::from(text.starts_with("exclude"));
            assert_eq!(origins.count(), 1 + set, "{text}: {told:#?}");
            assert_eq!(told.len(), defaults.len());
        }
    }

    #[test]
    fn without_a_file_all_are_defaults() {
        let sources = SourceMap::new(Memory::default(), "/w");
        let resolved = resolve(&sources, &Config::default(), None).expect("nothing is read");
        let defaults = resolved.settings.iter();
        assert!(
            defaults
                .map(|setting| &setting.origin)
                .all(|origin| *origin == Origin::Default)
        );
    }

    proptest! {
        /// Two readers of YAML see each file: what the first takes, the second places or refuses.
        #[test]
        fn what_is_read_is_placed_or_refused(
            key in "include|exclude|rules|units",
            text in "[a:\\-\\[\\]{}*&!?|> \n\"'#~\u{feff}]{0,40}",
        ) {
            let text = format!("{key}: {text}");
            if let Ok(config) = Config::parse(&text) {
                let sources = SourceMap::new(Memory::new([("/w/c", text.as_str())]), "/w");
                let config = Config { file: Some("/w/c".into()), ..config };
                if let Ok(resolved) = resolve(&sources, &config, None) {
                    let listed = resolved.settings.iter();
                    let listed = listed.filter(|setting| setting.key.starts_with("exclude["));
                    prop_assert_eq!(listed.count(), config.exclude.len(), "{}", text);
                }
            }
        }
    }

    /// What is not in the list above is listed as it is set, so a new key can't be forgotten.
    #[test]
    fn keys_without_a_default_here_are_listed_as_they_are_set() {
        let sources = SourceMap::new(Memory::new([("/w/c", "new:\n  a: [1, {}]\n")]), "/w");
        let config = Config {
            file: Some("/w/c".into()),
            ..Config::default()
        };
        let keys = resolve(&sources, &config, None).expect("it is YAML");
        let keys = keys.settings;
        let keys: Vec<&str> = keys.iter().map(|setting| setting.key.as_str()).collect();
        assert_eq!(keys[keys.len() - 2..], ["new.a[0]", "new.a[1]"]);
    }
}
