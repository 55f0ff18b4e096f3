//! Character encodings by their names in IANA's registry, as far as Terraform knows them.

use encoding_rs::{DecoderResult, EncoderResult, Encoding};
use std::collections::HashMap;
use std::sync::LazyLock;

pub(super) enum Charset {
    Utf8,
    /// Little-endian or big-endian; with a byte order mark.
    Utf16 {
        little: bool,
        mark: bool,
    },
    OneByte(&'static OneByte),
    /// One of East Asia's.
    Multibyte(&'static Encoding),
    /// The two bytes of GB 2312 without their highest bits, between `~{` and `~}`.
    Hz,
}

/// An encoding of one byte a character.
pub(super) struct OneByte {
    /// What each byte stands for, if anything.
    characters: Vec<Option<char>>,
    bytes: HashMap<char, u8>,
}

/// Why a text is nothing in an encoding.
pub(super) enum Fault {
    /// Terraform has it, and ecslint has not.
    Unsupported,
    Refused,
}

/// Terraform's answers for all encodings of one byte: a line of names, and below it the code points
/// of the bytes from 0 on, with `-` for one that stands for nothing and `*n` for a run of `n`.
static ONE_BYTE: LazyLock<HashMap<String, &'static OneByte>> = LazyLock::new(|| {
    let mut lines = include_str!("charsets.txt").lines();
    let mut named = HashMap::new();
    while let (Some(names), Some(codes)) = (lines.next(), lines.next()) {
        // They live as long as the program, like the text that they are read from.
        let charset: &'static OneByte = Box::leak(Box::new(OneByte::read(codes)));
        named.extend(
            names
                .split(' ')
                .map(|name| (name.to_ascii_lowercase(), charset)),
        );
    }
    named
});

impl OneByte {
    fn read(codes: &str) -> OneByte {
        let mut characters = Vec::with_capacity(256);
        for word in codes.split_whitespace() {
            let (code, count) = word.split_once('*').unwrap_or((word, "1"));
            let first = u32::from_str_radix(code, 16).ok();
            let run = 0..count.parse().unwrap_or(1);
            characters.extend(run.map(|at: u32| char::from_u32(first? + at)));
        }
        let bytes = characters.iter().zip(0..=u8::MAX);
        let bytes = bytes.filter_map(|(char, byte)| Some(((*char)?, byte)));
        OneByte {
            bytes: bytes.collect(),
            characters,
        }
    }
}

impl Charset {
    /// Nothing where Terraform has no encoding of this name.
    pub(super) fn named(name: &str) -> Option<Charset> {
        let name = name.trim().to_ascii_lowercase();
        let utf16 = |little, mark| Some(Charset::Utf16 { little, mark });
        Some(Charset::Multibyte(match &*name {
            "utf-8" | "csutf8" => return Some(Charset::Utf8),
            "utf-16" | "csutf16" => return utf16(false, true),
            "utf-16le" | "csutf16le" => return utf16(true, false),
            "utf-16be" | "csutf16be" => return utf16(false, false),
            "euc-jp" | "cseucpkdfmtjapanese" | "extended_unix_code_packed_format_for_japanese" => {
                encoding_rs::EUC_JP
            }
            "iso-2022-jp" | "csiso2022jp" => encoding_rs::ISO_2022_JP,
            "shift_jis" | "ms_kanji" | "csshiftjis" => encoding_rs::SHIFT_JIS,
            "euc-kr" | "cseuckr" => encoding_rs::EUC_KR,
            "gb18030" | "csgb18030" => encoding_rs::GB18030,
            "gbk" | "cp936" | "ms936" | "windows-936" | "csgbk" => encoding_rs::GBK,
            "big5" | "csbig5" => encoding_rs::BIG5,
            "hz-gb-2312" => return Some(Charset::Hz),
            _ => {
                return ONE_BYTE.get(&name).map(|found| Charset::OneByte(found));
            }
        }))
    }

    pub(super) fn encode(&self, text: &str) -> Result<Vec<u8>, Fault> {
        match self {
            Charset::Utf8 => Ok(text.as_bytes().to_vec()),
            Charset::OneByte(of) => {
                let byte = |char| of.bytes.get(&char).copied().ok_or(Fault::Refused);
                text.chars().map(byte).collect()
            }
            Charset::Multibyte(of) => encode(of, text),
            Charset::Hz => encode_hz(text).ok_or(Fault::Refused),
            Charset::Utf16 { little, mark } => {
                let units = mark
                    .then_some(0xfeff)
                    .into_iter()
                    .chain(text.encode_utf16());
                let bytes = units.flat_map(|unit| match little {
                    true => unit.to_le_bytes(),
                    false => unit.to_be_bytes(),
                });
                Ok(bytes.collect())
            }
        }
    }

    /// Nothing where bytes stand for no character.
    pub(super) fn decode(&self, bytes: &[u8]) -> Option<String> {
        match self {
            Charset::Utf8 => String::from_utf8(bytes.to_vec()).ok(),
            Charset::OneByte(of) => {
                let character = |byte: &u8| of.characters.get(usize::from(*byte)).copied()?;
                bytes.iter().map(character).collect()
            }
            Charset::Multibyte(of) => decode(of, bytes),
            Charset::Hz => decode_hz(bytes),
            Charset::Utf16 { little, mark } => {
                let (little, bytes) = match bytes {
                    [0xff, 0xfe, rest @ ..] if *mark => (true, rest),
                    [0xfe, 0xff, rest @ ..] if *mark => (false, rest),
                    _ => (*little, bytes),
                };
                let units: Option<Vec<u16>> = bytes
                    .chunks(2)
                    .map(|pair| {
                        let pair = pair.try_into().ok()?;
                        Some(match little {
                            true => u16::from_le_bytes(pair),
                            false => u16::from_be_bytes(pair),
                        })
                    })
                    .collect();
                String::from_utf16(&units?).ok()
            }
        }
    }
}

