//! All worlds of a computation, and in the fewest words which of them one is.

use super::World;
use super::facts::{AllFacts, Facts, Pinned, implied};
use super::symbol::{Answer, Answerable, Question, Symbol};
use crate::value::Unknown;
use std::fmt;
use std::rc::Rc;

/// All worlds of one computation.
#[derive(Debug)]
pub struct Exploration<T> {
    /// The world of the defaults first.
    pub leaves: Vec<Leaf<T>>,
    /// Whether every world was visited.
    pub complete: bool,
    /// Where every world breaks a law: why the first does.
    pub refusal: Option<Unknown>,
    /// Where some do not, the others, and why each is ruled out, but for those that a law is written
    /// down against.
    pub ruled_out: Vec<(Leaf<T>, Unknown)>,
    pub(super) world: Rc<World>,
}

/// The outcome in one world.
#[derive(Debug)]
pub struct Leaf<T> {
    /// Which world it is. The answers of all leaves exclude one another.
    pub answers: Vec<Answer>,
    pub outcome: T,
    /// Defaults that the outcome rests on.
    pub assumes: Vec<(Symbol, Answerable)>,
    /// The conditions that the computation went through, with what they come to here.
    pub passed: Vec<(Symbol, bool)>,
}

impl<T> Leaf<T> {
    pub(super) fn map<U>(self, to: impl FnOnce(T) -> U) -> Leaf<U> {
        Leaf {
            answers: self.answers,
            outcome: to(self.outcome),
            assumes: self.assumes,
            passed: self.passed,
        }
    }
}

/// An answer of a witness, and a condition that it decides together with those before it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Premise {
    pub answer: Answer,
    pub so: Option<(Symbol, bool)>,
}

impl fmt::Display for Premise {
    /// As a person says it: "`Env` is \"prod\" (so `IsProd` is true)".
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.answer)?;
        match &self.so {
            Some((condition, holds)) => write!(f, " (so `{}` is {holds})", condition.label()),
            None => Ok(()),
        }
    }
}

impl<T> Exploration<T> {
    /// The same with another outcome in each world.
    pub fn map<U>(self, mut to: impl FnMut(T) -> U) -> Exploration<U> {
        let leaves = self.leaves.into_iter();
        let leaves = leaves.map(|leaf| leaf.map(&mut to)).collect();
        let ruled_out = self.ruled_out.into_iter();
        let ruled_out = ruled_out.map(|(leaf, why)| (leaf.map(&mut to), why));
        Exploration {
            leaves,
            complete: self.complete,
            refusal: self.refusal,
            ruled_out: ruled_out.collect(),
            world: self.world,
        }
    }

    /// The fewest answers of `leaves[at]` under which every world that agrees with them has an
    /// outcome for which `same` holds. Irredundant: each answer is needed.
    pub fn witness(&self, at: usize, same: impl Fn(&T) -> bool) -> Vec<Answer> {
        let mut witness = self.leaves[at].answers.clone();
        if !self.complete {
            return witness;
        }
        let mut index = 0;
        while index < witness.len() {
            let dropped = witness.remove(index);
            if !self.all_agreeing(&witness, |leaf| same(&leaf.outcome)) {
                witness.insert(index, dropped);
                index += 1;
            }
        }
        for index in 0..witness.len() {
            self.widen(&mut witness, index, &same);
        }
        sharpen(witness)
    }

    /// Says what a symbol is not, where it may have all other values of its domain and not only the
    /// one that an answer gives it.
    fn widen(&self, witness: &mut [Answer], index: usize, same: &impl Fn(&T) -> bool) {
        let answer = witness[index].clone();
        let Question::Equals(symbol, value) = &answer.question else {
            return;
        };
        let domain = symbol.few_values().unwrap_or_default();
        if !answer.yes || domain.len() < 3 {
            return;
        }
        for other in domain.iter().filter(|other| *other != value) {
            let question = Question::Equals(symbol.clone(), other.clone());
            let yes = false;
            witness[index] = Answer { question, yes };
            if self.all_agreeing(witness, |leaf| same(&leaf.outcome)) {
                return;
            }
        }
        witness[index] = answer;
    }

