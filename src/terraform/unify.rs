//! The one type that the branches of a conditional and the elements of a collection share.
//!
//! Terraform finds it from the types of all before it looks at a value (`convert.UnifyUnsafe` of
//! `cty`). Here a value takes the type on when it is read: a number becomes a string only where
//! another member of its group is one. Where nothing is known of the type of a member, a string
//! stays what it is, and neither a number nor a boolean is known.

use super::eval::{Outcome, Unit, derived, nested, sorted_members, undecided};
use super::types::{Constraint, beside, marks_of_set, to_set};
use crate::source::Span;
use crate::value::{
    Deferred, Hint, Kind, List, ListShape, Member, Object, ObjectShape, Slot, Unknown, Value,
};
use crate::worlds::Memo;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

/// Values of one type.
#[derive(Clone)]
pub(super) struct Group(Rc<Inner>);

struct Inner {
    slots: Vec<Slot>,
    /// Whether it matters that nothing is known of the type of a member.
    strict: bool,
    /// A null without a type keeps collections from having one in common.
    refuses_nulls: bool,
    /// There may be a member of any type.
    open: Option<Unknown>,
    /// Where there is one, what is found out is remembered, and pays for itself.
    unit: Option<Rc<Unit>>,
    summary: Memo<Outcome<Rc<Summary>>>,
}

/// What the members of a group are.
#[derive(Default)]
struct Summary {
    text: bool,
    number: bool,
    bool: bool,
    structure: Option<Structure>,
    /// A null without a type.
    null: bool,
    /// Members that no type holds, such as a list and a map.
    mismatch: bool,
    /// Nothing is known of the type of some member.
    open: Option<Unknown>,
}

/// The shape that collections take, with a group for each of their parts.
enum Structure {
    Tuple(Vec<Group>),
    List(Group),
    Set(Group),
    Object(BTreeMap<Arc<str>, Group>),
    Map(Group),
    /// The type of one of the members, which the others convert to.
    OfMember(Constraint),
}

/// Members that one of an unknown collection type is compared with, one by one.
const MAX_COMPARED: usize = 64;

/// Elements that a group without a unit may have.
const MAX_ELEMENTS: usize = 1 << 16;

impl Group {
    /// The branches of a conditional, or what `coalesce` chooses from. What is taken stays as it
    /// is beside something of which not even the type is known, as Terraform has it.
    pub(super) fn of_branches(slots: Vec<Slot>, unit: &Rc<Unit>) -> Group {
        Group(Rc::new(Inner {
            slots,
            strict: false,
            refuses_nulls: false,
            open: None,
            unit: Some(unit.clone()),
            summary: Memo::default(),
        }))
    }

    /// The elements of one collection; `rest` stands for more of them.
    fn of_elements(
        slots: Vec<Slot>,
        rest: Option<&Unknown>,
        unit: Option<&Rc<Unit>>,
        refuses_nulls: bool,
    ) -> Group {
        Group(Rc::new(Inner {
            slots,
            strict: true,
            refuses_nulls,
            open: rest.cloned(),
            unit: unit.cloned(),
            summary: Memo::default(),
        }))
    }

