//! Moments as Kubernetes writes them.

use jiff::Timestamp;

/// `2026-01-31T12:00:00Z`, whole seconds, of milliseconds since the epoch.
pub fn rfc3339(milliseconds: i64) -> String {
    let moment = Timestamp::from_second(milliseconds.div_euclid(1000)).unwrap_or(Timestamp::UNIX_EPOCH);
    moment.to_string()
}

/// The same with microseconds, as leases and events of the newer kind have it.
pub fn micro(milliseconds: i64) -> String {
    let whole = rfc3339(milliseconds);
    format!("{}.{:06}Z", whole.trim_end_matches('Z'), milliseconds.rem_euclid(1000) * 1000)
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
    match seconds {
        ..120 => format!("{seconds}s"),
        ..600 => pair(minutes, 'm', seconds % 60, 's'),
        ..10800 => format!("{minutes}m"),
        ..28800 => pair(hours, 'h', minutes % 60, 'm'),
        ..172_800 => format!("{hours}h"),
        ..691_200 => pair(days, 'd', hours % 24, 'h'),
        ..63_072_000 => format!("{days}d"),
        ..252_288_000 => pair(days / 365, 'y', days % 365, 'd'),
        _ => format!("{}y", days / 365),
    }
}
