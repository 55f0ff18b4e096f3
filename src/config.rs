//! The configuration file `.ecslint.yaml` and its diagnostics.
//!
//! ```yaml
//! fail-on: medium
//! rules:
//!   privileged-container: off
//!   host-network-root-user:
//!     severity: high
//!     missing-user: info
//! include: ["infra/**", "stacks/*.yaml"]
//! exclude: ["infra/vendor/**"]
//! units: ["infra/modules/*/examples/*"]
//! ignore:
//!   - rule: privileged-container
//!     address: module.agents.*
//!     reason: the agents look into the host
//! engine: tofu
//! modules:
//!   no-task-definitions: ["git::https://example.com/network*"]
//! terraform:
//!   environments:
//!     - {name: prod, root: services/*, var-files: [prod.tfvars], workspace: prod}
//! cloudformation:
//!   environments:
//!     - {name: prod, template: stacks/*.yaml, parameters: {Stage: prod}}
//! ```
//!
//! Each rule is `on`, `off`, or a mapping of `enabled`, `severity` and the rule's own options.
//! Whatever is not known here is an error: a misspelt key that is passed over would let a
//! deployment through.

pub mod environments;
pub mod places;
pub mod resolved;

use crate::date::Date;
use crate::environments::Environments;
use crate::finding::Severity;
use crate::rules::{
    self, Check, OptionSpec, OptionValue, OptionValues, Rule, RuleSettings, Settings,
};
use crate::source::{EntryKind, SourceMap};
use crate::terraform::Engine;
use environments::{RawCloudFormation, RawTerraform};
use glob::Pattern;
use places::Step;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use serde::de::{self, DeserializeSeed, Deserializer, MapAccess, Visitor};
use serde_json::json;
use std::borrow::Cow;
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
    pub engine: Engine,
    /// Paths below `root` that are looked at; none: all.
    pub include: Vec<Pattern>,
    /// Paths below `root` that are left out.
    pub exclude: Vec<Pattern>,
    /// Paths below `root` of what is judged on its own.
    pub units: Vec<Pattern>,
    /// Sources of modules that are known to hold no task definitions.
    pub no_task_definitions: Vec<Pattern>,
    /// Findings that are not to be shown.
    pub ignores: Vec<Ignore>,
    /// Where units are deployed to.
    pub environments: Environments,
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
    /// A path of module calls, such as `module.a.module.b`, with or without instance keys.
    pub module: Option<Pattern>,
    /// The name of an environment.
    pub environment: Option<Pattern>,
    pub reason: String,
    /// The last day on which it holds.
    pub until: Option<Date>,
}

/// The schema of the configuration file.
pub fn schema() -> schemars::Schema {
    crate::schema::of::<RawConfig>(schemars::generate::Contract::Deserialize)
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
        config.environments.config.clone_from(&config.file);
        config.environments.root.clone_from(&config.root);
        Ok(config)
    }

    /// Reads the text of a configuration file, for tests elsewhere.
    #[cfg(test)]
    pub(crate) fn parse_text(text: &str) -> Result<Config, String> {
        Config::parse(text).map_err(|(_, message)| message)
    }

    fn parse(text: &str) -> Result<Config, (Option<(usize, usize)>, String)> {
        // That is no document to serde_yaml.
        if is_blank(text) {
            return Ok(Config::default());
        }
        let raw: Option<RawConfig> = serde_yaml::from_str(text).map_err(|error| explain(&error))?;
        let raw = raw.unwrap_or_default();
        let environments = environments::settle(text, raw.terraform, raw.cloudformation)?;
        let ignores: Vec<Ignore> = raw.ignore.into_iter().map(|raw| raw.0).collect();
        for (index, ignore) in ignores.iter().enumerate() {
            if let Some(pattern) = &ignore.environment {
                let mut names = environments.names().into_iter();
                if !names.any(|name| pattern.matches(&name)) {
                    let steps = [Step::Key(IGNORE), Step::Index(index)];
                    let steps = [&steps[..], &[Step::Key("environment")]].concat();
                    let message = environments::unknown(pattern.as_str(), &environments);
                    return Err((places::position(text, &steps), message));
                }
            }
        }
        let patterns = |list: Vec<Read<Pattern>>| list.into_iter().map(|raw| raw.0).collect();
        Ok(Config {
            settings: raw.rules.0,
            fail_on: raw.fail_on.map(|severity| severity.0),
            engine: raw.engine.map(|engine| engine.0).unwrap_or_default(),
            include: patterns(raw.include),
            exclude: patterns(raw.exclude),
            units: patterns(raw.units),
            no_task_definitions: patterns(raw.modules.no_task_definitions),
            ignores,
            environments,
            file: None,
            root: PathBuf::new(),
        })
    }
}

