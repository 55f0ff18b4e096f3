//! What symbols tell of one another that are compared, or elements of lists.
//!
//! Where symbols are the same, what is known of one of them is known of all, and where they are not,
//! the value of one is not that of the other. What is known of them is closed under that whenever
//! something is learnt, so what follows from answers through any number of symbols is told without
//! asking.

use super::facts::{AllFacts, Facts, Pinned, told_by_tie};
use super::symbol::{Answer, Answerable, Question, Relation, Symbol};
use super::{Reading, World};
use std::sync::Arc;

impl World {
    /// Asks whether two symbols are the same, each of which may be many texts. Nothing outside an
    /// exploration.
    pub fn decide_same(&self, one: &Symbol, other: &Symbol) -> Option<bool> {
        let mut both = [one, other];
        both.sort_unstable_by_key(|symbol| symbol.id());
        let [one, other] = both;
        for (own, compared) in [(one, other), (other, one)] {
            // What another one is asked for is printed.
            if !own.is_sensitive()
                && let Reading::Pinned(value) = self.glance_recorded(own)
            {
                let text = value.as_text();
                let question = Question::Equals(compared.clone(), compared.answer(text));
                return match compared.may_be(text) {
                    true => self.decide(&question),
                    false => Some(false),
                };
            }
        }
        self.decide(&Question::IsTrue(Symbol::same(one, other)))
    }
}

impl AllFacts {
    /// Takes note of what a symbol tells of others. These have a part in this world, too.
    pub(super) fn relate(&mut self, symbol: &Symbol) {
        let Some(relation) = &symbol.0.relation else {
            return;
        };
        if self.related.contains(symbol) {
            return;
        }
        self.related.push(symbol.clone());
        let others = match relation {
            Relation::Same(one, other) => vec![one, other],
            Relation::Element(list, _) => vec![list],
        };
        for other in others {
            self.of(other);
            self.relate(other);
        }
    }

    /// Tells all that follows for symbols that are related.
    pub(super) fn tell_related(&mut self) {
        while let Some(answer) = self.first_untold() {
            self.of(answer.question.symbol()).learn(&answer);
        }
    }

    /// Something that is not known yet, and follows from what is.
    fn first_untold(&self) -> Option<Answer> {
        self.related.iter().find_map(|symbol| {
            let answer = |of: &Symbol, text: &str, yes: bool| Answer {
                question: Question::Equals(of.clone(), of.answer(text)),
                yes,
            };
            match symbol.0.relation.as_ref()? {
                Relation::Element(..) => {
                    let value = self.element(symbol)??;
                    let is_new = self.pin(symbol).is_none();
                    is_new.then(|| answer(symbol, value.as_text(), true))
                }
                Relation::Same(one, other) => {
                    let same = self.own_answer(symbol)?;
                    let mut both = [(one, other), (other, one)].into_iter();
                    both.find_map(|(from, to)| {
                        // Nothing is left to tell of what has a value.
                        if self.pin(to).is_some() {
                            return None;
                        }
                        let is_excluded = |text: &str| self.is_excluded(to, text);
                        match self.pin(from) {
                            Some(text) if same => Some(answer(to, text, true)),
                            Some(text) => (!is_excluded(text)).then(|| answer(to, text, false)),
                            None if same => {
                                let mut texts = self.excluded(from);
                                let new = texts.find(|text| !is_excluded(text))?;
                                Some(answer(to, new, false))
                            }
                            None => None,
                        }
                    })
                }
            }
        })
    }

    /// The answer to a question that follows from what is known of other symbols.
    pub(super) fn told_by_others(&self, question: &Question) -> Option<bool> {
        match question {
            Question::IsTrue(pair) => match pair.0.relation.as_ref()? {
                Relation::Same(one, other) => self.are_same(one, other),
                Relation::Element(..) => None,
            },
            Question::Equals(symbol, value) => {
                let text = value.as_text();
                if let Some(element) = self.element(symbol) {
                    return Some(element.is_some_and(|element| element.as_text() == text));
                }
                if self.related.is_empty() {
                    return None;
                }
                let may_be = |other: &Symbol| {
                    let question = Question::Equals(other.clone(), other.answer(text));
                    other.may_be(text) && told_by_tie(self, &question) != Some(false)
                };
                let mut class = self.class(symbol).into_iter();
                let speaks_against = class.any(|other| other != symbol && !may_be(other))
                    || self.elements_speak_against(symbol, text);
                speaks_against.then_some(false)
            }
            Question::IsNull(_) => None,
        }
    }

