//! One report's JSON text, as the fields that a report can have. A report is flat: what nests deeper is passed over, not kept.

use std::borrow::Cow;
use std::fmt;

use serde::de::{IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

macro_rules! fields {
    ($($name:ident = $text:literal,)+) => {
        /// The fields of a report.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Field { $($name,)+ }

        impl Field {
            pub const ALL: &[Field] = &[$(Field::$name,)+];

            /// Its name in JSON.
            pub fn name(self) -> &'static str { match self { $(Self::$name => $text,)+ } }

            fn from_name(name: &str) -> Option<Self> {
                match name { $($text => Some(Self::$name),)+ _ => None }
            }
        }
    };
}

fields! {
    PlayId = "play_id",
    Seq = "seq",
    TrackId = "track_id",
    StartedAt = "started_at",
    SentAt = "sent_at",
    HeardMs = "heard_ms",
    HeardBeforeMs = "heard_before_ms",
    Ended = "ended",
    Referrer = "referrer",
    PageUrl = "page_url",
    Context = "context",
    Listener = "listener",
    Address = "address",
    UserAgent = "user_agent",
    Country = "country",
    Subject = "subject",
    HeardBasis = "heard_basis",
}

impl Field {
    /// What only an import may say: a player's own word on these is not taken.
    pub fn needs_import_scope(self) -> bool {
        matches!(
            self,
            Self::Address | Self::UserAgent | Self::Country | Self::Subject | Self::HeardBasis
        )
    }
}

/// A field's value.
#[derive(Debug, Clone, PartialEq)]
pub enum Value<'a> {
    Null,
    Bool(bool),
    Integer(i128),
    Fraction(f64),
    Text(Cow<'a, str>),
    List,
    Object,
}

/// Most characters of a value or name that a message repeats.
const SHOWN_CHARS: usize = 48;

/// `text`, shortened, in backticks.
pub fn shown(text: &str) -> String {
    match text.char_indices().nth(SHOWN_CHARS) {
        Some((end, _)) => format!("`{}…`", &text[..end]),
        None => format!("`{text}`"),
    }
}

impl fmt::Display for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Bool(value) => write!(f, "{value}"),
            Self::Integer(value) => write!(f, "{value}"),
            Self::Fraction(value) => write!(f, "{value}"),
            Self::Text(text) => write!(f, "the text {}", shown(text)),
            Self::List => f.write_str("a list"),
            Self::Object => f.write_str("an object"),
        }
    }
}

/// What one report says, by field.
#[derive(Debug, Default)]
pub struct Fields<'a> {
    values: [Option<Value<'a>>; Field::ALL.len()],
    /// The first name that no field has.
    pub unknown: Option<String>,
    /// The first field that is there twice.
    pub twice: Option<Field>,
}

impl<'a> Fields<'a> {
    /// Reads one JSON object; the error is for the sender.
    pub fn parse(text: &'a str) -> Result<Self, String> {
        serde_json::from_str(text).map_err(|error| error.to_string())
    }

    /// The field's value; `null` is as good as none.
    pub fn get(&self, field: Field) -> Option<&Value<'a>> {
        self.values[field as usize]
            .as_ref()
            .filter(|value| **value != Value::Null)
    }

    fn set(&mut self, field: Field, value: Value<'a>) {
        if self.values[field as usize].replace(value).is_some() {
            self.twice.get_or_insert(field);
        }
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Fields<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(FieldsVisitor)
    }
}

struct FieldsVisitor;

#[derive(Deserialize)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

impl<'de> Visitor<'de> for FieldsVisitor {
    type Value = Fields<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a report as a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields<'de>, A::Error> {
        let mut fields = Fields::default();
        while let Some(Name(name)) = map.next_key()? {
            match Field::from_name(&name) {
                Some(field) => fields.set(field, map.next_value()?),
                None => {
                    map.next_value::<IgnoredAny>()?;
                    fields.unknown.get_or_insert_with(|| name.into_owned());
                }
            }
        }
        Ok(fields)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Value<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ValueVisitor)
    }
}

struct ValueVisitor;

impl<'de> Visitor<'de> for ValueVisitor {
    type Value = Value<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value<'de>, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value<'de>, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value<'de>, E> {
        Ok(Value::Integer(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value<'de>, E> {
        Ok(Value::Integer(value.into()))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value<'de>, E> {
        // JSON has one kind of number: 30000.0 is the integer that some languages write so.
        let exact = value.fract() == 0.0 && value.abs() < 1e15;
        Ok(if exact {
            Value::Integer(value as i128)
        } else {
            Value::Fraction(value)
        })
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Value<'de>, E> {
        Ok(Value::Text(text.into()))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value<'de>, E> {
        Ok(Value::Text(text.to_owned().into()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value<'de>, A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Value::List)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value<'de>, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Value::Object)
    }
}
