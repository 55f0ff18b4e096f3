//! Whatever the unset variables turn out to be, what is called known stays as it is.
//!
//! Expressions are generated, evaluated among variables without values, and once more for each of
//! several values of these. Null is one of them, and so is everything that converts to the type.

use super::tests::Case;
use super::*;
use crate::value::PieceKind;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// A variable's name, its type, and values that it may get.
const VARIABLES: &[(&str, &str, &[&str])] = &[
    (
        "any",
        "any",
        &[
            "null",
            "\"a\"",
            "\"\"",
            "\"1\"",
            "7",
            "true",
            "[\"a\", \"b\"]",
            "[]",
            "{ a = \"x\" }",
            "{ b = 1, c = [2] }",
        ],
    ),
    (
        "s",
        "string",
        &[
            "null", "\"\"", "\"a\"", "\"b\"", "\"1\"", "\"true\"", "\"a,b\"",
        ],
    ),
    ("n", "number", &["null", "0", "1", "2", "-1.5"]),
    ("b", "bool", &["null", "true", "false"]),
    (
        "l",
        "list(string)",
        &[
            "null",
            "[]",
            "[\"a\"]",
            "[\"b\", \"a\"]",
            "[\"a\", null, \"\"]",
        ],
    ),
    (
        "m",
        "map(string)",
        &["null", "{}", "{ a = \"x\" }", "{ a = null, b = \"1\" }"],
    ),
    (
        "o",
        "object({ a = string, n = optional(number, 1), f = optional(bool) })",
        &[
            "null",
            "{ a = \"x\", f = null }",
            "{ a = null, n = null }",
            "{ a = \"a\", n = 5, f = true }",
        ],
    ),
    (
        "t",
        "tuple([string, number])",
        &["null", "[\"a\", 1]", "[null, 2]"],
    ),
    ("e", "set(string)", &["null", "[]", "[\"b\", \"a\"]"]),
];

/// What is seen of a value when all of it is read.
#[derive(Debug)]
enum Seen {
    Unknown,
    /// Terraform refuses it, or it was too much.
    Fault,
    Null,
    Bool(bool),
    Number(String),
    /// The text between the holes.
    Text(Vec<String>),
    List(Vec<Seen>, bool),
    Object(BTreeMap<String, Seen>, bool),
}

fn see(value: &Value) -> Seen {
    match &value.kind {
        Kind::Null(_) => Seen::Null,
        Kind::Bool(value) => Seen::Bool(*value),
        Kind::Number(number) => Seen::Number(number.to_string()),
        Kind::Unknown(unknown) => match unknown.kind() {
            UnknownKind::Invalid | UnknownKind::Limit => Seen::Fault,
            _ => Seen::Unknown,
        },
        Kind::Text(text) => {
            let mut parts = vec![String::new()];
            for piece in text.expanded().pieces() {
                match &piece.kind {
                    PieceKind::Literal(literal) => {
                        parts
                            .last_mut()
                            .expect("never empty")
                            .push_str(literal.as_str());
                    }
                    PieceKind::Hole(unknown) if unknown.is_refused() => {
                        return Seen::Fault;
                    }
                    _ => parts.push(String::new()),
                }
            }
            Seen::Text(parts)
        }
        Kind::List(list) => {
            let items: Vec<Seen> = list.iter().map(|item| see(&item)).collect();
            match items.iter().any(|item| matches!(item, Seen::Fault)) {
                true => Seen::Fault,
                false => Seen::List(items, list.rest.is_some()),
            }
        }
        Kind::Object(object) => {
            let members: BTreeMap<String, Seen> = sorted_members(object)
                .into_iter()
                .map(|member| (member.name.to_string(), see(&member.value.get())))
                .collect();
            match members.values().any(|member| matches!(member, Seen::Fault)) {
                true => Seen::Fault,
                false => Seen::Object(members, object.rest.is_some()),
            }
        }
    }
}

/// Whether what was said of a value before it was known holds of it.
fn holds(said: &Seen, real: &Seen) -> bool {
    match (said, real) {
        // No plan gets past a fault, so nothing is said of what comes after it.
        (Seen::Unknown, _) | (_, Seen::Fault | Seen::Unknown) => true,
        (Seen::Null, Seen::Null) => true,
        (Seen::Bool(a), Seen::Bool(b)) => a == b,
        (Seen::Number(a), Seen::Number(b)) => a == b,
        // A null among the real values has lost its type: a number beside a string that is null
        // stays a number. That it becomes its digits was said before. And the branch of a
        // conditional is taken as it is beside one of any type, as Terraform has it.
        (Seen::Text(parts), Seen::Number(other)) | (Seen::Number(other), Seen::Text(parts)) => {
            parts[..] == [other.as_str()]
        }
        (Seen::Text(parts), Seen::Bool(other)) | (Seen::Bool(other), Seen::Text(parts)) => {
            parts[..] == [other.to_string()]
        }
        (Seen::Text(parts), Seen::Text(real)) => {
            real.len() > 1
                || text_holds(parts, &real[0])
                || text_holds(&without_commas(parts), &real[0])
        }
        (Seen::List(said, open), Seen::List(real, more)) => *more || items_hold(said, *open, real),
        (Seen::Object(said, open), Seen::Object(real, more)) => {
            let known = said.iter().all(|(name, said)| match real.get(name) {
                Some(real) => holds(said, real),
                None => *more,
            });
            known && (*open || real.keys().all(|name| said.contains_key(name)))
        }
        _ => false,
    }
}

