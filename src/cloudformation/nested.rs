//! Nested stacks whose template lies on disk, as `aws cloudformation package` takes it, and stack
//! sets, whose template may also be written out in them.

use super::cdk;
use super::intrinsics::{Eval, arguments, function_value};
use super::loops::{Turn, is_loop};
use super::mentions::{NESTED_STACKS, STACK_SET};
use super::parameters::{Target, scalar_text};
use super::resources::Declared;
use super::stack::{Input, Nesting, Stack, Truth};
use super::template::{Body, Resource, Template, as_function};
use crate::source::Span;
use crate::value::{Kind, List, Slot, Trail, Unknown, UnknownKind, Value};
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

/// The stacks that a resource nests, to evaluate in: one for each template that it deploys in some
/// world, and why others are not followed. Nothing where no world deploys it.
pub fn open(
    eval: &Eval,
    declared: &Declared,
    body: &Body,
    worlds: Worlds,
) -> Vec<Result<Eval, NotFollowed>> {
    let nested = Rc::new(match Nested::read(eval, declared, body) {
        Ok(nested) => nested,
        Err(fault) => return vec![Err(fault)],
    });
    let places = nested.places(eval, worlds);
    let is_one = places.len() == 1 && matches!(worlds, Worlds::Every) && nested.is_written_out();
    let one_of = (!is_one).then(|| nested.clone());
    let opened = places.into_iter().map(|place| {
        let place = place?;
        let known = match (worlds, &place) {
            (Worlds::Present, Place::File(path, _)) => {
                known(eval.stack(), &declared.resource.id, path)
            }
            _ => None,
        };
        match (known, place) {
            (Some(stack), _) => Ok(Eval::new(stack)),
            (None, Place::File(path, span)) => open_at(eval, &nested, (path, span), one_of.clone()),
            (None, Place::Inside(body)) => open_inside(eval, &nested, &body, one_of.clone()),
        }
    });
    opened.collect()
}

/// Where a template is.
#[derive(Clone)]
pub enum Place {
    /// In a file that is named at this place.
    File(PathBuf, Span),
    /// In the resource itself, as it is written.
    Inside(Value),
}

impl Place {
    fn is(&self, other: &Place) -> bool {
        match (self, other) {
            (Place::File(own, _), Place::File(path, _)) => own == path,
            (Place::Inside(own), Place::Inside(body)) => own.span == body.span,
            _ => false,
        }
    }
}

/// A stack that this one nests, if somebody evaluates in it.
fn known(stack: &Stack, id: &Arc<str>, path: &Path) -> Option<Rc<Stack>> {
    let known = stack.nested.borrow();
    known.get(&(id.clone(), path.to_path_buf()))?.upgrade()
}

/// `one_of`: where other worlds deploy another template.
fn open_at(
    eval: &Eval,
    own: &Rc<Nested>,
    (path, span): (PathBuf, Span),
    one_of: Option<Rc<Nested>>,
) -> Result<Eval, NotFollowed> {
    let stack = eval.stack();
    let shown = stack.sources.display(&path);
    let nested = stack.sources.open(&path).map_err(|error| {
        let reason = format!("its template `{shown}` could not be read: {}", error.reason);
        fail(reason, span)
    })?;
    if stack
        .ancestors()
        .any(|stack| stack.template.file.id == nested.id)
    {
        return Err(fail(format!("its template `{shown}` nests itself"), span));
    }
    let template = match Template::read(nested, &stack.sources) {
        Ok(Some(template)) => template,
        Ok(None) => return Err(fail(format!("`{shown}` is not a template"), span)),
        Err(error) => {
            let reason = format!("its template `{shown}` is at fault: {}", error.message);
            return Err(fail(reason, error.span));
        }
    };
    open_template(eval, own, template, Place::File(path, span), one_of)
}

/// The stack of a template that is written out in the resource. Parameters of the stack around that
/// have a part in it are not known, whatever they are in some world.
fn open_inside(
    eval: &Eval,
    own: &Rc<Nested>,
    written: &Value,
    one_of: Option<Rc<Nested>>,
) -> Result<Eval, NotFollowed> {
    let stack = eval.stack();
    let pinning = Eval {
        pinning: true,
        ..eval.clone()
    };
    let body = pinning.eval(written, &Trail::default());
    let file = &stack.template.file;
    let text = body.as_text().ok_or_else(|| {
        let what = match &body.kind {
            Kind::Unknown(unknown) => unknown.reason().to_owned(),
            _ => format!("`TemplateBody` takes a string, this is {}", body.describe()),
        };
        fail(what, body.span)
    })?;
    let own_file = stack.sources.file(file.id);
    let read = Template::read_inside(own_file, &stack.sources, text, body.span);
    let template = read.map_err(|error| {
        let reason = format!("its template is at fault: {}", error.message);
        fail(reason, error.span)
    })?;
    let template = template.ok_or_else(|| {
        let reason = "its `TemplateBody` is not a template".to_owned();
        fail(reason, body.span)
    })?;
    open_template(eval, own, template, Place::Inside(written.clone()), one_of)
}

