//! The configuration file `.ecslint.yaml` and its diagnostics.
//!
//! ```yaml
//! fail-on: medium
//! rules:
//!   privileged-container: off
//!   host-network-root-user:
//!     severity: high
//!     missing-user: info
//! exclude: ["vendor/**"]
//! ignore:
//!   - rule: privileged-container
//!     address: module.agents.*
//!     reason: the agents look into the host
//! modules:
//!   no-task-definitions: ["git::https://example.com/network*"]
//! ```
//!
//! Each rule is `on`, `off`, or a mapping of `enabled`, `severity` and the rule's own options.
//! Whatever is not known here is an error: a misspelt key that is passed over would let a
//! deployment through.

use crate::date::Date;
use crate::finding::Severity;
use crate::rules::{
    self, Check, OptionSpec, OptionValue, OptionValues, Rule, RuleSettings, Settings,
};
use crate::source::{EntryKind, SourceMap};
use glob::Pattern;
use serde::Deserialize;
use serde::de::{self, DeserializeSeed, Deserializer, MapAccess, Visitor};
use std::collections::BTreeSet;
use std::fmt;
use std::path::{Path, PathBuf};

/// Names that a configuration file can have.
const NAMES: [&str; 2] = [".ecslint.yaml", ".ecslint.yml"];

/// What the configuration says.
#[derive(Clone, Debug, Default)]
pub struct Config {
    pub settings: Settings,
    pub fail_on: Option<Severity>,
    /// Paths below `root` that are left out.
    pub exclude: Vec<Pattern>,
    /// Sources of modules that are known to hold no task definitions.
    pub no_task_definitions: Vec<Pattern>,
    /// Findings that are not to be shown.
    pub ignores: Vec<Ignore>,
    /// The configuration file, where there is one.
    pub file: Option<PathBuf>,
    /// The directory of the configuration file; empty without one.
    pub root: PathBuf,
}

/// An exception. What it does not name, it does not ask for; it names something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ignore {
    pub rule: &'static str,
    /// In which only `*` means something else than itself: addresses have brackets.
    pub address: Option<Pattern>,
    pub container: Option<Pattern>,
    /// Of the unit, from the directory of the configuration.
    pub path: Option<Pattern>,
    pub reason: String,
    /// The last day on which it holds.
    pub until: Option<Date>,
}

/// The key of the exceptions.
pub const IGNORE: &str = "ignore";

/// A fault of the configuration.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ConfigError {
    pub path: PathBuf,
    /// One-based line and column, where the fault has a place.
    pub position: Option<(usize, usize)>,
    pub message: String,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.path.display())?;
        if let Some((line, column)) = self.position {
            write!(f, "{line}:{column}:")?;
        }
        write!(f, " {}", self.message)
    }
}

impl std::error::Error for ConfigError {}

impl Config {
    /// The nearest configuration file from `start` upwards, not beyond the repository that `start`
    /// is in; without one, the defaults.
    ///
    /// # Errors
    /// A file that cannot be read or understood, or two in one directory.
    pub fn find(start: &Path) -> Result<Config, ConfigError> {
        for directory in start.ancestors() {
            let mut found = NAMES.iter().map(|name| directory.join(name));
            let mut found = found.by_ref().filter(|path| path.is_file());
            if let Some(path) = found.next() {
                if found.next().is_some() {
                    return Err(ConfigError {
                        path,
                        position: None,
                        message: format!("`{}` stands beside it: keep one of the two", NAMES[1]),
                    });
                }
                return Config::load(&path);
            }
            // A directory, or a file in a worktree or submodule.
            if directory.join(".git").exists() {
                break;
            }
        }
        Ok(Config::default())
    }

    /// As [`Config::find`], in files that are not those on the disk.
    ///
    /// # Errors
    /// A file that cannot be understood.
    pub fn find_in(sources: &SourceMap, start: &Path) -> Result<Config, ConfigError> {
        for directory in start.ancestors() {
            let found = NAMES.iter().map(|name| directory.join(name));
            let mut found = found.filter(|path| sources.kind(path) == Some(EntryKind::File));
            if let Some(path) = found.next() {
                return Config::load_from(sources, &path);
            }
            if sources.kind(&directory.join(".git")).is_some() {
                break;
            }
        }
        Ok(Config::default())
    }

