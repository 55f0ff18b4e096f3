//! One directory as Terraform reads it: what it declares, with overrides merged, parsed on demand.

use super::Engine;
use super::eval::{Reference, Scope, eval};
use super::operators::is_identifier;
use super::scan::{AttributeItem, BlockItem, Index, may_mention, may_name};
use super::syntax::{Expr, ExprKind, Name, SyntaxError};
use super::unread::{self, Fallible};
use crate::finding::ProblemKind;
use crate::ledger::Gap;
use crate::model::spelling::is_slip;
use crate::source::{Directory, File, SourceMap, Span};
use crate::value::{Unknown, Value};
use foldhash::{HashMap, HashSet};
use memchr::memmem::Finder;
use smallvec::{SmallVec, smallvec};
use std::fmt;
use std::path::Path;
use std::sync::{Arc, LazyLock, OnceLock};

/// The resource type that everything here is about.
pub const TASK_DEFINITION: &str = "aws_ecs_task_definition";

/// What the `.tf` files of a directory declare. Several units that call it share it: nothing in it
/// depends on a caller.
#[derive(Default)]
pub struct Module {
    /// Absolute.
    pub directory: Directory,
    pub variables: Declarations,
    pub outputs: Declarations,
    /// `module` blocks.
    pub calls: Declarations,
    /// By type and name.
    pub resources: TypedDeclarations,
    pub data: TypedDeclarations,
    pub ephemerals: TypedDeclarations,
    /// `provider` blocks with their local names.
    pub providers: Vec<(Arc<str>, BlockRef)>,
    locals_blocks: Vec<BlockRef>,
    locals: OnceLock<Locals>,
    fallible: OnceLock<Vec<Fallible>>,
    /// A place in it that stands for the whole.
    pub anchor: Option<Span>,
    /// What could not be read or told apart, and what Terraform would refuse.
    pub gaps: Vec<Gap>,
    /// How long its files are together.
    pub bytes: usize,
    /// Something in it may be sensitive or ephemeral.
    pub may_mark: bool,
}

/// One declaration: a block and the overrides of it.
pub struct Declaration {
    /// Its last label.
    pub name: Name,
    body: Arc<Merged>,
    /// See [`Declaration::local_module`].
    local: OnceLock<Option<Directory>>,
    circle: OnceLock<Option<SyntaxError>>,
}

impl Declaration {
    /// What stands in it, with the overrides merged.
    pub fn body(&self) -> &Arc<Merged> {
        &self.body
    }

    /// Of a call: the directory that its source names, if it is a local one and there. `caller` is
    /// the directory of its module.
    pub fn local_module(&self, sources: &SourceMap, caller: &Path) -> Option<&Directory> {
        let local = self.local.get_or_init(|| {
            let (source, _) = call_source(&self.body)?;
            let directory = local_directory(caller, &source)?;
            sources.is_directory(&directory).then_some(directory)
        });
        local.as_ref()
    }

    /// Whether it depends on itself, which is found out once by `look`.
    pub fn circle(&self, look: impl FnOnce() -> Option<SyntaxError>) -> Option<&SyntaxError> {
        self.circle.get_or_init(look).as_ref()
    }
}

/// A block of a file, found but perhaps not parsed.
#[derive(Clone)]
pub struct BlockRef {
    file: Arc<File>,
    /// The block's index in the file, then in the block around it, and so on.
    path: SmallVec<[u32; 2]>,
    is_override: bool,
}

impl BlockRef {
    fn item(&self) -> Option<&BlockItem> {
        let (first, inner) = self.path.split_first()?;
        let mut item = Index::of(&self.file)?.blocks.get(*first as usize)?;
        for &at in inner {
            item = item.body(&self.file).blocks.get(at as usize)?;
        }
        Some(item)
    }

    fn body(&self) -> &Index {
        static EMPTY: Index = Index {
            blocks: Vec::new(),
            attributes: Vec::new(),
            fault: None,
        };
        self.item().map_or(&EMPTY, |item| item.body(&self.file))
    }

