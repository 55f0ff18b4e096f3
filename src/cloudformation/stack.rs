//! A template and what it is deployed with.

use super::intrinsics::Eval;
use super::loops::{Turn, Unrolled};
use super::nested::{self, Nested};
use super::parameters::{Parameter, ParameterKind, REGIONS, TIED, Target};
use super::template::SharedTemplate;
use crate::source::{SourceMap, Span};
use crate::value::{Unknown, Value};
use crate::worlds::{Answerable, Memo, Symbol, World};
use foldhash::HashMap;
use std::cell::{Cell, RefCell};
use std::path::PathBuf;
use std::rc::{Rc, Weak};
use std::sync::Arc;

/// A template and what it is deployed with: what its intrinsic functions read.
pub struct Stack {
    pub template: SharedTemplate,
    pub world: Rc<World>,
    pub sources: Arc<SourceMap>,
    /// Values from outside, by parameter or pseudo parameter.
    pub(super) inputs: HashMap<Arc<str>, Input>,
    pub(super) nesting: Option<Nesting>,
    /// Tells its symbols from those of other stacks.
    pub(super) scope: String,
    /// What it is deployed into.
    target: Rc<Target>,
    pub(super) parameters: RefCell<HashMap<Arc<str>, Option<Rc<Parameter>>>>,
    pub(super) conditions: RefCell<HashMap<Arc<str>, Rc<Condition>>>,
    /// Sections with what their loops make, by name.
    pub(super) unrolled: RefCell<HashMap<Arc<str>, Section>>,
    /// The stacks that it nests, as long as somebody evaluates in them: they keep this one.
    pub(super) nested: RefCell<HashMap<Place, Weak<Stack>>>,
    /// Where the templates of the stacks that it nests lie, by their ids and where these stand.
    pub(super) places: RefCell<HashMap<(Arc<str>, Span), Located>>,
    pub(super) depth: Cell<usize>,
    /// Whether its laws are laid down.
    pub(super) has_laws: Cell<bool>,
}

/// The logical id of a nested stack, and the path of its template.
pub(super) type Place = (Arc<str>, PathBuf);

/// What says where a template lies, world by world.
type Located = Rc<Memo<Value>>;

/// A section with what its loops make, world by world.
type Section = Rc<Memo<Rc<Unrolled>>>;

/// How a stack is nested in another.
pub struct Nesting {
    pub by: Eval,
    /// The logical id in the stack around.
    pub id: Arc<str>,
    pub id_span: Span,
    /// What is written about the resource beside it.
    pub metadata: Option<Value>,
    /// The condition that the resource names.
    pub condition: Option<Value>,
    /// The turns of loops that make the resource.
    pub turns: Vec<Turn>,
    /// Where it deploys other templates in other worlds: which one in the present world.
    pub one_of: Option<Rc<Nested>>,
    /// Where its template is.
    pub template: nested::Place,
}

/// What a parameter is given.
#[derive(Clone)]
pub enum Input {
    /// On the command line, or in a file of parameters.
    Given(Arc<str>),
    /// By the stack that nests this one, as an expression there.
    Passed(Eval, Value),
}

/// A condition that somebody has asked about.
pub(super) struct Condition {
    /// What it is called where it decides something.
    pub symbol: Symbol,
    pub truth: Memo<Truth>,
}

/// What a condition comes to.
pub type Truth = Result<bool, Unknown>;

impl Stack {
    /// A stack that somebody deploys.
    pub fn new(
        template: SharedTemplate,
        sources: Arc<SourceMap>,
        mut inputs: HashMap<Arc<str>, Input>,
    ) -> Rc<Stack> {
        if let Some(Input::Given(region)) = inputs.get(REGIONS.key) {
            for (name, value) in REGIONS.line(region) {
                let value = Input::Given(value.into());
                inputs.entry(name.into()).or_insert(value);
            }
        }
        let world = World::new();
        for name in TIED {
            if let Some(Input::Given(text)) = inputs.get(name) {
                let symbol = Target::default().symbol(name);
                world.give(symbol, Answerable::Text(text.clone()));
            }
        }
        Stack::with(template, world, sources, inputs, Rc::default(), None)
    }

