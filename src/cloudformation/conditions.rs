//! Conditions: what they compare, and the questions that they ask about parameters.

use super::intrinsics::{Eval, Outcome, arguments, derived, literal};
use super::loops::{Turn, is_loop};
use super::operands::Operand;
use super::parameters::scalar_text;
use super::stack::Truth;
use super::text::filled_in_later;
use crate::source::Span;
use crate::value::{Kind, List, Slot, Text, Trail, Unknown, UnknownKind, Value};

impl Eval {
    /// Whether the stacks around deploy this one in the present world.
    pub fn is_deployed(&self) -> Truth {
        for stack in self.stack.ancestors() {
            let Some(nesting) = &stack.nesting else {
                continue;
            };
            if !nesting.by.makes(&nesting.turns)? {
                return Ok(false);
            }
            if let Some(condition) = &nesting.condition
                && !nesting.by.names_true_condition(condition)?
            {
                return Ok(false);
            }
            if let Some(nested) = &nesting.one_of
                && !nested.deploys(&nesting.by, &nesting.template)?
            {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Whether the stack has a resource: it is deployed itself, and the loops around the resource
    /// and the condition that it names make it.
    pub fn has(&self, turns: &[Turn], condition: Option<&Value>) -> Truth {
        if !self.is_deployed()? || !self.makes(turns)? {
            return Ok(false);
        }
        condition.map_or(Ok(true), |condition| self.names_true_condition(condition))
    }

    /// Whether the condition holds that a resource names.
    pub fn names_true_condition(&self, condition: &Value) -> Truth {
        let name = literal(condition, "`Condition` takes the name of a condition")?;
        self.deciding_condition(&name, condition.span)
    }

    /// Whether a condition of the template holds, on which something turns that is not a condition
    /// itself: a finding that goes through it says its name.
    pub(super) fn deciding_condition(&self, name: &str, at: Span) -> Truth {
        let truth = self.named_condition(name, at);
        if let Ok(holds) = truth {
            let condition = self.stack.condition(name);
            self.world().pass(&condition.symbol, holds);
        }
        truth
    }

    /// Whether a condition of the template holds.
    fn named_condition(&self, name: &str, at: Span) -> Truth {
        let condition = self.stack.condition(name);
        // One that there is not is a fault of each place that names it.
        let (raw, _) = self.entry("Conditions", "condition", name, at)?;
        let truth = condition.truth.get(self.world(), || self.condition(&raw));
        truth.unwrap_or_else(|_| {
            let reason = format!("condition `{name}` refers to itself");
            let entry = self.stack.template.entry("Conditions", name);
            Err(Unknown::invalid(reason, entry.map_or(at, |(_, span)| span)))
        })
    }

    /// A named thing of a section, which a loop may make. `what` it is.
    pub(super) fn entry(
        &self,
        section: &str,
        what: &str,
        name: &str,
        at: Span,
    ) -> Result<(Value, Span), Unknown> {
        let template = &self.stack.template;
        if let Some(found) = template.entry(section, name) {
            return Ok(found);
        }
        let members = template.entries(section);
        if !members.iter().any(|member| is_loop(&member.name)) {
            return Err(template.missing(section, what, name, at));
        }
        let unrolled = self.unrolled_section(section, at);
        match (unrolled.by_name.get(name), &unrolled.rest) {
            (Some(member), _) => Ok((member.value.get(), member.name_span)),
            (None, Some(unknown)) => Err(unknown.clone()),
            (None, None) => Err(template.missing(section, what, name, at)),
        }
    }

    /// Whether the body of a condition holds.
    pub fn condition(&self, raw: &Value) -> Truth {
        let mut truth = Ok(false);
        let outcome = self.nested(raw.span, |eval| {
            truth = eval.condition_here(raw);
            Outcome::Value(Value::null(raw.span))
        });
        match outcome {
            // The bound was reached.
            Outcome::Value(Value {
                kind: Kind::Unknown(unknown),
                ..
            }) => Err(unknown),
            _ => truth,
        }
    }

    fn condition_here(&self, raw: &Value) -> Truth {
        let wrong = || {
            Unknown::invalid(
                "expected one of `Fn::Equals`, `Fn::And`, `Fn::Or`, `Fn::Not` and `Condition` here",
                raw.span,
            )
        };
        let Kind::Object(object) = &raw.kind else {
            return match scalar_text(raw)?.as_ref() {
                "true" => Ok(true),
                "false" => Ok(false),
                _ => Err(wrong()),
            };
        };
        let [member] = object.members() else {
            return Err(wrong());
        };
        let argument = member.value.get();
        match &*member.name {
            "Condition" => {
                let name = literal(&argument, "`Condition` takes the name of a condition")?;
                self.named_condition(&name, argument.span)
            }
            "Fn::Equals" => {
                let Some([left, right]) = arguments(&argument) else {
                    let reason = "`Fn::Equals` takes two values";
                    return Err(Unknown::invalid(reason, raw.span));
                };
                self.equals(&left, &right)
            }
            "Fn::Not" => {
                let Some([of]) = arguments(&argument) else {
                    let reason = "`Fn::Not` takes a list of one condition";
                    return Err(Unknown::invalid(reason, raw.span));
                };
                Ok(!self.condition(&of)?)
            }
            "Fn::And" => self.any(&argument, false).map(|any| !any),
            "Fn::Or" => self.any(&argument, true),
            "Fn::Contains" | "Fn::EachMemberEquals" | "Fn::EachMemberIn" => {
                let Some([list, other]) = arguments(&argument) else {
                    let reason = format!("`{}` takes a list and another argument", member.name);
                    return Err(Unknown::invalid(reason, raw.span));
                };
                match &*member.name {
                    "Fn::Contains" => self.any_equals(&list, &other, true),
                    "Fn::EachMemberEquals" => self.any_equals(&list, &other, false).map(|any| !any),
                    _ => self.each_in(&list, &other),
                }
            }
            _ => Err(wrong()),
        }
    }

    /// Whether one of several conditions is `wanted`. The first that is decides, also past one
    /// that is not known.
    fn any(&self, argument: &Value, wanted: bool) -> Truth {
        let Some(list) = argument.as_list() else {
            let reason = "expected a list of conditions here";
            return Err(Unknown::invalid(reason, argument.span));
        };
        let mut unknown = None;
        for item in list.iter() {
            match self.condition(&item) {
                Ok(truth) if truth == wanted => return Ok(true),
                Ok(_) => {}
                Err(error) => unknown = unknown.or(Some(error)),
            }
        }
        unknown.map_or(Ok(false), Err)
    }

    /// The elements of a list, evaluated only as far as they must be.
    fn elements(&self, list: &Value) -> Result<Vec<Value>, Unknown> {
        if let Kind::List(list) = &list.kind {
            return Ok(list.iter().collect());
        }
        let list = self.eval(list, &Trail::default());
        match list.kind {
            Kind::List(List {
                items, rest: None, ..
            }) => Ok(items.iter().map(Slot::get).collect()),
            Kind::List(List {
                rest: Some(unknown),
                ..
            })
            | Kind::Unknown(unknown) => Err(unknown),
            _ => Err(Unknown::invalid("expected a list here", list.span)),
        }
    }

    /// Whether one of the elements of a list equals a value, or one does not.
    fn any_equals(&self, list: &Value, other: &Value, wanted: bool) -> Truth {
        let mut unknown = None;
        for item in self.elements(list)? {
            match self.equals(&item, other) {
                Ok(truth) if truth == wanted => return Ok(true),
                Ok(_) => {}
                Err(error) => unknown = unknown.or(Some(error)),
            }
        }
        unknown.map_or(Ok(false), Err)
    }

    fn each_in(&self, list: &Value, all: &Value) -> Truth {
        for item in self.elements(list)? {
            if !self.any_equals(all, &item, true)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn equals(&self, left: &Value, right: &Value) -> Truth {
        let eval = Eval {
            pinning: true,
            ..self.clone()
        };
        let joined = self.joined_is(left, right);
        if let Some(truth) = joined.or_else(|| self.joined_is(right, left)) {
            return truth;
        }
        match (eval.operand(left), eval.operand(right)) {
            (Operand::Value(left), Operand::Value(right)) => same(&left, &right),
            (Operand::Open(open), Operand::Value(value))
            | (Operand::Value(value), Operand::Open(open)) => {
                if let Some(unknown) = filled_in_later(&value) {
                    return Err(unknown);
                }
                let text = scalar_text(&value).map_err(undecided)?;
                eval.is(&open, &text)
            }
            (Operand::Open(left), Operand::Open(right)) => eval.same_open(&left, &right),
        }
    }

    /// Which of several keys a value is. A parameter is asked about each; where it is none of
    /// them the stack cannot be deployed, unless the caller has a way out.
    pub(super) fn key<'k>(
        &self,
        raw: &Value,
        keys: impl Iterator<Item = &'k str>,
    ) -> Result<Key, Unknown> {
        match self.operand(raw) {
            Operand::Value(value) => match filled_in_later(&value) {
                Some(unknown) => Err(unknown),
                None => Ok(Key::Text(scalar_text(&value)?.into_owned())),
            },
            Operand::Open(open) => {
                for key in keys {
                    if self.is(&open, key)? {
                        return Ok(Key::Text(key.to_owned()));
                    }
                }
                let names = open.names();
                let reason = format!("{names} is none of the keys here");
                Ok(Key::None(Unknown::invalid(reason, open.at)))
            }
        }
    }
}

pub(super) enum Key {
    Text(String),
    /// It is none, and why that is.
    None(Unknown),
}

/// What depends on a condition that is not decided.
pub(super) fn undecided(unknown: Unknown) -> Unknown {
    match unknown.kind() {
        UnknownKind::UnsetInput => Unknown::new(
            UnknownKind::Undecided,
            unknown.reason().to_owned(),
            unknown.span(),
        ),
        _ => unknown,
    }
}

/// Whether two values are equal as CloudFormation compares them: as strings.
fn same(left: &Value, right: &Value) -> Truth {
    if let Some(unknown) = filled_in_later(left).or_else(|| filled_in_later(right)) {
        return Err(unknown);
    }
    match (&left.kind, &right.kind) {
        (Kind::Unknown(unknown), _) | (_, Kind::Unknown(unknown)) => {
            Err(undecided(unknown.clone()))
        }
        (Kind::List(_) | Kind::Object(_), Kind::List(_) | Kind::Object(_)) => {
            let text = |value: &Value| {
                let rendered = crate::json::render(value);
                rendered.render().map(|rendered| rendered.text.into_owned())
            };
            Ok(text(left)? == text(right)?)
        }
        (Kind::Text(text), _) if text.has_holes() => may_be_same(text, &scalar_text(right)?),
        (_, Kind::Text(text)) if text.has_holes() => may_be_same(text, &scalar_text(left)?),
        _ => Ok(scalar_text(left)? == scalar_text(right)?),
    }
}

/// Whether a text with holes is another: no, if what is known of its beginning speaks against it.
fn may_be_same(text: &Text, other: &str) -> Truth {
    if !other.starts_with(&text.known_prefix()) {
        return Ok(false);
    }
    let hole = text.first_hole().expect("the caller looked");
    Err(undecided(derived(hole)))
}
