//! The one type that several types have in common, and which type converts to which: told from
//! types alone, as `convert.UnifyUnsafe` and `convert.GetConversionUnsafe` of `cty` tell it.
//!
//! [`Constraint::Any`] is the type of a null that no type was ever told of. Beside a collection it
//! keeps a type in common from being looked for, beside scalars it does not count.

use crate::source::Span;
use crate::terraform::eval::{Outcome, Unit, nested};
use crate::terraform::types::{Attribute, Constraint};
use std::cmp::Ordering;
use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;
use std::sync::Arc;

/// The type that values of all these types convert to; nothing where there is none.
pub fn in_common(unit: &Unit, types: &[Constraint], span: Span) -> Outcome<Option<Constraint>> {
    Finder { unit, span }.in_common(types.iter())
}

/// Whether all are one type.
pub fn are_same(types: &[Constraint]) -> bool {
    types.windows(2).all(|pair| pair[0].is_same(&pair[1]))
}

/// Whether values of these types can be elements of one collection: those of no type can be with
/// any.
pub fn are_alike(types: &[Constraint]) -> bool {
    let mut typed = types.iter().filter(|of| !matches!(of, Constraint::Any));
    let Some(first) = typed.next() else {
        return true;
    };
    typed.all(|of| of.is_same(first))
}

/// Types walk through one another again and again, for which they pay.
struct Finder<'a> {
    unit: &'a Unit,
    span: Span,
}

/// Which kinds of types there are among some.
#[derive(Default)]
struct Kinds {
    scalar: bool,
    list: bool,
    set: bool,
    tuple: bool,
    map: bool,
    object: bool,
    any: bool,
}

impl Kinds {
    fn of(types: &[&Constraint]) -> Kinds {
        let mut kinds = Kinds::default();
        for of in types {
            match of {
                Constraint::Any => kinds.any = true,
                Constraint::String | Constraint::Number | Constraint::Bool => kinds.scalar = true,
                Constraint::List(_) => kinds.list = true,
                Constraint::Set(_) => kinds.set = true,
                Constraint::Tuple(_) => kinds.tuple = true,
                Constraint::Map(_) => kinds.map = true,
                Constraint::Object(_) => kinds.object = true,
            }
        }
        kinds
    }

    /// How many kinds there are, beside `Any`.
    fn count(&self) -> usize {
        let kinds = [
            self.scalar,
            self.list,
            self.set,
            self.tuple,
            self.map,
            self.object,
        ];
        kinds.into_iter().filter(|is_there| *is_there).count()
    }
}