    /// As [`Config::load`], from files that are not those on the disk.
    ///
    /// # Errors
    /// A file that cannot be read or understood.
    pub fn load_from(sources: &SourceMap, path: &Path) -> Result<Config, ConfigError> {
        match sources.open(path) {
            Ok(file) => Config::of(file.text(), path),
            Err(error) => Err(ConfigError {
                path: path.to_path_buf(),
                position: None,
                message: error.reason,
            }),
        }
    }

    /// Reads a configuration file.
    ///
    /// # Errors
    /// A file that cannot be read or understood.
    pub fn load(path: &Path) -> Result<Config, ConfigError> {
        let text = std::fs::read_to_string(path).map_err(|error| ConfigError {
            path: path.to_path_buf(),
            position: None,
            message: match error.kind() {
                std::io::ErrorKind::NotFound => "there is no such file".to_owned(),
                _ => format!("it could not be read: {error}"),
            },
        })?;
        Config::of(&text, path)
    }

    fn of(text: &str, path: &Path) -> Result<Config, ConfigError> {
        let mut config = Config::parse(text).map_err(|(position, message)| ConfigError {
            path: path.to_path_buf(),
            position,
            message,
        })?;
        config.file = Some(path.to_path_buf());
        config.root = path.parent().unwrap_or(Path::new("")).to_path_buf();
        Ok(config)
    }

    /// Reads the text of a configuration file, for tests elsewhere.
    #[cfg(test)]
    pub(crate) fn parse_text(text: &str) -> Result<Config, String> {
        Config::parse(text).map_err(|(_, message)| message)
    }

    fn parse(text: &str) -> Result<Config, (Option<(usize, usize)>, String)> {
        // A file of comments only is no document to serde_yaml.
        let is_empty = |line: &str| line.trim().is_empty() || line.trim_start().starts_with('#');
        if text.trim_start_matches('\u{feff}').lines().all(is_empty) {
            return Ok(Config::default());
        }
        let raw: Option<RawConfig> = serde_yaml::from_str(text).map_err(|error| explain(&error))?;
        let raw = raw.unwrap_or_default();
        let patterns = |list: Vec<RawPattern>| list.into_iter().map(|raw| raw.0).collect();
        Ok(Config {
            settings: raw.rules.0,
            fail_on: raw.fail_on.map(|severity| severity.0),
            exclude: patterns(raw.exclude),
            no_task_definitions: patterns(raw.modules.no_task_definitions),
            ignores: raw.ignore.into_iter().map(|raw| raw.0).collect(),
            file: None,
            root: PathBuf::new(),
        })
    }
}

/// The nearest of `known` to `name`, if it is near enough to have been meant.
pub fn suggest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let known = known.into_iter();
    let near = known.map(|one| (distance(name, one), one));
    let (distance, best) = near.min_by_key(|(distance, _)| *distance)?;
    (distance <= 1 + best.chars().count() / 4).then_some(best)
}

/// Edits of a character (or swaps of two neighbours) that make one text of the other; hyphens,
/// underscores and letter case count as the same.
fn distance(a: &str, b: &str) -> usize {
    let letters = |text: &str| -> Vec<char> {
        let text = text.chars().take(64).map(|letter| match letter {
            '_' => '-',
            other => other.to_ascii_lowercase(),
        });
        text.collect()
    };
    let (a, b) = (letters(a), letters(b));
    let mut rows = vec![vec![0; b.len() + 1]; a.len() + 1];
    for i in 0..=a.len() {
        for j in 0..=b.len() {
            rows[i][j] = if i == 0 || j == 0 {
                i + j
            } else {
                let replace = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
                let edit = replace.min(rows[i - 1][j] + 1).min(rows[i][j - 1] + 1);
                let swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
                match swapped {
                    true => edit.min(rows[i - 2][j - 2] + 1),
                    false => edit,
                }
            };
        }
    }
    rows[a.len()][b.len()]
}

/// "`x` is not …", with the nearest of what is.
fn unknown(name: &str, what: &str, known: &[&str]) -> String {
    match suggest(name, known.iter().copied()) {
        Some(near) => format!("`{name}` is not {what}: did you mean `{near}`?"),
        None => format!("`{name}` is not {what}: there are {}", quoted(known)),
    }
}

