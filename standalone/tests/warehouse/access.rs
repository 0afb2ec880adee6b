//! What the reading user may not do, whatever it writes.

use crate::support::{READER, WRITER, Warehouse};

async fn warehouse() -> Warehouse {
    let warehouse = Warehouse::start().await;
    warehouse
        .run("CREATE TABLE veza.t (a UInt64) ENGINE = MergeTree ORDER BY a")
        .await;
    warehouse
        .run("INSERT INTO veza.t VALUES (1), (2), (3)")
        .await;
    warehouse
}

#[tokio::test]
async fn the_reader_reads() {
    let warehouse = warehouse().await;
    for (sql, rows) in [
        ("SELECT sum(a) FROM veza.t", "6\n"),
        ("WITH 1 AS x SELECT x FROM veza.t LIMIT 1", "1\n"),
        ("SELECT count() FROM numbers(10)", "10\n"),
        ("SHOW TABLES FROM veza", "t\n"),
        ("EXISTS TABLE veza.t", "1\n"),
        (
            "SELECT 1 SETTINGS max_execution_time = 5, max_threads = 1",
            "1\n",
        ),
        ("SELECT getSetting('readonly')", "2\n"),
    ] {
        let reply = warehouse.ask(READER, &[], sql).await;
        assert_eq!(reply.text(), rows, "{sql}");
    }
}

#[tokio::test]
async fn the_reader_writes_nothing() {
    let warehouse = warehouse().await;
    for sql in [
        "INSERT INTO veza.t VALUES (4)",
        "INSERT INTO veza.t SELECT 4",
        "INSERT INTO FUNCTION file('/tmp/veza-reader', 'CSV', 'a UInt8') VALUES (1)",
        "CREATE TABLE veza.u (a UInt8) ENGINE = Memory",
        "CREATE TEMPORARY TABLE u (a UInt8)",
        "CREATE VIEW veza.v AS SELECT 1",
        "CREATE DATABASE mine ENGINE = Atomic",
        "CREATE FUNCTION f AS x -> x",
        "CREATE USER me",
        "GRANT writer TO default",
        "ALTER TABLE veza.t DELETE WHERE 1",
        "ALTER TABLE veza.t UPDATE a = 1 WHERE 1",
        "DELETE FROM veza.t WHERE 1",
        "TRUNCATE TABLE veza.t",
        "DROP TABLE veza.t",
        "RENAME TABLE veza.t TO veza.u",
        "OPTIMIZE TABLE veza.t",
        "DETACH TABLE veza.t",
        "SYSTEM STOP MERGES",
        "SYSTEM SHUTDOWN",
        "KILL QUERY WHERE 1",
        "SET ROLE writer",
        "SET readonly = 0",
        "SET profile = 'default'",
        "SET max_execution_time = 1000",
        "USE veza",
        "EXECUTE AS default SELECT 1",
        "BACKUP TABLE veza.t TO File('/tmp/veza-reader')",
        "SELECT 1; DROP TABLE veza.t",
        "SELECT 1 PARALLEL WITH DROP TABLE veza.t",
        "/* */ -- \n DROP TABLE veza.t",
        "SELECT 1 INTO OUTFILE '/tmp/veza-reader'",
        "SELECT 1 INTO/**/OUTFILE '/tmp/veza-reader'",
        "(SELECT 1) INTO OUTFILE '/tmp/veza-reader' FORMAT CSV",
    ] {
        let reply = warehouse.ask(READER, &[], sql).await;
        assert!(
            [62, 164, 358, 497].contains(&reply.code()),
            "{sql}: {} {}",
            reply.status,
            reply.text()
        );
    }
    assert_eq!(
        warehouse.run("SELECT sum(a), count() FROM veza.t").await,
        "6\t3\n"
    );
    assert_eq!(warehouse.run("SHOW TABLES FROM veza").await, "t\n");
    assert!(!std::path::Path::new("/tmp/veza-reader").exists());
}

