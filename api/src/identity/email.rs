use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use serde::de::Error;
use serde::{Deserialize, Deserializer};
use utoipa::ToSchema;

/// The longest address that can be mailed to (RFC 5321, 4.5.3.1.3).
const MAX_CHARS: usize = 254;

/// An e-mail address, folded: an account is the same however its owner writes it.
///
/// The form is checked loosely: something, `@`, a domain. Whether mail arrives, only mail can tell. Not to be logged,
/// hence the silent `Debug`.
#[derive(Clone, PartialEq, Eq, ToSchema)]
#[schema(value_type = String, format = "email", max_length = 254)]
pub struct Email(String);

impl Email {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Email {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let folded = text.trim().to_lowercase();
        let well_formed = folded.split_once('@').is_some_and(|(local, domain)| {
            !local.is_empty() && !domain.is_empty() && !domain.contains('@')
        });
        let readable = !folded.chars().any(|c| c.is_whitespace() || c.is_control());
        if !well_formed || !readable || folded.chars().count() > MAX_CHARS {
            return Err("expected an e-mail address such as `ada@example.org`");
        }
        Ok(Self(folded))
    }
}

impl<'de> Deserialize<'de> for Email {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(D::Error::custom)
    }
}

impl fmt::Debug for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Email(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_account_however_it_is_written() {
        let email: Email = " Ada.Lovelace@Example.ORG ".parse().unwrap();
        assert_eq!(email.as_str(), "ada.lovelace@example.org");
    }

    #[test]
    fn what_is_no_address_is_refused() {
        let long = format!("{}@example.org", "a".repeat(250));
        for refused in [
            "",
            "@",
            "ada",
            "ada@",
            "@example.org",
            "a@b@c",
            "a b@c",
            "a\0@c",
            &long,
        ] {
            assert!(refused.parse::<Email>().is_err(), "{refused:?}");
        }
    }
}
