//! An exception that hides nothing will hide the next finding in its place, unseen.

use super::*;

pub static RULE: Rule = Rule {
    id: "unused-ignore",
    summary: "exception that hides no finding, or whose time is over",
    severity: Severity::Low,
    on_by_default: true,
    since: "0.1.0",
    policy: None,
    controls: &[],
    elsewhere: &[],
    docs: Docs {
        what: "Flags each exception (a comment, an entry of `Metadata`, an entry of `ignore` in the \
               configuration) that hides no finding of a rule that it names, and each whose `until` \
               has passed.",
        why: "An exception that is left behind hides the next finding in its place, and nobody is \
              asked. One that has ended hides nothing any more: what it was made for is reported \
              again.",
        fix_terraform: "Remove the comment. If there is a finding that it should hide, put it at the \
                        end of the finding's line, or on a line of its own above the container, the \
                        resource or the argument.",
        fix_cloudformation: "Remove the comment or the entry of `Metadata`. If there is a finding \
                             that it should hide, put the comment at the end of the finding's line, \
                             or on a line of its own above the container or the resource.",
        fix_aws_cli: "There is nothing to change in AWS: exceptions stand in the source and in the \
                      configuration only.",
        limits: "Only files that the run has read below the paths that were named are looked at. \
                 Nothing is called unused where a rule is off or undecided, or where something of the \
                 run could not be read. A finding of this rule cannot be ignored itself: switch the \
                 rule off.",
    },
    options: &[],
    check: Check::Exceptions,
};
