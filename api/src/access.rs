//! Who may call what. The table in [`crate::routes`] gives each operation an [`Access`]; [`authorize`] enforces it before
//! the handler reads anything of the request.

use std::collections::HashMap;
use std::sync::Arc;

use axum::extract::{FromRef, MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, Method, header};
use url::form_urlencoded;
use veza_schemas::problem::{Code, Problem};
use veza_schemas::report::IMPORT_SCOPE;
use veza_service::token::{Claims, Role, TokenVerifier, bearer};

use crate::activity::Activity;
use crate::error::{ApiError, Result};
use crate::state::AppState;

/// The scope that reads reports and nothing else.
pub const REPORTS_SCOPE: &str = "analytics:read";

/// What an operation asks of its caller.
///
/// Scopes narrow a token: one that carries any is good for what they name and for nothing else, whatever its role.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Without a token; one that is sent is not looked at.
    Anyone,
    /// Anyone; whoever is signed in and says so sees what is theirs: wishes, purchases, drafts.
    Visitor,
    /// Signed in.
    User,
    /// Signed in as a creator.
    Creator,
    /// Signed in as an administrator.
    Admin,
    /// A creator or an administrator, signed in or by a token with [`REPORTS_SCOPE`].
    Reports,
    /// A token with [`IMPORT_SCOPE`].
    Import,
}

impl Access {
    /// What the OpenAPI document says is needed.
    pub fn requirements(self) -> Option<Vec<String>> {
        let names: &[&str] = match self {
            Self::Anyone | Self::Visitor => return None,
            Self::User => &[],
            Self::Creator => &["creator"],
            Self::Admin => &["admin"],
            Self::Reports => &["creator", "admin", REPORTS_SCOPE],
            Self::Import => &[IMPORT_SCOPE],
        };
        Some(names.iter().map(|name| (*name).to_owned()).collect())
    }

    fn admits(self, claims: &Claims) -> Result<()> {
        let scope = match self {
            Self::Import => Some(IMPORT_SCOPE),
            Self::Reports => Some(REPORTS_SCOPE),
            _ => None,
        };
        let signed_in = claims.scopes.is_empty();
        let scoped = scope.is_some_and(|scope| claims.has_scope(scope));
        let (admitted, wanted) = match self {
            Self::Anyone | Self::Visitor => (true, ""),
            Self::User => (signed_in, "this takes a sign-in, not a token with scopes"),
            Self::Creator => (
                signed_in && claims.role == Role::Creator,
                "this takes a creator's sign-in",
            ),
            Self::Admin => (
                signed_in && claims.role == Role::Admin,
                "this takes an administrator's sign-in",
            ),
            Self::Reports => (
                (signed_in || scoped) && claims.role != Role::User,
                "this takes a creator or an administrator, signed in or with the scope `analytics:read`",
            ),
            Self::Import => (scoped, "this takes a token with the scope `plays:import`"),
        };
        if admitted {
            Ok(())
        } else {
            Err(ApiError::forbidden(wanted))
        }
    }
}

