//! Lines of configuration with what looks like a secret masked.

/// Last words of keys whose values are secrets, in small letters without `-` and `_`.
const SECRETS: [&str; 25] = [
    "token",
    "bootstraptoken",
    "password",
    "passwd",
    "passphrase",
    "secret",
    "clientsecret",
    "secretkey",
    "secretaccesskey",
    "secretboxencryptionsecret",
    "aescbcencryptionsecret",
    "privatekey",
    "apikey",
    "apitoken",
    "accesstoken",
    "authtoken",
    "bearertoken",
    "key",
    "keydata",
    "clientkeydata",
    "auth",
    "identitytoken",
    "presharedkey",
    "accesskey",
    "authorization",
];
/// Ends of longer keys of that kind, as in "HCLOUD_TOKEN".
const ENDS: [&str; 9] = [
    "token",
    "password",
    "secret",
    "apikey",
    "privatekey",
    "authkey",
    "accesskey",
    "secretkey",
    "passphrase",
];
/// What is shorter is no secret, but the name of one, a port, a word.
const SHORT: usize = 8;
const MASK: &str = "••••••••";

/// A line with the value of a key that holds a secret as dots. What SOPS has locked, placeholders and references
/// stay; a line of a private key and an age identity do not.
pub fn veiled(line: &str) -> String {
    let body = line.trim();
    if body.contains("AGE-SECRET-KEY-") || body.contains("PRIVATE KEY-----") || is_key_material(body) {
        let indent = &line[..line.len() - line.trim_start().len()];
        return format!("{indent}{MASK}");
    }
    let Some((before, value)) = pair(line) else { return line.to_owned() };
    let told = value.trim().trim_matches(['"', '\'']);
    let open = told.len() < SHORT
        || told.starts_with("ENC[")
        || told.starts_with('$')
        || told.starts_with("{{")
        || told.starts_with('<')
        || told.starts_with(['|', '>', '&', '*', '#', '/'])
        || told.contains(' ')
        || is_reference(told);
    if open || !names_secret(before) {
        return line.to_owned();
    }
    let lead = value.len() - value.trim_start().len();
    format!("{}{}{MASK}", &line[..line.len() - value.len()], &value[..lead])
}

/// A value under its key as it may be shown, on one line. Stricter than [`veiled`]: whatever its length and its
/// letters, what stands under a key that names a secret is dots, unless it says where the secret is to be found.
pub fn veiled_value(key: &str, value: &str) -> String {
    let value = value.trim();
    let told = without_passwords(value);
    let line = format!("{key}: {told}");
    // Where a keeper of secrets has it, is no secret.
    let kept = value.starts_with("op://");
    if !kept && veiled(&line) != line || is_key_material(value) {
        return MASK.to_owned();
    }
    let plain_key = key.eq_ignore_ascii_case("key");
    let place = ["", "{}", "[]", "~", "null", "true", "false"].contains(&value)
        || ["ENC[", "$", "{{", "<", "op://"].iter().any(|it| value.starts_with(it))
        || (plain_key && (value.len() < SHORT || is_reference(value)));
    if names_secret(key) && !place {
        return MASK.to_owned();
    }
    match told.split_once('=') {
        Some((name, inner)) if is_name(name) && names_secret(name) && !inner.is_empty() => {
            format!("{name}={MASK}")
        }
        _ => told,
    }
}

fn is_name(text: &str) -> bool {
    text.chars().all(|it| it.is_ascii_alphanumeric() || it == '_' || it == '-')
}

/// Dots, whatever the value is.
pub fn hidden() -> String {
    MASK.to_owned()
}

/// Whether a key is one of those whose values are secrets; the last word of a way to a value counts.
fn names_secret(way: &str) -> bool {
    let key: String = way
        .rsplit(['.', ' ', '"', '\'', '{', ',', '/'])
        .find(|it| !it.is_empty())
        .and_then(|it| it.split('[').next())
        .unwrap_or_default()
        .chars()
        .filter(|it| it.is_ascii_alphanumeric())
        .collect::<String>()
        .to_ascii_lowercase();
    SECRETS.contains(&key.as_str()) || ENDS.iter().any(|it| key.ends_with(it))
}

/// The text with what stands between `://` and `@` of every address hidden, and the values of its query that are secrets.
pub fn without_passwords(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("://") {
        let (head, tail) = rest.split_at(at + 3);
        out.push_str(head);
        // Of two addresses with nothing between them, each has its own turn.
        let ends = |(at, it): &(usize, char)| {
            it.is_whitespace() || ['\'', '"', '<', '>'].contains(it) || tail[*at..].starts_with("://")
        };
        let length = tail.char_indices().find(ends).map_or(tail.len(), |it| it.0);
        let (address, behind) = tail.split_at(length);
        let host = address.find(['/', '?']).unwrap_or(address.len());
        let address = match address[..host].rfind('@') {
            Some(user) => {
                out.push('…');
                &address[user..]
            }
            None => address,
        };
        push_address(&mut out, address);
        rest = behind;
    }
    out.push_str(rest);
    out
}

