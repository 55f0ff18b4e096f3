//! One directory as Terraform reads it: what it declares, with overrides merged, parsed on demand.

use super::scan::{Index, Item};
use super::syntax::{Attribute, Block, Expr, Name, SyntaxError};
use super::types::Constraint;
use crate::finding::ProblemKind;
use crate::ledger::Gap;
use crate::source::{File, SourceMap, Span};
use std::cell::OnceCell;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

/// The resource type that everything here is about.
pub const TASK_DEFINITION: &str = "aws_ecs_task_definition";

/// What the `.tf` files of a directory declare.
#[derive(Default)]
pub struct Module {
    /// Absolute.
    pub directory: PathBuf,
    pub variables: Declarations,
    pub outputs: Declarations,
    /// `module` blocks.
    pub calls: Declarations,
    /// By type and name.
    pub resources: TypedDeclarations,
    pub data: TypedDeclarations,
    pub ephemerals: TypedDeclarations,
    locals_blocks: Vec<Place>,
    locals: OnceCell<Locals>,
    /// What could not be read or told apart, and what Terraform would refuse.
    pub gaps: Vec<Gap>,
}

/// Where a block stands: a file and its item there.
struct Place {
    file: Arc<File>,
    item: usize,
    is_override: bool,
}

impl Place {
    fn item(&self) -> Option<&Item> {
        Index::of(&self.file).items.get(self.item)
    }

    fn parse(&self) -> Result<Arc<Block>, SyntaxError> {
        match self.item() {
            Some(item) => item.block(&self.file),
            None => Err(SyntaxError {
                message: "the file changed while it was read".to_owned(),
                span: self.file.span(0, 0),
            }),
        }
    }
}

/// One declaration: a block and the overrides of it.
pub struct Declaration {
    /// Its last label.
    pub name: Name,
    places: Vec<Place>,
    body: OnceCell<Result<Rc<Merged>, SyntaxError>>,
    /// The type constraint of a variable, once it was read.
    pub(super) constraint: OnceCell<Result<Option<Rc<Constraint>>, SyntaxError>>,
}

impl Declaration {
    /// Its blocks, parsed and merged.
    ///
    /// # Errors
    /// Where one of its blocks is not valid HCL.
    pub fn body(&self) -> Result<Rc<Merged>, SyntaxError> {
        self.body
            .get_or_init(|| {
                let parts = self.places.iter().map(Place::parse);
                let parts = parts.collect::<Result<Vec<_>, _>>()?;
                Ok(Rc::new(Merged { parts }))
            })
            .clone()
    }

    /// Whether the bytes of its blocks hold `needle`; cheaper than parsing them.
    pub fn mentions(&self, needle: &str) -> bool {
        self.places.iter().any(|place| {
            place.item().is_some_and(|item| {
                let text = place.file.slice(item.span).as_bytes();
                memchr::memmem::find(text, needle.as_bytes()).is_some()
            })
        })
    }
}

/// A block with the blocks that override it, as Terraform merges them: an attribute of a later
/// part replaces it, and nested blocks of one type replace all earlier ones of that type.
pub struct Merged {
    parts: Vec<Arc<Block>>,
}

impl Merged {
    pub fn attribute(&self, name: &str) -> Option<&Attribute> {
        self.parts
            .iter()
            .rev()
            .find_map(|part| part.body.attribute(name))
    }

    /// Every attribute that holds, in the order of the source.
    pub fn attributes(&self) -> impl Iterator<Item = &Attribute> {
        self.parts.iter().enumerate().flat_map(|(at, part)| {
            part.body.attributes.iter().filter(move |attribute| {
                let name = &attribute.name.text;
                let later = &self.parts[at + 1..];
                !later.iter().any(|part| part.body.attribute(name).is_some())
            })
        })
    }

    /// The nested blocks of a type, written out or `dynamic`, in the order of the source.
    pub fn blocks(&self, kind: &str) -> Vec<&Block> {
        for part in self.parts.iter().rev() {
            let blocks: Vec<&Block> = part
                .body
                .blocks
                .iter()
                .filter(|block| produces(block) == kind)
                .collect();
            if !blocks.is_empty() {
                return blocks;
            }
        }
        Vec::new()
    }

    /// The types of nested blocks that occur, each once, in the order of the source.
    pub fn block_kinds(&self) -> Vec<&Name> {
        let mut kinds: Vec<&Name> = Vec::new();
        for block in self.parts.iter().flat_map(|part| &part.body.blocks) {
            let kind = match block.labels.first() {
                Some(label) if is_dynamic(block) => label,
                _ => &block.kind,
            };
            if !kinds.iter().any(|known| known.text == kind.text) {
                kinds.push(kind);
            }
        }
        kinds
    }

