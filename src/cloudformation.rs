//! The CloudFormation front end: templates to task definitions.

mod cdk;
pub mod conditions;
pub mod includes;
pub mod intrinsics;
pub mod laws;
pub mod lookups;
pub mod loops;
pub mod lower;
pub mod mentions;
pub mod nested;
pub mod operands;
pub mod parameter_files;
pub mod parameters;
pub mod references;
mod refusals;
pub mod resources;
pub mod serverless;
pub mod stack;
mod taken;
pub mod template;
pub mod text;
pub mod units;

pub use units::{Nests, nested_only};

use crate::finding::ProblemKind;
use crate::json;
use crate::ledger::{Gap, Partial};
use crate::model::TaskDefinition;
use crate::source::{File, SourceMap, Span};
use crate::value::{Kind, Unknown, Value, placeholders};
use crate::yaml::{NoteKind, SyntaxError};
use foldhash::HashMap;
use intrinsics::Eval;
use mentions::{Mentions, NESTED_STACKS, STACK_SET, TASK_DEFINITION};
use nested::{NotFollowed, Worlds};
use resources::Declared;
use stack::{Input, Stack};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use std::sync::Arc;
use template::{Body, SharedTemplate, Template};

/// What the command line and the configuration say about templates.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Options {
    /// Values of parameters by name, and of pseudo parameters (`AWS::Region`). A template that
    /// does not have the parameter is not concerned.
    pub parameters: BTreeMap<String, String>,
    /// The names of those that the command line sets one by one.
    pub given: BTreeSet<String>,
}

/// Whether a file may be a template, by its bytes alone.
pub fn may_hold(file: &File) -> bool {
    mentions::may_be_template(file.text(), &Mentions::in_file(file))
        || file.utf16_letters().is_some_and(|letters| {
            let mentions = Mentions::of(&letters);
            mentions::may_be_template(&letters, &mentions)
        })
}

/// What is to be said of a file that is no template and yet gives something the type of a task
/// definition.
pub fn remark(file: &File) -> Option<Gap> {
    let place = mentions::typed(file.text())?;
    let span = file.span(place.start, place.end);
    let whole = file.bom()..file.text().len();
    let is_json = file.text()[whole.clone()].trim_start().starts_with('{');
    // What is damaged in its depth can look whole from above.
    if is_json
        && placeholders::engines(file.text()).is_none()
        && let Err(error) = json::parse_file(file, whole.clone())
    {
        let message = format!(
            "{}, so the task definition here was not checked",
            error.message
        );
        return Some(Gap::new(ProblemKind::Unreadable, message, error.span));
    }
    let keys = match json::members(file, whole) {
        Ok(members) if is_json => Some(members),
        _ => None,
    };
    let lacks_resources = match keys {
        Some(keys) => mentions::lacks_resources(|key| keys.iter().any(|own| *own.name == *key)),
        None => mentions::lacks_resources(|key| mentions::has_outermost_key(file.text(), key)),
    };
    if lacks_resources {
        let message = "this template has no `Resources` at the top, so the task definition here \
                       was not checked";
        return Some(Gap::new(ProblemKind::Unreadable, message, span));
    }
    let message = "this file is no template of its own, so what has this type is checked only \
                   where a template includes it";
    Some(Gap::new(ProblemKind::Note, message, span))
}

/// A template and those that it nests, read.
pub struct Deployed {
    pub tasks: Partial<Vec<TaskDefinition>>,
    /// What nests what, also where it could not be followed.
    pub nests: Vec<Nests>,
    /// The names of those parameters of the template that the options give a value; all that these
    /// name where it could not be read.
    pub given: BTreeSet<String>,
}

