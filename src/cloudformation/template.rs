//! A template's sections and resources, each parsed when something needs it.

use super::includes;
use super::lookups::{self, Lookup};
use super::mentions::{Mentions, hidden_letters, is_meant};
use super::references::{self, Reference};
use super::serverless;
use crate::json;
use crate::source::{File, SourceMap, Span};
use crate::value::{Kind, Member, Object, Text, Unknown, Value};
use crate::yaml;
use crate::yaml::outline::{self, RawMember};
use foldhash::{HashMap, HashSet, HashSetExt};
use std::cell::OnceCell;
use std::collections::BTreeSet;
use std::ops::Range;
use std::path::PathBuf;
use std::rc::Rc;
use std::sync::Arc;

/// A template, told from other files by its `Resources`.
pub struct Template {
    pub file: Arc<File>,
    pub resources: Vec<Resource>,
    pub notes: Vec<yaml::Note>,
    mentions: Mentions,
    sections: Vec<(Arc<str>, Part)>,
    parsed: [OnceCell<Result<Option<Object>, yaml::SyntaxError>>; SECTIONS.len()],
    /// Where it has parts in files of their own: what these are read from.
    sources: Option<Arc<SourceMap>>,
    /// Resources by their logical ids; the last of each.
    index: OnceCell<HashMap<Arc<str>, usize>>,
    lookups: OnceCell<Vec<Lookup>>,
    references: OnceCell<Vec<Reference>>,
    pub parts: Parts,
}

/// What a template of the Serverless Framework is put together from.
#[derive(Default)]
pub struct Parts {
    pub files: Vec<PathBuf>,
    /// Parts that could not be read.
    pub not_read: Vec<Unknown>,
}

/// The sections that are looked up by name.
const SECTIONS: [&str; 5] = ["Parameters", "Mappings", "Conditions", "Rules", "Outputs"];

/// The other sections that a template may have; `Globals` is SAM's.
const OTHER_SECTIONS: [&str; 7] = [
    "AWSTemplateFormatVersion",
    "Description",
    "Metadata",
    "Transform",
    "Resources",
    "Hooks",
    "Globals",
];

/// A resource by its logical id.
#[derive(Clone)]
pub struct Resource {
    pub id: Arc<str>,
    pub id_span: Span,
    pub body: Part,
    /// Not told by its text to be none of ours.
    pub may_be_ours: bool,
}

/// A part of a template, parsed when somebody reads it.
#[derive(Clone)]
pub enum Part {
    Ready(Value),
    Json(Span),
    /// A member of a YAML mapping, with its key.
    Yaml(RawMember),
}

