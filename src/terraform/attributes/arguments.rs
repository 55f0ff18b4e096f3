//! The types that the AWS provider gives the arguments of its resources.
//!
//! `arguments.txt` has them from the schema of the provider: a line is a type and names. What has
//! one name is of one type nearly everywhere; where it is of another, the resource is named too.
//! All others are strings. `tests/provider_schema.rs` makes the file.

use crate::terraform::types::Constraint;
use foldhash::HashMap;
use std::rc::Rc;
use std::sync::LazyLock;

/// By the name of an argument, or of a resource and an argument.
static TYPES: LazyLock<HashMap<&'static str, &'static str>> = LazyLock::new(|| {
    let lines = include_str!("arguments.txt").lines();
    let lines = lines.filter_map(|line| line.split_once(' '));
    lines
        .flat_map(|(of, names)| names.split(' ').map(move |name| (name, of)))
        .collect()
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
    let here = TYPES.get(&*format!("{kind}.{name}"));
    let of = here.or_else(|| TYPES.get(name));
    of.map_or(Constraint::String, |of| parse(of))
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
            assert_eq!(is_any, of == "any", "{of}");
            names += listed.split(' ').count();
        }
        assert_eq!(names, TYPES.len());
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
    }
}