#[tokio::test]
async fn the_reader_cannot_raise_its_limits() {
    let limits = [
        ("VEZA_WAREHOUSE_READER_SECONDS", "2"),
        ("VEZA_WAREHOUSE_READER_EXPORT_SECONDS", "4"),
        ("VEZA_WAREHOUSE_READER_EXPORT_ROWS", "2000"),
        ("VEZA_WAREHOUSE_READER_ROWS", "100000000000000"),
        ("VEZA_WAREHOUSE_READER_RESULT_ROWS", "1000"),
        ("VEZA_WAREHOUSE_READER_MEMORY", "100000000"),
    ];
    let warehouse = Warehouse::start_with(&limits).await;
    let endless = "SELECT sum(sipHash64(number)) FROM numbers(100000000000)";
    for (sql, code) in [
        // What they do.
        (endless.to_owned(), 159),
        (
            format!("SELECT * FROM ({endless} SETTINGS max_execution_time = 600)"),
            159,
        ),
        ("SELECT number FROM numbers(100000)".into(), 396),
        (
            "SELECT groupArray(number) FROM numbers(100000000)".into(),
            241,
        ),
        // What raises them.
        ("SELECT 1 SETTINGS max_execution_time = 5".into(), 452),
        ("SELECT 1 SETTINGS max_result_rows = 2001".into(), 452),
        ("SELECT 1 SETTINGS max_execution_time = 0".into(), 452),
        ("SELECT 1 SETTINGS max_result_rows = 0".into(), 452),
        ("SELECT 1 SETTINGS max_rows_to_read = 0".into(), 452),
        ("SELECT 1 SETTINGS max_memory_usage = 0".into(), 452),
        ("SELECT 1 SETTINGS readonly = 0".into(), 164),
        ("SELECT 1 SETTINGS readonly = 1".into(), 164),
        ("SELECT 1 SETTINGS profile = 'default'".into(), 164),
        (
            "SELECT 1 SETTINGS profile = 'default', max_execution_time = 600".into(),
            452,
        ),
        (
            format!("SELECT * FROM ({endless}) SETTINGS max_execution_time = 600"),
            452,
        ),
    ] {
        let reply = warehouse.ask(READER, &[], &sql).await;
        assert_eq!(
            reply.code(),
            code,
            "{sql}: {} {}",
            reply.status,
            reply.text()
        );
    }
    for (name, value, code) in [
        ("max_execution_time", "600", 452),
        ("max_memory_usage", "0", 452),
        ("readonly", "0", 164),
        ("profile", "default", 164),
        ("log_comment", "x", 452),
        ("role", "writer", 512),
        ("max_threads = 1, max_execution_time", "600", 115),
        ("max_threads", "1', max_execution_time = '600", 27),
    ] {
        let reply = warehouse.ask(READER, &[(name, value)], "SELECT 1").await;
        assert_eq!(
            reply.code(),
            code,
            "{name}={value}: {} {}",
            reply.status,
            reply.text()
        );
    }
    let lower = warehouse
        .ask(READER, &[("max_execution_time", "1")], "SELECT 1")
        .await;
    assert_eq!(lower.text(), "1\n", "limits can be lowered");
    let export = [("max_execution_time", "4"), ("max_result_rows", "2000")];
    let export = warehouse.ask(READER, &export, "SELECT 1").await;
    assert_eq!(export.text(), "1\n", "and raised for an export");
    let free = warehouse
        .ask(
            WRITER,
            &[],
            "SELECT count() FROM (SELECT number FROM numbers(100000))",
        )
        .await;
    assert_eq!(free.text(), "100000\n", "the writer has none");
}

