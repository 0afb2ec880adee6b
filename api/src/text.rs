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

impl<const MAX: usize> TryFrom<&str> for Line<MAX> {
    /// What is expected.
    type Error = String;

    fn try_from(text: &str) -> Result<Self, String> {
        let text = text.trim();
        if !(1..=MAX).contains(&text.chars().count()) {
            return Err(format!("expected 1 to {MAX} characters"));
        }
        if text.chars().any(char::is_control) {
            return Err("expected one line without control characters".into());
        }
        Ok(Self(text.to_owned()))
    }
}

impl<'de, const MAX: usize> Deserialize<'de> for Line<MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<str>::deserialize(deserializer)?;
        Self::try_from(&*text).map_err(D::Error::custom)
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

/// Any number of lines with at most `MAX` characters together: no control characters, no white space around them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lines<const MAX: usize>(String);

impl<const MAX: usize> Lines<MAX> {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<'de, const MAX: usize> Deserialize<'de> for Lines<MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<str>::deserialize(deserializer)?;
        let text = text.trim().replace("\r\n", "\n");
        if text.chars().count() > MAX {
            return Err(D::Error::custom(format!(
                "expected at most {MAX} characters"
            )));
        }
        if text
            .chars()
            .any(|c| c.is_control() && c != '\n' && c != '\t')
        {
            return Err(D::Error::custom("expected text without control characters"));
        }
        Ok(Self(text))
    }
}

impl<const MAX: usize> PartialSchema for Lines<MAX> {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(SchemaType::Type(Type::String))
            .max_length(Some(MAX))
            .into()
    }
}

impl<const MAX: usize> ToSchema for Lines<MAX> {
    fn name() -> Cow<'static, str> {
        Cow::Owned(format!("Lines{MAX}"))
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

    #[test]
    fn several_lines_may_be_none_and_have_no_control_characters() {
        let lines = |text: &str| {
            Lines::<5>::deserialize(IntoDeserializer::<Error>::into_deserializer(text))
                .map(|lines| lines.0)
        };
        assert_eq!(lines("").unwrap(), "");
        assert_eq!(lines(" a\r\nb\tc ").unwrap(), "a\nb\tc");
        assert!(lines("a\0").is_err());
        assert!(lines("abcdef").is_err());
    }
}