    /// The type of the blocks that it makes: of a `dynamic` block, its label.
    pub fn produces(&self) -> Option<&Name> {
        self.item().map(made)
    }

    /// Whether it is a template for blocks of the type that its label names.
    pub fn is_dynamic(&self) -> bool {
        self.item()
            .is_some_and(|item| &*item.kind.text == "dynamic" && !item.labels.is_empty())
    }

    /// The names of its arguments; one that is set twice stands twice.
    pub fn argument_names(&self) -> impl Iterator<Item = &Name> {
        self.body()
            .attributes
            .iter()
            .map(|attribute| &attribute.name)
    }

    /// The types of its nested blocks, written out or `dynamic`.
    pub fn block_names(&self) -> impl Iterator<Item = &Name> {
        self.body().blocks.iter().map(made)
    }

    /// From the first letter of its kind to the end of its last label.
    pub fn header(&self) -> Span {
        match self.item() {
            Some(item) => item.header(),
            None => self.file.span(0, 0),
        }
    }

    /// The argument of a name; of several, the first.
    pub fn argument(&self, name: &str) -> Option<Argument> {
        let attributes = &self.body().attributes;
        let is_it = |attribute: &AttributeItem| &*attribute.name.text == name;
        let at = attributes.iter().position(is_it)?;
        let attribute = &attributes[at];
        let mut after = attributes[at + 1..].iter();
        Some(Argument {
            name: attribute.name.clone(),
            span: attribute.value,
            repeated: after
                .find(|again| is_it(again))
                .map(|again| again.name.span),
            block: self.clone(),
            at,
        })
    }

    /// The blocks in it that make blocks of a type.
    pub fn blocks(&self, kind: &str) -> Vec<BlockRef> {
        let inner = self.body().blocks.iter().enumerate();
        let inner = inner.filter(|(_, item)| &*made(item).text == kind);
        inner
            .map(|(at, _)| BlockRef {
                file: self.file.clone(),
                path: self.path.iter().copied().chain([at as u32]).collect(),
                is_override: self.is_override,
            })
            .collect()
    }

    /// Why not all that stands in it could be told apart.
    pub fn fault(&self) -> Option<Unknown> {
        self.body().fault.as_ref().map(broken)
    }

    /// See [`Merged::may_differ`].
    fn may_differ(&self) -> bool {
        let body = self.body();
        let arguments = body.attributes.iter();
        let mut arguments = arguments.filter(|argument| !repeats(&argument.name.text));
        let differs = |span: Span| may_name(self.file.slice(span), &*OF_AN_INSTANCE);
        arguments.any(|argument| differs(argument.value))
            || body.blocks.iter().any(|block| differs(block.span))
    }

    /// The first fault of its syntax, with all its expressions parsed.
    fn syntax_fault(&self) -> Option<Unknown> {
        self.body().first_fault(&self.file).map(broken)
    }
}

/// The type of the blocks that a block makes: of a `dynamic` block, its label.
fn made(item: &BlockItem) -> &Name {
    match item.labels.first() {
        Some(label) if &*item.kind.text == "dynamic" => label,
        _ => &item.kind,
    }
}

/// What a fault in the source makes of the values that depend on it.
pub fn broken(fault: &SyntaxError) -> Unknown {
    fault.unknown(fault.message.clone())
}

/// What means something else in each instance of a block that is repeated.
static OF_AN_INSTANCE: LazyLock<[Finder; 2]> =
    LazyLock::new(|| [Finder::new("each"), Finder::new("count")]);

/// What declares something that may be sensitive or ephemeral.
static MARKS: LazyLock<[Finder; 2]> =
    LazyLock::new(|| [Finder::new("sensitive"), Finder::new("ephemeral")]);

/// An argument of a block: a name and an expression, parsed when it is asked for.
#[derive(Clone)]
pub struct Argument {
    pub name: Name,
    /// Of the expression.
    pub span: Span,
    /// Where it is set a second time, which Terraform refuses.
    repeated: Option<Span>,
    block: BlockRef,
    at: usize,
}

