//! Bodies that come as protobuf, read into the JSON they stand for.

use super::messages::MESSAGES;
use crate::stand_ins::kubernetes::moments::rfc3339;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};
use std::collections::HashMap;
use std::sync::LazyLock;

type Message = HashMap<u64, (&'static str, &'static str)>;

static KNOWN: LazyLock<HashMap<&'static str, Message>> = LazyLock::new(|| {
    let field = |word: &'static str| {
        let mut parts = word.splitn(3, ':');
        Some((parts.next()?.parse().ok()?, (parts.next()?, parts.next()?)))
    };
    let line = |line: &'static str| {
        let mut words = line.split(' ');
        Some((words.next()?, words.filter_map(field).collect()))
    };
    MESSAGES.lines().filter_map(line).collect()
});

/// One field as it came: a number, or bytes.
enum Raw<'a> {
    Number(u64),
    Bytes(&'a [u8]),
}

/// The object of a body that begins with `k8s\0`. `None` where it is of a kind we do not know in this form, or broken.
pub fn read(body: &[u8]) -> Option<Value> {
    let envelope = fields(body.strip_prefix(b"k8s\0")?)?;
    let bytes = |fields: &[(u64, Raw<'_>)], number: u64| {
        let found = fields.iter().find_map(|(at, raw)| match raw {
            Raw::Bytes(bytes) if *at == number => Some(bytes.to_vec()),
            _ => None,
        });
        found.unwrap_or_default()
    };
    let about = bytes(&envelope, 1);
    let about = fields(&about)?;
    let text = |number| String::from_utf8(bytes(&about, number)).ok();
    let (api_version, kind) = (text(1)?, text(2)?);
    let mut object = message(&bytes(&envelope, 2), KNOWN.get(kind.as_str())?)?;
    object.insert("apiVersion".into(), api_version.into());
    object.insert("kind".into(), kind.into());
    Some(Value::Object(object))
}

fn message(bytes: &[u8], known: &Message) -> Option<Map<String, Value>> {
    let mut object = Map::new();
    for (number, raw) in fields(bytes)? {
        let Some((name, kind)) = known.get(&number) else { continue };
        if let Some(kind) = kind.strip_prefix('*') {
            let list = object.entry(*name).or_insert_with(|| Value::Array(Vec::new()));
            list.as_array_mut()?.push(value(&raw, kind)?.unwrap_or_else(|| "".into()));
        } else if let (Some(kind), Raw::Bytes(entry)) = (kind.strip_prefix('%'), &raw) {
            let map = object.entry(*name).or_insert_with(|| Value::Object(Map::new()));
            let (mut key, mut held) = (String::new(), None);
            for (number, raw) in fields(entry)? {
                match (number, &raw) {
                    (1, Raw::Bytes(bytes)) => key = String::from_utf8_lossy(bytes).into_owned(),
                    _ => held = value(&raw, kind)?,
                }
            }
            map.as_object_mut()?.insert(key, held.unwrap_or_else(|| "".into()));
        } else if let (Some(kind), Raw::Bytes(inner)) = (kind.strip_prefix('~'), &raw) {
            object.extend(message(inner, KNOWN.get(kind)?)?);
        } else if let Some(value) = value(&raw, kind)? {
            object.insert((*name).to_owned(), value);
        }
    }
    Some(object)
}

/// The value of a field; `Some(None)` where JSON would leave it out.
fn value(raw: &Raw<'_>, kind: &str) -> Option<Option<Value>> {
    let nothing = Some(None);
    match (kind, raw) {
        ("s", Raw::Bytes(bytes)) => Some((!bytes.is_empty()).then(|| String::from_utf8_lossy(bytes).into())),
        ("y", Raw::Bytes(bytes)) => Some(Some(STANDARD.encode(bytes).into())),
        ("i", Raw::Number(0)) | ("b", Raw::Number(0)) => nothing,
        ("i" | "I", Raw::Number(number)) => Some(Some(number.cast_signed().into())),
        ("b" | "B", Raw::Number(number)) => Some(Some((*number != 0).into())),
        ("t", Raw::Bytes(bytes)) => {
            let seconds = fields(bytes)?.into_iter().find_map(|(number, raw)| match raw {
                Raw::Number(seconds) if number == 1 => Some(seconds.cast_signed()),
                _ => None,
            });
            Some(seconds.map(|it| rfc3339(it * 1000).into()))
        }
        ("q", Raw::Bytes(bytes)) => {
            let (_, raw) = fields(bytes)?.into_iter().next()?;
            value(&raw, "s")
        }
        ("x", Raw::Bytes(bytes)) => {
            let (mut is_text, mut number, mut text) = (false, 0, String::new());
            for (at, raw) in fields(bytes)? {
                match (at, raw) {
                    (1, Raw::Number(kind)) => is_text = kind == 1,
                    (2, Raw::Number(it)) => number = it.cast_signed(),
                    (3, Raw::Bytes(it)) => text = String::from_utf8_lossy(it).into_owned(),
                    _ => {}
                }
            }
            Some(Some(if is_text { text.into() } else { number.into() }))
        }
        (kind, Raw::Bytes(bytes)) => {
            let inner = message(bytes, KNOWN.get(kind)?)?;
            Some((!inner.is_empty() || kind == "EmptyDir").then_some(Value::Object(inner)))
        }
        _ => None,
    }
}

fn fields(mut bytes: &[u8]) -> Option<Vec<(u64, Raw<'_>)>> {
    let mut found = Vec::new();
    while !bytes.is_empty() {
        let key = varint(&mut bytes)?;
        let raw = match key & 7 {
            0 => Raw::Number(varint(&mut bytes)?),
            2 => {
                let length = usize::try_from(varint(&mut bytes)?).ok()?;
                let (taken, rest) = bytes.split_at_checked(length)?;
                bytes = rest;
                Raw::Bytes(taken)
            }
            _ => return None,
        };
        found.push((key >> 3, raw));
    }
    Some(found)
}

fn varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut number = 0;
    for shift in (0..64).step_by(7) {
        let (first, rest) = bytes.split_first()?;
        *bytes = rest;
        number |= u64::from(first & 0x7f) << shift;
        if first & 0x80 == 0 {
            return Some(number);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// A field of bytes.
    fn field(number: u8, bytes: &[u8]) -> Vec<u8> {
        [&[number << 3 | 2, u8::try_from(bytes.len()).unwrap()], bytes].concat()
    }

    #[test]
    fn a_namespace_is_read() {
        let meta = [field(1, b"demo"), field(2, b""), field(11, &[field(1, b"a"), field(2, b"b")].concat())]
            .concat();
        let about = [field(1, b"v1"), field(2, b"Namespace")].concat();
        let body = [b"k8s\0".to_vec(), field(1, &about), field(2, &field(1, &meta))].concat();
        let expected = json!({
            "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": "demo", "labels": { "a": "b" } },
        });
        assert_eq!(read(&body), Some(expected));
        assert_eq!(read(&body[..body.len() - 1]), None);
        assert_eq!(read(b"{}"), None);
    }

    #[test]
    fn every_type_of_the_table_is_known() {
        for (name, message) in KNOWN.iter() {
            for (field, kind) in message.values() {
                let kind = kind.trim_start_matches(['*', '%', '~']);
                assert!(kind.len() == 1 || KNOWN.contains_key(kind), "{name}.{field}: {kind}");
            }
        }
    }
}
