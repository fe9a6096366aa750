//! Lines of configuration with what looks like a secret masked.

/// Last words of keys whose values are secrets, in small letters without `-` and `_`.
const SECRETS: [&str; 24] = [
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
];
/// Ends of longer keys of that kind, as in "HCLOUD_TOKEN".
const ENDS: [&str; 5] = ["token", "password", "secret", "apikey", "privatekey"];
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
    let key: String = before
        .rsplit(['.', ' ', '"', '\'', '{', ','])
        .find(|it| !it.is_empty())
        .unwrap_or_default()
        .chars()
        .filter(|it| it.is_ascii_alphanumeric())
        .collect::<String>()
        .to_ascii_lowercase();
    let told = value.trim().trim_matches(['"', '\'']);
    let open = told.len() < SHORT
        || told.starts_with("ENC[")
        || told.starts_with('$')
        || told.starts_with("{{")
        || told.starts_with('<')
        || told.starts_with(['|', '>', '&', '*', '#', '/'])
        || told.contains(' ')
        || is_reference(told);
    let secret = SECRETS.contains(&key.as_str()) || ENDS.iter().any(|it| key.ends_with(it));
    if !secret || open {
        return line.to_owned();
    }
    let lead = value.len() - value.trim_start().len();
    format!("{}{}{MASK}", &line[..line.len() - value.len()], &value[..lead])
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
}
