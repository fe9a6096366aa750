//! What a value looks like: whether it could be a secret, and which. The value itself is never told.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// A value that stands for another one, or that tells nothing: a reference, a placeholder, a hash, something sealed.
pub(super) fn stands_for_another(value: &str) -> bool {
    let value = value.trim().trim_matches(['"', '\'']);
    let heads = ["${", "$(", "<", "{{", "{%", "ENC[", "ref+", "op://", "vault:", "$__", "file:", "env:", "!"];
    let hashes =
        ["$2a$", "$2b$", "$2y$", "$argon2", "$5$", "$6$", "$y$", "$pbkdf2", "{SSHA", "scram-sha-256$"];
    let dummies = ["changeme", "replaceme", "placeholder", "example", "redacted", "todo", "null", "~"];
    value.is_empty()
        || heads.iter().chain(&hashes).any(|it| value.to_lowercase().starts_with(&it.to_lowercase()))
        || dummies.contains(&value.to_lowercase().replace(['-', '_'], "").as_str())
        || (value.starts_with('{') && value.ends_with('}') && !value.contains([' ', ':']))
        || value.chars().all(|it| matches!(it, '*' | 'x' | 'X' | '.' | '…'))
}

/// What a value is by its own form, whatever it is called.
pub(super) fn by_form(value: &str) -> Option<&'static str> {
    form(value).or_else(|| {
        let text = value.trim();
        // Base64 of PEM, as kubeconfigs, talosconfigs and Secrets have it.
        let decoded =
            text.starts_with("LS0tLS1CRUdJTi").then(|| STANDARD.decode(text.replace(['\n', ' '], "")))?;
        form(&String::from_utf8_lossy(&decoded.ok()?))
    })
}

fn form(value: &str) -> Option<&'static str> {
    if value.contains("PRIVATE KEY-----") && value.contains("-----BEGIN ") {
        return Some("a private key");
    }
    let long = |at: usize, head: &str| {
        value[at + head.len()..].bytes().take(20).filter(u8::is_ascii_alphanumeric).count() == 20
    };
    if ["AGE-SECRET-KEY-1", "AGE-SECRET-KEY-PQ-1"]
        .iter()
        .any(|head| value.match_indices(head).any(|(at, _)| long(at, head)))
    {
        return Some("a secret key of age");
    }
    for word in
        value.split(|it: char| it.is_whitespace() || matches!(it, '"' | '\'' | ',' | ';' | '=' | '(' | ')'))
    {
        if let Some(found) = token(word) {
            return Some(found);
        }
    }
    password_in_address(value).then_some("a password in an address")
}

fn token(word: &str) -> Option<&'static str> {
    let tail = |head: &str, least: usize| {
        word.strip_prefix(head).is_some_and(|rest| {
            rest.len() >= least && rest.bytes().all(|it| it.is_ascii_alphanumeric() || b"_-".contains(&it))
        })
    };
    if ["ghp_", "gho_", "ghu_", "ghs_", "ghr_"].iter().any(|it| tail(it, 30)) || tail("github_pat_", 30) {
        return Some("a token of GitHub");
    }
    if tail("glpat-", 18) || tail("gldt-", 18) || tail("glrt-", 18) {
        return Some("a token of GitLab");
    }
    if ["xoxb-", "xoxp-", "xoxa-", "xoxs-", "xapp-"].iter().any(|it| tail(it, 20)) {
        return Some("a token of Slack");
    }
    if word.contains("hooks.slack.com/services/T") {
        return Some("an address of Slack that is a secret");
    }
    if tail("AKIA", 16) && word.len() == 20 && !word.bytes().any(|it| it.is_ascii_lowercase()) {
        return Some("a key of AWS");
    }
    if tail("sk-ant-", 20)
        || tail("sk_live_", 20)
        || tail("tskey-", 16)
        || tail("dop_v1_", 30)
        || tail("npm_", 30)
    {
        return Some("a token");
    }
    let mut parts = word.split('.');
    let jwt = |it: Option<&str>| it.is_some_and(|it| it.len() > 8 && it.starts_with("eyJ"));
    (jwt(parts.next()) && jwt(parts.next()) && parts.next().is_some_and(|it| it.len() > 8))
        .then_some("a signed token")
}

/// `https://user:password@host`, where the password stands for itself.
fn password_in_address(value: &str) -> bool {
    value.match_indices("://").any(|(at, _)| {
        let rest = &value[at + 3..];
        let end = rest.find(|it: char| it == '/' || it.is_whitespace() || it == '"' || it == '\'');
        let authority = &rest[..end.unwrap_or(rest.len())];
        let secret = authority.rsplit_once('@').and_then(|(user, _)| user.split_once(':')).map(|(_, it)| it);
        secret.is_some_and(|it| !stands_for_another(it) && !it.contains(['$', '{', '<']))
    })
}

/// How well a key's name says that its value is a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Name {
    /// It is one, whatever it looks like.
    Password,
    /// It is one where it looks like one.
    Secret,
    Plain,
}