    fn are_same(&self, one: &Symbol, other: &Symbol) -> Option<bool> {
        let [own, others] = [self.class(one), self.class(other)];
        if own.contains(&other) {
            return Some(true);
        }
        let is_apart = |(one, other): (&Symbol, &Symbol)| match (self.text(one), self.text(other)) {
            (Some(one), Some(other)) => one != other,
            (Some(text), None) => self.is_excluded(other, text) || !other.may_be(text),
            (None, Some(text)) => self.is_excluded(one, text) || !one.may_be(text),
            (None, None) => match (one.texts(), other.texts()) {
                (Some(one), Some(other)) => !one.may_share(other),
                _ => false,
            },
        };
        if let (Some(one), Some(other)) = (self.text(one), self.text(other)) {
            return Some(one == other);
        }
        let mut pairs = self.pairs_that_are(false);
        let is_told = pairs.any(|(one, other)| {
            own.contains(&one) && others.contains(&other)
                || own.contains(&other) && others.contains(&one)
        });
        let mut across = own
            .iter()
            .flat_map(|one| others.iter().map(|other| (*one, *other)));
        (is_told || across.any(is_apart)).then_some(false)
    }

    /// A symbol and all that are the same.
    fn class<'s>(&'s self, symbol: &'s Symbol) -> Vec<&'s Symbol> {
        let mut class = vec![symbol];
        let mut at = 0;
        while let Some(symbol) = class.get(at).copied() {
            for (one, other) in self.pairs_that_are(true) {
                for (own, new) in [(one, other), (other, one)] {
                    if own == symbol && !class.contains(&new) {
                        class.push(new);
                    }
                }
            }
            at += 1;
        }
        class
    }

    fn pairs_that_are(&self, same: bool) -> impl Iterator<Item = (&Symbol, &Symbol)> {
        self.related.iter().filter_map(move |pair| {
            let Some(Relation::Same(one, other)) = &pair.0.relation else {
                return None;
            };
            (self.own_answer(pair) == Some(same)).then_some((one, other))
        })
    }

    fn own_answer(&self, pair: &Symbol) -> Option<bool> {
        match self.get(pair.id())?.pinned.as_ref()? {
            Pinned::Value(value) => Some(*value == Answerable::Bool(true)),
            Pinned::Null => None,
        }
    }

    /// What a symbol is as an element of a list that is known: nothing within where that is too
    /// short.
    pub(super) fn element(&self, symbol: &Symbol) -> Option<Option<Answerable>> {
        let Some(Relation::Element(list, index)) = &symbol.0.relation else {
            return None;
        };
        let text = element_of(self.pin(list)?, *index);
        Some(text.map(|text| symbol.answer(text)))
    }

    /// Whether what is known of the elements of a list tells that it is not this text.
    fn elements_speak_against(&self, list: &Symbol, text: &str) -> bool {
        let elements = self.related.iter().filter_map(|element| {
            let Some(Relation::Element(own, index)) = &element.0.relation else {
                return None;
            };
            (own == list).then(|| (element, element_of(text, *index)))
        });
        let elements: Vec<(&Symbol, Option<&str>)> = elements.collect();
        let is_another = |(element, text): &(&Symbol, Option<&str>)| match (text, self.pin(element))
        {
            (Some(text), Some(pinned)) => *text != pinned,
            (Some(text), None) => self.is_excluded(element, text),
            (None, pinned) => pinned.is_some(),
        };
        let mut pairs = elements.iter().enumerate().flat_map(|(at, element)| {
            let others = elements[at + 1..].iter();
            others.map(move |other| (element, other))
        });
        elements.iter().any(is_another)
            || pairs.any(|((one, text), (other, others))| {
                let same = self.are_same(one, other);
                text.is_some()
                    && others.is_some()
                    && same.is_some_and(|same| same != (text == others))
            })
    }

    /// What a symbol is, also as an element of a list that is known.
    fn text<'s>(&'s self, symbol: &'s Symbol) -> Option<&'s str> {
        self.pin(symbol).or_else(|| match &symbol.0.relation {
            Some(Relation::Element(list, index)) => element_of(self.pin(list)?, *index),
            _ => None,
        })
    }

    fn pin(&self, symbol: &Symbol) -> Option<&str> {
        match self.get(symbol.id())?.pinned.as_ref()? {
            Pinned::Value(value) => Some(value.as_text()),
            Pinned::Null => None,
        }
    }

    fn excluded(&self, symbol: &Symbol) -> impl Iterator<Item = &str> {
        let facts: Option<&Facts> = self.get(symbol.id());
        let excluded = facts.into_iter().flat_map(|facts| &facts.excluded);
        excluded.map(Answerable::as_text)
    }

    fn is_excluded(&self, symbol: &Symbol, text: &str) -> bool {
        self.excluded(symbol).any(|own| own == text)
    }

    /// The ids of the symbols that tell something of this one: all that are related, where it is
    /// one of them.
    pub(super) fn related_to(&self, symbol: &Symbol) -> Vec<Arc<str>> {
        let ids = self.related.iter().flat_map(|own| {
            let others = match &own.0.relation {
                Some(Relation::Same(one, other)) => vec![one, other],
                Some(Relation::Element(list, _)) => vec![list],
                None => Vec::new(),
            };
            others.into_iter().chain([own])
        });
        let ids: Vec<Arc<str>> = ids.map(|symbol| symbol.0.id.clone()).collect();
        match ids.contains(&symbol.0.id) {
            true => ids,
            false => Vec::new(),
        }
    }
}

fn element_of(text: &str, index: usize) -> Option<&str> {
    text.split(',').nth(index).map(str::trim)
}
