//! `data.aws_ecr_lifecycle_policy_document`: the JSON of a lifecycle policy, as the provider of AWS
//! writes it.

use super::super::environment::{ModuleInstance, member};
use super::super::eval::Scope;
use super::super::module::{BlockRef, Merged};
use super::super::types::Constraint;
use super::reader::{Outcome, Reader, blocks, escaped, unwritten};
use crate::source::Span;
use crate::value::{Kind, Member, Unknown, Value};
use serde_json::{Map, Value as Json, json};
use std::rc::Rc;
use std::sync::Arc;

/// The attributes of one instance.
pub fn attributes(
    owner: &Rc<ModuleInstance>,
    body: &Arc<Merged>,
    scope: &Scope,
    span: Span,
) -> Vec<Member> {
    let (body, scope) = (body.clone(), scope.clone());
    let written = owner.thunk(span, move || {
        let reader = Reader::default();
        match reader.policy(&body, &scope) {
            Ok(json) => {
                let text = escaped(&format!("{json:#}"));
                Value::string(text, span).mark(reader.marks.get())
            }
            Err(unknown) => unwritten(unknown),
        }
    });
    vec![member("json", span, written)]
}

impl Reader {
    fn policy(&self, body: &Merged, scope: &Scope) -> Outcome<Json> {
        if let Some(fault) = body.syntax_fault() {
            return Err(fault);
        }
        let rules = blocks(body.blocks("rule"), scope)?.into_iter();
        let rules = rules.map(|(block, scope)| self.rule(&block, &scope));
        Ok(json!({ "rules": rules.collect::<Outcome<Vec<Json>>>()? }))
    }

    fn rule(&self, block: &BlockRef, scope: &Scope) -> Outcome<Json> {
        let mut members = Map::new();
        let priority = self.number(block, "priority", scope)?;
        members.insert("rulePriority".to_owned(), priority);
        let description = self.text(block.argument("description"), scope)?;
        members.extend(description.map(|text| ("description".to_owned(), text.into())));
        let selections = blocks(block.blocks("selection"), scope)?;
        let [(selection, inside)] = &selections[..] else {
            let reason = "a rule has one block `selection`";
            return Err(Unknown::invalid(reason, block.header()));
        };
        let selection = self.selection(selection, inside)?;
        members.insert("selection".to_owned(), selection);
        let actions = blocks(block.blocks("action"), scope)?;
        let action = match &actions[..] {
            [] => "expire".to_owned(),
            [(action, inside)] => self.required(action, "type", inside)?,
            [_, (again, _), ..] => {
                let reason = "a rule has one block `action` at most";
                return Err(Unknown::invalid(reason, again.header()));
            }
        };
        members.insert("action".to_owned(), json!({ "type": action }));
        Ok(Json::Object(members))
    }

    fn selection(&self, block: &BlockRef, scope: &Scope) -> Outcome<Json> {
        let mut members = Map::new();
        let mut insert = |name: &str, value: Json| members.insert(name.to_owned(), value);
        insert(
            "tagStatus",
            self.required(block, "tag_status", scope)?.into(),
        );
        for (name, argument) in [
            ("tagPatternList", "tag_pattern_list"),
            ("tagPrefixList", "tag_prefix_list"),
        ] {
            let texts = self.list(block.argument(argument), scope)?.into_iter();
            let texts: Vec<String> = texts.map(|(text, _)| text).collect();
            if !texts.is_empty() {
                insert(name, texts.into());
            }
        }
        insert(
            "countType",
            self.required(block, "count_type", scope)?.into(),
        );
        if let Some(unit) = self.text(block.argument("count_unit"), scope)? {
            insert("countUnit", unit.into());
        }
        insert("countNumber", self.number(block, "count_number", scope)?);
        Ok(Json::Object(members))
    }

    /// A whole number.
    fn number(&self, block: &BlockRef, name: &str, scope: &Scope) -> Outcome<Json> {
        let missing = || Unknown::invalid(format!("`{name}` is not set"), block.header());
        let argument = block.argument(name).ok_or_else(missing)?;
        let value = Constraint::Number.convert(argument.eval(scope));
        self.marks.set(self.marks.get() | value.marks);
        match &value.kind {
            Kind::Unknown(unknown) => Err(unknown.clone()),
            Kind::Null(_) => Err(missing()),
            Kind::Number(number) => {
                let whole = number.to_i64().map(Json::from);
                let fault = || Unknown::invalid("a whole number is needed", argument.span);
                whole.ok_or_else(fault)
            }
            _ => Err(Unknown::invalid("a number is needed", argument.span)),
        }
    }
}
