//! What the members of a group are, and the shape that they take.

use super::examples::{stand_in, typed, typed_items};
use super::{Group, mismatch, types};
use crate::source::Span;
use crate::terraform::eval::{Outcome, nested, sorted_members};
use crate::terraform::types::Constraint;
use crate::value::{Hint, Kind, List, ListShape, Object, ObjectShape, Slot, Unknown, Value};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What the members of a group are.
#[derive(Default)]
pub(super) struct Summary {
    pub(super) text: bool,
    pub(super) number: bool,
    pub(super) bool: bool,
    pub(super) structure: Option<Structure>,
    /// A null without a type.
    pub(super) null: bool,
    /// Members that no type holds, such as a list and a map.
    pub(super) mismatch: bool,
    /// Nothing is known of the type of some member.
    pub(super) open: Option<Unknown>,
}

/// The shape that collections take, with a group for each of their parts.
pub(super) enum Structure {
    Tuple(Vec<Group>),
    List(Group),
    Set(Group),
    Object(BTreeMap<Arc<str>, Group>),
    Map(Group),
    /// The one type that all members convert to, with all that is in them.
    Whole(Constraint),
}

/// The collections among the members of a group.
#[derive(Default)]
struct Members {
    lists: Vec<List>,
    objects: Vec<Object>,
    /// There are some of which nothing else is known.
    other: bool,
}
/// Elements that a group without a unit may have.
const MAX_ELEMENTS: usize = 1 << 16;

impl Group {
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

    pub(super) fn summarise(&self, span: Span) -> Outcome<Summary> {
        self.charge(self.0.slots.len(), span)?;
        if !self.0.strict
            && let Some(summary) = self.summarise_whole(span)?
        {
            return Ok(summary);
        }
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

    /// The same of branches whose types are known as a whole: what Terraform makes of them.
    fn summarise_whole(&self, span: Span) -> Outcome<Option<Summary>> {
        let Some(unit) = &self.0.unit else {
            return Ok(None);
        };
        let types = self.0.slots.iter();
        let types = types.map(|slot| Constraint::of(unit, &slot.get()));
        let Ok(types) = types.collect::<Outcome<Vec<_>>>() else {
            return Ok(None);
        };
        if types::are_same(&types) {
            return Ok(Some(Summary::default()));
        }
        let structure = types::in_common(unit, &types, span)?.map(Structure::Whole);
        Ok(Some(Summary {
            mismatch: structure.is_none(),
            structure,
            ..Summary::default()
        }))
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
            && let Some(unit) = &self.0.unit
        {
            let types = lists.iter().map(|of| Constraint::of_list(unit, of, span));
            if let Ok(types) = types.collect::<Outcome<Vec<_>>>() {
                let found = types::in_common(unit, &types, span)?;
                return found.map(Structure::Whole).ok_or_else(|| mismatch(span));
            }
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
        // An empty map has no members, and a type.
        let elements = objects.iter().filter_map(Object::element);
        let typed = elements.map(|hint| typed(hint, span));
        let slots = members.into_values().flatten().chain(typed).collect();
        Ok(Structure::Map(self.nested(slots, open, false)))
    }
}
