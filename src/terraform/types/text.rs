//! Values as strings: conversion to them, their normal form, and what is too long.

use super::{Fits, needed, of_type};
use crate::source::Span;
use crate::terraform::eval::{Outcome, derived, nested};
use crate::value::{Kind, Literal, Marks, Piece, PieceKind, Rendered, Text, Unknown, Value};
use std::borrow::Cow;
use std::ops::BitOr;
use unicode_normalization::char::canonical_combining_class;
use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc, is_nfc_quick};

/// Terraform's conversion to a string. `span` is where it is needed.
pub fn to_text(value: &Value, span: Span) -> Outcome<Text> {
    let literal = |text: String| Text::from(Literal::computed(text, value.span));
    match &value.kind {
        Kind::Text(text) => Ok(text.clone()),
        Kind::Number(number) => Ok(literal(number.to_string())),
        Kind::Bool(value) => Ok(literal(value.to_string())),
        Kind::Unknown(unknown) => Err(of_type(unknown, Fits::String, "a string", span)),
        Kind::Null(_) | Kind::List(_) | Kind::Object(_) => Err(needed("a string", value, span)),
    }
}

/// Terraform normalises every string (NFC). Text that already is so keeps its places.
pub fn normalised(literal: &Literal) -> Cow<'_, Literal> {
    match normal_form(literal.as_str()) {
        Cow::Borrowed(_) => Cow::Borrowed(literal),
        Cow::Owned(text) => Cow::Owned(Literal::computed(text, literal.span())),
    }
}

/// A string as Terraform holds it.
pub fn normal_form(text: &str) -> Cow<'_, str> {
    match text.is_ascii() || is_nfc(text) {
        true => Cow::Borrowed(text),
        false => Cow::Owned(text.nfc().collect()),
    }
}

/// The string that pieces make. Where one begins with a character that may be one with those before
/// it, the two become one literal, at the place of the first.
pub fn joined(mut pieces: Vec<Piece>) -> Text {
    let literal = |piece: &Piece| match &piece.kind {
        PieceKind::Literal(literal) => Some(literal.clone()),
        PieceKind::Encoded(_) | PieceKind::Hole(_) => None,
    };
    let clings = |after: &Piece| {
        let first = literal(after).and_then(|literal| literal.as_str().chars().next());
        first.is_some_and(|first| {
            !first.is_ascii()
                && (canonical_combining_class(first) != 0
                    || is_nfc_quick(std::iter::once(first)) != IsNormalized::Yes)
        })
    };
    if !pieces.iter().skip(1).any(clings) {
        return pieces.into_iter().collect();
    }
    pieces.retain(|piece| literal(piece).is_none_or(|literal| !literal.is_empty()));
    let runs = pieces.chunk_by(|before, after| literal(before).is_some() && clings(after));
    let merged = runs.flat_map(|run| {
        let literals: Vec<Literal> = run.iter().filter_map(literal).collect();
        let text: String = literals.iter().map(Literal::as_str).collect();
        match (normal_form(&text), &run[0]) {
            (Cow::Owned(text), first) => {
                let kind = PieceKind::Literal(Literal::computed(text, first.span()));
                let marks = run.iter().map(|piece| piece.marks);
                vec![Piece {
                    kind,
                    marks: marks.fold(Marks::NONE, Marks::bitor),
                    ..first.clone()
                }]
            }
            (Cow::Borrowed(_), _) => run.to_vec(),
        }
    });
    merged.collect()
}

/// Elements inside encoded values of which the characters are made at once.
const MAX_RENDERED: usize = 1 << 18;

/// The characters of a rope. Short expressions can encode values without end, so an encoded value
/// is measured before its characters are made.
pub fn characters(text: &Text) -> Outcome<Rendered<'_>> {
    measure(text)?;
    text.render().map_err(derived)
}

/// All characters, where they are known.
pub fn characters_of(text: &Text) -> Option<Cow<'_, str>> {
    characters(text).ok().map(|rendered| rendered.text)
}

/// Whether a rope is small enough to be written out.
pub fn measure(text: &Text) -> Outcome<()> {
    measure_text(text, &mut { MAX_RENDERED })
}

fn measure_text(text: &Text, left: &mut usize) -> Outcome<()> {
    text.pieces()
        .iter()
        .try_for_each(|piece| match &piece.kind {
            PieceKind::Encoded(value) => measure_value(value, left),
            PieceKind::Literal(_) | PieceKind::Hole(_) => Ok(()),
        })
}

fn measure_value(value: &Value, left: &mut usize) -> Outcome<()> {
    let Some(less) = left.checked_sub(1) else {
        return Err(Unknown::limit(
            "the encoded value has more elements than ecslint is willing to write",
            value.span,
        ));
    };
    *left = less;
    nested(value.span, || match &value.kind {
        Kind::List(list) => list
            .iter()
            .try_for_each(|value| measure_value(&value, left)),
        Kind::Object(object) => object
            .members()
            .iter()
            .try_for_each(|member| measure_value(&member.value.get(), left)),
        Kind::Text(text) => measure_text(text, left),
        _ => Ok(()),
    })
}