/// The parts without the separators that belong to elements which may not be there.
fn without_commas(parts: &[String]) -> Vec<String> {
    let last = parts.len() - 1;
    let trimmed = parts.iter().enumerate().map(|(at, part)| {
        let part = if at > 0 {
            part.trim_start_matches(',')
        } else {
            part
        };
        let part = if at < last {
            part.trim_end_matches(',')
        } else {
            part
        };
        part.to_owned()
    });
    trimmed.collect()
}

fn text_holds(parts: &[String], real: &str) -> bool {
    let (first, rest) = parts.split_first().expect("never empty");
    let Some(mut left) = real.strip_prefix(first.as_str()) else {
        return false;
    };
    let Some((last, middle)) = rest.split_last() else {
        return left.is_empty();
    };
    for part in middle {
        match left.split_once(part.as_str()) {
            Some((_, after)) => left = after,
            None => return false,
        }
    }
    left.ends_with(last.as_str())
}

/// The items that are listed keep their order; where there may be more, these stand between.
fn items_hold(said: &[Seen], open: bool, real: &[Seen]) -> bool {
    match said.split_first() {
        None => open || real.is_empty(),
        Some((first, others)) if !open => real
            .split_first()
            .is_some_and(|(real, rest)| holds(first, real) && items_hold(others, open, rest)),
        Some((first, others)) => (0..real.len())
            .any(|at| holds(first, &real[at]) && items_hold(others, open, &real[at + 1..])),
    }
}

/// Chooses by a number that each choice uses up a part of.
struct Choice(u64);

impl Choice {
    fn below(&mut self, count: usize) -> usize {
        // The generator that Knuth gives for 64 bits; its upper half is random enough.
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % count
    }

