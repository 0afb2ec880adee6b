//! `POST /marketplace/quotes`

use std::sync::Arc;

use axum::extract::{FromRef, FromRequestParts, State};
use http::request::Parts;
use sqlx::PgPool;
use veza_enrich::place::Places;
use veza_service::client_address::{ClientAddress, TrustedProxies};
use veza_service::reply::Reply;

use super::baskets::{Basket, Quote, Terms};
use crate::caller::Caller;
use crate::error::{ApiError, Result};
use crate::extract::Json;
use crate::settings::Settings;

impl<S> FromRequestParts<S> for Terms
where
    Arc<Places>: FromRef<S>,
    Arc<Settings>: FromRef<S>,
    TrustedProxies: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self> {
        let caller = Caller::from_request_parts(parts, state).await?;
        let Ok(ClientAddress(address)) = ClientAddress::from_request_parts(parts, state).await;
        let place = Arc::<Places>::from_ref(state).of(address);
        Ok(Self {
            buyer: caller.user_id,
            address_country: (!place.country.is_empty()).then(|| place.country.clone()),
            default_rate: Arc::<Settings>::from_ref(state).default_tax_rate,
        })
    }
}

/// What an order would cost now
///
/// Nothing is reserved. 422 `own_product` and `several_sellers`, 409 `already_owned` and `not_for_sale` as for the order.
#[utoipa::path(post, path = "/marketplace/quotes", tag = "marketplace", request_body = Basket,
    responses((status = 200, body = Reply<Quote>)))]
pub async fn quote(
    State(db): State<PgPool>,
    terms: Terms,
    Json(basket): Json<Basket>,
) -> Result<Reply<Quote>> {
    basket.check()?;
    let mut connection = db.acquire().await?;
    let quote = basket.price(&mut connection, &terms).await?;
    Ok(Reply::new(quote))
}