fn quoted(words: &[&str]) -> String {
    let words: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    words.join(", ")
}

/// Our words for an error of serde_yaml, and its place.
fn explain(error: &serde_yaml::Error) -> (Option<(usize, usize)>, String) {
    let position = error.location().map(|at| (at.line(), at.column()));
    let mut text = error.to_string();
    // The place is printed before the message.
    if let Some(at) = text.rfind(" at line ") {
        text.truncate(at);
    }
    // `rules.x: invalid type: …`
    let text = match text.find(": ") {
        Some(at) if !text[..at].contains([' ', '`']) => &text[at + 2..],
        _ => &text,
    };
    let between = |text: &str, from: &str| -> Option<String> {
        let (_, rest) = text.split_once(from)?;
        Some(rest.split_once('`')?.0.to_owned())
    };
    if let Some(field) = between(text, "unknown field `") {
        let known = text.split_once("expected").map_or("", |(_, rest)| rest);
        let known: Vec<&str> = known.split('`').skip(1).step_by(2).collect();
        return (position, unknown(&field, "a key here", &known));
    }
    if let Some(field) = between(text, "missing field `") {
        return (position, format!("`{field}` is missing here"));
    }
    if let Some(field) = between(text, "duplicate field `") {
        return (position, format!("`{field}` is set twice"));
    }
    // `invalid type: string "x", expected a sequence`
    if let Some(rest) = text.strip_prefix("invalid type: ")
        && let Some((got, wanted)) = rest.rsplit_once(", expected ")
    {
        let wanted = match wanted {
            "a sequence" => "a list",
            other if other.starts_with("struct ") => "a mapping",
            other => other,
        };
        let got = match got {
            "unit value" => "nothing",
            other => other,
        };
        return (position, format!("expected {wanted}, found {got}"));
    }
    (position, text.to_owned())
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
struct RawConfig {
    rules: RawRules,
    fail_on: Option<RawSeverity>,
    exclude: Vec<RawPattern>,
    modules: RawModules,
    ignore: Vec<RawIgnore>,
}

/// An entry of `ignore`, checked as a whole.
#[derive(Deserialize)]
#[serde(try_from = "IgnoreEntry")]
struct RawIgnore(Ignore);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct IgnoreEntry {
    rule: RawRule,
    address: Option<RawAddress>,
    container: Option<RawPattern>,
    path: Option<RawPattern>,
    reason: RawReason,
    until: Option<RawDate>,
}

impl TryFrom<IgnoreEntry> for RawIgnore {
    type Error = String;

    fn try_from(entry: IgnoreEntry) -> Result<RawIgnore, String> {
        let IgnoreEntry {
            rule: RawRule(rule),
            reason: RawReason(reason),
            ..
        } = entry;
        if entry.address.is_none() && entry.container.is_none() && entry.path.is_none() {
            return Err(format!(
                "an ignore names an `address`, a `container` or a `path`: to switch the rule off, \
                 set `{rule}: off` in `rules`"
            ));
        }
        Ok(RawIgnore(Ignore {
            rule,
            address: entry.address.map(|raw| raw.0),
            container: entry.container.map(|raw| raw.0),
            path: entry.path.map(|raw| raw.0),
            reason,
            until: entry.until.map(|raw| raw.0),
        }))
    }
}

struct RawRule(&'static str);

impl<'de> Deserialize<'de> for RawRule {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<RawRule, D::Error> {
        let known = rules::ALL.iter();
        let known = known.filter(|rule| !matches!(rule.check, Check::Exceptions));
        let known: Vec<&'static str> = known.map(|rule| rule.id).collect();
        deserializer.deserialize_any(Scalar {
            wanted: "a rule",
            read: |value: Word| match value {
                Word::Text(text) => match known.iter().find(|known| **known == text) {
                    Some(id) => Ok(RawRule(id)),
                    None => Err(unknown(text, "a rule that can be ignored", &known)),
                },
                Word::Flag(_) => Err("expected a rule".to_owned()),
            },
        })
    }
}

struct RawAddress(Pattern);

impl<'de> Deserialize<'de> for RawAddress {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<RawAddress, D::Error> {
        deserializer.deserialize_str(Scalar {
            wanted: "an address",
            read: |value: Word| match value {
                Word::Text(text) => {
                    let mut parts: Vec<String> = text.split('*').map(Pattern::escape).collect();
                    let last = parts.len() - 1;
                    let mut at = 0;
                    // Two stars say no more than one, and three are no pattern.
                    parts.retain(|part| {
                        at += 1;
                        at == 1 || at == last + 1 || !part.is_empty()
                    });
                    Pattern::new(&parts.join("*"))
                        .map(RawAddress)
                        .map_err(|error| format!("`{text}` is not a pattern: {}", error.msg))
                }
                Word::Flag(_) => Err("expected an address".to_owned()),
            },
        })
    }
}

struct RawReason(String);

impl<'de> Deserialize<'de> for RawReason {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<RawReason, D::Error> {
        deserializer.deserialize_str(Scalar {
            wanted: "a reason",
            read: |value: Word| match value {
                Word::Text(text) if text.chars().any(char::is_alphanumeric) => {
                    Ok(RawReason(text.to_owned()))
                }
                _ => Err("an ignore needs a reason".to_owned()),
            },
        })
    }
}

struct RawDate(Date);

impl<'de> Deserialize<'de> for RawDate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<RawDate, D::Error> {
        deserializer.deserialize_str(Scalar {
            wanted: "a day, such as 2026-12-31",
            read: |value: Word| match value {
                Word::Text(text) => Date::parse(text)
                    .map(RawDate)
                    .ok_or_else(|| format!("`{text}` is not a day, such as 2026-12-31")),
                Word::Flag(_) => Err("expected a day, such as 2026-12-31".to_owned()),
            },
        })
    }
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
struct RawModules {
    no_task_definitions: Vec<RawPattern>,
}

struct RawPattern(Pattern);

impl<'de> Deserialize<'de> for RawPattern {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<RawPattern, D::Error> {
        deserializer.deserialize_str(Scalar {
            wanted: "a pattern",
            read: |value: Word| match value {
                Word::Text(text) => Pattern::new(text)
                    .map(RawPattern)
                    .map_err(|error| format!("`{text}` is not a pattern: {}", error.msg)),
                Word::Flag(_) => Err("expected a pattern".to_owned()),
            },
        })
    }
}

struct RawSeverity(Severity);

impl<'de> Deserialize<'de> for RawSeverity {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<RawSeverity, D::Error> {
        deserializer.deserialize_any(Scalar {
            wanted: "a severity: high, medium, low or info",
            read: |value: Word| match value {
                Word::Text(text) => text.parse().map(RawSeverity).map_err(|_: String| {
                    let known = ["high", "medium", "low", "info"];
                    unknown(text, "a severity", &known)
                }),
                Word::Flag(flag) => Err(format!("`{flag}` is not a severity")),
            },
        })
    }
}

/// `rules:`
#[derive(Default)]
struct RawRules(Settings);

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
                let what = "a rule";
                while let Some(id) = map.next_key_seed(key(what, &known, &mut seen))? {
                    let rule = rules::find(id).expect("the key is the id of a rule");
                    settings.set(rule, map.next_value_seed(RuleEntry(rule))?);
                }
                Ok(RawRules(settings))
            }
        }
        deserializer.deserialize_any(Rules)
    }
}