impl Part {
    /// # Errors
    /// JSON that is at fault inside.
    pub fn read(&self, file: &File) -> Result<Value, yaml::SyntaxError> {
        match self {
            Part::Ready(value) => Ok(value.clone()),
            Part::Json(span) => json::parse_file(file, span.range()).map_err(from_json),
            Part::Yaml(member) => {
                let document = yaml::read(file, member.entry.clone(), &mut expand_tag)?;
                let object = document.root.as_object();
                let value = object.and_then(|object| object.member(&member.name));
                let value = value.ok_or_else(|| yaml::SyntaxError {
                    message: format!("expected a mapping with the key `{}`", member.name),
                    span: member.name_span,
                })?;
                Ok(value.value.get())
            }
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
    pub fn read(
        file: Arc<File>,
        sources: &Arc<SourceMap>,
    ) -> Result<Option<Template>, yaml::SyntaxError> {
        let shown = file.clone();
        let mut template = match Template::read_alone(file, sources) {
            // What cannot be read is no fault where it is nothing of ours.
            Err(_) if shown.invalid_at().is_none() && !is_meant(shown.text()) => None,
            read => read?,
        };
        if let Some(template) = &mut template
            && template.mentions.include
        {
            template.sources = Some(sources.clone());
            template.include_sections();
        }
        Ok(template)
    }

    fn read_alone(
        file: Arc<File>,
        sources: &SourceMap,
    ) -> Result<Option<Template>, yaml::SyntaxError> {
        if let Some(at) = file.invalid_at() {
            let message = match file.utf16_letters() {
                Some(_) => "expected text in UTF-8, this is UTF-16",
                None => "expected text in UTF-8, found another byte",
            };
            return Err(yaml::SyntaxError {
                message: message.to_owned(),
                span: file.span(at, at + 1),
            });
        }
        let mut fault = None;
        if let Some(inside) = file.text()[file.bom()..].trim_start().strip_prefix('{') {
            // YAML would read nearly any damage to JSON as something else.
            let is_json = inside.trim_start().starts_with('"')
                || file.path.extension().is_some_and(|ending| ending == "json");
            match Template::read_json(&file) {
                Ok(template) => return Ok(template),
                Err(error) if is_json => return Err(error),
                Err(error) => fault = Some(error),
            }
        } else if let Some(template) = Template::outline_yaml(&file) {
            return Ok(Some(template));
        }
        let document = yaml::read(&file, 0..file.text().len(), &mut expand_tag);
        let document = document.map_err(|error| fault.unwrap_or(error))?;
        Ok(Template::of(file, document, sources))
    }

    /// Reads a string in a file as a template. `at` is where it is given. Nothing where it is JSON
    /// or YAML of another kind.
    ///
    /// # Errors
    /// Text that is neither JSON nor YAML.
    pub fn read_inside(
        file: Arc<File>,
        sources: &Arc<SourceMap>,
        text: &Text,
        at: Span,
    ) -> Result<Option<Template>, yaml::SyntaxError> {
        let is_json = text.known_prefix().trim_start().starts_with('{');
        let root = match is_json {
            true => json::parse(text, at).ok(),
            false => None,
        };
        let document = match root {
            Some(root) => yaml::Document {
                root,
                notes: Vec::new(),
            },
            None => yaml::inside::read(text, at, &mut expand_tag)?,
        };
        let mut template = Template::of(file, document, sources);
        if let Some(template) = &mut template {
            template.sources = Some(sources.clone());
            template.include_sections();
        }
        Ok(template)
    }

    /// A document that has `Resources`.
    fn of(file: Arc<File>, document: yaml::Document, sources: &SourceMap) -> Option<Template> {
        let own = document.root.as_object()?;
        let mut parts = Parts::default();
        let root = &match own.member("Resources") {
            Some(_) => own.clone(),
            None => {
                let found = serverless::template_in(own, &file, sources)?;
                parts = Parts {
                    files: found.files,
                    not_read: found.not_read,
                };
                found.sections
            }
        };
        let part = |member: &Member| (member.name.clone(), Part::Ready(member.value.get()));
        let sections: Vec<(Arc<str>, Part)> = root.members().iter().map(part).collect();
        let resources = root.member("Resources").map(|member| member.value.get());
        let nothing = Object::new(Vec::new());
        let resources = match &resources {
            Some(resources) => resources.as_object()?,
            // All of it may lie in files that could not be read.
            None if !parts.not_read.is_empty() => &nothing,
            None => return None,
        };
        // One that stands there again counts as it stands there last.
        let is_last = |own: &&Member| {
            let last = resources.member(&own.name);
            last.is_some_and(|last| last.name_span == own.name_span)
        };
        let resources = resources.members().iter().filter(is_last);
        let resources = resources.map(Resource::written_out).collect();
        let mentions = Mentions::in_file(&file).into_owned();
        let notes = document.notes;
        let template = Template::new(file, mentions, sections, resources, notes);
        Some(Template { parts, ..template })
    }

    /// Finds the resources without parsing them.
    fn read_json(file: &Arc<File>) -> Result<Option<Template>, yaml::SyntaxError> {
        let whole = 0..file.text().len();
        let outline = json::members_and_inner(file, whole, "Resources").map_err(from_json)?;
        let (mut members, Some(mut resources)) = outline else {
            return Ok(None);
        };
        let mentions = Mentions::in_file(file).into_owned();
        let mut notes = last_of_each(&mut members);
        notes.extend(last_of_each(&mut resources));
        let resources = resources.into_iter().map(|member| Resource {
            may_be_ours: mentions.are_in(member.name_span.range().start..member.value.range().end),
            id: member.name,
            id_span: member.name_span,
            body: Part::Json(member.value),
        });
        let sections = members
            .into_iter()
            .map(|member| (member.name, Part::Json(member.value)));
        let (file, resources) = (file.clone(), resources.collect());
        let sections = sections.collect();
        Ok(Some(Template::new(
            file, mentions, sections, resources, notes,
        )))
    }

    /// Tells the resources of a YAML template by their lines, and parses only what can be of
    /// ours and what that can refer to. Nothing where the lines don't tell, or where a part cannot
    /// be read on its own: then the whole is to be read.
    fn outline_yaml(file: &Arc<File>) -> Option<Template> {
        if outline::has_anchors(file.text()) {
            return None;
        }
        let members = outline::members(file, 0..file.text().len())?;
        if stand_twice(members.iter().map(|member| &*member.name)) {
            return None;
        }
        let resources = members.iter().find(|member| member.name == "Resources")?;
        let mut notes = Vec::new();
        let mut read = |member: RawMember| {
            let document = yaml::read(file, member.entry, &mut expand_tag).ok()?;
            notes.extend(document.notes);
            let [member] = document.root.as_object()?.members() else {
                return None;
            };
            Some(member.value.get())
        };
        let mentions = Mentions::in_file(file).into_owned();
        let mut own = Vec::new();
        let resources = outline::members(file, resources.body.clone()?)?;
        if stand_twice(resources.iter().map(|member| &*member.name)) {
            return None;
        }
        for member in resources {
            let (id, id_span) = (Arc::from(&*member.name), member.name_span);
            // What stands beside its key may not be all that its lines seem to be.
            let may_be_ours = member.body.is_none() || mentions.are_in(member.entry.clone());
            let body = match may_be_ours {
                true => Part::Ready(read(member)?),
                false => Part::Yaml(member),
            };
            own.push(Resource {
                id,
                id_span,
                body,
                may_be_ours,
            });
        }
        let mut sections = Vec::new();
        for member in members {
            let name = Arc::from(&*member.name);
            let is_needed = SECTIONS.contains(&&*member.name) || member.body.is_none();
            let part = match is_needed {
                true => Part::Ready(read(member)?),
                false => Part::Yaml(member),
            };
            sections.push((name, part));
        }
        let file = file.clone();
        Some(Template::new(file, mentions, sections, own, notes))
    }

    fn new(
        file: Arc<File>,
        mentions: Mentions,
        sections: Vec<(Arc<str>, Part)>,
        resources: Vec<Resource>,
        notes: Vec<yaml::Note>,
    ) -> Template {
        Template {
            file,
            resources,
            notes,
            mentions,
            sections,
            parsed: Default::default(),
            sources: None,
            index: OnceCell::new(),
            lookups: OnceCell::new(),
            references: OnceCell::new(),
            parts: Parts::default(),
        }
    }

    /// Names at the top that are no section of a template, for which CloudFormation refuses it: a
    /// part of a resource may have slipped there.
    pub fn unknown_sections(&self) -> impl Iterator<Item = &str> {
        let names = self.sections.iter().map(|(name, _)| &**name);
        names.filter(|name| !is_section(name) && !name.starts_with("Fn::"))
    }

    /// Adds the sections of a file that the template as a whole includes.
    fn include_sections(&mut self) {
        for transform in self.transforms() {
            // What cannot be included is a gap, which somebody else tells.
            if includes::is_include(&transform)
                && let Ok(included) = self.include(&transform)
            {
                self.add_sections(&included);
            }
        }
    }

    /// What transforms the template as a whole.
    pub fn transforms(&self) -> Vec<Value> {
        let sections = ["Transform", "Fn::Transform"].into_iter();
        let values = sections.filter_map(|name| self.read_section(name).ok()?);
        let all = values.flat_map(|value| match &value.kind {
            Kind::List(list) => list.iter().collect(),
            _ => vec![value],
        });
        all.collect()
    }

    /// What stands in the file that a transform of the template includes.
    ///
    /// # Errors
    /// A file that is not on disk or at fault.
    pub fn include(&self, transform: &Value) -> Result<Value, Unknown> {
        match &self.sources {
            Some(sources) => includes::include_in(sources, &self.file, transform, transform.span),
            None => Err(Unknown::invalid("it includes nothing", transform.span)),
        }
    }

    fn add_sections(&mut self, included: &Value) {
        let Some(object) = included.as_object() else {
            return;
        };
        for member in object.members() {
            let value = member.value.get();
            if &*member.name == "Resources"
                && let Some(resources) = value.as_object()
            {
                let resources = resources.members().iter();
                self.resources.extend(resources.map(Resource::written_out));
            } else if self.part(&member.name).is_none() {
                let section = (member.name.clone(), Part::Ready(value));
                self.sections.push(section);
            }
        }
    }

    /// A section with what it includes.
    fn with_includes(&self, section: Object) -> Object {
        let (Some(sources), Some(transform)) = (&self.sources, section.member("Fn::Transform"))
        else {
            return section;
        };
        let argument = transform.value.get();
        let own = section.members().iter();
        let mut members: Vec<Member> = own
            .filter(|member| &*member.name != "Fn::Transform")
            .cloned()
            .collect();
        let included = includes::include_in(sources, &self.file, &argument, transform.name_span);
        let mut rest = None;
        match included.as_ref().map(Value::as_object) {
            Ok(Some(object)) => members.extend(object.members().iter().cloned()),
            Ok(None) => {}
            Err(unknown) => rest = Some(unknown.clone()),
        }
        let mut section = Object::new(members);
        section.rest = rest;
        section
    }

    /// Why a section does not have a name.
    pub fn missing(&self, section: &str, what: &str, name: &str, at: Span) -> Unknown {
        let rest = self.section(section).and_then(|own| own.rest.clone());
        rest.unwrap_or_else(|| undefined(what, name, at))
    }

    /// Whether resources are made that are not listed.
    pub fn makes_resources(&self) -> bool {
        let mut resources = self.resources.iter();
        resources.any(|resource| resource.id.starts_with("Fn::"))
    }

    fn part(&self, name: &str) -> Option<&Part> {
        let mut sections = self.sections.iter().rev();
        sections
            .find(|(own, _)| &**own == name)
            .map(|(_, part)| part)
    }

    /// A section by its name, if it is there.
    ///
    /// # Errors
    /// JSON that is at fault inside.
    pub fn read_section(&self, name: &str) -> Result<Option<Value>, yaml::SyntaxError> {
        let part = self.part(name);
        part.map(|part| part.read(&self.file)).transpose()
    }

    /// What is wrong inside the sections that are looked up by name; they are taken as missing.
    pub fn faults(&self) -> Vec<yaml::SyntaxError> {
        let parsed = (0..SECTIONS.len()).map(|index| self.parsed(index));
        parsed
            .filter_map(|section| section.as_ref().err().cloned())
            .collect()
    }

    fn parsed(&self, index: usize) -> &Result<Option<Object>, yaml::SyntaxError> {
        self.parsed[index].get_or_init(|| {
            let section = self.read_section(SECTIONS[index])?;
            Ok(section.and_then(|section| match section.kind {
                Kind::Object(object) => Some(self.with_includes(object)),
                _ => None,
            }))
        })
    }

    /// A section that holds named things; nothing where there is none.
    fn section(&self, name: &str) -> Option<&Object> {
        let index = SECTIONS.iter().position(|section| *section == name)?;
        self.parsed(index).as_ref().ok()?.as_ref()
    }

    /// The body of a named thing in a section, and the place of its name.
    pub fn entry(&self, section: &str, name: &str) -> Option<(Value, Span)> {
        let member = self.section(section)?.member(name)?;
        Some((member.value.get(), member.name_span))
    }

    pub fn entries(&self, section: &str) -> &[Member] {
        self.section(section).map_or(&[], Object::members)
    }

    /// The look-ups in its mappings that every deployment makes.
    pub fn lookups(&self) -> &[Lookup] {
        self.lookups.get_or_init(|| match self.mentions.look_up {
            true => lookups::find(self),
            false => Vec::new(),
        })
    }

    /// The references to resources that a condition may leave out.
    pub fn references(&self) -> &[Reference] {
        self.references.get_or_init(|| references::find(self))
    }

    /// Whether there may be loops.
    pub fn mentions_loops(&self) -> bool {
        self.mentions.loops
    }

    /// Whether the text of a resource may give it a condition.
    pub fn may_have_condition(&self, resource: &Resource) -> bool {
        let range = resource.range();
        range.is_none_or(|range| self.mentions.condition_is_in(range))
    }

    pub fn resource(&self, id: &str) -> Option<&Resource> {
        let index = self.index.get_or_init(|| {
            let resources = self.resources.iter().enumerate();
            let entries = resources.map(|(at, resource)| (resource.id.clone(), at));
            entries.collect()
        });
        index.get(id).map(|&at| &self.resources[at])
    }
}

/// Whether one of the names stands there again.
fn stand_twice<'n>(mut names: impl Iterator<Item = &'n str>) -> bool {
    let mut seen = HashSet::with_capacity(names.size_hint().0);
    names.any(|name| !seen.insert(name))
}

/// The last member of each name, with a note where that is not the only one.
fn last_of_each(members: &mut Vec<json::RawMember>) -> Vec<yaml::Note> {
    if !stand_twice(members.iter().map(|member| &*member.name)) {
        return Vec::new();
    }
    let mut last: HashMap<Arc<str>, Span> = HashMap::default();
    let mut again = BTreeSet::new();
    members.reverse();
    members.retain(|member| match last.get(&member.name) {
        Some(&kept) => {
            again.insert(kept);
            false
        }
        None => {
            last.insert(member.name.clone(), member.name_span);
            true
        }
    });
    members.reverse();
    let notes = again.into_iter().map(|span| yaml::Note {
        kind: yaml::NoteKind::DuplicateKey,
        span,
    });
    notes.collect()
}

/// Whether a template can have a section of this name.
pub fn is_section(name: &str) -> bool {
    SECTIONS.contains(&name) || OTHER_SECTIONS.contains(&name)
}

/// Reads a file that holds a part of a template.
///
/// # Errors
/// Text that is neither JSON nor YAML.
pub fn read_fragment(file: &File) -> Result<Value, yaml::SyntaxError> {
    let text = &file.text()[file.bom()..];
    if text.trim_start().starts_with(['{', '['])
        && let Ok(value) = json::parse_file(file, 0..file.text().len())
    {
        return Ok(value);
    }
    let document = yaml::read(file, 0..file.text().len(), &mut expand_tag)?;
    Ok(document.root)
}

/// The members of a resource: `Type`, `Properties`, `Condition` and others.
pub struct Body {
    members: Vec<(Arc<str>, Span, Part)>,
}

/// What a resource may have besides functions. `Version` is for custom resources, `Connectors` for
/// SAM; `Description` is not documented, and templates that have it are deployed.
const RESOURCE_MEMBERS: [&str; 12] = [
    "Condition",
    "Connectors",
    "CreationPolicy",
    "DeletionPolicy",
    "DependsOn",
    "Description",
    "Metadata",
    "Properties",
    "Type",
    "UpdatePolicy",
    "UpdateReplacePolicy",
    "Version",
];

impl Resource {
    /// What a member of an object declares.
    pub fn written_out(member: &Member) -> Resource {
        Resource {
            id: member.name.clone(),
            id_span: member.name_span,
            body: Part::Ready(member.value.get()),
            may_be_ours: true,
        }
    }

