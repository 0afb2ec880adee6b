//! A report as JSON, or, where the client prefers `text/csv`, the same numbers as one table.

use std::fmt::Write;

use axum::body::Body;
use axum::extract::FromRequestParts;
use axum::response::{IntoResponse, Response};
use http::header::{ACCEPT, CONTENT_DISPOSITION, CONTENT_TYPE, VARY};
use http::request::Parts;
use http::{HeaderMap, HeaderValue};
use jiff::Timestamp;
use serde::Serialize;
use veza_schemas::problem::Code;
use veza_service::reply::Reply;

use crate::error::ApiError;

/// How a report is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Json,
    Csv,
}

impl<S: Send + Sync> FromRequestParts<S> for Format {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        Self::preferred(&parts.headers).ok_or_else(|| {
            ApiError::new(
                Code::NotAcceptable,
                "reports are `application/json` or `text/csv`",
            )
        })
    }
}

impl Format {
    /// By `Accept`: JSON unless CSV is wanted more; none where neither is wanted.
    fn preferred(headers: &HeaderMap) -> Option<Self> {
        let mut ranges = headers
            .get_all(ACCEPT)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(','))
            .map(str::trim)
            .filter(|range| !range.is_empty())
            .peekable();
        if ranges.peek().is_none() {
            return Some(Self::Json);
        }
        let ranges: Vec<(&str, f32)> = ranges.map(read_range).collect();
        let json = quality(&ranges, ["application/json", "application/*", "*/*"]);
        let csv = quality(&ranges, ["text/csv", "text/*", "*/*"]);
        if csv > json {
            Some(Self::Csv)
        } else if json > 0.0 {
            Some(Self::Json)
        } else {
            None
        }
    }
}

/// A media range and its weight (RFC 9110, 12.5.1).
fn read_range(range: &str) -> (&str, f32) {
    let mut parts = range.split(';').map(str::trim);
    let name = parts.next().unwrap_or_default();
    let weight = parts
        .find_map(|parameter| parameter.strip_prefix("q="))
        .map_or(1.0, |weight| weight.parse().unwrap_or(0.0));
    (name, weight)
}

/// The weight of the most specific range that was given.
fn quality(ranges: &[(&str, f32)], from_specific: [&str; 3]) -> f32 {
    let given = |name: &str| {
        ranges
            .iter()
            .find(|(range, _)| range.eq_ignore_ascii_case(name))
    };
    let found = from_specific.iter().find_map(|name| given(name));
    found.map_or(0.0, |(_, weight)| *weight)
}

/// What can be shown as one table.
pub trait Tabular {
    fn table(&self) -> Table;
}

/// A header, and rows of as many cells.
#[derive(Debug, Default)]
pub struct Table {
    columns: Vec<&'static str>,
    rows: Vec<Vec<Cell>>,
}

/// One value; text is guarded against spreadsheets, numbers are not.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    Text(String),
    Plain(String),
}

impl Table {
    pub fn new(columns: &[&'static str]) -> Self {
        Self {
            columns: columns.to_vec(),
            rows: Vec::new(),
        }
    }

    pub fn push(&mut self, row: Vec<Cell>) {
        debug_assert_eq!(row.len(), self.columns.len());
        self.rows.push(row);
    }

    /// RFC 4180: commas, CRLF, quotes doubled.
    fn to_csv(&self) -> String {
        let mut text = header(&self.columns);
        for row in &self.rows {
            write_row(row, &mut text);
        }
        text
    }
}

/// The first line of a table.
pub fn header(columns: &[&'static str]) -> String {
    columns.join(",") + "\r\n"
}

/// A line of a table.
pub fn write_row(row: &[Cell], out: &mut String) {
    for (i, cell) in row.iter().enumerate() {
        if i > 0 {
            out.push(',');
        }
        cell.write(out);
    }
    out.push_str("\r\n");
}

impl Cell {
    fn write(&self, out: &mut String) {
        match self {
            Self::Plain(text) => out.push_str(text),
            Self::Text(text) => write_text(text, out),
        }
    }
}

/// A cell that a spreadsheet would run as a formula becomes text, by an apostrophe inside the quotes.
fn write_text(text: &str, out: &mut String) {
    let is_formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    if !is_formula && !text.contains([',', '"', '\r', '\n']) {
        return out.push_str(text);
    }
    out.push('"');
    if is_formula {
        out.push('\'');
    }
    out.push_str(&text.replace('"', "\"\""));
    out.push('"');
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<&String> for Cell {
    fn from(text: &String) -> Self {
        Self::Text(text.clone())
    }
}

/// Unknown is an empty cell.
impl<T: Into<Cell>> From<Option<T>> for Cell {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Plain(String::new()), Into::into)
    }
}

macro_rules! plain {
    ($($kind:ty),+) => {
        $(impl From<$kind> for Cell {
            fn from(value: $kind) -> Self {
                let mut text = String::new();
                // Writing to a string does not fail.
                let _ = write!(text, "{value}");
                Self::Plain(text)
            }
        })+
    };
}
plain!(
    u8,
    u16,
    u32,
    u64,
    i64,
    f64,
    bool,
    Timestamp,
    jiff::civil::Date,
    uuid::Uuid
);

/// A report, ready to be sent.
pub struct Answer<T, M> {
    format: Format,
    /// The file's name, without its ending.
    name: &'static str,
    reply: Reply<T, M>,
    /// The address of the next page, for formats that have no place for it.
    next: Option<String>,
}

impl<T, M> Answer<T, M> {
    pub fn new(format: Format, name: &'static str, data: T, meta: M) -> Self {
        Self {
            format,
            name,
            reply: Reply::with_meta(data, meta),
            next: None,
        }
    }