/// Reads a template. Nothing where the file turns out to be something else.
pub fn load(sources: &Arc<SourceMap>, file: &File, options: &Options) -> Option<Deployed> {
    let mut gaps = Vec::new();
    let template = match Template::read(sources.file(file.id), sources) {
        Ok(template) => template?,
        Err(error) => {
            let what = "the task definitions in this template were not checked";
            let mut gap = unreadable(error, what);
            if placeholders::engines(file.text()).is_some() {
                gap = gap.help("another tool fills in this file: check what it makes of it");
            }
            return Some(Deployed {
                tasks: Partial::new(Vec::new(), vec![gap]),
                nests: Vec::new(),
                given: options.parameters.keys().cloned().collect(),
            });
        }
    };
    note(&template, &mut gaps);
    unknown_of_parameters(&template, &mut gaps);
    let not_read = template.parts.not_read.iter().map(|unknown| {
        let message = format!(
            "{}, so the task definitions in it were not checked",
            unknown.reason()
        );
        Gap::new(ProblemKind::ModuleNotRead, message, unknown.span())
    });
    gaps.extend(not_read);
    let files = template.parts.files.iter();
    let nests = files.map(|child| Nests {
        parent: file.path.to_path_buf(),
        child: child.clone(),
    });
    let nests = nests.collect();
    let given = options.parameters.keys();
    let given = given.filter(|name| template.entry("Parameters", name).is_some());
    let given = given.cloned().collect();
    let stack = stack_of(Rc::new(template), sources, options);
    let mut loader = Loader {
        macros: None,
        tasks: Vec::new(),
        gaps,
        nests,
        nested: 0,
    };
    loader.stack(&Eval::new(stack.clone()));
    if !loader.tasks.is_empty() {
        loader.gaps.extend(refused_inputs(&stack));
        let faults = stack.template.faults().into_iter();
        let what = "what refers to this section was not checked";
        loader
            .gaps
            .extend(faults.map(|fault| unreadable(fault, what)));
        let unknown = stack.template.unknown_sections().map(|name| {
            let message = format!("a template has no section `{name}`, so it was not read");
            Gap::of_path(
                ProblemKind::Refused,
                message,
                stack.template.file.shown.to_string(),
            )
        });
        loader.gaps.extend(unknown);
        loader.gaps.extend(untransformed_loop(&stack.template));
    }
    if loader.tasks.is_empty() {
        loader.gaps.extend(misplaced(&stack.template));
    }
    Some(Deployed {
        tasks: Partial::new(loader.tasks, loader.gaps),
        nests: loader.nests,
        given,
    })
}

/// Task definitions that stand in another section than `Resources`.
fn misplaced(template: &Template) -> impl Iterator<Item = Gap> {
    let others = ["Parameters", "Mappings", "Conditions", "Rules", "Outputs"].into_iter();
    let others = others.flat_map(|section| {
        template
            .entries(section)
            .iter()
            .map(move |own| (section, own))
    });
    others.filter_map(|(section, own)| {
        let value = own.value.get();
        let kind = value.as_object()?.member("Type")?.value.get();
        let message = format!(
            "task definition `{}` stands in `{section}`, so it was not checked",
            own.name
        );
        let gap = Gap::new(ProblemKind::Refused, message, own.name_span);
        (kind.as_str()? == TASK_DEFINITION).then(|| gap.help("put it below `Resources`"))
    })
}

/// Values from outside that the template does not take.
fn refused_inputs(stack: &Stack) -> Vec<Gap> {
    let mut gaps = Vec::new();
    let declared = stack.template.entries("Parameters").iter();
    for declared in declared.filter(|declared| stack.inputs.contains_key(&declared.name)) {
        let name = &declared.name;
        if let Some(parameter) = stack.parameter(name)
            && let Some(Input::Given(text)) = stack.input(&parameter)
            && let Some(constraint) = parameter.broken_by(text)
        {
            let message =
                format!("the value given for parameter `{name}` breaks its `{constraint}`");
            gaps.push(Gap::new(ProblemKind::Refused, message, declared.name_span));
        }
    }
    gaps
}

/// The names that `--parameter` sets and text has somewhere. It may be a template without anything
/// of ours, which nobody reads.
pub fn mentioned<'a>(file: &File, options: &'a Options) -> impl Iterator<Item = &'a String> {
    let given = options.given.iter();
    given.filter(|name| file.text().contains(name.as_str()))
}

/// A template as the options deploy it.
fn stack_of(template: SharedTemplate, sources: &Arc<SourceMap>, options: &Options) -> Rc<Stack> {
    let inputs = options.parameters.iter();
    let inputs = inputs.map(|(name, value)| {
        let input = Input::Given(value.as_str().into());
        (Arc::from(name.as_str()), input)
    });
    let known = cdk::environment(&template.file, sources).into_iter();
    let known = known.map(|(name, value)| (Arc::from(name), Input::Given(value.into())));
    // What is given from outside wins.
    let inputs: HashMap<Arc<str>, Input> = known.chain(inputs).collect();
    Stack::new(template, sources.clone(), inputs)
}