/// Whether a text holds nothing but comments.
fn is_blank(text: &str) -> bool {
    let is_blank = |line: &str| line.trim().is_empty() || line.trim_start().starts_with('#');
    text.trim_start_matches('\u{feff}').lines().all(is_blank)
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
            "map" => "a mapping",
            "sequence" => "a list",
            other => other,
        };
        return (position, format!("expected {wanted}, found {got}"));
    }
    (position, text.to_owned())
}

/// The configuration file of ecslint, `.ecslint.yaml`.
#[derive(Deserialize, JsonSchema, Default)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
struct RawConfig {
    /// Which rules are on, at which severity and with which options.
    rules: RawRules,
    /// The least severity that fails a run.
    fail_on: Option<Read<Severity>>,
    /// Whose language the sources are written in: with `tofu`, files of OpenTofu's own count.
    engine: Option<Read<Engine>>,
    /// What is looked at where directories are searched: patterns of paths from the directory of
    /// this file. All of it where there is none.
    include: Vec<Read<Pattern>>,
    /// What is left out where directories are searched: patterns of paths from the directory of
    /// this file.
    exclude: Vec<Read<Pattern>>,
    /// What is judged on its own although others call or nest it: patterns of the paths of root
    /// modules, templates and files of API JSON from the directory of this file.
    units: Vec<Read<Pattern>>,
    modules: RawModules,
    /// Findings that are not to be shown.
    ignore: Vec<RawIgnore>,
    terraform: RawTerraform,
    cloudformation: RawCloudFormation,
}

/// What is known of modules.
#[derive(Deserialize, JsonSchema, Default)]
#[schemars(rename = "Modules")]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
struct RawModules {
    /// Patterns of the sources of modules that hold no task definitions and need not be on disk.
    no_task_definitions: Vec<Read<Pattern>>,
}

/// An entry of `ignore`, checked as a whole.
#[derive(Deserialize)]
#[serde(try_from = "IgnoreEntry")]
struct RawIgnore(Ignore);

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
    path: Option<Read<Pattern>>,
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
            path: entry.path.map(|path| path.0),
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

/// What a text of the configuration stands for.
trait Word: Sized {
    /// What is expected, after that word.
    const WANTED: &'static str;

    /// # Errors
    /// A clause that says what is wrong with the text.
    fn read(text: &str) -> Result<Self, String>;

    /// As far as JSON Schema can say it.
    fn schema() -> Schema;
}

/// A [`Word`] as it is read; a fault has its place.
struct Read<T>(T);

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
const ENGINES: [&str; 2] = ["terraform", "tofu"];

