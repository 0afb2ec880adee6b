//! Accounts, and the tokens that keep them signed in.

mod account;
mod cookie;
mod creator;
pub mod email;
pub mod erasures;
mod login;
mod machine_token;
pub mod password;
mod refresh;
mod register;
mod session;
mod throttle;

use std::time::Duration;

use sqlx::PgPool;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::state::AppState;

/// How often what no longer counts is forgotten.
const FORGET_INTERVAL: Duration = Duration::from_secs(10 * 60);

pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(register::register))
        .routes(routes!(login::login))
        .routes(routes!(refresh::refresh))
        .routes(routes!(refresh::logout))
        .routes(routes!(machine_token::issue_machine_token))
        .routes(routes!(account::get_account, account::change_account))
        .routes(routes!(erasures::erase_listening))
        .routes(routes!(erasures::erasure))
        .routes(routes!(creator::become_creator, creator::rename_creator))
}

/// Forgets old sessions and failed sign-ins, which hold addresses and e-mails, again and again.
pub async fn keep_forgetting(db: PgPool) {
    let mut ticks = tokio::time::interval(FORGET_INTERVAL);
    loop {
        ticks.tick().await;
        let forgotten = async {
            throttle::forget_old(&db).await?;
            session::forget_old(&db).await
        };
        if let Err(error) = forgotten.await {
            tracing::warn!(%error, "could not forget old sessions and failed sign-ins");
        }
    }
}
