//! The marketplace: what is sold, wished for, promoted, ordered, paid and downloaded. Orders and money live in Postgres alone.
//!
//! Transactions take their locks in one order, so that none waits for another in a circle: idempotency key, buyer, products by
//! id, promotion, order, payment.

mod baskets;
mod cards;
mod covers;
mod deals;
mod demand;
mod disputes;
mod downloads;
mod files;
mod idempotency;
mod orders;
mod pay;
pub mod payment;
mod products;
mod promotions;
mod quotes;
mod refunds;
mod reviews;
mod sales;
mod selling;
pub mod settlement;
pub mod tax_rates;
mod tidy;
mod wishlist;
mod words;

pub use baskets::Quote;
pub use tidy::keep;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::state::AppState;

pub fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(products::list_products, products::create_product))
        .routes(routes!(products::get_product, products::change_product))
        .routes(routes!(covers::begin_cover_upload))
        .routes(routes!(covers::complete_cover_upload))
        .routes(routes!(files::begin_file_upload))
        .routes(routes!(files::complete_file_upload))
        .routes(routes!(files::remove_file))
        .routes(routes!(selling::list_own_products))
        .routes(routes!(deals::list_deals))
        .routes(routes!(
            promotions::list_promotions,
            promotions::create_promotion
        ))
        .routes(routes!(
            promotions::change_promotion,
            promotions::cancel_promotion
        ))
        .routes(routes!(wishlist::list_wishes))
        .routes(routes!(wishlist::wish, wishlist::unwish))
        .routes(routes!(demand::list_demand))
        .routes(routes!(quotes::quote))
        .routes(routes!(orders::list_orders, orders::place_order))
        .routes(routes!(orders::get_order))
        .routes(routes!(pay::pay_order))
        .routes(routes!(downloads::list_downloads))
        .routes(routes!(downloads::follow_grant))
        .routes(routes!(sales::list_sales))
        .routes(routes!(reviews::list_product_reviews))
        .routes(routes!(reviews::list_reviews, reviews::create_review))
        .routes(routes!(reviews::reply_to_review))
        .merge(disputes::routes())
}
