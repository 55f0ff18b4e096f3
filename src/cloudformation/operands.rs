//! What conditions compare: text with open parameters in it, and the values that these must have
//! for the text to be another one.

use super::intrinsics::{Eval, Found, arguments, function_value, is_no_value};
use super::parameters::{Parameter, ParameterKind, scalar_text};
use super::stack::{Input, Truth};
use super::template::as_function;
use super::text::{SubPart, parse_sub};
use crate::source::Span;
use crate::value::{Trail, Unknown, UnknownKind, Value};
use crate::worlds::{Question, Reading};
use std::rc::Rc;

/// A side of a comparison.
pub(super) enum Operand {
    Open(Open),
    Value(Value),
}

/// Text that parameters which nobody has given a value are a part of.
pub(super) struct Open {
    parts: Vec<Part>,
    pub at: Span,
}

#[derive(Clone)]
enum Part {
    Text(String),
    Parameter(Rc<Parameter>),
}

impl Part {
    fn is(&self, other: &Part) -> bool {
        match (self, other) {
            (Part::Text(a), Part::Text(b)) => a == b,
            (Part::Parameter(a), Part::Parameter(b)) => a.symbol == b.symbol,
            _ => false,
        }
    }
}

/// The values of parameters with which an open text is another one: all of them at once.
type Way<'t> = Vec<(Rc<Parameter>, &'t str)>;

/// Ways that are asked about. `${A}${B}` can be a text of n characters in n + 1 ways.
const MAX_WAYS: usize = 16;

/// Steps that finding them may take.
const MAX_STEPS: usize = 2000;

/// Parts that an open text is tried with.
const MAX_PARTS: usize = 64;

impl Open {
    fn parameter(parameter: Rc<Parameter>, at: Span) -> Operand {
        Operand::Open(Open {
            parts: vec![Part::Parameter(parameter)],
            at,
        })
    }

    fn parameters(&self) -> impl Iterator<Item = &Rc<Parameter>> {
        self.parts.iter().filter_map(|part| match part {
            Part::Parameter(parameter) => Some(parameter),
            Part::Text(_) => None,
        })
    }

    /// "parameter `A`", "what parameters `A` and `B` make".
    pub fn names(&self) -> String {
        let names: Vec<String> = self
            .parameters()
            .map(|parameter| format!("`{}`", parameter.name))
            .collect();
        match &names[..] {
            [name] => format!("parameter {name}"),
            names => format!("what parameters {} make", names.join(" and ")),
        }
    }

    /// The ways in which it can be a text; nothing where they are too many.
    fn ways<'t>(&self, text: &'t str) -> Option<Vec<Way<'t>>> {
        let mut search = Search {
            ways: Vec::new(),
            steps: 0,
        };
        let found = self.parts.len() <= MAX_PARTS && search.run(&self.parts, text, &mut Vec::new());
        found.then_some(search.ways)
    }
}

struct Search<'t> {
    ways: Vec<Way<'t>>,
    steps: usize,
}

impl<'t> Search<'t> {
    /// Finds the ways in which parts make up a text. False where it gives up.
    fn run(&mut self, parts: &[Part], text: &'t str, chosen: &mut Way<'t>) -> bool {
        self.steps += 1;
        if self.steps > MAX_STEPS || self.ways.len() > MAX_WAYS {
            return false;
        }
        let Some((first, rest)) = parts.split_first() else {
            if text.is_empty() {
                self.ways.push(chosen.clone());
            }
            return true;
        };
        let parameter = match first {
            Part::Text(own) => {
                return match text.strip_prefix(own.as_str()) {
                    Some(left) => self.run(rest, left, chosen),
                    None => true,
                };
            }
            Part::Parameter(parameter) => parameter,
        };
        // The same parameter has the same value everywhere.
        let known = chosen
            .iter()
            .find(|(own, _)| own.symbol == parameter.symbol);
        if let Some(&(_, value)) = known {
            return match text.strip_prefix(value) {
                Some(left) => self.run(rest, left, chosen),
                None => true,
            };
        }
        let ends = text.char_indices().map(|(at, _)| at).chain([text.len()]);
        for end in ends {
            if rest.is_empty() && end < text.len() {
                continue;
            }
            let (value, left) = text.split_at(end);
            if !parameter.can_be(value) {
                continue;
            }
            chosen.push((parameter.clone(), value));
            let goes_on = self.run(rest, left, chosen);
            chosen.pop();
            if !goes_on {
                return false;
            }
        }
        true
    }
}

