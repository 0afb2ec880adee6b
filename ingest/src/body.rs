//! A request's body: read within limits of size and time, unpacked within the same limit, and cut into reports.
//!
//! Only the frame is looked at here. A report that is no good is its own affair ([`crate::validate`]); the others are kept.

use std::io::Read;

use axum::body::{Body, HttpBody};
use bytes::{Bytes, BytesMut};
use flate2::read::MultiGzDecoder;
use http::HeaderMap;
use http::header::{CONTENT_ENCODING, CONTENT_TYPE, EXPECT};
use http_body_util::BodyExt;
use serde_json::value::RawValue;
use tokio::time::Instant;
use veza_schemas::problem::Code;
use veza_schemas::report::{MAX_BODY_BYTES, MAX_REPORTS};
use veza_service::reply::ProblemResponse;

/// What is read and thrown away of a refused request, so that its sender gets to see the answer: closing a connection
/// with unread bytes resets it, and the reset overtakes the answer.
const MAX_DISCARDED_BYTES: usize = 32 << 20;

/// How the reports are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// One object, or an array of them.
    Json,
    /// One object a line.
    Lines,
}

/// Why a body as a whole could not be read.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum BodyError {
    #[error(
        "the media type `{0}` is not read here; send application/json, application/x-ndjson (one report a line), or \
         text/plain that holds JSON"
    )]
    MediaType(String),
    #[error("the charset `{0}` is not read here; send UTF-8")]
    Charset(String),
    #[error("the content encoding `{0}` is not read here; send gzip, or none")]
    Encoding(String),
    #[error(
        "the body is larger than {MAX_BODY_BYTES} bytes (after decompression); send fewer reports at once"
    )]
    TooLarge,
    #[error("there are more than {MAX_REPORTS} reports; send at most that many at once")]
    TooManyReports,
    #[error("the body did not arrive in time; send it without a pause")]
    TooSlow,
    #[error("the body ended early: {0}")]
    Interrupted(String),
    #[error("the body is not valid gzip: {0}")]
    Gzip(String),
    #[error(
        "the body is not UTF-8: the byte at offset {offset} is 0x{byte:02x}; send UTF-8, not UTF-16 or Latin-1"
    )]
    NotUtf8 { offset: usize, byte: u8 },
    #[error("the body is empty; send a report as a JSON object, or an array of them")]
    Empty,
    #[error("the body is not JSON: {0}")]
    NotJson(String),
    #[error("the body is neither a JSON object nor an array of objects")]
    NotReports,
    #[error("the array is empty; send 1 to {MAX_REPORTS} reports")]
    NoReports,
}

impl From<BodyError> for ProblemResponse {
    fn from(error: BodyError) -> Self {
        let detail = error.to_string();
        match error {
            BodyError::MediaType(_) | BodyError::Charset(_) => {
                Self::new(Code::UnsupportedMediaType, detail).at("Content-Type")
            }
            BodyError::Encoding(_) => {
                Self::new(Code::UnsupportedMediaType, detail).at("Content-Encoding")
            }
            BodyError::TooLarge | BodyError::TooManyReports => Self::new(Code::TooLarge, detail),
            BodyError::TooSlow => Self::new(Code::RequestTimeout, detail),
            BodyError::NoReports => Self::new(Code::Invalid, detail).at("reports"),
            BodyError::Interrupted(_)
            | BodyError::Gzip(_)
            | BodyError::NotUtf8 { .. }
            | BodyError::Empty
            | BodyError::NotJson(_)
            | BodyError::NotReports => Self::new(Code::Unreadable, detail),
        }
    }
}

/// The body's text, unpacked, and the format that its media type announces. `body` is left where reading stopped.
pub async fn read(
    headers: &HeaderMap,
    body: &mut Body,
    deadline: Instant,
) -> Result<(Format, String), BodyError> {
    let format = format(headers)?;
    let gzipped = is_gzipped(headers)?;
    if body.size_hint().lower() > MAX_BODY_BYTES as u64 {
        return Err(BodyError::TooLarge);
    }
    let sent = tokio::time::timeout_at(deadline, collect(body))
        .await
        .map_err(|_| BodyError::TooSlow)??;
    let bytes = if gzipped { unpack(&sent)? } else { sent.into() };
    Ok((format, text(bytes)?))
}

