//! The interface as its documentation describes it, without a client's help.

use std::io::{Read, Write};

use base64::Engine as _;

use crate::support::{READER, Reply, WRITER, Warehouse};

fn get(warehouse: &Warehouse, parameters: &[(&str, &str)]) -> reqwest::RequestBuilder {
    reqwest::Client::new()
        .get(warehouse.url())
        .query(parameters)
}

#[tokio::test]
async fn it_says_ok_to_whoever_asks() {
    let warehouse = Warehouse::start().await;
    for path in ["/ping", "/"] {
        let reply =
            Reply::of(reqwest::Client::new().get(format!("{}{path}", warehouse.url()))).await;
        assert_eq!(
            (reply.status, reply.text().as_str()),
            (200, "Ok.\n"),
            "{path}"
        );
    }
}

#[tokio::test]
async fn the_statement_is_in_the_url_or_the_body_or_both() {
    let warehouse = Warehouse::start().await;
    let by_url = get(
        &warehouse,
        &[
            ("query", "SELECT 1"),
            ("user", WRITER),
            ("password", WRITER),
        ],
    );
    assert_eq!(Reply::of(by_url).await.text(), "1\n");
    let both = warehouse.ask(WRITER, &[("query", "SELECT 1,")], " 2").await;
    assert_eq!(both.text(), "1\t2\n");
    let neither = warehouse.ask(WRITER, &[], "").await;
    assert_eq!((neither.status, neither.code()), (400, 62));
}

#[tokio::test]
async fn a_get_only_reads() {
    let warehouse = Warehouse::start().await;
    let sql = "CREATE TABLE veza.t (a UInt8) ENGINE = Memory";
    let request = get(&warehouse, &[("query", sql)]).basic_auth(WRITER, Some(WRITER));
    let reply = Reply::of(request).await;
    assert_eq!((reply.status, reply.code()), (500, 164), "{}", reply.text());
    assert_eq!(warehouse.run("EXISTS TABLE veza.t").await, "0\n");
}

#[tokio::test]
async fn errors_have_a_servers_numbers_and_statuses() {
    let warehouse = Warehouse::start().await;
    for (sql, status, code) in [
        ("SELEC 1", 400, 62),
        ("SELECT 1; SELECT 2", 400, 62),
        ("SELECT absent", 404, 47),
        ("SELECT absent(1)", 404, 46),
        ("SELECT * FROM veza.absent", 404, 60),
        ("SELECT * FROM absent.t", 404, 81),
        ("SELECT 1 FORMAT Absent", 404, 73),
        ("SELECT 1 SETTINGS absent = 1", 404, 115),
        ("SELECT {a:UInt8}", 500, 456),
        ("SELECT toUInt8('x')", 400, 6),
        ("SELECT throwIf(1)", 500, 395),
        ("INSERT INTO veza.absent VALUES (1)", 404, 60),
        ("SELECT 1 INTO OUTFILE '/tmp/veza-outfile'", 500, 358),
        ("SHOW TABLES INTO OUTFILE '/tmp/veza-outfile'", 500, 358),
        (
            "INSERT INTO veza.t FROM INFILE '/etc/passwd' FORMAT CSV",
            500,
            358,
        ),
        (
            "SELECT sum(sipHash64(number)) FROM numbers(1000000000000) SETTINGS max_execution_time = 0.2",
            408,
            159,
        ),
    ] {
        let reply = warehouse.ask(WRITER, &[], sql).await;
        let text = reply.text();
        assert_eq!(
            (reply.status, reply.code()),
            (status, code),
            "{sql}: {text}"
        );
        assert!(
            text.starts_with(&format!("Code: {code}. DB::Exception: ")),
            "{text}"
        );
    }
    assert!(!std::path::Path::new("/tmp/veza-outfile").exists());
    let absent = warehouse
        .ask(WRITER, &[("database", "absent")], "SELECT 1")
        .await;
    assert_eq!((absent.status, absent.code()), (404, 81));
    let setting = warehouse.ask(WRITER, &[("absent", "1")], "SELECT 1").await;
    assert_eq!((setting.status, setting.code()), (404, 115));
    let format = warehouse
        .ask(WRITER, &[("default_format", "CSV; DROP")], "SELECT 1")
        .await;
    assert_eq!((format.status, format.code()), (404, 73));
}

