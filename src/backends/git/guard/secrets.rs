//! Secrets that a change would bring into the repository in clear. What stood there before is not brought in.

use super::clear::{self, Name};
use super::{PLACES, Tree, at, is_yaml};
use crate::git::land::Landed;
use crate::git::seal;
use crate::yaml::{self, Document};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use domain::{Check, Quotes, Verdict};
use std::collections::HashSet;

/// How deep texts inside of texts are followed: a patch in a list of patches.
const DEEP: usize = 3;

/// Fields of a Talos machine config, of its documents and of its bundle of secrets that are secret. `*` is one part,
/// and numbers of list items are left out.
const TALOS: [&str; 34] = [
    "machine.token",
    "machine.ca.key",
    "machine.acceptedCAs.key",
    "machine.registries.config.*.auth.password",
    "machine.registries.config.*.auth.auth",
    "machine.registries.config.*.auth.identityToken",
    "machine.registries.config.*.tls.clientIdentity.key",
    "machine.network.interfaces.wireguard.privateKey",
    "machine.network.interfaces.vip.hcloud.apiToken",
    "machine.network.interfaces.vip.equinixMetal.apiToken",
    "machine.network.interfaces.vlans.vip.hcloud.apiToken",
    "machine.systemDiskEncryption.*.keys.static.passphrase",
    "cluster.secret",
    "cluster.token",
    "cluster.aescbcEncryptionSecret",
    "cluster.secretboxEncryptionSecret",
    "cluster.ca.key",
    "cluster.aggregatorCA.key",
    "cluster.serviceAccount.key",
    "cluster.etcd.ca.key",
    "secrets.bootstraptoken",
    "secrets.aescbcencryptionsecret",
    "secrets.secretboxencryptionsecret",
    "trustdinfo.token",
    "certs.*.key",
    "encryption.keys.static.passphrase",
    "clusterSecret",
    "clientIdentity.key",
    "issuingCA.key",
    "issuer.privateKey",
    "peers.presharedKey",
    "uniqueToken",
    "contexts.*.key",
    "users.user.client-key-data",
];

/// One value of a text, wherever in it.
struct Value {
    /// Its way through the text, the texts around it left out.
    field: String,
    text: String,
    line: u32,
    /// It stands in `data` of a Secret, or in `stringData`.
    of_secret: Option<&'static str>,
    /// It is sealed in its own way.
    sealed: bool,
}

pub(super) fn checks(tree: &Tree<'_>) -> Vec<Check> {
    let known: HashSet<String> =
        tree.landed.iter().filter_map(|it| it.before.as_deref()).flat_map(texts_of).collect();
    let mut checks: Vec<Check> = tree.landed.iter().flat_map(|it| of_file(it, &known)).collect();
    let mut notes = 0;
    checks.retain(|it| {
        notes += usize::from(it.verdict != Verdict::Bad);
        it.verdict == Verdict::Bad || notes <= PLACES
    });
    checks
}

/// Every value and line of a text.
fn texts_of(text: &str) -> Vec<String> {
    let mut all: Vec<String> = text.lines().map(|it| it.trim().to_owned()).collect();
    if let Ok(read) = yaml::documents(text) {
        all.extend(values(&read, 0, 0).into_iter().map(|it| it.text));
    }
    all
}

fn of_file(file: &Landed, known: &HashSet<String>) -> Vec<Check> {
    let Some(after) = file.after.as_deref() else { return Vec::new() };
    if is_yaml(&file.path.0)
        && let Ok(read) = yaml::documents(after)
    {
        let fresh = values(&read, 0, 0).into_iter().filter(|it| !known.contains(&it.text) && !it.sealed);
        let told =
            fresh.filter_map(|it| told(&it).map(|(verdict, says)| at(verdict, &file.path, it.line, &says)));
        return told.chain(comments(file, after, known)).collect();
    }
    if seal::is_locked(after) {
        return Vec::new();
    }
    lines(file, after, known)
}

/// Every value of a text, and those of the YAML that is written as a text inside of it.
fn values(read: &[Document], above: u32, depth: usize) -> Vec<Value> {
    let mut found = Vec::new();
    for document in read {
        let kind = document.value("kind").unwrap_or_default();
        let secret = kind == "Secret" && document.value("apiVersion") == Some("v1");
        for scalar in &document.scalars {
            let line = above + scalar.line;
            let empty =
                scalar.quotes == Quotes::Shared && ["{}", "[]", "~", ""].contains(&scalar.value.as_str());
            if empty || scalar.field.starts_with("sops.") {
                continue;
            }
            if scalar.quotes == Quotes::Block && depth < DEEP && scalar.value.contains(": ") {
                let inner = yaml::documents(&scalar.value).unwrap_or_default();
                if inner.iter().any(|it| it.scalars.iter().any(|it| !it.field.is_empty())) {
                    // The line of a text over several lines is that of its first one.
                    found.extend(values(&inner, line.saturating_sub(1), depth + 1));
                }
            }
            let of_secret = ["data", "stringData"]
                .into_iter()
                .find(|it| secret && scalar.field.starts_with(&format!("{it}.")));
            found.push(Value {
                field: scalar.field.clone(),
                text: scalar.value.clone(),
                line,
                of_secret,
                sealed: kind == "SealedSecret",
            });
        }
    }
    found
}