/// Reads the rest of a refused request's body within limits, unless its sender waits to be asked for it.
pub async fn discard(headers: &HeaderMap, mut body: Body, deadline: Instant) {
    if headers.contains_key(EXPECT) {
        return;
    }
    let read_on = async {
        let mut discarded = 0;
        while let Some(Ok(frame)) = body.frame().await {
            discarded += frame.data_ref().map_or(0, Bytes::len);
            if discarded > MAX_DISCARDED_BYTES {
                break;
            }
        }
    };
    // Whether it came to an end or not, the answer follows.
    let _ = tokio::time::timeout_at(deadline, read_on).await;
}

fn format(headers: &HeaderMap) -> Result<Format, BodyError> {
    let Some(value) = headers.get(CONTENT_TYPE) else {
        return Ok(Format::Json);
    };
    let value = String::from_utf8_lossy(value.as_bytes());
    let mut parts = value.split(';').map(str::trim);
    let essence = parts.next().unwrap_or_default().to_ascii_lowercase();
    let format = match essence.as_str() {
        "application/json" | "text/plain" => Format::Json,
        "application/x-ndjson" | "application/ndjson" | "application/jsonl" => Format::Lines,
        _ => return Err(BodyError::MediaType(essence)),
    };
    for parameter in parts {
        let (name, charset) = parameter.split_once('=').unwrap_or((parameter, ""));
        let charset = charset.trim_matches('"');
        let readable = ["utf-8", "utf8", "us-ascii"]
            .iter()
            .any(|c| charset.eq_ignore_ascii_case(c));
        if name.eq_ignore_ascii_case("charset") && !readable {
            return Err(BodyError::Charset(charset.to_owned()));
        }
    }
    Ok(format)
}

fn is_gzipped(headers: &HeaderMap) -> Result<bool, BodyError> {
    let values: Vec<_> = headers.get_all(CONTENT_ENCODING).iter().collect();
    let named = values
        .iter()
        .map(|value| String::from_utf8_lossy(value.as_bytes()).to_ascii_lowercase());
    let encoding = named.collect::<Vec<_>>().join(", ");
    match encoding.trim() {
        "" | "identity" => Ok(false),
        "gzip" | "x-gzip" => Ok(true),
        _ => Err(BodyError::Encoding(encoding)),
    }
}

async fn collect(body: &mut Body) -> Result<Bytes, BodyError> {
    let mut collected = BytesMut::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| BodyError::Interrupted(error.to_string()))?;
        let Ok(data) = frame.into_data() else {
            continue;
        };
        if collected.len() + data.len() > MAX_BODY_BYTES {
            return Err(BodyError::TooLarge);
        }
        collected.extend_from_slice(&data);
    }
    Ok(collected.freeze())
}

/// Unpacks no more than the limit and one byte, whatever the input would unpack to.
fn unpack(packed: &[u8]) -> Result<Vec<u8>, BodyError> {
    let mut unpacked = Vec::new();
    MultiGzDecoder::new(packed)
        .take(MAX_BODY_BYTES as u64 + 1)
        .read_to_end(&mut unpacked)
        .map_err(|error| BodyError::Gzip(error.to_string()))?;
    if unpacked.len() > MAX_BODY_BYTES {
        return Err(BodyError::TooLarge);
    }
    Ok(unpacked)
}

fn text(bytes: Vec<u8>) -> Result<String, BodyError> {
    String::from_utf8(bytes).map_err(|error| {
        let offset = error.utf8_error().valid_up_to();
        BodyError::NotUtf8 {
            offset,
            byte: error.as_bytes()[offset],
        }
    })
}

/// Cuts the text into its reports, 1 to [`MAX_REPORTS`], each as the JSON text that it is. In an array all of them are
/// well-formed JSON; a line need not be.
pub fn reports(format: Format, text: &str) -> Result<Vec<&str>, BodyError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text).trim();
    let reports = match (format, text.chars().next()) {
        (_, None) => return Err(BodyError::Empty),
        (Format::Lines, _) => lines(text),
        (Format::Json, Some('[')) => elements(text)?,
        (Format::Json, Some(first)) => {
            let value: &RawValue = serde_json::from_str(text).map_err(not_json)?;
            if first != '{' {
                return Err(BodyError::NotReports);
            }
            vec![value.get()]
        }
    };
    match reports.len() {
        0 => Err(BodyError::NoReports),
        1..=MAX_REPORTS => Ok(reports),
        _ => Err(BodyError::TooManyReports),
    }
}

