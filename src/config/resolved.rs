//! The configuration as it takes effect, and where each value comes from.

use super::Config;
use crate::finding::Severity;
use crate::report::terminal::shown;
use crate::rules::{self, OptionSpec, OptionValue, OptionValues, Rule};
use crate::source::{File, Location, SourceMap};
use crate::value::{Kind, Value};
use crate::yaml;
use serde::Serialize;
use serde_json::{Value as Json, json};
use std::io;
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
pub fn resolve(sources: &SourceMap, config: &Config, fail_on: Option<Severity>) -> Resolved {
    let file = config.file.as_deref();
    let file = file.and_then(|path| sources.open(path).ok());
    let root = file.as_deref().and_then(read);
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
    for key in ["include", "exclude", "units"] {
        listing.add(&[key], json!([]));
    }
    for rule in rules::ALL {
        listing.add_rule(config, rule);
    }
    listing.add(&["modules", "no-task-definitions"], json!([]));
    listing.add(&["ignore"], json!([]));
    listing.add_others();
    Resolved {
        file: file.map(|file| file.shown.clone()),
        settings: listing.settings,
    }
}

/// The file as a tree with places; it has been understood before.
fn read(file: &File) -> Option<Value> {
    let read = yaml::read(file, 0..file.text().len(), &mut |_, value| value);
    Some(read.ok()?.root)
}

/// Keys that are listed with their defaults.
const LISTED: [&str; 7] = [
    "fail-on", "include", "exclude", "units", "rules", "modules", "ignore",
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
                value: scalar(value),
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

fn scalar(value: &Value) -> Json {
    match &value.kind {
        Kind::Null => Json::Null,
        Kind::Bool(flag) => json!(flag),
        Kind::Number(number) => json!(number.to_string()),
        Kind::List(_) => json!([]),
        Kind::Object(_) => json!({}),
        Kind::Text(_) | Kind::Unknown(_) => json!(value.as_str()),
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
            let (key, value) = (shown(key), value.to_string());
            write!(out, "{key}: {}  # ", shown(&value))?;
            match origin {
                Origin::Default => writeln!(out, "default")?,
                Origin::Flag(flag) => writeln!(out, "{flag}")?,
                Origin::File(Location { path, start, .. }) => {
                    writeln!(out, "{}:{}:{}", shown(path), start.line, start.column)?;
                }
            }
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
                Origin::Default => json!({ "kind": "default" }),
                Origin::Flag(flag) => json!({ "kind": "flag", "flag": flag }),
                Origin::File(Location { path, start, .. }) => json!({
                    "kind": "file",
                    "path": &**path,
                    "line": start.line,
                    "column": start.column,
                }),
            },
        });
        #[derive(Serialize)]
        struct Object<'a> {
            schema: &'static str,
            file: Option<&'a str>,
            settings: Vec<Written<'a>>,
        }
        let object = Object {
            schema: "ecslint/config/v1",
            file: self.file.as_deref(),
            settings: settings.collect(),
        };
        crate::report::json::write_object(&object, out)
    }
}

#[derive(Serialize)]
struct Written<'a> {
    key: &'a str,
    value: &'a Json,
    origin: Json,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::Memory;

    fn told(text: &str, fail_on: Option<Severity>) -> Vec<String> {
        let sources = SourceMap::new(Memory::new([("/w/.ecslint.yaml", text)]), "/w");
        let config = Config {
            file: Some("/w/.ecslint.yaml".into()),
            ..Config::parse(text).expect(text)
        };
        let mut out = Vec::new();
        let resolved = resolve(&sources, &config, fail_on);
        resolved.write_text(&mut out).expect("a vector takes all");
        let text = String::from_utf8(out).expect("UTF-8");
        text.lines().map(str::to_owned).collect()
    }

    #[test]
    fn each_value_has_its_origin() {
        let text = "exclude: [a, 'b\u{1b}']\nrules:\n  privileged-container: off\n  host-network-root-user:\n    missing-user: info\nignore:\n- rule: privileged-container\n  address: x\n  reason: it must\n";
        let told = told(text, Some(Severity::Low));
        for line in [
            "# configuration file: .ecslint.yaml",
            "fail-on: \"low\"  # --fail-on",
            "include: []  # default",
            "exclude[0]: \"a\"  # .ecslint.yaml:1:11",
            "exclude[1]: \"b\\u001b\"  # .ecslint.yaml:1:14",
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
    fn without_a_file_all_are_defaults() {
        let sources = SourceMap::new(Memory::default(), "/w");
        let resolved = resolve(&sources, &Config::default(), None);
        let defaults = resolved.settings.iter();
        assert!(
            defaults
                .map(|setting| &setting.origin)
                .all(|origin| *origin == Origin::Default)
        );
    }

    /// What is not in the list above is listed as it is set, so a new key can't be forgotten.
    #[test]
    fn keys_without_a_default_here_are_listed_as_they_are_set() {
        let sources = SourceMap::new(Memory::new([("/w/c", "new:\n  a: [1, {}]\n")]), "/w");
        let config = Config {
            file: Some("/w/c".into()),
            ..Config::default()
        };
        let keys = resolve(&sources, &config, None).settings;
        let keys: Vec<&str> = keys.iter().map(|setting| setting.key.as_str()).collect();
        assert_eq!(keys[keys.len() - 2..], ["new.a[0]", "new.a[1]"]);
    }
}
