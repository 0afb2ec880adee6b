//! What a user may not do at all; roles and constraints of the engine judge the rest.

use super::engine::Effect;
use super::error::Failure;
use super::users::User;

/// Refuses what the user may not do at all; the engine's roles and constraints judge the rest.
pub fn check(user: User, is_get: bool, effect: Effect, statement: &[u8]) -> Result<(), Failure> {
    if is_get && effect != Effect::Reads {
        return Err(Failure::read_only(
            "Cannot execute query in readonly mode. For queries over HTTP, method GET implies readonly. You should use \
             method POST for modifying queries",
        ));
    }
    match user {
        User::Writer => Ok(()),
        User::Reader if effect != Effect::Reads => {
            Err(Failure::read_only("Cannot execute query in readonly mode"))
        }
        User::Reader if may_read_files(statement) => Err(Failure::access_denied(
            "the function `file` is not for users who only read. Where the word is meant as a text, send it as a parameter",
        )),
        User::Reader => Ok(()),
    }
}

/// The engine's scalar function `file` reads any file, and no grant covers it; so its name is refused wherever it
/// stands, and so are quoted names with escapes, which could hide it.
fn may_read_files(statement: &[u8]) -> bool {
    let text = String::from_utf8_lossy(statement).to_ascii_lowercase();
    let is_name = |character: char| character.is_ascii_alphanumeric() || character == '_';
    let named = text
        .split(|character| !is_name(character))
        .any(|word| word == "file");
    named || (text.contains('\\') && text.contains(['`', '"', '“', '”']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_not_for_readers() {
        for statement in [
            "SELECT file('/etc/passwd')",
            "SELECT File ('x')",
            "SELECT * APPLY(file) FROM x",
            r"SELECT `fil\x65`('/etc/passwd')",
            r#"SELECT "fil\x65"('/etc/passwd')"#,
        ] {
            assert!(
                check(User::Reader, false, Effect::Reads, statement.as_bytes()).is_err(),
                "{statement}"
            );
            assert!(check(User::Writer, false, Effect::Reads, statement.as_bytes()).is_ok());
        }
        for statement in [
            "SELECT profile FROM t",
            r"SELECT 'a\'b'",
            "SELECT `a` FROM files",
        ] {
            assert!(
                check(User::Reader, false, Effect::Reads, statement.as_bytes()).is_ok(),
                "{statement}"
            );
        }
    }
}
