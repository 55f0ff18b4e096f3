//! Parameters and pseudo parameters: their types, what they may be, and the symbols they are.

use super::template::Template;
use crate::source::{File, FileId, Span};
use crate::value::{Kind, Texts, Unknown, UnknownKind, Value};
use crate::worlds::{Answerable, FEW_VALUES, Symbol, Tie};
use regex::Regex;
use std::borrow::Cow;
use std::ops::Deref;
use std::sync::{Arc, LazyLock};

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
    /// What one of these has in one place.
    Element,
    /// The value is the name of what is read when the stack is deployed.
    Ssm,
    /// Known once somebody deploys.
    Pseudo,
    /// Known only after the deployment.
    PseudoAfter,
    /// The same, with several elements.
    PseudoList,
}

impl ParameterKind {
    /// That of a type as it is written.
    fn of(written: &str) -> ParameterKind {
        match written {
            "Number" => ParameterKind::Number,
            "CommaDelimitedList" => ParameterKind::List,
            _ if written.starts_with("List<") => ParameterKind::List,
            _ if written.starts_with("AWS::SSM::Parameter::Value<") => ParameterKind::Ssm,
            _ => ParameterKind::Text,
        }
    }
}

/// Whether a parameter is a text in every world, told by its declaration: no list, and with no
/// default that is none.
pub fn is_text(declaration: &Value) -> bool {
    let Some(body) = declaration.as_object() else {
        return false;
    };
    let member = |name: &str| body.member(name).map(|member| member.value.get());
    let kind = member("Type");
    let kind = kind.as_ref().and_then(Value::as_str);
    let is_scalar = |default: Value| match &default.kind {
        Kind::Text(text) => text.as_literal().is_some(),
        Kind::Number(_) | Kind::Bool(_) | Kind::Null(_) => true,
        _ => false,
    };
    kind.is_some_and(|kind| ParameterKind::of(&kind) != ParameterKind::List)
        && member("Default").is_none_or(is_scalar)
}

/// Whether a name is that of a pseudo parameter that is one text.
pub fn is_pseudo_text(name: &str) -> bool {
    PSEUDO.contains(&name) && name != NOTIFICATIONS
}

/// The pseudo parameter that is a list.
const NOTIFICATIONS: &str = "AWS::NotificationARNs";

#[derive(Default)]
struct Constraints {
    allowed: Option<Vec<(Arc<str>, Span)>>,
    /// Why its allowed values are not known.
    unsure: Option<Unknown>,
    pattern: Option<Regex>,
    min_length: Option<usize>,
    max_length: Option<usize>,
    min_value: Option<f64>,
    max_value: Option<f64>,
    /// The keys that mappings have for it, where every deployment looks it up.
    keys: Option<Vec<Arc<str>>>,
}

/// What CloudFormation may take for a number, and more.
const NUMBER: &str = r"[\s0-9a-fA-FxX+\-._]*";

/// What stands between commas, trimmed.
const ELEMENT: &str = r"(?:[^,\s](?:[^,]*[^,\s])?)?";

/// Values whose texts are compared with those that matter.
const MAX_LISTED: usize = 1000;

