//! Values given to a root module's variables from outside: files, flags, the process environment.

use super::Options;
use super::eval::{Environment, Scope, Unit, eval};
use super::module::Declarations;
use super::scan::Index;
use super::syntax::{self, Expr, SyntaxError};
use crate::finding::ProblemKind;
use crate::json;
use crate::ledger::Gap;
use crate::source::{Memory, SourceMap, Span};
use crate::value::{Kind, List, Member, Object, Slot, Text, Unknown, UnknownKind, Value};
use foldhash::HashMap;
use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

/// One flag of the command line; their order tells which wins.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Input {
    /// `--var name=value`.
    Value { name: String, value: String },
    /// The same of an environment of the configuration.
    Configured {
        name: String,
        value: String,
        environment: Arc<str>,
    },
    /// `--var-file path`.
    File(PathBuf),
}

/// What was given, the last of each name.
#[derive(Default)]
pub struct Inputs {
    values: HashMap<Arc<str>, Given>,
    /// A file of values that could not be read: it may set any variable that nothing later sets.
    unread: Option<Unknown>,
    /// The names in the files that Terraform reads by itself.
    named: Vec<(Arc<str>, Span)>,
    pub gaps: Vec<Gap>,
}

/// One given value, as yet without the type of its variable.
#[derive(Clone)]
pub struct Given {
    form: Form,
    /// "set in `terraform.tfvars`".
    step: Cow<'static, str>,
    /// The name in the file; nothing for what stands in no file.
    span: Option<Span>,
}

#[derive(Clone)]
enum Form {
    Expression(Expr),
    Ready(Value),
    /// Characters from a flag or from the process environment.
    Characters(Arc<str>),
}

impl Inputs {
    /// Reads everything that gives values to the root module in `directory`, lowest first: the
    /// process environment, `terraform.tfvars`, `terraform.tfvars.json`, `*.auto.tfvars` and
    /// `*.auto.tfvars.json` by name, and the flags in their order. `at`
    /// stands for a file that is not there.
    pub fn read(sources: &SourceMap, directory: &Path, options: &Options, at: Span) -> Inputs {
        let mut inputs = Inputs::default();
        for (name, value) in &options.environment {
            if let Some(name) = name.strip_prefix("TF_VAR_") {
                inputs.characters(name, value, "set by the environment");
            }
        }
        let entries = sources.list(directory).unwrap_or_default();
        let names = entries
            .iter()
            .filter(|entry| !entry.directory)
            .map(|entry| entry.name.as_str());
        let (own, automatic): (Vec<&str>, Vec<&str>) = names
            .filter(|name| is_values_file(name))
            .partition(|name| name.starts_with("terraform.tfvars"));
        for name in own.into_iter().chain(automatic) {
            let named = inputs.file(sources, &directory.join(name), at);
            inputs.named.extend(named);
        }
        for input in &options.inputs {
            match input {
                Input::Value { name, value } => inputs.characters(name, value, "set by `--var`"),
                Input::Configured {
                    name,
                    value,
                    environment,
                } => inputs.characters(name, value, format!("set by environment `{environment}`")),
                Input::File(path) => {
                    inputs.file(sources, path, at);
                }
            }
        }
        inputs
    }

    /// What was given for a variable; an unknown where a file that may set it was not read.
    pub fn get(&self, name: &str) -> Option<Given> {
        match (self.values.get(name), &self.unread) {
            (Some(given), _) => Some(given.clone()),
            (None, Some(unread)) => Some(Given {
                form: Form::Ready(Value::unknown(unread.clone())),
                step: "may be set in a file that was not read".into(),
                span: None,
            }),
            (None, None) => None,
        }
    }

    /// A remark on each value in a file of the root module's own that no variable takes: Terraform
    /// warns of them.
    pub fn unused(&self, variables: &Declarations) -> Vec<Gap> {
        let unused = self.named.iter();
        let unused = unused.filter(|(name, _)| variables.get(name).is_none());
        unused
            .map(|(name, span)| {
                let message =
                    format!("no variable `{name}` is declared, so this value is not used");
                Gap::new(ProblemKind::Note, message, *span)
            })
            .collect()
    }

    fn characters(&mut self, name: &str, value: &str, step: impl Into<Cow<'static, str>>) {
        let given = Given {
            form: Form::Characters(value.into()),
            step: step.into(),
            span: None,
        };
        self.values.insert(name.into(), given);
    }

    /// Forgets everything that a file which could not be read may override.
    fn lose(&mut self, shown: &str, span: Span) {
        self.values.clear();
        self.unread = Some(Unknown::new(
            UnknownKind::NotRead,
            format!("`{shown}` could not be read and may set it"),
            span,
        ));
    }

