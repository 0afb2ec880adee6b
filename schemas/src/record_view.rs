//! A record's report, read where it lies: decoding a [`PlayReport`](crate::record::PlayReport) copies each text, and the aggregator
//! reads each record twice (`make bench SCENARIO=enrich` compares the two).

use std::str;

use bytes::Buf;
use prost::DecodeError;
use prost::encoding::{
    DecodeContext, WireType, check_wire_type, decode_key, decode_varint, skip_field,
};
use uuid::Uuid;

use crate::record::{RecordError, Times, uuid_of};

/// The fields of a [`PlayReport`](crate::record::PlayReport), borrowed from its encoding.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ReportView<'a> {
    pub play_id: &'a [u8],
    pub seq: u32,
    pub track_id: &'a [u8],
    pub started_at_ms: i64,
    pub sent_at_ms: Option<i64>,
    pub heard_ms: u32,
    pub heard_before_ms: u32,
    pub ended: bool,
    pub referrer: Option<&'a str>,
    pub page_url: Option<&'a str>,
    pub context: Option<&'a str>,
    pub listener: Option<&'a str>,
    pub received_at_ms: i64,
    pub address: Option<&'a str>,
    pub user_agent: Option<&'a str>,
    pub country: Option<&'a str>,
    pub subject: Option<&'a str>,
    pub do_not_track: bool,
    pub imported: bool,
    pub heard_assumed: bool,
}

impl<'a> ReportView<'a> {
    /// Reads what decoding would read, and refuses what decoding would refuse: of a field that comes twice the last one stands, and
    /// fields of a newer version are passed over.
    pub fn read(value: &'a [u8]) -> Result<Self, RecordError> {
        let mut rest = Fields(value);
        let mut report = Self::default();
        while let Some((tag, field)) = rest.next()? {
            match tag {
                1 => report.play_id = field.bytes()?,
                2 => report.seq = field.varint()? as u32,
                3 => report.track_id = field.bytes()?,
                4 => report.started_at_ms = field.zigzag()?,
                5 => report.sent_at_ms = Some(field.zigzag()?),
                6 => report.heard_ms = field.varint()? as u32,
                7 => report.heard_before_ms = field.varint()? as u32,
                8 => report.ended = field.varint()? != 0,
                9 => report.referrer = Some(field.text()?),
                10 => report.page_url = Some(field.text()?),
                11 => report.context = Some(field.text()?),
                12 => report.listener = Some(field.text()?),
                20 => report.received_at_ms = field.zigzag()?,
                21 => report.address = Some(field.text()?),
                22 => report.user_agent = Some(field.text()?),
                23 => report.country = Some(field.text()?),
                24 => report.subject = Some(field.text()?),
                25 => report.do_not_track = field.varint()? != 0,
                26 => report.imported = field.varint()? != 0,
                27 => report.heard_assumed = field.varint()? != 0,
                _ => field.skip()?,
            }
        }
        Ok(report)
    }

    pub fn play_uuid(&self) -> Result<Uuid, RecordError> {
        uuid_of("play_id", self.play_id)
    }

    pub fn track_uuid(&self) -> Result<Uuid, RecordError> {
        uuid_of("track_id", self.track_id)
    }

    pub fn times(&self) -> Times {
        Times {
            started_at_ms: self.started_at_ms,
            sent_at_ms: self.sent_at_ms,
            received_at_ms: self.received_at_ms,
        }
    }
}

/// The fields that are still to be read.
struct Fields<'a>(&'a [u8]);

/// The field whose tag was read; reading its value takes it from the front of `rest`.
struct Field<'r, 'a> {
    tag: u32,
    wire_type: WireType,
    rest: &'r mut &'a [u8],
}

impl<'a> Fields<'a> {
    fn next(&mut self) -> Result<Option<(u32, Field<'_, 'a>)>, RecordError> {
        if !self.0.has_remaining() {
            return Ok(None);
        }
        let (tag, wire_type) = decode_key(&mut self.0).map_err(undecodable)?;
        let rest = &mut self.0;
        Ok(Some((
            tag,
            Field {
                tag,
                wire_type,
                rest,
            },
        )))
    }
}

impl<'a> Field<'_, 'a> {
    fn varint(self) -> Result<u64, RecordError> {
        check_wire_type(WireType::Varint, self.wire_type)
            .and_then(|()| decode_varint(self.rest))
            .map_err(undecodable)
    }

    /// A `sint64`.
    fn zigzag(self) -> Result<i64, RecordError> {
        let coded = self.varint()?;
        Ok((coded >> 1) as i64 ^ -((coded & 1) as i64))
    }

    fn bytes(self) -> Result<&'a [u8], RecordError> {
        let length = check_wire_type(WireType::LengthDelimited, self.wire_type)
            .and_then(|()| decode_varint(self.rest))
            .map_err(undecodable)?;
        let whole: &'a [u8] = self.rest;
        let parts = usize::try_from(length).map(|length| whole.split_at_checked(length));
        let Ok(Some((bytes, rest))) = parts else {
            let (tag, left) = (self.tag, whole.len());
            let why = format!("field {tag} has {length} bytes, and {left} are left");
            return Err(RecordError::Undecodable(why));
        };
        *self.rest = rest;
        Ok(bytes)
    }

    fn text(self) -> Result<&'a str, RecordError> {
        let tag = self.tag;
        str::from_utf8(self.bytes()?)
            .map_err(|error| RecordError::Undecodable(format!("field {tag} is no text: {error}")))
    }

    fn skip(self) -> Result<(), RecordError> {
        skip_field(
            self.wire_type,
            self.tag,
            self.rest,
            DecodeContext::default(),
        )
        .map_err(undecodable)
    }
}