/// Gathers the task definitions of a stack and of those that it nests.
struct Loader {
    /// What may change all that is declared in the present stack.
    macros: Option<Unknown>,
    tasks: Vec<TaskDefinition>,
    gaps: Vec<Gap>,
    nests: Vec<Nests>,
    nested: usize,
}

/// Nested stacks of one unit that are followed, each as often as it is nested.
const MAX_NESTED: usize = 1000;

impl Loader {
    fn stack(&mut self, eval: &Eval) {
        let around = self.macros.clone();
        self.macros = around.clone().or_else(|| changing(&eval.stack().template));
        self.resources(eval);
        self.macros = around;
    }

    fn resources(&mut self, eval: &Eval) {
        for declared in resources::declared(eval, &mut self.gaps) {
            self.part(eval, declared.resource.id_span);
            if let Err(error) = self.resource(eval, &declared) {
                let what = format!("resource `{}` was not checked", declared.resource.id);
                self.gaps.push(unreadable(error, &what));
            }
        }
    }

    /// Takes note of the file in which something is declared: it is a part of the template.
    fn part(&mut self, eval: &Eval, at: Span) {
        let (parent, sources) = (&eval.stack().template.file, &eval.stack().sources);
        if at.file == parent.id {
            return;
        }
        let child = sources.file(at.file).path.to_path_buf();
        let parent = parent.path.to_path_buf();
        let mut known = self.nests.iter();
        if !known.any(|known| known.child == child && known.parent == parent) {
            self.nests.push(Nests { parent, child });
        }
    }

    fn resource(&mut self, eval: &Eval, declared: &Declared) -> Result<(), SyntaxError> {
        let file = &eval.stack().template.file;
        let resource = &declared.resource;
        let Some(mut body) = resource.body_if_ours(file)? else {
            return Ok(());
        };
        let transform = body.read("Fn::Transform", file)?;
        let mut not_included = None;
        if let Some(transform) = &transform {
            match includes::include(eval, transform, transform.span) {
                Ok(included) => {
                    self.part(eval, included.span);
                    if let Some(object) = included.as_object() {
                        body.include(object);
                    }
                }
                Err(unknown) => not_included = Some(unknown),
            }
        }
        let kind = body.read("Type", file)?;
        let kind = kind.as_ref().and_then(Value::as_str);
        if kind.is_none() {
            let id = &resource.id;
            self.gaps.push(match &not_included {
                Some(unknown) => {
                    let reason = unknown.reason();
                    let message = format!("{reason}, so resource `{id}` was not checked");
                    Gap::new(ProblemKind::Undetermined, message, unknown.span())
                }
                None => {
                    let message = format!(
                        "resource `{id}` does not write out its `Type`, so it was not checked"
                    );
                    Gap::new(ProblemKind::Refused, message, resource.id_span)
                }
            });
        }
        match kind.as_deref() {
            Some(TASK_DEFINITION) => {
                let properties = body.read("Properties", file)?;
                let condition = body.read("Condition", file)?;
                let unknown = body.unknown_members().map(|(name, span)| {
                    let message = format!("a resource has no member `{name}`, so it was not read");
                    Gap::new(ProblemKind::Refused, message, span)
                });
                self.gaps.extend(unknown);
                if let Some(properties) = &properties {
                    refusals::find(properties, &mut self.gaps);
                }
                laws::lay_down(eval, &mut self.gaps);
                let task = lower::lower_task_definition(eval, declared, properties, condition);
                // What cannot be read there excepts nothing.
                let own = body.read("Metadata", file).ok().flatten();
                let cdk_path = own.as_ref().and_then(cdk_path);
                let general = eval.stack().template.read_section("Metadata");
                let nestings = || eval.stack().nestings();
                let around = nestings().filter_map(|nesting| nesting.metadata.clone());
                let metadata = own.into_iter().chain(general.ok().flatten());
                let task = task
                    .described_by(metadata.chain(around).collect())
                    .called_by(nestings().map(|nesting| nesting.id_span).collect())
                    .made_from(cdk_path);
                self.tasks
                    .push(task.changed_by(self.macros.clone().or(not_included)));
            }
            Some(nested) if NESTED_STACKS.contains(&nested) => {
                self.nested_stack(eval, declared, &body, &NESTED_STACK_WORDS);
            }
            Some(STACK_SET) => {
                let properties = body.read("Properties", file)?;
                if !is_known_to_hold_none(properties.as_ref()) {
                    self.nested_stack(eval, declared, &body, &STACK_SET_WORDS);
                }
            }
            Some(kind)
                if kind.contains(TASK_DEFINITION)
                    || self.macros.is_none() && mentions::is_misspelt(kind) =>
            {
                let id = &resource.id;
                let message =
                    format!("`{kind}` is no resource type, so resource `{id}` was not checked");
                let gap = Gap::new(ProblemKind::Refused, message, resource.id_span);
                self.gaps
                    .push(gap.help(format!("write `{TASK_DEFINITION}`")));
            }
            Some(kind) => {
                if let Some(reason) = mentions::deployed_from_elsewhere(kind) {
                    let what = format!("resource `{}` was not followed: {reason}", resource.id);
                    self.gaps.push(from_elsewhere(&what, resource.id_span));
                }
            }
            None => {}
        }
        Ok(())
    }

