//! The containers that a task definition has in any world, told apart by the objects that define
//! them.
//!
//! Each part of the container list is explored on its own, so that sixty-four containers, each
//! under a condition of its own, cost sixty-four times as much as one.

use super::is_not_there;
use crate::model::{ContainerDefinition, ContainerId, Portion, TaskDefinition};
use crate::source::Span;
use crate::value::Unknown;
use crate::worlds::MAX_WORLDS;
use foldhash::{HashMap, HashSet};

/// The containers of a part of the list, or of several that share an object, as aliases do.
pub struct Together {
    pub portion: Portion,
    pub known: Vec<Known>,
    /// Whether these are all that it has in any world.
    complete: bool,
}

/// A container that a task definition has in some world.
pub struct Known {
    /// Its index in the portion where it was first met.
    index: usize,
    pub id: ContainerId,
    /// No world has another container of its object, so that its place tells it.
    is_only: bool,
    /// What it is called there, or in the world of the defaults.
    pub shown: Option<String>,
}

/// The containers that a task definition has in any world. Where it has none, there is a portion
/// without containers all the same, which may tell why.
pub fn known_containers(task: &TaskDefinition) -> Vec<Together> {
    let exploration = task.world.explore(|| match is_not_there(task) {
        true => Vec::new(),
        false => task.part_spans(),
    });
    let complete = exploration.complete;
    let mut seen = HashSet::default();
    let leaves = exploration.leaves.into_iter();
    let parts = leaves.flat_map(|leaf| leaf.outcome);
    let parts: Vec<Span> = parts.filter(|part| seen.insert(*part)).collect();
    if parts.len() < 2 {
        return vec![Together::of(task, parts, complete)];
    }
    let alone = parts.iter();
    let alone = alone.map(|part| Together::of(task, vec![*part], complete));
    share(task, &parts, alone.collect(), complete)
}

/// Puts those together that have an object in common: it is one container, wherever it stands.
fn share(
    task: &TaskDefinition,
    parts: &[Span],
    alone: Vec<Together>,
    complete: bool,
) -> Vec<Together> {
    let mut groups: Vec<Vec<usize>> = (0..alone.len()).map(|at| vec![at]).collect();
    let mut group_of: Vec<usize> = (0..alone.len()).collect();
    let mut owners: HashMap<Span, usize> = HashMap::default();
    for (at, together) in alone.iter().enumerate() {
        for known in &together.known {
            let owner = *owners.entry(known.id.span()).or_insert(at);
            let (into, from) = (group_of[owner], group_of[at]);
            if into != from {
                let moved = std::mem::take(&mut groups[from]);
                for &at in &moved {
                    group_of[at] = into;
                }
                groups[into].extend(moved);
            }
        }
    }
    let alone = alone.into_iter().zip(groups);
    let shared = alone.filter_map(|(together, group)| match &group[..] {
        [] => None,
        [_] => Some(together),
        group => {
            let spans = group.iter().map(|&at| parts[at]);
            Some(Together::of(task, spans.collect(), complete))
        }
    });
    shared.collect()
}

impl Together {
    fn of(task: &TaskDefinition, parts: Vec<Span>, complete: bool) -> Together {
        let world = &task.world;
        let portion = Portion::of(Some(parts));
        let exploration = world.explore(|| {
            if is_not_there(task) {
                return Vec::new();
            }
            let containers = task.containers_in(&portion);
            let ids = containers.list.iter().map(ContainerDefinition::id);
            world.aside(|| ids.collect())
        });
        let complete = complete && exploration.complete;
        let mut seen: HashSet<ContainerId> = HashSet::default();
        let mut all: Vec<(usize, ContainerId)> = Vec::new();
        // Objects that define several containers in one world.
        let mut loops: HashSet<Span> = HashSet::default();
        for leaf in exploration.leaves {
            let mut here = HashSet::with_capacity_and_hasher(leaf.outcome.len(), <_>::default());
            for (index, id) in leaf.outcome.into_iter().enumerate() {
                if !here.insert(id.span()) {
                    loops.insert(id.span());
                }
                if seen.insert(id.clone()) {
                    all.push((index, id));
                }
            }
        }
        // One that is its object's only one stays the same, however it is called.
        let mut told = HashSet::with_capacity_and_hasher(all.len(), <_>::default());
        all.retain(|(_, id)| loops.contains(&id.span()) || told.insert(id.span()));
        let known = all.into_iter().map(|(index, id)| {
            let by_default = || {
                let list = &task.containers_in(&portion).list;
                let container = list.get(index).filter(|own| own.span == id.span());
                container.and_then(ContainerDefinition::shown_name)
            };
            let name = id.name().map(str::to_owned);
            Known {
                index,
                shown: name.or_else(|| world.by_default(by_default)),
                is_only: complete && !loops.contains(&id.span()),
                id,
            }
        });
        Together {
            known: known.collect(),
            portion,
            complete,
        }
    }

    /// Why there may be other containers in the present world than those that are known.
    pub fn rest(&self, task: &TaskDefinition) -> Option<Unknown> {
        let rest = task.containers_in(&self.portion).rest.clone();
        rest.or_else(|| {
            let reason = format!("they depend on more conditions than {MAX_WORLDS} worlds tell");
            (!self.complete).then(|| Unknown::limit(reason, task.span))
        })
    }

    /// The container among those of the present world that is the known one at an index. Where it
    /// has another name here, the containers that are none of the known ones, and the known ones
    /// that are not there, belong together in their order.
    pub fn find<'a>(
        &self,
        list: &'a [ContainerDefinition],
        at: usize,
    ) -> Option<&'a ContainerDefinition> {
        let Known {
            index, id, is_only, ..
        } = &self.known[at];
        if let Some(container) = list.get(*index)
            && container.span == id.span()
            && (*is_only || container.id() == *id)
        {
            return Some(container);
        }
        if *is_only {
            return list.iter().find(|container| container.span == id.span());
        }
        let here = list.iter().filter(|container| container.span == id.span());
        let here: Vec<(&ContainerDefinition, ContainerId)> =
            here.map(|container| (container, container.id())).collect();
        if let Some((container, _)) = here.iter().find(|(_, own)| own == id) {
            return Some(container);
        }
        let is_here = |id: &ContainerId| here.iter().any(|(_, own)| own == id);
        let is_known = |own: &ContainerId| self.known.iter().any(|known| known.id == *own);
        let before = self.known[..at].iter().map(|known| &known.id);
        let rank = before.filter(|one| one.span() == id.span() && !is_here(one));
        let mut renamed = here.iter().filter(|(_, own)| !is_known(own));
        renamed.nth(rank.count()).map(|(container, _)| *container)
    }
}
