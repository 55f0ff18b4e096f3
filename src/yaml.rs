//! YAML text to values with spans.
