//! Who may do what. The engine knows one user, and enforces roles, settings profiles and constraints like a server; each
//! request gets a session of its own, which takes the role and the profile of the request's user before its statement.

use std::path::Path;

use anyhow::Context;

use super::engine::{Connection, Effect, Engine, Parameters};
use super::error::{Failure, code};

/// What the reading user may use up, per query. It can lower these, not raise them.
#[derive(Debug, Clone, clap::Args)]
pub struct ReaderLimits {
    /// Longest query of the reading user, in seconds
    #[arg(long, env = "VEZA_WAREHOUSE_READER_SECONDS", default_value_t = 30,
          value_parser = clap::value_parser!(u64).range(1..))]
    pub reader_seconds: u64,
    /// Most rows that a query of the reading user scans
    #[arg(long, env = "VEZA_WAREHOUSE_READER_ROWS", default_value_t = 2_000_000_000,
          value_parser = clap::value_parser!(u64).range(1..))]
    pub reader_rows: u64,
    /// Most rows that a query of the reading user answers
    #[arg(long, env = "VEZA_WAREHOUSE_READER_RESULT_ROWS", default_value_t = 10_000_000,
          value_parser = clap::value_parser!(u64).range(1..))]
    pub reader_result_rows: u64,
    /// Most memory that a query of the reading user takes, in bytes
    #[arg(long, env = "VEZA_WAREHOUSE_READER_MEMORY", default_value_t = 2_000_000_000,
          value_parser = clap::value_parser!(u64).range(1..))]
    pub reader_memory: u64,
}

impl ReaderLimits {
    fn settings(&self) -> [(&'static str, u64); 4] {
        [
            ("max_execution_time", self.reader_seconds),
            ("max_rows_to_read", self.reader_rows),
            ("max_result_rows", self.reader_result_rows),
            ("max_memory_usage", self.reader_memory),
        ]
    }
}

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

const WRITER_ROLE: &str = "writer";
const READER_ROLE: &str = "reader";

/// Settings that hold expressions, files, hosts or other languages: they would say what a statement may not. Nobody who
/// only reads may touch them.
const READER_CONSTANTS: [&str; 21] = [
    "readonly",
    "log_comment",
    "dialect",
    "implicit_select",
    "allow_experimental_kusto_dialect",
    "allow_experimental_prql_dialect",
    "allow_experimental_eval_table_function",
    "allow_experimental_ai_functions",
    "additional_result_filter",
    "additional_table_filters",
    "parallel_replicas_custom_key",
    "format_avro_schema_registry_url",
    "format_schema",
    "format_schema_source",
    "format_template_row",
    "format_template_row_format",
    "format_template_resultset",
    "format_template_resultset_format",
    "input_format_record_errors_file_path",
    "output_format_schema",
    "rename_files_after_processing",
];

/// Writes the engine's configuration below `directory` and says what to open the first session with.
pub fn configure(directory: &Path, limits: &ReaderLimits) -> anyhow::Result<Vec<String>> {
    let users = directory.join("users.xml");
    let config = directory.join("config.xml");
    write(&users, &users_xml(limits))?;
    write(&config, &config_xml(&users))?;
    Ok(vec![format!("--config-file={}", config.display())])
}

/// A merged part replaces its sources; the engine of a command-line tool would delete those at once, and trust the kernel
/// with the new one.
fn config_xml(users: &Path) -> String {
    format!(
        "<clickhouse>
  <user_directories><users_xml><path>{}</path></users_xml></user_directories>
  <merge_tree>
    <old_parts_lifetime>60</old_parts_lifetime>
    <min_rows_to_fsync_after_merge>1</min_rows_to_fsync_after_merge>
  </merge_tree>
</clickhouse>
",
        escape(&users.display().to_string())
    )
}

fn write(path: &Path, text: &str) -> anyhow::Result<()> {
    std::fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

/// One user with two roles. A profile can be set by name in any query, and whoever sets one gets its constraints; so the
/// others hold `readonly`, which a reading session refuses to change, and with it the whole profile.
fn users_xml(limits: &ReaderLimits) -> String {
    let values: String = limits
        .settings()
        .map(|(name, limit)| format!("<{name}>{limit}</{name}>"))
        .concat();
    let mut constraints: String = limits
        .settings()
        .map(|(name, limit)| format!("<{name}><min>1</min><max>{limit}</max></{name}>"))
        .concat();
    for name in READER_CONSTANTS {
        constraints += &format!("<{name}><const/></{name}>");
    }
    // Sessions of both users run as one user of the engine; without this, the reader would see the writer's statements.
    let hidden: String = [
        "processes",
        "errors",
        "query_cache",
        "asynchronous_inserts",
        "stack_trace",
    ]
    .map(|table| {
        format!("<{table}><filter>NOT has(currentRoles(), '{READER_ROLE}')</filter></{table}>")
    })
    .concat();
    format!(
        "<clickhouse>
  <profiles>
    <default><readonly>0</readonly></default>
    <{READER_ROLE}><readonly>2</readonly>{values}<constraints>{constraints}</constraints></{READER_ROLE}>
  </profiles>
  <quotas><default/></quotas>
  <roles>
    <{WRITER_ROLE}><grants><query>GRANT ALL ON *.*</query></grants></{WRITER_ROLE}>
    <{READER_ROLE}><grants><query>GRANT SELECT ON *.*</query></grants></{READER_ROLE}>
  </roles>
  <users>
    <default>
      <password></password><networks><ip>::/0</ip></networks>
      <profile>default</profile><quota>default</quota>
      <grants><query>GRANT {WRITER_ROLE}, {READER_ROLE}</query></grants>
      <databases><system>{hidden}</system></databases>
    </default>
  </users>
</clickhouse>
"
    )
}

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