    /// A member of the group as a value of the group's type; what has none is unknown, of the
    /// kind `Invalid`.
    pub(super) fn adapt(&self, value: Value) -> Value {
        let (span, trail, marks) = (value.span, value.trail.clone(), value.marks);
        let adapted = match &value.kind {
            Kind::Text(_) => return value,
            Kind::Null(of) if of.as_ref().is_some_and(Hint::is_collection) => return value,
            // Without a unit, that is found out where somebody asks.
            Kind::Null(of) if self.0.unit.is_none() => {
                let is_null = |slot: &Slot| matches!(slot, Slot::Ready(value) if value.is_null());
                Ok(Value {
                    kind: Kind::Null(of.clone().or_else(|| self.type_of_other(is_null))),
                    ..value
                })
            }
            Kind::Null(of) => self.type_of_null(span).map(|found| Value {
                kind: Kind::Null(found.or_else(|| of.clone())),
                ..value
            }),
            Kind::Unknown(unknown) if unknown.hint().is_some_and(Hint::is_collection) => {
                // Among values of one type it is what it was.
                let others = self.0.slots.iter();
                if others.len() > MAX_COMPARED {
                    let kind = unknown.clone().with_hint(Some(Hint::Collection));
                    return Value {
                        kind: Kind::Unknown(kind),
                        ..value
                    };
                }
                return nested(span, || {
                    let of = self.type_of_unknown(unknown, span);
                    let beside = |value, slot: &Slot| beside(value, &slot.get(), &of);
                    Ok(others.fold(value.clone(), beside))
                })
                .unwrap_or(value);
            }
            Kind::Unknown(unknown) if !becomes_text(unknown) => return value,
            Kind::Number(_) | Kind::Bool(_) | Kind::Unknown(_) => self.adapt_scalar(value),
            Kind::List(_) | Kind::Object(_) if let Some(of) = self.type_of_member(span) => {
                Ok(of.convert_in(self.0.unit.as_ref(), value))
            }
            Kind::List(list) => nested(span, || self.adapt_list(list, span)).map(|list| Value {
                marks: marks | marks_of_set(&list),
                kind: Kind::List(list),
                ..value
            }),
            Kind::Object(object) => {
                nested(span, || self.adapt_object(object, span)).map(|object| Value {
                    kind: Kind::Object(object),
                    ..value
                })
            }
        };
        adapted.unwrap_or_else(|unknown| Value {
            trail,
            ..Value::unknown(unknown).mark(marks)
        })
    }

    /// All members, in their order.
    ///
    /// # Errors
    /// Where they have no type in common.
    pub(super) fn adapt_all(&self, span: Span) -> Outcome<Vec<Slot>> {
        if self.summary(span)?.mismatch {
            return Err(mismatch(span));
        }
        Ok(self.0.slots.iter().map(|slot| self.slot(slot)).collect())
    }

    /// The type of one of the members, where the others become that.
    fn type_of_member(&self, span: Span) -> Option<Constraint> {
        match &self.summary(span).ok()?.structure {
            Some(Structure::OfMember(of)) => Some(of.clone()),
            _ => None,
        }
    }

    /// The type that a null among the members has: that of scalars, or of another member.
    fn type_of_null(&self, span: Span) -> Outcome<Option<Hint>> {
        let summary = self.summary(span)?;
        Ok(match &*summary {
            _ if summary.mismatch => return Err(mismatch(span)),
            Summary { text: true, .. } => Some(Hint::Text),
            Summary { number: true, .. } => Some(Hint::Number),
            Summary { bool: true, .. } => Some(Hint::Bool),
            Summary {
                structure: None, ..
            } => None,
            _ => self.type_of_other(|slot| slot.get().is_null()),
        })
    }

    /// The type of a collection that is not known, once it is one of the group's.
    fn type_of_unknown(&self, unknown: &Unknown, span: Span) -> Option<Hint> {
        let unit = self.0.unit.as_ref()?;
        let kind = stand_in(unknown.hint()?, None, span)?;
        let adapted = || {
            let adapted = self.adapt(Value::new(kind, span));
            Constraint::of(unit, &adapted).ok()?.hint()
        };
        unit.world.without_asking(adapted)
    }

    /// The type of the first member that is other than null.
    fn type_of_other(&self, is_null: impl Fn(&Slot) -> bool) -> Option<Hint> {
        let other = self.0.slots.iter().find(|slot| !is_null(slot))?;
        Some(Hint::of(other))
    }

    /// The type of what is no member, but would be one.
    fn type_of_none(&self, span: Span) -> Outcome<Option<Rc<Hint>>> {
        if !self.is_of_one_type(span)? {
            return Err(mismatch(span));
        }
        Ok(self.element())
    }

    /// The type that all members have.
    fn element(&self) -> Option<Rc<Hint>> {
        let first = self.0.slots.first()?;
        Some(Rc::new(Hint::of(&self.slot(first))))
    }

    /// Whether all members have a type in common, with all that is in them.
    pub(super) fn is_of_one_type(&self, span: Span) -> Outcome<bool> {
        let summary = self.summary(span)?;
        let parts: Vec<&Group> = match &summary.structure {
            None => Vec::new(),
            Some(Structure::Tuple(parts)) => parts.iter().collect(),
            Some(Structure::Object(parts)) => parts.values().collect(),
            Some(Structure::List(part) | Structure::Set(part) | Structure::Map(part)) => vec![part],
            Some(Structure::OfMember(_)) => Vec::new(),
        };
        let mut is_so = !summary.mismatch;
        for part in parts {
            is_so = is_so && nested(span, || part.is_of_one_type(span))?;
        }
        Ok(is_so)
    }

