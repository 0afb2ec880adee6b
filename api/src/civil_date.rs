//! `date` as a [`jiff::civil::Date`] of jiff 1; see [`crate::timestamptz`].

use jiff::ToSpan;
use jiff::civil::{Date, date};
use serde::Serialize;
use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::postgres::types::Oid;
use sqlx::postgres::{PgArgumentBuffer, PgHasArrayType, PgTypeInfo, PgValueRef};
use sqlx::{Decode, Encode, Postgres, Type};
use utoipa::ToSchema;

/// From which Postgres counts days.
const POSTGRES_EPOCH: Date = date(2000, 1, 1);

/// A date in a query's parameters and rows, ISO 8601 in JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[serde(transparent)]
#[schema(value_type = String, format = Date)]
pub struct CivilDate(pub Date);

impl Type<Postgres> for CivilDate {
    fn type_info() -> PgTypeInfo {
        const DATE: Oid = Oid(1082);
        PgTypeInfo::with_oid(DATE)
    }
}

impl PgHasArrayType for CivilDate {
    fn array_type_info() -> PgTypeInfo {
        const DATE_ARRAY: Oid = Oid(1182);
        PgTypeInfo::with_oid(DATE_ARRAY)
    }
}

impl Encode<'_, Postgres> for CivilDate {
    fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        let days = POSTGRES_EPOCH.until(self.0)?.get_days();
        Encode::<Postgres>::encode(days, buffer)
    }
}

impl<'r> Decode<'r, Postgres> for CivilDate {
    /// Only rows of prepared statements are read, and those are binary.
    fn decode(value: PgValueRef<'r>) -> Result<Self, BoxDynError> {
        let days = <i32 as Decode<Postgres>>::decode(value)?;
        Ok(Self(POSTGRES_EPOCH.checked_add(days.days())?))
    }
}
