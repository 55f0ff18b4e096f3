//! What a directive says, and what is wrong with one.

use super::*;
use crate::source::{Memory, SourceMap};
use std::path::Path;

/// Each exception as its rule, its name's text, its day and what it is about; and each fault.
fn told(text: &str) -> Vec<String> {
    let sources = SourceMap::new(Memory::new([("/m.tf", text)]), "/");
    let file = sources.open(Path::new("/m.tf")).expect("in memory");
    let (mut exceptions, mut faults) = (Vec::new(), Vec::new());
    read(&file, &mut exceptions, &mut faults);
    let exceptions = exceptions.iter().map(|exception| {
        let Written::At(span) = exception.written else {
            panic!("it is a comment");
        };
        assert_eq!(file.slice(span), exception.rule);
        let within = exception.within.map(|within| file.slice(within));
        let until = exception.until.map(|day| day.to_string());
        format!("{} {until:?} {within:?}", exception.rule)
    });
    let faults = faults
        .iter()
        .map(|fault| format!("{}: {}", file.slice(fault.span), fault.message));
    exceptions.chain(faults).collect()
}

#[test]
fn a_directive_names_rules_a_day_and_a_reason() {
    assert_eq!(
        told("a = 1 # ecslint: ignore[privileged-container] it must"),
        [
            "privileged-container None Some(\"a = 1 # ecslint: ignore[privileged-container] it must\")"
        ]
    );
    assert_eq!(
        told(
            "//ecslint:ignore[ privileged-container,host-network-root-user ] until=2026-01-31 why\na = 1"
        ),
        [
            "privileged-container Some(\"2026-01-31\") Some(\"a = 1\")",
            "host-network-root-user Some(\"2026-01-31\") Some(\"a = 1\")",
        ]
    );
    assert_eq!(
        told("# tflint-ignore: x # ecslint: ignore[privileged-container]: why\na = 1"),
        ["privileged-container None Some(\"a = 1\")"]
    );
    assert_eq!(
        told(
            "# about ecslint: it looks here\n# `# ecslint: ignore[x] y`\n# see ecslint\n# ecslint ignores this until 2026-01-31\na = \"# ecslint: x\""
        ),
        [""; 0]
    );
}

#[test]
fn what_cannot_be_followed_is_said() {
    for (text, wanted) in [
        (
            "# ecslint: ignore[privileged-container]",
            "ignore[privileged-container]: an ignore needs a reason, so nothing is ignored",
        ),
        (
            "# ecslint: ignore[privileged-container] until=2026-01-31 --",
            "ignore[privileged-container] until=2026-01-31 --: an ignore needs a reason, so nothing is ignored",
        ),
        (
            "# ecslint: ignore[privileged-container] until=soon x",
            "soon: `soon` is not a day, so nothing is ignored",
        ),
        (
            "# ecslint: ignore[privileged-containr] x",
            "privileged-containr: `privileged-containr` is not a rule, so nothing is ignored: did you mean `privileged-container`?",
        ),
        (
            "# ecslint: ignore[unused-ignore] x",
            "unused-ignore: `unused-ignore` cannot be ignored: it is about exceptions themselves",
        ),
        (
            "# ecslint: ignore x",
            "ignore x: an ignore names its rules in brackets, so nothing is ignored",
        ),
        (
            "# ecslint: ignore[] x",
            "ignore[] x: an ignore names its rules in brackets, so nothing is ignored",
        ),
        (
            "# ecslint: disable x",
            "disable x: `disable` is not `ignore` or `ignore-file`, so nothing is ignored",
        ),
        (
            "# ecslint: ignore[privileged-container] until 2026-01-31 x",
            "ignore[privileged-container] until 2026-01-31 x: the day stands before the reason as `until=2026-12-31`, so nothing is ignored",
        ),
        (
            "# ecslint: ignore[privileged-container] expires: 2026-01-31",
            "ignore[privileged-container] expires: 2026-01-31: the day stands before the reason as `until=2026-12-31`, so nothing is ignored",
        ),
        (
            "# ecslint-ignore: privileged-container x",
            "# ecslint-ignore: privileged-container x: an ignore begins with `ecslint:`, so nothing is ignored",
        ),
        (
            "// ecslint ignore[privileged-container] x",
            "// ecslint ignore[privileged-container] x: an ignore begins with `ecslint:`, so nothing is ignored",
        ),
        (
            "/* ecslint: ignore[privileged-container] x */",
            "/* ecslint: ignore[privileged-container] x */: an ignore stands in a comment that begins with `#` or `//`, so nothing is ignored",
        ),
        (
            "# ecslint:",
            ": nothing that ecslint knows follows its name, so nothing is ignored",
        ),
        (
            "a = 1\n# ecslint: ignore-file[privileged-container] x",
            "ignore-file[privileged-container] x: an `ignore-file` stands above everything else in its file, so nothing is ignored",
        ),
    ] {
        assert_eq!(told(text), [wanted], "{text}");
    }
}
