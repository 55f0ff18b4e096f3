//! Parameters and pseudo parameters: their types, what they may be, and the symbols they are.

use super::template::Template;
use crate::source::Span;
use crate::value::{Kind, Unknown, UnknownKind, Value};
use crate::worlds::{Answerable, Symbol, Tie};
use regex::Regex;
use std::borrow::Cow;
use std::sync::Arc;

/// A parameter of a template, or one of those that every template has.
pub struct Parameter {
    pub name: Arc<str>,
    /// Its declaration; nothing for a pseudo parameter.
    pub name_span: Option<Span>,
    pub kind: ParameterKind,
    pub default: Option<Value>,
    /// Never printed.
    pub no_echo: bool,
    pub symbol: Symbol,
    constraints: Constraints,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum ParameterKind {
    Text,
    Number,
    /// `CommaDelimitedList` and `List<…>`: a text between commas.
    List,
    /// The value is the name of what is read when the stack is deployed.
    Ssm,
    /// Known once somebody deploys.
    Pseudo,
    /// Known only after the deployment.
    PseudoAfter,
    /// The same, with several elements.
    PseudoList,
}

#[derive(Default)]
struct Constraints {
    allowed: Option<Vec<(Arc<str>, Span)>>,
    pattern: Option<Regex>,
    min_length: Option<usize>,
    max_length: Option<usize>,
    min_value: Option<f64>,
    max_value: Option<f64>,
    /// The keys that mappings have for it, where every deployment looks it up.
    keys: Option<Vec<Arc<str>>>,
}

impl Constraints {
    /// Which of the constraints a text breaks that speak of the elements of a list, too.
    fn listed_or_matched(&self, text: &str) -> Option<&'static str> {
        let is_listed = |allowed: &Vec<(Arc<str>, Span)>| {
            let mut allowed = allowed.iter();
            allowed.any(|(own, _)| &**own == text)
        };
        let matches = |pattern: &Regex| pattern.is_match(text);
        if !self.allowed.as_ref().is_none_or(is_listed) {
            return Some("AllowedValues");
        }
        (!self.pattern.as_ref().is_none_or(matches)).then_some("AllowedPattern")
    }

    /// The values that are listed, if some are.
    fn listed(&self) -> Option<Vec<&Arc<str>>> {
        match (&self.allowed, &self.keys) {
            (Some(allowed), _) => Some(allowed.iter().map(|(text, _)| text).collect()),
            (None, Some(keys)) => Some(keys.iter().collect()),
            (None, None) => None,
        }
    }
}

/// The pseudo parameters that stand for a value.
const PSEUDO: [&str; 7] = [
    "AWS::AccountId",
    "AWS::NotificationARNs",
    "AWS::Partition",
    "AWS::Region",
    "AWS::StackId",
    "AWS::StackName",
    "AWS::URLSuffix",
];

impl Parameter {
    /// The parameter of a name. `scope` tells the symbols of one stack from those of another.
    pub fn find(
        template: &Template,
        name: &str,
        scope: &str,
        target: &Target,
    ) -> Option<Parameter> {
        if let Some((body, name_span)) = template.entry("Parameters", name) {
            let lookups = template.lookups().iter();
            let keys = lookups.filter_map(|lookup| lookup.keys_for(template, name));
            let keys = keys.reduce(|all, more| {
                let both = all.into_iter().filter(|key| more.contains(key));
                both.collect()
            });
            // With none of them nothing is deployed, and what is wrong is told where it is read.
            let keys = keys.filter(|keys| !keys.is_empty());
            return Some(Parameter::declared(name, &body, name_span, scope, keys));
        }
        PSEUDO.contains(&name).then(|| Parameter {
            name: name.into(),
            name_span: None,
            kind: match name {
                "AWS::NotificationARNs" => ParameterKind::PseudoList,
                "AWS::StackId" => ParameterKind::PseudoAfter,
                _ => ParameterKind::Pseudo,
            },
            default: None,
            no_echo: false,
            // Nested stacks share theirs, except for the stack's own name.
            symbol: match name {
                "AWS::StackName" | "AWS::StackId" => Symbol::new(format!("{scope}{name}"), name),
                _ => target.symbol(name),
            },
            constraints: Constraints::default(),
        })
    }

