//! CBOR (RFC 8949), as much as Smithy's RPC v2 has of it. JSON stands for what it says; a moment is `{"$moment": SECONDS}`.

use serde_json::{Map, Value, json};

/// A value in CBOR.
pub(super) fn encode(value: &Value) -> Vec<u8> {
    let mut bytes = Vec::new();
    put(value, &mut bytes);
    bytes
}

fn head(kind: u8, length: u64, bytes: &mut Vec<u8>) {
    let kind = kind << 5;
    match length {
        0..24 => bytes.push(kind | length as u8),
        24..0x100 => bytes.extend([kind | 24, length as u8]),
        0x100..0x1_0000 => {
            bytes.push(kind | 25);
            bytes.extend((length as u16).to_be_bytes());
        }
        0x1_0000..0x1_0000_0000 => {
            bytes.push(kind | 26);
            bytes.extend((length as u32).to_be_bytes());
        }
        _ => {
            bytes.push(kind | 27);
            bytes.extend(length.to_be_bytes());
        }
    }
}

fn put(value: &Value, bytes: &mut Vec<u8>) {
    match value {
        Value::Null => bytes.push(0xf6),
        Value::Bool(set) => bytes.push(if *set { 0xf5 } else { 0xf4 }),
        Value::Number(number) => match (number.as_u64(), number.as_i64()) {
            (Some(count), _) => head(0, count, bytes),
            (None, Some(negative)) => head(1, negative.unsigned_abs() - 1, bytes),
            (None, None) => {
                bytes.push(0xfb);
                bytes.extend(number.as_f64().unwrap_or_default().to_be_bytes());
            }
        },
        Value::String(text) => {
            head(3, text.len() as u64, bytes);
            bytes.extend(text.as_bytes());
        }
        Value::Array(list) => {
            head(4, list.len() as u64, bytes);
            list.iter().for_each(|one| put(one, bytes));
        }
        Value::Object(map) => {
            if let Some(seconds) = map.get("$moment").and_then(Value::as_f64) {
                head(6, 1, bytes);
                bytes.push(0xfb);
                bytes.extend(seconds.to_be_bytes());
                return;
            }
            head(5, map.len() as u64, bytes);
            for (name, value) in map {
                put(&json!(name), bytes);
                put(value, bytes);
            }
        }
    }
}

/// A value from CBOR; `None` where it is not whole.
pub(super) fn decode(bytes: &[u8]) -> Option<Value> {
    let mut reading = Reading { bytes, at: 0 };
    reading.value()
}

struct Reading<'a> {
    bytes: &'a [u8],
    at: usize,
}

const ENDS: u8 = 0xff;

impl Reading<'_> {
    fn take(&mut self, count: usize) -> Option<&[u8]> {
        let taken = self.bytes.get(self.at..self.at.checked_add(count)?)?;
        self.at += count;
        Some(taken)
    }

    /// The kind of what comes, and its length or value; no length where it is open.
    fn head(&mut self) -> Option<(u8, u8, Option<u64>)> {
        let first = self.take(1)?[0];
        let (kind, short) = (first >> 5, first & 31);
        let length = match short {
            0..24 => u64::from(short),
            24..28 => self.take(1 << (short - 24))?.iter().fold(0, |sum, byte| (sum << 8) | u64::from(*byte)),
            _ => return Some((kind, short, None)),
        };
        Some((kind, short, Some(length)))
    }

    fn ends(&mut self) -> bool {
        let ends = self.bytes.get(self.at) == Some(&ENDS);
        self.at += usize::from(ends);
        ends
    }

    /// Calls `each` as often as there are parts.
    fn parts(&mut self, length: Option<u64>, mut each: impl FnMut(&mut Self) -> Option<()>) -> Option<()> {
        let mut left = length;
        loop {
            match &mut left {
                Some(0) => return Some(()),
                Some(left) => *left -= 1,
                None if self.ends() => return Some(()),
                None => {}
            }
            each(self)?;
        }
    }

    fn value(&mut self) -> Option<Value> {
        let (kind, short, length) = self.head()?;
        Some(match (kind, length) {
            (0, Some(count)) => json!(count),
            (1, Some(count)) => json!(-1 - i64::try_from(count).ok()?),
            (2 | 3, Some(length)) => json!(String::from_utf8(self.take(usize::try_from(length).ok()?)?.to_vec()).ok()?),
            (2 | 3, None) => {
                let mut text = String::new();
                self.parts(None, |part| {
                    text.push_str(part.value()?.as_str()?);
                    Some(())
                })?;
                json!(text)
            }
            (4, length) => {
                let mut list = Vec::new();
                self.parts(length, |part| {
                    list.push(part.value()?);
                    Some(())
                })?;
                Value::Array(list)
            }
            (5, length) => {
                let mut map = Map::new();
                self.parts(length, |part| {
                    let name = part.value()?.as_str()?.to_owned();
                    map.insert(name, part.value()?);
                    Some(())
                })?;
                Value::Object(map)
            }
            (6, Some(_)) => json!({"$moment": self.value()?}),
            (7, Some(bits)) => match short {
                20 | 21 => json!(short == 21),
                26 => json!(f64::from(f32::from_bits(u32::try_from(bits).ok()?))),
                27 => json!(f64::from_bits(bits)),
                _ => Value::Null,
            },
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let value = json!({"a": [1, 300, 70_000, 5_000_000_000_u64, -1, -500], "b": {"c": "é", "d": null, "e": true, "f": 1.5}, "at": {"$moment": 1.76e9}});
        assert_eq!(decode(&encode(&value)), Some(value));
        assert_eq!(decode(&[0x62, b'a']), None);
    }

    #[test]
    fn open_lists_and_maps_are_read() {
        // RFC 8949, appendix A.
        assert_eq!(decode(&[0x9f, 0x01, 0x82, 0x02, 0x03, 0x9f, 0x04, 0x05, 0xff, 0xff]), Some(json!([1, [2, 3], [4, 5]])));
        assert_eq!(
            decode(&[0xbf, 0x61, 0x61, 0x01, 0x61, 0x62, 0x9f, 0x02, 0x03, 0xff, 0xff]),
            Some(json!({"a": 1, "b": [2, 3]}))
        );
    }
}
