//! The demo's marketplace: products with covers and files through the API, then three months of trade, which no API would take
//! with dates of the past, straight into Postgres.

mod after_sale;
mod cover;
mod products;
mod trade;

use jiff::Timestamp;

use super::people::CreatorSession;
use super::site::Site;
use crate::supervisor::Lines;

/// Adds what is missing of the marketplace; `now` is when the demo began.
pub async fn open(
    site: &Site,
    creators: &[CreatorSession<'_>],
    postgres_url: &str,
    now: Timestamp,
    lines: &Lines,
) -> anyhow::Result<()> {
    products::offer_all(site, creators, lines).await?;
    let told = trade::write(postgres_url, now).await?;
    if let Some(told) = told {
        lines.say(&format!(
            "the demo's marketplace is open: {} products, {} orders, {} wishes, {} promotions",
            told.products, told.orders, told.wishes, told.promotions
        ));
    }
    if let Some(told) = after_sale::write(postgres_url, now).await? {
        lines.say(&format!(
            "its buyers wrote {} reviews and reported {} issues, {} of which were refunded",
            told.reviews, told.disputes, told.refunds
        ));
    }
    Ok(())
}
