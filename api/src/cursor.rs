//! Pages of a list: `cursor` and `limit` in, `meta.next_cursor` out.
//!
//! A cursor is the sort key of the last row seen, opaque to clients. It grants nothing: every query names its tenant
//! besides, so a made-up cursor only moves the place where the list goes on.

use std::borrow::Cow;

use axum::Json;
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::{DeserializeOwned, Error};
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::openapi::schema::{ObjectBuilder, SchemaType, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

/// Rows of a page, unless asked for otherwise.
const DEFAULT_LIMIT: u8 = 50;
const MAX_LIMIT: u8 = 100;

/// Where a list goes on: after the row with the sort key `K`.
#[derive(Debug, Clone, PartialEq)]
pub struct Cursor<K>(pub K);

impl<K: Serialize> Cursor<K> {
    fn encode(key: &K) -> serde_json::Result<String> {
        Ok(URL_SAFE_NO_PAD.encode(serde_json::to_vec(key)?))
    }
}

impl<'de, K: DeserializeOwned> Deserialize<'de> for Cursor<K> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<str>::deserialize(deserializer)?;
        let key = URL_SAFE_NO_PAD
            .decode(text.as_bytes())
            .ok()
            .and_then(|json| serde_json::from_slice(&json).ok());
        key.map(Self).ok_or_else(|| {
            D::Error::custom(
                "not a cursor of this list; take `meta.next_cursor`, or leave it out to start",
            )
        })
    }
}

/// How many rows at most: 1 to 100.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit(u8);

impl Limit {
    /// What to ask the database for: one row more tells whether there is a next page.
    pub fn plus_one(self) -> i64 {
        i64::from(self.0) + 1
    }
}

impl Default for Limit {
    fn default() -> Self {
        Self(DEFAULT_LIMIT)
    }
}

impl<'de> Deserialize<'de> for Limit {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<str>::deserialize(deserializer)?;
        match text.parse() {
            Ok(limit @ 1..=MAX_LIMIT) => Ok(Self(limit)),
            _ => Err(D::Error::custom(format!(
                "`{text}` is not a whole number from 1 to {MAX_LIMIT}"
            ))),
        }
    }
}

impl PartialSchema for Limit {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(SchemaType::Type(Type::Integer))
            .minimum(Some(1))
            .maximum(Some(MAX_LIMIT))
            .default(Some(DEFAULT_LIMIT.into()))
            .into()
    }
}

impl ToSchema for Limit {}

/// One page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct Page<T> {
    pub data: Vec<T>,
    pub meta: PageMeta,
}

#[derive(Debug, Serialize, ToSchema)]
pub struct PageMeta {
    /// Give it as `cursor` to go on; null: this was the last page.
    #[schema(required)]
    pub next_cursor: Option<String>,
}

impl<T: Serialize> IntoResponse for Page<T> {
    fn into_response(self) -> Response {
        Json(self).into_response()
    }
}

/// Cuts the rows of a query that asked for [`Limit::plus_one`] into a page; `key` is the sort key of a row.
pub fn page<T, K: Serialize>(
    mut rows: Vec<T>,
    limit: Limit,
    key: impl Fn(&T) -> K,
) -> anyhow::Result<Page<T>> {
    let more = rows.len() > usize::from(limit.0);
    rows.truncate(limit.0.into());
    let last = rows.last().filter(|_| more);
    let next_cursor = last.map(|row| Cursor::encode(&key(row))).transpose()?;
    Ok(Page {
        data: rows,
        meta: PageMeta { next_cursor },
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::de::IntoDeserializer;
    use serde::de::value::{Error, StrDeserializer};

    fn text(value: &str) -> StrDeserializer<'_, Error> {
        value.into_deserializer()
    }

    #[test]
    fn a_page_ends_where_the_next_begins() {
        let three = page(vec![10, 20, 30], Limit(2), |row| (*row, "x".to_owned())).unwrap();
        assert_eq!(three.data, [10, 20]);
        let cursor = three.meta.next_cursor.unwrap();
        assert_eq!(
            Cursor::<(i32, String)>::deserialize(text(&cursor)),
            Ok(Cursor((20, "x".into())))
        );
        assert!(
            Cursor::<u8>::deserialize(text(&cursor)).is_err(),
            "a cursor of another list"
        );
        assert!(Cursor::<u8>::deserialize(text("%%%")).is_err());
    }

    #[test]
    fn the_last_page_has_no_next() {
        let two = page(vec![10, 20], Limit(2), |row| *row).unwrap();
        assert_eq!(two.meta.next_cursor, None);
    }

    #[test]
    fn limits_outside_1_to_100_are_refused() {
        assert_eq!(Limit::deserialize(text("100")), Ok(Limit(100)));
        for refused in ["0", "101", "-1", "1.5", "", "9999999999999999999999"] {
            assert!(Limit::deserialize(text(refused)).is_err(), "{refused}");
        }
    }
}
