//! `Fn::ForEach`: a fragment of a template, once for each element of a collection.

use super::intrinsics::{Eval, follow};
use super::parameters::scalar_text;
use super::stack::Truth;
use super::template::as_function;
use super::text::to_text;
use crate::source::Span;
use crate::value::{
    Deferred, Kind, List, Member, Object, Piece, PieceKind, Slot, Text, Trail, Unknown, Value,
};
use crate::worlds::Memo;
use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::rc::Rc;
use std::sync::Arc;

/// How the names of loops begin.
pub const PREFIX: &str = "Fn::ForEach";

pub fn is_loop(name: &str) -> bool {
    name.starts_with(PREFIX)
}

/// A loop as it is written.
#[derive(Clone)]
pub struct Loop {
    identifier: Arc<str>,
    pub collection: Value,
    fragment: Value,
    step: Arc<str>,
}

/// An element of a collection.
#[derive(Clone)]
pub struct Element {
    /// Its characters, if they are known.
    pub text: Option<Arc<str>>,
    value: Value,
}

impl Loop {
    /// # Errors
    /// What is written there is no loop.
    pub fn read(name: &str, body: &Value) -> Result<Loop, Unknown> {
        let wrong = || {
            let reason = format!("`{name}` takes an identifier, a collection and an object");
            Unknown::invalid(reason, body.span)
        };
        let parts: Vec<Value> = body.as_list().ok_or_else(wrong)?.iter().collect();
        let [identifier, collection, fragment] = &parts[..] else {
            return Err(wrong());
        };
        if fragment.as_object().is_none() {
            return Err(wrong());
        }
        let identifier = scalar_text(identifier).map_err(|_| wrong())?;
        Ok(Loop {
            step: format!("`{identifier}` of `{name}`").into(),
            identifier: identifier.into(),
            collection: collection.clone(),
            fragment: fragment.clone(),
        })
    }

    /// The members that it makes for one element, to be evaluated yet.
    pub fn turn(&self, element: &Element) -> Vec<Member> {
        let turn = Rc::new(Turned {
            identifier: self.identifier.clone(),
            step: self.step.clone(),
            element: element.clone(),
        });
        let Some(fragment) = self.fragment.as_object() else {
            unreachable!("it was read as an object");
        };
        let members = fragment.members().iter();
        members.map(|member| turn.member(member)).collect()
    }

    /// What stands for the elements that are not known.
    pub fn any(&self, unknown: &Unknown) -> Element {
        Element {
            text: None,
            value: Value::unknown(unknown.clone().with_symbol(None)),
        }
    }
}

impl Eval {
    /// The elements of a collection in the present world.
    ///
    /// # Errors
    /// Why they are not known.
    pub fn collection(&self, raw: &Value) -> Result<Vec<Element>, Unknown> {
        let value = self.eval(raw, &Trail::default());
        let list = match &value.kind {
            Kind::List(list) => list,
            Kind::Unknown(unknown) => return Err(unknown.clone()),
            _ => {
                let reason = format!("expected a list to loop over, this is {}", value.describe());
                return Err(Unknown::invalid(reason, value.span));
            }
        };
        if let Some(rest) = &list.rest {
            return Err(rest.clone());
        }
        let elements = list.items.iter().map(|slot| {
            // A parameter that has few values is asked for each.
            let item = match slot.get() {
                Value {
                    kind: Kind::Unknown(unknown),
                    ..
                } if unknown.askable().is_some_and(|own| self.pin_symbol(own)) => slot.get(),
                item => item,
            };
            let text = scalar_text(&item).ok().map(Arc::from);
            let item = item.mark(value.marks);
            match (&text, &item.kind) {
                (None, Kind::Unknown(unknown)) => Err(unknown.clone()),
                (None, _) => Err(Unknown::invalid(
                    format!("expected strings to loop over, this is {}", item.describe()),
                    item.span,
                )),
                (Some(_), _) => Ok(Element { text, value: item }),
            }
        });
        elements.collect()
    }

    /// The members of an object, with those that its loops make in the present world in their
    /// place; and why there may be more.
    pub fn unrolled(&self, members: &[Member]) -> (Vec<Member>, Option<Unknown>) {
        let mut out = Vec::with_capacity(members.len());
        let mut rest = None;
        let mut waiting: Vec<Member> = members.iter().rev().cloned().collect();
        while let Some(member) = waiting.pop() {
            if !is_loop(&member.name) {
                out.push(member);
                continue;
            }
            if out.len() + waiting.len() > MAX_MEMBERS {
                rest = Some(too_many(member.name_span));
                break;
            }
            let made = Loop::read(&member.name, &member.value.get()).and_then(|own| {
                let elements = self.collection(&own.collection)?;
                let turns = elements.iter().map(|element| own.turn(element));
                Ok(turns.flatten().collect::<Vec<Member>>())
            });
            match made {
                Ok(made) => waiting.extend(made.into_iter().rev()),
                Err(unknown) => rest = rest.or(Some(unknown)),
            }
        }
        (out, rest)
    }

