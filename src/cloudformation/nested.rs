//! Nested stacks whose template lies on disk, as `aws cloudformation package` takes it.

use super::intrinsics::Eval;
use super::resources::Declared;
use super::stack::{Input, Nesting, Stack};
use super::template::{Body, NESTED_STACKS, Resource, Template};
use crate::source::Span;
use crate::value::{Kind, Trail, Value};
use crate::worlds::Symbol;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

/// Why a nested stack is not followed.
pub struct NotFollowed {
    /// A clause: "its template is not on disk".
    pub reason: String,
    pub span: Span,
    /// The parameter that says where its template lies.
    pub parameter: Option<Symbol>,
}

/// Stacks that may be nested in one another.
const MAX_DEPTH: usize = 16;

/// The members of a resource that nests a stack; nothing for other resources.
pub fn body_of_nested(eval: &Eval, resource: &Resource) -> Option<Body> {
    let file = &eval.stack().template.file;
    let body = resource.body_if_ours(file).ok()??;
    let kind = body.read("Type", file).ok()??;
    let kind = kind.as_str()?;
    NESTED_STACKS.contains(&&*kind).then_some(body)
}

/// The worlds in which it is asked where a template lies.
#[derive(Clone, Copy)]
pub enum Worlds {
    /// All, outside an exploration.
    Every,
    Present,
}

/// The stack that a resource nests, to evaluate in. Nothing where no world deploys it.
///
/// # Errors
/// Why it is not followed.
pub fn open(
    eval: &Eval,
    declared: &Declared,
    body: &Body,
    worlds: Worlds,
) -> Result<Option<Eval>, NotFollowed> {
    let stack = eval.stack();
    let file = &stack.template.file;
    let resource = &declared.resource;
    let fail = |reason: String, span: Span| NotFollowed {
        reason,
        span,
        parameter: None,
    };
    let read = |name: &str| {
        body.read(name, file)
            .map_err(|error| fail(error.message, error.span))
    };
    let properties = read("Properties")?;
    let condition = read("Condition")?;
    let Some((place, span)) = place(eval, declared, body, worlds)? else {
        return Ok(None);
    };
    let path = resolve(eval, &place);
    let shown = stack.sources.display(&path);
    let nested = stack.sources.open(&path).map_err(|error| {
        let reason = format!("its template `{shown}` could not be read: {}", error.reason);
        fail(reason, span)
    })?;
    let depth = stack.ancestors().count();
    if stack
        .ancestors()
        .any(|stack| stack.template.file.id == nested.id)
    {
        return Err(fail(format!("its template `{shown}` nests itself"), span));
    }
    if depth >= MAX_DEPTH {
        let reason = format!("more than {MAX_DEPTH} stacks are nested in one another");
        return Err(fail(reason, span));
    }
    let template = match Template::read(nested, &stack.sources) {
        Ok(Some(template)) => template,
        Ok(None) => return Err(fail(format!("`{shown}` is not a template"), span)),
        Err(error) => {
            let reason = format!("its template `{shown}` is at fault: {}", error.message);
            return Err(fail(reason, error.span));
        }
    };
    let mut inputs: HashMap<Arc<str>, Input> = stack.pseudo_inputs();
    match member(properties.as_ref(), "Parameters").map(|value| (value.span, value.kind)) {
        Some((_, Kind::Object(object))) => {
            for member in object.members() {
                let input = Input::Passed(eval.clone(), member.value.get());
                inputs.insert(member.name.clone(), input);
            }
        }
        Some((_, Kind::Null)) | None => {}
        Some((span, _)) => return Err(fail("its parameters are not an object".to_owned(), span)),
    }
    let nesting = Nesting {
        by: eval.clone(),
        id: resource.id.clone(),
        condition,
        turns: declared.turns.clone(),
    };
    let nested = Stack::nested(nesting, Rc::new(template), inputs);
    Ok(Some(Eval::new(nested)))
}

/// Where the template of a nested stack lies, if it is a place on disk.
pub fn path(eval: &Eval, declared: &Declared, body: &Body) -> Option<PathBuf> {
    let (place, _) = place(eval, declared, body, Worlds::Every).ok()??;
    Some(resolve(eval, &place))
}

fn resolve(eval: &Eval, place: &Path) -> PathBuf {
    let stack = eval.stack();
    let directory = stack.template.file.path.parent();
    let directory = directory.unwrap_or(Path::new("/"));
    stack.sources.absolute(&directory.join(place))
}

/// The path of the template, relative to that of the stack around, and where it is written, in
/// the worlds that deploy it. Nothing where none does.
fn place(
    eval: &Eval,
    declared: &Declared,
    body: &Body,
    worlds: Worlds,
) -> Result<Option<(PathBuf, Span)>, NotFollowed> {
    let file = &eval.stack().template.file;
    let read = |name: &str| body.read(name, file).ok().flatten();
    let fail = |reason: &str| NotFollowed {
        reason: reason.to_owned(),
        span: declared.resource.id_span,
        parameter: None,
    };
    let (metadata, properties) = (read("Metadata"), read("Properties"));
    // What the CDK has synthesised for a nested stack.
    let asset = member(metadata.as_ref(), "aws:asset:path");
    let place = asset.filter(|asset| asset.as_str().is_some());
    let place = place.or_else(|| member(properties.as_ref(), "TemplateURL"));
    let place = place.or_else(|| member(properties.as_ref(), "Location"));
    let place = place.ok_or_else(|| fail("it names no template"))?;
    let condition = read("Condition");
    let in_present = || match eval.has(&declared.turns, condition.as_ref()) {
        Ok(false) => None,
        Ok(true) | Err(_) => Some(eval.eval(&place, &Trail::default())),
    };
    let found: Vec<Option<Value>> = match worlds {
        Worlds::Every => {
            let explored = eval.stack().world.explore(in_present);
            explored
                .leaves
                .into_iter()
                .map(|leaf| leaf.outcome)
                .collect()
        }
        Worlds::Present => vec![in_present()],
    };
    let mut places: Vec<Value> = Vec::new();
    for place in found.into_iter().flatten() {
        if let Kind::Unknown(unknown) = &place.kind {
            return Err(NotFollowed {
                parameter: unknown.askable().cloned(),
                ..fail("where its template lies is not written out")
            });
        }
        if !places.iter().any(|known| known.as_str() == place.as_str()) {
            places.push(place);
        }
    }
    match &places[..] {
        [] => Ok(None),
        [place] => match place.as_str() {
            Some(path) if path.contains("://") => {
                Err(fail(&format!("its template at `{path}` is not on disk")))
            }
            Some(path) if !path.is_empty() => Ok(Some((PathBuf::from(&*path), place.span))),
            _ => Err(fail("where its template lies is not written out")),
        },
        _ => Err(fail("where its template lies depends on conditions")),
    }
}

fn member(of: Option<&Value>, name: &str) -> Option<Value> {
    let member = of?.as_object()?.member(name)?;
    Some(member.value.get())
}
