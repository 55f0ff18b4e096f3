//! What a text that is not known may be, as far as it is restricted.

use foldhash::{HashSet, HashSetExt};
use regex_automata::Anchored;
use regex_automata::hybrid::LazyStateID;
use regex_automata::hybrid::dfa::{Cache, DFA};
use regex_automata::nfa::thompson;
use regex_automata::util::start;
use std::cell::OnceCell;
use std::fmt;

/// Texts that a regular expression matches as a whole.
pub struct Pattern {
    dfa: DFA,
}

/// Bytes that a pattern may take up. Beyond that it restricts nothing.
const MAX_SIZE: usize = 1 << 20;

impl Pattern {
    /// Nothing where it is no regular expression, or too large a one.
    pub fn new(pattern: &str) -> Option<Pattern> {
        let mut builder = DFA::builder();
        builder.thompson(thompson::Config::new().nfa_size_limit(Some(MAX_SIZE)));
        // Its states keep their names: it gives up where there is no room for more.
        let config = DFA::config()
            .cache_capacity(MAX_SIZE)
            .skip_cache_capacity_check(true)
            .minimum_cache_clear_count(Some(0));
        builder.configure(config);
        let dfa = builder.build(&format!(r"\A(?:{pattern})\z")).ok()?;
        Some(Pattern { dfa })
    }

    fn start(&self) -> Option<Walk<'_>> {
        let mut cache = self.dfa.create_cache();
        let config = start::Config::new().anchored(Anchored::Yes);
        let at = self.dfa.start_state(&mut cache, &config).ok()?;
        Some(Walk {
            dfa: &self.dfa,
            cache,
            at,
        })
    }
}

impl fmt::Debug for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pattern")
    }
}

/// A pattern that is walked through, and where the walk begins.
struct Walk<'p> {
    dfa: &'p DFA,
    cache: Cache,
    at: LazyStateID,
}

impl Walk<'_> {
    /// Where a byte leads; nothing where the cache is full.
    fn next(&mut self, at: LazyStateID, byte: u8) -> Option<LazyStateID> {
        self.dfa.next_state(&mut self.cache, at, byte).ok()
    }

    /// Whether the text may end here.
    fn may_end(&mut self, at: LazyStateID) -> Option<bool> {
        let end = self.dfa.next_eoi_state(&mut self.cache, at).ok()?;
        Some(end.is_match())
    }
}

/// Texts that all of some patterns match.
#[derive(Default, Debug)]
pub struct Texts {
    written: Vec<String>,
    /// Those of them that can be read, once somebody asks.
    patterns: OnceCell<Vec<Pattern>>,
}

/// Places in all patterns at once that are tried.
const MAX_PLACES: usize = 2000;

impl Texts {
    pub fn matching(patterns: Vec<String>) -> Texts {
        Texts {
            written: patterns,
            patterns: OnceCell::new(),
        }
    }

    /// Whether one of them, behind `prefix`, may be matched by another pattern. Only *no* is
    /// certain.
    pub fn may_match(&self, prefix: &str, other: &Pattern) -> bool {
        self.shares(prefix, other).unwrap_or(true)
    }

    fn shares(&self, prefix: &str, other: &Pattern) -> Option<bool> {
        let mut behind = other.start()?;
        for byte in prefix.bytes() {
            behind.at = behind.next(behind.at, byte)?;
        }
        let mut walks = vec![behind];
        let read = |pattern: &String| Pattern::new(pattern);
        let own = || self.written.iter().filter_map(read).collect();
        for pattern in self.patterns.get_or_init(own) {
            walks.push(pattern.start()?);
        }
        let first: Vec<LazyStateID> = walks.iter().map(|walk| walk.at).collect();
        let mut seen = HashSet::new();
        seen.insert(first.clone());
        let mut waiting = vec![first];
        while let Some(place) = waiting.pop() {
            let mut may_end = true;
            for (walk, at) in walks.iter_mut().zip(&place) {
                may_end &= walk.may_end(*at)?;
            }
            if may_end {
                return Some(true);
            }
            for byte in 0..=u8::MAX {
                let mut next = Vec::with_capacity(place.len());
                for (walk, at) in walks.iter_mut().zip(&place) {
                    let at = walk.next(*at, byte)?;
                    if at.is_dead() {
                        break;
                    }
                    next.push(at);
                }
                if next.len() == place.len() && seen.insert(next.clone()) {
                    waiting.push(next);
                }
            }
            if seen.len() > MAX_PLACES {
                return None;
            }
        }
        Some(false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_that_share_no_text_are_told() {
        let root = Pattern::new("(?:root|[+-]?0+)?(?:(?s::.*))?").expect("it is one");
        for (pattern, prefix, expected) in [
            ("[a-z]+", "", true),
            ("[a-q]+", "", false),
            ("[1-9][0-9]*", "", false),
            ("[0-9]+", "", true),
            ("0{20}", "", true),
            ("[0-9]+", "1", false),
            ("[0-9]+", "-", true),
            ("t", "roo", true),
            (".*", "app", false),
            ("u[0-9]*", "", false),
            ("[a-z]*:0", "", true),
            ("[1-9]:[0-9]+", "", false),
            ("[1-9]?:[0-9]+", "", true),
            (r"\w+", "", true),
            (r"\p{Lu}\w*", "", false),
            ("", "", true),
        ] {
            let texts = Texts::matching(vec![pattern.to_owned()]);
            assert_eq!(
                texts.may_match(prefix, &root),
                expected,
                "{prefix}{pattern}"
            );
        }
        let both = ["[a-z]*", ".{5,}"].map(str::to_owned).to_vec();
        assert!(!Texts::matching(both).may_match("", &root));
        assert!(Texts::default().may_match("", &root));
    }

    #[test]
    fn what_is_too_large_restricts_nothing() {
        assert!(Pattern::new(r"\w{1000}\w{1000}\w{1000}").is_none());
        assert!(Pattern::new("(").is_none());
        let root = Pattern::new("root").expect("it is one");
        let texts = Texts::matching(vec!["(".to_owned()]);
        assert!(texts.may_match("", &root));
    }
}
