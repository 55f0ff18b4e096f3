//! References to resources that a condition may leave out of the stack: CloudFormation refuses to
//! deploy what refers to them where they are not there.
//!
//! Those that stand in the template are found once. What loops make differs from world to world, and
//! is looked through in each.

use super::intrinsics::{Eval, arguments};
use super::loops::{PREFIX as LOOP, is_loop};
use super::stack::Truth;
use super::template::{Resource, Template, as_function};
use super::text::parse_sub_names;
use crate::source::Span;
use crate::value::{Kind, Member, Value};
use aho_corasick::{AhoCorasick, MatchKind};
use foldhash::{HashMap, HashSet, HashSetExt};
use memchr::memmem;
use std::ops::Range;
use std::rc::Rc;
use std::sync::Arc;

/// A reference to a resource that has a condition.
#[derive(Clone)]
pub struct Reference {
    by: By,
    pub span: Span,
    /// The conditions on which it counts, each with what it must come to.
    when: Vec<(Value, bool)>,
    to: Arc<str>,
    /// The name of the condition of that resource.
    condition: Value,
}

/// What refers to a resource.
#[derive(Clone)]
enum By {
    Resource(Arc<str>),
    Output(Arc<str>),
}

impl Reference {
    /// The names of all conditions that it depends on.
    pub fn conditions(&self) -> impl Iterator<Item = &Value> {
        let when = self.when.iter().map(|(condition, _)| condition);
        when.chain([&self.condition])
    }

    /// Whether it leads nowhere in the present world.
    pub fn dangles(&self, eval: &Eval) -> Truth {
        for (condition, holds) in &self.when {
            if eval.names_true_condition(condition)? != *holds {
                return Ok(false);
            }
        }
        Ok(!eval.names_true_condition(&self.condition)?)
    }

    pub fn describe(&self) -> String {
        describe(&self.by, &self.to)
    }
}

fn describe(by: &By, to: &str) -> String {
    let to = format!("refers to resource `{to}`, which is not deployed");
    match by {
        By::Resource(by) => format!("`{by}` {to}"),
        By::Output(by) => format!("output `{by}` {to}"),
    }
}

/// Those of all resources and outputs, each combination of conditions once.
pub fn find(template: &Template) -> Vec<Reference> {
    if template.entries("Conditions").is_empty() {
        return Vec::new();
    }
    let own = template.resources.iter();
    let own = own.filter(|resource| !resource.id.starts_with("Fn::"));
    let conditions = own.clone().filter_map(|resource| {
        let condition = condition_of(template, resource)?;
        Some((resource.id.clone(), condition))
    });
    let conditions: HashMap<Arc<str>, Value> = conditions.collect();
    if conditions.is_empty() {
        return Vec::new();
    }
    let Some(ids) = Ids::of(conditions.keys().map(|id| &**id)) else {
        return Vec::new();
    };
    let mut finder = Finder {
        conditions: &conditions,
        seen: HashSet::new(),
        found: Vec::new(),
    };
    let file = &template.file;
    for resource in own {
        if !resource.may_mention(file, |text| ids.are_named_in(text)) {
            continue;
        }
        let body = resource.body(file).ok();
        let read = |name: &str| body.as_ref()?.read(name, file).ok()?;
        let kind = read("Type");
        let Some(kind) = kind.as_ref().and_then(Value::as_str) else {
            continue;
        };
        let parts = ["Properties", "Metadata"].into_iter();
        let parts = parts.filter_map(|name| Some((name, read(name)?)));
        let parts = parts.flat_map(|(name, part)| deployed_as_written(&kind, name, part));
        let condition = conditions.get(&resource.id);
        let by = By::Resource(resource.id.clone());
        finder.look_through(&by, condition, parts.collect());
    }
    for output in template.entries("Outputs") {
        if !is_loop(&output.name) {
            let body = output.value.get();
            let parts = ["Value", "Export"];
            let parts = parts.into_iter().filter_map(|name| member(&body, name));
            let condition = member(&body, "Condition");
            let by = By::Output(output.name.clone());
            finder.look_through(&by, condition.as_ref(), parts.collect());
        }
    }
    finder.found
}

/// What loops make, and what stands beside a loop in one resource.
pub struct Loops {
    /// Resources that loops make.
    resources: Vec<Member>,
    /// Resources and outputs that have loops in them.
    around: Vec<(By, Value)>,
    /// Loops that make outputs.
    outputs: Vec<Member>,
}

