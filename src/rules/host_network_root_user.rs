//! A root process on the host's network can reach every service of the instance.

use super::*;
use crate::rules::privileged_container;
use crate::value::{Pattern, UnknownKind};
use std::sync::LazyLock;

pub static RULE: Rule = Rule {
    id: "host-network-root-user",
    summary: "container on the host's network runs as root or sets no user",
    severity: Severity::High,
    on_by_default: true,
    since: "0.1.0",
    policy: Some(Policy {
        id: "/ce/ca/aws/ecs/task-definition-host-network-root-user",
        name: "AWS ECS Task Definition with Host Network Mode runs containers as root",
        contextual_name: "Task Definition with Host Network Mode runs containers as root",
        kind: "COMPLIANCE_POLICY",
        category: "SECURITY",
    }),
    controls: &[
        "Security Hub ECS.1 (retired in March 2026; see ECS.4, ECS.17, ECS.20 and ECS.21)",
        "AWS Config ecs-task-definition-user-for-host-mode-check",
        "Control Tower CT.ECS.PR.8",
    ],
    elsewhere: &[
        "ECS_TASK_DEFINITION_USER_FOR_HOST_MODE_CHECK",
        "ECSTaskDefinitionUserForHostMode",
        "CT.ECS.PR.8",
    ],
    docs: Docs {
        what: "\
Flags each container of a task definition with network mode `host` that runs as UID 0 or sets no \
user.

`user` is read as Docker reads it: the part before the first `:` decides, and whatever is an \
integer is a UID, so `0`, `00`, `+0`, `-0` and `root` are root, with or without a group; so is \
`:1000`, which names a group only. A container without `user` (missing, null, `AWS::NoValue` or \
empty) runs as whatever user its image sets, and images default to root: that is reported with \
the evidence \"unset\" at medium severity, root itself with the evidence \"root\" at high \
severity.

A container with `privileged` set to true is not judged here while `privileged-container` is on: \
AWS reads it as an explicit opt-in, and that rule reports it. Task definitions for Windows have \
neither host mode nor UIDs and are not judged.",
        why: "\
A task on the host's network shares the network namespace of its EC2 instance.

- Privilege escalation: an attacker who breaks out of a root container is root on the host, with \
its network stack.
- Traffic interception: a root process on the host's network can inspect and inject traffic that \
was meant for other tasks and for the host.",
        fix_terraform: "\
Give every container a `user` with a UID other than 0: the one its image is built for, for \
example `1000`. Or leave host mode: `network_mode = \"awsvpc\"` gives each task its own network \
interface.",
        fix_cloudformation: "\
Give every container definition a `User` with a UID other than 0: the one its image is built for, \
for example `\"1000\"` (in quotes: YAML reads an unquoted `1000:0` as a number). Or leave host \
mode: `NetworkMode: awsvpc` gives each task its own network interface.",
        fix_aws_cli: "\
1. `aws ecs describe-task-definition --task-definition FAMILY --query taskDefinition > \
task-def.json`
2. In `task-def.json` set `\"user\": \"1000\"` (the UID the image is built for) in each container, \
and remove the read-only members that `register-task-definition` refuses: `taskDefinitionArn`, \
`revision`, `status`, `requiresAttributes`, `compatibilities`, `registeredAt`, `registeredBy`, \
`deregisteredAt`, `deleteRequestedAt`.
3. `aws ecs register-task-definition --cli-input-json file://task-def.json`
4. Update the service to the new revision.",
        limits: "\
A user by name is taken as not root unless it is `root`: which UID a name has is in the image. A \
value that is known only after apply leaves the container undetermined. Text that is put into \
JSON from a value that is not known is taken to hold no quote, backslash or control character, \
and to be one value, or elements of the list it stands in; text put into the template of a stack set, \
to be a part of the value it stands in. `network_mode`, `user` and `privileged` cannot be \
overridden when a task is run, so what the source says is what runs.",
    },
    options: &[
        OptionSpec {
            name: "judge-privileged",
            values: OptionValues::Flag { default: false },
            about: "judge the user of privileged containers too",
        },
        OptionSpec {
            name: "missing-user",
            values: OptionValues::Choice(&["fail", "info"]),
            about: "`info` reports a container without a user at severity info",
        },
    ],
    check: Check::PerContainer(PerContainer {
        applies,
        check,
        question: "which user {subject} runs as",
    }),
};