    /// Sent as `Link: <…>; rel="next"` (RFC 8288).
    pub fn with_next(mut self, address: Option<String>) -> Self {
        self.next = address;
        self
    }
}

impl<T: Serialize + Tabular, M: Serialize> IntoResponse for Answer<T, M> {
    fn into_response(self) -> Response {
        let mut response = match self.format {
            Format::Json => self.reply.into_response(),
            Format::Csv => csv_response(self.name, &self.reply.data.table()),
        };
        let headers = response.headers_mut();
        headers.insert(VARY, HeaderValue::from_static("accept"));
        let link = self.next.map(|next| format!("<{next}>; rel=\"next\""));
        if let Some(Ok(link)) = link.map(HeaderValue::try_from) {
            headers.insert(http::header::LINK, link);
        }
        response
    }
}

fn csv_response(name: &str, table: &Table) -> Response {
    attachment(table.to_csv(), CSV, &format!("veza-{name}.csv"))
}

/// The media type of a table.
pub const CSV: &str = "text/csv; charset=utf-8; header=present";

/// A file to be saved under `name`, which has no quotes.
pub fn attachment(body: impl Into<Body>, media_type: &'static str, name: &str) -> Response {
    let mut response = Response::new(body.into());
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
    let disposition = format!("attachment; filename=\"{name}\"");
    if let Ok(disposition) = HeaderValue::try_from(disposition) {
        headers.insert(CONTENT_DISPOSITION, disposition);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn preferred(accept: &str) -> Option<Format> {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, accept.parse().unwrap());
        Format::preferred(&headers)
    }

    #[test]
    fn csv_is_sent_where_it_is_preferred() {
        assert_eq!(Format::preferred(&HeaderMap::new()), Some(Format::Json));
        for csv in [
            "text/csv",
            "Text/CSV;q=0.5",
            "text/*",
            "text/csv, application/json;q=0.9",
        ] {
            assert_eq!(preferred(csv), Some(Format::Csv), "{csv}");
        }
        let browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
        for json in [
            "*/*",
            "application/json",
            "text/csv;q=0.5, application/json",
            browser,
        ] {
            assert_eq!(preferred(json), Some(Format::Json), "{json}");
        }
        for neither in ["image/png", "application/json;q=0", "text/html"] {
            assert_eq!(preferred(neither), None, "{neither}");
        }
    }

    #[test]
    fn cells_that_a_spreadsheet_would_run_are_quoted() {
        let mut table = Table::new(&["label", "plays", "change"]);
        table.push(vec!["=1+1".into(), 3u64.into(), (-0.5).into()]);
        table.push(vec!["a \"b\", c".into(), None::<u64>.into(), true.into()]);
        table.push(vec!["@x".into(), 0u64.into(), 0.25.into()]);
        assert_eq!(
            table.to_csv(),
            "label,plays,change\r\n\"'=1+1\",3,-0.5\r\n\"a \"\"b\"\", c\",,true\r\n\"'@x\",0,0.25\r\n"
        );
    }
}