/// Characters that are counted.
const MAX_COUNTED: usize = 32;

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

    /// The texts that all of them allow. `pattern`: as it is written.
    fn texts(&self, kind: ParameterKind, pattern: Option<&str>) -> Texts {
        let digits = (kind == ParameterKind::Number).then(|| match self.takes_zero() {
            true => NUMBER.to_owned(),
            false => format!("{NUMBER}[1-9a-fA-F]{NUMBER}"),
        });
        let listed = self.listed().filter(|listed| listed.len() <= MAX_LISTED);
        let listed = listed.map(|listed| {
            let listed: Vec<String> = listed.iter().map(|text| regex::escape(text)).collect();
            listed.join("|")
        });
        let length = |bound: usize| (bound <= MAX_COUNTED).then_some(bound);
        let shortest = self.min_length.and_then(length);
        let shortest = shortest.map(|min| format!("(?s:.{{{min},}})"));
        let longest = self.max_length.and_then(length);
        let longest = longest.map(|max| format!("(?s:.{{0,{max}}})"));
        let element = (kind == ParameterKind::Element).then(|| ELEMENT.to_owned());
        let pattern = pattern.map(str::to_owned);
        let all = [digits, listed, shortest, longest, element, pattern].into_iter();
        let texts = Texts::matching(all.flatten().collect());
        let texts = texts.with_lengths(self.min_length, self.max_length);
        match kind {
            ParameterKind::Number => texts.with_numbers(self.min_value, self.max_value),
            _ => texts,
        }
    }

    /// Whether the range of a number has 0 in it.
    fn takes_zero(&self) -> bool {
        self.min_value.is_none_or(|min| min <= 0.0) && self.max_value.is_none_or(|max| max >= 0.0)
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

/// What AWS lets accounts, stacks and the places that they are in be called.
static PSEUDO_PATTERNS: LazyLock<[(&str, &str, Regex); 5]> = LazyLock::new(|| {
    let patterns = [
        ("AWS::AccountId", "[0-9]{12}"),
        ("AWS::Partition", "aws(-[a-z]+)*"),
        ("AWS::Region", "[a-z]+(-[a-z]+)+-[0-9]+"),
        ("AWS::StackName", "[A-Za-z][-A-Za-z0-9]*"),
        ("AWS::URLSuffix", r"[-a-z0-9]+(\.[-a-z0-9]+)+"),
    ];
    patterns.map(|(name, pattern)| {
        let whole = Regex::new(&format!(r"\A(?:{pattern})\z")).expect("these are correct");
        (name, pattern, whole)
    })
});

/// The pseudo parameters that stand for a value.
const PSEUDO: [&str; 7] = [
    "AWS::AccountId",
    NOTIFICATIONS,
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
            let body = (&body, name_span);
            return Some(Parameter::declared(name, body, &template.file, scope, keys));
        }
        PSEUDO
            .contains(&name)
            .then(|| Parameter::pseudo(name, scope, target))
    }

    fn pseudo(name: &str, scope: &str, target: &Target) -> Parameter {
        let mut patterns = PSEUDO_PATTERNS.iter();
        let pattern = patterns.find(|(own, _, _)| *own == name);
        // Nested stacks share theirs, except for the stack's own name.
        let symbol = match name {
            "AWS::StackName" | "AWS::StackId" => Symbol::new(format!("{scope}{name}"), name),
            _ => target.symbol(name),
        };
        Parameter {
            name: name.into(),
            name_span: None,
            kind: match name {
                NOTIFICATIONS => ParameterKind::PseudoList,
                "AWS::StackId" => ParameterKind::PseudoAfter,
                _ => ParameterKind::Pseudo,
            },
            default: None,
            no_echo: false,
            symbol: match pattern {
                Some((_, written, _)) if symbol.few_values().is_none() => {
                    symbol.with_texts(Texts::matching(vec![(*written).to_owned()]))
                }
                _ => symbol,
            },
            constraints: Constraints {
                pattern: pattern.map(|(_, _, whole)| whole.clone()),
                ..Constraints::default()
            },
        }
    }

    /// `keys`: those of the mappings that it is looked up in.
    fn declared(
        name: &str,
        (body, name_span): (&Value, Span),
        file: &File,
        scope: &str,
        keys: Option<Vec<Arc<str>>>,
    ) -> Parameter {
        let member = |member: &str| {
            let value = body.as_object()?.member(member)?.value.get();
            (!value.is_null()).then_some(value)
        };
        let unsure = |value: &Value| match value.span.file == file.id {
            true => written_otherwise(value, |_| file),
            false => None,
        };
        let text = |name: &str| Some(scalar_text(&member(name)?).ok()?.into_owned());
        let kind = ParameterKind::of(&text("Type").unwrap_or_default());
        let listed = member("AllowedValues");
        let listed = listed.as_ref().and_then(Value::as_list);
        let unsure_allowed = listed.and_then(|items| items.iter().find_map(|item| unsure(&item)));
        let allowed = listed
            .filter(|_| unsure_allowed.is_none())
            .and_then(|items| {
                let texts = items.iter();
                let texts = texts.map(|item| Some((scalar_text(&item).ok()?.into(), item.span)));
                texts.collect::<Option<Vec<(Arc<str>, Span)>>>()
            });
        // They speak of the name under which the value is stored.
        let constraints = match kind {
            ParameterKind::Ssm => Constraints::default(),
            _ => Constraints {
                allowed,
                unsure: unsure_allowed,
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
            _ => member("Default").map(|default| match unsure(&default) {
                Some(unknown) => Value::unknown(unknown),
                None => default,
            }),
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
        let pattern = text("AllowedPattern");
        let mut symbol = parameter.symbol_with_values(pattern.as_deref());
        if let Some(default) = parameter.default.as_ref()
            && let Ok(text) = scalar_text(default)
            && parameter.can_be(&without_blanks_of(kind, &text))
        {
            symbol = symbol.with_default(parameter.answer(&text));
        }
        parameter.symbol = symbol.sensitive(parameter.no_echo);
        parameter
    }

    /// An element of a list, as if it were a parameter of its own.
    pub fn element(&self, index: usize) -> Parameter {
        let own = &self.constraints;
        let constraints = Constraints {
            allowed: own.allowed.clone(),
            unsure: own.unsure.clone(),
            pattern: own.pattern.clone(),
            ..Constraints::default()
        };
        let symbol = Symbol::element(&self.symbol, index);
        let mut element = Parameter {
            name: symbol.label().into(),
            name_span: self.name_span,
            kind: ParameterKind::Element,
            default: None,
            no_echo: self.no_echo,
            symbol: symbol.sensitive(self.no_echo),
            constraints,
        };
        let pattern = own.pattern.as_ref().map(Regex::as_str);
        element.symbol = element.symbol_with_values(pattern);
        element
    }

    /// Its symbol with what it may be. `pattern`: as it is written.
    fn symbol_with_values(&self, pattern: Option<&str>) -> Symbol {
        let mut symbol = self.symbol.clone();
        if self.kind != ParameterKind::List
            && let Some(listed) = self.constraints.listed()
        {
            let domain = listed.into_iter().filter(|text| self.can_be(text));
            symbol = symbol.with_domain(domain.map(|text| self.answer(text)).collect());
        }
        match self.kind {
            ParameterKind::Text | ParameterKind::Number | ParameterKind::Element
                if symbol.few_values().is_none() =>
            {
                symbol.with_texts(self.constraints.texts(self.kind, pattern))
            }
            _ => symbol,
        }
    }

    /// Whether it can be asked whether it is the same as another one.
    pub fn is_comparable(&self) -> bool {
        match self.kind {
            ParameterKind::Text | ParameterKind::Number | ParameterKind::Element => {
                self.constraints.unsure.is_none()
            }
            // Regions tell their partitions, and these do not tell their regions.
            ParameterKind::Pseudo => !TIED[1..].contains(&&*self.name),
            _ => false,
        }
    }

    /// The values that both can have, where one of them has a list of its own and these are few.
    pub fn few_in_common<'p>(&'p self, other: &'p Parameter) -> Option<Vec<&'p str>> {
        let both = [(self, other), (other, self)].into_iter();
        let mut found = both.filter_map(|(one, other)| {
            let domain = one.symbol.domain()?.iter().map(Answerable::as_text);
            let common: Vec<&str> = domain.filter(|text| other.can_be(text)).collect();
            (common.len() <= FEW_VALUES).then_some(common)
        });
        found.next()
    }

    /// Why it is not known which values it may have, and so not whether it has one of them.
    pub fn unsure(&self) -> Option<&Unknown> {
        self.constraints.unsure.as_ref()
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
            ParameterKind::Element if text.contains(',') || text.trim() != text => false,
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
        broken.or(match (own.min_length, own.max_length) {
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
        if let Some(default) = self.default.as_ref().and_then(Value::as_unknown) {
            return default.clone().with_symbol(symbol);
        }
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
            ParameterKind::Element => {
                Unknown::unset_input(format!("`{name}` has no value"), at, symbol)
            }
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

/// Why the digits are not known that a number has as a string: it is written with a fraction of
/// zeros or an exponent, and no document says what CloudFormation makes of `1.0` and `1e0`.
pub fn written_otherwise<F: Deref<Target = File>>(
    value: &Value,
    file: impl FnOnce(FileId) -> F,
) -> Option<Unknown> {
    let Kind::Number(number) = &value.kind else {
        return None;
    };
    let (shown, span) = (number.to_string(), value.span);
    if shown.len() == span.range().len() {
        return None;
    }
    let file = file(span.file);
    let token = file.slice(span);
    let is_float = |byte: &u8| b".eE".contains(byte);
    let is_decimal = |byte: u8| byte.is_ascii_digit() || b"+-.eE".contains(&byte);
    let differs = token.bytes().all(is_decimal) && token.as_bytes().iter().any(is_float);
    (differs && token != shown).then(|| {
        let reason =
            format!("which string CloudFormation makes of the number `{token}` is not documented");
        Unknown::unsupported(reason, span)
    })
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
