//! Nested stacks whose template lies on disk, as `aws cloudformation package` takes it.

use super::intrinsics::Eval;
use super::resources::Declared;
use super::stack::{Input, Nesting, Stack};
use super::template::{Body, NESTED_STACKS, Resource, Template};
use crate::source::Span;
use crate::value::{Kind, Trail, Value};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

/// Why a nested stack is not followed.
pub struct NotFollowed {
    /// A clause: "its template is not on disk".
    pub reason: String,
    pub span: Span,
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

/// The stack that a resource nests, to evaluate in.
///
/// # Errors
/// Why it is not followed.
pub fn open(eval: &Eval, declared: &Declared, body: &Body) -> Result<Eval, NotFollowed> {
    let stack = eval.stack();
    let file = &stack.template.file;
    let resource = &declared.resource;
    let fail = |reason: String, span: Span| NotFollowed { reason, span };
    let read = |name: &str| {
        body.read(name, file)
            .map_err(|error| fail(error.message, error.span))
    };
    let properties = read("Properties")?;
    let metadata = read("Metadata")?;
    let condition = read("Condition")?;
    let (place, span) = place(eval, properties.as_ref(), metadata.as_ref())
        .map_err(|reason| fail(reason, resource.id_span))?;
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
        id_span: resource.id_span,
        metadata,
        condition,
        turns: declared.turns.clone(),
    };
    Ok(Eval::new(Stack::nested(nesting, Rc::new(template), inputs)))
}

/// Where the template of a nested stack lies, if it is a place on disk.
pub fn path(eval: &Eval, body: &Body) -> Option<PathBuf> {
    let file = &eval.stack().template.file;
    let properties = body.read("Properties", file).ok()?;
    let metadata = body.read("Metadata", file).ok()?;
    let (place, _) = place(eval, properties.as_ref(), metadata.as_ref()).ok()?;
    Some(resolve(eval, &place))
}

fn resolve(eval: &Eval, place: &Path) -> PathBuf {
    let stack = eval.stack();
    let directory = stack.template.file.path.parent();
    let directory = directory.unwrap_or(Path::new("/"));
    stack.sources.absolute(&directory.join(place))
}

/// The path of the template, relative to that of the stack around, and where it is written.
fn place(
    eval: &Eval,
    properties: Option<&Value>,
    metadata: Option<&Value>,
) -> Result<(PathBuf, Span), String> {
    // What the CDK has synthesised for a nested stack.
    if let Some(asset) = member(metadata, "aws:asset:path")
        && let Some(path) = asset.as_str()
    {
        return Ok((PathBuf::from(&*path), asset.span));
    }
    let place = member(properties, "TemplateURL").or_else(|| member(properties, "Location"));
    let place = place.ok_or("it names no template")?;
    let place = eval.eval(&place, &Trail::default());
    match place.as_str() {
        Some(path) if path.contains("://") => {
            Err(format!("its template at `{path}` is not on disk"))
        }
        Some(path) => Ok((PathBuf::from(&*path), place.span)),
        None => Err("where its template lies is not written out".to_owned()),
    }
}

fn member(of: Option<&Value>, name: &str) -> Option<Value> {
    let member = of?.as_object()?.member(name)?;
    Some(member.value.get())
}
