//! Names that were meant to be others.

/// Letters that are wrong in a name that was meant to be another.
const MAX_WRONG: usize = 2;

/// Whether a name is not the one that is meant, but for a slip at one place: a letter or two too
/// many, missing, wrong or swapped.
pub fn is_slip(name: &str, meant: &str) -> bool {
    let is_same = |(own, meant): &(u8, u8)| own == meant;
    let (own, right) = (name.bytes(), meant.bytes());
    let before = own.clone().zip(right.clone()).take_while(is_same).count();
    let after = own.rev().zip(right.rev()).take_while(is_same).count();
    let (least, most) = (name.len().min(meant.len()), name.len().max(meant.len()));
    let wrong = most - (before + after).min(least);
    (1..=MAX_WRONG).contains(&wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_near() {
        for slip in [
            "task_defintion",
            "task_definitions",
            "taskdefinition",
            "task_definitoin",
            "task_definnition",
            "task-definition",
            "task_définition",
            "task_definiti",
        ] {
            assert!(is_slip(slip, "task_definition"), "{slip}");
        }
        for other in [
            "task_definition",
            "task_set",
            "task",
            "service",
            "",
            "a_task_definition_b",
        ] {
            assert!(!is_slip(other, "task_definition"), "{other}");
        }
        assert!(is_slip("aaa", "aa"));
    }
}
