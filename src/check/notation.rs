//! Help in the reader's language: members as the container around them is written.

use crate::model::SourceKind;
use crate::rules::{Fix, FixValue};
use crate::source::{SourceMap, Span};

/// How a member is written where the container stands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Notation {
    /// `user = "1000"`
    Hcl,
    /// `"user": "1000"`
    Json,
    /// `"User": "1000"`
    CloudFormationJson,
    /// `User: "1000"`
    Yaml,
    /// `user: "1000"`, in YAML and in objects of HCL with colons
    ApiYaml,
}

impl Notation {
    /// The notation around a container. `name`: where the name of a member of the container is written.
    pub fn of(source: SourceKind, name: Option<Span>, sources: &SourceMap) -> Notation {
        let (quoted, colon) = match name {
            Some(span) => {
                let file = sources.file(span.file);
                let after = file.text()[span.range().end..].trim_start();
                // In both kinds of JSON, and in no other notation by custom, names stand in quotes.
                (file.slice(span).starts_with('"'), after.starts_with(':'))
            }
            None => (false, false),
        };
        match (source, quoted) {
            (SourceKind::Api | SourceKind::Terraform, false) if colon => Notation::ApiYaml,
            (SourceKind::Api, _) => Notation::Json,
            (SourceKind::Terraform, true) if colon => Notation::Json,
            (SourceKind::Terraform, _) => Notation::Hcl,
            (SourceKind::CloudFormation, true) => Notation::CloudFormationJson,
            (SourceKind::CloudFormation, false) => Notation::Yaml,
        }
    }

    /// The text of a fix, with its member and an example of it.
    pub fn fill(self, text: &str, fix: &Fix) -> String {
        if !text.contains('{') {
            return text.to_owned();
        }
        text.replace("{member}", &self.member(fix.member))
            .replace("{example}", &self.example(fix))
    }

    fn member(self, api: &str) -> String {
        match self {
            Notation::Hcl | Notation::Json | Notation::ApiYaml => api.to_owned(),
            Notation::CloudFormationJson | Notation::Yaml => {
                let mut letters = api.chars();
                let first = letters.next().map(|letter| letter.to_ascii_uppercase());
                first.into_iter().chain(letters).collect()
            }
        }
    }

    fn example(self, fix: &Fix) -> String {
        let name = self.member(fix.member);
        match (self, &fix.value) {
            (Notation::Hcl, value) => {
                let value = match value {
                    FixValue::Text(text) => hcl::Expression::from(*text),
                    FixValue::Bool(flag) => hcl::Expression::from(*flag),
                };
                let attribute = hcl::Attribute::new(name.as_str(), value);
                hcl::format::to_string(&attribute)
                    .map(|text| text.trim_end().to_owned())
                    .unwrap_or(name)
            }
            (Notation::Json | Notation::CloudFormationJson, FixValue::Text(text)) => {
                format!("{}: {}", serde_json::json!(name), serde_json::json!(text))
            }
            (Notation::Json | Notation::CloudFormationJson, FixValue::Bool(flag)) => {
                format!("{}: {flag}", serde_json::json!(name))
            }
            (Notation::Yaml | Notation::ApiYaml, FixValue::Text(text)) => {
                format!("{name}: {}", serde_json::json!(text))
            }
            (Notation::Yaml | Notation::ApiYaml, FixValue::Bool(flag)) => format!("{name}: {flag}"),
        }
    }
}
