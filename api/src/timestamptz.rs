//! `timestamptz` as a [`jiff::Timestamp`] of jiff 1, which the published bindings of sqlx don't know yet.

use jiff::Timestamp;
use serde::Serialize;
use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::postgres::types::Oid;
use sqlx::postgres::{PgArgumentBuffer, PgHasArrayType, PgTypeInfo, PgValueRef};
use sqlx::{Decode, Encode, Postgres, Type};
use utoipa::ToSchema;

/// 2000-01-01T00:00:00Z, from which Postgres counts microseconds, in those since 1970.
const POSTGRES_EPOCH_US: i64 = 946_684_800_000_000;

/// A time in a query's parameters and rows, RFC 3339 in UTC in JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(transparent)]
#[schema(value_type = String, format = DateTime)]
pub struct Timestamptz(pub Timestamp);

impl Type<Postgres> for Timestamptz {
    fn type_info() -> PgTypeInfo {
        const TIMESTAMPTZ: Oid = Oid(1184);
        PgTypeInfo::with_oid(TIMESTAMPTZ)
    }
}

impl PgHasArrayType for Timestamptz {
    fn array_type_info() -> PgTypeInfo {
        const TIMESTAMPTZ_ARRAY: Oid = Oid(1185);
        PgTypeInfo::with_oid(TIMESTAMPTZ_ARRAY)
    }
}

impl Encode<'_, Postgres> for Timestamptz {
    fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        let since_2000_us = self.0.as_microsecond() - POSTGRES_EPOCH_US;
        Encode::<Postgres>::encode(since_2000_us, buffer)
    }
}

impl<'r> Decode<'r, Postgres> for Timestamptz {
    /// Only rows of prepared statements are read, and those are binary.
    fn decode(value: PgValueRef<'r>) -> Result<Self, BoxDynError> {
        let since_2000_us = <i64 as Decode<Postgres>>::decode(value)?;
        let unix_us = since_2000_us
            .checked_add(POSTGRES_EPOCH_US)
            .ok_or("a time outside the years that can be told")?;
        Ok(Self(Timestamp::from_microsecond(unix_us)?))
    }
}
