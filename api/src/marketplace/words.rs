//! What people write to each other.

use std::borrow::Cow;

use serde::de::Error;
use serde::{Deserialize, Deserializer};
use utoipa::openapi::schema::{ObjectBuilder, SchemaType, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

use crate::text::Lines;

/// Lines that are not empty, of at most `MAX` characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Words<const MAX: usize>(Lines<MAX>);

impl<const MAX: usize> Words<MAX> {
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl<'de, const MAX: usize> Deserialize<'de> for Words<MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let lines = Lines::deserialize(deserializer)?;
        if lines.as_str().is_empty() {
            return Err(D::Error::custom(format!("expected 1 to {MAX} characters")));
        }
        Ok(Self(lines))
    }
}

impl<const MAX: usize> PartialSchema for Words<MAX> {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(SchemaType::Type(Type::String))
            .min_length(Some(1))
            .max_length(Some(MAX))
            .into()
    }
}

impl<const MAX: usize> ToSchema for Words<MAX> {
    fn name() -> Cow<'static, str> {
        Cow::Owned(format!("Words{MAX}"))
    }
}
