use axum::extract::FromRequestParts;
use http::request::Parts;
use serde::de::DeserializeOwned;
use url::form_urlencoded;
use veza_schemas::problem::{Code, Problem};

use super::problem::of_complaint;
use crate::error::ApiError;

/// Parameters of the query. A `Vec` takes a parameter that is given several times. 422 names the one that is unknown,
/// missing, or has a value that is not allowed.
pub struct Query<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for Query<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let query = parts.uri.query().unwrap_or_default();
        parse(query).map(Self).map_err(ApiError::from)
    }
}

fn parse<T: DeserializeOwned>(query: &str) -> Result<T, Problem> {
    let pairs = form_urlencoded::parse(query.as_bytes());
    // What is not UTF-8 has become U+FFFD, and would find nothing without a word.
    if pairs
        .clone()
        .any(|(name, value)| is_damaged(&name) || is_damaged(&value))
    {
        return Err(Problem::new(Code::Unreadable, "the query is not UTF-8"));
    }
    serde_path_to_error::deserialize(serde_html_form::Deserializer::new(pairs)).map_err(|error| {
        let problem = of_complaint(error.path(), &error.inner().to_string(), "query");
        of_parameter(problem)
    })
}

/// A value of a list is known by its parameter, which has no places: `outcome`, not `outcome[0]`.
fn of_parameter(mut problem: Problem) -> Problem {
    if let Some(field) = &mut problem.field
        && let Some(bracket) = field.find('[')
    {
        field.truncate(bracket);
    }
    problem
}

fn is_damaged(text: &str) -> bool {
    text.contains(char::REPLACEMENT_CHARACTER)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Example {
        limit: Option<u8>,
        #[serde(default)]
        country: Vec<String>,
        #[serde(default)]
        size: Vec<u8>,
    }

    fn refusal(query: &str) -> (Code, Option<String>) {
        let problem = parse::<Example>(query).unwrap_err();
        (problem.code, problem.field)
    }

    #[test]
    fn a_repeated_parameter_is_a_list() {
        let example = parse::<Example>("country=FR&limit=3&country=C%C3%B4te").unwrap();
        assert_eq!(
            example,
            Example {
                limit: Some(3),
                country: vec!["FR".into(), "Côte".into()],
                size: Vec::new(),
            }
        );
    }

    #[test]
    fn the_problem_names_the_parameter() {
        assert_eq!(refusal("limit=x"), (Code::Invalid, Some("limit".into())));
        assert_eq!(
            refusal("limit=1&limit=2"),
            (Code::Invalid, Some("limit".into()))
        );
        assert_eq!(
            refusal("size=1&size=x"),
            (Code::Invalid, Some("size".into()))
        );
        assert_eq!(
            refusal("colour=x"),
            (Code::UnknownField, Some("colour".into()))
        );
        assert_eq!(refusal("country=%FF"), (Code::Unreadable, None));
    }
}
