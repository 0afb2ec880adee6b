//! The listener's id in the warehouse: a keyed hash, so that nobody without the key can tell who it is, or whether a given
//! account is in there.

use std::hash::Hasher;
use std::net::IpAddr;

use siphasher::sip::SipHasher24;
use siphasher::sip128::{Hash128, Hasher128, SipHasher24 as SipHasher24Of128};
use uuid::Uuid;

use crate::agent::MAX_AGENT_BYTES;
use crate::text::cut;

const KEY_BYTES: usize = 16;
const DAY_MS: i64 = 86_400_000;

/// What a key must look like.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ListenerKeyError {
    #[error("the listener key has {0} bytes; it needs at least {KEY_BYTES}, as {min} hexadecimal digits", min = 2 * KEY_BYTES)]
    TooShort(usize),
    #[error("the listener key is not hexadecimal: two digits a byte, of 0-9 and a-f")]
    NotHexadecimal,
}

/// The secret of [`ListenerKey::of`]; the aggregators and the API must share it, and it must stay: another key makes other
/// listeners.
#[derive(Clone)]
pub struct ListenerKey([u8; KEY_BYTES]);

impl std::fmt::Debug for ListenerKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("ListenerKey")
    }
}

impl std::str::FromStr for ListenerKey {
    type Err = ListenerKeyError;

    /// From hexadecimal digits, 16 bytes or more.
    fn from_str(text: &str) -> Result<Self, ListenerKeyError> {
        let text = text.trim();
        if !text.len().is_multiple_of(2) || !text.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(ListenerKeyError::NotHexadecimal);
        }
        let bytes: Vec<u8> = (0..text.len())
            .step_by(2)
            .map(|at| u8::from_str_radix(&text[at..at + 2], 16))
            .collect::<Result<_, _>>()
            .map_err(|_| ListenerKeyError::NotHexadecimal)?;
        let Some((first, rest)) = bytes.split_first_chunk::<KEY_BYTES>() else {
            return Err(ListenerKeyError::TooShort(bytes.len()));
        };
        if rest.is_empty() {
            return Ok(Self(*first));
        }
        // A longer key is folded by the hash itself, keyed with its first half.
        let mut hasher = SipHasher24Of128::new_with_key(first);
        hasher.write(rest);
        Ok(Self(hasher.finish128().as_bytes()))
    }
}

/// A key that tells listeners apart within a creator's plays, and nothing else: the two halves of SipHash-2-4's key.
#[derive(Clone, Copy)]
pub struct CreatorsKey([u64; 2]);

impl CreatorsKey {
    /// The two halves, for who computes [`of`](Self::of) elsewhere: SipHash-2-4 of both numbers' bytes, the lowest first; 1 in
    /// place of 0.
    pub fn halves(self) -> [u64; 2] {
        self.0
    }

    pub fn of(self, listener: u64, creator_id: u64) -> u64 {
        let mut hasher = SipHasher24::new_with_keys(self.0[0], self.0[1]);
        hasher.write(&listener.to_le_bytes());
        hasher.write(&creator_id.to_le_bytes());
        hasher.finish().max(1)
    }
}

/// Who listened, as far as a report says; the first that is there decides.
#[derive(Debug, Clone, Copy, Default)]
pub struct Identity<'a> {
    /// The account.
    pub subject: Option<&'a str>,
    /// The player's opaque id of an anonymous listener.
    pub listener: Option<&'a str>,
    /// Where it was heard from; with the agent it stands for a listener for one day.
    pub address: Option<IpAddr>,
    pub user_agent: Option<&'a str>,
    /// When the play began, Unix ms: the day (UTC) of address and agent.
    pub started_at_ms: i64,
    /// `DNT` or `Sec-GPC`: no id, whatever else is known.
    pub do_not_track: bool,
}

impl ListenerKey {
    /// The listener's id; 0: none.
    ///
    /// Subject, listener and address hash each in a domain of its own, so that no `listener` string, which players choose, can
    /// be an account's id.
    pub fn of(&self, identity: &Identity<'_>) -> u64 {
        if identity.do_not_track {
            return 0;
        }
        if let Some(subject) = identity.subject.filter(|text| !text.is_empty()) {
            return self.hash(b"subject", &[subject.as_bytes()]);
        }
        if let Some(listener) = identity.listener.filter(|text| !text.is_empty()) {
            return self.hash(b"listener", &[listener.as_bytes()]);
        }
        let Some(address) = identity.address else {
            return 0;
        };
        let address = match address.to_canonical() {
            IpAddr::V4(address) => address.to_ipv6_mapped(),
            IpAddr::V6(address) => address,
        };
        let agent = cut(identity.user_agent.unwrap_or_default(), MAX_AGENT_BYTES);
        let day = identity.started_at_ms.div_euclid(DAY_MS);
        self.hash(
            b"address",
            &[&address.octets(), agent.as_bytes(), &day.to_le_bytes()],
        )
    }

    /// The id of an account, as [`of`](Self::of) makes it: by it, the account's own plays are found.
    pub fn of_account(&self, account: Uuid) -> u64 {
        self.of(&Identity {
            subject: Some(&account.hyphenated().to_string()),
            ..Identity::default()
        })
    }

