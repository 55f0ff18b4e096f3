//! The types that the AWS provider gives the arguments of its resources, which are sensitive, and
//! for which strings it chooses one.
//!
//! `arguments.txt` has them from the schema of the provider: a line is a type, `sensitive`,
//! `chosen` or `unchosen`, and names. What has one name is of one kind nearly everywhere; where it
//! is not, the resource is named too. All others are strings. `tests/provider_schema.rs` makes the
//! file.

use crate::terraform::types::Constraint;
use foldhash::{HashMap, HashSet};
use std::rc::Rc;
use std::sync::LazyLock;

/// The names of arguments, or of a resource and an argument.
struct Arguments {
    types: HashMap<&'static str, &'static str>,
    sensitive: HashSet<&'static str>,
    chosen: HashSet<&'static str>,
    unchosen: HashSet<&'static str>,
}

static ARGUMENTS: LazyLock<Arguments> = LazyLock::new(|| {
    let mut arguments = Arguments {
        types: HashMap::default(),
        sensitive: HashSet::default(),
        chosen: HashSet::default(),
        unchosen: HashSet::default(),
    };
    let lines = include_str!("arguments.txt").lines();
    for (of, names) in lines.filter_map(|line| line.split_once(' ')) {
        let names = names.split(' ');
        match of {
            "sensitive" => arguments.sensitive.extend(names),
            "chosen" => arguments.chosen.extend(names),
            "unchosen" => arguments.unchosen.extend(names),
            of => arguments.types.extend(names.map(|name| (name, of))),
        }
    }
    arguments
});

/// The type of an argument of a resource, or of a block in it: `kind` is then both names.
pub fn constraint(kind: &str, name: &str) -> Constraint {
    if !kind.starts_with("aws_") {
        // What makes resources of other providers anew is a map of strings.
        return match name {
            "keepers" | "triggers" => Constraint::Map(Rc::new(Constraint::String)),
            _ => Constraint::Any,
        };
    }
    let types = &ARGUMENTS.types;
    let here = types.get(&*format!("{kind}.{name}"));
    let of = here.or_else(|| types.get(name));
    of.map_or(Constraint::String, |of| parse(of))
}

/// Whether the provider marks an argument as one that is not shown.
pub fn is_sensitive(kind: &str, name: &str) -> bool {
    is_among(&ARGUMENTS.sensitive, kind, name)
}

/// Whether the provider may choose the string where an argument sets none: an empty one is none.
pub fn is_chosen(kind: &str, name: &str) -> bool {
    is_among(&ARGUMENTS.chosen, kind, name) && !is_among(&ARGUMENTS.unchosen, kind, name)
}

fn is_among(names: &HashSet<&'static str>, kind: &str, name: &str) -> bool {
    kind.starts_with("aws_") && (names.contains(name) || names.contains(&*format!("{kind}.{name}")))
}

fn parse(of: &str) -> Constraint {
    let element = |of: &str| Rc::new(parse(of));
    match of.strip_suffix(')').and_then(|of| of.split_once('(')) {
        Some(("list", of)) => Constraint::List(element(of)),
        Some(("set", of)) => Constraint::Set(element(of)),
        Some(("map", of)) => Constraint::Map(element(of)),
        _ => match of {
            "bool" => Constraint::Bool,
            "number" => Constraint::Number,
            "string" => Constraint::String,
            _ => Constraint::Any,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_has_a_type_and_no_name_stands_twice() {
        let mut names = 0;
        for line in include_str!("arguments.txt").lines() {
            let (of, listed) = line.split_once(' ').expect("a type and names");
            let is_any = matches!(parse(of), Constraint::Any);
            assert_eq!(
                is_any,
                matches!(of, "any" | "sensitive" | "chosen" | "unchosen"),
                "{of}"
            );
            names += listed.split(' ').count();
        }
        let all = &*ARGUMENTS;
        let flags = [&all.sensitive, &all.chosen, &all.unchosen];
        let flagged: usize = flags.iter().map(|names| names.len()).sum();
        assert_eq!(names, all.types.len() + flagged);
    }

    #[test]
    fn a_resource_may_differ_from_the_others() {
        let shown = |kind: &str, name: &str| format!("{:?}", constraint(kind, name));
        assert_eq!(shown("aws_lb_target_group", "port"), "Number");
        assert_eq!(shown("aws_lb_target_group.health_check", "port"), "String");
        assert_eq!(shown("aws_ebs_volume", "size"), "Number");
        assert_eq!(shown("aws_ecs_task_definition", "cpu"), "String");
        assert_eq!(shown("aws_lb", "subnets"), "Set(String)");
        assert_eq!(shown("random_id", "byte_length"), "Any");
        assert!(is_sensitive("aws_db_instance", "password"));
        assert!(is_sensitive("aws_ssm_parameter", "value"));
        assert!(!is_sensitive("aws_route53_record", "value"));
        assert!(is_chosen("aws_db_instance", "db_name"));
        assert!(is_chosen("aws_iam_role", "name"));
        assert!(!is_chosen("aws_ssm_parameter", "name"));
        assert!(!is_chosen("aws_iam_role", "description"));
    }
}