    /// The members of a section of the template with those that its loops make, by their names.
    pub(super) fn unrolled_section(&self, section: &str, at: Span) -> Rc<Unrolled> {
        let memo = {
            let mut unrolled = self.stack.unrolled.borrow_mut();
            unrolled.entry(section.into()).or_default().clone()
        };
        let unrolled = memo.get(self.world(), || {
            let (members, rest) = self.unrolled(self.stack.template.entries(section));
            let mut by_name = HashMap::with_capacity(members.len());
            for member in members {
                by_name.entry(member.name.clone()).or_insert(member);
            }
            Rc::new(Unrolled { by_name, rest })
        });
        unrolled.unwrap_or_else(|_| {
            let reason = format!("the loops of section `{section}` go over what they make");
            Rc::new(Unrolled {
                by_name: HashMap::new(),
                rest: Some(Unknown::invalid(reason, at)),
            })
        })
    }

    /// Whether the present world makes the turns of loops that something stands in.
    pub fn makes(&self, turns: &[Turn]) -> Truth {
        for turn in turns {
            let present = match (self.present(&turn.collection), &turn.element) {
                (Ok(present), _) => present,
                (Err(unknown), None) => return Err(unknown),
                (Err(_), Some(_)) => return Ok(false),
            };
            let element = turn.element.as_ref();
            if element.is_some_and(|text| present.elements.contains(text)) {
                continue;
            }
            // A world in which it has elements that were not there when the loop was unrolled.
            if present.has_others {
                let reason = "the loop around it goes over other elements here";
                return Err(Unknown::limit(reason, turn.collection.raw.span));
            }
            return Ok(false);
        }
        Ok(true)
    }

    fn present(&self, collection: &Collection) -> Result<Rc<Present>, Unknown> {
        let present = collection.present.get(self.world(), || {
            let elements = self.collection(&collection.raw)?;
            let texts = elements.iter().map(|element| element.text.clone());
            let texts: Vec<Option<Arc<str>>> = texts.collect();
            let has_turn = |text: &Option<Arc<str>>| {
                text.as_ref()
                    .is_some_and(|text| collection.all.contains(text))
            };
            Ok(Rc::new(Present {
                has_others: !texts.iter().all(has_turn),
                elements: texts.into_iter().flatten().collect(),
            }))
        });
        present.unwrap_or_else(|_| {
            let reason = "this collection refers to itself";
            Err(Unknown::invalid(reason, collection.raw.span))
        })
    }
}

/// A section of a template in one world.
pub(super) struct Unrolled {
    pub by_name: HashMap<Arc<str>, Member>,
    /// Why there may be more.
    pub rest: Option<Unknown>,
}

/// One pass of a loop in which a resource stands.
#[derive(Clone)]
pub struct Turn {
    pub collection: Rc<Collection>,
    /// Nothing where it stands for elements that are not known.
    pub element: Option<Arc<str>>,
}

/// What a loop that makes resources goes over.
pub struct Collection {
    pub raw: Value,
    /// All elements that have a turn of their own.
    all: HashSet<Arc<str>>,
    /// What it has in the present world, told once for all of its turns.
    present: Memo<Result<Rc<Present>, Unknown>>,
}

struct Present {
    elements: HashSet<Arc<str>>,
    /// Some have no turn.
    has_others: bool,
}

impl Collection {
    pub fn new(raw: Value, all: HashSet<Arc<str>>) -> Rc<Collection> {
        Rc::new(Collection {
            raw,
            all,
            present: Memo::default(),
        })
    }
}

/// Members that loops may make in one place; a template holds 500 resources.
pub const MAX_MEMBERS: usize = 5000;

pub fn too_many(at: Span) -> Unknown {
    Unknown::limit(
        format!("loops make more than {MAX_MEMBERS} members here"),
        at,
    )
}

/// An element in the place of the identifier.
struct Turned {
    identifier: Arc<str>,
    step: Arc<str>,
    element: Element,
}

impl Turned {
    fn member(self: &Rc<Turned>, member: &Member) -> Member {
        Member {
            name: self.name(&member.name),
            name_span: member.name_span,
            value: self.slot(&member.value),
        }
    }

    /// Lists and objects wait until somebody reads them: most of a fragment nobody does.
    fn slot(self: &Rc<Turned>, slot: &Slot) -> Slot {
        match slot {
            Slot::Ready(Value {
                kind: Kind::List(_) | Kind::Object(_),
                ..
            })
            | Slot::Deferred(_) => Slot::Deferred(Rc::new(Fragment {
                turned: self.clone(),
                raw: slot.clone(),
            })),
            Slot::Ready(value) => Slot::Ready(self.value(value.clone())),
        }
    }

    fn value(self: &Rc<Turned>, raw: Value) -> Value {
        if let Some(("Ref", name)) = as_function(&raw)
            && name.as_str().as_deref() == Some(&*self.identifier)
        {
            return self.whole(&raw);
        }
        let kind = match &raw.kind {
            Kind::Text(text) => match self.text(text) {
                Replaced::Nothing => return raw,
                Replaced::All => return self.whole(&raw),
                Replaced::Part(text) => Kind::Text(text),
            },
            Kind::List(list) => {
                let items = list.items.iter().map(|item| self.slot(item));
                Kind::List(List {
                    items: Rc::new(items.collect()),
                    ..list.clone()
                })
            }
            Kind::Object(object) => {
                let members = object.members().iter().map(|member| self.member(member));
                let mut turned = Object::new(members.collect());
                turned.rest = object.rest.clone();
                Kind::Object(turned)
            }
            _ => return raw,
        };
        Value { kind, ..raw }
    }

