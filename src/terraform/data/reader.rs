//! Arguments and blocks of data sources that write JSON: of all of them, all must be known.

use super::super::dynamic;
use super::super::eval::Scope;
use super::super::module::{Argument, BlockRef};
use super::super::types::Constraint;
use crate::source::Span;
use crate::value::{Hint, Kind, Marks, Unknown, Value};
use std::cell::Cell;
use std::rc::Rc;

pub(super) type Outcome<T> = Result<T, Unknown>;

/// Reads arguments of which all characters are known.
#[derive(Default)]
pub(super) struct Reader {
    /// The marks of what was read.
    pub(super) marks: Cell<Marks>,
}

impl Reader {
    pub(super) fn required(&self, block: &BlockRef, name: &str, scope: &Scope) -> Outcome<String> {
        let missing = || Unknown::invalid(format!("`{name}` is not set"), block.header());
        self.text(block.argument(name), scope)?.ok_or_else(missing)
    }

    /// A string, or nothing where it is null or not set.
    pub(super) fn text(
        &self,
        argument: Option<Argument>,
        scope: &Scope,
    ) -> Outcome<Option<String>> {
        let Some(argument) = argument else {
            return Ok(None);
        };
        let value = Constraint::String.convert(argument.eval(scope));
        self.characters(&value, argument.span)
    }

    fn characters(&self, value: &Value, at: Span) -> Outcome<Option<String>> {
        self.marks.set(self.marks.get() | value.marks);
        if value.marks.is_ephemeral() {
            let reason = "a data source is kept in the state, and this is ephemeral";
            return Err(Unknown::invalid(reason, at));
        }
        match &value.kind {
            Kind::Null(_) => Ok(None),
            Kind::Text(text) => {
                let rendered = text.render()?;
                self.marks.set(self.marks.get() | rendered.marks);
                Ok(Some(rendered.text.into_owned()))
            }
            Kind::Unknown(unknown) => Err(unknown.clone()),
            _ => Err(Unknown::invalid("a string is needed", at)),
        }
    }

    /// The strings of a list with their places, none where it is null or not set. What is null in
    /// it is passed over.
    pub(super) fn list(
        &self,
        argument: Option<Argument>,
        scope: &Scope,
    ) -> Outcome<Vec<(String, Span)>> {
        let Some(argument) = argument else {
            return Ok(Vec::new());
        };
        let of = Constraint::List(Rc::new(Constraint::String));
        let value = of.convert(argument.eval(scope));
        self.marks.set(self.marks.get() | value.marks);
        let list = match &value.kind {
            Kind::Null(_) => return Ok(Vec::new()),
            Kind::List(list) => list,
            Kind::Unknown(unknown) => return Err(unknown.clone()),
            _ => return Err(Unknown::invalid("a list is needed", argument.span)),
        };
        if let Some(rest) = &list.rest {
            return Err(rest.clone());
        }
        let mut texts = Vec::with_capacity(list.items.len());
        for item in list.iter() {
            let text = self.characters(&item, argument.span)?;
            let null = || Unknown::unsupported("an element of this list is null", item.span);
            texts.push((text.ok_or_else(null)?, item.span));
        }
        Ok(texts)
    }

    /// The strings of a set in no order, each once.
    pub(super) fn set(&self, argument: Option<Argument>, scope: &Scope) -> Outcome<Vec<String>> {
        let texts = self.list(argument, scope)?.into_iter();
        let mut texts: Vec<String> = texts.map(|(text, _)| text).collect();
        texts.sort_unstable();
        texts.dedup();
        Ok(texts)
    }
}

/// The blocks with the scope of each.
pub(super) fn blocks(written: Vec<BlockRef>, scope: &Scope) -> Outcome<Vec<(BlockRef, Scope)>> {
    let mut all = Vec::new();
    for block in written {
        if block.is_dynamic() {
            dynamic::expand(&block, scope, |content, scope| {
                all.push((content.clone(), scope));
            })?;
        } else {
            all.push((block, scope.clone()));
        }
    }
    Ok(all)
}

/// The characters that the provider escapes for HTML stand in strings only.
pub(super) fn escaped(json: &str) -> String {
    let mut text = String::with_capacity(json.len());
    for c in json.chars() {
        match c {
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                text.push_str(&format!("\\u{:04x}", u32::from(c)));
            }
            c => text.push(c),
        }
    }
    text
}

/// The JSON of a document that not all is known of: a string.
pub(super) fn unwritten(why: Unknown) -> Value {
    let text = why.derived().with_hint(Some(Hint::Text));
    Value::unknown(text.never_null())
}
