//! What Terraform prints and keeps as JSON: plans and states, which are no source.

use crate::json;
use crate::source::File;

/// What a file is, if it is such JSON, told by the names at its top.
pub fn printed(file: &File) -> Option<&'static str> {
    let members = json::members(file, file.bom()..file.text().len()).ok()?;
    let has = |name: &str| members.iter().any(|member| *member.name == *name);
    let is_shown = has("format_version");
    match () {
        () if is_shown && (has("planned_values") || has("resource_changes")) => Some("plan"),
        () if is_shown && has("values") => Some("state"),
        () if has("lineage") && has("terraform_version") => Some("state"),
        () => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::{Memory, SourceMap};
    use std::path::Path;

    #[test]
    fn plans_and_states_are_told_by_their_names() {
        for (text, expected) in [
            (
                r#"{"format_version": "1.2", "terraform_version": "1.11.4", "planned_values": {}}"#,
                Some("plan"),
            ),
            (
                r#"{"format_version": "1.2", "resource_changes": [], "configuration": {}}"#,
                Some("plan"),
            ),
            (r#"{"format_version": "1.0", "values": {}}"#, Some("state")),
            (
                r#"{"version": 4, "terraform_version": "1.11.4", "serial": 1, "lineage": "a"}"#,
                Some("state"),
            ),
            (r#"{"format_version": "1.2"}"#, None),
            (r#"{"planned_values": {}}"#, None),
            (r#"["format_version", "values"]"#, None),
            (r#"{"format_version": "1.2", "planned_values": {"#, None),
        ] {
            let map = SourceMap::new(Memory::new([("/plan.json", text)]), "/");
            let file = map.open(Path::new("/plan.json")).expect("in memory");
            assert_eq!(printed(&file), expected, "{text}");
        }
    }
}
