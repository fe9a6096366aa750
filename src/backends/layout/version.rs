//! Versions in what is written: a version, the tag of an image, a part of a name or of an address.

use super::template::FILLED;

/// The version that a value says; none where it says none, or leaves it to be filled in.
pub(super) fn version_in(value: &str) -> Option<&str> {
    let value = value.split('@').next().unwrap_or(value);
    let tag = match value.rsplit_once(':') {
        Some((_, tag)) if !tag.contains('/') => tag,
        _ => value,
    };
    first(tag, 3).or_else(|| whole(tag))
}

/// The same, where a version may have two numbers alone, as that of a contract.
fn whole(text: &str) -> Option<&str> {
    let found = first(text, 2)?;
    (found == text).then_some(found)
}

/// The first run of at least `least` numbers with dots between, with its `v` and what says that it comes early.
fn first(text: &str, least: usize) -> Option<&str> {
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        let starts = bytes[at].is_ascii_digit()
            && (at == 0
                || !(bytes[at - 1].is_ascii_alphanumeric() || bytes[at - 1] == b'.')
                || is_v(bytes, at));
        if !starts {
            at += 1;
            continue;
        }
        let run = text[at..].find(|it: char| !(it.is_ascii_digit() || it == '.')).unwrap_or(text.len() - at);
        let numbers = text[at..at + run].trim_end_matches('.');
        let parts = numbers.split('.').filter(|it| !it.is_empty()).count();
        if parts < least || parts > 3 || numbers.contains("..") {
            at += run.max(1);
            continue;
        }
        let from = if is_v(bytes, at) { at - 1 } else { at };
        let end = at + numbers.len();
        return text.get(from..end + early(&text[end..]));
    }
    None
}

/// Whether the letter before is a `v` of its own.
fn is_v(bytes: &[u8], at: usize) -> bool {
    at > 0 && bytes[at - 1] == b'v' && (at == 1 || !bytes[at - 2].is_ascii_alphanumeric())
}

/// How long the part is that says alpha, beta or rc.
fn early(rest: &str) -> usize {
    let Some(body) = rest.strip_prefix('-') else { return 0 };
    if !["alpha", "beta", "rc"].iter().any(|it| body.starts_with(it)) {
        return 0;
    }
    1 + body.find(|it: char| !(it.is_ascii_alphanumeric() || it == '.')).unwrap_or(body.len())
}

/// A version as it is compared.
pub(super) fn bare(version: &str) -> &str {
    let version = version.strip_prefix('v').unwrap_or(version);
    version.split('+').next().unwrap_or(version)
}

/// Whether a version is older than another; neither where one of them is none.
pub(super) fn older(one: &str, other: &str) -> bool {
    let numbers = |it: &str| -> Option<(Vec<u64>, bool)> {
        let (numbers, early) = bare(it).split_once('-').map_or((bare(it), false), |it| (it.0, true));
        let numbers: Option<Vec<u64>> = numbers.split('.').map(|it| it.parse().ok()).collect();
        // What comes early is older than the release.
        Some((numbers?, !early))
    };
    matches!((numbers(one), numbers(other)), (Some(one), Some(other)) if one < other)
}

/// Whether a value waits for something to fill it in.
pub(super) fn is_open(value: &str) -> bool {
    value.contains("${") || value.contains("{{") || value.starts_with('$') || value.contains(FILLED)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_found_in_values_tags_names_and_addresses() {
        for (value, version) in [
            ("v1.12.2", Some("v1.12.2")),
            ("1.35.0", Some("1.35.0")),
            ("v1.12", Some("v1.12")),
            ("talos-amd64-v1.12.2", Some("v1.12.2")),
            ("talos-1.9.1-amd64", Some("1.9.1")),
            ("factory.talos.dev/metal-installer/6c44:v1.13.9", Some("v1.13.9")),
            ("ghcr.io/siderolabs/kubelet:v1.36.4@sha256:aa", Some("v1.36.4")),
            ("https://x/argo-cd/v3.5.0/manifests/install.yaml", Some("v3.5.0")),
            ("v1.14.0-beta.1", Some("v1.14.0-beta.1")),
            ("talos-linux", None),
            ("10.25.150.11", None),
            ("${talos_version}", None),
            ("factory.talos.dev/installer/aa:{{ talos }}", None),
            ("https://10.0.0.1:6443", None),
            ("amd64", None),
        ] {
            assert_eq!(version_in(value), version, "{value}");
        }
        assert!(
            older("v1.9.5", "1.10.0") && older("v1.14.0-beta.1", "v1.14.0") && !older("v1.2.0", "v1.2.0")
        );
    }
}
