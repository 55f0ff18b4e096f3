//! The resources of a template, with those that loops and includes make among them.

use super::includes;
use super::intrinsics::Eval;
use super::loops::{Collection, Element, Loop, MAX_MEMBERS, Turn, is_loop, too_many};
use super::template::Resource;
use crate::finding::ProblemKind;
use crate::ledger::Gap;
use crate::value::Unknown;
use std::collections::HashSet;
use std::sync::Arc;

/// A resource, and the turns of loops that make it.
pub struct Declared {
    pub resource: Resource,
    pub turns: Vec<Turn>,
}

/// All resources that may be ours. Loops are unrolled for every element that their collections
/// have in any world.
pub fn declared(eval: &Eval, gaps: &mut Vec<Gap>) -> Vec<Declared> {
    let mut finder = Finder {
        eval,
        gaps,
        found: Vec::new(),
        made: 0,
    };
    for resource in &eval.stack().template.resources {
        if resource.may_be_ours {
            finder.add(resource, &[]);
        }
    }
    finder.found
}

struct Finder<'a> {
    eval: &'a Eval,
    gaps: &'a mut Vec<Gap>,
    found: Vec<Declared>,
    /// Members that loops have made.
    made: usize,
}

/// Loops that may stand in one another; CloudFormation allows five.
const MAX_LOOPS: usize = 16;

impl Finder<'_> {
    fn add(&mut self, resource: &Resource, turns: &[Turn]) {
        let made = match &*resource.id {
            name if is_loop(name) => self.unroll(resource, turns),
            "Fn::Transform" => self.include(resource, turns),
            _ => {
                self.found.push(Declared {
                    resource: resource.clone(),
                    turns: turns.to_vec(),
                });
                return;
            }
        };
        if let Err(unknown) = made {
            let message = format!(
                "{}, so the resources that `{}` makes were not checked",
                unknown.reason(),
                resource.id
            );
            let gap = Gap::new(ProblemKind::Unreadable, message, unknown.span());
            self.gaps.push(gap);
        }
    }

    fn unroll(&mut self, resource: &Resource, turns: &[Turn]) -> Result<(), Unknown> {
        if turns.len() == MAX_LOOPS {
            let reason = format!("more than {MAX_LOOPS} loops stand in one another");
            return Err(Unknown::limit(reason, resource.id_span));
        }
        let body = self.read(resource)?;
        let own = Loop::read(&resource.id, &body)?;
        let world = &self.eval.stack().world;
        let explored = world.explore(|| self.eval.collection(&own.collection));
        let mut elements: Vec<Element> = Vec::new();
        let mut all: HashSet<Arc<str>> = HashSet::new();
        let mut open = None;
        for leaf in explored.leaves {
            match leaf.outcome {
                Err(unknown) => open = open.or(Some(unknown)),
                Ok(in_world) => {
                    for element in in_world {
                        let text = element.text.clone().unwrap_or_default();
                        if all.insert(text) {
                            elements.push(element);
                        }
                        if all.len() > MAX_MEMBERS {
                            return Err(too_many(resource.id_span));
                        }
                    }
                }
            }
        }
        if !explored.complete {
            let reason = "the elements of this loop depend on too many conditions";
            open = open.or(Some(Unknown::limit(reason, own.collection.span)));
        }
        elements.extend(open.map(|unknown| own.any(&unknown)));
        let collection = Collection::new(own.collection.clone(), all);
        for element in elements {
            let mut turns = turns.to_vec();
            turns.push(Turn {
                collection: collection.clone(),
                element: element.text.clone(),
            });
            for member in own.turn(&element) {
                self.made += 1;
                if self.made > MAX_MEMBERS {
                    return Err(too_many(resource.id_span));
                }
                self.add(&Resource::written_out(&member), &turns);
            }
        }
        Ok(())
    }

    fn include(&mut self, resource: &Resource, turns: &[Turn]) -> Result<(), Unknown> {
        let argument = self.read(resource)?;
        let included = includes::include(self.eval, &argument, resource.id_span)?;
        let Some(object) = included.as_object() else {
            let reason = format!("expected resources here, this is {}", included.describe());
            return Err(Unknown::invalid(reason, included.span));
        };
        for member in object.members() {
            self.add(&Resource::written_out(member), turns);
        }
        Ok(())
    }

    fn read(&self, resource: &Resource) -> Result<crate::value::Value, Unknown> {
        let file = &self.eval.stack().template.file;
        let read = resource.body.read(file);
        read.map_err(|error| Unknown::invalid(error.message, error.span))
    }
}