    fn of<'a>(&mut self, all: &[&'a str]) -> &'a str {
        all[self.below(all.len())]
    }

    /// An expression by a pattern: `S` stands for a string, and so on.
    fn fill(&mut self, patterns: &[&str], depth: usize) -> String {
        let pattern = self.of(patterns);
        let mut out = String::new();
        for letter in pattern.chars() {
            let _ = match letter {
                'S' => write!(out, "{}", self.string(depth)),
                'N' => write!(out, "{}", self.number(depth)),
                'B' => write!(out, "{}", self.condition(depth)),
                'L' => write!(out, "{}", self.list(depth)),
                'M' => write!(out, "{}", self.map(depth)),
                'X' => write!(out, "{}", self.anything(depth)),
                letter => write!(out, "{letter}"),
            };
        }
        out
    }

    fn string(&mut self, depth: usize) -> String {
        const LEAVES: &[&str] = &[
            "\"a\"",
            "\"b\"",
            "\"\"",
            "\"1\"",
            "var.s",
            "var.s",
            "var.o.a",
            "var.t[0]",
            "var.l[0]",
            "var.m.a",
            "var.m[\"b\"]",
            "var.any",
        ];
        match depth {
            0 => self.of(LEAVES).to_owned(),
            _ => self.fill(
                &[
                    "(B ? S : S)",
                    "coalesce(S, S)",
                    "try(S, S)",
                    "try(X.a, S)",
                    "\"${S}-${S}\"",
                    "\"${S}${N}\"",
                    "\"%{if B}${S}%{else}-%{endif}\"",
                    "\"%{for x in L}${x};%{endfor}\"",
                    "upper(S)",
                    "trimspace(S)",
                    "replace(S, \"a\", \"c\")",
                    "replace(S, \"/[a1]+/\", \"c\")",
                    "replace(S, \"/[a-b]1?/\", \"c\")",
                    "replace(jsonencode([S, { a = S }]), \"/\\\"([0-9a]+)\\\"/\", \"$1\")",
                    "join(\",\", L)",
                    "format(\"%s/%v\", S, X)",
                    "lookup(M, \"a\", S)",
                    "lookup(M, S, S)",
                    "element(L, N)",
                    "L[0]",
                    "M[\"a\"]",
                    "tostring(N)",
                    "tostring(B)",
                    "jsonencode(X)",
                    "one(L)",
                    "trimprefix(S, \"a\")",
                    "substr(S, 0, 1)",
                    "jsondecode(jsonencode(S))",
                    "S",
                    "try(M[S], S)",
                    "jsonencode({ a = S, b = [X] })",
                    "\"${~ S ~} \"",
                    "[S, S][N]",
                    "tolist([N, S])[0]",
                    "tomap({ a = S, b = N }).b",
                    "yamldecode(yamlencode(S))",
                ],
                depth - 1,
            ),
        }
    }

    fn number(&mut self, depth: usize) -> String {
        const LEAVES: &[&str] = &["0", "1", "2", "var.n", "var.o.n", "var.t[1]"];
        match depth {
            0 => self.of(LEAVES).to_owned(),
            _ => self.fill(
                &[
                    "(B ? N : N)",
                    "(N + N)",
                    "-N",
                    "length(L)",
                    "length(M)",
                    "length(S)",
                    "max(N, N)",
                    "try(N, N)",
                    "coalesce(N, N)",
                    "index(L, S)",
                    "sum([N, N])",
                    "try(tonumber(S), N)",
                    "N",
                    "length(X)",
                    "tolist([N, N])[0]",
                    "length(keys(M))",
                ],
                depth - 1,
            ),
        }
    }

    fn condition(&mut self, depth: usize) -> String {
        const LEAVES: &[&str] = &[
            "true",
            "false",
            "var.b",
            "var.o.f",
            "var.s == \"a\"",
            "var.o == null",
        ];
        match depth {
            0 => self.of(LEAVES).to_owned(),
            _ => self.fill(
                &[
                    "(S == S)",
                    "(S != S)",
                    "(N == N)",
                    "(N < N)",
                    "(B && B)",
                    "(B || B)",
                    "!B",
                    "(X == null)",
                    "(X != null)",
                    "(B ? B : B)",
                    "can(S)",
                    "can(X.a)",
                    "can(M.a)",
                    "contains(L, S)",
                    "startswith(S, \"a\")",
                    "endswith(S, \"b\")",
                    "try(B, B)",
                    "alltrue([B, B])",
                    "anytrue([B, B])",
                    "strcontains(S, \"a\")",
                    "can(L[0])",
                    "contains(keys(M), \"a\")",
                    "(S == N)",
                    "B",
                    "can(keys(X))",
                    "tobool(B)",
                    "(length(L) == 0)",
                    "can(tonumber(S))",
                    "(tostring(N) == S)",
                    "(B == B)",
                ],
                depth - 1,
            ),
        }
    }

    fn list(&mut self, depth: usize) -> String {
        const LEAVES: &[&str] = &[
            "[]",
            "[\"a\"]",
            "[\"a\", \"b\"]",
            "var.l",
            "var.e",
            "[var.s]",
            "var.t",
        ];
        match depth {
            0 => self.of(LEAVES).to_owned(),
            _ => self.fill(
                &[
                    "[S, S]",
                    "(B ? L : L)",
                    "(B ? [S] : [])",
                    "concat(L, L)",
                    "tolist(L)",
                    "toset(L)",
                    "tolist([S, N])",
                    "[for x in L : x]",
                    "[for x in L : x if x != S]",
                    "[for k, v in M : v]",
                    "[for k, v in M : k if B]",
                    "keys(M)",
                    "values(M)",
                    "compact(L)",
                    "distinct(L)",
                    "flatten([L, [S]])",
                    "reverse(L)",
                    "sort(L)",
                    "split(\",\", S)",
                    "try(L, [S])",
                    "L[*]",
                    "S[*]",
                    "[{ a = S }, { a = S }][*].a",
                    "coalescelist(L, L)",
                    "setunion(L, L)",
                    "slice(L, 0, 1)",
                    "tolist([S, X])",
                    "jsondecode(jsonencode(L))",
                    "[for x in [S, S] : upper(x)]",
                    "matchkeys(L, L, [S])",
                    "formatlist(\"%s!\", L)",
                    "[for k, v in var.o : v]",
                    "concat([N], L)",
                    "tolist(concat([N], L))",
                    "setsubtract(L, [S])",
                    "setintersection(L, L)",
                ],
                depth - 1,
            ),
        }
    }

    fn map(&mut self, depth: usize) -> String {
        const LEAVES: &[&str] = &[
            "{}",
            "{ a = \"x\" }",
            "{ a = var.s }",
            "var.m",
            "var.o",
            "{ b = 1 }",
        ];
        match depth {
            0 => self.of(LEAVES).to_owned(),
            _ => self.fill(
                &[
                    "{ a = S, b = S }",
                    "(B ? M : M)",
                    "merge(M, M)",
                    "merge(M, { a = S })",
                    "merge({ a = S }, M)",
                    "{ for x in L : x => S }",
                    "{ for k, v in M : k => v }",
                    "{ for x in L : \"k\" => x... }",
                    "tomap(M)",
                    "tomap({ a = S, b = N })",
                    "zipmap(L, L)",
                    "try(M, {})",
                    "{ (S) = S }",
                    "{ a = N, (S) = S }",
                    "jsondecode(jsonencode(M))",
                    "{ for k, v in M : k => v if v != S }",
                    "merge(M, null)",
                    "merge(X, { b = S })",
                    "merge({ b = S }, X)",
                    "coalesce(M, M)",
                    "jsondecode(\"{\\\"a\\\": ${jsonencode(S)}}\")",
                    "yamldecode(yamlencode(M))",
                ],
                depth - 1,
            ),
        }
    }

    fn anything(&mut self, depth: usize) -> String {
        self.fill(
            &[
                "var.any",
                "var.any",
                "S",
                "L",
                "M",
                "null",
                "var.o",
                "var.any.a",
                "var.any[0]",
                "try(var.any[0], S)",
            ],
            depth,
        )
    }
}

