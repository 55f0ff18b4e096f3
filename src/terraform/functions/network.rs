//! Arithmetic on address prefixes.

use super::*;
use dashu_int::{IBig, UBig};
use std::net::{Ipv4Addr, Ipv6Addr};

pub(super) const FUNCTIONS: &[Function] = &[
    function("cidrhost", 2..=2, cidrhost),
    function("cidrnetmask", 1..=1, cidrnetmask),
    function("cidrsubnet", 3..=3, cidrsubnet),
    function("cidrsubnets", 1..=ANY, cidrsubnets),
];

/// A network: `10.0.0.0/8`, of either family.
struct Prefix {
    /// The bits of the address, those of the hosts cleared.
    network: u128,
    /// Bits that are the network's.
    length: u32,
    /// Bits of an address: 32 or 128.
    bits: u32,
}

impl Prefix {
    fn parse(text: &str) -> Option<Prefix> {
        let (address, length) = text.split_once('/')?;
        let (address, bits) = match parse_v4(address) {
            Some(address) => (u128::from(address), 32),
            None => (u128::from(address.parse::<Ipv6Addr>().ok()?), 128),
        };
        let well_formed = !length.is_empty() && length.bytes().all(|byte| byte.is_ascii_digit());
        let length: u32 = length.parse().ok().filter(|_| well_formed)?;
        (length <= bits).then(|| Prefix {
            network: address & !low_bits(bits - length),
            length,
            bits,
        })
    }

    /// Bits that are left for hosts.
    fn host_bits(&self) -> u32 {
        self.bits - self.length
    }

    fn is_v4(&self) -> bool {
        self.bits == 32
    }

    fn show(&self) -> String {
        show_prefix(self.network, self.length, self.bits)
    }
}

/// As Go writes a network: an IPv4 address inside IPv6 with what is left of the length.
fn show_prefix(network: u128, length: u32, bits: u32) -> String {
    let length = match is_mapped(network, bits) {
        true => length.saturating_sub(96),
        false => length,
    };
    format!("{}/{length}", show_address(network, bits))
}

/// Whether it is an IPv6 address that stands for one of IPv4.
fn is_mapped(address: u128, bits: u32) -> bool {
    bits == 128 && Ipv6Addr::from(address).to_ipv4_mapped().is_some()
}

/// Terraform, unlike Rust, reads octets with leading zeros, as decimal numbers.
fn parse_v4(text: &str) -> Option<u32> {
    let mut octets = 0;
    let mut address = 0;
    for part in text.split('.') {
        let well_formed = !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
        let octet: u8 = part.parse().ok().filter(|_| well_formed)?;
        address = address << 8 | u32::from(octet);
        octets += 1;
        if octets > 4 {
            return None;
        }
    }
    (octets == 4).then_some(address)
}

fn show_address(address: u128, bits: u32) -> String {
    match is_mapped(address, bits) || bits == 32 {
        true => Ipv4Addr::from(address as u32).to_string(),
        false => Ipv6Addr::from(address).to_string(),
    }
}

/// A number whose lowest `count` bits are set.
fn low_bits(count: u32) -> u128 {
    u128::MAX.checked_shr(128 - count).unwrap_or(0)
}

fn prefix(call: &Call) -> Outcome<Prefix> {
    let text = call.chars(0)?;
    Prefix::parse(&text).ok_or_else(|| {
        call.invalid(
            0,
            "an address prefix such as `10.0.0.0/16` is needed, and this is none",
        )
    })
}

fn whole(call: &Call, at: usize) -> Outcome<IBig> {
    let number = call.number(at)?;
    number
        .is_integer()
        .then(|| number.to_string().parse().ok())
        .flatten()
        .ok_or_else(|| call.invalid(at, format!("a whole number is needed, not {number}")))
}

/// The address with the bits of a number, moved up by `shift`, set in it. Go's arithmetic goes on
/// with what is negative, and fails where the result has no room.
fn insert(prefix: &Prefix, number: IBig, shift: u64) -> Option<u128> {
    let has_room = number == IBig::ZERO || shift <= 128;
    let moved = has_room.then(|| number << usize::try_from(shift).unwrap_or(0))?;
    let (_, address) = (IBig::from(prefix.network) | moved).into_parts();
    let address = u128::try_from(address).ok()?;
    (prefix.bits == 128 || address <= u128::from(u32::MAX)).then_some(address)
}