impl Finder<'_> {
    fn in_common<'a>(
        &self,
        types: impl Iterator<Item = &'a Constraint>,
    ) -> Outcome<Option<Constraint>> {
        let types = self.distinct(types)?;
        match &types[..] {
            [] => Ok(None),
            [one] => Ok(Some((*one).clone())),
            types => nested(self.span, || self.of_distinct(types)),
        }
    }

    fn distinct<'a>(
        &self,
        types: impl Iterator<Item = &'a Constraint>,
    ) -> Outcome<Vec<&'a Constraint>> {
        let mut distinct: Vec<&Constraint> = Vec::new();
        for of in types {
            self.unit.charge(1 + distinct.len() as u64, self.span)?;
            if !distinct.iter().any(|other| other.is_same(of)) {
                distinct.push(of);
            }
        }
        Ok(distinct)
    }

    fn of_distinct(&self, types: &[&Constraint]) -> Outcome<Option<Constraint>> {
        let kinds = Kinds::of(types);
        let is_one_kind = kinds.count() == 1;
        if is_one_kind && kinds.any && !kinds.scalar {
            return Ok(Some(Constraint::Any));
        }
        match kinds {
            Kinds { map: true, .. } if is_one_kind => {
                return self.of_elements(types, Constraint::Map);
            }
            Kinds { list: true, .. } if is_one_kind => {
                return self.of_elements(types, Constraint::List);
            }
            Kinds { set: true, .. } if is_one_kind => {
                return self.of_elements(types, Constraint::Set);
            }
            Kinds { object: true, .. } if is_one_kind => return self.of_objects(types),
            Kinds { tuple: true, .. } if is_one_kind => return self.of_tuples(types),
            // Objects are often maps in disguise, and tuples lists.
            Kinds {
                map: true,
                object: true,
                ..
            } if kinds.count() == 2 => {
                let is_object = |of: &Constraint| matches!(of, Constraint::Object(_));
                let found = self.disguised(types, is_object, |objects| self.as_map(objects))?;
                if found.is_some() {
                    return Ok(found);
                }
            }
            Kinds {
                list: true,
                tuple: true,
                ..
            } if kinds.count() == 2 => {
                let is_tuple = |of: &Constraint| matches!(of, Constraint::Tuple(_));
                let found = self.disguised(types, is_tuple, |tuples| self.as_list(tuples))?;
                if found.is_some() {
                    return Ok(found);
                }
            }
            Kinds {
                object: true,
                tuple: true,
                ..
            } => return Ok(None),
            _ => {}
        }
        self.most_general(types)
    }

    /// The collections of one kind as one of what their elements have in common.
    fn of_elements(
        &self,
        types: &[&Constraint],
        collection: fn(Rc<Constraint>) -> Constraint,
    ) -> Outcome<Option<Constraint>> {
        let elements = types.iter().filter_map(|of| of.element());
        let element = self.in_common(elements)?;
        self.if_all_convert(types, element.map(|of| collection(Rc::new(of))))
    }

    /// Objects with attributes of the same names have an object in common, or else a map.
    fn of_objects(&self, types: &[&Constraint]) -> Outcome<Option<Constraint>> {
        let mut columns: BTreeMap<&Arc<str>, Vec<&Constraint>> = BTreeMap::new();
        for attribute in types.iter().flat_map(|of| of.attributes()) {
            let column = columns.entry(&attribute.name).or_default();
            column.push(&attribute.constraint);
        }
        if columns.values().any(|column| column.len() != types.len()) {
            return self.as_map(types);
        }
        let mut attributes = Vec::with_capacity(columns.len());
        for (name, column) in columns {
            let Some(constraint) = self.in_common(column.into_iter())? else {
                return Ok(None);
            };
            attributes.push(Attribute::required(name.clone(), constraint));
        }
        let found = self.if_all_convert(types, Some(Constraint::Object(attributes.into())))?;
        found.map_or_else(|| self.as_map(types), |found| Ok(Some(found)))
    }

    /// Tuples of one length have a tuple in common, or else a list.
    fn of_tuples(&self, types: &[&Constraint]) -> Outcome<Option<Constraint>> {
        let length = types[0].items().len();
        if types.iter().any(|of| of.items().len() != length) {
            return self.as_list(types);
        }
        let mut items = Vec::with_capacity(length);
        for at in 0..length {
            match self.in_common(types.iter().map(|of| &of.items()[at]))? {
                Some(item) => items.push(item),
                None => return Ok(None),
            }
        }
        let found = self.if_all_convert(types, Some(Constraint::Tuple(items.into())))?;
        found.map_or_else(|| self.as_list(types), |found| Ok(Some(found)))
    }

    /// The map that all of the objects become.
    fn as_map(&self, objects: &[&Constraint]) -> Outcome<Option<Constraint>> {
        let attributes = objects.iter().flat_map(|of| of.attributes());
        let element = self.in_common(attributes.map(|it| &it.constraint))?;
        self.if_all_convert(objects, element.map(|of| Constraint::Map(Rc::new(of))))
    }

    /// The list that all of the tuples become.
    fn as_list(&self, tuples: &[&Constraint]) -> Outcome<Option<Constraint>> {
        let items = tuples.iter().flat_map(|of| of.items());
        let element = self.in_common(items)?;
        self.if_all_convert(tuples, element.map(|of| Constraint::List(Rc::new(of))))
    }

    /// What the types have in common once those in disguise are taken for the one type that they
    /// stand for; nothing where that is no collection.
    fn disguised(
        &self,
        types: &[&Constraint],
        is_disguised: impl Fn(&Constraint) -> bool,
        uncover: impl FnOnce(&[&Constraint]) -> Outcome<Option<Constraint>>,
    ) -> Outcome<Option<Constraint>> {
        let (disguised, others): (Vec<_>, Vec<_>) =
            types.iter().copied().partition(|of| is_disguised(of));
        let Some(uncovered) = uncover(&disguised)? else {
            return Ok(None);
        };
        let found = self.in_common([&uncovered].into_iter().chain(others))?;
        Ok(found.filter(|found| !matches!(found, Constraint::Any)))
    }

    /// The first that all others convert to, the most general ones first.
    fn most_general(&self, types: &[&Constraint]) -> Outcome<Option<Constraint>> {
        for at in self.by_preference(types)? {
            if let Some(found) = self.if_all_convert(types, Some(types[at].clone()))? {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    /// The types by their places, in an order in which none stands before a more general one.
    fn by_preference(&self, types: &[&Constraint]) -> Outcome<Vec<usize>> {
        let mut less_general: Vec<Vec<usize>> = vec![Vec::new(); types.len()];
        let mut waits_for = vec![0_usize; types.len()];
        for a in 0..types.len() {
            self.unit.charge((types.len() - a) as u64, self.span)?;
            for b in a + 1..types.len() {
                match preference(types[a], types[b]) {
                    Ordering::Less => {
                        less_general[a].push(b);
                        waits_for[b] += 1;
                    }
                    Ordering::Greater => {
                        less_general[b].push(a);
                        waits_for[a] += 1;
                    }
                    Ordering::Equal => {}
                }
            }
        }
        let mut ready: VecDeque<usize> =
            (0..types.len()).filter(|&at| waits_for[at] == 0).collect();
        let mut order = Vec::with_capacity(types.len());
        while let Some(at) = ready.pop_front() {
            order.push(at);
            for &next in &less_general[at] {
                waits_for[next] -= 1;
                if waits_for[next] == 0 {
                    ready.push_back(next);
                }
            }
        }
        Ok(order)
    }

    fn if_all_convert(
        &self,
        types: &[&Constraint],
        wanted: Option<Constraint>,
    ) -> Outcome<Option<Constraint>> {
        let Some(wanted) = wanted else {
            return Ok(None);
        };
        for of in types {
            if !self.converts(of, &wanted)? {
                return Ok(None);
            }
        }
        Ok(Some(wanted))
    }

    /// Whether some value of the one type converts to the other.
    fn converts(&self, from: &Constraint, to: &Constraint) -> Outcome<bool> {
        self.unit.charge(1, self.span)?;
        nested(self.span, || {
            Ok(match (from, to) {
                (Constraint::Any, _)
                | (_, Constraint::Any)
                | (
                    Constraint::String | Constraint::Number | Constraint::Bool,
                    Constraint::String,
                )
                | (Constraint::String | Constraint::Number, Constraint::Number)
                | (Constraint::String | Constraint::Bool, Constraint::Bool) => true,
                (
                    Constraint::List(from) | Constraint::Set(from),
                    Constraint::List(to) | Constraint::Set(to),
                )
                | (Constraint::Map(from), Constraint::Map(to)) => self.converts(from, to)?,
                (Constraint::Tuple(items), Constraint::List(of) | Constraint::Set(of)) => {
                    let Some(of) = self.element_for(items.iter(), of)? else {
                        return Ok(false);
                    };
                    // Beside a null without a type, elements have none in common.
                    let is_open = matches!(of, Constraint::Any);
                    match is_open {
                        true => items.iter().all(|item| item.is_same(&of)),
                        false => self.all_convert(items.iter().map(|item| (item, &of)))?,
                    }
                }
                (Constraint::Object(attributes), Constraint::Map(of)) => {
                    let of = self.element_for(attributes.iter().map(|it| &it.constraint), of)?;
                    let Some(of) = of else { return Ok(false) };
                    self.all_convert(attributes.iter().map(|it| (&it.constraint, &of)))?
                }
                (Constraint::Tuple(from), Constraint::Tuple(to)) => {
                    from.len() == to.len() && self.all_convert(from.iter().zip(to.iter()))?
                }
                (Constraint::Map(from), Constraint::Object(to)) => {
                    self.all_convert(to.iter().map(|it| (&**from, &it.constraint)))?
                }
                (Constraint::Object(from), Constraint::Object(to)) => {
                    let pairs = to.iter().map(|wanted| {
                        let own = from.iter().find(|it| it.name == wanted.name)?;
                        Some((&own.constraint, &wanted.constraint))
                    });
                    match pairs.collect::<Option<Vec<_>>>() {
                        Some(pairs) => self.all_convert(pairs.into_iter())?,
                        None => false,
                    }
                }
                _ => false,
            })
        })
    }

    fn all_convert<'a>(
        &self,
        mut pairs: impl Iterator<Item = (&'a Constraint, &'a Constraint)>,
    ) -> Outcome<bool> {
        pairs.try_fold(true, |all, (from, to)| {
            Ok(all && (from.is_same(to) || self.converts(from, to)?))
        })
    }

    /// The type that parts take in a collection: that of its elements, or the one they have in
    /// common where any will do.
    fn element_for<'a>(
        &self,
        parts: impl Iterator<Item = &'a Constraint>,
        of: &Constraint,
    ) -> Outcome<Option<Constraint>> {
        let mut parts = parts.peekable();
        match of {
            Constraint::Any if parts.peek().is_some() => self.in_common(parts),
            of => Ok(Some(of.clone())),
        }
    }
}

