//! A template's sections and resources, each parsed when something needs it.

use crate::json;
use crate::source::{File, Span};
use crate::value::{Kind, Member, Object, Unknown, Value};
use crate::yaml;
use memchr::memmem;
use std::cell::OnceCell;
use std::rc::Rc;
use std::sync::Arc;

/// The resource type that all this is about.
pub const TASK_DEFINITION: &str = "AWS::ECS::TaskDefinition";

/// Resource types that deploy another template.
pub const NESTED_STACKS: [&str; 2] = ["AWS::CloudFormation::Stack", "AWS::Serverless::Application"];

/// Whether text may hold a task definition, or bring one in from elsewhere, by its bytes alone.
///
/// A type is written out in full somewhere, also where an alias repeats it, unless an escape in
/// double quotes hides one of its characters, or `Fn::ForEach` puts it together.
pub fn mentions_task_definition(text: &str) -> bool {
    let bytes = text.as_bytes();
    memmem::find(bytes, TASK_DEFINITION.as_bytes()).is_some()
        || NESTED_STACKS
            .iter()
            .any(|kind| memmem::find(bytes, kind.as_bytes()).is_some())
        || memmem::find(bytes, b"Fn::ForEach").is_some()
        || memmem::find(bytes, b"Fn::Transform").is_some()
        || hides_letters(bytes)
}

/// Whether text may be a template with something of ours in it, by its bytes alone.
pub fn may_be_template(text: &str) -> bool {
    mentions_task_definition(text)
        && (memmem::find(text.as_bytes(), b"Resources").is_some() || hides_letters(text.as_bytes()))
}

/// Whether an escape stands for a letter or a colon, or for nothing, as that of a line break does.
fn hides_letters(bytes: &[u8]) -> bool {
    let mut at = 0;
    while let Some(found) = memchr::memchr(b'\\', &bytes[at..]) {
        let escape = &bytes[at + found + 1..];
        let code = match escape.first() {
            Some(b'u') => escape.get(1..5),
            Some(b'x') => escape.get(1..3),
            Some(b'U') => escape.get(1..9),
            Some(b'\n' | b'\r') => return true,
            _ => None,
        };
        let character = code
            .and_then(|digits| std::str::from_utf8(digits).ok())
            .and_then(|digits| u32::from_str_radix(digits, 16).ok())
            .and_then(char::from_u32);
        if character.is_some_and(|character| character.is_ascii_alphabetic() || character == ':') {
            return true;
        }
        // An escaped backslash starts no escape.
        at += found + if escape.first() == Some(&b'\\') { 2 } else { 1 };
    }
    false
}

/// A template, told from other files by its `Resources`.
pub struct Template {
    pub file: Arc<File>,
    pub resources: Vec<Resource>,
    pub notes: Vec<yaml::Note>,
    sections: Vec<(Arc<str>, Part)>,
    parsed: [OnceCell<Option<Object>>; SECTIONS.len()],
}

/// The sections that are looked up by name.
const SECTIONS: [&str; 5] = ["Parameters", "Mappings", "Conditions", "Rules", "Outputs"];

/// A resource by its logical id.
#[derive(Clone)]
pub struct Resource {
    pub id: Arc<str>,
    pub id_span: Span,
    pub body: Part,
}

/// A part of a template. JSON is parsed when somebody reads it.
#[derive(Clone)]
pub enum Part {
    Ready(Value),
    Json(Span),
}

impl Part {
    pub fn span(&self) -> Span {
        match self {
            Part::Ready(value) => value.span,
            Part::Json(span) => *span,
        }
    }

    /// # Errors
    /// JSON that is at fault inside.
    pub fn read(&self, file: &File) -> Result<Value, yaml::SyntaxError> {
        match self {
            Part::Ready(value) => Ok(value.clone()),
            Part::Json(span) => json::parse_file(file, span.range()).map_err(from_json),
        }
    }
}

fn from_json(error: json::SyntaxError) -> yaml::SyntaxError {
    yaml::SyntaxError {
        message: error.message,
        span: error.span,
    }
}

impl Template {
    /// Reads a file as a template. Nothing where it is JSON or YAML of another kind.
    ///
    /// # Errors
    /// Text that is neither JSON nor YAML.
    pub fn read(file: Arc<File>) -> Result<Option<Template>, yaml::SyntaxError> {
        let text = &file.text()[file.bom()..];
        let looks_like_json = text.trim_start().starts_with('{');
        let fault = match looks_like_json {
            true => match Template::read_json(&file) {
                Ok(template) => return Ok(template),
                Err(error) => Some(error),
            },
            false => None,
        };
        if let Some(at) = file.invalid_at() {
            return Err(yaml::SyntaxError {
                message: "expected text in UTF-8, found another byte".to_owned(),
                span: file.span(at, at + 1),
            });
        }
        // Braces are YAML too; what is wrong with them, JSON tells better.
        let document = yaml::read(&file, 0..file.text().len(), &mut expand_tag);
        let document = document.map_err(|error| fault.unwrap_or(error))?;
        let Some(root) = document.root.as_object() else {
            return Ok(None);
        };
        let sections = root.members().iter();
        let sections =
            sections.map(|member| (member.name.clone(), Part::Ready(member.value.get())));
        Ok(Template::new(file, sections.collect(), document.notes))
    }