impl Eval {
    /// Asks whether an open text is another text.
    pub(super) fn is(&self, open: &Open, text: &str) -> Truth {
        let Some(ways) = open.ways(text) else {
            return match self.pinned(open) {
                Some(own) => Ok(own == text),
                None => Err(self.depends(open)),
            };
        };
        for way in ways {
            let mut holds = true;
            for (parameter, value) in way {
                if !self.parameter_is(&parameter, value, open.at)? {
                    holds = false;
                    break;
                }
            }
            if holds {
                return Ok(true);
            }
        }
        Ok(false)
    }

    fn parameter_is(&self, parameter: &Parameter, text: &str, at: Span) -> Truth {
        if !parameter.can_be(text) {
            return Ok(false);
        }
        if let Some(unknown) = parameter.unsure() {
            return Err(unknown.clone());
        }
        let answer = parameter.answer(text);
        let question = Question::Equals(parameter.symbol.clone(), answer.clone());
        self.world().decide(&question).ok_or_else(|| {
            let name = &parameter.name;
            let reason = format!("it depends on whether parameter `{name}` is {answer}");
            Unknown::new(UnknownKind::Undecided, reason, at)
        })
    }

    /// The text in the present world, if its parameters have few values or are asked about
    /// already.
    fn pinned(&self, open: &Open) -> Option<String> {
        let mut text = String::new();
        for part in &open.parts {
            match part {
                Part::Text(own) => text.push_str(own),
                Part::Parameter(parameter) => {
                    self.pin(parameter);
                    let Reading::Pinned(answer) = self.world().read(&parameter.symbol) else {
                        return None;
                    };
                    text.push_str(answer.as_text());
                }
            }
        }
        Some(text)
    }

    fn depends(&self, open: &Open) -> Unknown {
        let reason = format!("it depends on {}", open.names());
        Unknown::new(UnknownKind::Undecided, reason, open.at)
    }

    pub(super) fn same_open(&self, left: &Open, right: &Open) -> Truth {
        let alike = left.parts.len() == right.parts.len()
            && left.parts.iter().zip(&right.parts).all(|(a, b)| a.is(b));
        if alike {
            return Ok(true);
        }
        // One that has few values is tried value by value, and asked of the other.
        for (one, other) in [(left, right), (right, left)] {
            let is_small = |parameter: &Rc<Parameter>| parameter.symbol.few_values().is_some();
            if one.parameters().all(is_small)
                && let Some(text) = self.pinned(one)
            {
                return self.is(other, &text);
            }
        }
        if let Some((one, other)) = compared(&left.parts, &right.parts)
            && one.is_comparable()
            && other.is_comparable()
        {
            if let Some(common) = one.few_in_common(other) {
                for text in common {
                    if self.parameter_is(one, text, left.at)? {
                        return self.parameter_is(other, text, right.at);
                    }
                }
                return Ok(false);
            }
            if let Some(same) = self.world().decide_same(&one.symbol, &other.symbol) {
                return Ok(same);
            }
        }
        // One of which it is known what it is, or that it is its default, leaves the other.
        for (one, other) in [(left, right), (right, left)] {
            if let Some(text) = self.pinned(one).or_else(|| self.defaulted(one)) {
                return self.is(other, &text);
            }
        }
        Err(self.depends(left))
    }

    /// The text in the worlds in which its parameters are their defaults.
    fn defaulted(&self, open: &Open) -> Option<String> {
        let mut text = String::new();
        for part in &open.parts {
            match part {
                Part::Text(own) => text.push_str(own),
                Part::Parameter(parameter) => {
                    let default = parameter.default.as_ref()?;
                    // What another one is asked for is printed.
                    if parameter.no_echo || !self.is_default(parameter) {
                        return None;
                    }
                    text.push_str(&scalar_text(default).ok()?);
                }
            }
        }
        Some(text)
    }