    /// `listener` as a creator may see it: the same within one creator, unrelated between two.
    pub fn for_creator(&self, listener: u64, creator_id: u64) -> u64 {
        self.creators_key().of(listener, creator_id)
    }

    /// The key of [`for_creator`](Self::for_creator), which the warehouse gets where it writes a file by itself. This key
    /// can't be told from it, and so no account's id.
    pub fn creators_key(&self) -> CreatorsKey {
        let mut hasher = SipHasher24Of128::new_with_key(&self.0);
        hasher.write(b"creator");
        let Hash128 { h1, h2 } = hasher.finish128();
        CreatorsKey([h1, h2])
    }

    fn hash(&self, domain: &[u8], parts: &[&[u8]]) -> u64 {
        let mut hasher = SipHasher24::new_with_key(&self.0);
        for part in std::iter::once(&domain).chain(parts) {
            hasher.write(&(part.len() as u64).to_le_bytes());
            hasher.write(part);
        }
        hasher.finish().max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const KEY: &str = "000102030405060708090a0b0c0d0e0f";

    fn key() -> ListenerKey {
        KEY.parse().unwrap()
    }

    fn of_address(address: &str, agent: &str, started_at_ms: i64) -> u64 {
        key().of(&Identity {
            address: address.parse().ok(),
            user_agent: Some(agent),
            started_at_ms,
            ..Identity::default()
        })
    }

    #[test]
    fn a_key_is_hexadecimal_and_long_enough() {
        assert_eq!(
            "00".repeat(15).parse::<ListenerKey>().unwrap_err(),
            ListenerKeyError::TooShort(15)
        );
        assert_eq!(
            "zz".repeat(16).parse::<ListenerKey>().unwrap_err(),
            ListenerKeyError::NotHexadecimal
        );
        assert_eq!(
            "é".repeat(16).parse::<ListenerKey>().unwrap_err(),
            ListenerKeyError::NotHexadecimal
        );
        assert_eq!(
            "0".repeat(33).parse::<ListenerKey>().unwrap_err(),
            ListenerKeyError::NotHexadecimal
        );
        assert_ne!(
            format!("{KEY}01").parse::<ListenerKey>().unwrap().0,
            format!("{KEY}02").parse::<ListenerKey>().unwrap().0
        );
    }

    #[test]
    fn the_account_goes_before_the_listener_before_the_address() {
        let address = "203.0.113.9".parse().ok();
        let all = Identity {
            subject: Some("a"),
            listener: Some("b"),
            address,
            ..Identity::default()
        };
        assert_eq!(
            key().of(&all),
            key().of(&Identity {
                subject: Some("a"),
                ..Identity::default()
            })
        );
        let anonymous = Identity {
            subject: None,
            ..all
        };
        assert_eq!(
            key().of(&anonymous),
            key().of(&Identity {
                listener: Some("b"),
                ..Identity::default()
            })
        );
        assert_eq!(key().of(&Identity::default()), 0);
    }

    #[test]
    fn address_and_agent_stand_for_a_listener_for_a_day() {
        let noon = 43_200_000;
        assert_eq!(
            of_address("203.0.113.9", "x", noon),
            of_address("203.0.113.9", "x", 0)
        );
        assert_eq!(
            of_address("203.0.113.9", "x", noon),
            of_address("::ffff:203.0.113.9", "x", noon)
        );
        assert_ne!(
            of_address("203.0.113.9", "x", noon),
            of_address("203.0.113.9", "x", noon + DAY_MS)
        );
        assert_ne!(
            of_address("203.0.113.9", "x", noon),
            of_address("203.0.113.9", "y", noon)
        );
        assert_ne!(
            of_address("203.0.113.9", "x", noon),
            of_address("203.0.113.8", "x", noon)
        );
    }

    #[test]
    fn a_hash_stays_the_same_for_ever() {
        let account = Uuid::from_u128(7);
        assert_eq!(
            key().of_account(account),
            key().of(&Identity {
                subject: Some("00000000-0000-0000-0000-000000000007"),
                ..Identity::default()
            })
        );
        assert_eq!(
            key().of(&Identity {
                subject: Some("someone"),
                ..Identity::default()
            }),
            PINNED
        );
    }

    /// Changing it would make every listener a new one.
    const PINNED: u64 = 17_846_061_335_820_006_521;

    proptest! {
        #[test]
        fn no_listener_string_is_an_account(text in ".{1,64}") {
            let account = Identity { subject: Some(&text), ..Identity::default() };
            let listener = Identity { listener: Some(&text), ..Identity::default() };
            prop_assert_ne!(key().of(&account), key().of(&listener));
        }

        #[test]
        fn nobody_is_known_who_asked_not_to_be(subject in proptest::option::of(".{0,20}"), listener in proptest::option::of(".{0,20}"), address: [u8; 4]) {
            let identity = Identity {
                subject: subject.as_deref(),
                listener: listener.as_deref(),
                address: Some(IpAddr::from(address)),
                do_not_track: true,
                ..Identity::default()
            };
            prop_assert_eq!(key().of(&identity), 0);
        }

        #[test]
        fn another_key_makes_another_listener(text in ".{1,64}") {
            let other: ListenerKey = "f".repeat(32).parse().unwrap();
            let account = Identity { subject: Some(&text), ..Identity::default() };
            prop_assert_ne!(key().of(&account), other.of(&account));
        }
    }
}
