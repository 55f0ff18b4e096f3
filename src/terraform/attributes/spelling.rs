//! How the AWS provider spells some arguments before they become attributes: in lower case, JSON in
//! a canonical form.

use crate::value::{Kind, Piece, PieceKind, Text, Value};

/// Whether the provider takes the value of an argument as it is.
pub fn is_kept(kind: &str, name: &str, value: &Value) -> bool {
    let Some(spelling) = Spelling::of(kind, name) else {
        return true;
    };
    match &value.kind {
        Kind::Text(text) => spelling.is_that_of(text),
        Kind::List(list) => list.iter().all(|item| match &item.kind {
            Kind::Text(text) => spelling.is_that_of(text),
            _ => true,
        }),
        _ => true,
    }
}

/// How the provider spells an argument, whatever the source has.
#[derive(Clone, Copy)]
enum Spelling {
    /// In lower case, a domain without its last dot.
    Lower,
    /// In capitals.
    Upper,
    /// The id of a zone, without the path of the API before it.
    Zone,
    /// The name of a protocol, in place of its number.
    Protocol,
    /// JSON in a canonical form.
    Json,
    /// Without white space around.
    Trimmed,
}

impl Spelling {
    fn of(kind: &str, name: &str) -> Option<Spelling> {
        let named_in_lower = ["aws_acm_", "aws_elasticache_", "aws_route53_"];
        Some(match name {
            "identifier" | "cluster_identifier" => Spelling::Lower,
            "maintenance_window" | "preferred_maintenance_window" => Spelling::Lower,
            "engine" if kind == "aws_db_instance" => Spelling::Lower,
            "protocol" | "protocol_version" if kind.starts_with("aws_lb") => Spelling::Upper,
            "protocol" if kind == "aws_security_group_rule" => Spelling::Protocol,
            "container_properties"
            | "dashboard_body"
            | "event_pattern"
            | "routing_rules"
            | "template_body" => Spelling::Json,
            name if name.ends_with("policy") || name.ends_with("policies") => Spelling::Json,
            "public_key" => Spelling::Trimmed,
            "type" | "validation_method" => return None,
            "zone_id" if kind.starts_with("aws_route53_") => Spelling::Zone,
            _ if named_in_lower.iter().any(|prefix| kind.starts_with(prefix)) => Spelling::Lower,
            _ => return None,
        })
    }

    /// Whether a text is spelled so already.
    fn is_that_of(self, text: &Text) -> bool {
        if let Spelling::Json = self {
            // What `jsonencode` writes is canonical, and what begins otherwise is no JSON.
            let is_encoded = matches!(
                text.pieces(),
                [Piece {
                    kind: PieceKind::Encoded(_),
                    ..
                }]
            );
            let starts = text.known_prefix().trim_start().chars().next();
            return is_encoded || starts.is_some_and(|first| !"{[".contains(first));
        }
        let Some(text) = text.known() else {
            return false;
        };
        let is_lower =
            |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_.:*".contains(c);
        match self {
            Spelling::Lower => text.chars().all(is_lower) && !text.ends_with('.'),
            Spelling::Upper => !text.contains(|c: char| c.is_ascii_lowercase()),
            Spelling::Zone => text.chars().all(|c| c.is_ascii_alphanumeric()),
            Spelling::Protocol => {
                text == "-1" || text != "all" && text.chars().all(|c| c.is_ascii_lowercase())
            }
            Spelling::Trimmed => text.trim() == text,
            Spelling::Json => true,
        }
    }
}
