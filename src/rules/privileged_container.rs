//! A privileged container has every right of the host's root.

use super::*;

pub static RULE: Rule = Rule {
    id: "privileged-container",
    summary: "container runs privileged",
    severity: Severity::High,
    on_by_default: true,
    since: "0.1.0",
    policy: None,
    controls: &["Security Hub ECS.4"],
    elsewhere: &["CKV_AWS_334", "ECS_CONTAINERS_NONPRIVILEGED"],
    docs: Docs {
        what: "Flags each container definition with `privileged` set to true.",
        why: "A privileged container has all capabilities and reaches every device of the host: \
              whoever controls a process in it controls the EC2 instance and all other tasks on it.",
        fix_terraform: "Remove `privileged`, or set it to `false`. If the container needs one \
                        capability, add that one in `linuxParameters.capabilities.add`.",
        fix_cloudformation: "Remove `Privileged`, or set it to `false`. If the container needs one \
                             capability, add that one in `LinuxParameters.Capabilities.Add`.",
        fix_aws_cli: "Describe the task definition, remove `privileged` from its containers and \
                      the read-only members from its top level, and register it again.",
        limits: "`privileged` cannot be overridden when a task is run, so what the source says is \
                 what runs. Fargate and Windows refuse it.",
    },
    options: &[],
    check: Check::PerContainer(PerContainer {
        applies: |_, _| Applies::Yes,
        check,
        question: "whether {subject} runs privileged",
    }),
};

fn check(cx: &Cx, _: &TaskDefinition, container: &ContainerDefinition) -> Judgement {
    let privileged = cx.field(&container.privileged);
    match privileged.state {
        State::Unknown(unknown) => Err(unknown.into()),
        State::Absent | State::Known(false) => Ok(Outcome::Pass),
        State::Known(true) => fail(
            Severity::High,
            "privileged",
            "runs privileged",
            cx.at_or_inside(&privileged, container),
            "privileged: it has every right of the host's root",
            Fix {
                text: "remove `{member}`, or set `{example}`",
                member: "privileged",
                value: FixValue::Bool(false),
            },
        )
        .came(&privileged.trail)
        .judge(),
    }
}
