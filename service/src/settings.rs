//! Settings come from the environment (or the flag of the same meaning); `--help` lists them all. Defaults serve one
//! machine. A name that nobody reads is refused at start: a misspelt limit must not be silently the default.

use std::collections::BTreeSet;
use std::path::PathBuf;

use clap::{Args, Command, Parser};

/// Prefixes that all services share; each service adds its own, such as `VEZA_INGEST_`.
const SHARED_PREFIXES: [&str; 6] = [
    "VEZA_KAFKA_",
    "VEZA_CLICKHOUSE_",
    "VEZA_POSTGRES_",
    "VEZA_S3_",
    "VEZA_TOKEN_",
    "VEZA_LOG_",
];

/// The broker, and the topic of plays.
#[derive(Debug, Clone, Args)]
pub struct Kafka {
    /// Bootstrap brokers, `host:port`, comma-separated
    #[arg(
        long = "kafka-brokers",
        env = "VEZA_KAFKA_BROKERS",
        default_value = "127.0.0.1:19092"
    )]
    pub brokers: String,
    /// Topic of play reports
    #[arg(long = "kafka-topic", env = "VEZA_KAFKA_TOPIC", default_value = veza_schemas::topic::PLAYS)]
    pub topic: String,
    /// How long ingest waits for Kafka's acknowledgement before it answers 503, in ms; `as_of` trails by as much
    #[arg(long = "kafka-delivery-deadline-ms", env = "VEZA_KAFKA_DELIVERY_DEADLINE_MS", default_value_t = 5_000,
          value_parser = clap::value_parser!(u64).range(100..=120_000))]
    pub delivery_deadline_ms: u64,
}

/// The warehouse over HTTP: one user that writes, one that can only read, within limits that the server enforces.
#[derive(Debug, Clone, Args)]
pub struct ClickHouse {
    /// Address of the HTTP interface
    #[arg(
        id = "clickhouse-url",
        long = "clickhouse-url",
        env = "VEZA_CLICKHOUSE_URL",
        default_value = "http://127.0.0.1:18123"
    )]
    pub url: String,
    /// Database of `plays` and `rejected`
    #[arg(
        long = "clickhouse-database",
        env = "VEZA_CLICKHOUSE_DATABASE",
        default_value = "veza"
    )]
    pub database: String,
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

/// The relational database.
#[derive(Debug, Clone, Args)]
pub struct Postgres {
    /// `postgres://user:password@host:port/database`
    #[arg(
        id = "postgres-url",
        long = "postgres-url",
        env = "VEZA_POSTGRES_URL",
        default_value = "postgres://veza:veza@127.0.0.1:15432/veza",
        hide_env_values = true
    )]
    pub url: String,
    /// Most connections a process opens
    #[arg(long = "postgres-connections", env = "VEZA_POSTGRES_CONNECTIONS", default_value_t = 10,
          value_parser = clap::value_parser!(u32).range(1..=1_000))]
    pub connections: u32,
}

/// The object store.
#[derive(Debug, Clone, Args)]
pub struct ObjectStore {
    /// Address of the S3 interface, as the services reach it
    #[arg(
        long = "s3-endpoint",
        env = "VEZA_S3_ENDPOINT",
        default_value = "http://127.0.0.1:19000"
    )]
    pub endpoint: String,
    /// Address that signed URLs carry, as browsers reach it; the same unless set
    #[arg(long = "s3-public-endpoint", env = "VEZA_S3_PUBLIC_ENDPOINT")]
    pub public_endpoint: Option<String>,
    #[arg(
        long = "s3-region",
        env = "VEZA_S3_REGION",
        default_value = "us-east-1"
    )]
    pub region: String,
    #[arg(long = "s3-bucket", env = "VEZA_S3_BUCKET", default_value = "veza")]
    pub bucket: String,
    #[arg(
        long = "s3-access-key",
        env = "VEZA_S3_ACCESS_KEY",
        default_value = "veza"
    )]
    pub access_key: String,
    #[arg(
        long = "s3-secret-key",
        env = "VEZA_S3_SECRET_KEY",
        default_value = "veza-secret",
        hide_env_values = true
    )]
    pub secret_key: String,
}

/// How access tokens are checked: HS256 by a shared secret, or by the keys of a JWKS document where one is configured.
#[derive(Debug, Clone, Args)]
pub struct Tokens {
    /// Secret of HS256, at least 32 bytes; needed unless a JWKS document is set
    #[arg(
        long = "token-secret",
        env = "VEZA_TOKEN_SECRET",
        hide_env_values = true
    )]
    pub secret: Option<String>,
    #[arg(
        long = "token-issuer",
        env = "VEZA_TOKEN_ISSUER",
        default_value = "veza"
    )]
    pub issuer: String,
    #[arg(
        long = "token-audience",
        env = "VEZA_TOKEN_AUDIENCE",
        default_value = "veza"
    )]
    pub audience: String,
    /// Address of a JWKS document with RS256, ES256 or EdDSA keys
    #[arg(long = "token-jwks-url", env = "VEZA_TOKEN_JWKS_URL")]
    pub jwks_url: Option<url::Url>,
    /// File that holds a JWKS document
    #[arg(
        long = "token-jwks-file",
        env = "VEZA_TOKEN_JWKS_FILE",
        conflicts_with = "jwks_url"
    )]
    pub jwks_file: Option<PathBuf>,
}

