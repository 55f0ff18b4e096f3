//! Arithmetic on address prefixes.

use super::*;
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

    fn show(&self) -> String {
        format!("{}/{}", show_address(self.network, self.bits), self.length)
    }
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
    if bits == 32 {
        return Ipv4Addr::from(address as u32).to_string();
    }
    Ipv6Addr::from(address).to_string()
}

/// A number whose lowest `count` bits are set.
fn low_bits(count: u32) -> u128 {
    u128::MAX.checked_shr(128 - count).unwrap_or(0)
}

fn prefix(call: &Call) -> Outcome<Prefix> {
    let text = call.chars(0)?;
    let prefix = Prefix::parse(&text).ok_or_else(|| {
        call.invalid(
            0,
            "an address prefix such as `10.0.0.0/16` is needed, and this is none",
        )
    })?;
    if prefix.bits == 128 && Ipv6Addr::from(prefix.network).to_ipv4_mapped().is_some() {
        return Err(Unknown::unsupported(
            "what Terraform makes of an IPv4 address inside IPv6 is an accident",
            call.at(0),
        ));
    }
    Ok(prefix)
}

fn whole(call: &Call, at: usize) -> Outcome<i128> {
    let number = call.number(at)?;
    number
        .is_integer()
        .then(|| number.to_string().parse().ok())
        .flatten()
        .ok_or_else(|| call.invalid(at, format!("a whole number is needed, not {number}")))
}

fn cidrhost(call: &Call) -> Outcome<Value> {
    let prefix = prefix(call)?;
    let number = whole(call, 1)?;
    let most = low_bits(prefix.host_bits());
    // A negative number counts from the end.
    let distance = if number < 0 {
        number.unsigned_abs() - 1
    } else {
        number.unsigned_abs()
    };
    if distance > most {
        return Err(call.invalid(
            1,
            format!("`{}` has no host of the number {number}", prefix.show()),
        ));
    }
    let host = if number < 0 {
        most - distance
    } else {
        distance
    };
    call.string(show_address(prefix.network | host, prefix.bits))
}

fn cidrnetmask(call: &Call) -> Outcome<Value> {
    let prefix = prefix(call)?;
    if prefix.bits != 32 {
        return Err(call.invalid(0, "only an IPv4 prefix has a netmask"));
    }
    call.string(show_address(!low_bits(prefix.host_bits()), 32))
}

fn cidrsubnet(call: &Call) -> Outcome<Value> {
    let prefix = prefix(call)?;
    let (more, number) = (whole(call, 1)?, whole(call, 2)?);
    if number == 0
        && let Ok(length) = u32::try_from(i128::from(prefix.length) + more)
        && length < prefix.length
    {
        // A negative number of bits takes some off.
        return call.string(Prefix { length, ..prefix }.show());
    }
    if more < 0 || number < 0 {
        return Err(Unknown::unsupported(
            "what Terraform makes of a negative number here is an accident",
            call.span,
        ));
    }
    let more = more_bits(call, 1, &prefix, more, 0)?;
    match u128::try_from(number) {
        Ok(number) if number <= low_bits(more) => {
            let length = prefix.length + more;
            let subnet = Prefix {
                network: prefix.network | number.checked_shl(prefix.bits - length).unwrap_or(0),
                length,
                ..prefix
            };
            call.string(subnet.show())
        }
        _ => Err(call.invalid(2, format!("{more} more bits number no network {number}"))),
    }
}

/// The bits by which a prefix gets longer, if it has room for them.
fn more_bits(call: &Call, at: usize, prefix: &Prefix, more: i128, least: i128) -> Outcome<u32> {
    match u32::try_from(more) {
        Ok(bits) if more >= least && bits <= prefix.host_bits() => Ok(bits),
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
    let end = prefix.network | low_bits(prefix.host_bits());
    let mut next = Some(prefix.network);
    let mut items = Vec::new();
    for at in 1..call.len() {
        let more = whole(call, at)?;
        if more > 32 {
            return Err(call.invalid(at, "a prefix is extended by at most 32 bits here"));
        }
        let more = more_bits(call, at, &prefix, more, 1)?;
        let length = prefix.length + more;
        let size = low_bits(prefix.bits - length);
        let start = next
            .and_then(|next| Some(next.checked_add(size)? & !size))
            .filter(|&start| start <= end)
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
