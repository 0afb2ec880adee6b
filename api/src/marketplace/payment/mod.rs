//! The payment provider, behind a trait: it charges and gives back, once for each id that it is given, and tells what came of it,
//! maybe late and maybe more than once.

mod test_provider;

use std::sync::Arc;

use futures::future::BoxFuture;
use jiff::Timestamp;
use tokio::sync::mpsc;
use uuid::Uuid;

use crate::settings::Settings;
use test_provider::TestProvider;

/// What a provider is asked to charge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Charge {
    /// Idempotency key: asked again with the same id, the provider charges once.
    pub payment_id: Uuid,
    pub amount_minor: i64,
    pub currency: String,
    /// The provider's name of the buyer's means of payment.
    pub method: String,
    pub started_at: Timestamp,
}

/// What a provider is asked to give back of a payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Return {
    /// Idempotency key: asked again with the same id, the provider gives back once.
    pub id: Uuid,
    /// What the provider called the payment.
    pub payment_reference: Option<String>,
    pub amount_minor: i64,
    pub currency: String,
}

/// What became of a charge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    Approved {
        reference: String,
    },
    Declined {
        reference: String,
        reason: String,
    },
    /// A [`Notice`] follows, or it is to be looked up.
    Pending,
}

/// A verdict that came by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    pub payment_id: Uuid,
    pub verdict: Verdict,
}

/// The provider could not be asked. What was asked may have happened: ask again with the same id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the payment provider: {0}")]
pub struct ProviderError(pub String);

/// What charges buyers.
pub trait PaymentProvider: Send + Sync {
    /// As it is stored with each payment.
    fn name(&self) -> &'static str;
    /// Whether it can be asked to charge this.
    fn takes(&self, method: &str) -> bool;
    fn charge<'a>(&'a self, charge: &'a Charge) -> BoxFuture<'a, Result<Verdict, ProviderError>>;
    /// What became of a charge whose answer got lost.
    fn look_up<'a>(&'a self, charge: &'a Charge) -> BoxFuture<'a, Result<Verdict, ProviderError>>;
    /// Gives back; the provider's own name of it.
    fn refund<'a>(
        &'a self,
        whole_or_part: &'a Return,
    ) -> BoxFuture<'a, Result<String, ProviderError>>;
}

/// The provider in use.
pub type Payments = Arc<dyn PaymentProvider>;

/// The provider of this installation, and what it tells by itself. There is one, for tests and demonstrations; a real one is
/// another implementation of [`PaymentProvider`].
pub fn provider(settings: &Settings) -> (Payments, mpsc::UnboundedReceiver<Notice>) {
    let (sender, notices) = mpsc::unbounded_channel();
    let delay = std::time::Duration::from_millis(settings.test_payment_delay_ms);
    (Arc::new(TestProvider::new(sender, delay)), notices)
}