fn cidrhost(call: &Call) -> Outcome<Value> {
    let prefix = prefix(call)?;
    let number = whole(call, 1)?;
    let none = || {
        let reason = format!("`{}` has no host of this number", prefix.show());
        call.invalid(1, reason)
    };
    let most = IBig::from(low_bits(prefix.host_bits()));
    // A negative number counts from the end.
    let host = match number < IBig::ZERO {
        true if -&number - 1 > most => return Err(none()),
        true => &most + &number + 1,
        // Go compares what is left of the number in 64 bits.
        false if IBig::from(low_64(&number) as i64) > most => return Err(none()),
        false => number,
    };
    // An IPv4 address inside IPv6 is counted by the bits of IPv4, as Terraform has it.
    let shift = match is_mapped(prefix.network, prefix.bits) {
        true => 96,
        false => 0,
    };
    let address = insert(&prefix, host, shift).ok_or_else(none)?;
    call.string(show_address(address, prefix.bits))
}

/// The lowest 64 bits of what a number is without its sign.
fn low_64(number: &IBig) -> u64 {
    let (_, magnitude) = number.clone().into_parts();
    u64::try_from(magnitude & UBig::from(u64::MAX)).unwrap_or(0)
}

fn cidrnetmask(call: &Call) -> Outcome<Value> {
    let prefix = prefix(call)?;
    if !prefix.is_v4() && !is_mapped(prefix.network, prefix.bits) {
        return Err(call.invalid(0, "only an IPv4 prefix has a netmask"));
    }
    let mask = low_bits(prefix.bits) & !low_bits(prefix.host_bits());
    call.string(show_address(mask, prefix.bits))
}

fn cidrsubnet(call: &Call) -> Outcome<Value> {
    let prefix = prefix(call)?;
    let (more, number) = (whole(call, 1)?, whole(call, 2)?);
    let more = i64::try_from(more).map_err(|_| call.invalid(1, "this number is too large"))?;
    let length = i64::from(prefix.length).wrapping_add(more);
    if length > i64::from(prefix.bits) {
        let host_bits = prefix.host_bits();
        let reason = format!("`{}` can be extended by {host_bits} bits", prefix.show());
        return Err(call.invalid(1, reason));
    }
    // Go counts no more than 64 bits, and takes a negative number of them for many.
    let bits = u32::try_from(more).ok().filter(|&bits| bits < 64);
    let most = bits.map_or(u64::MAX, |bits| (1 << bits) - 1);
    let none = || call.invalid(2, format!("{more} more bits number no network {number}"));
    if low_64(&number) > most {
        return Err(none());
    }
    let shift = u64::try_from(i64::from(prefix.bits).wrapping_sub(length)).unwrap_or(u64::MAX);
    let network = insert(&prefix, number.clone(), shift).ok_or_else(none)?;
    call.string(match u32::try_from(length) {
        Ok(length) => show_prefix(network, length, prefix.bits),
        Err(_) => "<nil>".to_owned(),
    })
}

/// The bits by which a prefix gets longer, if it has room for them.
fn more_bits(call: &Call, at: usize, prefix: &Prefix, more: &IBig, least: u32) -> Outcome<u32> {
    match u32::try_from(more) {
        Ok(bits) if bits >= least && bits <= prefix.host_bits() => Ok(bits),
        _ => Err(call.invalid(
            at,
            format!(
                "`{}` can be extended by {least} to {} bits",
                prefix.show(),
                prefix.host_bits()
            ),
        )),
    }
}

/// Consecutive networks, each at the next multiple of its size.
fn cidrsubnets(call: &Call) -> Outcome<Value> {
    let prefix = prefix(call)?;
    // Terraform looks from the network before, and finds none before the first address, nor beside
    // an IPv4 address inside IPv6.
    let has_before = prefix.network != 0 && !is_mapped(prefix.network, prefix.bits);
    if !has_before && call.len() > 1 {
        let reason = format!("`{}` has no room for networks here", prefix.show());
        return Err(call.invalid(0, reason));
    }
    let end = prefix.network | low_bits(prefix.host_bits());
    let mut next = Some(prefix.network);
    let mut items = Vec::new();
    for at in 1..call.len() {
        let more = whole(call, at)?;
        if more > IBig::from(32) {
            return Err(call.invalid(at, "a prefix is extended by at most 32 bits here"));
        }
        let more = more_bits(call, at, &prefix, &more, 1)?;
        let length = prefix.length + more;
        let size = low_bits(prefix.bits - length);
        let start = next
            .and_then(|next| Some(next.checked_add(size)? & !size))
            .filter(|&start| start <= end && !is_mapped(start, prefix.bits))
            .ok_or_else(|| call.invalid(at, format!("`{}` has no room left", prefix.show())))?;
        next = (start | size).checked_add(1);
        let subnet = Prefix {
            network: start,
            length,
            ..prefix
        };
        items.push(call.string(subnet.show())?.into());
    }
    Ok(call.of_list(list_of_texts(items)))
}
