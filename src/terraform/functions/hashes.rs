//! Hashes of strings and files, in hexadecimal and base64, the identifiers made from them, and
//! decryption.

use super::encoding::{from_base64, to_base64};
use super::files::read_bytes;
use super::rsa::{KeyFault, PrivateKey};
use super::*;
use md5::Md5;
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha512};
use std::fmt::Write;

pub(super) const FUNCTIONS: &[Function] = &[
    function("base64sha256", 1..=1, |call| {
        base64_of::<Sha256>(call, text)
    })
    .gives(Gives::Text),
    function("base64sha512", 1..=1, |call| {
        base64_of::<Sha512>(call, text)
    })
    .gives(Gives::Text),
    function("filebase64sha256", 1..=1, |call| {
        base64_of::<Sha256>(call, read_bytes)
    })
    .gives(Gives::Text),
    function("filebase64sha512", 1..=1, |call| {
        base64_of::<Sha512>(call, read_bytes)
    })
    .gives(Gives::Text),
    function("filemd5", 1..=1, |call| hex_of::<Md5>(call, read_bytes)).gives(Gives::Text),
    function("filesha1", 1..=1, |call| hex_of::<Sha1>(call, read_bytes)).gives(Gives::Text),
    function("filesha256", 1..=1, |call| {
        hex_of::<Sha256>(call, read_bytes)
    })
    .gives(Gives::Text),
    function("filesha512", 1..=1, |call| {
        hex_of::<Sha512>(call, read_bytes)
    })
    .gives(Gives::Text),
    function("md5", 1..=1, |call| hex_of::<Md5>(call, text)).gives(Gives::Text),
    function("rsadecrypt", 2..=2, rsadecrypt).gives(Gives::Text),
    function("sha1", 1..=1, |call| hex_of::<Sha1>(call, text)).gives(Gives::Text),
    function("sha256", 1..=1, |call| hex_of::<Sha256>(call, text)).gives(Gives::Text),
    function("sha512", 1..=1, |call| hex_of::<Sha512>(call, text)).gives(Gives::Text),
    function("uuidv5", 2..=2, uuidv5).gives(Gives::Text),
];

type Read = fn(&Call) -> Outcome<Vec<u8>>;

fn text(call: &Call) -> Outcome<Vec<u8>> {
    call.chars(0).map(String::into_bytes)
}

fn hex_of<D: Digest>(call: &Call, read: Read) -> Outcome<Value> {
    call.string(hex(&D::digest(read(call)?)))
}

fn base64_of<D: Digest>(call: &Call, read: Read) -> Outcome<Value> {
    call.string(to_base64(&D::digest(read(call)?)))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut out, byte| {
        let _ = write!(out, "{byte:02x}");
        out
    })
}

/// RFC 4122, section 4.3, with SHA-1.
fn uuidv5(call: &Call) -> Outcome<Value> {
    let (namespace, name) = (call.chars(0)?, call.chars(1)?);
    // The namespaces of RFC 4122, appendix C, differ in their fourth byte.
    let known = |last: u8| 0x6ba7_b810_9dad_11d1_80b4_00c0_4fd4_30c8 + (u128::from(last) << 96);
    let namespace = match &*namespace {
        "dns" => known(0),
        "url" => known(1),
        "oid" => known(2),
        "x500" => known(4),
        other => parse_uuid(other).ok_or_else(|| {
            call.invalid(
                0,
                "a namespace is `dns`, `url`, `oid`, `x500` or a UUID in hexadecimal",
            )
        })?,
    };
    let hash = Sha1::new()
        .chain_update(namespace.to_be_bytes())
        .chain_update(name)
        .finalize();
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash[..16]);
    bytes[6] = bytes[6] & 0x0f | 0x50;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let digits = hex(&bytes);
    call.string(format!(
        "{}-{}-{}-{}-{}",
        &digits[..8],
        &digits[8..12],
        &digits[12..16],
        &digits[16..20],
        &digits[20..]
    ))
}

/// The longest key that is computed with, in bits.
const MAX_KEY: usize = 8192;

fn rsadecrypt(call: &Call) -> Outcome<Value> {
    let (encrypted, key) = (call.chars(0)?, call.chars(1)?);
    let encrypted = from_base64(&encrypted)
        .ok_or_else(|| call.invalid(0, "base64 with its padding is needed"))?;
    let key = PrivateKey::parse(&key).map_err(|fault| match fault {
        KeyFault::Invalid(reason) => call.invalid(1, reason),
        KeyFault::Unsupported(reason) => Unknown::unsupported(reason, call.at(1)),
    })?;
    if key.bits() > MAX_KEY {
        let reason = "the key is longer than ecslint is willing to compute with";
        return Err(Unknown::limit(reason, call.at(1)));
    }
    // The work grows with the cube of the length.
    call.charge(key.bits().pow(3) >> 21)?;
    let decrypted = key
        .decrypt(&encrypted)
        .ok_or_else(|| call.invalid(0, "this was not encrypted for the key"))?;
    // Terraform holds such bytes in a string all the same.
    let text = String::from_utf8(decrypted)
        .map_err(|_| Unknown::unsupported("what was encrypted is not text in UTF-8", call.span))?;
    call.string(text)
}

/// `6ba7b810-9dad-11d1-80b4-00c04fd430c8`, with either letter case, also in braces, as a URN and
/// without dashes.
fn parse_uuid(text: &str) -> Option<u128> {
    let bare = text
        .strip_prefix('{')
        .and_then(|text| text.strip_suffix('}'));
    let text = bare
        .or_else(|| text.strip_prefix("urn:uuid:"))
        .unwrap_or(text);
    let parts: Vec<&str> = text.split('-').collect();
    let lengths: Vec<usize> = parts.iter().map(|part| part.len()).collect();
    let digits = parts.concat();
    if !matches!(lengths[..], [8, 4, 4, 4, 12] | [32])
        || !digits.bytes().all(|byte| byte.is_ascii_hexdigit())
    {
        return None;
    }
    u128::from_str_radix(&digits, 16).ok()
}
