//! What the answers of a world say of each symbol, and what follows from that.

use super::symbol::{Answer, Answerable, Question, Symbol, Tie};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What the answers so far say of one symbol.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) struct Facts {
    pub(super) pinned: Option<Pinned>,
    /// Values that it does not have, sorted.
    pub(super) excluded: Vec<Answerable>,
    pub(super) not_null: bool,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Pinned {
    Null,
    Value(Answerable),
}

impl Facts {
    /// What these facts already answer, if they do.
    pub(super) fn answer(&self, question: &Question) -> Option<bool> {
        match (&self.pinned, question) {
            (Some(Pinned::Null), Question::IsNull(_)) => Some(true),
            (Some(Pinned::Null), _) => Some(false),
            (Some(Pinned::Value(_)), Question::IsNull(_)) => Some(false),
            (Some(Pinned::Value(value)), Question::Equals(_, other)) => Some(value == other),
            (Some(Pinned::Value(value)), Question::IsTrue(_)) => {
                Some(*value == Answerable::Bool(true))
            }
            (None, Question::IsNull(symbol)) if self.not_null || symbol.0.never_null => Some(false),
            (None, Question::Equals(symbol, value)) => {
                if self.excluded.contains(value) {
                    return Some(false);
                }
                let domain = symbol.domain()?;
                if !domain.contains(value) {
                    return Some(false);
                }
                self.last_left(symbol).map(|last| last == value)
            }
            // A condition is not null wherever it is one.
            (None, Question::IsTrue(_)) => {
                let excluded = |value: bool| self.excluded.contains(&Answerable::Bool(value));
                (excluded(true) || excluded(false)).then(|| !excluded(true))
            }
            (None, _) => None,
        }
    }

    /// The one value that a symbol can have, if there is only one.
    pub(super) fn last_left<'a>(&self, symbol: &'a Symbol) -> Option<&'a Answerable> {
        if symbol.0.or_null && !symbol.0.never_null && !self.not_null {
            return None;
        }
        let mut left = symbol
            .domain()?
            .iter()
            .filter(|value| !self.excluded.contains(value));
        left.next().filter(|_| left.next().is_none())
    }

    pub(super) fn learn(&mut self, answer: &Answer) {
        match (&answer.question, answer.yes) {
            (Question::IsNull(_), true) => self.pinned = Some(Pinned::Null),
            (Question::IsNull(_), false) => self.not_null = true,
            (Question::IsTrue(_), yes) => {
                self.pinned = Some(Pinned::Value(Answerable::Bool(yes)));
            }
            (Question::Equals(_, value), true) => {
                self.pinned = Some(Pinned::Value(value.clone()));
            }
            (Question::Equals(_, value), false) => {
                if let Err(at) = self.excluded.binary_search(value) {
                    self.excluded.insert(at, value.clone());
                }
            }
        }
        let symbol = answer.question.symbol();
        if self.pinned.is_none()
            && let Some(last) = self.last_left(symbol)
        {
            self.pinned = Some(Pinned::Value(last.clone()));
        }
        if self.pinned.is_none() && self.is_null_left(symbol) {
            self.pinned = Some(Pinned::Null);
        }
    }

    /// Whether a symbol has none of the values that it can have, so that it is null.
    pub(super) fn is_null_left(&self, symbol: &Symbol) -> bool {
        let mut domain = symbol.domain().unwrap_or_default().iter();
        symbol.0.or_null && domain.all(|value| self.excluded.contains(value))
    }
}

/// What the answers so far say of all symbols.
#[derive(Clone, Default)]
pub(super) struct AllFacts {
    by_symbol: BTreeMap<Arc<str>, Facts>,
    /// What is known of them tells of others.
    pub(super) related: Vec<Symbol>,
}

impl AllFacts {
    pub(super) fn get(&self, id: &str) -> Option<&Facts> {
        self.by_symbol.get(id)
    }

    /// What is known of a symbol, which has a part in this world.
    pub(super) fn of(&mut self, symbol: &Symbol) -> &mut Facts {
        self.by_symbol.entry(symbol.0.id.clone()).or_default()
    }

    /// The ids of the symbols that have a part in this world.
    pub(super) fn ids(&self) -> impl Iterator<Item = &Arc<str>> {
        self.by_symbol.keys()
    }

    pub(super) fn learn(&mut self, answer: &Answer) {
        let symbol = answer.question.symbol();
        self.relate(symbol);
        self.of(symbol).learn(answer);
        self.tell_related();
    }