fn case(text: &str, given: &[Option<usize>]) -> Case {
    let variables: Vec<(&str, &str, Option<&str>)> = VARIABLES
        .iter()
        .zip(given)
        .map(|((name, constraint, values), given)| {
            (
                *name,
                *constraint,
                given.map(|at| values[at % values.len()]),
            )
        })
        .collect();
    Case::typed(text, &variables)
}

/// Expressions to generate; each is evaluated `COMPLETIONS` times.
const EXPRESSIONS: usize = 600;
const COMPLETIONS: usize = 8;

#[test]
fn what_is_known_holds_for_every_completion() {
    let seed = std::env::var("SEED").ok();
    let mut choice = Choice(seed.and_then(|seed| seed.parse().ok()).unwrap_or(1));
    let (mut known, mut refused, mut wrong) = (0, 0, Vec::new());
    for _ in 0..EXPRESSIONS {
        let depth = 1 + choice.below(3);
        let text = choice.fill(&["S", "N", "B", "L", "M"], depth);
        let unset = case(&text, &[None; VARIABLES.len()]);
        let said = see(&unset.eval());
        let explored = unset.world().explore(|| see(&unset.eval()));
        known += usize::from(!matches!(said, Seen::Unknown | Seen::Fault));
        for _ in 0..COMPLETIONS {
            let given: Vec<Option<usize>> = VARIABLES
                .iter()
                .map(|_| Some(choice.below(1 << 16)))
                .collect();
            // A part that nobody reads may be at fault, which only `can` sees.
            let real = case(&text, &given).eval();
            let passes = case(&format!("can({text})"), &given).eval().as_bool();
            let real = see(&real);
            if passes == Some(false) || matches!(real, Seen::Fault) {
                refused += 1;
                continue;
            }
            let values: Vec<&str> = VARIABLES
                .iter()
                .zip(&given)
                .filter(|((name, ..), _)| text.contains(&format!("var.{name}")))
                .map(|((_, _, values), at)| values[at.expect("given") % values.len()])
                .collect();
            // For the same reason what is a fault among types may pass.
            if matches!(said, Seen::Fault) && values.iter().any(|value| value.contains("null")) {
                continue;
            }
            if text.contains("jsonencode") && values.iter().any(|value| value.contains("null")) {
                continue;
            }
            if !holds(&said, &real) {
                wrong.push(format!(
                    "{text}\n    with {values:?}\n    {said:?}\n    not {real:?}"
                ));
            } else if explored.complete
                && explored
                    .leaves
                    .iter()
                    .any(|leaf| !matches!(leaf.outcome, Seen::Fault))
                && !explored
                    .leaves
                    .iter()
                    .any(|leaf| holds(&leaf.outcome, &real) && !matches!(leaf.outcome, Seen::Fault))
            {
                let outcomes: Vec<&Seen> =
                    explored.leaves.iter().map(|leaf| &leaf.outcome).collect();
                wrong.push(format!(
                    "{text}\n    with {values:?}\n    in no world {outcomes:?}\n    but {real:?}"
                ));
            }
        }
    }
    println!("{known} of {EXPRESSIONS} are known in some part, {refused} completions are refused");
    assert!(
        known * 5 > EXPRESSIONS,
        "only {known} are known: nothing is tested"
    );
    wrong.sort_by_key(String::len);
    let shown: Vec<String> = wrong.iter().take(40).cloned().collect();
    assert!(
        wrong.is_empty(),
        "{} wrong:\n{}",
        wrong.len(),
        shown.join("\n")
    );
}