fn open_template(
    eval: &Eval,
    own: &Nested,
    template: Template,
    place: Place,
    one_of: Option<Rc<Nested>>,
) -> Result<Eval, NotFollowed> {
    let stack = eval.stack();
    if stack.ancestors().count() >= MAX_DEPTH {
        let span = match &place {
            Place::File(_, span) => *span,
            Place::Inside(body) => body.span,
        };
        let reason = format!("more than {MAX_DEPTH} stacks are nested in one another");
        return Err(fail(reason, span));
    }
    let mut inputs: HashMap<Arc<str>, Input> = match own.is_set {
        true => HashMap::default(),
        false => stack.pseudo_inputs(),
    };
    for parameter in template.entries("Parameters") {
        if let Some(passed) = own.passed(&parameter.name) {
            let input = Input::Passed(eval.clone(), passed);
            inputs.insert(parameter.name.clone(), input);
        }
    }
    let nesting = Nesting {
        by: eval.clone(),
        id: own.id.clone(),
        id_span: own.id_span,
        metadata: own.metadata.clone(),
        condition: own.condition.clone(),
        turns: own.turns.clone(),
        one_of,
        template: place,
    };
    let target = own.is_set.then(|| Target {
        scope: stack.address(&format!("{}/", own.id)),
        regions: own.regions(eval),
    });
    let nested = Stack::nested(nesting, Rc::new(template), inputs, target);
    Ok(Eval::new(nested))
}

fn fail(reason: String, span: Span) -> NotFollowed {
    NotFollowed {
        reason,
        span,
        parameter: None,
    }
}

/// Where the templates of a nested stack lie, as far as these are places on disk.
pub fn paths(eval: &Eval, declared: &Declared, body: &Body) -> Vec<PathBuf> {
    let Ok(nested) = Nested::read(eval, declared, body) else {
        return Vec::new();
    };
    let places = nested.places(eval, Worlds::Every).into_iter();
    let places = places.flatten().filter_map(|place| match place {
        Place::File(path, _) => Some(path),
        Place::Inside(_) => None,
    });
    places.collect()
}

/// What a branch of `Fn::If` or the whole comes to, branch by branch: nothing where all of them
/// come to nothing.
fn by_branch(value: &Value, own: &dyn Fn(&Value) -> Option<Value>) -> Option<Value> {
    let Some(("Fn::If", argument)) = as_function(value) else {
        return own(value);
    };
    let span = value.span;
    let no_value = || function_value("Ref", &Value::string("AWS::NoValue", span), span);
    let [condition, yes, no] = arguments(&argument)?;
    let branch = |branch: &Value| by_branch(branch, own);
    let branches = (branch(&yes), branch(&no));
    if let (None, None) = branches {
        return None;
    }
    let (yes, no) = (
        branches.0.unwrap_or_else(no_value),
        branches.1.unwrap_or_else(no_value),
    );
    let branches = [condition, yes, no].map(Slot::from);
    let argument = Value::new(Kind::List(List::new(branches.to_vec())), argument.span);
    Some(function_value("Fn::If", &argument, span))
}