#[tokio::test]
async fn database_format_settings_and_parameters_come_by_the_url() {
    let warehouse = Warehouse::start().await;
    warehouse
        .run("CREATE TABLE veza.t (a UInt64) ENGINE = Memory")
        .await;
    warehouse
        .run("INSERT INTO veza.t VALUES (9007199254740993)")
        .await;
    let parameters = [
        ("database", "veza"),
        ("default_format", "JSONEachRow"),
        ("output_format_json_quote_64bit_integers", "1"),
        ("max_threads", "1"),
        ("param_text", "it's\\ta"),
        ("query_id", "my-id"),
    ];
    let sql = "SELECT a, {text:String} AS text, getSetting('max_threads') AS threads FROM t";
    let reply = warehouse.ask(WRITER, &parameters, sql).await;
    assert_eq!(
        reply.text(),
        "{\"a\":\"9007199254740993\",\"text\":\"it's\\ta\",\"threads\":1}\n"
    );
    assert_eq!(reply.header("x-clickhouse-query-id"), "my-id");
    assert_eq!(reply.header("x-clickhouse-format"), "JSONEachRow");
    let csv = warehouse
        .ask(
            WRITER,
            &parameters,
            "SELECT 1 AS a FORMAT CSVWithNames SETTINGS max_threads = 1;",
        )
        .await;
    assert_eq!(csv.text(), "\"a\"\n1\n");
    assert_eq!(
        csv.header("content-type"),
        "text/csv; charset=UTF-8; header=present"
    );
    let after = warehouse.run("SELECT currentDatabase()").await;
    assert_eq!(after, "default\n", "nothing stays for the next request");
}

#[tokio::test]
async fn one_document_comes_of_many_blocks() {
    let warehouse = Warehouse::start().await;
    let sql = "SELECT number % 2 AS k, count() AS n FROM numbers(300000) GROUP BY k WITH TOTALS ORDER BY k FORMAT JSON";
    let json: serde_json::Value = serde_json::from_str(&warehouse.run(sql).await).unwrap();
    assert_eq!(json["totals"]["n"], 300_000);
    let rows = warehouse
        .run("SELECT number FROM numbers(300000) FORMAT JSONCompact")
        .await;
    let json: serde_json::Value = serde_json::from_str(&rows).unwrap();
    assert_eq!(json["rows"], 300_000);
    let names = warehouse
        .run("SELECT number FROM numbers(300000) FORMAT CSVWithNames")
        .await;
    assert_eq!(names.lines().count(), 300_001);
}

#[tokio::test]
async fn a_summary_tells_what_was_written() {
    let warehouse = Warehouse::start().await;
    warehouse
        .run("CREATE TABLE veza.t (a UInt64) ENGINE = Memory")
        .await;
    let reply = warehouse
        .ask(WRITER, &[], "INSERT INTO veza.t VALUES (1), (2)")
        .await;
    let summary: serde_json::Value =
        serde_json::from_str(reply.header("x-clickhouse-summary")).unwrap();
    assert_eq!(summary["written_rows"], "2");
}

#[tokio::test]
async fn users_come_by_three_ways_but_one_at_a_time() {
    let warehouse = Warehouse::start().await;
    let basic = |password: &str| {
        let pair = format!("{READER}:{password}");
        format!(
            "Basic {}",
            base64::engine::general_purpose::STANDARD.encode(pair)
        )
    };
    let sql = [("query", "SELECT 1")];
    let with = |name: &'static str, value: String| get(&warehouse, &sql).header(name, value);
    let own = |password: &'static str| {
        get(&warehouse, &sql)
            .header("X-ClickHouse-User", READER)
            .header("X-ClickHouse-Key", password)
    };
    let by_url = |password: &'static str| {
        get(&warehouse, &sql).query(&[("user", READER), ("password", password)])
    };
    for request in [
        with("Authorization", basic(READER)),
        own(READER),
        by_url(READER),
    ] {
        assert_eq!(Reply::of(request).await.text(), "1\n");
    }
    for request in [
        with("Authorization", basic("wrong")),
        with("Authorization", "Bearer x".into()),
        own("wrong"),
        by_url(""),
        own(READER).header("Authorization", basic(READER)),
        get(&warehouse, &sql),
        get(&warehouse, &sql).query(&[("user", "default")]),
    ] {
        let reply = Reply::of(request).await;
        assert_eq!((reply.status, reply.code()), (403, 516), "{}", reply.text());
    }
}