fn applies(cx: &Cx, task: &TaskDefinition) -> Applies {
    let windows = match cx.field(&task.operating_system_family).state {
        State::Known(family) => family.known_prefix().starts_with("WINDOWS"),
        // The containers tell, or it is judged as Linux.
        State::Absent | State::Unknown(_) => false,
    };
    match cx.field(&task.network_mode).state {
        _ if windows => Applies::No,
        State::Absent | State::Known(NetworkMode::Other) => Applies::No,
        State::Known(NetworkMode::Host) | State::Unknown(_) => Applies::Yes,
    }
}

fn check(cx: &Cx, task: &TaskDefinition, container: &ContainerDefinition) -> Judgement {
    let privileged = cx.field(&container.privileged);
    let opted_in = match &privileged.state {
        State::Known(true) if !judges_privileged(cx) => return Ok(Outcome::NotApplicable),
        State::Unknown(unknown) if !judges_privileged(cx) => Some(unknown),
        _ => None,
    };
    let user = cx.field(&container.user);
    let failure = match judge_user(&user)? {
        User::Other => return Ok(Outcome::Pass),
        User::Root(part) => root(&user, part),
        User::Unset => unset(cx, &user, container),
    };
    // It fails unless something that is not known speaks against it.
    if let Some(unknown) = opted_in {
        return Err(NotTold::of("whether {subject} is privileged", unknown));
    }
    let mode = cx.field(&task.network_mode);
    if let State::Unknown(unknown) = &mode.state {
        let question = "whether {subject} uses the host's network";
        return Err(NotTold::of(question, unknown));
    }
    // One that nobody chooses between others is taken for Linux.
    if let State::Unknown(unknown) = &cx.field(&task.operating_system_family).state
        && unknown.kind() == UnknownKind::Undecided
    {
        return Err(NotTold::of("whether {subject} runs on Windows", unknown));
    }
    let mut failure = failure.because(&mode, "the task uses the host's network here");
    if on_fargate(cx, task) {
        failure =
            failure.note("Fargate refuses network mode `host`: this task could not be run there");
    }
    failure.judge()
}

fn judges_privileged(cx: &Cx) -> bool {
    cx.flag("judge-privileged") || !cx.is_on(&privileged_container::RULE)
}

/// What `user` says of the UID.
enum User {
    /// Root, by the characters at this place.
    Root(Span),
    /// The image decides.
    Unset,
    /// Another user.
    Other,
}

/// Reads `user` as moby's `user.go` does.
fn judge_user(user: &Field<Text>) -> Result<User, Unknown> {
    let text = match &user.state {
        State::Unknown(unknown) if !may_name_root(unknown, "") => return Ok(User::Other),
        State::Unknown(unknown) => return Err(unknown.clone()),
        State::Absent => return Ok(User::Unset),
        State::Known(text) => text,
    };
    let whole = user.span.expect("a known member stands somewhere");
    let (name, has_group) = text.before(':');
    let Ok(rendered) = name.render() else {
        let prefix = name.known_prefix();
        return match name.first_hole() {
            Some(hole) if name.ends_in_hole() && !may_name_root(hole, &prefix) => Ok(User::Other),
            Some(hole) if can_become_root(&prefix) => Err(hole.clone()),
            _ => Ok(User::Other),
        };
    };
    let name = &rendered.text;
    if name.is_empty() && !has_group {
        return Ok(User::Unset);
    }
    if !(name.is_empty() || name == "root" || is_zero(name)) {
        return Ok(User::Other);
    }
    // The characters before the group, if the whole text is not just them.
    let pieces = rendered.slice(0..name.len());
    Ok(User::Root(match &pieces[..] {
        [piece] if has_group => piece.span(),
        _ => whole,
    }))
}