/// What is to be said of one value that is new.
fn told(value: &Value) -> Option<(Verdict, String)> {
    let field = &value.field;
    let key = field.rsplit('.').next().unwrap_or(field).split('[').next().unwrap_or_default();
    let text = match value.of_secret {
        Some("data") => {
            let decoded = STANDARD.decode(value.text.replace(['\n', ' '], "")).unwrap_or_default();
            String::from_utf8(decoded).unwrap_or_else(|_| value.text.clone())
        }
        _ => value.text.clone(),
    };
    if let Some(what) = clear::by_form(&text) {
        return Some((Verdict::Bad, format!("{field} would be {what} in clear")));
    }
    if clear::stands_for_another(&text) {
        return None;
    }
    if TALOS.iter().any(|it| is_at(field, it)) && text.len() >= 6 {
        return Some((Verdict::Bad, format!("{field} would be a secret of Talos or its cluster in clear")));
    }
    let (name, random) = (clear::name(key), clear::random(&text));
    match (value.of_secret, name) {
        (Some(_), Name::Password | Name::Secret) => {
            Some((Verdict::Bad, format!("{field} of a Secret would stand in clear")))
        }
        (Some(_), Name::Plain) if random => {
            Some((Verdict::Bad, format!("{field} of a Secret would stand in clear")))
        }
        (None, Name::Password | Name::Secret) if random => {
            Some((Verdict::Bad, format!("{field} looks like a secret in clear")))
        }
        (None, Name::Password)
            if text.len() >= 4 && !text.contains(' ') && !["true", "false"].contains(&text.as_str()) =>
        {
            Some((Verdict::Note, format!("{field} is called a password and stands in clear")))
        }
        _ => None,
    }
}

/// Whether a field is, or ends in, a way such as `cluster.ca.key`.
fn is_at(field: &str, way: &str) -> bool {
    let parts: Vec<&str> = field.split('.').map(|it| it.split('[').next().unwrap_or(it)).collect();
    let way: Vec<&str> = way.split('.').collect();
    let Some(from) = parts.len().checked_sub(way.len()) else { return false };
    // One that begins elsewhere than at its root is some other tool's, unless it says enough by its length.
    (from == 0 || way.len() > 2) && parts[from..].iter().zip(&way).all(|(part, it)| *it == "*" || part == it)
}

/// Secrets in the comments of a text: a key that was only put aside.
fn comments(file: &Landed, after: &str, known: &HashSet<String>) -> Vec<Check> {
    let fresh = (1..)
        .zip(after.lines())
        .filter(|(_, it)| it.trim_start().starts_with('#') && !known.contains(it.trim()));
    fresh
        .filter_map(|(line, it)| {
            let what = clear::by_form(it)?;
            Some(at(Verdict::Bad, &file.path, line, &format!("a comment would hold {what} in clear")))
        })
        .collect()
}

/// Secrets in a text that is no YAML, by its lines.
fn lines(file: &Landed, after: &str, known: &HashSet<String>) -> Vec<Check> {
    let mut found = Vec::new();
    for (line, text) in (1..).zip(after.lines()).filter(|(_, it)| !known.contains(it.trim())) {
        // The first line of a key says that it is one; what follows need not be told.
        let key = text.contains("-----BEGIN ") && text.contains("PRIVATE KEY-----");
        if let Some(what) = key.then_some("a private key").or_else(|| clear::by_form(text)) {
            found.push(at(Verdict::Bad, &file.path, line, &format!("would be {what} in clear")));
            continue;
        }
        let Some((key, value)) = text.split_once(['=', ':']) else { continue };
        let key = key.trim().trim_start_matches("export ").trim_matches(['"', '\'', ' ']);
        let value = value.trim().trim_end_matches([',', ';']).trim_matches(['"', '\'']);
        if key.contains(char::is_whitespace) || clear::stands_for_another(value) {
            continue;
        }
        if clear::name(key) != Name::Plain && clear::random(value) {
            found.push(at(Verdict::Bad, &file.path, line, &format!("{key} looks like a secret in clear")));
        }
    }
    found
}

#[cfg(test)]
#[path = "secrets_test.rs"]
mod tests;
