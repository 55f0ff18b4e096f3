//! Where matches of a regular expression may lie around characters that are not known.

use regex_automata::nfa::thompson::{NFA, State, WhichCaptures};
use regex_automata::util::primitives::StateID;
use std::ops::Range;

/// One step of a text.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Step {
    Byte(u8),
    /// Characters that are not known, inside a string of JSON: no quotes, backslashes or control
    /// characters.
    InString,
    /// A value of JSON or several elements of a list, perhaps none.
    Value,
    /// Any characters.
    Anything,
}

impl Step {
    /// The bytes that may stand here: the first, those between, and the last.
    fn bytes(self) -> [fn(u8) -> bool; 3] {
        match self {
            Step::InString => [|byte| !matches!(byte, b'"' | b'\\' | ..=0x1f); 3],
            Step::Value => [
                |byte| {
                    matches!(
                        byte,
                        b'"' | b'[' | b'{' | b'-' | b'0'..=b'9' | b't' | b'f' | b'n'
                    ) || is_blank(byte)
                },
                |_| true,
                |byte| {
                    matches!(byte, b'"' | b']' | b'}' | b'0'..=b'9' | b'e' | b'l') || is_blank(byte)
                },
            ],
            Step::Byte(_) | Step::Anything => [|_| true; 3],
        }
    }
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}

/// So many steps times states of the automaton are looked at.
const MAX_WORK: usize = 1 << 26;

/// Memory that the automaton may take.
const MAX_SIZE: usize = 1 << 20;

/// For each island of a text, whether a match may lie in it; the islands lie in order and hold all
/// that is not known. Nothing where a match may lie in an island in part, or where that can't be
/// told.
pub(super) fn touched(
    pattern: &str,
    steps: &[Step],
    islands: &[Range<usize>],
) -> Option<Vec<bool>> {
    let config = NFA::config()
        .which_captures(WhichCaptures::None)
        .nfa_size_limit(Some(MAX_SIZE));
    let nfa = NFA::compiler().configure(config).build(pattern).ok()?;
    let is_small = nfa.states().len().saturating_mul(steps.len()) <= MAX_WORK;
    if !is_small || !nfa.look_set_any().is_empty() {
        return None;
    }
    // Where a match begins, and matches under way: begun outside of islands, in the present one,
    // and out of or into one.
    let [mut begin, mut free, mut inside, mut crossing] = [(); 4].map(|()| Front::new(&nfa));
    if begin.reach(nfa.start_anchored()) {
        return None;
    }
    let begin = &begin.arrived.list;
    let mut touched = Vec::with_capacity(islands.len());
    let mut at = 0;
    for island in islands {
        let (before, within) = (&steps[at..island.start], &steps[island.clone()]);
        free.run(before, begin);
        if crossing.run(before, &[]) {
            return None;
        }
        crossing.take(&mut free);
        if crossing.run(within, &[]) {
            return None;
        }
        touched.push(inside.run(within, begin));
        crossing.take(&mut inside);
        at = island.end;
    }
    (!crossing.run(&steps[at..], &[])).then_some(touched)
}

/// A set of states.
#[derive(Default)]
struct States {
    list: Vec<StateID>,
    /// By state, whether it is in the list.
    holds: Vec<bool>,
}

impl States {
    fn new(count: usize) -> States {
        States {
            list: Vec::new(),
            holds: vec![false; count],
        }
    }

    /// Whether it was not there.
    fn insert(&mut self, state: StateID) -> bool {
        let is_new = !std::mem::replace(&mut self.holds[state.as_usize()], true);
        if is_new {
            self.list.push(state);
        }
        is_new
    }

    fn extend(&mut self, states: &[StateID]) {
        for &state in states {
            self.insert(state);
        }
    }

    /// All of them; it is empty then.
    fn take(&mut self) -> Vec<StateID> {
        for state in &self.list {
            self.holds[state.as_usize()] = false;
        }
        std::mem::take(&mut self.list)
    }

    fn clear(&mut self) {
        self.take();
    }
}

/// The states of an automaton in which matches under way are, with all that follow without a
/// character.
struct Front<'n> {
    nfa: &'n NFA,
    now: States,
    /// Where one character leads, and with all that follows without one.
    next: States,
    arrived: States,
    stack: Vec<StateID>,
}