impl Argument {
    /// # Errors
    /// Where it is not valid HCL, or set twice.
    pub fn expr(&self) -> Result<Expr, Unknown> {
        if let Some(again) = self.repeated {
            let reason = format!("argument `{}` is set twice", self.name.text);
            return Err(Unknown::invalid(reason, again));
        }
        match self.block.body().attributes.get(self.at) {
            Some(item) => item.parse(&self.block.file).cloned().map_err(broken),
            None => Err(Unknown::invalid(
                "the file changed while it was read",
                self.span,
            )),
        }
    }

    /// The value of the expression; what it is not, where it is not valid.
    pub fn eval(&self, scope: &Scope) -> Value {
        match self.expr() {
            Ok(expr) => eval(&expr, scope),
            Err(unknown) => Value::unknown(unknown),
        }
    }

    /// The expression as it is written.
    pub fn text(&self) -> &str {
        self.block.file.slice(self.span)
    }

    /// Whether it may be another value in each instance of its block.
    pub fn may_differ(&self) -> bool {
        may_name(self.text(), &*OF_AN_INSTANCE)
    }

    /// The value of an argument that must be a literal boolean.
    pub fn is_true(&self) -> bool {
        self.text() == "true"
    }
}

/// The arguments that tell which instances of its block there are.
const REPEATING: &[&str] = &["count", "for_each"];

fn repeats(argument: &str) -> bool {
    REPEATING.contains(&argument)
}

/// A block with the blocks that override it, as Terraform merges them: an argument of a later
/// part replaces it, and nested blocks of one type replace all earlier ones of that type.
pub struct Merged {
    /// Never empty.
    parts: Vec<BlockRef>,
}

impl Merged {
    /// The argument of a name in the last part that sets it.
    pub fn argument(&self, name: &str) -> Option<Argument> {
        self.parts.iter().rev().find_map(|part| part.argument(name))
    }

    /// The name of an argument that an override sets and the declaration itself does not.
    pub fn only_in_override(&self, name: &str) -> Option<Name> {
        let (declared, overrides) = self.parts.split_first()?;
        if overrides.is_empty() || declared.argument(name).is_some() {
            return None;
        }
        Some(self.argument(name)?.name)
    }

    /// The names of all arguments, each once.
    pub fn argument_names(&self) -> Vec<&Name> {
        let mut names: Vec<&Name> = Vec::new();
        let all = self.parts.iter().flat_map(|part| &part.body().attributes);
        for attribute in all {
            if !names.iter().any(|known| known.text == attribute.name.text) {
                names.push(&attribute.name);
            }
        }
        names
    }

    /// The nested blocks of a type, written out or `dynamic`, in the order of the source.
    pub fn blocks(&self, kind: &str) -> Vec<BlockRef> {
        let of_parts = self.parts.iter().rev().map(|part| part.blocks(kind));
        of_parts
            .into_iter()
            .find(|blocks| !blocks.is_empty())
            .unwrap_or_default()
    }

    /// The types of its nested blocks, written out or `dynamic`.
    pub fn block_names(&self) -> impl Iterator<Item = &Name> {
        self.parts.iter().flat_map(BlockRef::block_names)
    }

    /// What stands between the braces, as it is written.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        let items = self.parts.iter().map(|part| (part, part.item()));
        items.filter_map(|(part, item)| Some(part.file.slice(item?.inside)))
    }

    /// Whether anything in it may be something else in each of its instances.
    pub fn may_differ(&self) -> bool {
        self.parts.iter().any(BlockRef::may_differ)
    }

    /// The first fault of its syntax, with all its expressions parsed.
    pub fn syntax_fault(&self) -> Option<Unknown> {
        self.parts.iter().find_map(BlockRef::syntax_fault)
    }
}

/// Declarations of one kind in the order of the source, found by name.
#[derive(Default)]
pub struct Declarations {
    list: Vec<Declaration>,
    index: HashMap<Arc<str>, usize>,
}

impl Declarations {
    /// The declaration of a name.
    pub fn get(&self, name: &str) -> Option<&Declaration> {
        self.index.get(name).map(|&at| &self.list[at])
    }

