//! A provider that does what its means of payment is called: for tests and demonstrations. It moves no money.

use std::time::Duration;

use futures::FutureExt;
use futures::future::BoxFuture;
use jiff::Timestamp;
use tokio::sync::mpsc::UnboundedSender;

use super::{Charge, Notice, PaymentProvider, ProviderError, Return, Verdict};

/// `approve` and `decline` at once, `late` and `late_decline` after a while, `twice` at once and after a while again.
const METHODS: [&str; 5] = ["approve", "decline", "late", "late_decline", "twice"];

pub struct TestProvider {
    notices: UnboundedSender<Notice>,
    delay: Duration,
}

impl TestProvider {
    pub fn new(notices: UnboundedSender<Notice>, delay: Duration) -> Self {
        Self { notices, delay }
    }

    /// What it says of the charge when it has made up its mind.
    fn verdict(&self, charge: &Charge) -> Verdict {
        let reference = format!("test-{}", charge.payment_id.simple());
        match charge.method.as_str() {
            "decline" | "late_decline" => Verdict::Declined {
                reference,
                reason: "the test provider was asked to decline".into(),
            },
            _ => Verdict::Approved { reference },
        }
    }

    /// Tells its verdict after a while.
    fn tell_later(&self, charge: &Charge) {
        let notice = Notice {
            payment_id: charge.payment_id,
            verdict: self.verdict(charge),
        };
        let (notices, delay) = (self.notices.clone(), self.delay);
        tokio::spawn(async move {
            tokio::time::sleep(delay).await;
            // Nobody listens any more: the service ends, and looks it up when it is back.
            let _ = notices.send(notice);
        });
    }
}

impl PaymentProvider for TestProvider {
    fn name(&self) -> &'static str {
        "test"
    }

    fn takes(&self, method: &str) -> bool {
        METHODS.contains(&method)
    }

    fn charge<'a>(&'a self, charge: &'a Charge) -> BoxFuture<'a, Result<Verdict, ProviderError>> {
        async {
            let is_late = charge.method.starts_with("late");
            if is_late || charge.method == "twice" {
                self.tell_later(charge);
            }
            Ok(match is_late {
                true => Verdict::Pending,
                false => self.verdict(charge),
            })
        }
        .boxed()
    }

    fn look_up<'a>(&'a self, charge: &'a Charge) -> BoxFuture<'a, Result<Verdict, ProviderError>> {
        async {
            let age = Timestamp::now().duration_since(charge.started_at);
            let undecided = charge.method.starts_with("late") && age.unsigned_abs() < self.delay;
            Ok(match undecided {
                true => Verdict::Pending,
                false => self.verdict(charge),
            })
        }
        .boxed()
    }

    fn refund<'a>(
        &'a self,
        whole_or_part: &'a Return,
    ) -> BoxFuture<'a, Result<String, ProviderError>> {
        async { Ok(format!("test-refund-{}", whole_or_part.id.simple())) }.boxed()
    }
}
