//! Each request gets a session of its own, which takes its user's role, profile and limits, its database and settings.

use super::configuration::{READER_ROLE, ReaderLimits, WRITER_ROLE};
use super::engine::{Connection, Engine, Parameters};
use super::error::{Failure, code};
use super::users::User;

/// What a request wants of its session.
#[derive(Debug, Clone)]
pub struct SessionWishes {
    pub user: User,
    pub database: Option<String>,
    /// From the URL, in order
    pub settings: Vec<(String, String)>,
    /// Marks the statement, so that it can be found and killed
    pub query_id: String,
}

/// The engine's defaults are those of a command-line tool; these are a server's.
const SERVER_DEFAULTS: [&str; 4] = [
    "--implicit_select=0",
    "--allow_introspection_functions=0",
    "--storage_file_read_method=pread",
    // An insert is confirmed when its rows are stored, not when they are queued.
    "--async_insert=0",
];

/// Opens the front's own session, which sees and may stop every statement. The first session starts the engine with these
/// options.
pub fn open_control(engine: &Engine, options: &[String]) -> Result<Connection, Failure> {
    let mut session = engine.connect(options)?;
    let role = format!("SET ROLE {WRITER_ROLE}");
    session
        .query(role.as_bytes(), "Null", &Parameters::new())
        .map(drop)?;
    Ok(session)
}

/// Opens a session with the rights, limits, database and settings of the request.
pub fn open(
    engine: &Engine,
    limits: &ReaderLimits,
    wishes: &SessionWishes,
) -> Result<Connection, Failure> {
    let mut arguments: Vec<String> = SERVER_DEFAULTS.map(String::from).to_vec();
    arguments.push(format!("--log_comment={}", wishes.query_id));
    let role = match wishes.user {
        User::Writer => WRITER_ROLE,
        User::Reader => {
            arguments.push("--readonly=2".into());
            let limits = limits.settings();
            arguments.extend(limits.map(|(name, limit)| format!("--{name}={limit}")));
            READER_ROLE
        }
    };
    let mut session = engine.connect(&arguments)?;
    let nothing = Parameters::new();
    let mut run = |statement: String| -> Result<(), Failure> {
        session
            .query(statement.as_bytes(), "Null", &nothing)
            .map(drop)
    };
    if wishes.user == User::Reader {
        run(format!("SET profile = '{READER_ROLE}'"))?;
    }
    run(format!("SET ROLE {role}"))?;
    if let Some(database) = wishes.database.as_deref().filter(|name| *name != "default") {
        run(format!("USE {}", quote(database, '`')))?;
    }
    if !wishes.settings.is_empty() {
        run(format!("SET {}", assignments(&wishes.settings)?))?;
    }
    Ok(session)
}

/// `a = '1', b = 'x'`
fn assignments(settings: &[(String, String)]) -> Result<String, Failure> {
    let mut all = Vec::with_capacity(settings.len());
    for (name, value) in settings {
        let is_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.');
        if name.is_empty() || !name.bytes().all(is_name) {
            return Err(Failure::new(
                code::UNKNOWN_SETTING,
                "UNKNOWN_SETTING",
                format_args!("Unknown setting '{name}'"),
            ));
        }
        all.push(format!("{name} = {}", quote(value, '\'')));
    }
    Ok(all.join(", "))
}

/// `text` between quotes, with backslashes where ClickHouse wants them.
pub fn quote(text: &str, quote: char) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push(quote);
    for character in text.chars() {
        if character == quote || character == '\\' {
            quoted.push('\\');
        }
        quoted.push(character);
    }
    quoted.push(quote);
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_cannot_break_out_of_their_quotes() {
        let settings = [("a".into(), r"x', b = '1\".into())];
        assert_eq!(assignments(&settings).unwrap(), r"a = 'x\', b = \'1\\'");
        assert_eq!(
            assignments(&[("a = 1, b".into(), "1".into())])
                .unwrap_err()
                .code,
            115
        );
    }
}