/// What an object of parameters gives for one of them, as an expression of the stack around;
/// nothing where its default counts.
fn passed_in(parameters: &Value, name: &str) -> Option<Value> {
    let span = parameters.span;
    let unknown = |reason: String| Some(Value::unknown(Unknown::unsupported(reason, span)));
    match as_function(parameters) {
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
        Kind::Null(_) => return None,
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

/// The same of a list of parameters, as stack sets have it.
fn listed(parameters: &Value, name: &str) -> Option<Value> {
    let unknown = |value: &Value| {
        let reason = "parameters that are not written out are not read";
        Some(Value::unknown(Unknown::unsupported(reason, value.span)))
    };
    if is_no_value(parameters) {
        return None;
    }
    let Some(list) = parameters.as_list() else {
        return unknown(parameters);
    };
    list.iter().find_map(|entry| {
        by_branch(&entry, &|entry| {
            if is_no_value(entry) {
                return None;
            }
            let key = member(Some(entry), "ParameterKey");
            match key.as_ref().map(scalar_text) {
                Some(Ok(key)) if key == name => member(Some(entry), "ParameterValue"),
                Some(Ok(_)) => None,
                _ => unknown(entry),
            }
        })
    })
}

fn is_no_value(value: &Value) -> bool {
    let Some(("Ref", name)) = as_function(value) else {
        return value.is_null();
    };
    name.as_str().as_deref() == Some("AWS::NoValue")
}

fn resolve(eval: &Eval, place: &Path) -> PathBuf {
    let stack = eval.stack();
    let directory = stack.template.file.path.parent();
    let directory = directory.unwrap_or(Path::new("/"));
    stack.sources.absolute(&directory.join(place))
}

/// A resource that nests a stack, as it is written.
pub struct Nested {
    id: Arc<str>,
    id_span: Span,
    metadata: Option<Value>,
    properties: Option<Value>,
    condition: Option<Value>,
    turns: Vec<Turn>,
    /// It is a stack set, which deploys into other accounts and regions.
    is_set: bool,
}

impl Nested {
    fn read(eval: &Eval, declared: &Declared, body: &Body) -> Result<Nested, NotFollowed> {
        let file = &eval.stack().template.file;
        let read = |name: &str| {
            body.read(name, file).map_err(|error| NotFollowed {
                reason: error.message,
                span: error.span,
                parameter: None,
            })
        };
        Ok(Nested {
            id: declared.resource.id.clone(),
            id_span: declared.resource.id_span,
            metadata: read("Metadata")?,
            properties: read("Properties")?,
            condition: read("Condition")?,
            turns: declared.turns.clone(),
            is_set: read("Type")?.and_then(|kind| Some(kind.as_str()? == STACK_SET)) == Some(true),
        })
    }

    /// The template that is written out in a stack set, if that is what the present world deploys.
    fn body(&self, eval: &Eval) -> Result<Option<Value>, Unknown> {
        let written = self.property("TemplateBody").filter(|_| self.is_set);
        let chosen = written.map(|written| eval.chosen(written)).transpose()?;
        Ok(chosen.filter(|body| !is_no_value(body)))
    }

    /// What it gives for one of the parameters of its template, as an expression of the stack
    /// around; nothing where the default counts.
    fn passed(&self, name: &str) -> Option<Value> {
        let given = |of: &Value, member_name: &str| {
            let parameters = member(Some(of), member_name)?;
            by_branch(&parameters, &|own| match self.is_set {
                true => listed(own, name),
                false => passed_in(own, name),
            })
        };
        let properties = self.properties.as_ref()?;
        for group in self.groups() {
            if let Some(value) = by_branch(&group, &|group| given(group, "ParameterOverrides")) {
                let reason = format!("stack instances have their own `{name}`");
                return Some(Value::unknown(Unknown::unsupported(reason, value.span)));
            }
        }
        by_branch(properties, &|properties| given(properties, "Parameters"))
    }

    /// The groups of instances that a stack set has.
    fn groups(&self) -> Vec<Value> {
        let groups = self.property("StackInstancesGroup").filter(|_| self.is_set);
        let groups = groups.as_ref().and_then(Value::as_list);
        groups.map_or_else(Vec::new, |groups| groups.iter().collect())
    }

    /// The regions that a stack set deploys into, where they are written out.
    fn regions(&self, eval: &Eval) -> Option<Vec<Arc<str>>> {
        let eval = Eval {
            pinning: true,
            ..eval.clone()
        };
        let mut found = Vec::new();
        for group in self.groups() {
            let regions = eval.eval(&member(Some(&group), "Regions")?, &Trail::default());
            for region in regions.as_list().filter(|list| list.rest.is_none())?.iter() {
                let region = Arc::from(&*scalar_text(&region).ok()?);
                if !found.contains(&region) {
                    found.push(region);
                }
            }
        }
        (!found.is_empty()).then_some(found)
    }

    /// Where the template is in the present world, or why that is not known. Nothing where the stack
    /// is not deployed.
    fn place(&self, eval: &Eval) -> Option<Result<Place, Unlocated>> {
        if let Ok(false) = eval.has(&self.turns, self.condition.as_ref()) {
            return None;
        }
        match self.body(eval) {
            Ok(Some(body)) => return Some(Ok(Place::Inside(body))),
            Ok(None) => {}
            Err(unknown) => {
                let reason = format!("which template it has is not known: {}", unknown.reason());
                let fault = fail(reason, unknown.span());
                return Some(Err(Unlocated {
                    fault,
                    is_undecided: Some(unknown),
                }));
            }
        }
        let place = self.written_place();
        let place = place.map(|place| self.located(eval, &place));
        let undecided = place.as_ref().and_then(Value::as_unknown);
        let undecided = undecided.filter(|unknown| unknown.kind() == UnknownKind::Undecided);
        let file = self.file(eval, place.as_ref());
        Some(file.map_err(|fault| Unlocated {
            fault,
            is_undecided: undecided.cloned(),
        }))
    }

    /// What says where the template lies, as it is written.
    pub fn written_place(&self) -> Option<Value> {
        // What the CDK has synthesised for a nested stack.
        let asset_path = member(self.metadata.as_ref(), "aws:asset:path");
        asset_path
            .filter(|path| path.as_str().is_some())
            .or_else(|| self.property("TemplateURL"))
            .or_else(|| self.property("Location"))
    }

    /// Whether nothing else says where the template lies than the template around itself.
    fn is_written_out(&self) -> bool {
        let is_chosen = |body: Value| matches!(as_function(&body), Some(("Fn::If", _)));
        let is_text = |place: Value| matches!(place.kind, Kind::Text(_));
        self.written_place().is_none_or(is_text)
            && !(self.is_set && self.property("TemplateBody").is_some_and(is_chosen))
    }

    /// What says where the template lies may be read from another nested stack.
    fn located(&self, eval: &Eval, place: &Value) -> Value {
        let stack = eval.stack();
        let key = (self.id.clone(), self.id_span);
        let memo = stack.places.borrow_mut().entry(key).or_default().clone();
        let located = memo.get(&stack.world, || eval.decided(place));
        located.unwrap_or_else(|_| {
            let reason = "where its template lies is read from the stack itself";
            Value::unknown(Unknown::invalid(reason, place.span))
        })
    }

    fn property(&self, name: &str) -> Option<Value> {
        let properties = self.properties.as_ref()?;
        by_branch(properties, &|own| member(Some(own), name))
    }

    /// The path of what is named, and where it is written.
    fn file(&self, eval: &Eval, place: Option<&Value>) -> Result<Place, NotFollowed> {
        let fail = |reason: &str| fail(reason.to_owned(), self.id_span);
        let place = place
            .filter(|place| !place.is_null())
            .ok_or_else(|| fail("it names no template"))?;
        let path = place.as_str().filter(|path| !path.is_empty());
        let local = path.as_deref().filter(|path| !path.contains("://"));
        let file = local.map(PathBuf::from).or_else(|| cdk::asset(eval, place));
        let file = file.ok_or_else(|| match (&path, &place.kind) {
            (Some(path), _) => fail(&format!("its template at `{path}` is not on disk")),
            (None, Kind::Object(_)) => {
                fail("its template lies in the Serverless Application Repository")
            }
            (None, kind) => NotFollowed {
                parameter: match kind {
                    Kind::Unknown(unknown) => unknown.askable().cloned(),
                    _ => None,
                },
                ..fail("where its template lies is not written out")
            },
        })?;
        Ok(Place::File(resolve(eval, &file), place.span))
    }

    /// The templates that are deployed in some world, each once.
    fn places(&self, eval: &Eval, worlds: Worlds) -> Vec<Result<Place, NotFollowed>> {
        let (found, complete) = match worlds {
            Worlds::Present => (vec![self.place(eval)], true),
            Worlds::Every => {
                let explored = eval.stack().world.explore(|| self.place(eval));
                let leaves = explored.leaves.into_iter();
                let found = leaves.map(|leaf| leaf.outcome).collect();
                (found, explored.complete)
            }
        };
        let mut places: Vec<Result<Place, NotFollowed>> = Vec::new();
        for place in found.into_iter().flatten() {
            let place = place.map_err(|unlocated| unlocated.fault);
            let is_known = places.iter().any(|known| match (known, &place) {
                (Ok(known), Ok(place)) => known.is(place),
                (Err(known), Err(fault)) => known.reason == fault.reason,
                _ => false,
            });
            if !is_known {
                places.push(place);
            }
        }
        if !complete {
            let reason = "where its template lies depends on too many conditions";
            places.push(Err(fail(reason.to_owned(), self.id_span)));
        }
        places
    }

    /// Whether the present world deploys this template.
    pub fn deploys(&self, eval: &Eval, template: &Place) -> Truth {
        match self.place(eval) {
            None => Ok(false),
            Some(Ok(place)) => Ok(place.is(template)),
            Some(Err(Unlocated { is_undecided, .. })) => is_undecided.map_or(Ok(false), Err),
        }
    }
}

/// Why it is not known where a template is.
struct Unlocated {
    fault: NotFollowed,
    /// It may be the template that is asked about.
    is_undecided: Option<Unknown>,
}

pub(super) fn member(of: Option<&Value>, name: &str) -> Option<Value> {
    let member = of?.as_object()?.member(name)?;
    Some(member.value.get())
}
