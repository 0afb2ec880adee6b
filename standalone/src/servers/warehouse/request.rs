//! What a request asks: ClickHouse's URL parameters, headers, forms.

use axum::extract::Request;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use futures::StreamExt;
use http::{HeaderMap, Method, header};

use super::answer::Wanted;
use super::body::Packing;
use super::engine::Parameters;
use super::error::{Failure, code};
use super::format;
use super::session::SessionWishes;
use super::users::{User, Users};

/// The most that a form with a statement and its parameters may hold.
const LONGEST_FORM: u64 = 16 * 1024 * 1024;

/// A request but for its body.
pub struct Asked {
    pub wishes: SessionWishes,
    pub is_get: bool,
    pub query: Vec<u8>,
    pub default_format: String,
    pub parameters: Parameters,
    pub packing: Packing,
    pub wanted: Wanted,
    /// All rows are to be known before the answer begins, as far as they can be kept
    pub waits_for_end: bool,
    /// Boundary of a form that holds statement and parameters
    pub form: Option<String>,
}

/// Reads URL and headers.
pub fn read(request: &Request, users: &Users) -> Result<Asked, Failure> {
    let is_get = match *request.method() {
        Method::GET | Method::HEAD => true,
        Method::POST => false,
        _ => {
            return Err(Failure::not_implemented(
                "only GET and POST are supported here",
            ));
        }
    };
    let headers = request.headers();
    let url = request.uri().query().unwrap_or_default();
    let mut names = Names::default();
    for (name, value) in url::form_urlencoded::parse(url.as_bytes()) {
        names.take(&name, value.into_owned())?;
    }
    let user = authenticate(headers, &names, users)?;
    let packing = packing(headers, names.decompress)?;
    let wanted = if names.compress {
        Wanted::Native
    } else if names.http_compression {
        Wanted::accepted(headers)
    } else {
        Wanted::Plain
    };
    let form = form_boundary(headers);
    let default_format = names
        .default_format
        .or_else(|| text(headers, "x-clickhouse-format"))
        .unwrap_or_else(|| format::DEFAULT.into());
    if default_format.is_empty()
        || !default_format
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric())
    {
        return Err(Failure::new(
            code::UNKNOWN_FORMAT,
            "UNKNOWN_FORMAT",
            format_args!("Unknown format {default_format}"),
        ));
    }
    Ok(Asked {
        wishes: SessionWishes {
            user,
            database: names
                .database
                .or_else(|| text(headers, "x-clickhouse-database"))
                .filter(|name| !name.is_empty()),
            settings: names.settings,
            query_id: names
                .query_id
                .filter(|id| !id.is_empty())
                .unwrap_or_else(|| uuid::Uuid::new_v4().to_string()),
        },
        is_get,
        query: names.query.into_bytes(),
        default_format,
        parameters: names.parameters,
        packing,
        wanted,
        waits_for_end: names.waits_for_end,
        form,
    })
}

/// The parameters of the URL.
struct Names {
    query: String,
    database: Option<String>,
    default_format: Option<String>,
    user: Option<String>,
    password: Option<String>,
    query_id: Option<String>,
    compress: bool,
    decompress: bool,
    http_compression: bool,
    waits_for_end: bool,
    parameters: Parameters,
    settings: Vec<(String, String)>,
}

impl Default for Names {
    fn default() -> Self {
        Self {
            query: String::new(),
            database: None,
            default_format: None,
            user: None,
            password: None,
            query_id: None,
            compress: false,
            decompress: false,
            http_compression: true,
            waits_for_end: false,
            parameters: Parameters::new(),
            settings: Vec::new(),
        }
    }
}

impl Names {
    fn take(&mut self, name: &str, value: String) -> Result<(), Failure> {
        match name {
            "query" => self.query = value,
            "database" => self.database = Some(value),
            "default_format" => self.default_format = Some(value),
            "user" => self.user = Some(value),
            "password" => self.password = Some(value),
            "query_id" => self.query_id = Some(value),
            "compress" => self.compress = is_on(&value),
            "decompress" => self.decompress = is_on(&value),
            "enable_http_compression" => self.http_compression = is_on(&value),
            "wait_end_of_query" => self.waits_for_end = is_on(&value),
            // Every request is a session of its own, and the front decides about buffers and progress.
            "session_id"
            | "session_timeout"
            | "session_check"
            | "close_session"
            | "quota_key"
            | "buffer_size"
            | "stacktrace"
            | "client_protocol_version"
            | "send_progress_in_http_headers"
            | "http_headers_progress_interval_ms" => {}
            "role" => {
                return Err(Failure::new(
                    code::SET_NON_GRANTED_ROLE,
                    "SET_NON_GRANTED_ROLE",
                    format_args!("Role {value} should be granted to set a current"),
                ));
            }
            _ => match name.strip_prefix("param_") {
                Some(name) => self.parameters.push((name.into(), value)),
                None => self.settings.push((name.into(), value)),
            },
        }
        Ok(())
    }
}

