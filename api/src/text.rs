//! Text that people type, checked where it comes in.

use std::borrow::Cow;

use serde::de::Error;
use serde::{Deserialize, Deserializer};
use utoipa::openapi::schema::{ObjectBuilder, SchemaType, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

/// One line of 1 to `MAX` characters: no control characters, no white space around it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line<const MAX: usize>(String);

impl<const MAX: usize> Line<MAX> {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<'de, const MAX: usize> Deserialize<'de> for Line<MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<str>::deserialize(deserializer)?;
        let text = text.trim();
        if !(1..=MAX).contains(&text.chars().count()) {
            return Err(D::Error::custom(format!("expected 1 to {MAX} characters")));
        }
        if text.chars().any(char::is_control) {
            return Err(D::Error::custom(
                "expected one line without control characters",
            ));
        }
        Ok(Self(text.to_owned()))
    }
}

impl<const MAX: usize> PartialSchema for Line<MAX> {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(SchemaType::Type(Type::String))
            .min_length(Some(1))
            .max_length(Some(MAX))
            .into()
    }
}

impl<const MAX: usize> ToSchema for Line<MAX> {
    fn name() -> Cow<'static, str> {
        Cow::Owned(format!("Line{MAX}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::de::Error as _;
    use serde::de::IntoDeserializer;
    use serde::de::value::Error;

    fn line(text: &str) -> Result<Line<5>, Error> {
        Line::deserialize(IntoDeserializer::<Error>::into_deserializer(text))
    }

    #[test]
    fn lines_are_trimmed_and_measured_in_characters() {
        assert_eq!(
            line("  Åström"),
            Err(Error::custom("expected 1 to 5 characters"))
        );
        assert_eq!(line(" Åströ ").unwrap().as_str(), "Åströ");
        for refused in ["", "   ", "a\0b", "a\nb", "a\u{7f}"] {
            assert!(line(refused).is_err(), "{refused:?}");
        }
    }
}
