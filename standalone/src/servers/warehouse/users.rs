//! Who sends requests.

use super::error::{Failure, code};

/// The users of the warehouse, under the names that the services know them by.
#[derive(Debug, Clone, clap::Args)]
pub struct Users {
    /// User that writes
    #[arg(
        long = "clickhouse-user",
        env = "VEZA_CLICKHOUSE_USER",
        default_value = "veza"
    )]
    pub user: String,
    #[arg(
        long = "clickhouse-password",
        env = "VEZA_CLICKHOUSE_PASSWORD",
        default_value = "veza",
        hide_env_values = true
    )]
    pub password: String,
    /// User that only reads
    #[arg(
        long = "clickhouse-reader-user",
        env = "VEZA_CLICKHOUSE_READER_USER",
        default_value = "veza_reader"
    )]
    pub reader_user: String,
    #[arg(
        long = "clickhouse-reader-password",
        env = "VEZA_CLICKHOUSE_READER_PASSWORD",
        default_value = "veza_reader",
        hide_env_values = true
    )]
    pub reader_password: String,
}

/// Who sent a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum User {
    Writer,
    Reader,
}

impl Users {
    /// The user of this name and password.
    pub fn authenticate(&self, name: &str, password: &str) -> Result<User, Failure> {
        let known = [
            (&self.user, &self.password, User::Writer),
            (&self.reader_user, &self.reader_password, User::Reader),
        ];
        let found = known
            .into_iter()
            .find(|(user, expected, _)| *user == name && same(expected, password));
        found.map(|(.., user)| user).ok_or_else(|| {
            Failure::new(
                code::AUTHENTICATION_FAILED,
                "AUTHENTICATION_FAILED",
                format_args!(
                    "{name}: Authentication failed: password is incorrect, or there is no user with such name"
                ),
            )
        })
    }
}

/// Equality in a time that does not tell how much of the text was right.
fn same(expected: &str, given: &str) -> bool {
    let (expected, given) = (expected.as_bytes(), given.as_bytes());
    let differences = expected
        .iter()
        .zip(given)
        .fold(0, |all, (a, b)| all | (a ^ b));
    expected.len() == given.len() && differences == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn users() -> Users {
        Users {
            user: "veza".into(),
            password: "one".into(),
            reader_user: "veza_reader".into(),
            reader_password: "two".into(),
        }
    }

    #[test]
    fn only_the_right_pair_is_let_in() {
        assert_eq!(users().authenticate("veza", "one"), Ok(User::Writer));
        assert_eq!(users().authenticate("veza_reader", "two"), Ok(User::Reader));
        for (name, password) in [
            ("veza", "two"),
            ("veza", ""),
            ("veza", "one "),
            ("default", ""),
            ("", ""),
        ] {
            let failure = users().authenticate(name, password).unwrap_err();
            assert_eq!(failure.code, 516, "{name} {password}");
        }
    }
}
