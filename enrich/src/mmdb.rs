//! Writes small MaxMind DB files, for tests. Format: MaxMind DB File Format Specification 2.0.

// A network that is none is a mistake in the test that names it.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::net::IpAddr;

/// Unix seconds at which every file written here was made.
pub const BUILT_AT: u64 = 1_700_000_000;

/// A value of the data section.
#[derive(Clone)]
pub enum Value {
    Text(String),
    U16(u16),
    U32(u32),
    U64(u64),
    Map(BTreeMap<String, Value>),
    Array(Vec<Value>),
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_string())
    }
}

pub fn map<const N: usize>(entries: [(&str, Value); N]) -> Value {
    Value::Map(
        entries
            .into_iter()
            .map(|(key, value)| (key.to_string(), value))
            .collect(),
    )
}

impl Value {
    fn write(&self, out: &mut Vec<u8>) {
        match self {
            Self::Text(text) => {
                control(2, text.len(), out);
                out.extend(text.as_bytes());
            }
            Self::U16(number) => unsigned(5, &number.to_be_bytes(), out),
            Self::U32(number) => unsigned(6, &number.to_be_bytes(), out),
            Self::U64(number) => unsigned(9, &number.to_be_bytes(), out),
            Self::Map(entries) => {
                control(7, entries.len(), out);
                for (key, value) in entries {
                    Self::Text(key.clone()).write(out);
                    value.write(out);
                }
            }
            Self::Array(values) => {
                control(11, values.len(), out);
                for value in values {
                    value.write(out);
                }
            }
        }
    }
}

/// Without leading zeros.
fn unsigned(kind: u8, big_endian: &[u8], out: &mut Vec<u8>) {
    let zeros = big_endian.iter().take_while(|byte| **byte == 0).count();
    control(kind, big_endian.len() - zeros, out);
    out.extend(&big_endian[zeros..]);
}

/// Types above 7 are extended: their number less 7 follows in a byte of its own.
fn control(kind: u8, size: usize, out: &mut Vec<u8>) {
    let (size, more) = if size < 29 {
        (size as u8, None)
    } else {
        (29, Some((size - 29) as u8))
    };
    if kind <= 7 {
        out.push(kind << 5 | size);
    } else {
        out.extend([size, kind - 7]);
    }
    out.extend(more);
}

#[derive(Clone, Copy)]
enum Child {
    Nothing,
    Node(usize),
    Data(usize),
}

/// A file of `ip_version` (4 or 6) that holds `networks` (`address/bits`), each with its record.
pub fn write(ip_version: u16, networks: &[(&str, Value)]) -> Vec<u8> {
    let mut data = Vec::new();
    let mut nodes = vec![[Child::Nothing; 2]];
    for (network, record) in networks {
        let offset = data.len();
        record.write(&mut data);
        insert(&mut nodes, &bits(ip_version, network), offset);
    }
    let count = nodes.len();
    let mut file = Vec::new();
    for child in nodes.iter().flatten() {
        let pointer = match child {
            Child::Nothing => count,
            Child::Node(node) => *node,
            Child::Data(offset) => count + 16 + offset,
        };
        file.extend(&(pointer as u32).to_be_bytes()[1..]);
    }
    file.extend([0; 16]);
    file.extend(data);
    file.extend(b"\xab\xcd\xefMaxMind.com");
    map([
        ("binary_format_major_version", Value::U16(2)),
        ("binary_format_minor_version", Value::U16(0)),
        ("build_epoch", Value::U64(BUILT_AT)),
        ("database_type", "Test".into()),
        ("description", map([])),
        ("ip_version", Value::U16(ip_version)),
        ("languages", Value::Array(vec![])),
        ("node_count", Value::U32(count as u32)),
        ("record_size", Value::U16(24)),
    ])
    .write(&mut file);
    file
}

/// The network's bits from the tree's root; IPv4 lies under `::/96` in a tree of IPv6.
fn bits(ip_version: u16, network: &str) -> Vec<usize> {
    let (address, length) = network.split_once('/').unwrap();
    let length: usize = length.parse().unwrap();
    let (bytes, skipped) = match address.parse().unwrap() {
        IpAddr::V4(address) if ip_version == 4 => (address.octets().to_vec(), 0),
        IpAddr::V4(address) => (address.to_ipv6_compatible().octets().to_vec(), 96),
        IpAddr::V6(address) => (address.octets().to_vec(), 0),
    };
    (0..skipped + length)
        .map(|bit| usize::from(bytes[bit / 8] >> (7 - bit % 8) & 1))
        .collect()
}

fn insert(nodes: &mut Vec<[Child; 2]>, bits: &[usize], offset: usize) {
    let (last, path) = bits.split_last().unwrap();
    let mut at = 0;
    for bit in path {
        at = match nodes[at][*bit] {
            Child::Node(node) => node,
            _ => {
                nodes.push([Child::Nothing; 2]);
                let node = nodes.len() - 1;
                nodes[at][*bit] = Child::Node(node);
                node
            }
        };
    }
    nodes[at][*last] = Child::Data(offset);
}
