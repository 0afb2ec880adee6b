//! What buyers of the demo said afterwards: reviews, some with a reply; disputes in every state, and the refunds that some of
//! them ended with. Drawn by a seed; one transaction.

use anyhow::Context;
use jiff::{SignedDuration, Timestamp};
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use sqlx::{Connection, PgConnection};
use uuid::Uuid;

use crate::demo::{ADMIN, people};

const SEED: u64 = 127;
/// A purchase in so many is reviewed.
const REVIEWED: f64 = 0.24;
/// A review in so many has its reply.
const REPLIED: f64 = 0.45;
/// Ratings by weight.
const RATINGS: [(i16, u32); 5] = [(5, 46), (4, 30), (3, 13), (2, 7), (1, 4)];

/// What is written with ratings of 1 and 2, of 3, of 4 and 5.
const WORDS: [&[&str]; 3] = [
    &[
        "Not what the preview led me to expect.",
        "Too quiet for me, and rather short.",
        "One file clicked at the start; the second download was fine.",
        "",
    ],
    &[
        "Good ideas, a little long in the middle.",
        "Half of it I love, half of it I skip.",
        "Fine for the price.",
        "",
    ],
    &[
        "On repeat since Sunday.",
        "Warm, patient, and beautifully recorded.",
        "Exactly what I was looking for, and well labelled files.",
        "The second track alone is worth it.",
        "Played it on the night train, twice.",
        "My neighbours asked what it was.",
        "Lovely low end. Thank you for the lossless files.",
        "",
        "",
    ],
];

/// What sellers reply to ratings below 3, and to others.
const REPLIES: [&[&str]; 2] = [
    &[
        "Thank you for saying so; I have listened again, and will do better.",
        "I am sorry to hear that. Write to me, and I send you the other mix.",
    ],
    &[
        "Thank you! There is more to come in spring.",
        "That makes my day.",
        "So glad that it reached you.",
    ],
];

pub struct Told {
    pub reviews: usize,
    pub disputes: usize,
    pub refunds: usize,
}

/// How a dispute of the demo ends.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    /// Not yet.
    None,
    UnderReview,
    Full,
    /// Of half of what was paid.
    Half,
    Rejected,
    Withdrawn,
}