    pub(super) fn clear(&mut self) {
        self.by_symbol.clear();
        self.related.clear();
    }
}

/// What these facts already answer, also by what is known of other symbols.
pub(super) fn implied(all: &AllFacts, question: &Question) -> Option<bool> {
    let symbol = question.symbol();
    let own = all.get(&symbol.0.id);
    let known = own.unwrap_or(&Facts::default()).answer(question);
    let known = known.or_else(|| all.told_by_others(question));
    known.or_else(|| told_by_tie(all, question))
}

/// What the values answer that go together with that of a symbol.
pub(super) fn told_by_tie(all: &AllFacts, question: &Question) -> Option<bool> {
    let symbol = question.symbol();
    let tie = symbol.0.tie?;
    let own = all.get(&symbol.0.id);
    let may_be = |yes: bool| {
        let mut facts = own.cloned().unwrap_or_default();
        let question = question.clone();
        facts.learn(&Answer { question, yes });
        !tie.lines_left(all, symbol.id(), Some(&facts)).is_empty()
    };
    match (may_be(true), may_be(false)) {
        (true, true) | (false, false) => None,
        (yes, _) => Some(yes),
    }
}

impl Tie {
    /// The name of a symbol in the table, and what comes before it in its id.
    pub(super) fn name_of<'i>(&self, id: &'i str) -> (&'i str, &'static str) {
        let names = self.columns.iter().map(|(name, _)| *name);
        let mut names = names.chain([self.key]);
        let found = names.find_map(|name| Some((id.strip_suffix(name)?, name)));
        found.expect("only these are tied")
    }

    /// The ids of the symbols that go together with the one of this id.
    pub(super) fn ids(&self, id: &str) -> impl Iterator<Item = Arc<str>> {
        let (scope, _) = self.name_of(id);
        let names = self.columns.iter().map(|(name, _)| *name);
        let ids = names.chain([self.key]);
        ids.map(move |name| format!("{scope}{name}").into())
    }

    /// The lines that agree with what is known; the one past the last stands for all that are not
    /// in the table. `instead`: other facts of the symbol of this id.
    pub(super) fn lines_left(
        &self,
        all: &AllFacts,
        id: &str,
        instead: Option<&Facts>,
    ) -> Vec<usize> {
        let (scope, own) = self.name_of(id);
        let facts_of = |name: &str| match instead {
            Some(facts) if own == name => Some(facts),
            _ if scope.is_empty() => all.get(name),
            _ => all.get(&format!("{scope}{name}")),
        };
        let pinned = |id: &str| match facts_of(id)?.pinned.as_ref()? {
            Pinned::Value(value) => Some(value.as_text()),
            Pinned::Null => None,
        };
        let count = self.columns.first().map_or(0, |(_, values)| values.len());
        let line = pinned(self.key).map(|key| (self.line_of)(key).unwrap_or(count));
        let fits = |line: usize, id: &str, values: &[&str]| match (values.get(line), pinned(id)) {
            (Some(value), Some(own)) => *value == own,
            (None, Some(own)) => !values.contains(&own),
            (None, None) => true,
            (Some(value), None) => facts_of(id).is_none_or(|facts| {
                let mut excluded = facts.excluded.iter();
                !excluded.any(|one| one.as_text() == *value)
            }),
        };
        let mut lines: Vec<usize> = (0..=count).collect();
        lines.retain(|&at| {
            let mut columns = self.columns.iter();
            line.is_none_or(|own| own == at) && columns.all(|(id, values)| fits(at, id, values))
        });
        lines
    }

    /// What the others are with a value of the key.
    pub fn line(&self, key: &str) -> Vec<(&'static str, &'static str)> {
        let line = (self.line_of)(key);
        let columns = self.columns.iter();
        let cells = columns.filter_map(|(id, values)| Some((*id, *values.get(line?)?)));
        cells.collect()
    }

    /// The one value that a symbol can have, if there is only one.
    pub(super) fn value_left(&self, all: &AllFacts, id: &str) -> Option<&'static str> {
        let (_, own) = self.name_of(id);
        let (_, values) = self.columns.iter().find(|(name, _)| *name == own)?;
        let lines = self.lines_left(all, id, None);
        let mut left = lines.iter().map(|&line| values.get(line).copied());
        let first = left.next()??;
        left.all(|other| other == Some(first)).then_some(first)
    }
}