    /// All, in the order of the source.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Declaration> {
        self.list.iter()
    }

    /// The declaration at an index.
    pub fn at(&self, index: usize) -> &Declaration {
        &self.list[index]
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// Adds a declaration or an override. What Terraform would refuse is returned.
    fn add(&mut self, name: &Name, block: BlockRef, what: fmt::Arguments) -> Option<Gap> {
        let refused = |reason: String| Some(Gap::new(ProblemKind::Refused, reason, name.span));
        match (self.index.get(&name.text), block.is_override) {
            (Some(&at), true) => {
                let body = Arc::get_mut(&mut self.list[at].body);
                body.expect("nobody shares a body before all is read")
                    .parts
                    .push(block);
                None
            }
            (Some(_), false) => refused(format!(
                "{what} is declared twice in this module, so only the first was checked"
            )),
            (None, true) => refused(format!(
                "this overrides nothing: no other file of the module declares {what}"
            )),
            (None, false) => {
                self.index.insert(name.text.clone(), self.list.len());
                self.list.push(Declaration {
                    name: name.clone(),
                    body: Arc::new(Merged { parts: vec![block] }),
                    local: OnceLock::new(),
                    circle: OnceLock::new(),
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
    /// Those of a type, if there are any.
    pub fn of_type(&self, kind: &str) -> Option<&Declarations> {
        self.types.get(kind)
    }

    /// The same, with the type's own name.
    pub fn named(&self, kind: &str) -> Option<(&Arc<str>, &Declarations)> {
        self.types.get_key_value(kind)
    }

    /// The types of which there are some, in no order.
    pub fn types(&self) -> impl Iterator<Item = &Arc<str>> {
        self.types.keys()
    }

    /// Whether there are none of any type.
    pub fn is_empty(&self) -> bool {
        self.types.is_empty()
    }
}

/// The members of the `locals` blocks.
#[derive(Default)]
pub struct Locals {
    pub list: Vec<Local>,
    index: HashMap<Arc<str>, usize>,
    /// A fault in a `locals` block: what it defines is not known.
    pub fault: Option<SyntaxError>,
    /// Names that are defined twice, overrides of none, and blocks.
    pub refused: Vec<SyntaxError>,
}

/// One member of a `locals` block.
pub struct Local {
    pub value: Argument,
    /// Where it is defined again, which Terraform refuses.
    pub again: Option<Span>,
}

impl Module {
    /// Reads a directory. Only the places of its blocks are told; nothing is parsed.
    pub fn read(sources: &SourceMap, directory: &Directory, engine: Engine) -> Module {
        let mut module = Module {
            directory: directory.clone(),
            ..Module::default()
        };
        let names = match file_names(sources, directory, engine) {
            Ok(names) => names,
            Err(gap) => {
                module.gaps.push(gap);
                return module;
            }
        };
        if let Some(passed_over) = &names.passed_over {
            let message = format!(
                "Terraform does not read `{passed_over}`, which is OpenTofu's: set `engine: tofu` \
                 in the configuration if that is what runs here"
            );
            let shown = sources.display(&directory.join(passed_over));
            module
                .gaps
                .push(Gap::of_path(ProblemKind::Note, message, shown));
        }
        for name in names.read {
            module.add_file(sources, &directory.join(&name.name), &name);
        }
        module
    }

    fn add_file(&mut self, sources: &SourceMap, path: &Path, name: &FileName) {
        let shown = || sources.display(path);
        let file = match sources.open(path) {
            Ok(file) => file,
            Err(error) => {
                self.gaps.push(Gap::of_path(
                    ProblemKind::Unreadable,
                    format!(
                        "this file could not be read: {}, so what it declares was not checked",
                        error.reason
                    ),
                    shown(),
                ));
                return;
            }
        };
        self.anchor.get_or_insert(file.span(0, 0));
        self.bytes += file.text().len();
        self.may_mark |= may_mention(file.text(), &*MARKS);
        let Some(index) = Index::of(&file) else {
            return;
        };
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
        if let Some(attribute) = index.attributes.first() {
            let reason = format!(
                "`{}` is set outside a block, where Terraform has no arguments",
                attribute.name.text
            );
            self.gaps
                .push(Gap::new(ProblemKind::Refused, reason, attribute.name.span));
        }
        self.gaps.extend(swallowed(&file, index));
        self.gaps.extend(displaced(&file, index));
        for (at, item) in index.blocks.iter().enumerate() {
            let block = BlockRef {
                file: file.clone(),
                path: smallvec![at as u32],
                is_override: name.is_override,
            };
            self.add_block(item, block);
        }
    }

    fn add_block(&mut self, item: &BlockItem, block: BlockRef) {
        let typed = |of: &mut TypedDeclarations, what: &str, kind: &Name, name: &Name, block| {
            of.types.entry(kind.text.clone()).or_default().add(
                name,
                block,
                format_args!("{what} `{}.{}`", kind.text, name.text),
            )
        };
        let is_name = |label: &&Name| is_identifier(&label.text);
        if let Some(label) = item.labels.iter().find(|label| !is_name(label)) {
            let message = format!(
                "`{}` is no name, which begins with a letter and has letters, digits, `_` and `-`",
                label.text
            );
            self.gaps
                .push(Gap::new(ProblemKind::Refused, message, label.span));
        }
        let gap = match (&*item.kind.text, &item.labels[..]) {
            ("variable", [name]) => {
                self.gaps.extend(reserved(name));
                self.variables
                    .add(name, block, format_args!("variable `{}`", name.text))
            }
            ("output", [name]) => {
                self.outputs
                    .add(name, block, format_args!("output `{}`", name.text))
            }
            ("module", [name]) => {
                self.calls
                    .add(name, block, format_args!("module `{}`", name.text))
            }
            ("resource", [kind, name]) => {
                self.gaps.extend(misspelt(kind));
                self.gaps.extend(elsewhere(&block.file, kind, name, item));
                typed(&mut self.resources, "resource", kind, name, block)
            }
            ("data", [kind, name]) => typed(&mut self.data, "data source", kind, name, block),
            ("ephemeral", [kind, name]) => typed(
                &mut self.ephemerals,
                "ephemeral resource",
                kind,
                name,
                block,
            ),
            ("locals", []) => {
                self.locals_blocks.push(block);
                None
            }
            ("provider", [name]) => {
                self.providers.push((name.text.clone(), block));
                None
            }
            (kind, labels) => misplaced(kind, labels.len())
                .map(|reason| Gap::new(ProblemKind::Refused, reason, item.kind.span)),
        };
        self.gaps.extend(gap);
    }

    /// The members of its `locals` blocks, which are looked into when the first is asked for.
    pub fn locals(&self) -> &Locals {
        self.locals.get_or_init(|| {
            let mut locals = Locals::default();
            for block in &self.locals_blocks {
                locals.add_block(block);
            }
            locals
        })
    }

    /// The locals and outputs that may be refused though nothing reads them.
    pub fn fallible(&self) -> &[Fallible] {
        self.fallible.get_or_init(|| unread::fallible(self))
    }

    /// What the first names of a reference to a resource or data source say: among which declarations
    /// it is, and of which type.
    pub fn typed<'n>(
        &self,
        names: &mut impl Iterator<Item = &'n str>,
    ) -> Option<(&TypedDeclarations, &'n str)> {
        Some(match names.next()? {
            "data" => (&self.data, names.next()?),
            "resource" => (&self.resources, names.next()?),
            kind => (&self.resources, kind),
        })
    }

    /// Why Terraform refuses a reference to a resource that tells none of its instances, or one where
    /// there is but one: no `try` catches that.
    pub fn refused_instance(&self, reference: &Reference) -> Option<Unknown> {
        let names = reference.names.iter().map(|name| &*name.text);
        let mut names = [&*reference.root.text].into_iter().chain(names);
        let (of, kind) = self.typed(&mut names)?;
        let name = names.next()?;
        let body = of.of_type(kind)?.get(name)?.body();
        let is_repeated = REPEATING.iter().any(|name| body.argument(name).is_some());
        let label = format!("{kind}.{name}");
        match (is_repeated, names.next(), reference.key) {
            (true, Some(_), _) => Some(Unknown::invalid(
                format!("`{label}` has several instances, and an index must tell which is meant"),
                reference.span,
            )),
            (false, None, Some(key)) => Some(Unknown::invalid(
                format!("`{label}` has no `count` or `for_each`, so no index can stand behind it"),
                key.span,
            )),
            _ => None,
        }
    }

    /// Whether its directory holds no Terraform at all.
    pub fn is_empty(&self) -> bool {
        self.anchor.is_none() && self.gaps.is_empty()
    }

    /// Whether it declares a task definition itself.
    pub fn declares_task_definitions(&self) -> bool {
        self.resources.of_type(TASK_DEFINITION).is_some()
    }
}

impl Locals {
    /// The member of a name.
    pub fn get(&self, name: &str) -> Option<&Local> {
        self.index.get(name).map(|&at| &self.list[at])
    }

    fn add_block(&mut self, block: &BlockRef) {
        if let Some(fault) = &block.body().fault {
            self.fault.get_or_insert_with(|| fault.clone());
        }
        let nested = block.body().blocks.iter();
        for nested in nested.filter(|nested| nested.is_native()) {
            let reason = format!("a `{}` block cannot stand in `locals`", nested.kind.text);
            self.refused
                .push(SyntaxError::new(reason, nested.kind.span));
        }
        for (at, attribute) in block.body().attributes.iter().enumerate() {
            let name = &attribute.name;
            let value = Argument {
                name: name.clone(),
                span: attribute.value,
                repeated: None,
                block: block.clone(),
                at,
            };
            match self.index.get(&name.text) {
                Some(&at) if block.is_override => self.list[at].value = value,
                Some(&at) => {
                    self.list[at].again = Some(name.span);
                    let reason = format!("local `{}` is defined twice", name.text);
                    self.refused.push(SyntaxError::new(reason, name.span));
                }
                None if block.is_override => {
                    let reason = format!(
                        "this overrides nothing: no other file of the module defines local `{}`",
                        name.text
                    );
                    self.refused.push(SyntaxError::new(reason, name.span));
                }
                None => {
                    self.index.insert(name.text.clone(), self.list.len());
                    self.list.push(Local { value, again: None });
                }
            }
        }
    }
}

/// What every file is looked through for, made ready once.
static RESOURCE: LazyLock<Finder> = LazyLock::new(|| Finder::new("resource"));
pub(super) static MODULE: LazyLock<Finder> = LazyLock::new(|| Finder::new("module"));
static CONTAINERS: LazyLock<Finder> = LazyLock::new(|| Finder::new("container_definitions"));

/// The resources and module calls that stand inside of other blocks, as where a brace is missing:
/// what nobody reads would hide them.
fn swallowed(file: &File, index: &Index) -> Vec<Gap> {
    let text = file.text().as_bytes();
    let mut gaps = Vec::new();
    for (kind, finder) in [("resource", &*RESOURCE), ("module", &*MODULE)] {
        for at in finder.find_iter(text) {
            let is_apart = at == 0 || matches!(text[at - 1], b' ' | b'\t' | b'\n');
            let is_kind = matches!(text.get(at + kind.len()), Some(b' ' | b'\t' | b'"'));
            if !(is_apart && is_kind) {
                continue;
            }
            let fault = match index.nested_at(file, at) {
                Ok(Some(block)) if misplaced(kind, block.labels.len()).is_none() => {
                    let reason = format!("a `{kind}` block cannot stand in another block");
                    &SyntaxError::new(reason, block.kind.span)
                }
                Ok(_) => continue,
                Err(fault) => fault,
            };
            let problem = match fault.is_limit {
                true => ProblemKind::Unreadable,
                false => ProblemKind::Refused,
            };
            let message = format!("{}, so what it declares was not checked", fault.message);
            gaps.push(Gap::new(problem, message, fault.span));
        }
    }
    gaps
}

/// The task definitions that resources of other types make, which are not read.
fn elsewhere(file: &File, kind: &Name, name: &Name, block: &BlockItem) -> Option<Gap> {
    let what = match &*kind.text {
        "awscc_ecs_task_definition" => "resources of the provider `awscc`",
        "aws_cloudformation_stack" | "aws_cloudformation_stack_set"
            if may_mention(
                file.slice(block.inside),
                &[Finder::new("AWS::ECS::TaskDefinition")],
            ) =>
        {
            "templates of CloudFormation that stand in Terraform"
        }
        _ => return None,
    };
    let (kind, at) = (&kind.text, kind.span);
    let message = format!(
        "ecslint does not read {what}, so `{kind}.{}` was not checked",
        name.text
    );
    Some(Gap::new(ProblemKind::Unreadable, message, at))
}

/// What the provider says of a type that was meant to be that of a task definition.
fn misspelt(kind: &Name) -> Option<Gap> {
    // That of another provider is no slip, and what is no name has been told.
    let is_another = kind.text.starts_with("awscc_") || !is_identifier(&kind.text);
    let is_slip = !is_another && is_slip(&kind.text, TASK_DEFINITION);
    is_slip.then(|| {
        let message = format!(
            "there is no resource type `{}`, so it was not checked: did you mean \
             `{TASK_DEFINITION}`?",
            kind.text
        );
        Gap::new(ProblemKind::Refused, message, kind.span)
    })
}

/// The containers of a task definition whose own first line is missing, so that they stand in a block
/// before it.
fn displaced(file: &File, index: &Index) -> Option<Gap> {
    let mut found = CONTAINERS.find_iter(file.text().as_bytes());
    let (block, argument) = found.find_map(|at| {
        let before = index
            .blocks
            .partition_point(|block| block.span.range().start <= at);
        let block = before.checked_sub(1).map(|before| &index.blocks[before])?;
        let may_hold = !matches!(&*block.kind.text, "variable" | "output");
        if may_hold || !block.is_native() || !block.span.range().contains(&at) {
            return None;
        }
        let mut arguments = block.body(file).attributes.iter();
        let argument = arguments.find(|own| own.name.span.range().start == at)?;
        Some((block, argument))
    })?;
    let message = format!(
        "a block `{}` has no argument `{}`, so it was not checked",
        block.kind.text, argument.name.text
    );
    Some(Gap::new(ProblemKind::Refused, message, argument.name.span))
}

/// What Terraform says of a variable with the name of something that every call has.
fn reserved(name: &Name) -> Option<Gap> {
    let is_reserved = matches!(
        &*name.text,
        "count"
            | "depends_on"
            | "for_each"
            | "lifecycle"
            | "locals"
            | "providers"
            | "source"
            | "version"
    );
    let reason = format!(
        "no variable can be named `{}`, which means something else in a `module` block",
        name.text
    );
    is_reserved.then(|| Gap::new(ProblemKind::Refused, reason, name.span))
}

/// Why Terraform refuses a block of this kind outside others, with so many labels.
fn misplaced(kind: &str, labels: usize) -> Option<String> {
    let wanted = match kind {
        "resource" | "data" | "ephemeral" | "action" => "two labels, its type and its name",
        "variable" | "output" | "module" | "provider" | "check" => "one label, its name",
        "locals" | "terraform" | "moved" | "import" | "removed" => "no label",
        // Reads as a block of ours that was meant, or one that holds something of ours.
        _ => {
            return Some(format!(
                "there is no block `{kind}` in Terraform, so what it declares was not checked"
            ));
        }
    };
    let count = match wanted {
        "no label" => 0,
        "one label, its name" => 1,
        _ => 2,
    };
    (labels != count).then(|| {
        format!("a block `{kind}` has {wanted}; this one has {labels}, so it was not checked")
    })
}

/// The name of a file of configuration.
pub struct FileName {
    pub name: String,
    pub is_override: bool,
}

/// Endings of files of configuration, those that only OpenTofu reads first, each with the one that
/// it takes the place of.
const ENDINGS: [(&str, Option<&str>); 4] = [
    (".tofu", Some(".tf")),
    (".tofu.json", Some(".tf.json")),
    (".tf", None),
    (".tf.json", None),
];

/// The name without its ending, and the ending that it stands for instead. Not those that editors
/// leave behind.
fn ending(name: &str) -> Option<(&str, Option<&'static str>)> {
    let ignored = name.starts_with('.')
        || name.ends_with('~')
        || (name.starts_with('#') && name.ends_with('#'));
    let mut endings = ENDINGS.iter();
    let found = endings.find_map(|(ending, of)| Some((name.strip_suffix(ending)?, *of)));
    found.filter(|_| !ignored)
}

/// The files of configuration in a directory.
pub struct FileNames {
    /// Primary files by name, then overrides by name.
    pub read: Vec<FileName>,
    /// The first of those that are OpenTofu's and not read.
    pub passed_over: Option<String>,
}

impl FileNames {
    /// Of all names in a directory, in their order.
    pub fn of<'a>(names: impl Iterator<Item = &'a str>, engine: Engine) -> FileNames {
        let names = names.filter_map(|name| Some((name, ending(name)?)));
        let names: Vec<_> = names.collect();
        let of_tofu = |stands_for: Option<&str>| stands_for.is_some();
        let replaced: HashSet<String> = names
            .iter()
            .filter(|_| engine == Engine::Tofu)
            .filter_map(|(_, (base, stands_for))| Some(format!("{base}{}", (*stands_for)?)))
            .collect();
        let is_read = |name: &str, stands_for: Option<&str>| match engine {
            Engine::Terraform => !of_tofu(stands_for),
            Engine::Tofu => !replaced.contains(name),
        };
        let mut read: Vec<FileName> = names
            .iter()
            .filter(|(name, (_, stands_for))| is_read(name, *stands_for))
            .map(|(name, (base, _))| FileName {
                name: (*name).to_owned(),
                is_override: *base == "override" || base.ends_with("_override"),
            })
            .collect();
        read.sort_by_key(|name| name.is_override);
        let mut passed_over = names
            .iter()
            .filter(|(_, (_, stands_for))| engine == Engine::Terraform && of_tofu(*stands_for));
        FileNames {
            read,
            passed_over: passed_over.next().map(|(name, _)| (*name).to_owned()),
        }
    }
}

/// The configuration files of a directory.
fn file_names(sources: &SourceMap, directory: &Path, engine: Engine) -> Result<FileNames, Gap> {
    let entries = sources.list(directory).map_err(|error| {
        Gap::of_path(
            ProblemKind::Unreadable,
            format!("this directory could not be read: {}", error.reason),
            sources.display(directory),
        )
    })?;
    let names = entries.iter().filter(|entry| !entry.directory);
    Ok(FileNames::of(
        names.map(|entry| entry.name.as_str()),
        engine,
    ))
}

/// A module call's `source`, where it is a literal.
pub fn call_source(body: &Merged) -> Option<(Arc<str>, Span)> {
    let source = body.argument("source")?;
    match &source.expr().ok()?.kind {
        ExprKind::String(literal) => Some((literal.as_str().into(), source.span)),
        _ => None,
    }
}

/// A module call's `version`, where it is a literal.
pub fn call_version(body: &Merged) -> Option<Arc<str>> {
    match &body.argument("version")?.expr().ok()?.kind {
        ExprKind::String(literal) => Some(literal.as_str().into()),
        _ => None,
    }
}

/// The directory of a local source, as Terraform tells one: it starts with `./` or `../`.
/// `caller` is absolute, without `.` and `..`.
pub fn local_directory(caller: &Path, source: &str) -> Option<Directory> {
    let mut parts = source.split(['/', '\\']).peekable();
    let is_local = matches!(parts.peek(), Some(&("." | "..")));
    if !is_local || parts.clone().nth(1).is_none() {
        return None;
    }
    let mut directory = caller.to_path_buf();
    for part in parts {
        match part {
            "" | "." => {}
            ".." if directory.pop() => {}
            part => directory.push(part),
        }
    }
    Some(directory.into())
}
