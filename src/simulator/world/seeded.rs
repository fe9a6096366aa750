//! Everything that looks random, made of a seed and a name, so that the same world is the same each time.

/// A number that depends on nothing but these three.
pub fn mix(seed: u64, name: &str, n: u64) -> u64 {
    let named = name.bytes().fold(seed ^ 0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    });
    let mut z = named.wrapping_add(n.wrapping_mul(0x9e37_79b9_7f4a_7c15)).wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// From 0 up to, but not, 1.
pub fn fraction(seed: u64, name: &str, n: u64) -> f64 {
    (mix(seed, name, n) >> 11) as f64 / (1_u64 << 53) as f64
}

/// From `low` to `high`.
pub fn between(seed: u64, name: &str, n: u64, low: f64, high: f64) -> f64 {
    low + (high - low) * fraction(seed, name, n)
}

/// One of these; `among` is not empty.
pub fn pick<'a, T>(seed: u64, name: &str, n: u64, among: &'a [T]) -> &'a T {
    let index = mix(seed, name, n) % among.len().max(1) as u64;
    &among[usize::try_from(index).unwrap_or(0)]
}

/// So many hexadecimal digits, 32 at most for a believable id.
pub fn hex(seed: u64, name: &str, n: u64, digits: usize) -> String {
    let mut text = String::new();
    let mut round = 0;
    while text.len() < digits {
        text.push_str(&format!("{:016x}", mix(seed, name, n.wrapping_add(round << 32))));
        round += 1;
    }
    text.truncate(digits);
    text
}

/// A UUID of this seed and name.
pub fn uuid(seed: u64, name: &str, n: u64) -> String {
    let hex = hex(seed, name, n, 32);
    format!("{}-{}-4{}-a{}-{}", &hex[..8], &hex[8..12], &hex[13..16], &hex[17..20], &hex[20..32])
}

const PERIODS: [f64; 3] = [37.0, 241.0, 3_613.0];
const WEIGHTS: [f64; 3] = [0.15, 0.2, 0.15];

/// A smooth curve between 0 and 1 over time in seconds.
pub fn wave(seed: u64, name: &str, seconds: f64) -> f64 {
    (0..3).fold(0.5, |sum, i| {
        let phase = fraction(seed, name, i as u64) * std::f64::consts::TAU;
        sum + WEIGHTS[i] * (seconds / PERIODS[i] * std::f64::consts::TAU + phase).sin()
    })
}

/// The area under [`wave`] from 0 to `seconds`: what a counter counts that grows as the curve says. Never falls.
pub fn wave_area(seed: u64, name: &str, seconds: f64) -> f64 {
    (0..3).fold(0.5 * seconds, |sum, i| {
        let phase = fraction(seed, name, i as u64) * std::f64::consts::TAU;
        let rate = std::f64::consts::TAU / PERIODS[i];
        sum + WEIGHTS[i] / rate * (phase.cos() - (seconds * rate + phase).cos())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_counter_made_of_a_wave_never_falls() {
        let mut last = 0.0;
        for second in 1..5_000 {
            let area = wave_area(7, "cpu", f64::from(second));
            assert!(area >= last, "{second}");
            last = area;
            assert!((0.0..=1.0).contains(&wave(7, "cpu", f64::from(second))));
        }
    }

    #[test]
    fn the_same_seed_says_the_same() {
        assert_eq!(uuid(1, "a", 0), uuid(1, "a", 0));
        assert_ne!(uuid(1, "a", 0), uuid(2, "a", 0));
        assert_eq!(uuid(1, "a", 0).len(), 36);
    }
}
