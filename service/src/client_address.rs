//! Whose request it is, by address: the peer, unless the peer is a proxy that the operator has named.

use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;
use std::sync::Arc;

use axum::extract::{ConnectInfo, FromRef, FromRequestParts};
use http::HeaderMap;
use http::request::Parts;
use ipnet::IpNet;

/// The header that proxies append the address of their client to.
const FORWARDED_FOR: &str = "x-forwarded-for";

/// The networks whose `X-Forwarded-For` is believed. From text: addresses and CIDR blocks, comma-separated; empty: none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TrustedProxies(Arc<[IpNet]>);

/// Why a list of proxies could not be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is neither an address nor a network; `10.0.0.0/8,2001:db8::/32,192.0.2.1` is a list of three"
)]
pub struct NotANetwork(String);

impl FromStr for TrustedProxies {
    type Err = NotANetwork;

    fn from_str(text: &str) -> Result<Self, NotANetwork> {
        let entries = text.split(',').map(str::trim).filter(|e| !e.is_empty());
        let networks: Result<Vec<IpNet>, _> = entries.map(network).collect();
        Ok(Self(networks?.into()))
    }
}

fn network(text: &str) -> Result<IpNet, NotANetwork> {
    let address = IpAddr::from_str(text).map(|address| IpNet::from(address.to_canonical()));
    address
        .or_else(|_| IpNet::from_str(text))
        .map_err(|_| NotANetwork(text.to_owned()))
}

impl TrustedProxies {
    fn contains(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(&address))
    }
}

/// The address of the client behind `peer`, canonical (an IPv4 address mapped into IPv6 becomes IPv4).
///
/// `X-Forwarded-For` is read from the right, each entry being vouched for by the hop after it, while that hop is trusted:
/// the first address that is no trusted proxy is the client; what is left of it, anybody can have written. Where the
/// chain breaks (an entry that is no address), the last hop that was vouched for is the client.
pub fn client_address(peer: IpAddr, headers: &HeaderMap, trusted: &TrustedProxies) -> IpAddr {
    let mut client = peer.to_canonical();
    let lines = headers.get_all(FORWARDED_FOR).into_iter().rev();
    // A line that is no text breaks the chain like any other entry that is no address.
    let mut hops = lines
        .flat_map(|line| line.to_str().unwrap_or("not text").rsplit(','))
        .map(str::trim)
        .filter(|entry| !entry.is_empty());
    while trusted.contains(client) {
        let Some(next) = hops.next().and_then(address) else {
            break;
        };
        client = next;
    }
    client
}

/// An entry of the header: an address, and as some proxies write it, with a port.
fn address(entry: &str) -> Option<IpAddr> {
    let bracketed = || entry.strip_prefix('[')?.strip_suffix(']')?.parse().ok();
    let with_port = || SocketAddr::from_str(entry).ok().map(|socket| socket.ip());
    let plain = IpAddr::from_str(entry).ok();
    plain
        .or_else(with_port)
        .or_else(bracketed)
        .map(|address: IpAddr| address.to_canonical())
}

/// Extracts [`client_address`]; the state gives the [`TrustedProxies`]. Behind anything but [`crate::shutdown::serve`], which
/// always knows the peer, it is the unspecified address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClientAddress(pub IpAddr);

impl<S> FromRequestParts<S> for ClientAddress
where
    TrustedProxies: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Infallible> {
        let peer = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        let peer = peer.map_or(std::net::Ipv4Addr::UNSPECIFIED.into(), |info| info.0.ip());
        let trusted = TrustedProxies::from_ref(state);
        Ok(Self(client_address(peer, &parts.headers, &trusted)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn headers(lines: &[&str]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(FORWARDED_FOR, line.parse().unwrap());
        }
        headers
    }

    fn client(peer: &str, lines: &[&str], trusted: &str) -> String {
        client_address(
            peer.parse().unwrap(),
            &headers(lines),
            &trusted.parse().unwrap(),
        )
        .to_string()
    }

    #[test]
    fn an_untrusted_peer_is_the_client_whatever_it_claims() {
        assert_eq!(
            client("203.0.113.9", &["8.8.8.8"], "10.0.0.0/8"),
            "203.0.113.9"
        );
        assert_eq!(client("203.0.113.9", &["8.8.8.8"], ""), "203.0.113.9");
    }

    #[test]
    fn what_a_client_prepends_is_never_read() {
        let lines = ["8.8.8.8, 203.0.113.9"];
        assert_eq!(client("10.0.0.1", &lines, "10.0.0.0/8"), "203.0.113.9");
    }

    #[test]
    fn several_proxies_and_several_lines_are_one_chain() {
        let lines = ["8.8.8.8, 203.0.113.9", "10.0.0.2", "10.0.0.3"];
        assert_eq!(client("10.0.0.1", &lines, "10.0.0.0/8"), "203.0.113.9");
    }

    #[test]
    fn a_broken_chain_ends_at_the_last_hop_that_was_vouched_for() {
        assert_eq!(
            client("10.0.0.1", &["8.8.8.8, unknown"], "10.0.0.0/8"),
            "10.0.0.1"
        );
        assert_eq!(
            client("10.0.0.1", &["8.8.8.8, oops, 10.0.0.2"], "10.0.0.0/8"),
            "10.0.0.2"
        );
        assert_eq!(client("10.0.0.1", &[], "10.0.0.0/8"), "10.0.0.1");
    }

    #[test]
    fn mapped_addresses_ports_and_brackets_are_read() {
        assert_eq!(client("::ffff:203.0.113.9", &[], ""), "203.0.113.9");
        assert_eq!(
            client("::ffff:10.0.0.1", &["198.51.100.7:4711"], "10.0.0.0/8"),
            "198.51.100.7"
        );
        assert_eq!(
            client("10.0.0.1", &["[2001:db8::7]:4711"], "10.0.0.0/8"),
            "2001:db8::7"
        );
        assert_eq!(
            client("10.0.0.1", &["[2001:db8::7]"], "10.0.0.0/8"),
            "2001:db8::7"
        );
        assert_eq!(
            client("10.0.0.1", &["::ffff:198.51.100.7"], "10.0.0.1"),
            "198.51.100.7"
        );
    }

    #[test]
    fn a_bad_list_is_refused_with_the_entry() {
        let error = "10.0.0.0/8, 10.0.0.0/33"
            .parse::<TrustedProxies>()
            .unwrap_err();
        assert!(error.to_string().starts_with("`10.0.0.0/33`"), "{error}");
        assert_eq!(
            " ".parse::<TrustedProxies>().unwrap(),
            TrustedProxies::default()
        );
    }

    proptest! {
        #[test]
        fn no_header_moves_an_untrusted_peer(peer: [u8; 4], claims in proptest::collection::vec("[ -~]{0,40}", 0..4)) {
            prop_assume!(peer[0] != 10);
            let peer = IpAddr::from(peer);
            let claims: Vec<&str> = claims.iter().map(String::as_str).collect();
            let trusted = "10.0.0.0/8".parse().unwrap();
            prop_assert_eq!(client_address(peer, &headers(&claims), &trusted), peer);
        }

        #[test]
        fn behind_one_proxy_only_its_own_entry_counts(real: [u8; 4], forged in "[ -~]{0,60}") {
            prop_assume!(real[0] != 10);
            let real = IpAddr::from(real);
            let line = format!("{forged}, {real}");
            let trusted = "10.0.0.0/8".parse().unwrap();
            let proxy = "10.9.9.9".parse().unwrap();
            prop_assert_eq!(client_address(proxy, &headers(&[&line]), &trusted), real);
        }
    }
}
