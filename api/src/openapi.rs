//! The OpenAPI document: the operations' own descriptions, completed with what holds for all of them.

use anyhow::Context;
use http::Method;
use utoipa::OpenApi as _;
use utoipa::openapi::path::{HttpMethod, Operation, ParameterIn, PathItem};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{Content, OpenApi, Ref, RefOr, Response, ResponseBuilder};
use veza_schemas::problem::{self, Problem};
use veza_service::reply::NoMeta;

use crate::access::Access;
use crate::routes;

/// The name of the one security scheme.
const BEARER: &str = "bearer";

#[derive(utoipa::OpenApi)]
#[openapi(
    info(
        title = "Veza Analytics",
        description = "Success is `{\"data\", \"meta\"}`; failure is RFC 9457 `application/problem+json` with a stable `code`, \
                       and `field` with every 422. Lists page by `cursor` and `limit`. Times are RFC 3339 in UTC; money is an \
                       integer in a field that ends in `_minor`. Plays are reported to another service: `POST /v1/plays`."
    ),
    components(schemas(Problem, NoMeta))
)]
struct Head;

/// The document that the routes' descriptions are added to.
pub fn head() -> OpenApi {
    let mut document = Head::openapi();
    document.info.version = env!("CARGO_PKG_VERSION").to_owned();
    let bearer = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .bearer_format("JWT")
        .description(Some("From `POST /api/v1/auth/login`. What an operation lists beside it: roles or scopes, one of which is needed."))
        .build();
    document
        .components
        .get_or_insert_default()
        .add_security_scheme(BEARER, SecurityScheme::Http(bearer));
    document
}

/// Adds to each operation who may call it, and how it fails. Fails where the table and the routes differ.
pub fn complete(document: &mut OpenApi) -> anyhow::Result<()> {
    let mut missing = Vec::new();
    for (path, item) in &mut document.paths.paths {
        for (method, operation) in operations(item) {
            match routes::access(&method, path) {
                Some(access) => describe(operation, access),
                None => missing.push(format!("{method} {path}")),
            }
        }
    }
    anyhow::ensure!(
        missing.is_empty(),
        "not in the table of access: {missing:?}"
    );
    for (method, path, _) in routes::TABLE {
        let item = document.paths.paths.get_mut(*path);
        let mut served = item.into_iter().flat_map(operations);
        let found = served.any(|(known, _)| known == *method);
        anyhow::ensure!(
            found,
            "in the table of access, but not served: {method} {path}"
        );
    }
    Ok(())
}

/// Whether the operation has parameters in the query.
pub fn takes_query(document: &OpenApi, method: &Method, path: &str) -> bool {
    let method = match *method {
        Method::GET => HttpMethod::Get,
        Method::POST => HttpMethod::Post,
        Method::PATCH => HttpMethod::Patch,
        Method::DELETE => HttpMethod::Delete,
        _ => return false,
    };
    let operation = document.paths.get_path_operation(path, method);
    let parameters = operation.and_then(|operation| operation.parameters.as_ref());
    parameters.is_some_and(|parameters| {
        parameters.iter().any(|parameter| {
            matches!(parameter, RefOr::T(parameter) if parameter.parameter_in == ParameterIn::Query)
        })
    })
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = (Method, &mut Operation)> {
    let slots = [
        (Method::GET, &mut item.get),
        (Method::PUT, &mut item.put),
        (Method::POST, &mut item.post),
        (Method::PATCH, &mut item.patch),
        (Method::DELETE, &mut item.delete),
    ];
    slots
        .into_iter()
        .filter_map(|(method, slot)| Some((method, slot.as_mut()?)))
}

fn describe(operation: &mut Operation, access: Access) {
    let security = access.requirements();
    operation.security = match access {
        Access::Visitor => Some(vec![
            SecurityRequirement::default(),
            SecurityRequirement::new(BEARER, Vec::<String>::new()),
        ]),
        _ => security.map(|names| vec![SecurityRequirement::new(BEARER, names)]),
    };
    let failure = Content::new(Some(Ref::from_schema_name("Problem")));
    let failure: RefOr<Response> = ResponseBuilder::new()
        .description("What is wrong, and what would be right")
        .content(problem::CONTENT_TYPE, failure)
        .into();
    let responses = &mut operation.responses.responses;
    responses.insert("default".to_owned(), failure);
    // Each has to have one; where there is nothing to add, it is what the operation does.
    for response in responses.values_mut() {
        if let RefOr::T(response) = response
            && response.description.is_empty()
        {
            response.description = operation.summary.clone().unwrap_or_default();
        }
    }
}

/// The document as it is served, and committed as `api/openapi.json`.
pub fn as_text() -> anyhow::Result<String> {
    let (_, document) = routes::api()?;
    let text = document.to_pretty_json().context("the OpenAPI document")?;
    Ok(text + "\n")
}
