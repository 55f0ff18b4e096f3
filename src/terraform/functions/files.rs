//! Functions that read files or take paths apart.

use super::*;
use crate::source::File;
use crate::value::{Literal, Map};
use std::path::PathBuf;
use std::sync::Arc;

pub(super) const FUNCTIONS: &[Function] = &[
    function("abspath", 1..=1, abspath),
    function("basename", 1..=1, |call| {
        let path = call.chars(0)?;
        call.string(basename(&path).to_owned())
    }),
    function("dirname", 1..=1, |call| {
        let path = call.chars(0)?;
        call.string(dirname(&path))
    }),
    function("file", 1..=1, read),
    function("filebase64", 1..=1, |call| {
        open(call)?;
        Err(Unknown::unsupported(
            "function `filebase64` is not supported yet",
            call.span,
        ))
    }),
    function("fileexists", 1..=1, |call| {
        let path = path(call)?;
        let kind = call.unit().sources.kind(&path);
        Ok(call.of_bool(kind == Some(crate::source::EntryKind::File)))
    }),
    function("pathexpand", 1..=1, |call| {
        let path = call.chars(0)?;
        if path.starts_with('~') {
            return Err(Unknown::unsupported(
                "the home directory is not read",
                call.span,
            ));
        }
        call.string(path)
    }),
    function("templatefile", 2..=2, templatefile),
];

/// A bare relative path starts at the root module's directory, Terraform's working directory.
fn path(call: &Call) -> Outcome<PathBuf> {
    let path = call.chars(0)?;
    Ok(call.unit().directory.join(path))
}

fn open(call: &Call) -> Outcome<Arc<File>> {
    let path = path(call)?;
    let sources = &call.unit().sources;
    sources.open(&path).map_err(|error| {
        let shown = sources.display(&error.path);
        let reason = if error.missing {
            format!("there is no file `{shown}`")
        } else {
            format!("`{shown}` could not be read: {}", error.reason)
        };
        Unknown::new(UnknownKind::NotRead, reason, call.at(0))
    })
}

fn read(call: &Call) -> Outcome<Value> {
    let file = open(call)?;
    if file.invalid_at().is_some() {
        return Err(call.invalid(0, "the file must be text in UTF-8"));
    }
    let text = file.text();
    call.unit().charge_bytes(text.len(), call.span)?;
    let whole = file.span(0, text.len());
    let literal = Literal::mapped(text.into(), Map::verbatim(whole, 0));
    Ok(Value::text(literal.into(), whole).step("read by this call", call.span))
}

fn abspath(call: &Call) -> Outcome<Value> {
    let path = path(call)?;
    let path = call.unit().sources.absolute(&path);
    call.string(path.to_string_lossy().into_owned())
}

fn basename(path: &str) -> &str {
    if path.is_empty() {
        return ".";
    }
    let trimmed = path.trim_end_matches('/');
    match trimmed.rsplit('/').next() {
        Some("") | None => "/",
        Some(last) => last,
    }
}

/// All but the last part, cleaned as Go's `filepath.Dir` does.
fn dirname(path: &str) -> String {
    let Some(at) = path.rfind('/') else {
        return ".".to_owned();
    };
    let rooted = path.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in path[..at].split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            ".." if rooted => {}
            part => parts.push(part),
        }
    }
    match (rooted, parts.is_empty()) {
        (true, _) => format!("/{}", parts.join("/")),
        (false, true) => ".".to_owned(),
        (false, false) => parts.join("/"),
    }
}

/// What the names in a template mean: the variables that the call hands over.
pub(in crate::terraform) struct TemplateVariables {
    pub unit: Rc<Unit>,
    pub variables: Value,
}

impl Environment for TemplateVariables {
    fn unit(&self) -> &Rc<Unit> {
        &self.unit
    }

    fn root(&self, name: &str) -> Option<Value> {
        let object = self.variables.as_object()?;
        let value = object.get(name, self.variables.span)?;
        Some(value.mark(self.variables.sensitive))
    }

    fn missing(&self, root: &str, member: &str, span: Span) -> Unknown {
        Unknown::invalid(format!("`{root}` has no attribute `{member}`"), span)
    }

    fn is_template(&self) -> bool {
        true
    }
}

fn templatefile(call: &Call) -> Outcome<Value> {
    if call.scope.environment().is_template() {
        return Err(Unknown::invalid(
            "a template must not call `templatefile`",
            call.span,
        ));
    }
    let file = open(call)?;
    let variables = call.peek(1);
    match &variables.kind {
        Kind::Object(_) => {}
        Kind::Unknown(unknown) => return Err(derived(unknown.clone())),
        _ => {
            return Err(call.invalid(
                1,
                format!("a map is needed, and this is {}", variables.describe()),
            ));
        }
    }
    let template = syntax::parse_template(&file).map_err(|error| {
        Unknown::invalid(
            format!("the template does not parse: {}", error.message),
            error.span,
        )
    })?;
    call.unit().charge_bytes(file.text().len(), call.span)?;
    let scope = Scope::new(Rc::new(TemplateVariables {
        unit: call.unit().clone(),
        variables,
    }));
    let whole = file.span(0, file.text().len());
    nested(call.span, || eval_template(&template, whole, &scope))
        .map(|value| value.step("rendered by this call", call.span))
}