/// Whether Go's `strconv.Atoi` reads it as 0.
fn is_zero(name: &str) -> bool {
    let digits = name.strip_prefix(['+', '-']).unwrap_or(name);
    !digits.is_empty() && digits.bytes().all(|byte| byte == b'0')
}

/// Texts that name root or no user.
static ROOT: LazyLock<Option<Pattern>> =
    LazyLock::new(|| Pattern::new("(?:root|[+-]?0+)?(?s::.*)?"));

/// Whether what is not known may be such a text behind `prefix`.
fn may_name_root(unknown: &Unknown, prefix: &str) -> bool {
    let root = ROOT.as_ref();
    root.is_none_or(|root| unknown.may_match(prefix, root))
}

/// Whether some text that begins with `prefix` is root, or sets no user at all.
fn can_become_root(prefix: &str) -> bool {
    let sign = matches!(prefix, "" | "+" | "-");
    sign || is_zero(prefix) || "root".starts_with(prefix)
}

fn root(user: &Field<Text>, part: Span) -> Failure {
    let shown = match &user.state {
        State::Known(text) if !user.sensitive => {
            text.before(':').0.known().map(|name| name.into_owned())
        }
        _ => None,
    };
    let label = match shown.as_deref() {
        None => "(sensitive) this is root".to_owned(),
        Some("") => "no user before the `:`, which is UID 0".to_owned(),
        Some("root") => "root".to_owned(),
        Some(_) => "UID 0 is root".to_owned(),
    };
    fail(
        Severity::High,
        "root",
        "runs as root on the host's network",
        part,
        label,
        Fix {
            text: "set `{member}` to the UID the image is built for, for example `{example}`",
            member: "user",
            value: FixValue::Text("1000"),
        },
    )
    .came(&way_of(user))
}

/// The way of what names the user, and then of the text that it is a part of.
fn way_of(user: &Field<Text>) -> Trail {
    let State::Known(text) = &user.state else {
        return user.trail.clone();
    };
    let (name, _) = text.before(':');
    let mut pieces = name.pieces().iter();
    let piece = pieces.find(|piece| !piece.trail.is_empty());
    piece.map_or_else(
        || user.trail.clone(),
        |piece| piece.trail.followed_by(&user.trail),
    )
}

fn unset(cx: &Cx, user: &Field<Text>, container: &ContainerDefinition) -> Failure {
    let severity = match cx.choice("missing-user") {
        "info" => Severity::Info,
        _ => Severity::Medium,
    };
    let label = match user.state {
        State::Known(_) => "empty: the image decides, and images default to root",
        _ if user.span.is_some() => "null: the image decides, and images default to root",
        _ => "no `{member}` here: the image decides, and images default to root",
    };
    fail(
        severity,
        "unset",
        "sets no user on the host's network",
        cx.at_or_inside(user, container),
        label,
        Fix {
            text: "set `{member}` to the UID the image is built for, for example `{example}`",
            member: "user",
            value: FixValue::Text("1000"),
        },
    )
    .came(if user.span.is_some() {
        &user.trail
    } else {
        &container.trail
    })
}

fn on_fargate(cx: &Cx, task: &TaskDefinition) -> bool {
    match cx.field(&task.requires_compatibilities).state {
        State::Known(all) => all
            .iter()
            .any(|one| one.known().as_deref() == Some("FARGATE")),
        State::Absent | State::Unknown(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_that_go_reads_as_zero_are_root() {
        for zero in ["0", "00", "+0", "-0", "-000"] {
            assert!(is_zero(zero), "{zero}");
        }
        for other in ["", "+", "-", "+-0", "0x0", "0 ", " 0", "1", "01", "0_0"] {
            assert!(!is_zero(other), "{other}");
        }
    }

    #[test]
    fn a_known_beginning_can_rule_root_out() {
        for open in ["", "+", "-", "0", "-00", "r", "root"] {
            assert!(can_become_root(open), "{open}");
        }
        for closed in ["1", "app-", "Root", "01", "root1", "roo7", "+1"] {
            assert!(!can_become_root(closed), "{closed}");
        }
    }
}