    fn adapt_scalar(&self, value: Value) -> Outcome<Value> {
        let summary = self.summary(value.span)?;
        if summary.mismatch {
            return Err(mismatch(value.span));
        }
        if summary.text {
            return Ok(Constraint::String.convert(value));
        }
        // A number beside a string is its digits.
        match (&summary.open, value.as_unknown()) {
            (None, _) => Ok(value),
            (Some(_), Some(unknown)) => Err(derived(unknown.clone())),
            (Some(open), None) => Err(undecided(open.clone())),
        }
    }

    fn adapt_list(&self, list: &List, span: Span) -> Outcome<List> {
        let summary = self.summary(span)?;
        let is_empty = list.items.is_empty() && list.rest.is_none();
        let each = |group: &Group, shape: ListShape| {
            let items = list.items.iter().map(|slot| group.slot(slot));
            Ok(List {
                items: Rc::new(items.collect()),
                rest: list.rest.clone(),
                shape,
                element: match is_empty {
                    true => group.type_of_none(span)?,
                    false => None,
                },
            })
        };
        Ok(match &summary.structure {
            _ if summary.mismatch => return Err(mismatch(span)),
            Some(Structure::Tuple(groups)) => {
                let items = list.items.iter().zip(groups);
                let items = items.map(|(slot, group)| group.slot(slot)).collect();
                List {
                    items: Rc::new(items),
                    ..list.clone()
                }
            }
            // Where the length is not known, neither is the shape.
            Some(Structure::List(group)) if list.rest.is_some() => each(group, list.shape)?,
            Some(Structure::List(group)) => each(group, ListShape::List)?,
            Some(Structure::Set(group)) if is_empty => each(group, ListShape::Set)?,
            Some(Structure::Set(group)) => {
                let values = list.iter().map(|value| group.adapt(value)).collect();
                to_set(values, list.rest.clone())
            }
            _ => list.clone(),
        })
    }

    fn adapt_object(&self, object: &Object, span: Span) -> Outcome<Object> {
        let summary = self.summary(span)?;
        let rebuild = |group: &dyn Fn(&str) -> Option<Group>, shape: ObjectShape| {
            let members = object.members().iter().map(|member| Member {
                value: match group(&member.name) {
                    Some(group) => group.slot(&member.value),
                    None => member.value.clone(),
                },
                ..member.clone()
            });
            let mut made = Object::new(members.collect());
            made.rest.clone_from(&object.rest);
            made.shape = shape;
            made
        };
        Ok(match &summary.structure {
            _ if summary.mismatch => return Err(mismatch(span)),
            Some(Structure::Object(groups)) => {
                rebuild(&|name| groups.get(name).cloned(), object.shape)
            }
            Some(Structure::Map(group)) if object.members().is_empty() && object.rest.is_none() => {
                match group.type_of_none(span)? {
                    Some(element) => Object::empty_map((*element).clone()),
                    None => rebuild(&|_| None, ObjectShape::Map),
                }
            }
            Some(Structure::Map(group)) => rebuild(&|_| Some(group.clone()), ObjectShape::Map),
            _ => object.clone(),
        })
    }

    /// A member that is adapted when it is read.
    fn slot(&self, slot: &Slot) -> Slot {
        match slot {
            Slot::Ready(value) if matches!(value.kind, Kind::Text(_)) => slot.clone(),
            _ if self.0.slots.len() == 1 && self.0.open.is_none() => slot.clone(),
            _ => Slot::Deferred(Rc::new(Adapted {
                slot: slot.clone(),
                group: self.clone(),
            })),
        }
    }

    /// The group of parts of the members: in one place of all tuples or objects, or of collections
    /// that have a type for them.
    fn nested(&self, slots: Vec<Slot>, open: Option<&Unknown>, fixed: bool) -> Group {
        Group(Rc::new(Inner {
            slots,
            strict: self.0.strict,
            refuses_nulls: self.0.strict && fixed,
            open: open.filter(|_| self.0.strict).cloned(),
            unit: self.0.unit.clone(),
            summary: Memo::default(),
        }))
    }