/// One operation: method, path template from the root, and who may call it.
pub type Operation = (Method, &'static str, Access);

/// The table, by path, as requests look it up.
#[derive(Clone)]
pub struct Gate {
    operations: Arc<HashMap<&'static str, Vec<Entry>>>,
    verifier: TokenVerifier,
    activity: Activity,
}

struct Entry {
    method: Method,
    access: Access,
    /// Whether it has parameters in the query. Its handler refuses those it doesn't know; one without any is asked to here.
    takes_query: bool,
}

impl Gate {
    /// `takes_query` tells which operations have parameters in the query.
    pub fn new(
        table: &[Operation],
        takes_query: impl Fn(&Method, &str) -> bool,
        state: &AppState,
    ) -> Self {
        let mut operations: HashMap<_, Vec<_>> = HashMap::new();
        for (method, path, access) in table {
            operations.entry(*path).or_default().push(Entry {
                method: method.clone(),
                access: *access,
                takes_query: takes_query(method, path),
            });
        }
        Self {
            operations: Arc::new(operations),
            verifier: TokenVerifier::from_ref(state),
            activity: Activity::from_ref(state),
        }
    }
}

/// Lets a request through to the operation that the table knows, with its [`Claims`] as an extension where it needs any.
pub async fn authorize(
    State(gate): State<Gate>,
    path: MatchedPath,
    mut request: Request,
    next: Next,
) -> Result<Response> {
    let Some(entries) = gate.operations.get(path.as_str()) else {
        return Err(ApiError::not_found("address"));
    };
    // A HEAD is a GET whose body is not sent.
    let method = match request.method() {
        &Method::HEAD => &Method::GET,
        method => method,
    };
    let Some(entry) = entries.iter().find(|entry| entry.method == method) else {
        return Ok(method_not_allowed(entries));
    };
    let token = match entry.access {
        Access::Anyone => None,
        Access::Visitor => bearer(request.headers())?,
        _ => Some(bearer(request.headers())?.ok_or_else(|| {
            ApiError::unauthenticated("send `Authorization: Bearer` and a token")
        })?),
    };
    if let Some(token) = token {
        let claims = gate.verifier.verify(token).await?;
        // A machine's token carries scopes; what it does is not its issuer's activity.
        if claims.scopes.is_empty() {
            gate.activity.seen(claims.sub);
        }
        entry.access.admits(&claims)?;
        request.extensions_mut().insert(claims);
    }
    if !entry.takes_query {
        refuse_parameters(request.uri().query().unwrap_or_default())?;
    }
    Ok(next.run(request).await)
}

fn refuse_parameters(query: &str) -> Result<()> {
    match form_urlencoded::parse(query.as_bytes()).next() {
        None => Ok(()),
        Some((name, _)) => Err(Problem::new(Code::UnknownField, "this takes no parameters")
            .at(name)
            .into()),
    }
}

fn method_not_allowed(entries: &[Entry]) -> Response {
    let names: Vec<&str> = entries.iter().map(|entry| entry.method.as_str()).collect();
    let allowed = names.join(", ");
    let detail = format!("allowed here: {allowed}");
    let mut response = ApiError::new(Code::MethodNotAllowed, detail).into_response();
    if let Ok(value) = HeaderValue::from_str(&allowed) {
        response.headers_mut().insert(header::ALLOW, value);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn claims(role: Role, scopes: &[&str]) -> Claims {
        Claims {
            sub: Uuid::nil(),
            role,
            scopes: scopes.iter().map(|scope| (*scope).to_owned()).collect(),
            exp: 0,
            iat: 0,
            jti: None,
        }
    }

    fn admitted(claims: &Claims) -> Vec<Access> {
        use Access::*;
        [User, Creator, Admin, Reports, Import]
            .into_iter()
            .filter(|access| access.admits(claims).is_ok())
            .collect()
    }

    #[test]
    fn a_sign_in_may_what_its_role_may() {
        use Access::*;
        assert_eq!(admitted(&claims(Role::User, &[])), [User]);
        assert_eq!(
            admitted(&claims(Role::Creator, &[])),
            [User, Creator, Reports]
        );
        assert_eq!(admitted(&claims(Role::Admin, &[])), [User, Admin, Reports]);
    }

    #[test]
    fn a_scope_narrows_a_token_to_itself() {
        assert_eq!(
            admitted(&claims(Role::Admin, &[IMPORT_SCOPE])),
            [Access::Import]
        );
        assert_eq!(
            admitted(&claims(Role::Admin, &[REPORTS_SCOPE])),
            [Access::Reports]
        );
        assert_eq!(admitted(&claims(Role::User, &[REPORTS_SCOPE])), []);
        assert_eq!(admitted(&claims(Role::Admin, &["something:else"])), []);
    }
}