    /// Its members, if it can have a type of ours; other resources are passed over unread.
    ///
    /// # Errors
    /// JSON whose brackets do not close, and what is no object.
    pub fn body_if_ours(&self, file: &File) -> Result<Option<Body>, yaml::SyntaxError> {
        match self.may_be_ours {
            true => self.body(file).map(Some),
            false => Ok(None),
        }
    }

    /// Its members.
    ///
    /// # Errors
    /// JSON whose brackets do not close, and what is no object.
    pub fn body(&self, file: &File) -> Result<Body, yaml::SyntaxError> {
        if let Part::Json(span) = &self.body {
            if !file.slice(*span).starts_with('{') {
                return Err(no_object(*span));
            }
            let members = json::members(file, span.range()).map_err(from_json)?;
            let members = members.into_iter();
            let members =
                members.map(|member| (member.name, member.name_span, Part::Json(member.value)));
            let members = members.collect();
            return Ok(Body { members });
        }
        let value = self.body.read(file)?;
        let object = value.as_object().ok_or_else(|| no_object(value.span))?;
        let members = object.members().iter().map(|member| {
            let value = Part::Ready(member.value.get());
            (member.name.clone(), member.name_span, value)
        });
        let members = members.collect();
        Ok(Body { members })
    }

    /// Whether its text may have words for which `has` looks.
    pub fn may_mention(&self, file: &File, has: impl Fn(&[u8]) -> bool) -> bool {
        let Some(range) = self.range() else {
            return true;
        };
        let text = &file.text().as_bytes()[range];
        // Escapes may hide them; what has any may be ours.
        has(text) || self.may_be_ours && !hidden_letters(text).is_empty()
    }

