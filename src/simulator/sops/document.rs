//! A document of which every value is sealed, or those under some keys, with the block that tells how.

use super::value::{self, DataKey};
use super::{Identity, SopsError, age};
use rand::Rng as _;
use serde_yaml::{Mapping, Value};
use sha2::{Digest as _, Sha512};
use std::fmt::Write as _;

const BLOCK: &str = "sops";
/// What SOPS leaves in clear where no rule says otherwise.
const CLEAR: &str = "_unencrypted";

/// Which values are sealed.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Rule {
    /// All but those under keys with SOPS's own ending.
    All,
    /// Those under these keys alone: `^(data|stringData)$`.
    Under(Vec<String>),
}

impl Rule {
    fn of(block: &Value) -> Result<Self, SopsError> {
        let Some(pattern) = block.get("encrypted_regex").and_then(Value::as_str) else {
            return Ok(Self::All);
        };
        Self::read(pattern).ok_or(SopsError::Block("encrypted_regex is only read as ^(one|other)$"))
    }

    fn read(pattern: &str) -> Option<Self> {
        let inside = pattern.strip_prefix("^(")?.strip_suffix(")$")?;
        let word = |it: &str| it.chars().all(|letter| letter.is_ascii_alphanumeric() || letter == '_');
        let words: Vec<String> = inside.split('|').map(str::to_owned).collect();
        words.iter().all(|it| word(it)).then_some(Self::Under(words))
    }

    fn seals(&self, path: &[String]) -> bool {
        match self {
            Self::All => !path.iter().any(|it| it.ends_with(CLEAR)),
            Self::Under(keys) => path.iter().any(|it| keys.contains(it)),
        }
    }
}

/// Whether a document has SOPS's block.
pub(crate) fn is_sealed(document: &Value) -> bool {
    document.get(BLOCK).is_some_and(|it| it.get("mac").is_some())
}

/// Seal a document for one reader; `at` is RFC 3339 in UTC without fractions. `regex` is the rule of `.sops.yaml`, if
/// it has one, in the form `^(one|other)$`.
pub(crate) fn seal(
    document: &Value,
    reader: &Identity,
    at: &str,
    regex: Option<&str>,
) -> Result<String, SopsError> {
    let unread = SopsError::Block("encrypted_regex is only written as ^(one|other)$");
    let rule = regex.map_or(Ok(Rule::All), |it| Rule::read(it).ok_or(unread))?;
    let key: DataKey = rand::rng().random();
    let mut digest = Sha512::new();
    let mut sealed = document.clone();
    each(&mut sealed, &mut Vec::new(), &mut |path, value| {
        let (text, kind) = told(value).ok_or(SopsError::Value { path: path.join("."), why: "its kind" })?;
        digest.update(text.as_bytes());
        if rule.seals(path) {
            *value = Value::String(value::seal(&key, &text, kind, &place(path)));
        }
        Ok(())
    })?;
    let code = value::seal(&key, &hex(&digest.finalize()), "str", at);
    let mut text = serde_yaml::to_string(&sealed)?;
    let _ = write!(text, "{BLOCK}:\n  age:\n  - recipient: {}\n    enc: |\n", reader.recipient());
    for line in age::seal(&key, reader).lines() {
        let _ = writeln!(text, "      {line}");
    }
    let _ = writeln!(text, "  lastmodified: \"{at}\"\n  mac: {code}");
    match regex {
        Some(regex) => _ = writeln!(text, "  encrypted_regex: {regex}"),
        None => _ = writeln!(text, "  unencrypted_suffix: {CLEAR}"),
    }
    text.push_str("  version: 3.11.0\n");
    Ok(text)
}

