//! The CloudFormation front end: templates to task definitions.

pub mod intrinsics;
pub mod lower;
pub mod parameters;
pub mod template;

use crate::finding::ProblemKind;
use crate::ledger::{Gap, Partial};
use crate::model::TaskDefinition;
use crate::source::{File, SourceMap, Span};
use crate::value::{Kind, Value};
use crate::worlds::World;
use crate::yaml::{NoteKind, SyntaxError};
use intrinsics::{Eval, Input, Stack};
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;
use std::sync::Arc;
use template::{NESTED_STACKS, Resource, TASK_DEFINITION, Template};

/// What the command line and the configuration say about templates.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Values of parameters by name, and of pseudo parameters (`AWS::Region`). A template that
    /// does not have the parameter is not concerned.
    pub parameters: BTreeMap<String, String>,
}

/// Whether a file may be a template, by its bytes alone.
pub fn may_hold(file: &File) -> bool {
    template::may_be_template(file.text())
}

/// Reads a template. Nothing where the file turns out to be something else.
pub fn load(
    sources: &Arc<SourceMap>,
    file: &File,
    options: &Options,
) -> Option<Partial<Vec<TaskDefinition>>> {
    let mut gaps = Vec::new();
    let template = match Template::read(sources.file(file.id)) {
        Ok(template) => template?,
        Err(error) => {
            let gap = unreadable(
                error,
                "the task definitions in this template were not checked",
            );
            return Some(Partial::new(Vec::new(), vec![gap]));
        }
    };
    note(&template, &mut gaps);
    let inputs = options.parameters.iter();
    let inputs = inputs.map(|(name, value)| {
        let input = Input::Given(value.as_str().into());
        (Arc::from(name.as_str()), input)
    });
    let inputs: HashMap<Arc<str>, Input> = inputs.collect();
    let stack = Stack::new(Rc::new(template), World::new(), inputs, String::new());
    let tasks = load_stack(&Eval::new(stack), &mut gaps);
    Some(Partial::new(tasks, gaps))
}

/// The task definitions of a stack.
fn load_stack(eval: &Eval, gaps: &mut Vec<Gap>) -> Vec<TaskDefinition> {
    let template = &eval.stack().template;
    let mut tasks = Vec::new();
    for resource in &template.resources {
        if resource.id.starts_with("Fn::") {
            gaps.push(Gap::new(
                ProblemKind::Unreadable,
                format!(
                    "`{}` is not supported yet, so the resources that it makes were not checked",
                    resource.id
                ),
                resource.id_span,
            ));
            continue;
        }
        if let Err(error) = load_resource(eval, resource, &mut tasks, gaps) {
            let what = format!("resource `{}` was not checked", resource.id);
            gaps.push(unreadable(error, &what));
        }
    }
    tasks
}

fn load_resource(
    eval: &Eval,
    resource: &Resource,
    tasks: &mut Vec<TaskDefinition>,
    gaps: &mut Vec<Gap>,
) -> Result<(), SyntaxError> {
    let file = &eval.stack().template.file;
    let Some(body) = resource.body_if_ours(file)? else {
        return Ok(());
    };
    let Some(kind) = body.read("Type", file)? else {
        return Ok(());
    };
    match kind.as_str().as_deref() {
        Some(TASK_DEFINITION) => {
            let properties = body.read("Properties", file)?;
            let condition = body.read("Condition", file)?;
            if let Some(properties) = &properties {
                lower::misspelt(properties, gaps);
            }
            let address = resource.id.clone();
            tasks.push(lower::lower_task_definition(
                eval, address, resource, properties, condition,
            ));
        }
        Some(nested) if NESTED_STACKS.contains(&nested) => gaps.push(Gap::new(
            ProblemKind::ModuleNotRead,
            format!(
                "nested stack `{}` is not followed yet, so its template was not checked here",
                resource.id
            ),
            resource.id_span,
        )),
        _ => {}
    }
    Ok(())
}

fn unreadable(error: SyntaxError, unchecked: &str) -> Gap {
    Gap::new(
        ProblemKind::Unreadable,
        format!("{}, so {unchecked}", error.message),
        error.span,
    )
}

/// Remarks on what is read otherwise than CloudFormation's documentation says.
fn note(template: &Template, gaps: &mut Vec<Gap>) {
    let mut remark = |message: &str, span: Span| {
        gaps.push(Gap::new(ProblemKind::Note, message, span));
    };
    let first = |kind: NoteKind| template.notes.iter().find(|note| note.kind == kind);
    if let Some(note) = first(NoteKind::Alias).or(first(NoteKind::MergeKey)) {
        remark(
            "CloudFormation documents YAML aliases and merge keys as not supported; they were read",
            note.span,
        );
    }
    let duplicates = template.notes.iter();
    let duplicates = duplicates.filter(|note| note.kind == NoteKind::DuplicateKey);
    for note in duplicates.take(MAX_NOTES) {
        remark(
            "this key stands twice, and the last one was read",
            note.span,
        );
    }
    macros(template, gaps);
}

/// Notes of one kind that are worth reading.
const MAX_NOTES: usize = 20;

/// Transforms that leave task definitions as they are.
const KNOWN_TRANSFORMS: [&str; 5] = [
    "AWS::CodeDeployBlueGreen",
    "AWS::CodeStar",
    "AWS::LanguageExtensions",
    "AWS::SecretsManager",
    "AWS::Serverless",
];

/// Macros that change the template in ways that only they know.
fn macros(template: &Template, gaps: &mut Vec<Gap>) {
    let Some(transform) = template.read_section("Transform") else {
        return;
    };
    let all: Vec<Value> = match &transform.kind {
        Kind::List(list) => list.iter().collect(),
        _ => vec![transform],
    };
    for one in all {
        let name = match &one.kind {
            Kind::Object(object) => object.member("Name").map(|name| name.value.get()),
            _ => Some(one.clone()),
        };
        let name = name.as_ref().and_then(Value::as_str).unwrap_or_default();
        // `AWS::Serverless-2016-10-31`
        let base = name.split('-').next().unwrap_or_default();
        if !KNOWN_TRANSFORMS.contains(&base) {
            gaps.push(Gap::new(
                ProblemKind::Undetermined,
                format!("macro `{name}` is not run, so what it changes was not checked"),
                one.span,
            ));
        }
    }
}

#[cfg(test)]
mod tests;