    /// The names that it sets.
    fn file(&mut self, sources: &SourceMap, path: &Path, at: Span) -> Vec<(Arc<str>, Span)> {
        let shown = sources.display(path);
        let file = match sources.open(path) {
            Ok(file) => file,
            Err(error) => {
                let message = format!(
                    "this file of values could not be read: {}, so its variables were not known",
                    error.reason
                );
                self.lose(&shown, at);
                self.gaps
                    .push(Gap::of_path(ProblemKind::Unreadable, message, shown));
                return Vec::new();
            }
        };
        let step: Cow<'static, str> = format!("set in `{shown}`").into();
        let mut found = Vec::new();
        let fault = if shown.ends_with(".json") {
            match json::parse_file(&file, file.bom()..file.text().len()) {
                Ok(Value {
                    kind: Kind::Object(object),
                    ..
                }) => {
                    let comment = |member: &&Member| &*member.name == "//";
                    for member in object.members().iter().filter(|member| !comment(member)) {
                        let form = Form::Ready(member.value.get());
                        found.push((member.name.clone(), member.name_span, form));
                    }
                    None
                }
                Ok(value) => Some((
                    format!("expected an object of values, this is {}", value.describe()),
                    value.span,
                )),
                Err(fault) => Some((fault.message, fault.span)),
            }
        } else {
            let index = Index::of(&file);
            let attributes = index.iter().flat_map(|index| &index.attributes);
            for attribute in attributes {
                if let Ok(expr) = attribute.parse(&file) {
                    let form = Form::Expression(expr.clone());
                    found.push((attribute.name.text.clone(), attribute.name.span, form));
                }
            }
            index
                .and_then(|index| index.first_fault(&file))
                .map(|fault| (fault.message.clone(), fault.span))
        };
        if let Some((message, span)) = fault {
            let message = format!("{message}, so the values of this file were not known");
            self.gaps
                .push(Gap::new(ProblemKind::Unreadable, message, span));
            self.lose(&shown, span);
        }
        let named = found.iter().map(|(name, span, _)| (name.clone(), *span));
        let named = named.collect();
        for (name, span, form) in found {
            let given = Given {
                form,
                step: step.clone(),
                span: Some(span),
            };
            self.values.insert(name, given);
        }
        named
    }
}

/// Whether Terraform reads a file of this name in a root module's directory by itself.
pub fn is_values_file(name: &str) -> bool {
    matches!(name, "terraform.tfvars" | "terraform.tfvars.json")
        || name.ends_with(".auto.tfvars")
        || name.ends_with(".auto.tfvars.json")
}

impl Given {
    /// The value. `variable` is the name in the variable's declaration, for what stands in no
    /// file. Characters are taken as they are if the variable's type is `literal`: a primitive
    /// type, or none; else they are an expression.
    pub fn value(&self, unit: &Rc<Unit>, variable: Span, literal: bool) -> Value {
        let scope = || Scope::new(Rc::new(Nothing(unit.clone())));
        let value = match &self.form {
            Form::Ready(value) => value.clone(),
            Form::Expression(expr) => eval(expr, &scope()),
            Form::Characters(text) if literal => Value::string(text.clone(), variable),
            Form::Characters(text) => match parse_characters(text) {
                Ok(expr) => placed(eval(&expr, &scope()), variable),
                Err(fault) => {
                    let reason = format!("the value given is not an expression: {}", fault.message);
                    Value::unknown(fault.unknown(reason).at(variable))
                }
            },
        };
        value.step(self.step.clone(), self.span.unwrap_or(variable))
    }
}

/// Parses what stands in no file. The places in it mean nothing outside it.
fn parse_characters(text: &str) -> Result<Expr, SyntaxError> {
    let sources = SourceMap::new(Memory::new([("/value", text)]), "/");
    let file = sources.open(Path::new("/value"));
    let file = file.expect("a file in memory is read");
    syntax::parse_expression(&file, 0..file.text().len())
}

/// Values from outside can't refer to anything.
struct Nothing(Rc<Unit>);

impl Environment for Nothing {
    fn unit(&self) -> &Rc<Unit> {
        &self.0
    }

    fn root(&self, _name: &str) -> Option<Value> {
        None
    }

    fn reads_file(&self, _path: &Path) {}

    fn names_after(&self, _root: &str) -> usize {
        0
    }

    fn missing(&self, root: &str, member: &str, span: Span) -> Unknown {
        Unknown::invalid(
            format!("`{root}.{member}` means nothing in a file of values"),
            span,
        )
    }
}

/// The value with every place in it moved to `span`: its own are in no file.
fn placed(value: Value, span: Span) -> Value {
    let slot = |slot: &Slot| slot.map(move |value| placed(value, span));
    let kind = match value.kind {
        Kind::Text(text) => match text.render() {
            Ok(rendered) => Kind::Text(Text::computed(rendered.text, span)),
            Err(unknown) => return placed(Value::unknown(unknown), span),
        },
        Kind::List(list) => Kind::List(List {
            items: Rc::new(list.items.iter().map(slot).collect()),
            ..list
        }),
        Kind::Object(object) => {
            let members = object.members().iter().map(|member| Member {
                name: member.name.clone(),
                name_span: span,
                value: slot(&member.value),
            });
            let mut moved = Object::new(members.collect());
            moved.rest = object.rest.clone();
            moved.shape = object.shape;
            Kind::Object(moved)
        }
        Kind::Unknown(unknown) => Kind::Unknown(Unknown::new(
            unknown.kind(),
            unknown.reason().to_owned(),
            span,
        )),
        kind => kind,
    };
    Value::new(kind, span)
}