    /// From the block's first letter to its closing brace.
    pub fn span(&self) -> Span {
        self.parts[0].span
    }
}

/// Whether a block is a template for blocks of the type that its label names.
pub fn is_dynamic(block: &Block) -> bool {
    &*block.kind.text == "dynamic" && !block.labels.is_empty()
}

fn produces(block: &Block) -> &str {
    match block.labels.first() {
        Some(label) if is_dynamic(block) => &label.text,
        _ => &block.kind.text,
    }
}

/// Declarations of one kind in the order of the source, found by name.
#[derive(Default)]
pub struct Declarations {
    list: Vec<Declaration>,
    index: HashMap<Arc<str>, usize>,
}

impl Declarations {
    pub fn get(&self, name: &str) -> Option<&Declaration> {
        self.index.get(name).map(|&at| &self.list[at])
    }

    pub fn position(&self, name: &str) -> Option<usize> {
        self.index.get(name).copied()
    }

    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Declaration> {
        self.list.iter()
    }

    pub fn at(&self, index: usize) -> &Declaration {
        &self.list[index]
    }

    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Adds a declaration or an override. What Terraform would refuse is returned.
    fn add(&mut self, name: &Name, place: Place, what: &str) -> Option<Gap> {
        match (self.index.get(&name.text), place.is_override) {
            (Some(&at), true) => {
                self.list[at].places.push(place);
                None
            }
            (Some(&at), false) => {
                let _ = at;
                Some(Gap::new(
                    ProblemKind::Refused,
                    format!("{what} is declared twice in this module, so only the first was checked"),
                    name.span,
                ))
            }
            (None, true) => Some(Gap::new(
                ProblemKind::Refused,
                format!("{what} overrides nothing: no file of this module declares it"),
                name.span,
            )),
            (None, false) => {
                self.index.insert(name.text.clone(), self.list.len());
                self.list.push(Declaration {
                    name: name.clone(),
                    places: vec![place],
                    body: OnceCell::new(),
                    constraint: OnceCell::new(),
                });
                None
            }
        }
    }
}

/// Declarations that have a type and a name: resources and data sources.
#[derive(Default)]
pub struct TypedDeclarations {
    types: HashMap<Arc<str>, Declarations>,
}

impl TypedDeclarations {
    pub fn of_type(&self, kind: &str) -> Option<&Declarations> {
        self.types.get(kind)
    }

    pub fn types(&self) -> impl Iterator<Item = &Arc<str>> {
        self.types.keys()
    }

    pub fn is_empty(&self) -> bool {
        self.types.is_empty()
    }
}

/// The members of the `locals` blocks.
#[derive(Default)]
pub struct Locals {
    pub list: Vec<Local>,
    index: HashMap<Arc<str>, usize>,
    /// Faults in `locals` blocks: what they define is not known.
    pub faults: Vec<SyntaxError>,
}

pub struct Local {
    pub name: Name,
    pub value: Expr,
    pub duplicate: bool,
}

impl Module {
    /// Reads a directory. Only the places of its blocks are told; nothing is parsed.
    pub fn read(sources: &SourceMap, directory: &Path) -> Module {
        let mut module = Module {
            directory: directory.to_path_buf(),
            ..Module::default()
        };
        let names = match file_names(sources, directory) {
            Ok(names) => names,
            Err(gap) => {
                module.gaps.push(gap);
                return module;
            }
        };
        for name in names {
            module.add_file(sources, &directory.join(&name.name), &name);
        }
        module
    }

    fn add_file(&mut self, sources: &SourceMap, path: &Path, name: &FileName) {
        let shown = sources.display(path);
        if name.json {
            self.gaps.push(Gap::of_path(
                ProblemKind::Unreadable,
                "`.tf.json` is not read yet, so what it declares was not checked",
                shown,
            ));
            return;
        }
        let file = match sources.open(path) {
            Ok(file) => file,
            Err(error) => {
                self.gaps.push(Gap::of_path(
                    ProblemKind::Unreadable,
                    format!(
                        "this file could not be read: {}, so what it declares was not checked",
                        error.reason
                    ),
                    shown,
                ));
                return;
            }
        };
        let index = Index::of(&file);
        if let Some(fault) = &index.fault {
            self.gaps.push(Gap::new(
                ProblemKind::Unreadable,
                format!(
                    "{}, so what this file declares from here on was not checked",
                    fault.message
                ),
                fault.span,
            ));
        }
        for at in 0..index.items.len() {
            let place = Place {
                file: file.clone(),
                item: at,
                is_override: name.is_override,
            };
            self.add_item(&index.items[at], place);
        }
    }

