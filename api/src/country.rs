//! Countries, as people and databases name them.

use std::borrow::Cow;
use std::str::FromStr;

use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};
use utoipa::ToSchema;

/// ISO 3166-1 alpha-2, in order.
const CODES: &str = "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY \
    BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE \
    GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR \
    KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI \
    NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS \
    ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS XK YE YT ZA ZM ZW";

/// A country's two letters; `UK` is taken for `GB`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, ToSchema)]
#[schema(value_type = String, example = "FR")]
pub struct Country(String);

impl Country {
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Country {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let code = match text.to_ascii_uppercase() {
            uk if uk == "UK" => "GB".to_owned(),
            code => code,
        };
        if code.len() == 2 && CODES.split_ascii_whitespace().any(|known| known == code) {
            return Ok(Self(code));
        }
        let shown: String = text.chars().take(20).collect();
        Err(format!(
            "`{shown}` is no country; two letters such as `FR` are expected"
        ))
    }
}

impl<'de> Deserialize<'de> for Country {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_countries_that_exist_and_britain_by_both_names() {
        let read = |text: &str| text.parse().map(|country: Country| country.0).ok();
        assert_eq!(read("fr").as_deref(), Some("FR"));
        assert_eq!(read("UK").as_deref(), Some("GB"));
        for refused in ["", "F", "FRA", "XX", "ZZ", "A ", "\u{0}"] {
            assert_eq!(read(refused), None, "{refused}");
        }
        assert_eq!(CODES.split_ascii_whitespace().count(), 250);
    }
}