    /// A witness of `leaves[at]` with the conditions that tell why: those that the computation
    /// went through in every world of the witness, and that come to this in none besides for which
    /// `same` does not hold.
    pub fn premises(
        &self,
        at: usize,
        witness: Vec<Answer>,
        same: impl Fn(&T) -> bool,
    ) -> Vec<Premise> {
        let mut premises: Vec<(Premise, usize)> = witness
            .iter()
            .map(|answer| {
                let answer = answer.clone();
                (Premise { answer, so: None }, 0)
            })
            .collect();
        let told = match self.complete {
            true => &self.leaves[at].passed[..],
            false => &[],
        };
        for (condition, holds) in told {
            let comes_to = |leaf: &Leaf<T>| {
                let mut passed = leaf.passed.iter();
                let found = passed.find(|(known, _)| known == condition);
                found.map(|(_, holds)| *holds)
            };
            let decided_by = |answers: &[Answer]| {
                self.all_agreeing(answers, |leaf| comes_to(leaf) == Some(*holds))
            };
            // One that comes to the same in every world tells nothing.
            let differs = self
                .leaves
                .iter()
                .any(|leaf| comes_to(leaf) == Some(!holds));
            if !differs || !decided_by(&witness) {
                continue;
            }
            // The fewest answers that decide it; the others stay as they are.
            let mut deciding: Vec<usize> = (0..witness.len()).collect();
            let pick = |of: &[usize]| -> Vec<Answer> {
                of.iter().map(|&index| witness[index].clone()).collect()
            };
            for index in 0..witness.len() {
                let fewer: Vec<usize> = deciding.iter().copied().filter(|&i| i != index).collect();
                if decided_by(&pick(&fewer)) {
                    deciding = fewer;
                }
            }
            let others: Vec<usize> = (0..witness.len())
                .filter(|index| !deciding.contains(index))
                .collect();
            let suffices = self.all_agreeing(&pick(&others), |leaf| {
                comes_to(leaf) != Some(*holds) || same(&leaf.outcome)
            });
            if let Some(&last) = deciding.last()
                && suffices
                && deciding.len() >= premises[last].1
            {
                premises[last].0.so = Some((condition.clone(), *holds));
                premises[last].1 = deciding.len();
            }
        }
        premises.into_iter().map(|(premise, _)| premise).collect()
    }

    /// Whether something holds in all worlds that agree with some answers.
    fn all_agreeing(&self, answers: &[Answer], holds: impl Fn(&Leaf<T>) -> bool) -> bool {
        let against = self.leaves.iter().filter(|leaf| !holds(leaf));
        let mut against = against.filter(|leaf| agree(&leaf.answers, answers));
        // What the leaf leaves open, the laws may tell.
        !against.any(|leaf| self.world.is_possible(&[&leaf.answers, answers].concat()))
    }
}

/// The same answers in fewer words: where several say what a symbol is not, and leave it one value,
/// that value.
pub(super) fn sharpen(witness: Vec<Answer>) -> Vec<Answer> {
    let mut sharp: Vec<Answer> = Vec::with_capacity(witness.len());
    for answer in &witness {
        let symbol = answer.question.symbol();
        let own = witness.iter().filter(|own| own.question.symbol() == symbol);
        let mut facts = Facts::default();
        own.clone().for_each(|own| facts.learn(own));
        let told = match facts.pinned {
            Some(Pinned::Value(value)) if own.count() > 1 => Answer {
                question: Question::Equals(symbol.clone(), value),
                yes: true,
            },
            _ => answer.clone(),
        };
        if !sharp.contains(&told) {
            sharp.push(told);
        }
    }
    sharp
}

/// Whether some world satisfies both lists of answers.
pub(super) fn agree(a: &[Answer], b: &[Answer]) -> bool {
    let mut all = AllFacts::default();
    // Pins first, so that an exclusion that contradicts one is noticed.
    let (pins, rest): (Vec<&Answer>, Vec<&Answer>) = a
        .iter()
        .chain(b)
        .partition(|answer| answer.yes || matches!(answer.question, Question::IsTrue(_)));
    for answer in pins.into_iter().chain(rest) {
        match implied(&all, &answer.question) {
            Some(known) if known != answer.yes => return false,
            Some(_) => {}
            None => all.learn(answer),
        }
    }
    true
}