/// The loops of a template, where there are some; nothing where no resource can be left out.
pub fn loops(template: &Template) -> Option<Loops> {
    if template.entries("Conditions").is_empty() || !template.mentions_loops() {
        return None;
    }
    let file = &template.file;
    let mut loops = Loops {
        resources: Vec::new(),
        around: Vec::new(),
        outputs: Vec::new(),
    };
    for resource in &template.resources {
        let has_loop = |text: &[u8]| memmem::find(text, LOOP.as_bytes()).is_some();
        if is_loop(&resource.id) {
            let value = resource.body.read(file).ok()?;
            loops.resources.push(Member {
                name: resource.id.clone(),
                name_span: resource.id_span,
                value: value.into(),
            });
        } else if resource.may_mention(file, has_loop)
            && let Ok(value) = resource.body.read(file)
        {
            loops
                .around
                .push((By::Resource(resource.id.clone()), value));
        }
    }
    for output in template.entries("Outputs") {
        match is_loop(&output.name) {
            true => loops.outputs.push(output.clone()),
            false => {
                let by = By::Output(output.name.clone());
                loops.around.push((by, output.value.get()));
            }
        }
    }
    Some(loops)
}

impl Loops {
    /// The bodies of all of them, and of what can be left out.
    pub fn bodies(&self, template: &Template) -> Vec<Value> {
        let made = self.resources.iter().chain(&self.outputs);
        let made = made.map(|member| member.value.get());
        let around = self.around.iter().map(|(_, value)| value.clone());
        let conditions = template.entries("Conditions").iter();
        let conditions = conditions.map(|condition| condition.value.get());
        made.chain(around).chain(conditions).collect()
    }

    /// The first reference of the present world that leads nowhere: what it is, and its place.
    pub fn dangling(&self, eval: &Eval) -> Option<(String, Span)> {
        let template = &eval.stack().template;
        let (resources, _) = eval.unrolled(&self.resources);
        let (outputs, _) = eval.unrolled(&self.outputs);
        let is_absent = |condition: Option<Value>| {
            let condition = condition.filter(|name| name.as_str().is_some());
            condition.is_some_and(|name| matches!(eval.names_true_condition(&name), Ok(false)))
        };
        let is_left_out = |id: &str| match template.resource(id) {
            Some(resource) => is_absent(condition_of(template, resource)),
            None => {
                let mut made = resources.iter().filter(|made| &*made.name == id);
                made.next()
                    .is_some_and(|made| is_absent(member(&made.value.get(), "Condition")))
            }
        };
        let made = resources
            .iter()
            .map(|made| (By::Resource(made.name.clone()), made.value.get()));
        let outputs = outputs
            .iter()
            .map(|made| (By::Output(made.name.clone()), made.value.get()));
        for (by, body) in made.chain(outputs).chain(self.around.iter().cloned()) {
            let condition = member(&body, "Condition");
            let is_there =
                condition.is_none_or(|name| matches!(eval.names_true_condition(&name), Ok(true)));
            let kind = member(&body, "Type");
            let kind = kind.as_ref().and_then(Value::as_str).unwrap_or_default();
            let parts = ["Properties", "Metadata", "Value", "Export"].into_iter();
            let parts = parts.filter_map(|name| Some((name, member(&body, name)?)));
            let parts = parts.flat_map(|(name, part)| deployed_as_written(&kind, name, part));
            if is_there && let Some((to, span)) = refers_to(eval, parts.collect(), &is_left_out) {
                return Some((describe(&by, &to), span));
            }
        }
        None
    }
}

/// The first resource that values refer to in the present world and for which `is_left_out` holds.
fn refers_to(
    eval: &Eval,
    mut waiting: Vec<Value>,
    is_left_out: &dyn Fn(&str) -> bool,
) -> Option<(String, Span)> {
    while let Some(value) = waiting.pop() {
        match (as_function(&value), &value.kind) {
            (Some((function, argument)), _) if !is_loop(function) => {
                let names = names_in(function, &argument);
                if let Some(to) = names.into_iter().find(|name| is_left_out(name)) {
                    return Some((to, value.span));
                }
                for (value, around) in inside(function, argument, &None) {
                    let is_chosen = around.is_none_or(|branch| {
                        eval.names_true_condition(&branch.condition).ok() == Some(branch.holds)
                    });
                    waiting.extend(is_chosen.then_some(value));
                }
            }
            (_, Kind::List(list)) => waiting.extend(list.iter()),
            (_, Kind::Object(object)) => {
                let (members, _) = eval.unrolled(object.members());
                let own = members.iter();
                let own = own.filter(|member| !member.name.starts_with("Fn::"));
                waiting.extend(own.map(|member| member.value.get()));
            }
            _ => {}
        }
    }
    None
}