fn push_address(out: &mut String, address: &str) {
    let Some((path, query)) = address.split_once('?') else { return out.push_str(address) };
    out.push_str(path);
    for (number, pair) in query.split('&').enumerate() {
        out.push(if number == 0 { '?' } else { '&' });
        match pair.split_once('=') {
            Some((name, value)) if names_secret(name) && !value.starts_with(['$', '{', '<']) => {
                out.push_str(name);
                out.push_str("=…");
            }
            _ => out.push_str(pair),
        }
    }
}

/// A key and its value, by `: ` or `=`.
fn pair(line: &str) -> Option<(&str, &str)> {
    let at = line.find(": ").or_else(|| line.find('=').filter(|at| !line[..*at].contains(':')))?;
    let value = line.get(at + 1..)?;
    (!value.trim().is_empty()).then(|| (line[..at].trim_end(), value))
}

/// Words joined by `-`, `.` or `/`, as names of objects are: "grafana-admin", "tls.key".
fn is_reference(text: &str) -> bool {
    text.contains(['-', '.', '/'])
        && text.chars().all(|it| it.is_ascii_lowercase() || ['-', '.', '/', '_'].contains(&it))
}

/// A line of nothing but base64, as the body of a private key or a certificate is.
fn is_key_material(body: &str) -> bool {
    body.len() >= 60
        && !body.contains(' ')
        && body.chars().all(|it| it.is_ascii_alphanumeric() || ['+', '/', '='].contains(&it))
        && body.chars().any(|it| it.is_ascii_digit())
        && body.chars().any(|it| it.is_ascii_uppercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_dots_and_the_rest_stays() {
        for (line, shown) in [
            ("  token: 4f2a9c.0123456789abcdef", "  token: ••••••••"),
            ("password: \"correcthorse\"", "password: ••••••••"),
            ("export HCLOUD_TOKEN=abcdefghijklmnop", "export HCLOUD_TOKEN=••••••••"),
            ("api-token=abcdefghij0123", "api-token=••••••••"),
            ("  key: LS0tLS1CRUdJTiBFRDI1NTE5", "  key: ••••••••"),
            ("secretName: grafana-admin", "secretName: grafana-admin"),
            ("key: tls.key", "key: tls.key"),
            ("key: password", "key: ••••••••"),
            ("token: ENC[AES256_GCM,data:x]", "token: ENC[AES256_GCM,data:x]"),
            ("password: ${PASSWORD_OF_GRAFANA}", "password: ${PASSWORD_OF_GRAFANA}"),
            ("version: v1.35.2", "version: v1.35.2"),
            ("  AGE-SECRET-KEY-1QQQQ", "  ••••••••"),
            ("-----BEGIN RSA PRIVATE KEY-----", "••••••••"),
        ] {
            assert_eq!(veiled(line), shown);
        }
    }

    #[test]
    fn a_value_is_veiled_by_its_key_whatever_it_looks_like() {
        for (key, value) in [
            ("token", "/b64starts"),
            ("root_password", "short"),
            ("secret", "correct-horse-battery"),
            ("TS_AUTHKEY", "tskey-auth-k1"),
            ("Authorization", "Bearer a b"),
        ] {
            assert_eq!(veiled_value(key, value), MASK, "{key}");
        }
        for (key, value) in [
            ("key", "tls.key"),
            ("token", "op://vault/item"),
            ("token", "${TOKEN}"),
            ("password", "ENC[AES256_GCM,data:x]"),
            ("version", "v1.35.2"),
            ("image", "ghcr.io/a/b:v1@sha256:aa"),
        ] {
            assert_eq!(veiled_value(key, value), value, "{key}");
        }
        assert_eq!(veiled_value("environment[0]", "TS_AUTHKEY=tskey-auth"), format!("TS_AUTHKEY={MASK}"));
        assert_eq!(veiled_value("args[0]", "console=ttyS0"), "console=ttyS0");
    }

    #[test]
    fn passwords_in_addresses_are_hidden() {
        for (text, shown) in [
            ("fatal: https://jo:s3cret@h.example/x.git'", "fatal: https://…@h.example/x.git'"),
            ("to https://h.example/a@b and ssh://git@h/x", "to https://h.example/a@b and ssh://…@h/x"),
            ("git@host:x.git", "git@host:x.git"),
            ("http://bob:pw@proxy:3128", "http://…@proxy:3128"),
            ("https://h/x?ref=v1&private_token=abc", "https://h/x?ref=v1&private_token=…"),
        ] {
            assert_eq!(without_passwords(text), shown);
        }
    }
}
