//! RSA private keys in PEM, and decryption with the padding of PKCS #1 v1.5 (RFC 8017).

use super::encoding::from_base64;
use dashu_base::BitTest;
use dashu_int::UBig;
use dashu_int::fast_div::ConstDivisor;

/// A private key, as far as it takes to decrypt.
pub(super) struct PrivateKey {
    modulus: UBig,
    exponent: UBig,
}

/// Why a text gives no key.
pub(super) enum KeyFault {
    /// Terraform would refuse it too.
    Invalid(&'static str),
    /// Terraform knows this format.
    Unsupported(&'static str),
}

/// The object identifier of RSA keys, 1.2.840.113549.1.1.1.
const RSA_ENCRYPTION: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1];

impl PrivateKey {
    /// Reads the first block of PEM in a text: a key in the form of PKCS #1 or PKCS #8.
    pub(super) fn parse(text: &str) -> Result<PrivateKey, KeyFault> {
        let block = Pem::first(text).ok_or(KeyFault::Invalid("a private key in PEM is needed"))?;
        if block.is_encrypted {
            return Err(KeyFault::Invalid(
                "the private key is encrypted, and one without a passphrase is needed",
            ));
        }
        let key = match block.label {
            "RSA PRIVATE KEY" => PrivateKey::from_pkcs1(&block.bytes),
            "PRIVATE KEY" => PrivateKey::from_pkcs8(&block.bytes),
            "OPENSSH PRIVATE KEY" => {
                return Err(KeyFault::Unsupported(
                    "ecslint does not read keys in the format of OpenSSH",
                ));
            }
            _ => None,
        };
        key.ok_or(KeyFault::Invalid("this is no private key of RSA"))
    }

    fn from_pkcs8(bytes: &[u8]) -> Option<PrivateKey> {
        let mut info = Der(bytes).only(Der::SEQUENCE)?;
        info.integer()?;
        let mut algorithm = info.next(Der::SEQUENCE)?;
        (algorithm.next(Der::OBJECT_IDENTIFIER)?.0 == RSA_ENCRYPTION).then_some(())?;
        PrivateKey::from_pkcs1(info.next(Der::OCTET_STRING)?.0)
    }

    fn from_pkcs1(bytes: &[u8]) -> Option<PrivateKey> {
        let mut key = Der(bytes).only(Der::SEQUENCE)?;
        let version = key.integer()?;
        let [modulus, public, exponent, p, q] = [
            key.integer()?,
            key.integer()?,
            key.integer()?,
            key.integer()?,
            key.integer()?,
        ];
        let one = UBig::ONE;
        let is_inverse = |prime: &UBig| {
            *prime > one && (&public * &exponent) % (prime - &one) == &one % (prime - &one)
        };
        // A key of more than two primes has a version of its own, and nobody has one.
        let is_valid = version.is_zero()
            && &p * &q == modulus
            && p > UBig::from(2u8)
            && q > UBig::from(2u8)
            && is_inverse(&p)
            && is_inverse(&q);
        is_valid.then_some(PrivateKey { modulus, exponent })
    }

    /// How many bits the modulus has.
    pub(super) fn bits(&self) -> usize {
        self.modulus.bit_len()
    }

    /// What was encrypted, if it was for this key.
    pub(super) fn decrypt(&self, encrypted: &[u8]) -> Option<Vec<u8>> {
        let encrypted = UBig::from_be_bytes(encrypted);
        if encrypted >= self.modulus {
            return None;
        }
        let ring = ConstDivisor::new(self.modulus.clone());
        let padded = ring.reduce(encrypted).pow(&self.exponent).residue();
        // 00 02, at least eight bytes that are not zero, 00, the message. The first is no digit.
        let padded = padded.to_be_bytes();
        if padded.len() + 1 != self.bits().div_ceil(8) {
            return None;
        }
        let rest = padded.strip_prefix(&[2])?;
        let filler = rest.iter().position(|&byte| byte == 0)?;
        (filler >= 8).then(|| rest[filler + 1..].to_vec())
    }
}

/// A block of PEM (RFC 7468, and the headers of RFC 1421).
struct Pem<'a> {
    label: &'a str,
    is_encrypted: bool,
    bytes: Vec<u8>,
}

impl Pem<'_> {
    /// What is no block of PEM may stand around it.
    fn first(text: &str) -> Option<Pem<'_>> {
        let lines: Vec<&str> = text.lines().map(str::trim_end).collect();
        (0..lines.len()).find_map(|at| Pem::parse(&lines[at..]))
    }

    fn parse<'a>(lines: &[&'a str]) -> Option<Pem<'a>> {
        let (first, rest) = lines.split_first()?;
        let label = first.strip_prefix("-----BEGIN ")?.strip_suffix("-----")?;
        let end = rest.iter().position(|line| line.starts_with("-----"))?;
        let last = rest[end].strip_prefix("-----END ")?;
        (last.strip_suffix("-----")? == label).then_some(())?;
        let headers = rest[..end].iter().take_while(|line| line.contains(':'));
        let (headers, body) = rest[..end].split_at(headers.count());
        Some(Pem {
            label,
            is_encrypted: headers.iter().any(|header| header.contains("ENCRYPTED")),
            bytes: from_base64(&body.concat().replace([' ', '\t'], ""))?,
        })
    }
}

/// What is left to be read of values in the Distinguished Encoding Rules (X.690).
struct Der<'a>(&'a [u8]);

impl<'a> Der<'a> {
    const INTEGER: u8 = 0x02;
    const OCTET_STRING: u8 = 0x04;
    const OBJECT_IDENTIFIER: u8 = 0x06;
    const SEQUENCE: u8 = 0x30;

    /// The content of the next value, which must have this tag.
    fn next(&mut self, tag: u8) -> Option<Der<'a>> {
        let [found, length, rest @ ..] = self.0 else {
            return None;
        };
        let (length, rest) = match *length {
            short @ ..0x80 => (usize::from(short), rest),
            long => {
                let (digits, rest) = rest.split_at_checked(usize::from(long & 0x7f))?;
                let length = digits.iter().try_fold(0usize, |length, &digit| {
                    length.checked_mul(256)?.checked_add(digit.into())
                })?;
                (length, rest)
            }
        };
        let (content, rest) = rest.split_at_checked(length)?;
        self.0 = rest;
        (*found == tag).then_some(Der(content))
    }

    /// The content of a value that nothing follows.
    fn only(mut self, tag: u8) -> Option<Der<'a>> {
        self.next(tag).filter(|_| self.0.is_empty())
    }

    /// An integer that is not negative.
    fn integer(&mut self) -> Option<UBig> {
        let bytes = self.next(Der::INTEGER)?.0;
        let is_negative = *bytes.first()? >= 0x80;
        (!is_negative).then(|| UBig::from_be_bytes(bytes))
    }
}