struct Case {
    hours_ago: i64,
    reason: &'static str,
    details: &'static str,
    /// The seller's, and how many hours later.
    response: Option<(i64, &'static str)>,
    /// The buyer's, an hour after that.
    answer: Option<&'static str>,
    end: End,
    /// How many hours after it was opened.
    ended_after: i64,
    /// Why it was decided that way.
    because: &'static str,
    /// Whose order it is, if it can be: buyer and seller.
    of: (&'static str, &'static str),
}

const OPEN: Case = Case {
    hours_ago: 0,
    reason: "other",
    details: "",
    response: None,
    answer: None,
    end: End::None,
    ended_after: 0,
    because: "",
    of: ("", people::SELLER.1),
};

/// Every state and every decision, the latest first.
#[rustfmt::skip]
const CASES: [Case; 13] = [
    Case { hours_ago: 5, reason: "corrupt_file", details: "The second file stops at 61 %. I tried three times, on two machines.",
           of: (people::BUYER.1, people::SELLER.1), ..OPEN },
    Case { hours_ago: 31, reason: "wrong_file", details: "The archive holds another single than the page shows.",
           of: ("", people::CREATOR.1), ..OPEN },
    Case { hours_ago: 52, reason: "not_as_described", details: "It says 24 bit, my editor says 16.",
           response: Some((6, "You are right, one file slipped through. The new one is up, please download again.")),
           answer: Some("It is better now, but two loops are still missing."), of: (people::BUYER.1, people::CREATOR.1), ..OPEN },
    Case { hours_ago: 94, reason: "corrupt_file", details: "The archive cannot be unpacked: unexpected end of data.", ..OPEN },
    Case { hours_ago: 150, reason: "not_as_described", details: "The stems are not aligned, the drums begin a bar late.",
           response: Some((20, "They begin where the song begins; the tempo is in the file's name.")),
           answer: Some("Then the names of two files must have been swapped."), end: End::UnderReview, ended_after: 118, ..OPEN },
    Case { hours_ago: 260, reason: "duplicate_charge", details: "My bank shows two charges on that day.",
           response: Some((9, "I can see only one order of yours, from that evening.")),
           end: End::Rejected, ended_after: 60, because: "There is one order and one payment; the second charge is of another shop.", ..OPEN },
    Case { hours_ago: 330, reason: "other", details: "Bought by mistake, my brother had it already.",
           response: Some((3, "No harm done, tell him hello.")), end: End::Withdrawn, ended_after: 30, of: ("", people::CREATOR.1), ..OPEN },
    Case { hours_ago: 420, reason: "not_as_described", details: "Nine tracks are announced, seven are in it.",
           response: Some((30, "Two of them are hidden in the last file, after a pause.")),
           answer: Some("I would have liked to know that before."), end: End::Half, ended_after: 70,
           because: "The description did not say so; half of the price is given back.", of: (people::BUYER.1, people::CREATOR.1) },
    Case { hours_ago: 610, reason: "wrong_file", details: "These are the instrumentals, I bought the songs.",
           end: End::Full, ended_after: 80, because: "The seller did not answer within 72 hours.", ..OPEN },
    Case { hours_ago: 840, reason: "corrupt_file", details: "Nothing but noise in the left channel.",
           response: Some((40, "I can hear it, too. Please give the money back.")), end: End::Full, ended_after: 50,
           because: "The seller agrees.", of: ("", people::CREATOR.1), ..OPEN },
    Case { hours_ago: 1_080, reason: "other", details: "I expected a licence for broadcasting.",
           response: Some((12, "The licence is part of the download, and does not cover that.")), end: End::Rejected, ended_after: 48,
           because: "The licence could be read before buying.", ..OPEN },
    Case { hours_ago: 1_300, reason: "not_as_described", details: "Mono, although it says stereo.",
           response: Some((26, "An old tape, and mono it is; I have changed the page.")), end: End::Half, ended_after: 55,
           because: "The page said something else; half of the price is given back.", of: ("", people::CREATOR.1), ..OPEN },
    Case { hours_ago: 1_530, reason: "duplicate_charge", details: "I paid twice, in two tabs.", end: End::Full, ended_after: 74,
           because: "One of two purchases within a minute.", of: ("", people::CREATOR.1), ..OPEN },
];

/// Writes it all, unless it is there. None: it was.
pub async fn write(postgres_url: &str, now: Timestamp) -> anyhow::Result<Option<Told>> {
    let mut connection = PgConnection::connect(postgres_url).await?;
    let mut tx = connection.begin().await?;
    let there: bool = sqlx::query_scalar("SELECT EXISTS (SELECT FROM product_reviews)")
        .fetch_one(&mut *tx)
        .await?;
    if there {
        return Ok(None);
    }
    let mut rng = ChaCha8Rng::seed_from_u64(SEED);
    let reviews = write_reviews(&mut tx, &mut rng, now).await?;
    let (mut disputes, mut refunds) = (0, 0);
    for case in &CASES {
        let opened = now - SignedDuration::from_hours(case.hours_ago);
        // An order of that time, which this seed may not have.
        if let Some(order) = order_for(&mut tx, case, opened).await? {
            write_case(&mut tx, &mut rng, case, &order, opened).await?;
            disputes += 1;
            refunds += usize::from(matches!(case.end, End::Full | End::Half));
        }
    }
    tx.commit()
        .await
        .context("what buyers of the demo said breaks a rule of the database")?;
    Ok(Some(Told {
        reviews,
        disputes,
        refunds,
    }))
}

/// Version 7, which sorts by time.
fn id(rng: &mut ChaCha8Rng, at: Timestamp) -> Uuid {
    let millis = at.as_millisecond().unsigned_abs();
    uuid::Builder::from_unix_timestamp_millis(millis, &rng.random()).into_uuid()
}

async fn write_reviews(
    tx: &mut PgConnection,
    rng: &mut ChaCha8Rng,
    now: Timestamp,
) -> anyhow::Result<usize> {
    let purchases: Vec<(Uuid, Uuid, Uuid, i64)> = sqlx::query_as(
        "SELECT id, product_id, buyer_id, extract(epoch FROM owned_from)::bigint FROM order_items
         WHERE owned_from IS NOT NULL AND owned_until IS NULL ORDER BY id",
    )
    .fetch_all(&mut *tx)
    .await?;
    let mut written = 0;
    for (item, product, buyer, paid_s) in purchases {
        let (chosen, after_h) = (rng.random_bool(REVIEWED), rng.random_range(2.0_f64..500.0));
        let at = Timestamp::from_second(paid_s)? + SignedDuration::from_secs_f64(after_h * 3_600.0);
        let (rating, _) = *RATINGS.choose_weighted(rng, |(_, weight)| *weight)?;
        let words = WORDS[usize::from(rating > 2) + usize::from(rating > 3)];
        let text = words.choose(rng).copied().unwrap_or_default();
        let replies = REPLIES[usize::from(rating > 2)];
        let reply = replies.choose(rng).copied();
        let replied_at = at + SignedDuration::from_hours(rng.random_range(3..90));
        let reply = reply.filter(|_| rng.random_bool(REPLIED) && replied_at < now);
        if !chosen || at >= now {
            continue;
        }
        sqlx::query(
            "INSERT INTO product_reviews (id, product_id, buyer_id, item_id, rating, text, reply, replied_at, created_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8::text::timestamptz, $9::text::timestamptz)",
        )
        .bind(id(rng, at))
        .bind(product)
        .bind(buyer)
        .bind(item)
        .bind(rating)
        .bind(text)
        .bind(reply)
        .bind(reply.map(|_| replied_at.to_string()))
        .bind(at.to_string())
        .execute(&mut *tx)
        .await?;
        written += 1;
    }
    Ok(written)
}

/// An order that somebody complains of.
#[derive(sqlx::FromRow)]
struct Order {
    id: Uuid,
    buyer_id: Uuid,
    seller: Uuid,
    admin: Uuid,
}

/// One that was paid in the weeks before, of the parties of the case if there is one.
async fn order_for(
    tx: &mut PgConnection,
    case: &Case,
    opened: Timestamp,
) -> anyhow::Result<Option<Order>> {
    let order = sqlx::query_as(
        "SELECT o.id, o.buyer_id, s.id AS seller, a.id AS admin
         FROM orders o JOIN users b ON b.id = o.buyer_id JOIN creators c ON c.id = o.seller_id JOIN users s ON s.id = c.user_id
         JOIN users a ON a.email = $1
         WHERE o.state = 'paid' AND o.total_minor > 1 AND NOT EXISTS (SELECT FROM disputes d WHERE d.order_id = o.id)
           AND o.paid_at BETWEEN $2::text::timestamptz - interval '25 days' AND $2::text::timestamptz - interval '2 hours'
           AND (NOT $3 OR (SELECT count(*) FROM order_items i WHERE i.order_id = o.id) = 1)
         ORDER BY (b.email = $4) DESC, (s.email = $5) DESC, o.paid_at DESC, o.id LIMIT 1",
    )
    .bind(ADMIN)
    .bind(opened.to_string())
    .bind(case.end == End::Half)
    .bind(case.of.0)
    .bind(case.of.1)
    .fetch_optional(tx)
    .await?;
    Ok(order)
}

async fn write_case(
    tx: &mut PgConnection,
    rng: &mut ChaCha8Rng,
    case: &Case,
    order: &Order,
    opened: Timestamp,
) -> anyhow::Result<()> {
    let ended = opened + SignedDuration::from_hours(case.ended_after);
    let (status, resolution) = match (case.end, case.response) {
        (End::None, None) => ("open", None),
        (End::None, Some(_)) => ("seller_responded", None),
        (End::UnderReview, _) => ("under_review", None),
        (End::Withdrawn, _) => ("withdrawn", None),
        (End::Full, _) => ("resolved", Some("refund_full")),
        (End::Half, _) => ("resolved", Some("refund_partial")),
        (End::Rejected, _) => ("resolved", Some("rejected")),
    };
    let dispute = id(rng, opened);
    sqlx::query(
        "INSERT INTO disputes (id, order_id, buyer_id, reason, details, status, resolution, resolved_by, resolved_at, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7::text, CASE WHEN $7::text IS NOT NULL THEN $8::uuid END,
           CASE WHEN $7::text IS NOT NULL THEN $9::text::timestamptz END, $10::text::timestamptz)",
    )
    .bind(dispute)
    .bind(order.id)
    .bind(order.buyer_id)
    .bind(case.reason)
    .bind(case.details)
    .bind(status)
    .bind(resolution)
    .bind(order.admin)
    .bind(ended.to_string())
    .bind(opened.to_string())
    .execute(&mut *tx)
    .await?;
    note(tx, dispute, "opened", order.buyer_id, opened).await?;
    if let Some((hours, words)) = case.response {
        let at = opened + SignedDuration::from_hours(hours);
        say(tx, rng, dispute, order.seller, ("seller", true), words, at).await?;
        if let Some(words) = case.answer {
            let at = at + SignedDuration::from_hours(1);
            say(
                tx,
                rng,
                dispute,
                order.buyer_id,
                ("buyer", false),
                words,
                at,
            )
            .await?;
        }
    }
    match case.end {
        End::None => {}
        End::UnderReview => note(tx, dispute, "review_began", order.admin, ended).await?,
        End::Withdrawn => note(tx, dispute, "withdrawn", order.buyer_id, ended).await?,
        End::Full | End::Half | End::Rejected => {
            decide(tx, rng, dispute, case, order, ended).await?;
        }
    }
    Ok(())
}