fn undecodable(error: DecodeError) -> RecordError {
    RecordError::Undecodable(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::PlayReport;
    use proptest::prelude::*;
    use prost::Message;

    fn view(report: &PlayReport) -> ReportView<'_> {
        ReportView {
            play_id: &report.play_id,
            seq: report.seq,
            track_id: &report.track_id,
            started_at_ms: report.started_at_ms,
            sent_at_ms: report.sent_at_ms,
            heard_ms: report.heard_ms,
            heard_before_ms: report.heard_before_ms,
            ended: report.ended,
            referrer: report.referrer.as_deref(),
            page_url: report.page_url.as_deref(),
            context: report.context.as_deref(),
            listener: report.listener.as_deref(),
            received_at_ms: report.received_at_ms,
            address: report.address.as_deref(),
            user_agent: report.user_agent.as_deref(),
            country: report.country.as_deref(),
            subject: report.subject.as_deref(),
            do_not_track: report.do_not_track,
            imported: report.imported,
            heard_assumed: report.heard_assumed,
        }
    }

    /// That it is read as it is decoded, or refused as well.
    fn assert_agrees(value: &[u8]) {
        match PlayReport::decode(value) {
            Ok(report) => assert_eq!(ReportView::read(value), Ok(view(&report))),
            Err(error) => assert!(ReportView::read(value).is_err(), "{error}"),
        }
    }

    fn any_report() -> impl Strategy<Value = PlayReport> {
        let text = || proptest::option::of("\\PC{0,20}");
        (
            (any::<Vec<u8>>(), any::<[u8; 16]>(), any::<[u32; 3]>()),
            (any::<i64>(), any::<Option<i64>>(), any::<i64>()),
            [text(), text(), text(), text()],
            [text(), text(), text(), text()],
            any::<[bool; 4]>(),
        )
            .prop_map(|(ids, times, of_player, of_collector, flags)| {
                let (play_id, track_id, [seq, heard_ms, heard_before_ms]) = ids;
                let (started_at_ms, sent_at_ms, received_at_ms) = times;
                let [referrer, page_url, context, listener] = of_player;
                let [address, user_agent, country, subject] = of_collector;
                let [ended, do_not_track, imported, heard_assumed] = flags;
                PlayReport {
                    play_id: play_id.into(),
                    seq,
                    track_id: track_id.to_vec().into(),
                    started_at_ms,
                    sent_at_ms,
                    heard_ms,
                    heard_before_ms,
                    ended,
                    referrer,
                    page_url,
                    context,
                    listener,
                    received_at_ms,
                    address,
                    user_agent,
                    country,
                    subject,
                    do_not_track,
                    imported,
                    heard_assumed,
                }
            })
    }

    #[test]
    fn fields_of_a_newer_version_are_passed_over() {
        // Field 100 as a varint, 101 as bytes, and 102 as a group that holds a field.
        let newer = b"\xa0\x06\x01\xaa\x06\x02hi\xb3\x06\x08\x01\xb4\x06";
        let known = PlayReport {
            seq: 7,
            ..PlayReport::default()
        };
        let value = [newer.as_slice(), &known.encode_to_vec()].concat();
        assert_agrees(&value);
        assert_eq!(ReportView::read(&value).map(|report| report.seq), Ok(7));
    }

    #[test]
    fn of_what_cant_be_read_it_says_why() {
        let why = |value: &[u8]| ReportView::read(value).unwrap_err().to_string();
        assert_eq!(
            why(b"\x4a\x05abc"),
            "not a PlayReport: field 9 has 5 bytes, and 3 are left"
        );
        assert!(why(b"\x4a\x01\xff").starts_with("not a PlayReport: field 9 is no text: "));
        assert!(why(b"\x10").starts_with("not a PlayReport: "));
    }

    proptest! {
        #[test]
        fn a_report_is_read_as_it_is_decoded(first in any_report(), second in any_report()) {
            // One after the other they are one report, of which the second's fields stand.
            assert_agrees(&first.encode_to_vec());
            assert_agrees(&[first.encode_to_vec(), second.encode_to_vec()].concat());
        }

        #[test]
        fn what_decoding_refuses_is_refused(report in any_report(), cut: prop::sample::Index, broken: prop::sample::Index, byte: u8) {
            let mut value = report.encode_to_vec();
            assert_agrees(&value[..cut.index(value.len() + 1)]);
            if !value.is_empty() {
                let at = broken.index(value.len());
                value[at] = byte;
            }
            assert_agrees(&value);
        }

        #[test]
        fn any_bytes_are_read_as_they_are_decoded(bytes: Vec<u8>) {
            assert_agrees(&bytes);
        }
    }
}