fn is_on(value: &str) -> bool {
    matches!(value, "1" | "true")
}

fn text(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get(name)?.to_str().ok().map(String::from)
}

/// Basic authentication, or ClickHouse's headers, or parameters of the URL; one of them.
fn authenticate(headers: &HeaderMap, names: &Names, users: &Users) -> Result<User, Failure> {
    let refused = |message: &str| {
        Failure::new(
            code::AUTHENTICATION_FAILED,
            "AUTHENTICATION_FAILED",
            message,
        )
    };
    let mut found = Vec::new();
    if let Some(basic) = headers.get(header::AUTHORIZATION) {
        let basic = basic.to_str().ok().and_then(basic_credentials);
        found
            .push(basic.ok_or_else(|| refused("Invalid authentication: only Basic is supported"))?);
    }
    let own = (
        text(headers, "x-clickhouse-user"),
        text(headers, "x-clickhouse-key"),
    );
    for (user, password) in [own, (names.user.clone(), names.password.clone())] {
        if user.is_some() || password.is_some() {
            let user = user.unwrap_or_else(|| "default".into());
            found.push((user, password.unwrap_or_default()));
        }
    }
    match &found[..] {
        [] => users.authenticate("default", ""),
        [(name, password)] => users.authenticate(name, password),
        _ => Err(refused(
            "Invalid authentication: it is not allowed to use several ways of authentication at once",
        )),
    }
}

fn basic_credentials(value: &str) -> Option<(String, String)> {
    let (scheme, encoded) = value.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let decoded = String::from_utf8(BASE64.decode(encoded.trim()).ok()?).ok()?;
    let (name, password) = decoded.split_once(':')?;
    Some((name.into(), password.into()))
}

fn packing(headers: &HeaderMap, native: bool) -> Result<Packing, Failure> {
    let encoding = text(headers, "content-encoding").unwrap_or_default();
    match (encoding.to_ascii_lowercase().as_str(), native) {
        ("" | "identity", false) => Ok(Packing::Plain),
        ("" | "identity", true) => Ok(Packing::Native),
        ("gzip" | "x-gzip", false) => Ok(Packing::Gzip),
        ("lz4", false) => Ok(Packing::Lz4),
        (_, true) => Err(Failure::bad_arguments(
            "a body is compressed by Content-Encoding or by decompress=1, not by both",
        )),
        (other, false) => Err(Failure::new(
            code::UNSUPPORTED_MEDIA_TYPE,
            "UNSUPPORTED_MEDIA_TYPE",
            format_args!("Content-Encoding {other} is not supported; gzip and lz4 are"),
        )),
    }
}

fn form_boundary(headers: &HeaderMap) -> Option<String> {
    multer::parse_boundary(text(headers, "content-type")?).ok()
}

/// Reads statement and parameters from a form, which some clients send so that long parameters do not burden the URL.
pub async fn read_form(
    asked: &mut Asked,
    boundary: String,
    body: axum::body::Body,
) -> Result<(), Failure> {
    let limits = multer::SizeLimit::new().whole_stream(LONGEST_FORM);
    let constraints = multer::Constraints::new().size_limit(limits);
    let stream = body.into_data_stream().boxed();
    let mut form = multer::Multipart::with_constraints(stream, boundary, constraints);
    let unreadable =
        |error| Failure::bad_arguments(format_args!("the form cannot be read: {error}"));
    while let Some(field) = form.next_field().await.map_err(unreadable)? {
        let name = field.name().unwrap_or_default().to_owned();
        if field.file_name().is_some() {
            return Err(Failure::not_implemented(format_args!(
                "the external table {name}: the warehouse takes none"
            )));
        }
        let value = field.text().await.map_err(unreadable)?;
        if name == "query" {
            if !asked.query.is_empty() {
                asked.query.push(b'\n');
            }
            asked.query.extend_from_slice(value.as_bytes());
        } else if let Some(name) = name.strip_prefix("param_") {
            asked.parameters.push((name.into(), value));
        } else {
            return Err(Failure::bad_arguments(format_args!(
                "the form's field {name} is neither query nor param_…"
            )));
        }
    }
    Ok(())
}