/// What is said of one rule.
struct RuleEntry(&'static Rule);

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
        let on = switch(Word::Text(text)).map_err(E::custom)?;
        self.visit_bool(on)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<RuleSettings, A::Error> {
        let RuleEntry(rule) = self;
        let mut settings = RuleSettings::default();
        let mut seen = BTreeSet::new();
        let known: Vec<&'static str> = ["enabled", "severity"]
            .into_iter()
            .chain(rule.options.iter().map(|option| option.name))
            .collect();
        let what = format!("an option of `{}`", rule.id);
        while let Some(name) = map.next_key_seed(key(&what, &known, &mut seen))? {
            match name {
                "enabled" => settings.on = Some(map.next_value_seed(Switch)?),
                "severity" => settings.severity = Some(map.next_value::<RawSeverity>()?.0),
                _ => {
                    let mut options = rule.options.iter();
                    let option = options.find(|option| option.name == name);
                    let option = option.expect("the key is the name of an option");
                    let value = map.next_value_seed(OptionEntry(option))?;
                    settings.options.insert(option.name, value);
                }
            }
        }
        Ok(settings)
    }
}

/// `on` or `off`.
struct Switch;

impl<'de> DeserializeSeed<'de> for Switch {
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<bool, D::Error> {
        deserializer.deserialize_any(Scalar {
            wanted: "true or false",
            read: switch,
        })
    }
}