    /// A side of a comparison, with the open parameters in it told apart.
    pub(super) fn operand(&self, raw: &Value) -> Operand {
        let eval = || Operand::Value(self.eval(raw, &Trail::default()));
        let Some((function, argument)) = as_function(raw) else {
            return eval();
        };
        let found = match function {
            "Ref" => self.referenced(&argument, raw.span),
            "Fn::If" => self.branch(&argument),
            "Fn::Sub" => self.substituted(&argument, raw.span),
            "Fn::Join" => self.joined(raw, &argument),
            "Fn::Select" => self.selected(&argument),
            "Fn::FindInMap" => match self.look_up(&argument, raw.span) {
                Ok(Found::Default(default)) => Some(self.operand(&default)),
                Ok(Found::Value(value)) => Some(Operand::Value(value)),
                Err(unknown) => Some(Operand::Value(Value::unknown(unknown))),
            },
            _ => None,
        };
        found.unwrap_or_else(eval)
    }

    fn referenced(&self, argument: &Value, at: Span) -> Option<Operand> {
        let parameter = self.stack.parameter(&argument.as_str()?)?;
        if let ParameterKind::List | ParameterKind::PseudoList = parameter.kind {
            return None;
        }
        match self.stack.input(&parameter) {
            Some(Input::Passed(eval, raw)) => {
                let eval = Eval {
                    pinning: self.pinning,
                    ..eval.clone()
                };
                Some(match eval.operand(raw) {
                    // `AWS::NoValue`, and the default counts.
                    Operand::Value(value) if value.is_null() => {
                        Operand::Value(self.default(&parameter, at))
                    }
                    operand => operand,
                })
            }
            None if self.stack.is_open(&parameter) => Some(Open::parameter(parameter, at)),
            _ => None,
        }
    }

    fn branch(&self, argument: &Value) -> Option<Operand> {
        let [condition, yes, no] = arguments(argument)?;
        let holds = self.deciding_condition(&condition.as_str()?, condition.span);
        match holds {
            Ok(true) => Some(self.operand(&yes)),
            Ok(false) => Some(self.operand(&no)),
            Err(_) => None,
        }
    }

    /// An element of a list that nobody has given, or that is written out, if it is plain what is
    /// left out of that.
    fn selected(&self, argument: &Value) -> Option<Operand> {
        let [index, list] = arguments(argument)?;
        if let Some(parameter) = self.open_list(&list) {
            let element = self.open_element(&index, &list)?;
            let is_known = self.is_default(&parameter)
                || matches!(self.world().read(&parameter.symbol), Reading::Pinned(_));
            return (!is_known).then(|| Open::parameter(Rc::new(element), argument.span));
        }
        let mut items = Vec::new();
        for item in list.as_list().filter(|list| list.rest.is_none())?.iter() {
            match as_function(&item) {
                Some(("Fn::If", _)) => return None,
                Some(("Ref", name)) if is_no_value(&name) => {}
                _ => items.push(item),
            }
        }
        let index = self.eval(&index, &Trail::default());
        let index: usize = scalar_text(&index).ok()?.trim().parse().ok()?;
        Some(self.operand(items.get(index)?))
    }

    /// The parameter that a value is, where that is a list that nobody has given.
    fn open_list(&self, raw: &Value) -> Option<Rc<Parameter>> {
        let ("Ref", name) = as_function(raw)? else {
            return None;
        };
        let parameter = self.stack.parameter(&name.as_str()?)?;
        match self.stack.input(&parameter) {
            Some(Input::Passed(eval, raw)) => eval.open_list(raw).or_else(|| {
                let (parameter, delimiter) = eval.joined_parameter(raw)?;
                (delimiter == ",").then_some(parameter)
            }),
            Some(Input::Given(_)) => None,
            None => {
                let is_list = parameter.kind == ParameterKind::List;
                (is_list && self.stack.is_open(&parameter)).then_some(parameter)
            }
        }
    }

    /// The element of such a list that an index chooses.
    pub(super) fn open_element(&self, index: &Value, list: &Value) -> Option<Parameter> {
        let parameter = self.open_list(list)?;
        let index = self.eval(index, &Trail::default());
        let index: usize = scalar_text(&index).ok()?.trim().parse().ok()?;
        Some(parameter.element(index))
    }