    fn add_item(&mut self, item: &Item, place: Place) {
        let gap = match (&*item.kind.text, &item.labels[..]) {
            ("variable", [name]) => {
                let what = format!("variable `{}`", name.text);
                self.variables.add(name, place, &what)
            }
            ("output", [name]) => {
                let what = format!("output `{}`", name.text);
                self.outputs.add(name, place, &what)
            }
            ("module", [name]) => {
                let what = format!("module `{}`", name.text);
                self.calls.add(name, place, &what)
            }
            ("resource", [kind, name]) => {
                let what = format!("resource `{}.{}`", kind.text, name.text);
                let of_type = self.resources.types.entry(kind.text.clone());
                of_type.or_default().add(name, place, &what)
            }
            ("data", [kind, name]) => {
                let what = format!("data source `{}.{}`", kind.text, name.text);
                let of_type = self.data.types.entry(kind.text.clone());
                of_type.or_default().add(name, place, &what)
            }
            ("ephemeral", [kind, name]) => {
                let what = format!("ephemeral resource `{}.{}`", kind.text, name.text);
                let of_type = self.ephemerals.types.entry(kind.text.clone());
                of_type.or_default().add(name, place, &what)
            }
            ("resource", labels) => {
                let count = labels.len();
                Some(Gap::new(
                    ProblemKind::Refused,
                    format!("a resource has two labels, its type and its name; this one has {count}"),
                    item.kind.span,
                ))
            }
            ("locals", []) => {
                self.locals_blocks.push(place);
                None
            }
            _ => None,
        };
        self.gaps.extend(gap);
    }

    /// The members of its `locals` blocks, which are parsed when the first is asked for.
    pub fn locals(&self) -> &Locals {
        self.locals.get_or_init(|| {
            let mut locals = Locals::default();
            for place in &self.locals_blocks {
                match place.parse() {
                    Ok(block) => locals.add_block(&block, place.is_override),
                    Err(fault) => locals.faults.push(fault),
                }
            }
            locals
        })
    }

    /// Whether it declares a task definition itself.
    pub fn declares_task_definitions(&self) -> bool {
        self.resources.of_type(TASK_DEFINITION).is_some()
    }
}

impl Locals {
    fn add_block(&mut self, block: &Block, is_override: bool) {
        for attribute in &block.body.attributes {
            let name = &attribute.name;
            match self.index.get(&name.text) {
                Some(&at) if is_override => self.list[at].value = attribute.value.clone(),
                Some(&at) => self.list[at].duplicate = true,
                None => {
                    self.index.insert(name.text.clone(), self.list.len());
                    self.list.push(Local {
                        name: name.clone(),
                        value: attribute.value.clone(),
                        duplicate: false,
                    });
                }
            }
        }
    }
}

/// The name of a file that Terraform reads as configuration.
pub struct FileName {
    pub name: String,
    pub is_override: bool,
    /// In JSON syntax.
    pub json: bool,
}

impl FileName {
    /// As Terraform tells them: not those that editors leave behind.
    pub fn of(name: &str) -> Option<FileName> {
        let (base, json) = match name.strip_suffix(".tf") {
            Some(base) => (base, false),
            None => (name.strip_suffix(".tf.json")?, true),
        };
        let ignored = name.starts_with('.')
            || name.ends_with('~')
            || (name.starts_with('#') && name.ends_with('#'));
        (!ignored).then(|| FileName {
            name: name.to_owned(),
            is_override: base == "override" || base.ends_with("_override"),
            json,
        })
    }
}

/// The configuration files of a directory: primary files by name, then overrides by name.
pub fn file_names(sources: &SourceMap, directory: &Path) -> Result<Vec<FileName>, Gap> {
    let entries = sources.list(directory).map_err(|error| {
        Gap::of_path(
            ProblemKind::Unreadable,
            format!("this directory could not be read: {}", error.reason),
            sources.display(directory),
        )
    })?;
    let mut names: Vec<FileName> = entries
        .iter()
        .filter(|entry| !entry.directory)
        .filter_map(|entry| FileName::of(&entry.name))
        .collect();
    names.sort_by_key(|name| name.is_override);
    Ok(names)
}

/// A module call's `source`, where it is a literal.
pub fn call_source(body: &Merged) -> Option<(Arc<str>, Span)> {
    let source = body.attribute("source")?;
    match &source.value.kind {
        super::syntax::ExprKind::String(literal) => {
            Some((literal.as_str().into(), source.value.span))
        }
        _ => None,
    }
}

/// The directory of a local source, as Terraform tells one: it starts with `./` or `../`.
pub fn local_directory(sources: &SourceMap, caller: &Path, source: &str) -> Option<PathBuf> {
    let local = source.starts_with("./")
        || source.starts_with("../")
        || source.starts_with(".\\")
        || source.starts_with("..\\");
    local.then(|| sources.absolute(&caller.join(source.replace('\\', "/"))))
}