/// Go's tables are those of its decoders, turned around: what does not come back as it was is not
/// in the encoding.
fn encode(of: &'static Encoding, text: &str) -> Result<Vec<u8>, Fault> {
    if of == encoding_rs::ISO_2022_JP {
        let narrow = |char| ('\u{ff61}'..='\u{ff9f}').contains(&char);
        return match encode_at_once(of, text).filter(|_| !text.contains(['¥', '‾', '−'])) {
            Some(_) if text.contains(narrow) => Err(Fault::Unsupported),
            bytes => bytes.ok_or(Fault::Refused),
        };
    }
    let mut bytes = Vec::new();
    for char in text.chars() {
        let char = char.encode_utf8(&mut [0; 4]).to_owned();
        let one = encode_at_once(of, &char).filter(|one| decode(of, one).as_ref() == Some(&char));
        // Of two places of a character, Go takes the first.
        let is_second = |one: &Vec<u8>| of == encoding_rs::SHIFT_JIS && one[0] >= 0xfa;
        let one = match one {
            Some(one) if is_second(&one) => search(of, &char).or(Some(one)),
            None => search(of, &char),
            one => one,
        };
        bytes.extend(one.ok_or(Fault::Refused)?);
    }
    Ok(bytes)
}

fn encode_at_once(of: &'static Encoding, text: &str) -> Option<Vec<u8>> {
    let mut encoder = of.new_encoder();
    let room = encoder.max_buffer_length_from_utf8_without_replacement(text.len())?;
    let mut bytes = Vec::with_capacity(room);
    let (result, _) = encoder.encode_from_utf8_to_vec_without_replacement(text, &mut bytes, true);
    (result == EncoderResult::InputEmpty).then_some(bytes)
}

/// The bytes of a character that browsers read and do not write.
fn search(of: &'static Encoding, char: &str) -> Option<Vec<u8>> {
    let (lead, first, second): (&[u8], _, _) = if of == encoding_rs::EUC_JP {
        (&[0x8f], 0xa1..=0xfe, 0xa1..=0xfe)
    } else if of == encoding_rs::BIG5 {
        (&[], 0x81..=0xfe, 0x40..=0xfe)
    } else if of == encoding_rs::SHIFT_JIS {
        (&[], 0xed..=0xee, 0x40..=0xfc)
    } else {
        return None;
    };
    let pairs = first.flat_map(|first| second.clone().map(move |second| [first, second]));
    let mut all = pairs.map(|pair| [lead, &pair].concat());
    all.find(|bytes| decode(of, bytes).as_deref() == Some(char))
}

/// As Go writes it: a tilde leaves the state as it is, and so does the end of the text.
fn encode_hz(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut is_wide = false;
    for char in text.chars() {
        if char == '~' {
            bytes.extend(b"~~");
            continue;
        }
        if char.is_ascii() {
            if is_wide {
                bytes.extend(b"~}");
            }
            bytes.push(char as u8);
        } else {
            if !is_wide {
                bytes.extend(b"~{");
            }
            let pair = encode_at_once(encoding_rs::GB18030, char.encode_utf8(&mut [0; 4]))?;
            match pair[..] {
                [first @ 0xa1..=0xff, second @ 0xa1..=0xff] => {
                    bytes.extend([first & 0x7f, second & 0x7f])
                }
                _ => return None,
            }
        }
        is_wide = !char.is_ascii();
    }
    Some(bytes)
}

fn decode_hz(mut bytes: &[u8]) -> Option<String> {
    let mut text = String::with_capacity(bytes.len());
    let mut is_wide = false;
    loop {
        bytes = match *bytes {
            [] => return Some(text),
            [b'~', b'{', ref rest @ ..] => {
                is_wide = true;
                rest
            }
            [b'~', b'}', ref rest @ ..] => {
                is_wide = false;
                rest
            }
            [b'~', b'~', ref rest @ ..] => {
                text.push('~');
                rest
            }
            [b'~', b'\n', ref rest @ ..] => rest,
            [b'~', ..] => return None,
            [first @ 0x21..=0x7d, second @ 0x21..=0x7e, ref rest @ ..] if is_wide => {
                text.push_str(&decode(encoding_rs::GBK, &[first | 0x80, second | 0x80])?);
                rest
            }
            [ascii @ ..0x80, ref rest @ ..] if !is_wide => {
                text.push(char::from(ascii));
                rest
            }
            _ => return None,
        }
    }
}

fn decode(of: &'static Encoding, bytes: &[u8]) -> Option<String> {
    let mut decoder = of.new_decoder_without_bom_handling();
    let room = decoder.max_utf8_buffer_length_without_replacement(bytes.len())?;
    let mut text = String::with_capacity(room);
    let (result, _) = decoder.decode_to_string_without_replacement(bytes, &mut text, true);
    let is_whole = result == DecoderResult::InputEmpty;
    // Browsers read more: characters for private use, and in GBK all of GB18030.
    let is_private = |char| ('\u{e000}'..='\u{f8ff}').contains(&char);
    let reads_private = ![
        encoding_rs::SHIFT_JIS,
        encoding_rs::GBK,
        encoding_rs::GB18030,
    ]
    .contains(&of);
    let is_strict = (reads_private || !text.contains(is_private))
        && (of != encoding_rs::GBK || encode_at_once(of, &text).is_some());
    (is_whole && is_strict).then_some(text)
}
