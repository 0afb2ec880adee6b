//! Formats as HTTP names them.

/// What a server answers in when nobody asks for another format.
pub const DEFAULT: &str = "TabSeparated";

/// The `Content-Type` of a ClickHouse format, as its server sends it.
pub fn content_type(format: &str) -> &'static str {
    match format {
        "JSON"
        | "JSONCompact"
        | "JSONStrings"
        | "JSONCompactStrings"
        | "JSONColumns"
        | "JSONCompactColumns"
        | "JSONColumnsWithMetadata"
        | "JSONObjectEachRow"
        | "GeoJSON" => "application/json; charset=UTF-8",
        name if name.starts_with("JSON") || matches!(name, "NDJSON") => {
            "application/x-ndjson; charset=UTF-8"
        }
        "CSV" => "text/csv; charset=UTF-8; header=absent",
        "CSVWithNames" | "CSVWithNamesAndTypes" => "text/csv; charset=UTF-8; header=present",
        name if name.starts_with("TabSeparated") || name.starts_with("TSV") => {
            "text/tab-separated-values; charset=UTF-8"
        }
        "XML" => "application/xml; charset=UTF-8",
        "Native"
        | "RowBinary"
        | "RowBinaryWithNames"
        | "RowBinaryWithNamesAndTypes"
        | "Parquet"
        | "Arrow"
        | "ArrowStream"
        | "ORC"
        | "Avro"
        | "MsgPack"
        | "BSONEachRow"
        | "Npy" => "application/octet-stream",
        _ => "text/plain; charset=UTF-8",
    }
}