    /// A stack that another one deploys, in the same world. `target`: what it is deployed into, where
    /// that is not what the other one is.
    pub fn nested(
        nesting: Nesting,
        template: SharedTemplate,
        inputs: HashMap<Arc<str>, Input>,
        target: Option<Target>,
    ) -> Rc<Stack> {
        let around = nesting.by.stack.clone();
        let file = match &nesting.template {
            nested::Place::File(path, _) => Some((nesting.id.clone(), path.clone())),
            nested::Place::Inside(_) => None,
        };
        let (world, sources) = (around.world.clone(), around.sources.clone());
        if let Some([region]) = target.as_ref().and_then(|own| own.regions.as_deref())
            && let Some(target) = &target
        {
            let symbol = target.symbol(REGIONS.key);
            world.give(symbol, Answerable::Text(region.clone()));
        }
        let target = target.map_or_else(|| around.target.clone(), Rc::new);
        let stack = Stack::with(template, world, sources, inputs, target, Some(nesting));
        if let Some(place) = file {
            let weak = Rc::downgrade(&stack);
            around.nested.borrow_mut().insert(place, weak);
        }
        stack
    }

    fn with(
        template: SharedTemplate,
        world: Rc<World>,
        sources: Arc<SourceMap>,
        inputs: HashMap<Arc<str>, Input>,
        target: Rc<Target>,
        nesting: Option<Nesting>,
    ) -> Rc<Stack> {
        let scope = nesting.as_ref().map_or_else(String::new, |nesting| {
            format!("{}{}/", nesting.by.stack.scope, nesting.id)
        });
        Rc::new(Stack {
            template,
            world,
            sources,
            inputs,
            nesting,
            scope,
            target,
            parameters: RefCell::default(),
            conditions: RefCell::default(),
            unrolled: RefCell::default(),
            nested: RefCell::default(),
            places: RefCell::default(),
            depth: Cell::new(0),
            has_laws: Cell::new(false),
        })
    }

    /// Itself, and the stacks around it.
    pub fn ancestors(&self) -> impl Iterator<Item = &Stack> {
        std::iter::successors(Some(self), |stack| {
            stack.nesting.as_ref().map(|nesting| &*nesting.by.stack)
        })
    }

    /// How it and those around it are nested, the innermost first.
    pub fn nestings(&self) -> impl Iterator<Item = &Nesting> {
        self.ancestors().filter_map(|stack| stack.nesting.as_ref())
    }

    /// The logical id of something in it, behind those of the stacks around: `Outer/Inner/Task`.
    pub fn address(&self, id: &str) -> Arc<str> {
        format!("{}{id}", self.scope).into()
    }

    /// The values of pseudo parameters that are given, which are those of nested stacks too.
    pub fn pseudo_inputs(&self) -> HashMap<Arc<str>, Input> {
        let pseudo = self.inputs.iter().filter(|(name, _)| {
            name.starts_with("AWS::") && !matches!(&***name, "AWS::StackName" | "AWS::StackId")
        });
        pseudo
            .map(|(name, input)| (name.clone(), input.clone()))
            .collect()
    }

    pub(super) fn parameter(&self, name: &str) -> Option<Rc<Parameter>> {
        if let Some(known) = self.parameters.borrow().get(name) {
            return known.clone();
        }
        let found = Parameter::find(&self.template, name, &self.scope, &self.target);
        let found = found.map(Rc::new);
        let mut parameters = self.parameters.borrow_mut();
        parameters.insert(name.into(), found.clone());
        found
    }

    /// The ids of the symbols that tell what a parameter is.
    pub(super) fn symbols_of(&self, parameter: &Parameter) -> Vec<Arc<str>> {
        let is_tied = parameter.name_span.is_none() && TIED.contains(&&*parameter.name);
        let symbols = match is_tied {
            true => TIED.map(|name| self.target.symbol(name)).to_vec(),
            false => vec![parameter.symbol.clone()],
        };
        symbols.iter().map(|symbol| symbol.id().into()).collect()
    }

    pub(super) fn condition(&self, name: &str) -> Rc<Condition> {
        if let Some(known) = self.conditions.borrow().get(name) {
            return known.clone();
        }
        let condition = Rc::new(Condition {
            symbol: Symbol::new(format!("{}{name}", self.scope), name),
            truth: Memo::default(),
        });
        let mut conditions = self.conditions.borrow_mut();
        conditions.insert(name.into(), condition.clone());
        condition
    }

    /// What a parameter is given. Where it names what is read from elsewhere, its own value is not
    /// what it stands for.
    pub(super) fn input(&self, parameter: &Parameter) -> Option<&Input> {
        match parameter.kind {
            ParameterKind::Ssm => None,
            _ => self.inputs.get(&parameter.name),
        }
    }

    /// Whether a parameter is an open question: nobody has given it a value. One of a nested
    /// stack is not, since the stack around gives what is given.
    pub(super) fn is_open(&self, parameter: &Parameter) -> bool {
        match parameter.kind {
            ParameterKind::Ssm => true,
            _ if self.inputs.contains_key(&parameter.name) => false,
            _ => self.nesting.is_none() || parameter.name_span.is_none(),
        }
    }
}
