//! Files whose values SOPS has locked.

/// Whether SOPS has locked values of a file: YAML, JSON, dotenv or INI.
pub fn is_locked(text: &str) -> bool {
    let heads = |line: &str| {
        let line = line.trim_start_matches('\u{feff}');
        line.starts_with("sops:")
            || line.trim_start().starts_with("\"sops\":")
            || line.starts_with("sops_mac=")
            || line.starts_with("[sops]")
    };
    text.contains("ENC[") && text.lines().any(heads)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seal_is_told_by_its_head_and_a_locked_value() {
        assert!(
            is_locked("a: ENC[AES256_GCM,data:x]\nsops:\n    mac: ENC[y]\n") && !is_locked("a: ENC[x]\n")
        );
        assert!(is_locked("{\n  \"a\": \"ENC[x]\",\n  \"sops\": {}\n}"));
        assert!(!is_locked("sops:\n  a: b\n"));
    }
}
