//! Accounts, and the tokens that keep them signed in.

mod cookie;
pub mod email;
pub mod login;
pub mod password;
mod session;
mod throttle;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::state::AppState;

pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(login::login))
}
