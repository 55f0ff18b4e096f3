//! What a called module is judged by: the module, and the values that its call hands over. Calls in
//! other root modules that hand over the same come to the same, unless something else is read that
//! these may have otherwise.

use super::environment::{ModuleInstance, relative};
use super::instances::InstanceKey;
use super::lower;
use super::module::Declaration;
use super::unread;
use crate::model::Likeness;
use crate::value::{Hint, Kind, ListShape, ObjectShape, Unknown, UnknownKind, Value};
use std::path::{Path, PathBuf};
use std::rc::Rc;

/// Bytes of values that are compared; whoever hands over more has hardly anybody like it.
const MAX_BYTES: usize = 16 << 10;

/// Values inside one another that are compared.
const MAX_DEPTH: usize = 64;

impl ModuleInstance {
    /// Tells that it, or a module that it calls, has read what the module and the values of its call
    /// do not tell: the configuration of a caller's provider, say.
    pub fn reads_outside(&self) {
        let mut at = self;
        while let Some(call) = &at.call {
            at.has_read_outside.set(true);
            at = &call.caller;
        }
    }

    /// Tells that a file was read, at a path from the root module's directory.
    pub fn reads_file(&self, path: &Path) {
        if self.call.is_none() {
            return;
        }
        let unit = &self.context.unit;
        let path = unit.sources.absolute(path);
        let mut at = self;
        while let Some(call) = &at.call {
            // The way from the root module to the module is a part of the likeness.
            let own = beside(&unit.directory, &at.module.directory);
            if own.is_some_and(|own| path.starts_with(own)) {
                at.has_read_outside.set(true);
            }
            at = &call.caller;
        }
    }

    /// What everything in it is judged by, if it is called, is there in every world and all its
    /// values are the same in every world.
    pub fn likeness(self: &Rc<Self>) -> Option<Vec<u8>> {
        self.call.as_ref()?;
        let context = &self.context;
        let told = context.unit.world.in_every_world(|| {
            if !lower::is_there(self) {
                return None;
            }
            let mut writer = Writer::default();
            writer.text(&self.module.directory.to_string_lossy())?;
            writer.text(&relative(&context.unit.directory, &self.module.directory))?;
            writer.text(&context.workspace)?;
            let variables = self.root_value("var")?;
            for variable in variables.as_object()?.members() {
                writer.value(&variable.value.get(), 0)?;
            }
            if writer.has_symbols {
                // A module may be handed what it has itself, under its own address.
                writer.text(&self.address)?;
            }
            Some(writer.bytes)
        });
        told.flatten()
    }

    /// The likeness of an instance of a task definition in it, which has this one.
    pub fn likeness_of(
        self: &Rc<Self>,
        module: &[u8],
        declaration: &Declaration,
        key: &InstanceKey,
    ) -> Likeness {
        let own = format!("{}{key}", declaration.name.text);
        let (owner, unread) = (self.clone(), self.clone());
        Likeness {
            key: [module, own.as_bytes()].concat().into(),
            refused: Box::new(move || unread::refused(&unread)),
            is_whole: Box::new(move || !owner.has_read_outside.get()),
        }
    }
}

/// The directory that holds the root module and not the module, with all that such root modules have
/// each of their own. Nothing where the root module holds the module.
fn beside(root: &Path, module: &Path) -> Option<PathBuf> {
    let mut parts = root.components();
    let mut own = PathBuf::new();
    let mut around = module.components();
    loop {
        let part = parts.next()?;
        own.push(part);
        if around.next() != Some(part) {
            return Some(own);
        }
    }
}

/// Writes values so that equal bytes are values of which no expression sees a difference. Where they
/// stand is no part of that.
#[derive(Default)]
struct Writer {
    bytes: Vec<u8>,
    has_symbols: bool,
}

/// Nothing where it is not told whether another value is the same.
type Written = Option<()>;