#[tokio::test]
async fn answers_are_compressed_as_the_client_can_read() {
    let warehouse = Warehouse::start().await;
    let sql = "SELECT number FROM numbers(500000)";
    let plain = warehouse.run(sql).await;
    let ask = |accepted: &'static str| {
        reqwest::Client::builder()
            .no_gzip()
            .build()
            .unwrap()
            .post(warehouse.url())
            .basic_auth(WRITER, Some(WRITER))
            .header("Accept-Encoding", accepted)
            .body(sql)
    };
    for (accepted, encoding) in [
        ("gzip, deflate", "gzip"),
        ("lz4,zstd,br,gzip,deflate", "gzip"),
        ("lz4", "lz4"),
        ("br", ""),
        ("gzip;q=0", ""),
    ] {
        let reply = Reply::of(ask(accepted)).await;
        assert_eq!(reply.header("content-encoding"), encoding, "{accepted}");
        let mut text = String::new();
        match encoding {
            "gzip" => flate2::read::GzDecoder::new(&reply.body[..]).read_to_string(&mut text),
            "lz4" => lz4_flex::frame::FrameDecoder::new(&reply.body[..]).read_to_string(&mut text),
            _ => (&reply.body[..]).read_to_string(&mut text),
        }
        .unwrap();
        assert!(text == plain, "{accepted}");
    }
    let off = Reply::of(ask("gzip").query(&[("enable_http_compression", "0")])).await;
    assert_eq!(off.text(), plain);
}

#[tokio::test]
async fn what_it_compresses_it_takes_back() {
    let warehouse = Warehouse::start().await;
    warehouse
        .run("CREATE TABLE veza.t (a UInt64) ENGINE = MergeTree ORDER BY a")
        .await;
    let sql = "SELECT number FROM numbers(300000) FORMAT RowBinary";
    let packed = warehouse.ask(WRITER, &[("compress", "1")], sql).await.body;
    assert!(packed.len() < 2_400_000, "{} bytes", packed.len());
    let insert = |body: Vec<u8>| {
        reqwest::Client::new()
            .post(warehouse.url())
            .query(&[
                ("query", "INSERT INTO veza.t FORMAT RowBinary"),
                ("decompress", "1"),
            ])
            .basic_auth(WRITER, Some(WRITER))
            .body(body)
    };
    let mut damaged = packed.clone();
    *damaged.last_mut().unwrap() ^= 1;
    let refused = Reply::of(insert(damaged)).await;
    assert_eq!(
        (refused.status, refused.code()),
        (500, 271),
        "{}",
        refused.text()
    );
    assert_eq!(Reply::of(insert(packed)).await.status, 200);
    let counts = warehouse
        .run("SELECT count(), uniqExact(a) FROM veza.t")
        .await;
    assert_eq!(counts, "300000\t300000\n");
}

#[tokio::test]
async fn a_gzipped_body_is_read() {
    let warehouse = Warehouse::start().await;
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), Default::default());
    gzip.write_all(b"SELECT 42").unwrap();
    let request = reqwest::Client::new()
        .post(warehouse.url())
        .basic_auth(WRITER, Some(WRITER))
        .header("Content-Encoding", "gzip")
        .body(gzip.finish().unwrap());
    assert_eq!(Reply::of(request).await.text(), "42\n");
}

#[tokio::test]
async fn an_error_among_the_rows_is_marked_and_cuts_the_answer() {
    let warehouse = Warehouse::start().await;
    let sql = "SELECT throwIf(number = 3000000) FROM numbers(4000000) SETTINGS max_threads = 1";
    let response = reqwest::Client::new()
        .post(warehouse.url())
        .basic_auth(WRITER, Some(WRITER))
        .body(sql)
        .send()
        .await
        .unwrap();
    assert_eq!(response.status(), 200);
    let tag = response.headers()["x-clickhouse-exception-tag"].clone();
    let tag = tag.to_str().unwrap();
    let mut response = response;
    let mut body = Vec::new();
    let cut = loop {
        match response.chunk().await {
            Ok(Some(chunk)) => body.extend_from_slice(&chunk),
            Ok(None) => break false,
            Err(_) => break true,
        }
    };
    assert!(cut, "nobody may take this for the whole");
    let text = String::from_utf8_lossy(&body);
    let (_, marked) = text
        .split_once(&format!("\r\n__exception__\r\n{tag}\r\n"))
        .expect("a mark");
    assert!(marked.starts_with("Code: 395."), "{marked}");
    assert!(
        marked.ends_with(&format!(" {tag}\r\n__exception__\r\n")),
        "{marked}"
    );
}
