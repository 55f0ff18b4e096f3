//! The template in a file of the Serverless Framework, whose parts may lie in files of their own.

use super::template;
use crate::source::{File, SourceMap, Span};
use crate::value::{Kind, Member, Object, Unknown, UnknownKind, Value};
use std::path::{Path, PathBuf};

/// A template and what it is put together from.
pub struct Found {
    pub sections: Object,
    /// The files that have parts of it.
    pub files: Vec<PathBuf>,
    /// Parts that could not be read.
    pub not_read: Vec<Unknown>,
}

/// Files that may bring one another in, and values that may stand in one another.
const MAX_DEPTH: usize = 100;

/// Values that are looked through for variables: an alias may stand in many places.
const MAX_VALUES: usize = 100_000;

/// The template that a file holds; nothing where it is none of the framework's.
pub fn template_in(root: &Object, file: &File, sources: &SourceMap) -> Option<Found> {
    root.member("provider")?;
    let resources = root.member("resources")?.value.get();
    let mut reader = Reader {
        directory: file.path.parent().unwrap_or(Path::new("/")),
        sources,
        files: Vec::new(),
        not_read: Vec::new(),
        left: MAX_VALUES,
    };
    let mut sections: Vec<Member> = Vec::new();
    if let Some(resources) = reader.part(resources) {
        let pieces: Vec<Value> = match &resources.kind {
            Kind::List(list) => list.iter().collect(),
            _ => vec![resources],
        };
        for piece in pieces {
            if let Some(piece) = reader.part(piece).as_ref().and_then(Value::as_object) {
                reader.add(&mut sections, piece);
            }
        }
    }
    Some(Found {
        sections: Object::new(sections),
        files: reader.files,
        not_read: reader.not_read,
    })
}

struct Reader<'a> {
    /// Paths are told from where the service lies.
    directory: &'a Path,
    sources: &'a SourceMap,
    files: Vec<PathBuf>,
    not_read: Vec<Unknown>,
    left: usize,
}

impl Reader<'_> {
    /// Adds the sections of one piece of the template to those of the pieces before.
    fn add(&mut self, sections: &mut Vec<Member>, piece: &Object) {
        for member in piece.members() {
            if !template::is_section(&member.name) {
                continue;
            }
            let section = match &*member.name {
                "Resources" => self.resources(member.value.get()),
                _ => Some(self.filled_in(member.value.get(), 0)),
            };
            let Some(section) = section else {
                continue;
            };
            let known = sections.iter_mut().find(|own| own.name == member.name);
            let Some(known) = known else {
                sections.push(Member {
                    value: section.into(),
                    ..member.clone()
                });
                continue;
            };
            let before = known.value.get();
            if let (Kind::Object(own), Kind::Object(more)) = (&before.kind, &section.kind) {
                let members = own.members().iter().chain(more.members());
                let kind = Kind::Object(Object::new(members.cloned().collect()));
                known.value = Value { kind, ..before }.into();
            }
        }
    }

    /// The resources of one piece, each of which may lie in a file of its own.
    fn resources(&mut self, section: Value) -> Option<Value> {
        let section = self.part(section)?;
        let Kind::Object(object) = &section.kind else {
            return Some(section);
        };
        let members = object.members().iter().filter_map(|member| {
            let value = self.part(member.value.get())?;
            Some(Member {
                value: self.filled_in(value, 0).into(),
                ..member.clone()
            })
        });
        let kind = Kind::Object(Object::new(members.collect()));
        Some(Value { kind, ..section })
    }

    /// A part of the template; nothing, and the reason is kept, where a variable stands for it that
    /// cannot be read.
    fn part(&mut self, value: Value) -> Option<Value> {
        let Some(variable) = variable(&value) else {
            return Some(value);
        };
        match self.read(&variable, value.span, 0) {
            Ok(value) => Some(value),
            Err(unknown) => {
                self.not_read.push(unknown);
                None
            }
        }
    }

    /// A value with what its variables bring in from files.
    fn filled_in(&mut self, value: Value, depth: usize) -> Value {
        if self.left == 0 || depth > MAX_DEPTH {
            return value;
        }
        self.left -= 1;
        let kind = match &value.kind {
            Kind::List(_) | Kind::Object(_) => {
                return value.map_parts(|part| self.filled_in(part.get(), depth + 1).into());
            }
            Kind::Text(_) => match variable(&value).filter(|variable| variable.file.is_some()) {
                Some(variable) => match self.read(&variable, value.span, depth) {
                    Ok(value) => return self.filled_in(value, depth + 1),
                    Err(unknown) => Kind::Unknown(unknown),
                },
                None => return value,
            },
            _ => return value,
        };
        Value { kind, ..value }
    }

    /// What a variable stands for.
    fn read(&mut self, variable: &Variable, at: Span, depth: usize) -> Result<Value, Unknown> {
        let text = &variable.text;
        let not_read =
            |reason: String| Unknown::new(UnknownKind::NotRead, format!("`{text}` {reason}"), at);
        let Some(path) = &variable.file else {
            return Err(not_read(
                "is filled in by the Serverless Framework".to_owned(),
            ));
        };
        if depth > MAX_DEPTH {
            return Err(not_read("brings in too much".to_owned()));
        }
        let path = self.sources.absolute(&self.directory.join(path));
        let file = self.sources.open(&path);
        let file =
            file.map_err(|error| not_read(format!("could not be read: {}", error.reason)))?;
        let mut value = template::read_fragment(&file)
            .map_err(|error| not_read(format!("is at fault: {}", error.message)))?;
        self.files.push(path);
        for key in &variable.keys {
            let member = value.as_object().and_then(|object| object.member(key));
            let member = member.ok_or_else(|| not_read(format!("has no `{key}`")))?;
            value = member.value.get();
        }
        Ok(value)
    }
}

/// A variable of the framework: `${file(PATH):KEY.KEY}`, or another one.
struct Variable {
    text: String,
    file: Option<String>,
    keys: Vec<String>,
}

/// The variable that all of a text is.
fn variable(value: &Value) -> Option<Variable> {
    let text = value.as_str()?.trim().to_owned();
    let inside = text.strip_prefix("${")?.strip_suffix('}')?;
    let file = inside.strip_prefix("file(").and_then(|rest| {
        let (path, keys) = rest.split_once(')')?;
        let keys = match keys.strip_prefix(':') {
            Some(keys) => keys.split('.').map(str::to_owned).collect(),
            None => Vec::new(),
        };
        let is_plain = !path.contains("${") && !inside.contains(',');
        is_plain.then(|| (path.trim().to_owned(), keys))
    });
    let (file, keys) = file.unzip();
    Some(Variable {
        file,
        keys: keys.unwrap_or_default(),
        text,
    })
}