    /// Where it stands, if it is not read yet.
    fn range(&self) -> Option<Range<usize>> {
        match &self.body {
            Part::Ready(_) => None,
            Part::Json(span) => Some(span.range()),
            Part::Yaml(member) => Some(member.entry.clone()),
        }
    }
}

fn no_object(at: Span) -> yaml::SyntaxError {
    yaml::SyntaxError {
        message: "expected an object".to_owned(),
        span: at,
    }
}

impl Body {
    /// Adds what a file has of the resource.
    pub fn include(&mut self, included: &Object) {
        let members = included.members().iter().map(|member| {
            let value = Part::Ready(member.value.get());
            (member.name.clone(), member.name_span, value)
        });
        self.members.extend(members);
    }

    /// A member, if it is there.
    ///
    /// # Errors
    /// JSON that is at fault inside.
    pub fn read(&self, name: &str, file: &File) -> Result<Option<Value>, yaml::SyntaxError> {
        let mut members = self.members.iter().rev();
        match members.find(|(own, _, _)| &**own == name) {
            Some((_, _, part)) => part.read(file).map(Some),
            None => Ok(None),
        }
    }

    /// Names that a resource does not have, for which CloudFormation refuses the template, each at
    /// its place.
    pub fn unknown_members(&self) -> impl Iterator<Item = (&str, Span)> {
        let names = self.members.iter().map(|(name, span, _)| (&**name, *span));
        names.filter(|(name, _)| !RESOURCE_MEMBERS.contains(name) && !name.starts_with("Fn::"))
    }
}

/// The long form of a short intrinsic: `!Ref x` is `{"Ref": x}`, `!Sub x` is `{"Fn::Sub": x}`.
fn expand_tag(tag: yaml::Tag, value: Value) -> Value {
    let name: Arc<str> = match tag.name {
        "Ref" | "Condition" => tag.name.into(),
        // A tag cannot hold two colons in a row, a long name can.
        name => match name.strip_prefix(yaml::CORE) {
            Some(name) => format!("Fn::!{name}").into(),
            None => format!("Fn::{name}").into(),
        },
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
    let member = function_member(value)?;
    Some((&member.name, member.value.get()))
}

/// Whether an object is an intrinsic function.
pub fn is_function(value: &Value) -> bool {
    function_member(value).is_some()
}

fn function_member(value: &Value) -> Option<&Member> {
    let [member] = value.as_object()?.members() else {
        return None;
    };
    let is_function = &*member.name == "Ref" || member.name.starts_with("Fn::");
    is_function.then_some(member)
}

/// What stands for a section that does not have a name.
pub fn undefined(what: &str, name: &str, span: Span) -> Unknown {
    Unknown::invalid(format!("the template has no {what} `{name}`"), span)
}

/// Shared by everything that evaluates in it.
pub type SharedTemplate = Rc<Template>;