    /// `keys`: those of the mappings that it is looked up in.
    fn declared(
        name: &str,
        body: &Value,
        name_span: Span,
        scope: &str,
        keys: Option<Vec<Arc<str>>>,
    ) -> Parameter {
        let member = |member: &str| {
            let value = body.as_object()?.member(member)?.value.get();
            (!value.is_null()).then_some(value)
        };
        let text = |name: &str| Some(scalar_text(&member(name)?).ok()?.into_owned());
        let kind = text("Type").unwrap_or_default();
        let kind = match &*kind {
            "Number" => ParameterKind::Number,
            "CommaDelimitedList" => ParameterKind::List,
            _ if kind.starts_with("List<") => ParameterKind::List,
            _ if kind.starts_with("AWS::SSM::Parameter::Value<") => ParameterKind::Ssm,
            _ => ParameterKind::Text,
        };
        let allowed = member("AllowedValues").and_then(|allowed| {
            let items = allowed.as_list()?.iter();
            let texts = items.map(|item| Some((scalar_text(&item).ok()?.into(), item.span)));
            texts.collect::<Option<Vec<(Arc<str>, Span)>>>()
        });
        // They speak of the name under which the value is stored.
        let constraints = match kind {
            ParameterKind::Ssm => Constraints::default(),
            _ => Constraints {
                allowed,
                // It matches the whole value.
                pattern: text("AllowedPattern")
                    .and_then(|pattern| Regex::new(&format!(r"\A(?:{pattern})\z")).ok()),
                min_length: text("MinLength").and_then(|length| length.parse().ok()),
                max_length: text("MaxLength").and_then(|length| length.parse().ok()),
                min_value: text("MinValue").and_then(|value| value.parse().ok()),
                max_value: text("MaxValue").and_then(|value| value.parse().ok()),
                keys: keys.filter(|_| kind != ParameterKind::List),
            },
        };
        let default = match kind {
            ParameterKind::Ssm => None,
            _ => member("Default"),
        };
        let mut parameter = Parameter {
            name: name.into(),
            name_span: Some(name_span),
            kind,
            no_echo: text("NoEcho").is_some_and(|text| text.eq_ignore_ascii_case("true")),
            symbol: Symbol::new(format!("{scope}{name}"), name),
            default,
            constraints,
        };
        let mut symbol = parameter.symbol.clone();
        if kind != ParameterKind::List
            && let Some(listed) = parameter.constraints.listed()
        {
            let domain = listed.into_iter().filter(|text| parameter.can_be(text));
            symbol = symbol.with_domain(domain.map(|text| parameter.answer(text)).collect());
        }
        if let Some(default) = parameter.default.as_ref()
            && let Ok(text) = scalar_text(default)
            && parameter.can_be(&without_blanks_of(kind, &text))
        {
            symbol = symbol.with_default(parameter.answer(&text));
        }
        parameter.symbol = symbol.sensitive(parameter.no_echo);
        parameter
    }

    /// A text as an answer about this parameter.
    pub fn answer(&self, text: &str) -> Answerable {
        match self.kind {
            ParameterKind::List => Answerable::Text(without_blanks(text).into()),
            ParameterKind::Number => Answerable::Number(text.into()),
            _ => Answerable::Text(text.into()),
        }
    }

    /// Whether CloudFormation would take this value.
    pub fn can_be(&self, text: &str) -> bool {
        match self.kind {
            ParameterKind::List if without_blanks(text) != text => false,
            _ => self.broken_by(text).is_none() && self.is_key(text),
        }
    }

    /// Whether it is a key of the mappings that it is looked up in.
    fn is_key(&self, text: &str) -> bool {
        let keys = self.constraints.keys.as_ref();
        keys.is_none_or(|keys| keys.iter().any(|key| **key == *text))
    }

    /// The first of its constraints that a value breaks.
    pub fn broken_by(&self, text: &str) -> Option<&'static str> {
        let own = &self.constraints;
        if self.kind == ParameterKind::List {
            // They speak of each element.
            let mut elements = text.split(',');
            return elements.find_map(|element| own.listed_or_matched(element.trim()));
        }
        if self.kind == ParameterKind::Number {
            let Ok(number) = text.trim().parse::<f64>() else {
                return Some("Type");
            };
            if own.min_value.is_some_and(|min| number < min) {
                return Some("MinValue");
            }
            if own.max_value.is_some_and(|max| number > max) {
                return Some("MaxValue");
            }
        }
        let length = text.chars().count();
        let broken = own.listed_or_matched(text);
        broken.or_else(|| match (own.min_length, own.max_length) {
            (Some(min), _) if length < min => Some("MinLength"),
            (_, Some(max)) if length > max => Some("MaxLength"),
            _ => None,
        })
    }

    /// Where one of its allowed values is written.
    pub fn allowed_span(&self, text: &str) -> Option<Span> {
        let mut allowed = self.constraints.allowed.as_ref()?.iter();
        allowed
            .find(|(own, _)| &**own == text)
            .map(|(_, span)| *span)
    }

    /// Its value where nothing gives it one; `at` is where it is read.
    pub fn unknown(&self, at: Span) -> Unknown {
        let name = &self.name;
        let symbol = Some(self.symbol.clone());
        match self.kind {
            ParameterKind::Ssm => Unknown::new(
                UnknownKind::AfterApply,
                format!(
                    "parameter `{name}` is read from Systems Manager when the stack is deployed"
                ),
                at,
            )
            .with_symbol(symbol),
            ParameterKind::PseudoAfter | ParameterKind::PseudoList => Unknown::new(
                UnknownKind::AfterApply,
                format!("`{name}` is known only after the deployment"),
                at,
            )
            .with_symbol(symbol),
            ParameterKind::Pseudo => Unknown::unset_input(
                format!("`{name}` is known only when the stack is deployed"),
                at,
                symbol,
            ),
            _ if self.default.is_some() => Unknown::unset_input(
                format!("parameter `{name}` is not its default here, and may be anything else"),
                at,
                symbol,
            ),
            _ => Unknown::unset_input(format!("parameter `{name}` has no value"), at, symbol),
        }
    }
}