fn lines(text: &str) -> Vec<&str> {
    text.lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect()
}

fn elements(text: &str) -> Result<Vec<&str>, BodyError> {
    let elements: Vec<&RawValue> = serde_json::from_str(text).map_err(not_json)?;
    Ok(elements.into_iter().map(RawValue::get).collect())
}

fn not_json(error: serde_json::Error) -> BodyError {
    BodyError::NotJson(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::Compression;
    use flate2::write::GzEncoder;
    use proptest::prelude::*;
    use std::io::Write;
    use std::time::Duration;

    fn soon() -> Instant {
        Instant::now() + Duration::from_secs(5)
    }

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs
            .iter()
            .map(|(name, value)| (http::HeaderName::from_static(name), value.parse().unwrap()))
            .collect()
    }

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    async fn read_bytes(
        pairs: &[(&'static str, &str)],
        bytes: Vec<u8>,
    ) -> Result<String, BodyError> {
        let mut body = Body::from(bytes);
        let read = read(&headers(pairs), &mut body, soon()).await;
        read.map(|(_, text)| text)
    }

    const GZIP: [(&str, &str); 1] = [("content-encoding", "gzip")];

    #[test]
    fn the_media_type_says_how_to_read() {
        let of = |value| format(&headers(&[("content-type", value)]));
        assert_eq!(of("application/json"), Ok(Format::Json));
        assert_eq!(of("text/plain;charset=UTF-8"), Ok(Format::Json));
        assert_eq!(
            of("Application/X-NDJSON; charset=\"utf-8\""),
            Ok(Format::Lines)
        );
        assert_eq!(
            of("application/xml"),
            Err(BodyError::MediaType("application/xml".into()))
        );
        assert_eq!(
            of("text/plain; charset=iso-8859-1"),
            Err(BodyError::Charset("iso-8859-1".into()))
        );
        assert_eq!(format(&HeaderMap::new()), Ok(Format::Json));
    }

    #[tokio::test]
    async fn other_encodings_are_refused_by_name() {
        for encoding in ["br", "gzip, gzip", "deflate"] {
            let refused = read_bytes(&[("content-encoding", encoding)], b"{}".to_vec()).await;
            assert_eq!(refused, Err(BodyError::Encoding(encoding.into())));
        }
    }

    #[tokio::test]
    async fn a_gzip_bomb_stops_at_the_limit() {
        let bomb = gzip(&vec![b' '; 200 << 20]);
        // Its end is missing: whoever unpacked on would come to an error instead of the limit.
        let endless = bomb[..bomb.len() / 2].to_vec();
        assert!(endless.len() < MAX_BODY_BYTES);
        assert_eq!(read_bytes(&GZIP, endless).await, Err(BodyError::TooLarge));
    }

    #[tokio::test]
    async fn gzip_that_is_cut_or_none_at_all_is_named() {
        let whole = gzip(b"{\"play_id\": 1}");
        assert_eq!(
            read_bytes(&GZIP, whole.clone()).await.unwrap(),
            "{\"play_id\": 1}"
        );
        for length in 0..whole.len() {
            let cut = read_bytes(&GZIP, whole[..length].to_vec()).await;
            assert!(matches!(cut, Err(BodyError::Gzip(_))), "{length}: {cut:?}");
        }
        assert!(matches!(
            read_bytes(&GZIP, b"{}".to_vec()).await,
            Err(BodyError::Gzip(_))
        ));
    }

    #[tokio::test]
    async fn the_limit_is_exact() {
        let full = vec![b' '; MAX_BODY_BYTES];
        assert!(read_bytes(&[], full.clone()).await.is_ok());
        let over = vec![b' '; MAX_BODY_BYTES + 1];
        assert_eq!(
            read_bytes(&[], over.clone()).await,
            Err(BodyError::TooLarge)
        );
        assert!(read_bytes(&GZIP, gzip(&full)).await.is_ok());
        assert_eq!(
            read_bytes(&GZIP, gzip(&over)).await,
            Err(BodyError::TooLarge)
        );
    }

    #[tokio::test]
    async fn a_body_that_does_not_come_is_given_up() {
        let mut silent =
            Body::from_stream(futures::stream::pending::<Result<Bytes, std::io::Error>>());
        let deadline = Instant::now() + Duration::from_millis(20);
        let refused = read(&HeaderMap::new(), &mut silent, deadline).await;
        assert_eq!(refused, Err(BodyError::TooSlow));
    }

    #[tokio::test]
    async fn other_encodings_of_text_are_named_by_their_first_byte() {
        let latin1 = b"{\"context\": \"caf\xe9\"}".to_vec();
        let refused = read_bytes(&[], latin1).await;
        assert_eq!(
            refused,
            Err(BodyError::NotUtf8 {
                offset: 16,
                byte: 0xe9
            })
        );
        let utf16: Vec<u8> = std::iter::once(0xfeff)
            .chain("{}".encode_utf16())
            .flat_map(u16::to_le_bytes)
            .collect();
        assert_eq!(
            read_bytes(&[], utf16).await,
            Err(BodyError::NotUtf8 {
                offset: 0,
                byte: 0xff
            })
        );
    }

    #[test]
    fn one_object_an_array_and_lines() {
        assert_eq!(reports(Format::Json, " {\"a\":1}\n"), Ok(vec!["{\"a\":1}"]));
        assert_eq!(
            reports(Format::Json, "[{\"a\":1}, 5 ,[]]"),
            Ok(vec!["{\"a\":1}", "5", "[]"])
        );
        assert_eq!(
            reports(Format::Lines, "{\"a\":1}\r\n\n{oops\n"),
            Ok(vec!["{\"a\":1}", "{oops"])
        );
        assert_eq!(reports(Format::Json, "\u{feff}{}"), Ok(vec!["{}"]));
    }

    #[test]
    fn what_holds_no_reports_is_refused_as_a_whole() {
        assert_eq!(reports(Format::Json, " \n"), Err(BodyError::Empty));
        assert_eq!(reports(Format::Lines, ""), Err(BodyError::Empty));
        assert_eq!(reports(Format::Json, "[]"), Err(BodyError::NoReports));
        assert_eq!(reports(Format::Json, "17"), Err(BodyError::NotReports));
        for garbage in [
            "hello",
            "{\"a\":1}{\"b\":2}",
            "[{\"a\":1}",
            "[1,]",
            "{\"a\":1",
        ] {
            let refused = reports(Format::Json, garbage);
            assert!(
                matches!(refused, Err(BodyError::NotJson(_))),
                "{garbage}: {refused:?}"
            );
        }
    }

    #[test]
    fn one_too_many_is_too_many() {
        let array = |n: usize| format!("[{}]", vec!["{}"; n].join(","));
        assert_eq!(
            reports(Format::Json, &array(MAX_REPORTS)).unwrap().len(),
            MAX_REPORTS
        );
        assert_eq!(
            reports(Format::Json, &array(MAX_REPORTS + 1)),
            Err(BodyError::TooManyReports)
        );
        assert_eq!(
            reports(Format::Lines, &"{}\n".repeat(MAX_REPORTS + 1)),
            Err(BodyError::TooManyReports)
        );
    }

    #[test]
    fn depth_costs_no_stack() {
        let deep = format!("{}{}", "[".repeat(500_000), "]".repeat(500_000));
        assert_eq!(reports(Format::Json, &deep).unwrap().len(), 1);
        assert!(reports(Format::Json, &"[".repeat(1_000_000)).is_err());
    }

    proptest! {
        #[test]
        fn no_text_is_too_strange(text in "\\PC{0,200}") {
            for format in [Format::Json, Format::Lines] {
                if let Ok(reports) = reports(format, &text) {
                    prop_assert!((1..=MAX_REPORTS).contains(&reports.len()));
                }
            }
        }

        #[test]
        fn any_bytes_unpack_or_are_refused(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let mut framed = vec![0x1f, 0x8b, 8, 0];
            framed.extend(bytes);
            let _ = unpack(&framed);
        }
    }
}