    /// Finds the resources without parsing them.
    fn read_json(file: &Arc<File>) -> Result<Option<Template>, yaml::SyntaxError> {
        let members = json::members(file, 0..file.text().len()).map_err(from_json)?;
        let sections = members.into_iter();
        let sections = sections.map(|member| (member.name.into(), Part::Json(member.value)));
        let sections: Vec<(Arc<str>, Part)> = sections.collect();
        // What is no template may well be at fault inside.
        let Some((_, resources)) = sections
            .iter()
            .rev()
            .find(|(name, _)| &**name == "Resources")
        else {
            return Ok(None);
        };
        if !file.slice(resources.span()).starts_with('{') {
            return Ok(None);
        }
        json::members(file, resources.span().range()).map_err(from_json)?;
        Ok(Template::new(file.clone(), sections, Vec::new()))
    }

    fn new(
        file: Arc<File>,
        sections: Vec<(Arc<str>, Part)>,
        notes: Vec<yaml::Note>,
    ) -> Option<Template> {
        let mut template = Template {
            file,
            resources: Vec::new(),
            notes,
            sections,
            parsed: Default::default(),
        };
        template.resources = match template.part("Resources")? {
            Part::Ready(value) => {
                let members = value.as_object()?.members().iter();
                let resource = |member: &Member| Resource {
                    id: member.name.clone(),
                    id_span: member.name_span,
                    body: Part::Ready(member.value.get()),
                };
                members.map(resource).collect()
            }
            Part::Json(span) => {
                let members = json::members(&template.file, span.range()).ok()?;
                let members = members.into_iter().map(|member| Resource {
                    id: member.name.into(),
                    id_span: member.name_span,
                    body: Part::Json(member.value),
                });
                members.collect()
            }
        };
        Some(template)
    }

    fn part(&self, name: &str) -> Option<&Part> {
        let mut sections = self.sections.iter().rev();
        sections
            .find(|(own, _)| &**own == name)
            .map(|(_, part)| part)
    }

    /// A section by its name, if it is there.
    pub fn read_section(&self, name: &str) -> Option<Value> {
        self.part(name)?.read(&self.file).ok()
    }

    /// A section that holds named things; empty where there is none.
    fn section(&self, name: &str) -> Option<&Object> {
        let index = SECTIONS.iter().position(|section| *section == name)?;
        let parsed = self.parsed[index].get_or_init(|| match self.read_section(name)?.kind {
            Kind::Object(object) => Some(object),
            _ => None,
        });
        parsed.as_ref()
    }

    /// The body of a named thing in a section, and the place of its name.
    pub fn entry(&self, section: &str, name: &str) -> Option<(Value, Span)> {
        let member = self.section(section)?.member(name)?;
        Some((member.value.get(), member.name_span))
    }

    pub fn entries(&self, section: &str) -> &[Member] {
        self.section(section).map_or(&[], Object::members)
    }

    pub fn resource(&self, id: &str) -> Option<&Resource> {
        self.resources
            .iter()
            .rev()
            .find(|resource| &*resource.id == id)
    }
}

impl Resource {
    /// Its body, if it can have one of the given types; others are passed over unparsed.
    ///
    /// # Errors
    /// JSON that is at fault inside.
    pub fn read_if_ours(&self, file: &File) -> Result<Option<Value>, yaml::SyntaxError> {
        match &self.body {
            Part::Json(span) if !mentions_task_definition(file.slice(*span)) => Ok(None),
            part => part.read(file).map(Some),
        }
    }
}

/// The long form of a short intrinsic: `!Ref x` is `{"Ref": x}`, `!Sub x` is `{"Fn::Sub": x}`.
fn expand_tag(tag: yaml::Tag, value: Value) -> Value {
    let name: Arc<str> = match tag.name {
        "Ref" | "Condition" => tag.name.into(),
        // A tag cannot hold two colons in a row, a long name can.
        name => format!("Fn::{name}").into(),
    };
    let span = tag.span.to(value.span);
    let member = Member {
        name,
        name_span: tag.span,
        value: value.into(),
    };
    Value::new(Kind::Object(Object::new(vec![member])), span)
}

/// A name and argument where an object is an intrinsic function.
pub fn as_function(value: &Value) -> Option<(&str, Value)> {
    let [member] = value.as_object()?.members() else {
        return None;
    };
    let is_function = &*member.name == "Ref" || member.name.starts_with("Fn::");
    is_function.then(|| (&*member.name, member.value.get()))
}

/// What stands for a section that does not have a name.
pub fn undefined(what: &str, name: &str, span: Span) -> Unknown {
    Unknown::invalid(format!("the template has no {what} `{name}`"), span)
}

/// Shared by everything that evaluates in it.
pub type SharedTemplate = Rc<Template>;