    fn summary(&self, span: Span) -> Outcome<Rc<Summary>> {
        let Some(unit) = &self.0.unit else {
            return self.summarise(span).map(Rc::new);
        };
        let summarise = || {
            // Types hang on no condition: what nobody has decided does not count.
            unit.world.aside(|| self.summarise(span)).map(Rc::new)
        };
        self.0
            .summary
            .get(&unit.world, summarise)
            // A member reads itself through its own type, which is then what the others say.
            .unwrap_or_else(|_| Ok(Rc::default()))
    }

    fn charge(&self, amount: usize, span: Span) -> Outcome<()> {
        match &self.0.unit {
            Some(unit) => unit.charge(amount as u64, span),
            None if amount <= MAX_ELEMENTS => Ok(()),
            None => Err(Unknown::limit(
                "it has more elements than ecslint is willing to compare",
                span,
            )),
        }
    }

    fn summarise(&self, span: Span) -> Outcome<Summary> {
        self.charge(self.0.slots.len(), span)?;
        let mut summary = Summary {
            open: self.0.open.clone(),
            ..Summary::default()
        };
        let mut members = Members::default();
        for slot in &self.0.slots {
            self.gather(slot.get(), &mut summary, &mut members)?;
        }
        let Members {
            lists,
            objects,
            other,
        } = members;
        let scalar = summary.text || summary.number || summary.bool;
        let collection = other || !lists.is_empty() || !objects.is_empty();
        let untyped = summary.null || !self.0.strict && summary.open.is_some();
        if !self.0.strict {
            summary.open = None;
        }
        summary.mismatch = scalar && collection
            || !lists.is_empty() && !objects.is_empty()
            || summary.number && summary.bool && !summary.text
            || self.0.refuses_nulls && summary.null && collection;
        if untyped && (collection || summary.mismatch) {
            // Beside what has no type, none is looked for: all stays what it is, which in a
            // collection must be of one type.
            if !self.0.strict {
                return Ok(Summary::default());
            }
            summary.mismatch = summary.mismatch || self.members_differ();
        }
        if !summary.mismatch {
            let open = summary.open.as_ref();
            summary.structure = match (&lists[..], &objects[..]) {
                ([], []) => None,
                (lists, []) => Some(self.list_structure(lists, open, span)?),
                (_, objects) => Some(self.object_structure(objects, open, span)?),
            };
        }
        Ok(summary)
    }

    /// Whether members that are other than null are certainly of different types.
    fn members_differ(&self) -> bool {
        let Some(unit) = &self.0.unit else {
            return false;
        };
        let values = self.0.slots.iter().map(Slot::get);
        let types = values.filter_map(|value| match Constraint::of(unit, &value) {
            Ok(Constraint::Any) | Err(_) => None,
            Ok(of) => Some(of),
        });
        let types: Vec<Constraint> = types.collect();
        types.windows(2).any(|pair| !pair[0].is_same(&pair[1]))
    }

    /// Takes a member's type down. Of what is null or not known, its hint counts.
    fn gather(&self, value: Value, summary: &mut Summary, members: &mut Members) -> Outcome<()> {
        let span = value.span;
        match value.kind {
            Kind::Null(None) => summary.null = true,
            Kind::Null(Some(hint)) => self.gather_hint(&hint, None, span, summary, members)?,
            Kind::Text(_) => summary.text = true,
            Kind::Number(_) => summary.number = true,
            Kind::Bool(_) => summary.bool = true,
            Kind::List(list) => {
                // What may have more elements of any types is of no type that anyone knows.
                if let Some(rest) = &list.rest
                    && !self.0.strict
                    && list.shape == ListShape::Tuple
                {
                    summary.open.get_or_insert(rest.clone());
                }
                members.lists.push(list);
            }
            Kind::Object(object) => {
                if let Some(rest) = &object.rest
                    && !self.0.strict
                    && object.shape == ObjectShape::Object
                {
                    summary.open.get_or_insert(rest.clone());
                }
                members.objects.push(object);
            }
            Kind::Unknown(unknown) => match unknown.hint() {
                Some(hint) => self.gather_hint(hint, Some(&unknown), span, summary, members)?,
                None if unknown.is_refused() && self.0.strict => {}
                None => {
                    summary.open.get_or_insert(unknown);
                }
            },
        }
        Ok(())
    }