pub(super) fn name(key: &str) -> Name {
    let flat: String = key.chars().filter(|it| it.is_alphanumeric()).collect::<String>().to_lowercase();
    let about = [
        "name",
        "ref",
        "refs",
        "namespace",
        "path",
        "file",
        "type",
        "url",
        "uri",
        "class",
        "mode",
        "ttl",
        "kind",
        "enabled",
        "version",
        "selector",
        "key0",
        "keyref",
        "store",
        "length",
        "policy",
        "expiration",
        "issuer",
        "provider",
        "passwordkey",
        "tokenkey",
        "usernamekey",
        "algorithm",
        "size",
        "format",
        "template",
        "publickey",
        "pubkey",
    ];
    if about.iter().any(|it| flat.ends_with(it)) {
        return Name::Plain;
    }
    if ["password", "passwd", "passphrase", "pwd"].iter().any(|it| flat.ends_with(it)) {
        return Name::Password;
    }
    let telling = [
        "secret",
        "token",
        "apikey",
        "privatekey",
        "accesskey",
        "credential",
        "clientsecret",
        "encryptionkey",
        "authkey",
        "password",
        "presharedkey",
        "psk",
        "hmac",
        "signingkey",
        "bearer",
        "cookie",
        "hcloud",
    ];
    if telling.iter().any(|it| flat.contains(it)) || flat == "key" || flat.ends_with("keydata") {
        return Name::Secret;
    }
    Name::Plain
}

/// Whether a text looks as if nobody had chosen it: long, of letters and digits, with no order in it.
pub(super) fn random(value: &str) -> bool {
    let value = value.trim();
    let fits = |it: u8| it.is_ascii_alphanumeric() || b"+/=_-.~".contains(&it);
    if value.len() < 16 || value.len() > 4_096 || !value.bytes().all(fits) {
        return false;
    }
    // A version, a date and a name of several words have short parts, with digits in one place only.
    let parts = value.split(['-', '_', '.', '~']);
    let part = parts.max_by_key(|it| it.len()).unwrap_or_default().as_bytes();
    let digits = part.iter().filter(|it| it.is_ascii_digit()).count();
    let turns = part.windows(2).filter(|it| it[0].is_ascii_digit() != it[1].is_ascii_digit()).count();
    part.len() >= 12 && digits >= 2 && part.len() - digits >= 2 && turns >= 3 && entropy(value) > 3.0
}

/// Bits in a character.
fn entropy(value: &str) -> f64 {
    let mut counts = [0_u32; 256];
    value.bytes().for_each(|it| counts[usize::from(it)] += 1);
    let whole = value.len() as f64;
    let share = counts.iter().filter(|it| **it > 0).map(|it| f64::from(*it) / whole);
    share.map(|it| -it * it.log2()).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_known_by_their_form() {
        let key = "-----BEGIN ED25519 PRIVATE KEY-----\nMC4C\n-----END ED25519 PRIVATE KEY-----\n";
        let jwt = format!("{}.{}.{}", "eyJhbGciOiJIUzI1NiJ9", "eyJzdWIiOiIxMjM0In0", "c2lnbmF0dXJlIQ");
        for (value, what) in [
            (key.to_owned(), "a private key"),
            (STANDARD.encode(key), "a private key"),
            (format!("# public key: age1x\nAGE-SECRET-KEY-1{}", "Q".repeat(58)), "a secret key of age"),
            (format!("ghp_{}", "a1B2".repeat(9)), "a token of GitHub"),
            (format!("token glpat-{} here", "a1B2".repeat(5)), "a token of GitLab"),
            (format!("Bearer {jwt}"), "a signed token"),
            (format!("AKIA{}", "ABCD1234".repeat(2)), "a key of AWS"),
            ("postgres://app:hunter2@db:5432/x".to_owned(), "a password in an address"),
        ] {
            assert_eq!(by_form(&value), Some(what), "{value}");
        }
        let certificate = "-----BEGIN CERTIFICATE-----\nMC4C\n-----END CERTIFICATE-----\n";
        for value in [
            certificate,
            &STANDARD.encode(certificate),
            "https://git@github.com/a/b",
            "postgres://app:${PASSWORD}@db/x",
            "https://h/a:b@c",
            "ghp_short",
            "starts with AGE-SECRET-KEY-1...",
            "age1667se0alfxv9ufepu2d782yva9sdjf6kuv4xskpmn3rmhyhepd9srtkljf",
        ] {
            assert_eq!(by_form(value), None, "{value}");
        }
    }

    #[test]
    fn names_say_how_much_is_to_be_feared() {
        for key in ["password", "admin-password", "POSTGRES_PASSWORD", "passphrase"] {
            assert_eq!(name(key), Name::Password, "{key}");
        }
        for key in [
            "token",
            "hcloud",
            "clientSecret",
            "api-key",
            "client-key-data",
            "key",
            "secretboxEncryptionSecret",
        ] {
            assert_eq!(name(key), Name::Secret, "{key}");
        }
        for key in [
            "secretName",
            "tokenSecretRef",
            "existingSecretPasswordKey",
            "passwordFile",
            "replicas",
            "publicKey",
        ] {
            assert_eq!(name(key), Name::Plain, "{key}");
        }
    }

    #[test]
    fn what_nobody_chose_looks_random() {
        for value in ["jt5gk2.x8d3m1q9zr4v7bnc", "Zk3tP9qLw2Xv8Rb5Ny7Hd1", "0f8e2c9ab41d7733aa90bb12cd34ef56"]
        {
            assert!(random(value), "{value}");
        }
        for value in [
            "cloudflare-api-token",
            "v1.35.2",
            "kube-prometheus-stack",
            "registry.k8s.io/pause:3.10",
            "talos-amd64-v1.12.2",
        ] {
            assert!(!random(value), "{value}");
        }
        for value in [
            "${TOKEN}",
            "<path:kv/data/x#y>",
            "ENC[AES256_GCM,data:x]",
            "$2y$10$abc",
            "REPLACE_ME",
            "{DB_PASSWORD}",
            "",
            "***",
        ] {
            assert!(stands_for_another(value), "{value}");
        }
        assert!(!stands_for_another("hunter2"));
    }
}