#[tokio::test]
async fn the_reader_reaches_no_files_hosts_or_other_users() {
    let warehouse = warehouse().await;
    let secret = std::env::temp_dir().join(format!("veza-secret-{}", std::process::id()));
    std::fs::write(&secret, "secret-content").unwrap();
    let path = secret.display();
    for sql in [
        format!("SELECT file('{path}')"),
        format!("SELECT * APPLY(file) FROM (SELECT '{path}')"),
        format!("SELECT arrayMap(x -> file(x), ['{path}'])"),
        format!("SELECT `file`('{path}')"),
        format!("SELECT `fil\\x65`('{path}')"),
        format!("SELECT \"fil\\x65\"('{path}')"),
        format!("SELECT * FROM file('{path}', 'LineAsString')"),
        format!("SELECT * FROM `{path}`"),
        format!("SELECT * FROM default.`{path}`"),
        format!("SELECT content FROM filesystem('{path}')"),
        format!("SELECT * FROM url('file://{path}', 'LineAsString')"),
        format!("SELECT 1 FORMAT Template SETTINGS format_template_row = '{path}'"),
        format!("SELECT 1 FORMAT Template SETTINGS format_template_resultset = '{path}'"),
        format!("SELECT 1 FORMAT Protobuf SETTINGS format_schema = '{path}:x'"),
        format!("SELECT 1 FORMAT Protobuf SETTINGS output_format_schema = '{path}'"),
        format!("SELECT 1 SETTINGS additional_result_filter = 'f\\x69le(\\'{path}\\') = 1'"),
        format!(
            "SELECT a FROM veza.t SETTINGS additional_table_filters = {{'veza.t': 'f\\x69le(\\'{path}\\') = 1'}}"
        ),
        format!("DESCRIBE TABLE file('{path}')"),
        "SELECT * FROM eval('SELECT 1') SETTINGS allow_experimental_eval_table_function = 1".into(),
        "SELECT * FROM url('http://127.0.0.1:1/', 'LineAsString')".into(),
        "SELECT * FROM s3('http://127.0.0.1:1/bucket/key', 'LineAsString')".into(),
        "SELECT * FROM remote('127.0.0.1', veza.t)".into(),
        "SELECT * FROM mysql('127.0.0.1:1', 'a', 'b', 'c', 'd')".into(),
        "SELECT * FROM postgresql('127.0.0.1:1', 'a', 'b', 'c', 'd')".into(),
        "SELECT * FROM sqlite('/tmp/x', 'y')".into(),
        "SELECT * FROM executable('id', 'TSV', 'a String')".into(),
        "SELECT * FROM system.users".into(),
        "SELECT demangle('x')".into(),
    ] {
        let reply = warehouse.ask(READER, &[], &sql).await;
        let text = reply.text();
        assert_ne!(reply.code(), 0, "{sql}: {text}");
        assert!(!text.contains("secret-content"), "{sql}: {text}");
    }
    for (name, value, sql) in [
        (
            "param_f",
            "file",
            format!("SELECT {{f:Identifier}}('{path}')"),
        ),
        (
            "param_f",
            "file",
            format!("SELECT * APPLY({{f:Identifier}}) FROM (SELECT '{path}')"),
        ),
        (
            "param_f",
            "file",
            format!("SELECT * FROM {{f:Identifier}}('{path}', 'LineAsString')"),
        ),
        (
            "additional_result_filter",
            &format!("file('{path}') != ''"),
            "SELECT 1".into(),
        ),
        (
            "format_template_row",
            &path.to_string(),
            "SELECT 1 FORMAT Template".into(),
        ),
        (
            "output_format_schema",
            &path.to_string(),
            "SELECT 1 FORMAT Protobuf".into(),
        ),
    ] {
        let reply = warehouse.ask(READER, &[(name, value)], &sql).await;
        let text = reply.text();
        assert_ne!(reply.code(), 0, "{name}={value} {sql}: {text}");
        assert!(
            !text.contains("secret-content"),
            "{name}={value} {sql}: {text}"
        );
    }
    let kept = std::fs::read_to_string(&secret).unwrap();
    assert_eq!(kept, "secret-content", "nothing was written over it");
    std::fs::remove_file(&secret).unwrap();
    for sql in [
        "SELECT query FROM system.processes",
        "SHOW PROCESSLIST",
        "SELECT last_error_message FROM system.errors",
        "SELECT * FROM system.asynchronous_inserts",
    ] {
        let reply = warehouse.ask(READER, &[], sql).await;
        assert_eq!((reply.status, reply.text().as_str()), (200, ""), "{sql}");
    }
    let writer = warehouse
        .run("SELECT count() > 0 FROM system.processes")
        .await;
    assert_eq!(writer, "1\n", "the writer sees what runs");
}