/// The worst first.
fn severities() -> [&'static str; 4] {
    let mut words = Severity::ALL.map(Severity::as_str);
    words.reverse();
    words
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

/// Reads a scalar by its text; an error that `read` gives has the place of the scalar.
struct Scalar<F> {
    wanted: &'static str,
    read: F,
}

impl<T, F: FnOnce(&str) -> Result<T, String>> Scalar<F> {
    fn of(wanted: &'static str, read: F) -> Scalar<F> {
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
engine: tofu
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
        assert_eq!(config.engine, Engine::Tofu);
    }

    #[test]
    fn environments_keep_what_is_written() {
        let config = Config::parse(
            "terraform:
  environments:
  - name: prod
    root: ./services/*
    var-files: [a.tfvars, b.tfvars]
    vars: {version: 1.50, on: yes, list: \"[1]\", empty: ''}
    workspace: blue
cloudformation:
  environments:
  - name: prod
    template: stacks/**/*.yaml
    parameters: {Version: 1.50, AWS::Region: x}
    parameter-files: [p.json]
    region: eu-west-1
    account: 012345678901
",
        )
        .expect("it is right");
        let root = &config.environments.terraform[0];
        assert_eq!(root.units.as_str(), "services/*");
        assert_eq!(
            root.values.var_files,
            [PathBuf::from("a.tfvars"), "b.tfvars".into()]
        );
        let vars = root.values.vars.iter();
        let vars: Vec<(&str, &str)> = vars.map(|(name, value)| (&**name, &**value)).collect();
        let wanted = [
            ("version", "1.50"),
            ("on", "yes"),
            ("list", "[1]"),
            ("empty", ""),
        ];
        assert_eq!(vars, wanted);
        assert_eq!(root.values.workspace.as_deref(), Some("blue"));
        let template = &config.environments.cloudformation[0].values;
        let parameters: Vec<(&str, &str)> = template
            .parameters
            .iter()
            .map(|(name, value)| (&**name, &**value))
            .collect();
        let wanted = [
            ("AWS::AccountId", "012345678901"),
            ("AWS::Region", "eu-west-1"),
            ("Version", "1.50"),
        ];
        assert_eq!(parameters, wanted);
        assert_eq!(config.environments.names().len(), 1);
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
            ("- a", "1:1: expected a mapping, found a list"),
            (
                "unit: []",
                "1:1: `unit` is not a key here: did you mean `units`?",
            ),
            ("include: {a: b}", "1:10: expected a list, found a mapping"),
            ("units:\n- [a]", "2:3: expected a pattern, found a list"),
            (
                "fail-on: [high]",
                "1:10: expected a severity: high, medium, low or info, found a list",
            ),
            (
                "rules:\n  privileged-container:\n    enabled: 1",
                "3:14: `1` is not `on` or `off`",
            ),
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
                "2:1: an ignore names an `address`, a `container`, a `path`, a `module` or an `environment`: to switch the rule off, set `privileged-container: off` in `rules`",
            ),
            (
                "terraform:\n  environment: []",
                "2:3: `environment` is not a key here: did you mean `environments`?",
            ),
            (
                "terraform:\n  environments:\n  - name: dev\n    root: a\n    var-file: [x]",
                "5:5: `var-file` is not a key here: did you mean `var-files`?",
            ),
            (
                "terraform:\n  environments:\n  - name: dev",
                "3:5: `root` is missing here",
            ),
            (
                "terraform:\n  environments:\n  - name: ''\n    root: a",
                "3:11: expected a text, found nothing",
            ),
            (
                "terraform:\n  environments:\n  - name: dev\n    root: ../a",
                "4:11: `../a` is not a pattern of what lies below the directory of this file",
            ),
            (
                "terraform:\n  environments:\n  - name: dev\n    root: a\n    var-files: x",
                "5:16: expected a list, found string \"x\"",
            ),
            (
                "terraform:\n  environments:\n  - name: dev\n    root: a\n    vars: {a: 1, a: 2}",
                "5:11: `a` is set twice",
            ),
            (
                "terraform:\n  environments:\n  - name: dev\n    root: a\n    vars:\n      a: 1\n      b:",
                "6:7: `b` has no value here: write `\"\"`, or leave it out",
            ),
            (
                "terraform:\n  environments:\n  - name: dev\n    root: a\n    vars: {a: [x]}",
                "5:15: expected a text as the command line takes it, found a list",
            ),
            (
                "terraform:\n  environments:\n  - {name: dev, root: a}\n  - {name: dev, root: a}",
                "4:12: environment `dev` is told twice for the root `a`",
            ),
            (
                "cloudformation:\n  environments:\n  - {name: dev, template: a, parameter: {}}",
                "3:30: `parameter` is not a key here: did you mean `parameters`?",
            ),
            (
                "cloudformation:\n  environments:\n  - {name: dev, template: a}\nignore:\n- rule: privileged-container\n  environment: dve\n  reason: y",
                "6:16: `dve` is not an environment of the configuration: did you mean `dev`?",
            ),
            (
                "ignore:\n- rule: privileged-container\n  environment: dev\n  reason: y",
                "3:16: `dev` is not an environment of the configuration, which has none",
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
