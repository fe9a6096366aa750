//! What a renderer said when it failed, without what it must not tell: a renderer quotes what it chokes on.

use crate::plain::plain;

const SECRET: [&str; 8] = ["key", "token", "secret", "password", "passphrase", "crt", "cert", "credential"];
const MASK: &str = "••••";
/// Lines and characters of it that are told.
const LINES: usize = 3;
const WIDTH: usize = 200;

/// The last lines of `text`, masked, on one line.
pub(crate) fn masked(text: &str) -> String {
    let lines: Vec<String> =
        text.lines().map(|it| plain(it).trim().to_owned()).filter(|it| !it.is_empty()).collect();
    let from = lines.len().saturating_sub(LINES);
    let told: Vec<String> = lines.into_iter().skip(from).map(|it| line(&it)).collect();
    if told.is_empty() { "it said nothing".into() } else { told.join(" / ") }
}

fn line(text: &str) -> String {
    // `token: abc`, `key=abc`: what stands behind such a name is not told.
    let lower = text.to_lowercase();
    let named = |name: &&str| {
        lower.match_indices(*name).any(|(at, it)| {
            lower.get(at + it.len()..).is_some_and(|rest| rest.trim_start().starts_with([':', '=']))
        })
    };
    if SECRET.iter().any(named) {
        let head = text.find([':', '=']).and_then(|at| text.get(..=at)).unwrap_or_default();
        return format!("{head} {MASK}");
    }
    let words: Vec<&str> = text.split(' ').map(|word| if looks_secret(word) { MASK } else { word }).collect();
    words.join(" ").chars().take(WIDTH).collect()
}

/// A long word of the letters that keys are written in. Paths and addresses have dots or many slashes.
fn looks_secret(word: &str) -> bool {
    let packed = |it: char| it.is_ascii_alphanumeric() || "+/=_-".contains(it);
    word.contains("AGE-SECRET-KEY") || word.contains("PRIVATE") || {
        let word = word.trim_matches(['"', '\'', '`', ',', ';', ':', '(', ')']);
        word.len() >= 20
            && word.chars().all(packed)
            && word.chars().any(|it| it.is_ascii_digit())
            && word.chars().any(|it| it.is_ascii_alphabetic())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reason_is_told_and_the_secret_is_not() {
        let text = "2026 ERROR\nfailed to load patch ./patches/base.yaml: unknown keys found: instal\n";
        assert!(masked(text).contains("./patches/base.yaml: unknown keys found: instal"));
        for secret in [
            "cannot use AGE-SECRET-KEY-1ABCDEFHUNTER2",
            "token: hunter2",
            "bad value \"aHVudGVyMmh1bnRlcjJodW50ZXIy\" in line 4",
            "LS0tLS1CRUdJTiBodW50ZXIy0000",
            "certificate key = hunter2",
            "secret:hunter2",
        ] {
            let told = masked(secret).to_lowercase();
            assert!(
                !told.contains("hunter2") && !told.contains("ahvudgvy") && !told.contains("ls0tls1"),
                "{told}"
            );
        }
        assert_eq!(masked(""), "it said nothing");
    }
}
