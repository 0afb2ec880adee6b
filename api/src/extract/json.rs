use axum::extract::{FromRequest, OptionalFromRequest, Request};
use http::HeaderMap;
use http::header::CONTENT_TYPE;
use serde::de::{DeserializeOwned, IgnoredAny};
use veza_schemas::problem::{Code, Problem};

use super::body::whole;
use super::problem::of_complaint;
use crate::error::ApiError;

/// A JSON object as the request's body.
///
/// 415 when the content type is another, 413 when it is too large, 400 when it is no JSON, and 422 with the field's path
/// (`tracks[3].title`) when a field is missing, unknown or has a value that is not allowed.
pub struct Json<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Json<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, _: &S) -> Result<Self, ApiError> {
        let typed = is_json(request.headers());
        read(typed, &whole(request.into_body()).await?)
    }
}

/// `None` where the body is empty.
impl<T: DeserializeOwned, S: Send + Sync> OptionalFromRequest<S> for Json<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, _: &S) -> Result<Option<Self>, ApiError> {
        let typed = is_json(request.headers());
        let body = whole(request.into_body()).await?;
        if body.is_empty() {
            return Ok(None);
        }
        read(typed, &body).map(Some)
    }
}

fn read<T: DeserializeOwned>(typed: bool, body: &[u8]) -> Result<Json<T>, ApiError> {
    if !typed {
        let detail = "send the body as `application/json`";
        return Err(ApiError::new(Code::UnsupportedMediaType, detail));
    }
    Ok(Json(parse(body)?))
}

fn is_json(headers: &HeaderMap) -> bool {
    let Some(Ok(content_type)) = headers.get(CONTENT_TYPE).map(|value| value.to_str()) else {
        return false;
    };
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    essence.eq_ignore_ascii_case("application/json")
}

fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    // serde would read a struct from an array too, by position.
    if body.trim_ascii_start().first() != Some(&b'{') {
        check_syntax(body)?;
        return Err(Problem::new(Code::Invalid, "expected a JSON object").at("body"));
    }
    let mut reader = serde_json::Deserializer::from_slice(body);
    let value = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let complaint = error.inner();
        if complaint.is_data() {
            return of_complaint(error.path(), &complaint.to_string(), "body");
        }
        // Where an enum is expected, serde_json calls any other kind of value a fault of the syntax.
        match check_syntax(body) {
            Ok(()) => of_complaint(error.path(), "expected another kind of value", "body"),
            Err(problem) => problem,
        }
    })?;
    reader.end().map_err(|error| unreadable(&error))?;
    Ok(value)
}

fn check_syntax(body: &[u8]) -> Result<(), Problem> {
    serde_json::from_slice::<IgnoredAny>(body)
        .map(|_| ())
        .map_err(|error| unreadable(&error))
}

fn unreadable(error: &serde_json::Error) -> Problem {
    Problem::new(Code::Unreadable, format!("the body is not JSON: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[allow(dead_code)]
    struct Outer {
        inner: Vec<Inner>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    #[allow(dead_code)]
    struct Inner {
        size: u8,
        #[serde(default)]
        shape: Shape,
    }

    #[derive(Debug, Default, Deserialize)]
    enum Shape {
        #[default]
        Round,
    }

    fn refusal(body: &str) -> (Code, Option<String>) {
        let problem = parse::<Outer>(body.as_bytes()).unwrap_err();
        (problem.code, problem.field)
    }

    #[test]
    fn the_problem_names_the_field() {
        let at = |field: &str| Some(field.to_owned());
        let cases = [
            ("{}", Code::MissingField, at("inner")),
            (r#"{"inner":[{}]}"#, Code::MissingField, at("inner[0].size")),
            (
                r#"{"inner":[{"size":1},{"size":-1}]}"#,
                Code::Invalid,
                at("inner[1].size"),
            ),
            (
                r#"{"inner":[{"size":1,"colour":2}]}"#,
                Code::UnknownField,
                at("inner[0].colour"),
            ),
            (
                r#"{"inner":[{"size":1,"shape":true}]}"#,
                Code::Invalid,
                at("inner[0].shape"),
            ),
            (r#"{"outer":1}"#, Code::UnknownField, at("outer")),
            (r#"{"inner":[{"shape":tru}]}"#, Code::Unreadable, None),
            ("[[]]", Code::Invalid, at("body")),
            ("7", Code::Invalid, at("body")),
            ("", Code::Unreadable, None),
            ("{", Code::Unreadable, None),
            ("{\"inner\":[]} x", Code::Unreadable, None),
        ];
        for (body, code, field) in cases {
            assert_eq!(refusal(body), (code, field), "{body}");
        }
    }

    #[test]
    fn depth_is_bounded() {
        let deep = format!("{{\"inner\":{}", "[".repeat(100_000));
        assert!(parse::<serde_json::Value>(deep.as_bytes()).is_err());
    }
}