    /// The element itself, in the place of `raw`.
    fn whole(&self, raw: &Value) -> Value {
        let element = &self.element.value;
        let kind = match &element.kind {
            Kind::Unknown(_) => element.kind.clone(),
            _ => Kind::Text(match &element.kind {
                Kind::Text(text) => text.clone(),
                _ => to_text(element),
            }),
        };
        let value = Value {
            kind,
            ..element.clone()
        };
        let value = value.step(self.step.to_string(), raw.span);
        follow(value, &raw.trail)
    }

    fn name(&self, name: &Arc<str>) -> Arc<str> {
        let Some(element) = &self.element.text else {
            return name.clone();
        };
        let found = self.placeholders(name);
        if found.is_empty() {
            return name.clone();
        }
        let mut out = String::new();
        let mut from = 0;
        for placeholder in found {
            out.push_str(&name[from..placeholder.start]);
            match placeholder.plain {
                true => out.extend(element.chars().filter(char::is_ascii_alphanumeric)),
                false => out.push_str(element),
            }
            from = placeholder.end;
        }
        out.push_str(&name[from..]);
        out.into()
    }

    fn text(&self, text: &Text) -> Replaced {
        let mut out: Vec<Piece> = Vec::new();
        let mut any = false;
        for piece in text.pieces() {
            let PieceKind::Literal(literal) = &piece.kind else {
                out.push(piece.clone());
                continue;
            };
            let mut from = 0;
            for placeholder in self.placeholders(literal.as_str()) {
                any = true;
                let all = placeholder.start == 0 && placeholder.end == literal.as_str().len();
                if all && text.pieces().len() == 1 && !placeholder.plain {
                    return Replaced::All;
                }
                let mut keep = |range: std::ops::Range<usize>| {
                    if !range.is_empty() {
                        out.push(Piece {
                            kind: PieceKind::Literal(literal.slice(range)),
                            ..piece.clone()
                        });
                    }
                };
                keep(from..placeholder.start);
                from = placeholder.end;
                let element = to_text(&self.element.value);
                let element = match placeholder.plain {
                    true => alphanumeric(&element),
                    false => element,
                };
                out.extend(element.pieces().iter().cloned());
            }
            if from < literal.as_str().len() || literal.is_empty() {
                out.push(Piece {
                    kind: PieceKind::Literal(literal.slice(from..literal.as_str().len())),
                    ..piece.clone()
                });
            }
        }
        match any {
            true => Replaced::Part(out.into_iter().collect()),
            false => Replaced::Nothing,
        }
    }

    /// Where `${Identifier}` and `&{Identifier}` stand.
    fn placeholders(&self, text: &str) -> Vec<Placeholder> {
        let mut found = Vec::new();
        let mut at = 0;
        while let Some(open) = text[at..].find('{') {
            let brace = at + open;
            at = brace + 1;
            let plain = match text.as_bytes()[..brace].last() {
                Some(b'$') => false,
                Some(b'&') => true,
                _ => continue,
            };
            let rest = text[at..].strip_prefix(&*self.identifier);
            if rest.is_some_and(|rest| rest.starts_with('}')) {
                let end = at + self.identifier.len() + 1;
                found.push(Placeholder {
                    start: brace - 1,
                    end,
                    plain,
                });
                at = end;
            }
        }
        found
    }
}

struct Placeholder {
    start: usize,
    end: usize,
    /// `&{…}`: letters and digits only.
    plain: bool,
}

enum Replaced {
    Nothing,
    /// The text is the placeholder and nothing else.
    All,
    Part(Text),
}

/// The letters and digits of a text. What is not known may have others, and stays as it is.
fn alphanumeric(text: &Text) -> Text {
    let mut out = Vec::new();
    for piece in text.pieces() {
        let PieceKind::Literal(literal) = &piece.kind else {
            out.push(piece.clone());
            continue;
        };
        let characters: Cow<str> = literal.as_str().into();
        let mut from = 0;
        for part in characters.split(|c: char| !c.is_ascii_alphanumeric()) {
            if !part.is_empty() {
                out.push(Piece {
                    kind: PieceKind::Literal(literal.slice(from..from + part.len())),
                    ..piece.clone()
                });
            }
            let end = from + part.len();
            from = end + characters[end..].chars().next().map_or(0, char::len_utf8);
        }
    }
    out.into_iter().collect()
}

/// A part of a fragment, with the element in it when somebody reads it.
struct Fragment {
    turned: Rc<Turned>,
    raw: Slot,
}

impl Deferred for Fragment {
    fn get(&self) -> Value {
        self.turned.value(self.raw.get())
    }

    fn span(&self) -> Span {
        self.raw.span()
    }
}