    fn nested_stack(&mut self, eval: &Eval, declared: &Declared, body: &Body, words: &Words) {
        let resource = &declared.resource;
        for child in nested::paths(eval, declared, body) {
            let parent = eval.stack().template.file.path.to_path_buf();
            self.nests.push(Nests { parent, child });
        }
        if self.nested >= MAX_NESTED {
            // That is said once.
            if self.nested == MAX_NESTED {
                self.nested += 1;
                let fault = NotFollowed {
                    reason: format!("more than {MAX_NESTED} stacks are nested here"),
                    span: resource.id_span,
                    parameter: None,
                };
                self.gaps.push(words.not_followed(&resource.id, fault));
            }
            return;
        }
        for opened in nested::open(eval, declared, body, Worlds::Every) {
            self.nested += 1;
            match opened {
                Ok(nested) => {
                    note(&nested.stack().template, &mut self.gaps);
                    unknown_of_parameters(&nested.stack().template, &mut self.gaps);
                    self.stack(&nested);
                }
                Err(fault) => self.gaps.push(words.not_followed(&resource.id, fault)),
            }
        }
    }
}

fn from_elsewhere(what: &str, span: Span) -> Gap {
    let message = format!("{what}, so its task definitions were not checked");
    Gap::new(ProblemKind::ModuleNotRead, message, span)
}

/// Whether the template of a stack set is written out in it, and names nothing of ours.
fn is_known_to_hold_none(properties: Option<&Value>) -> bool {
    let object = properties.and_then(Value::as_object);
    let body = object.and_then(|object| object.member("TemplateBody"));
    let body = body.map(|member| member.value.get());
    let text = body.as_ref().and_then(Value::as_str);
    text.is_some_and(|text| !mentions::mentions_ours(&text))
}

/// How messages speak of what deploys another template.
struct Words {
    what: &'static str,
    /// What names that template.
    place: &'static str,
    /// What else there is to do.
    instead: &'static str,
}

const NESTED_STACK_WORDS: Words = Words {
    what: "nested stack",
    place: "the path of the template, as `aws cloudformation package` takes it",
    instead: "",
};

const STACK_SET_WORDS: Words = Words {
    what: "stack set",
    place: "the path of the template",
    instead: ", or write it out in `TemplateBody`",
};

impl Words {
    fn not_followed(&self, id: &str, fault: NotFollowed) -> Gap {
        let (what, place) = (self.what, self.place);
        let message = format!(
            "{what} `{id}` was not followed: {}, so its task definitions were not checked",
            fault.reason
        );
        let help = match fault.parameter {
            Some(parameter) => {
                let label = parameter.label();
                format!("give `{label}` with `--parameter`: {place}")
            }
            None => format!("give {place}{}", self.instead),
        };
        Gap::new(ProblemKind::ModuleNotRead, message, fault.span).help(help)
    }
}