/// YAML 1.1 has more words for the two than serde_yaml, which reads YAML 1.2.
fn switch(value: Word) -> Result<bool, String> {
    match value {
        Word::Flag(flag) => Ok(flag),
        Word::Text("on" | "yes") => Ok(true),
        Word::Text("off" | "no") => Ok(false),
        Word::Text(other) => Err(format!("`{other}` is not `on` or `off`")),
    }
}

/// The value of a rule's option.
struct OptionEntry(&'static OptionSpec);

impl<'de> DeserializeSeed<'de> for OptionEntry {
    type Value = OptionValue;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<OptionValue, D::Error> {
        match self.0.values {
            OptionValues::Flag { .. } => Switch.deserialize(deserializer).map(OptionValue::Flag),
            OptionValues::Choice(words) => deserializer.deserialize_any(Scalar {
                wanted: "a word",
                read: |value: Word| match value {
                    Word::Text(text) if words.contains(&text) => {
                        Ok(OptionValue::Choice(text.to_owned()))
                    }
                    Word::Text(text) => {
                        let what = format!("a value of `{}`", self.0.name);
                        Err(unknown(text, &what, words))
                    }
                    Word::Flag(flag) => Err(format!(
                        "`{flag}` is not a value of `{}`: there are {}",
                        self.0.name,
                        quoted(words)
                    )),
                },
            }),
        }
    }
}

/// A key that must be one of `known`, once.
struct Key<'a> {
    what: &'a str,
    known: &'a [&'static str],
    seen: &'a mut BTreeSet<&'static str>,
}

fn key<'a>(
    what: &'a str,
    known: &'a [&'static str],
    seen: &'a mut BTreeSet<&'static str>,
) -> Key<'a> {
    Key { what, known, seen }
}

impl<'de> DeserializeSeed<'de> for Key<'_> {
    type Value = &'static str;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<&'static str, D::Error> {
        deserializer.deserialize_str(Scalar {
            wanted: "a name",
            read: |value: Word| {
                let Word::Text(name) = value else {
                    return Err("expected a name".to_owned());
                };
                match self.known.iter().find(|known| **known == name) {
                    Some(known) if self.seen.insert(known) => Ok(*known),
                    Some(known) => Err(format!("`{known}` is set twice")),
                    None => Err(unknown(name, self.what, self.known)),
                }
            },
        })
    }
}

/// A scalar of the configuration.
#[derive(Clone, Copy)]
enum Word<'a> {
    Text(&'a str),
    Flag(bool),
}

/// Reads a text or a boolean; an error that `read` gives has the place of the scalar.
struct Scalar<F> {
    wanted: &'static str,
    read: F,
}