    /// The same of what is null or, with `unknown`, not known.
    fn gather_hint(
        &self,
        hint: &Hint,
        unknown: Option<&Unknown>,
        span: Span,
        summary: &mut Summary,
        members: &mut Members,
    ) -> Outcome<()> {
        match hint {
            Hint::Text => summary.text = true,
            Hint::Number => summary.number = true,
            Hint::Bool => summary.bool = true,
            Hint::Either(values) => nested(span, || {
                let mut values = values.iter();
                values.try_for_each(|slot| self.gather(slot.get(), summary, members))
            })?,
            Hint::Like(slot) => nested(span, || self.gather(slot.get(), summary, members))?,
            hint => match stand_in(hint, unknown, span) {
                Some(Kind::List(list)) => members.lists.push(list),
                Some(Kind::Object(object)) => members.objects.push(object),
                _ => {
                    members.other = true;
                    if let Some(unknown) = unknown {
                        summary.open.get_or_insert_with(|| unknown.clone());
                    }
                }
            },
        }
        Ok(())
    }

    fn list_structure(
        &self,
        lists: &[List],
        open: Option<&Unknown>,
        span: Span,
    ) -> Outcome<Structure> {
        let all = |shape: ListShape| lists.iter().all(|list| list.shape == shape);
        let any = |shape: ListShape| lists.iter().any(|list| list.shape == shape);
        let length = lists[0].items.len();
        if all(ListShape::Tuple)
            && lists
                .iter()
                .all(|list| list.items.len() == length && list.rest.is_none())
        {
            self.charge(length * lists.len(), span)?;
            let column = |at: usize| {
                let column = lists.iter().map(|list| list.items[at].clone());
                self.nested(column.collect(), open, true)
            };
            return Ok(Structure::Tuple((0..length).map(column).collect()));
        }
        let total = lists.iter().map(|list| list.items.len()).sum();
        self.charge(total, span)?;
        if any(ListShape::Set)
            && !all(ListShape::Set)
            && let Some(of) = self.member_for_all(lists, span)
        {
            return Ok(Structure::OfMember(of?));
        }
        if all(ListShape::Tuple)
            && lists.iter().all(|list| list.rest.is_none())
            && self.are_apart(lists.iter().flat_map(|list| list.items.iter()))
        {
            let of = Constraint::List(Rc::new(Constraint::Any));
            return self.each_alone(of, lists.iter().cloned().map(Kind::List), span);
        }
        // Further elements of a list are of the type of those that are listed.
        let mut rests = lists
            .iter()
            .filter(|list| list.shape == ListShape::Tuple || list.items.is_empty());
        let rest = rests.find_map(|list| list.rest.as_ref());
        let items = lists.iter().flat_map(|list| typed_items(list, span));
        let elements = self.nested(items.collect(), open.or(rest), false);
        Ok(match any(ListShape::Set) && !any(ListShape::List) {
            true => Structure::Set(elements),
            false => Structure::List(elements),
        })
    }

    /// The type that sets, lists and tuples take beside one another: that of a list, or else of a
    /// set. Nothing where not all types are known.
    fn member_for_all(&self, lists: &[List], span: Span) -> Option<Outcome<Constraint>> {
        let unit = self.0.unit.as_ref()?;
        let types = lists
            .iter()
            .map(|list| Constraint::of_list(unit, list, span));
        let types: Vec<Constraint> = types.collect::<Outcome<_>>().ok()?;
        let mut wanted: Vec<&Constraint> = types
            .iter()
            .filter(|of| !matches!(of, Constraint::Tuple(_)))
            .collect();
        wanted.sort_by_key(|of| match of {
            Constraint::List(of) => (0, !matches!(**of, Constraint::String)),
            Constraint::Set(of) => (1, !matches!(**of, Constraint::String)),
            _ => (2, true),
        });
        let fits_all = |wanted: &&&Constraint| types.iter().all(|of| of.can_become(wanted));
        let found = wanted.iter().find(fits_all).map(|of| (**of).clone());
        Some(found.ok_or_else(|| mismatch(span)))
    }

