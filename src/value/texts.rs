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

    /// Whether it matches a text. Only *no* is certain.
    fn may_match(&self, text: &str) -> bool {
        let matches = || {
            let mut walk = self.start()?;
            for byte in text.bytes() {
                walk.at = walk.next(walk.at, byte)?;
            }
            walk.may_end(walk.at)
        };
        matches().unwrap_or(true)
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
    /// How many characters they have, at least and at most.
    lengths: (Option<usize>, Option<usize>),
    /// They are numbers in this range.
    numbers: Option<(f64, f64)>,
}

/// Places in all patterns at once that are tried.
const MAX_PLACES: usize = 2000;

impl Texts {
    pub fn matching(patterns: Vec<String>) -> Texts {
        Texts {
            written: patterns,
            ..Texts::default()
        }
    }

    pub fn with_lengths(self, min: Option<usize>, max: Option<usize>) -> Texts {
        Texts {
            lengths: (min, max),
            ..self
        }
    }

    /// Those of them that are numbers from `min` to `max`.
    pub fn with_numbers(self, min: Option<f64>, max: Option<f64>) -> Texts {
        let range = (
            min.unwrap_or(f64::NEG_INFINITY),
            max.unwrap_or(f64::INFINITY),
        );
        Texts {
            numbers: Some(range),
            ..self
        }
    }

    pub fn are_numbers(&self) -> bool {
        self.numbers.is_some()
    }

    /// Whether a text may be one of them. Only *no* is certain.
    pub fn has(&self, text: &str) -> bool {
        let length = text.chars().count();
        let (min, max) = self.lengths;
        if min.is_some_and(|min| length < min) || max.is_some_and(|max| length > max) {
            return false;
        }
        let is_in_range = |(min, max): (f64, f64)| {
            let number = text.trim().parse::<f64>();
            number.is_ok_and(|number| min <= number && number <= max)
        };
        self.numbers.is_none_or(is_in_range)
            && self.patterns().iter().all(|own| own.may_match(text))
    }

    /// Whether a text may be among these and among others. Only *no* is certain.
    pub fn may_share(&self, other: &Texts) -> bool {
        let (Some((min, max)), Some((low, high))) = (self.numbers, other.numbers) else {
            return self.may_share_text(other);
        };
        min.max(low) <= max.min(high) && self.may_share_text(other)
    }

    fn may_share_text(&self, other: &Texts) -> bool {
        let lengths = [(self.lengths, other.lengths), (other.lengths, self.lengths)];
        let is_too_long = |((min, _), (_, max)): ((Option<usize>, _), (_, Option<usize>))| {
            min.zip(max).is_some_and(|(min, max)| min > max)
        };
        if lengths.into_iter().any(is_too_long) {
            return false;
        }
        // One that all texts match tells nothing.
        if self.written.is_empty() || other.written.is_empty() {
            return true;
        }
        let patterns = self.patterns().iter().chain(other.patterns());
        let walks: Option<Vec<Walk<'_>>> = patterns.map(Pattern::start).collect();
        walks.and_then(all_may_end).unwrap_or(true)
    }

    fn patterns(&self) -> &[Pattern] {
        let read = |pattern: &String| Pattern::new(pattern);
        let own = || self.written.iter().filter_map(read).collect();
        self.patterns.get_or_init(own)
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
        for pattern in self.patterns() {
            walks.push(pattern.start()?);
        }
        all_may_end(walks)
    }
}

/// Whether some text leads all walks to where it may end; nothing where that takes too long to find
/// out.
fn all_may_end(mut walks: Vec<Walk<'_>>) -> Option<bool> {
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
    fn texts_that_two_may_be_are_told() {
        let texts = |pattern: &str| Texts::matching(vec![pattern.to_owned()]);
        let any = || Texts::default();
        let numbers = |min: f64, max: f64| any().with_numbers(Some(min), Some(max));
        for (one, other, expected) in [
            (any(), any(), true),
            (texts("[a-z]+"), any(), true),
            (texts("[a-z]+"), texts("[0-9]+"), false),
            (texts("[a-z]+"), texts("[a-c0-9]+"), true),
            (
                any().with_lengths(None, Some(50)),
                any().with_lengths(Some(60), None),
                false,
            ),
            (
                any().with_lengths(None, Some(60)),
                any().with_lengths(Some(50), None),
                true,
            ),
            (numbers(1.0, 3.0), numbers(3.0, 5.0), true),
            (numbers(1.0, 2.0), numbers(3.0, 5.0), false),
            (numbers(1.0, 2.0), any(), true),
        ] {
            assert_eq!(one.may_share(&other), expected, "{one:?} {other:?}");
            assert_eq!(other.may_share(&one), expected, "{other:?} {one:?}");
        }
        assert!(
            texts("[a-z]+").has("ab") && !texts("[a-z]+").has("a1") && !texts("[a-z]+").has("")
        );
        assert!(numbers(1.0, 2.0).has("1.5") && !numbers(1.0, 2.0).has("3"));
        assert!(!numbers(1.0, 2.0).has("a") && any().has("a"));
        assert!(!any().with_lengths(Some(2), Some(3)).has("abcd"));
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
