//! Moments as Kubernetes writes them.

use jiff::Timestamp;

/// `2026-01-31T12:00:00Z`, whole seconds, of milliseconds since the epoch.
pub fn rfc3339(milliseconds: i64) -> String {
    let moment = Timestamp::from_second(milliseconds.div_euclid(1000)).unwrap_or(Timestamp::UNIX_EPOCH);
    moment.to_string()
}

/// Milliseconds since the epoch of a written moment.
pub fn parse(text: &str) -> Option<i64> {
    text.parse::<Timestamp>().ok().map(Timestamp::as_millisecond)
}

/// An age as kubectl prints it: `12s`, `3m4s`, `5h`, `2d3h`, `400d`.
pub fn age(milliseconds: i64) -> String {
    let seconds = (milliseconds / 1000).max(0);
    let (minutes, hours, days) = (seconds / 60, seconds / 3600, seconds / 86400);
    let pair = |whole: i64, unit: char, rest: i64, small: char| {
        if rest == 0 { format!("{whole}{unit}") } else { format!("{whole}{unit}{rest}{small}") }
    };
    // The first bound that is not passed decides.
    match seconds {
        it if it < 120 => format!("{seconds}s"),
        it if it < 600 => pair(minutes, 'm', seconds % 60, 's'),
        it if it < 10_800 => format!("{minutes}m"),
        it if it < 28_800 => pair(hours, 'h', minutes % 60, 'm'),
        it if it < 172_800 => format!("{hours}h"),
        it if it < 691_200 => pair(days, 'd', hours % 24, 'h'),
        it if it < 63_072_000 => format!("{days}d"),
        it if it < 252_288_000 => pair(days / 365, 'y', days % 365, 'd'),
        _ => format!("{}y", days / 365),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_those_of_kubectl() {
        let ages = [119, 120, 605, 10_800, 28_800, 172_800, 691_200, 63_072_000];
        let shown: Vec<String> = ages.iter().map(|it| age(it * 1000)).collect();
        assert_eq!(shown, ["119s", "2m", "10m", "3h", "8h", "2d", "8d", "2y"]);
        assert_eq!(age(125_000), "2m5s");
        assert_eq!(parse(&rfc3339(1_800_000_000_000)), Some(1_800_000_000_000));
    }
}