/// What is logged, and how.
#[derive(Debug, Clone, Args)]
pub struct Log {
    /// Filter, such as `info` or `veza_api=debug,info`
    #[arg(long = "log-filter", env = "VEZA_LOG_FILTER", default_value = "info")]
    pub filter: String,
    /// `text` for people, `json` for machines
    #[arg(long = "log-format", env = "VEZA_LOG_FORMAT", default_value = "text", value_parser = ["text", "json"])]
    pub format: String,
}

/// Reads the settings of the service whose own names begin with `own_prefix`; prints help, or what is wrong, and ends the
/// process where clap would, or where the environment holds a name that nobody reads.
pub fn load<S: Parser>(own_prefix: &str) -> S {
    let environment = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
    let unknown = unknown_names(&S::command(), own_prefix, environment);
    if let Some(message) = refusal(&unknown) {
        S::command()
            .error(clap::error::ErrorKind::UnknownArgument, message)
            .exit();
    }
    S::parse()
}

fn refusal(unknown: &[(String, Option<String>)]) -> Option<String> {
    if unknown.is_empty() {
        return None;
    }
    let lines: Vec<String> = unknown
        .iter()
        .map(|(name, nearest)| match nearest {
            Some(nearest) => format!("{name} is not a setting; did you mean {nearest}?"),
            None => format!("{name} is not a setting; --help lists them"),
        })
        .collect();
    Some(lines.join("\n"))
}

/// The names in `environment` that carry our prefixes and that no setting reads, each with the nearest one that exists.
fn unknown_names(
    command: &Command,
    own_prefix: &str,
    environment: impl Iterator<Item = String>,
) -> Vec<(String, Option<String>)> {
    let mut known = shared_names();
    collect_names(command, &mut known);
    let ours = |name: &String| {
        name.starts_with(own_prefix) || SHARED_PREFIXES.iter().any(|p| name.starts_with(p))
    };
    environment
        .filter(|name| ours(name) && !known.contains(name))
        .map(|name| {
            let nearest = known
                .iter()
                .map(|k| (edit_distance(k, &name), k))
                .min()
                .filter(|(distance, _)| *distance <= 3)
                .map(|(_, k)| k.clone());
            (name, nearest)
        })
        .collect()
}

/// Every shared name, so that one environment can serve all services though each reads a part of it.
fn shared_names() -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let augments: [fn(Command) -> Command; 6] = [
        Kafka::augment_args,
        ClickHouse::augment_args,
        Postgres::augment_args,
        ObjectStore::augment_args,
        Tokens::augment_args,
        Log::augment_args,
    ];
    for augment in augments {
        collect_names(&augment(Command::new("shared")), &mut names);
    }
    names
}

fn collect_names(command: &Command, names: &mut BTreeSet<String>) {
    let own = command.get_arguments().filter_map(|arg| arg.get_env());
    names.extend(own.map(|name| name.to_string_lossy().into_owned()));
    for subcommand in command.get_subcommands() {
        collect_names(subcommand, names);
    }
}

/// Levenshtein's distance, for the hint at a misspelt name.
fn edit_distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.bytes().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.bytes().enumerate() {
            let substituted = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = substituted.min(diagonal + 1).min(row[j] + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[derive(Parser)]
    struct Example {
        #[command(flatten)]
        #[allow(dead_code)]
        kafka: Kafka,
        #[arg(long, env = "VEZA_EXAMPLE_LIMIT")]
        #[allow(dead_code)]
        limit: Option<u32>,
    }

    fn unknown(names: &[&str]) -> Vec<(String, Option<String>)> {
        unknown_names(
            &Example::command(),
            "VEZA_EXAMPLE_",
            names.iter().map(|n| n.to_string()),
        )
    }

    #[test]
    fn a_misspelt_name_is_refused_with_the_nearest_one() {
        assert_eq!(
            unknown(&["VEZA_EXAMPLE_LIMITS"]),
            [(
                "VEZA_EXAMPLE_LIMITS".into(),
                Some("VEZA_EXAMPLE_LIMIT".into())
            )]
        );
        assert_eq!(unknown(&["VEZA_KAFKA_NONSENSE_AT_ALL"])[0].1, None);
    }

    /// clap knows arguments by the fields' names unless told otherwise, and two structs may have a field of the same name.
    #[test]
    fn a_service_can_read_all_shared_settings_at_once() {
        #[derive(Parser)]
        #[allow(dead_code)]
        struct All {
            #[command(flatten)]
            kafka: Kafka,
            #[command(flatten)]
            clickhouse: ClickHouse,
            #[command(flatten)]
            postgres: Postgres,
            #[command(flatten)]
            objects: ObjectStore,
            #[command(flatten)]
            tokens: Tokens,
            #[command(flatten)]
            log: Log,
        }
        All::command().debug_assert();
    }

    #[test]
    fn shared_names_that_a_service_does_not_read_are_no_mistake() {
        assert!(
            unknown(&[
                "VEZA_S3_BUCKET",
                "VEZA_EXAMPLE_LIMIT",
                "PATH",
                "VEZA_OTHER_X"
            ])
            .is_empty()
        );
    }
}