/// What was sealed, without the block. Nothing is answered where the code over all values does not match.
pub(crate) fn open(document: &Value, identities: &[Identity]) -> Result<Value, SopsError> {
    let mut opened = document.clone();
    let block = opened.as_mapping_mut().and_then(|it| it.remove(BLOCK));
    let block = block.ok_or(SopsError::Block("there is none"))?;
    let rule = Rule::of(&block)?;
    let text = |key: &str, why| block.get(key).and_then(Value::as_str).ok_or(SopsError::Block(why));
    let (at, code) = (text("lastmodified", "no lastmodified")?, text("mac", "no mac")?);
    if block.get("mac_only_encrypted").is_some() || block.get("encrypted_suffix").is_some() {
        return Err(SopsError::Block("mac_only_encrypted and encrypted_suffix are not read here"));
    }
    let key = data_key(&block, identities)?;
    let mut digest = Sha512::new();
    each(&mut opened, &mut Vec::new(), &mut |path, found| {
        let wrong = |why| SopsError::Value { path: path.join("."), why };
        if let Some(sealed) = found.as_str().filter(|it| rule.seals(path) && !it.is_empty()) {
            let (text, kind) = value::open(&key, sealed, &place(path)).map_err(wrong)?;
            digest.update(text.as_bytes());
            *found = typed(text, &kind).ok_or(wrong("its kind"))?;
        } else {
            let (text, _) = told(found).ok_or(wrong("its kind"))?;
            digest.update(text.as_bytes());
        }
        Ok(())
    })?;
    let (told, _) = value::open(&key, code, at).map_err(|_| SopsError::Changed)?;
    if told == hex(&digest.finalize()) { Ok(opened) } else { Err(SopsError::Changed) }
}

fn data_key(block: &Value, identities: &[Identity]) -> Result<DataKey, SopsError> {
    let readers = block.get("age").and_then(Value::as_sequence).cloned().unwrap_or_default();
    for reader in &readers {
        let Some(armoured) = reader.get("enc").and_then(Value::as_str) else { continue };
        if let Some(key) = age::open(armoured, identities)? {
            return DataKey::try_from(key).map_err(|_| SopsError::Age("it does not hold 32 bytes"));
        }
    }
    let names = readers.iter().filter_map(|it| it.get("recipient")?.as_str()).collect::<Vec<_>>();
    Err(SopsError::NotForUs(if names.is_empty() { "no age key".into() } else { names.join(", ") }))
}

/// Every value in the order of the file, with the keys that lead to it; places in lists are no keys.
fn each(
    value: &mut Value,
    path: &mut Vec<String>,
    visit: &mut impl FnMut(&[String], &mut Value) -> Result<(), SopsError>,
) -> Result<(), SopsError> {
    match value {
        Value::Mapping(mapping) => {
            let old = std::mem::replace(mapping, Mapping::new());
            for (key, mut value) in old {
                path.push(key.as_str().unwrap_or_default().to_owned());
                each(&mut value, path, visit)?;
                path.pop();
                mapping.insert(key, value);
            }
            Ok(())
        }
        Value::Sequence(items) => items.iter_mut().try_for_each(|it| each(it, path, visit)),
        Value::Null => Ok(()),
        value => visit(path, value),
    }
}

fn place(path: &[String]) -> String {
    path.iter().fold(String::new(), |place, key| place + key + ":")
}

/// A value as SOPS digests it, and its kind.
fn told(value: &Value) -> Option<(String, &'static str)> {
    match value {
        Value::String(text) => Some((text.clone(), "str")),
        Value::Bool(it) => Some((if *it { "True" } else { "False" }.to_owned(), "bool")),
        Value::Number(it) if it.is_i64() || it.is_u64() => Some((it.to_string(), "int")),
        _ => None,
    }
}

fn typed(text: String, kind: &str) -> Option<Value> {
    match kind {
        "str" => Some(Value::String(text)),
        "bool" => Some(Value::Bool(text == "True")),
        "int" => text.parse::<i64>().ok().map(Into::into),
        _ => None,
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, byte| text + &format!("{byte:02X}"))
}