impl Writer {
    fn value(&mut self, value: &Value, depth: usize) -> Written {
        if !value.marks.is_empty() || depth > MAX_DEPTH {
            return None;
        }
        match &value.kind {
            Kind::Null(of) => {
                self.bytes.push(b'z');
                self.hint(of.as_ref(), depth)
            }
            Kind::Bool(is) => {
                self.bytes.push(if *is { b't' } else { b'f' });
                Some(())
            }
            Kind::Number(number) => {
                self.bytes.push(b'n');
                self.text(&number.to_string())
            }
            Kind::Text(text) => {
                let rendered = text.render().ok()?;
                self.bytes.push(b's');
                rendered.marks.is_empty().then_some(())?;
                self.text(&rendered.text)
            }
            Kind::List(list) => {
                self.bytes.push(match list.shape {
                    ListShape::Tuple => b'p',
                    ListShape::List => b'l',
                    ListShape::Set => b'e',
                });
                self.count(list.items.len());
                if list.items.is_empty() {
                    self.hint(list.element.as_deref(), depth)?;
                }
                for item in list.iter() {
                    self.value(&item, depth + 1)?;
                }
                self.rest(list.rest.as_ref(), depth)
            }
            Kind::Object(object) => {
                self.bytes.push(match object.shape {
                    ObjectShape::Object => b'o',
                    ObjectShape::Map => b'm',
                });
                self.count(object.members().len());
                if object.members().is_empty() {
                    self.hint(object.element(), depth)?;
                }
                for member in object.members() {
                    self.text(&member.name)?;
                    self.value(&member.value.get(), depth + 1)?;
                }
                self.rest(object.rest.as_ref(), depth)
            }
            Kind::Unknown(unknown) => self.unknown(unknown, depth),
        }
    }

    fn rest(&mut self, rest: Option<&Unknown>, depth: usize) -> Written {
        match rest {
            None => {
                self.bytes.push(b'.');
                Some(())
            }
            Some(unknown) => self.unknown(unknown, depth),
        }
    }

    /// What is known only after apply is the same wherever its type is, and which one of several it
    /// is. Of anything else that is not known, a world may ask.
    fn unknown(&mut self, unknown: &Unknown, depth: usize) -> Written {
        let symbol = unknown.symbol();
        if unknown.kind() != UnknownKind::AfterApply
            || symbol.is_some_and(|it| it.texts().is_some())
        {
            return None;
        }
        self.bytes.push(match unknown.is_never_null() {
            true => b'A',
            false => b'a',
        });
        self.has_symbols |= symbol.is_some();
        self.text(symbol.map_or("", |symbol| symbol.id()))?;
        self.hint(unknown.hint(), depth)
    }

    fn hint(&mut self, hint: Option<&Hint>, depth: usize) -> Written {
        if depth > MAX_DEPTH {
            return None;
        }
        let (letter, of) = match hint {
            None => (b'?', None),
            Some(Hint::Text) => (b'S', None),
            Some(Hint::Number) => (b'N', None),
            Some(Hint::Bool) => (b'B', None),
            Some(Hint::Collection) => (b'C', None),
            Some(Hint::List(of)) => (b'L', Some(of.as_deref())),
            Some(Hint::Set(of)) => (b'E', Some(of.as_deref())),
            Some(Hint::Map(of)) => (b'M', Some(of.as_deref())),
            Some(Hint::Tuple(of)) => {
                self.bytes.push(b'P');
                self.count(of.len());
                let mut of = of.iter();
                return of.try_for_each(|of| self.hint(of.as_ref(), depth + 1));
            }
            Some(Hint::Object(parts)) => {
                self.bytes.push(b'O');
                self.count(parts.len());
                return parts.iter().try_for_each(|part| {
                    self.text(&part.name)?;
                    self.bytes.push(u8::from(part.never_null));
                    self.hint(part.hint.as_ref(), depth + 1)
                });
            }
            Some(Hint::Either(_) | Hint::Like(_)) => return None,
        };
        self.bytes.push(letter);
        match of {
            Some(of) => self.hint(of, depth + 1),
            None => Some(()),
        }
    }

    /// A text, behind its length.
    fn text(&mut self, text: &str) -> Written {
        self.count(text.len());
        self.bytes.extend_from_slice(text.as_bytes());
        (self.bytes.len() <= MAX_BYTES).then_some(())
    }

    fn count(&mut self, count: usize) {
        self.bytes.extend_from_slice(&count.to_le_bytes());
    }
}