/// Logical ids that text is looked through for.
enum Ids<'a> {
    /// Each is looked for on its own: that takes no time to get ready.
    Few(Vec<memmem::Finder<'a>>),
    Many(AhoCorasick),
}

/// Ids that are looked for one by one.
const FEW_IDS: usize = 8;

impl<'a> Ids<'a> {
    fn of(ids: impl ExactSizeIterator<Item = &'a str>) -> Option<Ids<'a>> {
        if ids.len() <= FEW_IDS {
            return Some(Ids::Few(ids.map(memmem::Finder::new).collect()));
        }
        let builder = AhoCorasick::builder()
            .match_kind(MatchKind::LeftmostLongest)
            .build(ids);
        builder.ok().map(Ids::Many)
    }

    /// Whether text has one of them where it may be a reference. Ids are made of letters and digits;
    /// what goes on behind one, or is a step of a path (as in the metadata of the CDK), is none.
    fn are_named_in(&self, text: &[u8]) -> bool {
        let goes_on = |byte: Option<&u8>| {
            byte.is_some_and(|byte| {
                byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'-' | b'_')
            })
        };
        let is_reference = |found: Range<usize>| {
            let before = found.start.checked_sub(1).and_then(|at| text.get(at));
            !goes_on(before) && !goes_on(text.get(found.end))
        };
        match self {
            Ids::Few(ids) => ids.iter().any(|id| {
                let mut found = id.find_iter(text);
                found.any(|at| is_reference(at..at + id.needle().len()))
            }),
            Ids::Many(ids) => {
                let mut found = ids.find_iter(text);
                found.any(|found| is_reference(found.range()))
            }
        }
    }
}

/// What of a part of a resource is deployed as it stands there: all of it, but for SAM's own
/// resources. The transform makes others of these, and hands only some properties on as they are.
fn deployed_as_written(kind: &str, part: &str, value: Value) -> Vec<Value> {
    let handed_on: &[&str] = match kind.strip_prefix("AWS::Serverless::") {
        None => return vec![value],
        Some("Function") => &[
            "Environment",
            "FileSystemConfigs",
            "FunctionName",
            "KmsKeyArn",
            "Layers",
            "Role",
            "VpcConfig",
        ],
        Some("Application") => &["NotificationARNs", "Parameters", "Tags"],
        Some("StateMachine") => &["DefinitionSubstitutions", "Logging", "Name", "Role"],
        Some("SimpleTable") => &["TableName"],
        Some(_) => &[],
    };
    match part {
        "Properties" => {
            let own = handed_on.iter();
            own.filter_map(|name| member(&value, name)).collect()
        }
        _ => Vec::new(),
    }
}

/// The condition that a resource names, if it does.
fn condition_of(template: &Template, resource: &Resource) -> Option<Value> {
    let file = &template.file;
    if !template.may_have_condition(resource) {
        return None;
    }
    let condition = resource.body(file).ok()?.read("Condition", file).ok()??;
    condition.as_str().is_some().then_some(condition)
}

fn member(of: &Value, name: &str) -> Option<Value> {
    Some(of.as_object()?.member(name)?.value.get())
}

struct Finder<'a> {
    /// The conditions of the resources that have one.
    conditions: &'a HashMap<Arc<str>, Value>,
    seen: HashSet<String>,
    found: Vec<Reference>,
}

/// The branches of `Fn::If` around a value, the innermost first.
type Around = Option<Rc<Branch>>;

struct Branch {
    condition: Value,
    holds: bool,
    around: Around,
}