impl<'de, T, F: FnOnce(Word) -> Result<T, String>> Visitor<'de> for Scalar<F> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(self.wanted)
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<T, E> {
        (self.read)(Word::Text(text)).map_err(E::custom)
    }

    fn visit_bool<E: de::Error>(self, flag: bool) -> Result<T, E> {
        (self.read)(Word::Flag(flag)).map_err(E::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn fault(text: &str) -> String {
        let (position, message) = Config::parse(text).expect_err(text);
        let (line, column) = position.expect("it has a place");
        format!("{line}:{column}: {message}")
    }

    #[test]
    fn everything_that_can_be_set() {
        let config = Config::parse(
            "fail-on: high
rules:
  privileged-container: off
  host-network-root-user:
    enabled: true
    severity: low
    judge-privileged: true
    missing-user: info
exclude: [\"vendor/**\"]
modules:
  no-task-definitions: [\"git::https://example.com/*\"]
",
        )
        .expect("it is right");
        assert_eq!(config.fail_on, Some(Severity::High));
        let [network, privileged] = ["host-network-root-user", "privileged-container"]
            .map(|id| rules::find(id).expect("a rule"));
        assert!(config.settings.is_on(network));
        assert!(!config.settings.is_on(privileged));
        assert_eq!(config.settings.severity(network.id), Some(Severity::Low));
        let mut wanted = Settings::default();
        wanted.set(
            privileged,
            RuleSettings {
                on: Some(false),
                ..RuleSettings::default()
            },
        );
        wanted.set(
            network,
            RuleSettings {
                on: Some(true),
                severity: Some(Severity::Low),
                options: [
                    ("judge-privileged", OptionValue::Flag(true)),
                    ("missing-user", OptionValue::Choice("info".to_owned())),
                ]
                .into(),
            },
        );
        assert_eq!(config.settings, wanted);
        assert!(config.exclude[0].matches("vendor/a/b"));
        assert_eq!(config.no_task_definitions.len(), 1);
    }

    #[test]
    fn empty_files_set_nothing() {
        for text in [
            "",
            "# nothing yet\n\n",
            "---\n",
            "rules:\n",
            "{}",
            "exclude: []",
        ] {
            let config = Config::parse(text).expect(text);
            assert_eq!(config.settings, Settings::default());
        }
    }

    #[test]
    fn faults_have_a_place_and_a_way_out() {
        for (text, wanted) in [
            (
                "fail_on: high",
                "1:1: `fail_on` is not a key here: did you mean `fail-on`?",
            ),
            (
                "fail-on: hgih",
                "1:10: `hgih` is not a severity: did you mean `high`?",
            ),
            (
                "rules:\n  host-network-root-usr: off",
                "2:3: `host-network-root-usr` is not a rule: did you mean `host-network-root-user`?",
            ),
            (
                "rules:\n  privileged-container: maybe",
                "2:25: `maybe` is not `on` or `off`",
            ),
            (
                "rules:\n  privileged-container:\n    sevrity: high",
                "3:5: `sevrity` is not an option of `privileged-container`: did you mean `severity`?",
            ),
            (
                "rules:\n  host-network-root-user:\n    missing-user: pass",
                "3:19: `pass` is not a value of `missing-user`: there are `fail`, `info`",
            ),
            (
                "rules:\n  privileged-container: on\n  privileged-container: off",
                "3:3: `privileged-container` is set twice",
            ),
            (
                "exclude: vendor",
                "1:10: expected a list, found string \"vendor\"",
            ),
            (
                "exclude:\n- ok\n- a***b",
                "3:3: `a***b` is not a pattern: wildcards are either regular `*` or recursive `**`",
            ),
            (
                "modules:\n  no-task-definition: []",
                "2:3: `no-task-definition` is not a key here: did you mean `no-task-definitions`?",
            ),
            ("- a", "1:1: expected a mapping, found sequence"),
            (
                "ignore:\n- rule: privileged-container\n  address: x",
                "2:3: `reason` is missing here",
            ),
            (
                "ignore:\n- rule: privileged-container\n  address: x\n  reason: ''",
                "4:11: an ignore needs a reason",
            ),
            (
                "ignore:\n- rule: unused-ignore\n  address: x\n  reason: y",
                "2:9: `unused-ignore` is not a rule that can be ignored: there are `host-network-root-user`, `privileged-container`",
            ),
            (
                "ignore:\n- rule: privileged-container\n  reason: y",
                "2:1: an ignore names an `address`, a `container` or a `path`: to switch the rule off, set `privileged-container: off` in `rules`",
            ),
            (
                "ignore:\n- rule: privileged-container\n  adress: x\n  reason: y",
                "3:3: `adress` is not a key here: did you mean `address`?",
            ),
            (
                "ignore:\n- rule: privileged-container\n  address: x\n  until: soon\n  reason: y",
                "4:10: `soon` is not a day, such as 2026-12-31",
            ),
        ] {
            assert_eq!(fault(text), wanted);
        }
        let syntax = fault("exclude: [a");
        assert!(syntax.contains("did not find"), "{syntax}");
    }

    #[test]
    fn suggestions_are_near_or_none() {
        let known = ["fail-on", "rules", "exclude"];
        assert_eq!(suggest("Rules", known), Some("rules"));
        assert_eq!(suggest("exlcude", known), Some("exclude"));
        assert_eq!(suggest("something", known), None);
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "[a-z:\\-\\[\\]{}*&!?|> \n\"'#]{0,80}") {
            let _ = Config::parse(&text);
        }
    }
}