impl<'n> Front<'n> {
    fn new(nfa: &'n NFA) -> Front<'n> {
        let states = nfa.states().len();
        Front {
            nfa,
            now: States::new(states),
            next: States::new(states),
            arrived: States::new(states),
            stack: Vec::new(),
        }
    }

    /// Arrives at a state, and tells whether a match ends with it.
    fn reach(&mut self, state: StateID) -> bool {
        self.stack.push(state);
        let mut ends = false;
        while let Some(state) = self.stack.pop() {
            // An end leads nowhere, and is told each time.
            if matches!(self.nfa.state(state), State::Match { .. }) {
                ends = true;
                continue;
            }
            if !self.arrived.insert(state) {
                continue;
            }
            match self.nfa.state(state) {
                State::Union { alternates } => self.stack.extend(alternates.iter().copied()),
                State::BinaryUnion { alt1, alt2 } => self.stack.extend([*alt1, *alt2]),
                State::Capture { next, .. } | State::Look { next, .. } => self.stack.push(*next),
                _ => {}
            }
        }
        ends
    }

    /// Adds the states of another front, which is empty then.
    fn take(&mut self, other: &mut Front) {
        self.now.extend(&other.now.take());
    }

    /// Follows the matches under way over some steps, with those that begin there from some states.
    /// Whether one of them ends there.
    fn run(&mut self, steps: &[Step], begin: &[StateID]) -> bool {
        let mut ends = false;
        for &step in steps {
            if begin.is_empty() && self.now.list.is_empty() {
                break;
            }
            ends |= match step {
                Step::Byte(only) => self.step(begin, |byte| byte == only),
                Step::InString | Step::Value | Step::Anything => self.run_hole(step, begin),
            };
        }
        ends
    }

    /// Follows all that may stand for a hole, and nothing.
    fn run_hole(&mut self, step: Step, begin: &[StateID]) -> bool {
        let [first, between, last] = step.bytes();
        let before = self.now.list.clone();
        let mut after = before.clone();
        // A single character.
        let mut ends = self.step(begin, |byte| first(byte) && last(byte));
        after.append(&mut self.now.take());
        // The first of several, those between, and the last.
        self.now.extend(&before);
        ends |= self.step(begin, first);
        loop {
            let known = self.now.list.len();
            self.follow(begin, between);
            ends |= self.arrive();
            if self.now.list.len() == known {
                break;
            }
        }
        ends |= self.step(begin, last);
        self.now.extend(&after);
        ends
    }

    /// Goes on by one character.
    fn step(&mut self, begin: &[StateID], allows: impl Fn(u8) -> bool) -> bool {
        self.follow(begin, allows);
        self.now.clear();
        self.arrive()
    }

    /// Puts into `next` where one character leads.
    fn follow(&mut self, begin: &[StateID], allows: impl Fn(u8) -> bool) {
        let next = &mut self.next;
        let mut lead = |from: u8, to: u8, state: StateID| {
            if (from..=to).any(&allows) {
                next.insert(state);
            }
        };
        for &state in self.now.list.iter().chain(begin) {
            match self.nfa.state(state) {
                State::ByteRange { trans } => lead(trans.start, trans.end, trans.next),
                State::Sparse(sparse) => {
                    for trans in sparse.transitions.iter() {
                        lead(trans.start, trans.end, trans.next);
                    }
                }
                State::Dense(dense) => {
                    for (byte, &to) in (0..=u8::MAX).zip(dense.transitions.iter()) {
                        // No transition is written so.
                        if to != StateID::ZERO {
                            lead(byte, byte, to);
                        }
                    }
                }
                _ => {}
            }
        }
    }

    /// Adds what is in `next`, and tells whether a match ends with that.
    fn arrive(&mut self) -> bool {
        let mut ends = false;
        let mut next = std::mem::take(&mut self.next);
        for &state in &next.list {
            ends |= self.reach(state);
        }
        next.clear();
        self.next = next;
        self.now.extend(&self.arrived.take());
        ends
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use regex::Regex;

    /// The steps of a text in which `?` is a hole and `!` a value of JSON, and its islands:
    /// strings with a hole, and holes outside of strings.
    fn steps_of(text: &str) -> (Vec<Step>, Vec<Range<usize>>) {
        let (mut steps, mut islands) = (Vec::new(), Vec::new());
        let mut quote = None;
        for (at, byte) in text.bytes().enumerate() {
            match (byte, quote) {
                (b'?', Some(_)) => steps.push(Step::InString),
                (b'?' | b'!', None) => {
                    steps.push(match byte {
                        b'!' => Step::Value,
                        _ => Step::Anything,
                    });
                    islands.push(at..at + 1);
                }
                (b'"', Some(start)) => {
                    steps.push(Step::Byte(byte));
                    if text[start..at].contains('?') {
                        islands.push(start..at + 1);
                    }
                    quote = None;
                }
                (b'"', None) => {
                    steps.push(Step::Byte(byte));
                    quote = Some(at);
                }
                _ => steps.push(Step::Byte(byte)),
            }
        }
        (steps, islands)
    }

    fn touched_in(pattern: &str, text: &str) -> Option<Vec<bool>> {
        let (steps, islands) = steps_of(text);
        touched(pattern, &steps, &islands)
    }

    #[test]
    fn matches_lie_in_an_island_or_outside() {
        let numbers = r#""([0-9]+\.?[0-9]*)""#;
        let text = r#"{"a":"?","b":"?:1","c":"7","d":?}"#;
        assert_eq!(touched_in(numbers, text), Some(vec![true, false, true]));
        assert_eq!(touched_in(r#""b":"[^"]*""#, text), None, "into an island");
        assert_eq!(touched_in(r#"1","c"#, text), None, "out of one");
        assert_eq!(touched_in("^x", text), None, "by what stands around");
        assert_eq!(touched_in("x*", text), None, "of nothing");
        assert_eq!(touched_in("\"7\"", text), Some(vec![true, false, true]));
        assert_eq!(touched_in("\"7\"", "\"?7\""), Some(vec![true]));
        assert_eq!(touched_in("\"7\"", "\"?8\""), Some(vec![false]));
        assert_eq!(touched_in("\\{\\}|\"\"", "{\"a\":!}"), Some(vec![true]));
        assert_eq!(
            touched_in("\\{\\}|\"\"", "{\"a\":?}"),
            None,
            "a brace may stand there"
        );
        assert_eq!(touched_in("\\[\\]", "[!]"), None, "nothing may stand there");
    }

    proptest! {
        /// Whatever stands for the holes, each match lies where it was told.
        #[test]
        fn all_matches_lie_where_they_were_told(
            parts in proptest::collection::vec(0_usize..9, 1..8),
            pattern in 0_usize..12,
            fills in proptest::collection::vec("[a1:,]{0,3}|\\[1\\]", 8),
        ) {
            const PARTS: &[&str] = &["\"?\"", "\"a?1\"", "\"1?\"", "?", "\"1\"", ":", ",", "a", "\"?,?\""];
            const PATTERNS: &[&str] = &[
                "\"([0-9]+)\"", "1", "a1", "\"a[^\"]*\"", "[a1]+", ":\"1\"", "1\",", "\"\"",
                "a|1,", "(a|1)+?:", "\"[^\"]*\":", "[^,]a",
            ];
            let text: String = parts.iter().map(|&part| PARTS[part]).collect();
            let Some(touched) = touched_in(PATTERNS[pattern], &text) else {
                return Ok(());
            };
            let (steps, islands) = steps_of(&text);
            let (mut filled, mut places) = (String::new(), Vec::new());
            let mut fills = fills.iter().cycle();
            for step in steps {
                places.push(filled.len());
                match step {
                    Step::Byte(byte) => filled.push(char::from(byte)),
                    _ => filled += fills.next().expect("there are some"),
                }
            }
            places.push(filled.len());
            let regex = Regex::new(PATTERNS[pattern]).expect("it is one");
            for found in regex.find_iter(&filled) {
                let is_told = islands.iter().zip(&touched).all(|(island, &is_touched)| {
                    let island = places[island.start]..places[island.end];
                    let is_apart = found.end() <= island.start || island.end <= found.start();
                    let is_within = island.start <= found.start() && found.end() <= island.end;
                    is_apart || is_touched && is_within
                });
                prop_assert!(is_told, "{} in {filled}, {touched:?}", found.as_str());
            }
        }
    }
}