    /// Whether parts of the branches of a conditional have no type in common for a null among them
    /// that has none: scalars would.
    fn are_apart<'a>(&self, slots: impl Iterator<Item = &'a Slot>) -> bool {
        if self.0.strict {
            return false;
        }
        let (mut null, mut collection) = (false, false);
        let (mut text, mut number, mut bool) = (false, false, false);
        for slot in slots {
            let value = slot.get();
            match (&value.kind, value.hint()) {
                (Kind::Null(None), _) => null = true,
                (Kind::List(_) | Kind::Object(_), _) => collection = true,
                (Kind::Text(_), _) | (_, Some(Hint::Text)) => text = true,
                (Kind::Number(_), _) | (_, Some(Hint::Number)) => number = true,
                (Kind::Bool(_), _) | (_, Some(Hint::Bool)) => bool = true,
                // It may be of any type.
                (Kind::Null(_) | Kind::Unknown(_), _) => return false,
            }
        }
        null && (collection || number && bool && !text)
    }

    /// Beside a null of no type, each branch becomes a list or map of what is in it alone; there
    /// must be one for all of them.
    fn each_alone(
        &self,
        of: Constraint,
        mut members: impl Iterator<Item = Kind>,
        span: Span,
    ) -> Outcome<Structure> {
        let unit = self.0.unit.as_ref();
        let is_none = |kind| {
            of.convert_in(unit, Value::new(kind, span))
                .fault()
                .is_some()
        };
        match members.any(is_none) {
            true => Err(mismatch(span)),
            false => Ok(Structure::OfMember(of)),
        }
    }

    fn object_structure(
        &self,
        objects: &[Object],
        open: Option<&Unknown>,
        span: Span,
    ) -> Outcome<Structure> {
        let total = objects.iter().map(|object| object.members().len()).sum();
        self.charge(total, span)?;
        let mut members: BTreeMap<Arc<str>, Vec<Slot>> = BTreeMap::new();
        for member in objects.iter().flat_map(sorted_members) {
            let slots = members.entry(member.name.clone()).or_default();
            slots.push(member.value.clone());
        }
        let mut rests = objects
            .iter()
            .filter(|object| object.shape == ObjectShape::Object || object.members().is_empty());
        let rest = rests.find_map(|object| object.rest.as_ref());
        let open = open.or(rest);
        let objects_only = objects
            .iter()
            .all(|object| object.shape == ObjectShape::Object);
        let same_names = members.values().all(|slots| slots.len() == objects.len());
        if objects_only && (same_names || rest.is_some()) {
            let groups = members
                .into_iter()
                .map(|(name, slots)| (name, self.nested(slots, open, true)));
            return Ok(Structure::Object(groups.collect()));
        }
        if objects_only && self.are_apart(members.values().flatten()) {
            let of = Constraint::Map(Rc::new(Constraint::Any));
            return self.each_alone(of, objects.iter().cloned().map(Kind::Object), span);
        }
        // An empty map has no members, and a type.
        let elements = objects.iter().filter_map(Object::element);
        let typed = elements.map(|hint| typed(hint, span));
        let slots = members.into_values().flatten().chain(typed).collect();
        Ok(Structure::Map(self.nested(slots, open, false)))
    }
}

/// The collections among the members of a group.
#[derive(Default)]
struct Members {
    lists: Vec<List>,
    objects: Vec<Object>,
    /// There are some of which nothing else is known.
    other: bool,
}

/// What is not known, but is no string, and so would become one beside a string.
fn becomes_text(unknown: &Unknown) -> bool {
    matches!(unknown.hint(), Some(Hint::Number | Hint::Bool))
}