/// The construct that the CDK says to have made a resource from.
fn cdk_path(metadata: &Value) -> Option<Arc<str>> {
    let path = metadata.as_object()?.member("aws:cdk:path")?.value.get();
    Some(path.as_str()?.into())
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

/// Says which members of parameters CloudFormation refuses: one that is misspelt says nothing of the
/// values that there may be.
fn unknown_of_parameters(template: &Template, gaps: &mut Vec<Gap>) {
    if changing(template).is_some() {
        return;
    }
    for parameter in template.entries("Parameters") {
        let body = parameter.value.get();
        let members = body.as_object().map_or(&[][..], |body| body.members());
        let unknown = members.iter().filter(|member| {
            !PARAMETER_MEMBERS.contains(&&*member.name) && !member.name.starts_with("Fn::")
        });
        gaps.extend(unknown.map(|member| {
            let message = format!(
                "a parameter has no member `{}`, so it was not read",
                member.name
            );
            Gap::new(ProblemKind::Refused, message, member.name_span)
        }));
    }
}

/// What a parameter can have.
const PARAMETER_MEMBERS: [&str; 11] = [
    "AllowedPattern",
    "AllowedValues",
    "ConstraintDescription",
    "Default",
    "Description",
    "MaxLength",
    "MaxValue",
    "MinLength",
    "MinValue",
    "NoEcho",
    "Type",
];

/// Notes of one kind that are worth reading.
const MAX_NOTES: usize = 20;

/// Transforms that leave task definitions as they are.
const KNOWN_TRANSFORMS: [&str; 5] = [
    "AWS::CodeDeployBlueGreen",
    "AWS::CodeStar",
    LANGUAGE_EXTENSIONS,
    "AWS::SecretsManager",
    "AWS::Serverless",
];

/// The first loop of a template that has no transform to run it.
fn untransformed_loop(template: &Template) -> Option<Gap> {
    let transforms = template.transforms();
    if transforms
        .iter()
        .any(|one| macro_name(one) == LANGUAGE_EXTENSIONS || !is_known(one))
    {
        return None;
    }
    let resources = template.resources.iter();
    let resources = resources.map(|resource| (&resource.id, resource.id_span));
    let others = ["Conditions", "Outputs"].into_iter();
    let others = others.flat_map(|section| template.entries(section));
    let others = others.map(|member| (&member.name, member.name_span));
    let (name, span) = resources
        .chain(others)
        .find(|(name, _)| loops::is_loop(name))?;
    let message = format!("`{name}` needs the transform `{LANGUAGE_EXTENSIONS}`");
    let help = format!("write `Transform: {LANGUAGE_EXTENSIONS}` at the top of the template");
    Some(Gap::new(ProblemKind::Refused, message, span).help(help))
}

/// The transform that runs loops, among others.
const LANGUAGE_EXTENSIONS: &str = "AWS::LanguageExtensions";

/// Macros that change the template in ways that only they know.
fn macros(template: &Template, gaps: &mut Vec<Gap>) {
    for one in template.transforms() {
        if includes::is_include(&one) {
            if let Err(unknown) = template.include(&one) {
                gaps.push(Gap::new(
                    ProblemKind::Undetermined,
                    format!("{}, so what it holds was not checked", unknown.reason()),
                    one.span,
                ));
            }
        } else if !is_known(&one) {
            gaps.push(Gap::new(
                ProblemKind::Undetermined,
                format!(
                    "{}, so what it makes was not checked",
                    not_run(&one).reason()
                ),
                one.span,
            ));
        }
    }
}

/// The first macro that may change every resource of a template: one of the template as a whole,
/// or of its `Resources`.
fn changing(template: &Template) -> Option<Unknown> {
    let transforms = template.transforms();
    let of_all = transforms
        .iter()
        .find(|one| !includes::is_include(one) && !is_known(one));
    if let Some(one) = of_all {
        return Some(not_run(one));
    }
    let mut resources = template.resources.iter().rev();
    let inside = resources.find(|resource| &*resource.id == "Fn::Transform")?;
    let inside = inside.body.read(&template.file).ok()?;
    (!includes::is_include(&inside)).then(|| not_run(&inside))
}

/// The name in `Transform: Name` and `Transform: {Name: …}`.
fn macro_name(transform: &Value) -> String {
    let name = match &transform.kind {
        Kind::Object(object) => object.member("Name").map(|name| name.value.get()),
        _ => Some(transform.clone()),
    };
    let name = name.as_ref().and_then(Value::as_str).unwrap_or_default();
    name.into_owned()
}

fn is_known(transform: &Value) -> bool {
    let name = macro_name(transform);
    // `AWS::Serverless-2016-10-31`
    KNOWN_TRANSFORMS.contains(&name.split('-').next().unwrap_or_default())
}

fn not_run(transform: &Value) -> Unknown {
    let reason = format!("macro `{}` is not run", macro_name(transform));
    Unknown::unsupported(reason, transform.span)
}

#[cfg(test)]
mod tests;
