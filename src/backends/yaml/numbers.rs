//! Plain values that YAML 1.1 (kubectl, Argo CD, Flux) and YAML 1.2 take for different things.

/// What either takes a value for, in words.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Reading {
    pub older: String,
    pub newer: String,
}

const TEXT: &str = "a text";

/// How a plain value is read by the two; none where they agree.
pub(super) fn readings(value: &str) -> Option<Reading> {
    let of = |older: String, newer: &str| Some(Reading { older, newer: newer.into() });
    if let Some(word) = switch(value) {
        return of(word.into(), TEXT);
    }
    let digits = value.strip_prefix(['-', '+']).unwrap_or(value);
    let sign = if value.starts_with('-') { "-" } else { "" };
    let plain = |it: &str| !it.is_empty() && it.bytes().all(|it| it.is_ascii_digit());
    if let Some(octal) = digits.strip_prefix("0o") {
        return octal_of(octal).and_then(|number| of(TEXT.into(), &format!("{sign}{number}")));
    }
    if let Some(binary) = digits.strip_prefix("0b") {
        let number = i64::from_str_radix(&binary.replace('_', ""), 2).ok()?;
        return of(format!("{sign}{number}"), TEXT);
    }
    if plain(digits) && digits.len() > 1 && digits.starts_with('0') {
        let newer = digits.trim_start_matches('0');
        let newer = format!("{sign}{}", if newer.is_empty() { "0" } else { newer });
        let older = octal_of(digits).map_or(TEXT.to_owned(), |it| format!("{sign}{it}"));
        return if older == newer { None } else { of(older, &newer) };
    }
    if let Some(number) = sixties(digits) {
        return of(format!("{sign}{number}"), TEXT);
    }
    if digits.contains('_') && plain(&digits.replace('_', "")) && digits.starts_with(|it: char| it != '_') {
        return of(format!("{sign}{}", digits.replace('_', "")), TEXT);
    }
    if let Some((mantissa, exponent)) = digits.split_once(['e', 'E']) {
        let exponent = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
        // With a dot both take it for a number.
        if plain(mantissa) && plain(exponent) {
            return of(TEXT.into(), "a number with an exponent");
        }
    }
    date(value).then(|| Reading { older: "a date".into(), newer: TEXT.into() })
}

/// The words that YAML 1.1 takes for true and false, beside those two themselves.
fn switch(value: &str) -> Option<&'static str> {
    let lower = value.to_ascii_lowercase();
    let first = value.get(..1)?;
    let capital = format!("{}{}", first.to_ascii_uppercase(), &lower[1..]);
    // yes, Yes and YES, but not yEs.
    if value != lower && value != capital && value != value.to_ascii_uppercase() {
        return None;
    }
    match lower.as_str() {
        "y" | "yes" | "on" => Some("true"),
        "n" | "no" | "off" => Some("false"),
        _ => None,
    }
}

fn octal_of(digits: &str) -> Option<i64> {
    i64::from_str_radix(digits, 8).ok()
}

/// Numbers to the base of sixty, as hours and minutes are written: `1:30`.
fn sixties(digits: &str) -> Option<i64> {
    let mut parts = digits.split(':');
    let first = parts.next()?;
    if !digits.contains(':') || !first.starts_with(|it: char| ('1'..='9').contains(&it)) {
        return None;
    }
    let mut number: i64 = first.parse().ok()?;
    for part in parts {
        let fits = (1..=2).contains(&part.len()) && part.bytes().all(|it| it.is_ascii_digit());
        let part: i64 = part.parse().ok().filter(|it| fits && *it < 60)?;
        number = number.checked_mul(60)?.checked_add(part)?;
    }
    Some(number)
}

/// `2026-11-21`, alone or before a time.
fn date(value: &str) -> bool {
    let shape = |text: &str| {
        let bytes = text.as_bytes();
        let dashes = bytes.len() == 10 && bytes[4] == b'-' && bytes[7] == b'-';
        dashes && [0, 1, 2, 3, 5, 6, 8, 9].iter().all(|at| bytes[*at].is_ascii_digit())
    };
    let (day, rest) = (value.get(..10).unwrap_or_default(), value.get(10..).unwrap_or_default());
    shape(day) && (rest.is_empty() || rest.starts_with(['T', 't', ' ']))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn readers_differ_over_these_and_agree_on_those() {
        let said = |value: &str| readings(value).map(|it| format!("{} / {}", it.older, it.newer));
        for (value, both) in [
            ("yes", "true / a text"),
            ("NO", "false / a text"),
            ("Off", "false / a text"),
            ("0777", "511 / 777"),
            ("-010", "-8 / -10"),
            ("0o17", "a text / 15"),
            ("089", "a text / 89"),
            ("0b101", "5 / a text"),
            ("1:30", "90 / a text"),
            ("190:20:30", "685230 / a text"),
            ("1_000", "1000 / a text"),
            ("12e3", "a text / a number with an exponent"),
            ("2026-11-21", "a date / a text"),
        ] {
            assert_eq!(said(value).as_deref(), Some(both), "{value}");
        }
        for value in [
            "",
            "true",
            "yEs",
            "0",
            "00",
            "01",
            "10",
            "1.5e3",
            "v1",
            "1:75",
            "0:30",
            "a:b",
            "_1",
            "10.0.0.0/8",
            "é",
        ] {
            assert_eq!(said(value), None, "{value}");
        }
    }
}