/// A collection of the type that a hint tells, for its type alone: with parts that are not known,
/// or else are null. Nothing for a collection of which nothing else is known.
fn stand_in(hint: &Hint, unknown: Option<&Unknown>, span: Span) -> Option<Kind> {
    let slot = |hint: Option<&Hint>| {
        Slot::Ready(match unknown.cloned() {
            Some(unknown) => Value::unknown(unknown.with_symbol(None).with_hint(hint.cloned())),
            None => Value::null_of(hint.cloned(), span),
        })
    };
    let list = |of: &Option<Rc<Hint>>, shape: ListShape| {
        let mut list = List::new(vec![slot(of.as_deref())]);
        list.rest = unknown.cloned();
        list.shape = shape;
        Kind::List(list)
    };
    let member = |name: &Arc<str>, hint: Option<&Hint>| Member {
        name: name.clone(),
        name_span: span,
        value: slot(hint),
    };
    Some(match hint {
        Hint::List(of) => list(of, ListShape::List),
        Hint::Set(of) => list(of, ListShape::Set),
        Hint::Tuple(of) => {
            let items = of.iter().map(|hint| slot(hint.as_ref()));
            Kind::List(List::new(items.collect()))
        }
        Hint::Map(of) => {
            let mut object = Object::new(vec![member(&"".into(), of.as_deref())]);
            object.rest = unknown.cloned();
            object.shape = ObjectShape::Map;
            Kind::Object(object)
        }
        Hint::Object(parts) => {
            let parts = parts.iter();
            let members = parts.map(|part| member(&part.name, part.hint.as_ref()));
            Kind::Object(Object::new(members.collect()))
        }
        _ => return None,
    })
}

/// A value of a type, for the type alone.
pub(super) fn typed(hint: &Hint, span: Span) -> Slot {
    match hint {
        Hint::Like(slot) => (**slot).clone(),
        _ => Slot::Ready(match stand_in(hint, None, span) {
            Some(kind) => Value::new(kind, span),
            None => Value::null_of(Some(hint.clone()), span),
        }),
    }
}

/// The elements of a list, or what tells the type of those that an empty one would have.
pub(super) fn typed_items(list: &List, span: Span) -> Vec<Slot> {
    if !list.items.is_empty() || list.shape == ListShape::Tuple || list.rest.is_some() {
        return list.items.to_vec();
    }
    vec![match &list.element {
        Some(hint) => typed(hint, span),
        None => Slot::Ready(Value::null(span)),
    }]
}

fn mismatch(span: Span) -> Unknown {
    Unknown::invalid(
        "this has no type in common with the values beside it, which Terraform takes for elements \
         of one list or map, as it does where the results of a conditional differ in attributes",
        span,
    )
}

struct Adapted {
    slot: Slot,
    group: Group,
}

impl Deferred for Adapted {
    fn get(&self) -> Value {
        self.group.adapt(self.slot.get())
    }

    fn span(&self) -> Span {
        self.slot.span()
    }
}

/// The elements of a tuple as a list or set has them, all of one type. `rest` stands for more of
/// them, of which not even the type is known.
pub(super) fn unify(
    slots: Vec<Slot>,
    rest: Option<&Unknown>,
    unit: Option<&Rc<Unit>>,
    span: Span,
) -> Outcome<Vec<Slot>> {
    unify_elements(slots, rest, unit, true, span)
}

/// The same for the attributes of an object as a map has them, or for elements of lists: with null
/// they may have a collection in common.
pub(super) fn unify_with_nulls(
    slots: Vec<Slot>,
    rest: Option<&Unknown>,
    unit: Option<&Rc<Unit>>,
    span: Span,
) -> Outcome<Vec<Slot>> {
    unify_elements(slots, rest, unit, false, span)
}

fn unify_elements(
    slots: Vec<Slot>,
    rest: Option<&Unknown>,
    unit: Option<&Rc<Unit>>,
    refuses_nulls: bool,
    span: Span,
) -> Outcome<Vec<Slot>> {
    if slots.len() < 2 && rest.is_none() {
        return Ok(slots);
    }
    Group::of_elements(slots, rest, unit, refuses_nulls).adapt_all(span)
}

/// The same for values that stay what they are where they have no type in common, which is then
/// nothing.
pub(super) fn unify_if_possible(
    slots: Vec<Slot>,
    rest: Option<&Unknown>,
    unit: &Rc<Unit>,
    span: Span,
) -> Outcome<Option<Vec<Slot>>> {
    let group = Group::of_elements(slots, rest, Some(unit), false);
    Ok(match group.is_of_one_type(span)? {
        true => Some(group.adapt_all(span)?),
        false => None,
    })
}
