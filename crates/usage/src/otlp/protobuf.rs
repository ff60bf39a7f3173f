//! OTLP in protobuf as far as spans need it: the wire format by hand, since a message is a handful of fields and all others are skipped
//! without being copied. Field numbers are those of `opentelemetry/proto/{collector/trace,trace,resource,common}/v1`.

use std::sync::Arc;

use super::MessageError;
use super::span::{Attributes, Span, Wanted};

/// A message that is read field by field.
#[derive(Clone, Copy, Debug)]
pub(super) struct Message<'a>(&'a [u8]);

/// A field's value as it is on the wire.
#[derive(Clone, Copy, Debug)]
pub(super) enum Field<'a> {
    /// `int64`, `bool`, enumerations.
    Varint(u64),
    /// `fixed64`, `double`.
    Fixed64(u64),
    /// Text, bytes, messages.
    Bytes(&'a [u8]),
    /// `fixed32`, of which none is read.
    Fixed32,
}

impl<'a> Message<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// The next field, by its number.
    pub fn next(&mut self) -> Result<Option<(u64, Field<'a>)>, MessageError> {
        if self.0.is_empty() {
            return Ok(None);
        }
        let tag = self.varint()?;
        let field = match tag & 7 {
            0 => Field::Varint(self.varint()?),
            1 => Field::Fixed64(u64::from_le_bytes(self.take(8)?.try_into().map_err(|_| broken())?)),
            2 => {
                let length = usize::try_from(self.varint()?).map_err(|_| broken())?;
                Field::Bytes(self.take(length)?)
            }
            5 => {
                self.take(4)?;
                Field::Fixed32
            }
            kind => return Err(MessageError(format!("this is no protobuf message: it has a field of wire type {kind}"))),
        };
        match tag >> 3 {
            0 => Err(MessageError("this is no protobuf message: it has a field with the number 0".to_owned())),
            number => Ok(Some((number, field))),
        }
    }

    /// The messages, texts or bytes of one field.
    pub fn all(mut self, wanted: u64) -> Result<Vec<&'a [u8]>, MessageError> {
        let mut found = Vec::new();
        while let Some((number, field)) = self.next()? {
            match field {
                Field::Bytes(bytes) if number == wanted => found.push(bytes),
                _ => {}
            }
        }
        Ok(found)
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8], MessageError> {
        let (taken, rest) = self.0.split_at_checked(length).ok_or_else(broken)?;
        self.0 = rest;
        Ok(taken)
    }

    fn varint(&mut self) -> Result<u64, MessageError> {
        let mut value = 0;
        for (at, &byte) in self.0.iter().take(10).enumerate() {
            // The tenth byte has room for one bit.
            if at == 9 && byte > 1 {
                break;
            }
            value |= u64::from(byte & 0x7f) << (7 * at);
            if byte & 0x80 == 0 {
                self.0 = &self.0[at + 1..];
                return Ok(value);
            }
        }
        Err(broken())
    }
}

fn broken() -> MessageError {
    MessageError("this is no whole protobuf message: it ends within a field".to_owned())
}

/// The spans of one export request in protobuf, each with its resource's attributes.
///
/// # Errors
/// When the bytes are no such message.
pub fn spans_of_protobuf(bytes: &[u8], wanted: &Wanted) -> Result<Vec<Span>, MessageError> {
    let mut spans = Vec::new();
    for group in Message::new(bytes).all(1)? {
        let group = Message::new(group);
        let resource = group.all(1)?.into_iter().try_fold(Attributes::new(), |mut all, resource| {
            for pair in Message::new(resource).all(1)? {
                add_attribute(pair, wanted, &mut all)?;
            }
            Ok::<_, MessageError>(all)
        })?;
        let resource = Arc::new(resource);
        for scope in group.all(2)? {
            for bytes in Message::new(scope).all(2)? {
                spans.push(span(bytes, wanted, &resource)?);
            }
        }
    }
    Ok(spans)
}

fn span(bytes: &[u8], wanted: &Wanted, resource: &Arc<Attributes>) -> Result<Span, MessageError> {
    let mut span = Span { resource: Arc::clone(resource), ..Span::default() };
    let mut message = Message::new(bytes);
    while let Some(field) = message.next()? {
        match field {
            (1, Field::Bytes(id)) => span.trace_id = hexadecimal(id),
            (2, Field::Bytes(id)) => span.span_id = hexadecimal(id),
            (4, Field::Bytes(id)) => span.parent_span_id = hexadecimal(id),
            (6, Field::Varint(kind)) => span.kind = u32::try_from(kind).unwrap_or(0),
            (7, Field::Fixed64(nanos)) => span.start_time_unix_nano = moment(nanos),
            (8, Field::Fixed64(nanos)) => span.end_time_unix_nano = moment(nanos),
            (9, Field::Bytes(pair)) => add_attribute(pair, wanted, &mut span.attributes)?,
            (15, Field::Bytes(status)) => {
                let mut status = Message::new(status);
                while let Some(field) = status.next()? {
                    if let (3, Field::Varint(code)) = field {
                        span.is_error = code == 2;
                    }
                }
            }
            _ => {}
        }
    }
    Ok(span)
}

pub(super) fn add_attribute(pair: &[u8], wanted: &Wanted, to: &mut Attributes) -> Result<(), MessageError> {
    let (mut key, mut value) = ("", None);
    let mut message = Message::new(pair);
    while let Some(field) = message.next()? {
        match field {
            (1, Field::Bytes(bytes)) => key = text(bytes)?,
            (2, Field::Bytes(bytes)) => value = Some(bytes),
            _ => {}
        }
    }
    let (true, Some(value)) = (wanted.has(key), value) else { return Ok(()) };
    let mut value = Message::new(value);
    while let Some(field) = value.next()? {
        // Lists, maps and bytes name nothing that is read here.
        let scalar = match field {
            (1, Field::Bytes(bytes)) => text(bytes)?.to_owned(),
            (2, Field::Varint(set)) => (set != 0).to_string(),
            (3, Field::Varint(number)) => number.cast_signed().to_string(),
            // The shortest text that names the number, which is what senders of JSON write.
            (4, Field::Fixed64(bits)) => f64::from_bits(bits).to_string(),
            _ => continue,
        };
        to.insert(key.to_owned(), scalar);
    }
    Ok(())
}

/// A moment as text; zero is one that was not set.
pub(super) fn moment(nanos: u64) -> String {
    if nanos == 0 { String::new() } else { nanos.to_string() }
}

pub(super) fn text(bytes: &[u8]) -> Result<&str, MessageError> {
    std::str::from_utf8(bytes).map_err(|_| MessageError("a text of the message is not UTF-8".to_owned()))
}

pub(super) fn hexadecimal(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let pairs = bytes.iter().flat_map(|byte| [DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]);
    pairs.map(char::from).collect()
}