    fn substituted(&self, argument: &Value, at: Span) -> Option<Operand> {
        let (template, variables) = match arguments(argument) {
            Some([template, variables]) => (template, Some(variables)),
            None => (argument.clone(), None),
        };
        let template = template.as_str()?;
        let mut parts = Vec::new();
        for part in parse_sub(&template) {
            match part {
                SubPart::Text(range) => parts.push(Part::Text(template[range].to_owned())),
                SubPart::Name(name, _) => {
                    let variables = variables.as_ref().and_then(Value::as_object);
                    let own = variables.and_then(|variables| variables.member(name));
                    let raw = match own {
                        Some(member) => member.value.get(),
                        None if name.contains('.') => return None,
                        None => {
                            let name = Value::string(name, argument.span);
                            function_value("Ref", &name, at)
                        }
                    };
                    parts.extend(self.parts(&raw)?);
                }
            }
        }
        open_text(parts, at)
    }

    fn joined(&self, raw: &Value, argument: &Value) -> Option<Operand> {
        // A list that is joined as it was given is its own text.
        if let Some((parameter, delimiter)) = self.joined_parameter(raw) {
            return (delimiter == ",").then(|| Open::parameter(parameter, raw.span));
        }
        let [delimiter, list] = arguments(argument)?;
        let delimiter = delimiter.as_str()?;
        let mut parts = Vec::new();
        for (at, item) in list.as_list()?.iter().enumerate() {
            if at > 0 {
                parts.push(Part::Text(delimiter.clone().into_owned()));
            }
            parts.extend(self.parts(&item)?);
        }
        open_text(parts, raw.span)
    }

    /// What a value adds to a text; nothing where that is not known, or it is left out.
    fn parts(&self, raw: &Value) -> Option<Vec<Part>> {
        match self.operand(raw) {
            Operand::Open(open) => Some(open.parts),
            Operand::Value(value) => Some(vec![Part::Text(scalar_text(&value).ok()?.into_owned())]),
        }
    }

    /// The open parameter whose elements a value joins, and the delimiter.
    fn joined_parameter(&self, raw: &Value) -> Option<(Rc<Parameter>, String)> {
        let ("Fn::Join", argument) = as_function(raw)? else {
            return None;
        };
        let [delimiter, list] = arguments(&argument)?;
        let ("Ref", name) = as_function(&list)? else {
            return None;
        };
        let parameter = self.stack.parameter(&name.as_str()?)?;
        let is_list = parameter.kind == ParameterKind::List && self.stack.is_open(&parameter);
        let delimiter = delimiter.as_str()?.into_owned();
        is_list.then_some((parameter, delimiter))
    }

    /// Whether the elements of a list parameter, joined by something else than commas, are a
    /// text. Nothing where that is no question about the parameter's own text.
    pub(super) fn joined_is(&self, joined: &Value, text: &Value) -> Option<Truth> {
        let (parameter, delimiter) = self.joined_parameter(joined)?;
        let text = text.as_str()?;
        let own = match (&*delimiter, &*text) {
            (",", _) => return None,
            (_, "") => String::new(),
            ("", _) => return None,
            // No element has a comma.
            (_, text) if text.contains(',') => return Some(Ok(false)),
            (delimiter, text) => text.replace(delimiter, ","),
        };
        Some(self.parameter_is(&parameter, &own, joined.span))
    }
}

/// The parameters on which it depends whether two texts are the same: what stands before and behind
/// them is.
fn compared<'p>(
    mut left: &'p [Part],
    mut right: &'p [Part],
) -> Option<(&'p Parameter, &'p Parameter)> {
    while let ([one, left_rest @ ..], [other, right_rest @ ..]) = (left, right)
        && one.is(other)
    {
        (left, right) = (left_rest, right_rest);
    }
    while let ([left_rest @ .., one], [right_rest @ .., other]) = (left, right)
        && one.is(other)
    {
        (left, right) = (left_rest, right_rest);
    }
    match (left, right) {
        ([Part::Parameter(one)], [Part::Parameter(other)]) => Some((one, other)),
        _ => None,
    }
}

/// A text that has open parameters in it; nothing for any other.
fn open_text(parts: Vec<Part>, at: Span) -> Option<Operand> {
    let open = Open { parts, at };
    let is_open = open.parameters().next().is_some();
    is_open.then_some(Operand::Open(open))
}
