//! Spans of time as Go writes them: `5m` is `5m0s`.

/// The span spelled anew; None where it is none that this reads.
pub fn respelled(text: &str) -> Option<String> {
    let mut rest = text;
    let mut millis: u64 = 0;
    while !rest.is_empty() {
        let digits = rest.find(|it: char| !it.is_ascii_digit()).filter(|it| *it > 0)?;
        let (number, tail) = rest.split_at(digits);
        let unit = tail.find(|it: char| it.is_ascii_digit()).unwrap_or(tail.len());
        let (unit, tail) = tail.split_at(unit);
        let each = match unit {
            "h" => 3_600_000,
            "m" => 60_000,
            "s" => 1_000,
            "ms" => 1,
            _ => return None,
        };
        millis = millis.checked_add(number.parse::<u64>().ok()?.checked_mul(each)?)?;
        rest = tail;
    }
    let (seconds, part) = (millis / 1_000, millis % 1_000);
    if text.is_empty() || (part != 0 && seconds != 0) {
        return None;
    }
    let (hours, minutes, seconds) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    Some(match (hours, minutes, seconds) {
        (0, 0, 0) if part != 0 => format!("{part}ms"),
        (0, 0, seconds) => format!("{seconds}s"),
        (0, minutes, seconds) => format!("{minutes}m{seconds}s"),
        (hours, minutes, seconds) => format!("{hours}h{minutes}m{seconds}s"),
    })
}

#[cfg(test)]
mod tests {
    use super::respelled;

    #[test]
    fn a_span_is_spelled_as_go_spells_it() {
        for (text, spelled) in
            [("5m", "5m0s"), ("90s", "1m30s"), ("1h", "1h0m0s"), ("250ms", "250ms"), ("0s", "0s")]
        {
            assert_eq!(respelled(text).as_deref(), Some(spelled));
        }
        for text in ["", "5", "1d", "1.5h", "m"] {
            assert_eq!(respelled(text), None, "{text}");
        }
    }
}
