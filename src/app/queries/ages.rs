//! Durations and sizes in the words people use.

use std::time::Duration;

/// "8 s", "4 min", "3 h", "2 d": one number and its unit, rounded down.
pub fn short(age: Duration) -> String {
    match age.as_secs() {
        s @ 0..=99 => format!("{s} s"),
        s @ 100..=5_999 => format!("{} min", s / 60),
        s @ 6_000..=172_799 => format!("{} h", s / 3_600),
        s => format!("{} d", s / 86_400),
    }
}

/// "40 s", "11 min 40 s", "2 h 5 min": two numbers, for what is being waited for.
pub fn exact(age: Duration) -> String {
    match age.as_secs() {
        s @ 0..=59 => format!("{s} s"),
        s @ 60..=3_599 => format!("{} min {} s", s / 60, s % 60),
        s @ 3_600..=172_799 => format!("{} h {} min", s / 3_600, s % 3_600 / 60),
        s => format!("{} d {} h", s / 86_400, s % 86_400 / 3_600),
    }
}

/// "62 MiB", "8.0 GiB": binary units, three digits at most.
pub fn bytes(count: u64) -> String {
    const UNITS: [&str; 6] = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];
    let mut scaled = count as f64;
    let mut unit = 0;
    while scaled >= 1024.0 && unit + 1 < UNITS.len() {
        scaled /= 1024.0;
        unit += 1;
    }
    if unit >= 3 && scaled < 100.0 {
        format!("{scaled:.1} {}", UNITS[unit])
    } else {
        format!("{scaled:.0} {}", UNITS[unit])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_have_one_number() {
        let said: Vec<String> =
            [0, 8, 99, 100, 3_599, 6_000, 172_800].map(|s| short(Duration::from_secs(s))).to_vec();
        assert_eq!(said, ["0 s", "8 s", "99 s", "1 min", "59 min", "1 h", "2 d"]);
    }

    #[test]
    fn sizes_are_binary() {
        assert_eq!([0, 65_011_712, 8_589_934_592].map(bytes), ["0 B", "62 MiB", "8.0 GiB"]);
    }
}
