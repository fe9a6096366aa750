//! An armoured age file for one or more X25519 keys, whose content fits in one chunk.

use super::{Identity, SopsError};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use rand::Rng as _;
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, Nonce, UnboundKey};
use ring::{hkdf, hmac};
use x25519_dalek::{PublicKey, StaticSecret};

const BEGIN: &str = "-----BEGIN AGE ENCRYPTED FILE-----";
const END: &str = "-----END AGE ENCRYPTED FILE-----";
const VERSION: &str = "age-encryption.org/v1";
const X25519: &str = "age-encryption.org/v1/X25519";
/// Content up to this size is one chunk.
const CHUNK: usize = 64 << 10;
/// The nonce of the first chunk when it is the last one too.
const ONLY: [u8; 12] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1];

/// Seal `content`, at most 64 KiB, for one identity.
pub fn seal(content: &[u8], reader: &Identity) -> String {
    let file_key: [u8; 16] = rand::rng().random();
    let once = StaticSecret::from(rand::rng().random::<[u8; 32]>());
    let share = PublicKey::from(&once);
    let wrapping =
        wrapping_key(once.diffie_hellman(&reader.public).as_bytes(), share.as_bytes(), &reader.public);
    let body = sealed(&wrapping, [0; 12], &file_key);
    let mut head = format!(
        "{VERSION}\n-> X25519 {}\n{}\n---",
        STANDARD_NO_PAD.encode(share.as_bytes()),
        STANDARD_NO_PAD.encode(body)
    );
    let tag = hmac::sign(&header_key(&file_key), head.as_bytes());
    head.push_str(&format!(" {}\n", STANDARD_NO_PAD.encode(tag)));
    let salt: [u8; 16] = rand::rng().random();
    let mut file = head.into_bytes();
    file.extend(salt);
    file.extend(sealed(&derived(&file_key, &salt, b"payload"), ONLY, content));
    let text = STANDARD.encode(file);
    let lines: Vec<&str> = text.as_bytes().chunks(64).filter_map(|it| std::str::from_utf8(it).ok()).collect();
    format!("{BEGIN}\n{}\n{END}\n", lines.join("\n"))
}

/// The content; None where none of the identities is a reader.
pub fn open(armoured: &str, identities: &[Identity]) -> Result<Option<Vec<u8>>, SopsError> {
    let inside = armoured.trim().strip_prefix(BEGIN).and_then(|it| it.strip_suffix(END));
    let inside: String = inside.ok_or(SopsError::Age("no armour"))?.split_whitespace().collect();
    let file = STANDARD.decode(inside).map_err(|_| SopsError::Age("the armour is not base64"))?;
    let mark = file.windows(5).position(|it| it == b"\n--- ").ok_or(SopsError::Age("no header"))?;
    let (head, rest) = file.split_at(mark + 4);
    let end = rest.iter().position(|it| *it == b'\n').ok_or(SopsError::Age("the header does not end"))?;
    let (tag, body) = (rest.get(1..end).unwrap_or_default(), rest.get(end + 1..).unwrap_or_default());
    let text = std::str::from_utf8(head).map_err(|_| SopsError::Age("the header is no text"))?;
    let Some(file_key) = file_key(text, identities)? else { return Ok(None) };
    let tag = STANDARD_NO_PAD.decode(tag).map_err(|_| SopsError::Age("its code is not base64"))?;
    hmac::verify(&header_key(&file_key), head, &tag).map_err(|_| SopsError::Age("the header was changed"))?;
    let Some((salt, chunk)) = body.split_at_checked(16) else { return Err(SopsError::Age("no content")) };
    if chunk.len() > CHUNK {
        return Err(SopsError::Age("more than one chunk"));
    }
    let content = opened(&derived(&file_key, salt, b"payload"), ONLY, chunk);
    content.map(Some).ok_or(SopsError::Age("the content was changed"))
}

/// Try every stanza with every identity.
fn file_key(head: &str, identities: &[Identity]) -> Result<Option<Vec<u8>>, SopsError> {
    let mut lines = head.lines();
    if lines.next() != Some(VERSION) {
        return Err(SopsError::Age("another version"));
    }
    while let Some(line) = lines.next() {
        let Some(share) = line.strip_prefix("-> X25519 ") else { continue };
        let body = lines.next().unwrap_or_default();
        let decoded = (STANDARD_NO_PAD.decode(share), STANDARD_NO_PAD.decode(body));
        let (Ok(share), Ok(body)) = decoded else { return Err(SopsError::Age("a stanza is not base64")) };
        let share = <[u8; 32]>::try_from(share).map_err(|_| SopsError::Age("a share is not 32 bytes"))?;
        for identity in identities {
            let shared = identity.secret.diffie_hellman(&PublicKey::from(share));
            let key = wrapping_key(shared.as_bytes(), &share, &identity.public);
            if let Some(found) = opened(&key, [0; 12], &body) {
                return Ok(Some(found));
            }
        }
    }
    Ok(None)
}

fn wrapping_key(shared: &[u8], share: &[u8], reader: &PublicKey) -> [u8; 32] {
    derived(shared, &[share, reader.as_bytes()].concat(), X25519.as_bytes())
}

fn header_key(file_key: &[u8]) -> hmac::Key {
    hmac::Key::new(hmac::HMAC_SHA256, &derived(file_key, &[], b"header"))
}

fn derived(secret: &[u8], salt: &[u8], info: &[u8]) -> [u8; 32] {
    let mut key = [0; 32];
    let extracted = hkdf::Salt::new(hkdf::HKDF_SHA256, salt).extract(secret);
    // One block of SHA-256 is never too long for it.
    let _ = extracted.expand(&[info], hkdf::HKDF_SHA256).and_then(|it| it.fill(&mut key));
    key
}

fn cipher(key: &[u8; 32]) -> Option<LessSafeKey> {
    UnboundKey::new(&CHACHA20_POLY1305, key).ok().map(LessSafeKey::new)
}

fn sealed(key: &[u8; 32], nonce: [u8; 12], content: &[u8]) -> Vec<u8> {
    let mut data = content.to_vec();
    if let Some(cipher) = cipher(key) {
        // It fails only for content of many gigabytes.
        let _ = cipher.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::empty(), &mut data);
    }
    data
}

fn opened(key: &[u8; 32], nonce: [u8; 12], data: &[u8]) -> Option<Vec<u8>> {
    let mut data = data.to_vec();
    let nonce = Nonce::assume_unique_for_key(nonce);
    cipher(key)?.open_in_place(nonce, Aad::empty(), &mut data).ok().map(|it| it.to_vec())
}