async fn note(
    tx: &mut PgConnection,
    dispute: Uuid,
    event: &str,
    actor: Uuid,
    at: Timestamp,
) -> anyhow::Result<()> {
    sqlx::query(
        "INSERT INTO dispute_events (dispute_id, event, actor_id, at) VALUES ($1, $2, $3, $4::text::timestamptz)",
    )
    .bind(dispute)
    .bind(event)
    .bind(actor)
    .bind(at.to_string())
    .execute(tx)
    .await?;
    Ok(())
}

async fn say(
    tx: &mut PgConnection,
    rng: &mut ChaCha8Rng,
    dispute: Uuid,
    author: Uuid,
    (side, is_response): (&str, bool),
    words: &str,
    at: Timestamp,
) -> anyhow::Result<()> {
    sqlx::query(
        "INSERT INTO dispute_messages (id, dispute_id, author_id, side, is_response, text, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7::text::timestamptz)",
    )
    .bind(id(rng, at))
    .bind(dispute)
    .bind(author)
    .bind(side)
    .bind(is_response)
    .bind(words)
    .bind(at.to_string())
    .execute(tx)
    .await?;
    Ok(())
}

/// Writes the decision and its refund. An order that gets the half back has one line, so that its share is all of it.
async fn decide(
    tx: &mut PgConnection,
    rng: &mut ChaCha8Rng,
    dispute: Uuid,
    case: &Case,
    order: &Order,
    at: Timestamp,
) -> anyhow::Result<()> {
    let refund = match case.end {
        End::Full | End::Half => Some(id(rng, at)),
        _ => None,
    };
    if let Some(refund) = refund {
        sqlx::query(
            "INSERT INTO refunds (id, order_id, payment_id, amount_minor, tax_minor, reason, decided_by, refunded_at, reference, sent_at)
             SELECT $1, o.id, y.id, a.amount, a.amount * o.tax_minor / o.total_minor, $3, $4, $5::text::timestamptz, 'demo-' || $1,
               $5::text::timestamptz
             FROM orders o JOIN payments y ON y.order_id = o.id AND y.state = 'approved'
             CROSS JOIN LATERAL (SELECT CASE WHEN $6 THEN o.total_minor / 2 ELSE o.total_minor END AS amount) a WHERE o.id = $2",
        )
        .bind(refund)
        .bind(order.id)
        .bind(case.because)
        .bind(order.admin)
        .bind(at.to_string())
        .bind(case.end == End::Half)
        .execute(&mut *tx)
        .await?;
        for statement in GIVE_BACK {
            sqlx::query(statement)
                .bind(refund)
                .execute(&mut *tx)
                .await
                .with_context(|| format!("in: {statement}"))?;
        }
    }
    sqlx::query(
        "INSERT INTO dispute_events (dispute_id, event, actor_id, at, resolution, amount_minor, refund_id, reason)
         SELECT id, 'resolved', resolved_by, resolved_at, resolution, (SELECT amount_minor FROM refunds WHERE id = $2), $2, $3
         FROM disputes WHERE id = $1",
    )
    .bind(dispute)
    .bind(refund)
    .bind(case.because)
    .execute(tx)
    .await?;
    Ok(())
}

