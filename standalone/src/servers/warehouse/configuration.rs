//! The engine's configuration: roles, profiles, limits. It enforces them like a server.

use std::path::Path;

use anyhow::Context;

/// What the reading user may use up, per query. It can lower these, and raise time and answered rows up to what a query may
/// take that asks for more: an export, at its reader's pace.
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
    /// Longest query of the reading user that asks for more than the usual time, in seconds
    #[arg(long, env = "VEZA_WAREHOUSE_READER_EXPORT_SECONDS", default_value_t = 3_600,
          value_parser = clap::value_parser!(u64).range(1..))]
    pub reader_export_seconds: u64,
    /// Most rows that a query of the reading user answers that asks for more than the usual
    #[arg(long, env = "VEZA_WAREHOUSE_READER_EXPORT_ROWS", default_value_t = 2_000_000_000,
          value_parser = clap::value_parser!(u64).range(1..))]
    pub reader_export_rows: u64,
}

impl ReaderLimits {
    /// The settings that hold them.
    pub fn settings(&self) -> [(&'static str, u64); 4] {
        [
            ("max_execution_time", self.reader_seconds),
            ("max_rows_to_read", self.reader_rows),
            ("max_result_rows", self.reader_result_rows),
            ("max_memory_usage", self.reader_memory),
        ]
    }

    /// The most that these settings may be raised to.
    fn highest(&self) -> [(&'static str, u64); 4] {
        [
            (
                "max_execution_time",
                self.reader_seconds.max(self.reader_export_seconds),
            ),
            ("max_rows_to_read", self.reader_rows),
            (
                "max_result_rows",
                self.reader_result_rows.max(self.reader_export_rows),
            ),
            ("max_memory_usage", self.reader_memory),
        ]
    }
}

pub const WRITER_ROLE: &str = "writer";
pub const READER_ROLE: &str = "reader";

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
pub fn write(directory: &Path, limits: &ReaderLimits) -> anyhow::Result<Vec<String>> {
    let users = directory.join("users.xml");
    let config = directory.join("config.xml");
    write_file(&users, &users_xml(limits))?;
    write_file(&config, &config_xml(&users))?;
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

fn write_file(path: &Path, text: &str) -> anyhow::Result<()> {
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
        .highest()
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
