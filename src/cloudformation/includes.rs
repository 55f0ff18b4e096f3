//! `AWS::Include`: parts of a template that lie in files of their own.

use super::intrinsics::Eval;
use super::template;
use crate::source::{File, SourceMap, Span};
use crate::value::{Trail, Unknown, UnknownKind, Value};
use std::path::Path;
use std::sync::Arc;

/// The transform that includes.
pub const INCLUDE: &str = "AWS::Include";

/// What stands in the file that the argument of `Fn::Transform` names.
///
/// # Errors
/// Another macro, or a file that is not on disk or at fault.
pub fn include(eval: &Eval, argument: &Value, at: Span) -> Result<Value, Unknown> {
    let stack = eval.stack();
    let location = location(argument, at)?;
    // A file that is included includes no other, as CloudFormation has it.
    if argument.span.file != stack.template.file.id {
        let reason = "what is included by `AWS::Include` includes nothing itself";
        return Err(Unknown::invalid(reason, at));
    }
    let location = eval.eval(&location, &Trail::default());
    let value = open(&stack.sources, &stack.template.file, &location)?;
    Ok(value.step("`AWS::Include`", at))
}

/// The same where no parameter can have a say in it.
///
/// # Errors
/// As [`include`].
pub fn include_in(
    sources: &SourceMap,
    template: &File,
    argument: &Value,
    at: Span,
) -> Result<Value, Unknown> {
    open(sources, template, &location(argument, at)?)
}

/// Whether `Transform` or the argument of `Fn::Transform` includes a file.
pub fn is_include(argument: &Value) -> bool {
    name(argument).as_deref() == Some(INCLUDE)
}

fn name(argument: &Value) -> Option<String> {
    let name = argument.as_object()?.member("Name")?.value.get();
    Some(name.as_str()?.into_owned())
}

fn location(argument: &Value, at: Span) -> Result<Value, Unknown> {
    match name(argument) {
        Some(name) if name == INCLUDE => {}
        Some(name) => {
            let reason = format!("macro `{name}` is not run");
            return Err(Unknown::unsupported(reason, at));
        }
        None => {
            let reason = "`Fn::Transform` takes an object with `Name` and `Parameters`";
            return Err(Unknown::invalid(reason, at));
        }
    }
    let parameters = argument
        .as_object()
        .and_then(|own| own.member("Parameters"));
    let parameters = parameters.map(|member| member.value.get());
    let location = parameters
        .as_ref()
        .and_then(Value::as_object)
        .and_then(|parameters| parameters.member("Location"));
    location.map(|member| member.value.get()).ok_or_else(|| {
        Unknown::invalid(
            "`AWS::Include` takes the parameter `Location`",
            argument.span,
        )
    })
}

fn open(sources: &SourceMap, template: &File, location: &Value) -> Result<Value, Unknown> {
    let not_read = |reason: String| Unknown::new(UnknownKind::NotRead, reason, location.span);
    let Some(path) = location.as_str() else {
        return Err(not_read(
            "where the included file lies is not written out".to_owned(),
        ));
    };
    if path.contains("://") {
        return Err(not_read(format!(
            "the included file `{path}` is not on disk"
        )));
    }
    let directory = template.path.parent().unwrap_or(Path::new("/"));
    let path = sources.absolute(&directory.join(&*path));
    let shown = sources.display(&path);
    let file: Arc<File> = sources.open(&path).map_err(|error| {
        not_read(format!(
            "the included file `{shown}` could not be read: {}",
            error.reason
        ))
    })?;
    template::read_fragment(&file).map_err(|error| {
        let reason = format!("the included file `{shown}` is at fault: {}", error.message);
        Unknown::new(UnknownKind::NotRead, reason, error.span)
    })
}
