//! Names and ids that look random and are the same in every run.

/// A number that has nothing visibly to do with `seed` (the finalizer of splitmix64).
pub fn mix(seed: u64) -> u64 {
    let mut z = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// A UUID of version 4 in form.
pub fn unique_id(number: u64) -> String {
    let (high, low) = (mix(number), mix(number ^ 0x5151_5151_5151_5151));
    format!(
        "{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}",
        high >> 32,
        (high >> 16) & 0xffff,
        high & 0xfff,
        0x8000 | ((low >> 48) & 0x3fff),
        low & 0xffff_ffff_ffff
    )
}

/// The letters Kubernetes appends to generated names: no vowels, nothing that looks alike.
pub fn random_suffix(number: u64, length: usize) -> String {
    const LETTERS: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";
    let mut state = mix(number);
    let mut letters = String::new();
    for _ in 0..length {
        letters.push(char::from(LETTERS[(state % LETTERS.len() as u64) as usize]));
        state = mix(state);
    }
    letters
}