impl Finder<'_> {
    fn look_through(&mut self, by: &By, condition: Option<&Value>, parts: Vec<Value>) {
        let around = condition.map(|condition| {
            Rc::new(Branch {
                condition: condition.clone(),
                holds: true,
                around: None,
            })
        });
        let mut waiting: Vec<(Value, Around)> = parts
            .into_iter()
            .map(|part| (part, around.clone()))
            .collect();
        while let Some((value, around)) = waiting.pop() {
            match (as_function(&value), &value.kind) {
                (Some((function, argument)), _) => {
                    for name in names_in(function, &argument) {
                        self.add(by, &name, value.span, &around);
                    }
                    waiting.extend(inside(function, argument, &around));
                }
                (None, Kind::List(list)) => {
                    waiting.extend(list.iter().map(|item| (item, around.clone())));
                }
                (None, Kind::Object(object)) => {
                    // What loops and macros make of theirs is not told here.
                    let own = object.members().iter();
                    let own = own.filter(|member| !member.name.starts_with("Fn::"));
                    waiting.extend(own.map(|member| (member.value.get(), around.clone())));
                }
                _ => {}
            }
        }
    }

    fn add(&mut self, by: &By, to: &str, span: Span, around: &Around) {
        let Some((to, condition)) = self.conditions.get_key_value(to) else {
            return;
        };
        let mut when: Vec<(Value, bool)> = Vec::new();
        let mut branch = around;
        while let Some(own) = branch {
            let known = when.iter();
            let mut known = known.filter(|(known, _)| known.as_str() == own.condition.as_str());
            match known.next() {
                // It is in no world.
                Some((_, holds)) if *holds != own.holds => return,
                Some(_) => {}
                None => when.push((own.condition.clone(), own.holds)),
            }
            branch = &own.around;
        }
        let is_same = |(own, _): &&(Value, bool)| own.as_str() == condition.as_str();
        if when.iter().find(is_same).is_some_and(|(_, holds)| *holds) {
            return;
        }
        let name = |value: &Value| value.as_str().unwrap_or_default().into_owned();
        let mut key: Vec<String> = when
            .iter()
            .map(|(condition, holds)| format!("{} {holds}", name(condition)))
            .collect();
        key.sort_unstable();
        key.push(name(condition));
        if self.seen.insert(key.join("\n")) {
            self.found.push(Reference {
                by: by.clone(),
                span,
                when,
                to: to.clone(),
                condition: condition.clone(),
            });
        }
    }
}

/// The resources that a function names.
fn names_in(function: &str, argument: &Value) -> Vec<String> {
    let text = |value: &Value| value.as_str().map(|text| text.into_owned());
    let id = |path: String| match path.split_once('.') {
        Some((id, _)) => id.to_owned(),
        None => path,
    };
    match (function, &argument.kind) {
        ("Ref", _) => text(argument).into_iter().collect(),
        ("Fn::GetAtt", Kind::List(list)) => list
            .iter()
            .next()
            .as_ref()
            .and_then(text)
            .into_iter()
            .collect(),
        ("Fn::GetAtt", _) => text(argument).map(id).into_iter().collect(),
        ("Fn::Sub", Kind::List(list)) => {
            let mut parts = list.iter();
            let template = parts.next().as_ref().and_then(text).unwrap_or_default();
            let variables = parts.next();
            let variables = variables.as_ref().and_then(Value::as_object);
            let is_own = |name: &String| variables.is_some_and(|own| own.member(name).is_some());
            let names = parse_sub_names(&template).into_iter();
            names.filter(|name| !is_own(name)).map(id).collect()
        }
        ("Fn::Sub", _) => {
            let names = parse_sub_names(&text(argument).unwrap_or_default()).into_iter();
            names.map(id).collect()
        }
        _ => Vec::new(),
    }
}

/// What stands in the argument of a function and counts where the function does.
fn inside(function: &str, argument: Value, around: &Around) -> Vec<(Value, Around)> {
    match function {
        "Fn::If" => {
            let Some([condition, yes, no]) = arguments(&argument) else {
                return Vec::new();
            };
            let branch = |value: Value, holds: bool| {
                let branch = Branch {
                    condition: condition.clone(),
                    holds,
                    around: around.clone(),
                };
                (value, Some(Rc::new(branch)))
            };
            match condition.as_str() {
                Some(_) => vec![branch(no, false), branch(yes, true)],
                None => Vec::new(),
            }
        }
        // Its value for what is not found counts in some worlds only.
        "Fn::FindInMap" => {
            let keys = argument
                .as_list()
                .map_or_else(Vec::new, |list| list.iter().take(3).collect());
            keys.into_iter().map(|key| (key, around.clone())).collect()
        }
        "Fn::Transform" => Vec::new(),
        name if is_loop(name) => Vec::new(),
        _ => vec![(argument, around.clone())],
    }
}