/// From a refund to its lines and what they leave of the order.
const GIVE_BACK: [&str; 3] = [
    "INSERT INTO refund_lines (refund_id, item_id, amount_minor, tax_minor)
     SELECT r.id, i.id, CASE WHEN r.amount_minor < o.total_minor THEN r.amount_minor ELSE i.total_minor END,
       CASE WHEN r.amount_minor < o.total_minor THEN r.tax_minor ELSE i.tax_minor END
     FROM refunds r JOIN orders o ON o.id = r.order_id JOIN order_items i ON i.order_id = o.id
     WHERE r.id = $1 AND i.total_minor > 0",
    "UPDATE order_items i SET refunded_minor = l.amount_minor, refunded_tax_minor = l.tax_minor
     FROM refund_lines l WHERE l.refund_id = $1 AND i.id = l.item_id",
    "WITH given AS (
       UPDATE orders o SET refunded_minor = r.amount_minor, refunded_tax_minor = r.tax_minor,
         state = CASE WHEN r.amount_minor = o.total_minor THEN 'refunded' ELSE 'partially_refunded' END
       FROM refunds r WHERE r.id = $1 AND o.id = r.order_id RETURNING o.id, o.state, r.refunded_at)
     UPDATE order_items i SET owned_until = given.refunded_at FROM given WHERE i.order_id = given.id AND given.state = 'refunded'",
];
