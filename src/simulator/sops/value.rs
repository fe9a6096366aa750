//! One value: `ENC[AES256_GCM,data:…,iv:…,tag:…,type:…]`, bound to where it stands.

use aes_gcm::aead::consts::U32;
use aes_gcm::aead::{Aead as _, KeyInit as _, Payload};
use aes_gcm::{AesGcm, Nonce, aes::Aes256};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rand::Rng as _;

/// SOPS takes nonces of 32 bytes.
type Cipher = AesGcm<Aes256, U32>;

const TAG: usize = 16;

pub type DataKey = [u8; 32];

/// Seal a value of a kind (`str`, `int`, `bool`); `place` is what it is bound to. An empty text stays one.
pub fn seal(key: &DataKey, value: &str, kind: &str, place: &str) -> String {
    if value.is_empty() {
        return String::new();
    }
    let iv: [u8; 32] = rand::rng().random();
    let payload = Payload { msg: value.as_bytes(), aad: place.as_bytes() };
    // It fails only for values of many gigabytes.
    let sealed = Cipher::new(&(*key).into()).encrypt(&Nonce::from(iv), payload).unwrap_or_default();
    let (data, tag) = sealed.split_at(sealed.len().saturating_sub(TAG));
    let text = |bytes: &[u8]| STANDARD.encode(bytes);
    format!("ENC[AES256_GCM,data:{},iv:{},tag:{},type:{kind}]", text(data), text(&iv), text(tag))
}

/// The value and its kind.
pub fn open(key: &DataKey, sealed: &str, place: &str) -> Result<(String, String), &'static str> {
    let inside = sealed.strip_prefix("ENC[AES256_GCM,").and_then(|it| it.strip_suffix(']'));
    let inside = inside.ok_or("it is not sealed")?;
    let part = |name: &str| {
        inside.split(',').find_map(|it| it.strip_prefix(name)?.strip_prefix(':')).ok_or("a part is missing")
    };
    let bytes = |name: &str| part(name).and_then(|it| STANDARD.decode(it).map_err(|_| "it is not base64"));
    let iv = <[u8; 32]>::try_from(bytes("iv")?).map_err(|_| "its nonce is not 32 bytes")?;
    let data = [bytes("data")?, bytes("tag")?].concat();
    let payload = Payload { msg: &data, aad: place.as_bytes() };
    let opened = Cipher::new(&(*key).into()).decrypt(&Nonce::from(iv), payload);
    let opened = opened.map_err(|_| "it was changed, moved, or sealed with another key")?;
    let value = String::from_utf8(opened).map_err(|_| "it is no text")?;
    Ok((value, part("type")?.to_owned()))
}
