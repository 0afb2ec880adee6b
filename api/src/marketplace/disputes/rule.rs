//! Who may do what with a dispute, and what becomes of it: the whole rule on one page. Pure.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use veza_schemas::problem::Code;

use crate::error::ApiError;

/// Where a dispute stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema, sqlx::Type)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[schema(as = DisputeStatus)]
pub enum Status {
    /// The seller has 72 hours to answer.
    Open,
    SellerResponded,
    /// An administrator has taken it up, or nobody answered for 72 hours.
    UnderReview,
    /// Decided; `resolution` says how.
    Resolved,
    /// Taken back by the buyer.
    Withdrawn,
}

/// Whose view of a dispute it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema, sqlx::Type)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[schema(as = DisputeSide)]
pub enum Side {
    Buyer,
    Seller,
    Admin,
}

/// What can be done with one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = DisputeAction)]
pub enum Action {
    Message,
    Respond,
    Withdraw,
    Review,
    Resolve,
}

/// Why something can't be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("{}", forbidden(*.0))]
    NotYours(Action),
    #[error("the seller has responded already; write a message instead")]
    Responded,
    #[error("the dispute is over")]
    Over,
}

const ACTIONS: [Action; 5] = [
    Action::Message,
    Action::Respond,
    Action::Withdraw,
    Action::Review,
    Action::Resolve,
];

/// What the status becomes. `responded`: the seller has given its one answer.
///
/// What has been done before, with the same outcome, is allowed and changes nothing: taking up, withdrawing. Whether a second
/// decision is the same as the first one, the decision tells.
pub fn after(
    status: Status,
    responded: bool,
    side: Side,
    action: Action,
) -> Result<Status, Refusal> {
    use Status::{Open, Resolved, SellerResponded, UnderReview, Withdrawn};
    let whose = match action {
        Action::Message => None,
        Action::Respond => Some(Side::Seller),
        Action::Withdraw => Some(Side::Buyer),
        Action::Review | Action::Resolve => Some(Side::Admin),
    };
    if whose.is_some_and(|whose| whose != side) {
        return Err(Refusal::NotYours(action));
    }
    match (action, status) {
        (Action::Withdraw, Withdrawn) => Ok(Withdrawn),
        (Action::Resolve, Resolved) => Ok(Resolved),
        (_, Resolved | Withdrawn) => Err(Refusal::Over),
        (Action::Message, status) => Ok(status),
        (Action::Respond, _) if responded => Err(Refusal::Responded),
        (Action::Respond, Open) => Ok(SellerResponded),
        (Action::Respond, SellerResponded) => Err(Refusal::Responded),
        (Action::Respond, UnderReview) => Ok(UnderReview),
        (Action::Withdraw, _) => Ok(Withdrawn),
        (Action::Review, _) => Ok(UnderReview),
        (Action::Resolve, _) => Ok(Resolved),
    }
}

/// What this side can do that changes something.
pub fn open_to(status: Status, responded: bool, side: Side) -> Vec<Action> {
    let is_over = matches!(status, Status::Resolved | Status::Withdrawn);
    let is_open_to = |action: &Action| {
        let repeated = *action == Action::Review && status == Status::UnderReview;
        !is_over && !repeated && after(status, responded, side, *action).is_ok()
    };
    ACTIONS.into_iter().filter(is_open_to).collect()
}

fn forbidden(action: Action) -> &'static str {
    match action {
        Action::Message => "this is for the buyer, the seller and administrators",
        Action::Respond => "only the seller responds",
        Action::Withdraw => "only the buyer can withdraw it",
        Action::Review | Action::Resolve => "only administrators decide",
    }
}

impl From<Refusal> for ApiError {
    fn from(refusal: Refusal) -> Self {
        let code = match refusal {
            Refusal::NotYours(_) => Code::Forbidden,
            Refusal::Responded => Code::AlreadyResponded,
            Refusal::Over => Code::DisputeOver,
        };
        Self::new(code, refusal.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Action::{Message, Resolve, Respond, Review, Withdraw};
    use Status::{Open, Resolved, SellerResponded, UnderReview, Withdrawn};

    type Outcome = Result<Status, Refusal>;

    /// Status, whether the seller has responded, and what message, respond, withdraw, review and resolve lead to when those do
    /// it who may.
    #[rustfmt::skip]
    const TABLE: [(Status, bool, [Outcome; 5]); 6] = {
        const OVER: Outcome = Err(Refusal::Over);
        const TWICE: Outcome = Err(Refusal::Responded);
        [
            (Open,            false, [Ok(Open),            Ok(SellerResponded), Ok(Withdrawn), Ok(UnderReview), Ok(Resolved)]),
            (SellerResponded, true,  [Ok(SellerResponded), TWICE,               Ok(Withdrawn), Ok(UnderReview), Ok(Resolved)]),
            (UnderReview,     false, [Ok(UnderReview),     Ok(UnderReview),     Ok(Withdrawn), Ok(UnderReview), Ok(Resolved)]),
            (UnderReview,     true,  [Ok(UnderReview),     TWICE,               Ok(Withdrawn), Ok(UnderReview), Ok(Resolved)]),
            (Resolved,        true,  [OVER,                OVER,                OVER,          OVER,            Ok(Resolved)]),
            (Withdrawn,       true,  [OVER,                OVER,                Ok(Withdrawn), OVER,            OVER]),
        ]
    };

    fn whose(action: Action) -> &'static [Side] {
        match action {
            Message => &[Side::Buyer, Side::Seller, Side::Admin],
            Respond => &[Side::Seller],
            Withdraw => &[Side::Buyer],
            Review | Resolve => &[Side::Admin],
        }
    }

    #[test]
    fn each_action_of_each_side_leads_where_the_table_says() {
        for (status, responded, outcomes) in TABLE {
            for (action, outcome) in ACTIONS.into_iter().zip(outcomes) {
                for side in [Side::Buyer, Side::Seller, Side::Admin] {
                    let expected = match whose(action).contains(&side) {
                        true => outcome,
                        false => Err(Refusal::NotYours(action)),
                    };
                    let found = after(status, responded, side, action);
                    assert_eq!(found, expected, "{status:?} {side:?} {action:?}");
                }
            }
        }
    }

    #[test]
    fn a_side_is_told_what_it_can_do() {
        assert_eq!(open_to(Open, false, Side::Seller), [Message, Respond]);
        assert_eq!(open_to(SellerResponded, true, Side::Seller), [Message]);
        assert_eq!(
            open_to(UnderReview, false, Side::Buyer),
            [Message, Withdraw]
        );
        assert_eq!(
            open_to(Open, false, Side::Admin),
            [Message, Review, Resolve]
        );
        assert_eq!(open_to(UnderReview, false, Side::Admin), [Message, Resolve]);
        for side in [Side::Buyer, Side::Seller, Side::Admin] {
            assert_eq!(open_to(Resolved, true, side), []);
        }
    }
}
