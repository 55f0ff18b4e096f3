//! Nested stacks whose template lies on disk, as `aws cloudformation package` takes it.

use super::intrinsics::{Eval, arguments, function_value};
use super::loops::is_loop;
use super::resources::Declared;
use super::stack::{Input, Nesting, Stack};
use super::template::{Body, NESTED_STACKS, Resource, Template, as_function, read_fragment};
use crate::source::Span;
use crate::value::{Kind, List, PieceKind, Slot, Trail, Unknown, Value};
use crate::worlds::Symbol;
use foldhash::HashMap;
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
    let properties = read("Properties")?.map(|own| chosen(eval, own));
    let properties = properties
        .transpose()
        .map_err(|unknown| fail(unknown.reason().to_owned(), resource.id_span));
    let condition = read("Condition")?;
    let Some((place, span)) = place(eval, declared, body, worlds)? else {
        return Ok(None);
    };
    let properties = properties?;
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
    if let Some(parameters) = member(properties.as_ref(), "Parameters") {
        for parameter in template.entries("Parameters") {
            if let Some(passed) = passed(&parameters, &parameter.name) {
                let input = Input::Passed(eval.clone(), passed);
                inputs.insert(parameter.name.clone(), input);
            }
        }
    }
    let nesting = Nesting {
        by: eval.clone(),
        id: resource.id.clone(),
        id_span: resource.id_span,
        metadata: read("Metadata")?,
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

/// The properties themselves, where a condition that is decided chooses between several.
fn chosen(eval: &Eval, mut properties: Value) -> Result<Value, Unknown> {
    while let Some(("Fn::If", argument)) = as_function(&properties) {
        let Some([condition, yes, no]) = arguments(&argument) else {
            return Ok(properties);
        };
        properties = match eval.names_true_condition(&condition)? {
            true => yes,
            false => no,
        };
    }
    Ok(properties)
}

/// What a nested stack is given for one of its parameters, as an expression of the stack around;
/// nothing where its default counts. A choice between lists of parameters is a choice for each.
fn passed(parameters: &Value, name: &str) -> Option<Value> {
    let span = parameters.span;
    let no_value = || function_value("Ref", &Value::string("AWS::NoValue", span), span);
    let unknown = |reason: String| Some(Value::unknown(Unknown::unsupported(reason, span)));
    match as_function(parameters) {
        Some(("Fn::If", argument)) => {
            let [condition, yes, no] = arguments(&argument)?;
            let branch = |branch: &Value| passed(branch, name).unwrap_or_else(no_value);
            let branches = [condition, branch(&yes), branch(&no)].map(Slot::from);
            let argument = Value::new(Kind::List(List::new(branches.to_vec())), argument.span);
            return Some(function_value("Fn::If", &argument, span));
        }
        Some(("Ref", argument)) if argument.as_str().as_deref() == Some("AWS::NoValue") => {
            return None;
        }
        Some((function, _)) if !is_loop(function) => {
            return unknown(format!("parameters that `{function}` makes are not read"));
        }
        _ => {}
    }
    let object = match &parameters.kind {
        Kind::Object(object) => object,
        Kind::Null => return None,
        Kind::Unknown(_) => return Some(parameters.clone()),
        _ => {
            let what = parameters.describe();
            return unknown(format!(
                "expected an object of parameters here, this is {what}"
            ));
        }
    };
    if let Some(member) = object.member(name) {
        return Some(member.value.get());
    }
    let mut members = object.members().iter();
    match members.find(|member| member.name.starts_with("Fn::")) {
        Some(function) => unknown(format!(
            "parameters that `{}` makes are not read",
            function.name
        )),
        None => None,
    }
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
    let asset_path = member(metadata.as_ref(), "aws:asset:path");
    let asset_path = asset_path.filter(|path| path.as_str().is_some());
    let condition = read("Condition");
    // Nothing where it is not deployed, else what it names, if it names something.
    let in_present = || {
        if let Ok(false) = eval.has(&declared.turns, condition.as_ref()) {
            return None;
        }
        let chosen = properties.clone().map(|own| chosen(eval, own)).transpose();
        let properties = match chosen {
            Ok(properties) => properties,
            Err(unknown) => return Some(Some(Value::unknown(unknown))),
        };
        let place = asset_path
            .clone()
            .or_else(|| member(properties.as_ref(), "TemplateURL"))
            .or_else(|| member(properties.as_ref(), "Location"));
        Some(place.map(|place| eval.eval(&place, &Trail::default())))
    };
    let found: Vec<Option<Option<Value>>> = match worlds {
        Worlds::Every => {
            let explored = eval.stack().world.explore(in_present);
            let leaves = explored.leaves.into_iter();
            leaves.map(|leaf| leaf.outcome).collect()
        }
        Worlds::Present => vec![in_present()],
    };
    let mut places: Vec<(PathBuf, Span)> = Vec::new();
    for place in found.into_iter().flatten() {
        let place = place.ok_or_else(|| fail("it names no template"))?;
        let path = place.as_str().filter(|path| !path.is_empty());
        let local = path.as_deref().filter(|path| !path.contains("://"));
        let file = local
            .map(PathBuf::from)
            .or_else(|| asset(eval, &place))
            .ok_or_else(|| match (&path, &place.kind) {
                (Some(path), _) => fail(&format!("its template at `{path}` is not on disk")),
                (None, kind) => NotFollowed {
                    parameter: match kind {
                        Kind::Unknown(unknown) => unknown.askable().cloned(),
                        _ => None,
                    },
                    ..fail("where its template lies is not written out")
                },
            })?;
        if !places.iter().any(|(known, _)| *known == file) {
            places.push((file, place.span));
        }
    }
    match places.len() {
        0 | 1 => Ok(places.pop()),
        _ => Err(fail("where its template lies depends on conditions")),
    }
}

/// What the CDK has beside the template of a stack, and beside its list of assets.
const CDK_TEMPLATE: &str = ".template.json";
const CDK_ASSETS: &str = ".assets.json";

/// The file that the CDK publishes at an address, as its list of the assets of a stack has it. It
/// goes by the end of the address, which names the content; what comes before is the bucket.
fn asset(eval: &Eval, address: &Value) -> Option<PathBuf> {
    let last = address.as_text()?.pieces().last()?;
    let PieceKind::Literal(end) = &last.kind else {
        return None;
    };
    let key = end
        .as_str()
        .rsplit('/')
        .next()
        .filter(|key| !key.is_empty())?;
    // The assets of nested stacks stand with those of the stack that the CDK deploys.
    eval.stack().ancestors().find_map(|stack| {
        let template = &stack.template.file.path;
        let name = template.file_name()?.to_str()?.strip_suffix(CDK_TEMPLATE)?;
        let list = template.with_file_name(format!("{name}{CDK_ASSETS}"));
        let list = read_fragment(&*stack.sources.open(&list).ok()?).ok()?;
        let files = member(Some(&list), "files")?;
        let mut files = files
            .as_object()?
            .members()
            .iter()
            .map(|file| file.value.get());
        let file = files.find(|file| is_published_as(file, key))?;
        let source = member(Some(&file), "source")?;
        let path = member(Some(&source), "path")?;
        Some(template.with_file_name(&*path.as_str()?))
    })
}

/// Whether one of the places that an asset goes to has this name.
fn is_published_as(asset: &Value, key: &str) -> bool {
    let destinations = member(Some(asset), "destinations");
    let destinations = destinations.as_ref().and_then(Value::as_object);
    destinations.is_some_and(|destinations| {
        destinations.members().iter().any(|destination| {
            let own = member(Some(&destination.value.get()), "objectKey");
            let own = own.as_ref().and_then(Value::as_str);
            own.is_some_and(|own| own.rsplit('/').next() == Some(key))
        })
    })
}

fn member(of: Option<&Value>, name: &str) -> Option<Value> {
    let member = of?.as_object()?.member(name)?;
    Some(member.value.get())
}