/// The account and region that stacks are deployed into. All stacks of a unit share them, except for
/// those of stack sets.
#[derive(Default)]
pub struct Target {
    /// Tells its symbols from those of others.
    pub scope: Arc<str>,
    /// The regions that it can be, where these are known.
    pub regions: Option<Vec<Arc<str>>>,
}

impl Target {
    /// The symbol of a pseudo parameter that all stacks share which are deployed there.
    pub fn symbol(&self, name: &str) -> Symbol {
        let id = format!("{}{name}", self.scope);
        let symbol = Symbol::new(&*id, &*id);
        let symbol = match &self.regions {
            Some(regions) if name == REGIONS.key => {
                let regions = regions.iter().cloned().map(Answerable::Text);
                symbol.with_domain(regions.collect())
            }
            _ => symbol,
        };
        match TIED.contains(&name) {
            true => symbol.tied(&REGIONS),
            false => symbol,
        }
    }
}

/// The pseudo parameters that say where a stack is deployed.
pub const TIED: [&str; 3] = ["AWS::Region", "AWS::Partition", "AWS::URLSuffix"];

/// Partitions, and the domains of their services.
pub static REGIONS: Tie = Tie {
    key: TIED[0],
    line_of: partition_of,
    columns: &[
        (
            TIED[1],
            &[
                "aws",
                "aws-cn",
                "aws-us-gov",
                "aws-iso",
                "aws-iso-b",
                "aws-iso-e",
                "aws-iso-f",
                "aws-eusc",
            ],
        ),
        (
            TIED[2],
            &[
                "amazonaws.com",
                "amazonaws.com.cn",
                "amazonaws.com",
                "c2s.ic.gov",
                "sc2s.sgov.gov",
                "cloud.adc-e.uk",
                "csp.hci.ic.gov",
                "amazonaws.eu",
            ],
        ),
    ],
};

/// The partition that a region lies in, as the SDKs of AWS tell it from its name: its place in the
/// table. Nothing for a region that they do not know.
fn partition_of(region: &str) -> Option<usize> {
    let parts: Vec<&str> = region.split('-').collect();
    match parts[..] {
        ["us", "gov", _, _] => Some(2),
        ["us", "iso", _, _] => Some(3),
        ["us", "isob", _, _] => Some(4),
        ["eu", "isoe", _, _] => Some(5),
        ["us", "isof", _, _] => Some(6),
        ["eusc", "de", _, _] => Some(7),
        ["cn", _, _] => Some(1),
        [
            "us" | "eu" | "ap" | "sa" | "ca" | "me" | "af" | "il" | "mx",
            _,
            _,
        ] => Some(0),
        _ => None,
    }
}

fn without_blanks_of(kind: ParameterKind, text: &str) -> Cow<'_, str> {
    match kind {
        ParameterKind::List => without_blanks(text).into(),
        _ => text.into(),
    }
}

/// The text of a list as its elements are, joined by commas: each is trimmed.
fn without_blanks(text: &str) -> String {
    let elements: Vec<&str> = text.split(',').map(str::trim).collect();
    elements.join(",")
}

/// The text of a scalar, as CloudFormation compares it.
///
/// # Errors
/// What of it is not known, or that it is no scalar.
pub fn scalar_text(value: &Value) -> Result<Cow<'_, str>, Unknown> {
    match &value.kind {
        Kind::Text(text) => Ok(text.render()?.text),
        Kind::Number(number) => Ok(number.to_string().into()),
        Kind::Bool(true) => Ok("true".into()),
        Kind::Bool(false) => Ok("false".into()),
        Kind::Unknown(unknown) => Err(unknown.clone()),
        Kind::Null(_) | Kind::List(_) | Kind::Object(_) => Err(Unknown::invalid(
            format!("expected a string here, this is {}", value.describe()),
            value.span,
        )),
    }
}
