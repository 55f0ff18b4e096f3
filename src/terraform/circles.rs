//! What depends on itself through other resources, data sources and locals of its module: Terraform
//! puts all that a block refers to in an order before it evaluates anything, and refuses a circle.

use super::eval::each_reference;
use super::module::{Argument, BlockRef, Declaration, Merged, Module, TASK_DEFINITION};
use super::syntax::{Name, SyntaxError};
use crate::source::Span;
use foldhash::{HashMap, HashSet};
use std::fmt;

/// The first circle that a task definition leads into.
pub fn of(module: &Module, task_definition: &Name) -> Option<SyntaxError> {
    let start = Node::Resource(TASK_DEFINITION, &task_definition.text);
    let graph = Graph { module };
    // What the texts mention tells that there is none, almost always, and nothing is parsed.
    circle(start, |node| graph.mentioned_in(node))?;
    let found = circle(start, |node| graph.referred_to_in(node))?;
    let names: Vec<String> = found.nodes.iter().map(|node| format!("`{node}`")).collect();
    let names = names.join(", ");
    let message = format!("this leads in a circle, in which nothing can be the first: {names}");
    Some(SyntaxError::new(message, found.span))
}

/// What others can depend on.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
enum Node<'a> {
    Resource(&'a str, &'a str),
    Data(&'a str, &'a str),
    Local(&'a str),
}

impl fmt::Display for Node<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Node::Resource(kind, name) => write!(f, "{kind}.{name}"),
            Node::Data(kind, name) => write!(f, "data.{kind}.{name}"),
            Node::Local(name) => write!(f, "local.{name}"),
        }
    }
}

/// Something that a node refers to, and where.
type Edge<'a> = (Node<'a>, Span);

struct Circle<'a> {
    nodes: Vec<Node<'a>>,
    /// Where the first refers to the next.
    span: Span,
}

/// The first circle of more than one node that is found on the way from one, without recursion.
fn circle<'a>(start: Node<'a>, edges: impl Fn(Node<'a>) -> Vec<Edge<'a>>) -> Option<Circle<'a>> {
    let mut done = HashSet::default();
    let mut places = HashMap::from_iter([(start, 0)]);
    let mut path = vec![(start, edges(start).into_iter(), None)];
    loop {
        let (node, left, taken) = path.last_mut()?;
        let Some((next, span)) = left.next() else {
            done.insert(*node);
            places.remove(node);
            path.pop();
            continue;
        };
        if next == *node || done.contains(&next) {
            continue;
        }
        *taken = Some(span);
        if let Some(&from) = places.get(&next) {
            let nodes = path[from..].iter().map(|(node, ..)| *node);
            return Some(Circle {
                nodes: nodes.collect(),
                span: path[from].2.unwrap_or(span),
            });
        }
        places.insert(next, path.len());
        path.push((next, edges(next).into_iter(), None));
    }
}

/// Who refers to whom in a module.
struct Graph<'a> {
    module: &'a Module,
}

impl<'a> Graph<'a> {
    /// What the text of a node mentions, in strings and comments, too. The places mean nothing.
    fn mentioned_in(&self, node: Node<'a>) -> Vec<Edge<'a>> {
        let mut found = Vec::new();
        let mut look = |text: &str, span: Span| {
            for at in memchr::memchr_iter(b'.', text.as_bytes()) {
                found.extend(self.mentioned_at(text, at).map(|node| (node, span)));
            }
        };
        match node {
            Node::Local(name) => {
                if let Some(local) = self.module.locals().get(name) {
                    look(local.value.text(), local.value.span);
                }
            }
            Node::Resource(..) | Node::Data(..) => {
                if let Some(declaration) = self.declaration(node) {
                    let texts = declaration.body().texts();
                    texts.for_each(|text| look(text, declaration.name.span));
                }
            }
        }
        found
    }

    /// The node whose first name ends at the dot at `at`.
    fn mentioned_at(&self, text: &str, at: usize) -> Option<Node<'a>> {
        let is_letter = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-');
        let before = &text[..at];
        let first = &before[before.trim_end_matches(is_letter).len()..];
        let mut behind = text[at + 1..].split('.').map(|part| {
            let end = part.find(|c| !is_letter(c)).unwrap_or(part.len());
            &part[..end]
        });
        let names = [first, behind.next()?, behind.next().unwrap_or("")];
        self.node(names.into_iter())
    }

    /// What a node refers to.
    fn referred_to_in(&self, node: Node<'a>) -> Vec<Edge<'a>> {
        let arguments = match node {
            Node::Local(name) => {
                let local = self.module.locals().get(name);
                local.map(|local| vec![local.value.clone()])
            }
            Node::Resource(..) | Node::Data(..) => {
                self.declaration(node).map(|it| arguments(it.body()))
            }
        };
        let mut found = Vec::new();
        for expr in arguments.iter().flatten().filter_map(|it| it.expr().ok()) {
            let visited = each_reference(&expr, &mut |reference| {
                let names = reference.names.iter().map(|name| &*name.text);
                let node = self.node([&*reference.root.text].into_iter().chain(names));
                found.extend(node.map(|node| (node, reference.span)));
                Ok(())
            });
            debug_assert!(visited.is_ok(), "nothing was refused");
        }
        found
    }

    /// What some names mean, if it is one of the module.
    fn node<'b>(&self, names: impl Iterator<Item = &'b str>) -> Option<Node<'a>> {
        let mut names = names.peekable();
        let first = *names.peek()?;
        let module = self.module;
        if first == "local" {
            let local = module.locals().get(names.nth(1)?)?;
            return Some(Node::Local(&local.value.name.text));
        }
        let (of, kind) = module.typed(&mut names)?;
        let (kind, declared) = of.named(kind)?;
        let name = &*declared.get(names.next()?)?.name.text;
        Some(match first {
            "data" => Node::Data(kind, name),
            _ => Node::Resource(kind, name),
        })
    }

    fn declaration(&self, node: Node) -> Option<&'a Declaration> {
        match node {
            Node::Resource(kind, name) => self.module.resources.of_type(kind)?.get(name),
            Node::Data(kind, name) => self.module.data.of_type(kind)?.get(name),
            Node::Local(_) => None,
        }
    }
}

/// All arguments of a block and of those in it that may refer to something.
fn arguments(body: &Merged) -> Vec<Argument> {
    let names = body.argument_names().into_iter();
    let mut arguments: Vec<Argument> = names.filter_map(|it| body.argument(&it.text)).collect();
    let kinds: HashSet<&str> = body.block_names().map(|name| &*name.text).collect();
    let mut waiting: Vec<BlockRef> = kinds.iter().flat_map(|kind| body.blocks(kind)).collect();
    while let Some(block) = waiting.pop() {
        let names = block.argument_names();
        // The names of arguments stand there, and no references.
        let names = names.filter(|name| &*name.text != "ignore_changes");
        arguments.extend(names.filter_map(|name| block.argument(&name.text)));
        let kinds: HashSet<&str> = block.block_names().map(|name| &*name.text).collect();
        waiting.extend(kinds.iter().flat_map(|kind| block.blocks(kind)));
    }
    arguments.sort_by_key(|argument| argument.span);
    arguments
}