/// Which of two types stands first where one is looked for that both convert to. It is told as if
/// what is in them converted.
fn preference(a: &Constraint, b: &Constraint) -> Ordering {
    use Constraint::{Any, Bool, List, Map, Number, Object, Set, String, Tuple};
    match (a, b) {
        (Any, Any) => Ordering::Equal,
        (Any, _) => Ordering::Greater,
        (_, Any) => Ordering::Less,
        (String, Number | Bool) => Ordering::Less,
        (Number | Bool, String) => Ordering::Greater,
        (List(a), List(b)) | (Set(a), Set(b)) | (Map(a), Map(b)) => preference(a, b),
        (List(_), Set(_) | Tuple(_)) | (Tuple(_), Set(_)) | (Map(_), Object(_)) => Ordering::Less,
        (Set(_) | Tuple(_), List(_)) | (Set(_), Tuple(_)) | (Object(_), Map(_)) => {
            Ordering::Greater
        }
        (Object(a), Object(b)) if a.len() == b.len() => {
            let pairs = a.iter().zip(b.iter());
            match pairs.clone().all(|(a, b)| a.name == b.name) {
                true => preference_of_all(pairs.map(|(a, b)| (&a.constraint, &b.constraint))),
                false => Ordering::Equal,
            }
        }
        (Tuple(a), Tuple(b)) if a.len() == b.len() => preference_of_all(a.iter().zip(b.iter())),
        _ => Ordering::Equal,
    }
}

/// The one that is preferred in some part, and in none the other.
fn preference_of_all<'a>(
    pairs: impl Iterator<Item = (&'a Constraint, &'a Constraint)>,
) -> Ordering {
    let (mut first, mut second) = (false, false);
    for (a, b) in pairs {
        match preference(a, b) {
            Ordering::Less => first = true,
            Ordering::Greater => second = true,
            Ordering::Equal => {}
        }
    }
    second.cmp(&first)
}

impl Constraint {
    fn element(&self) -> Option<&Constraint> {
        match self {
            Constraint::List(of) | Constraint::Set(of) | Constraint::Map(of) => Some(of),
            _ => None,
        }
    }

    fn items(&self) -> &[Constraint] {
        match self {
            Constraint::Tuple(items) => items,
            _ => &[],
        }
    }

    fn attributes(&self) -> &[Attribute] {
        match self {
            Constraint::Object(attributes) => attributes,
            _ => &[],
        }
    }
}
