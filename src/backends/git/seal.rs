//! Files whose values SOPS has locked. Their seal covers every value, so only the `sops` program can change one: what
//! comes with another seal was sealed anew, what keeps the old one was changed by hand.

pub(crate) use domain::is_locked;

/// The seals of a file, in the order of its documents.
fn seals(text: &str) -> Vec<&str> {
    let of = |line: &str| {
        let at = line.find("ENC[").filter(|at| line[..*at].contains("mac"))?;
        line[at..].find(']').map(|end| (at, at + end))
    };
    text.lines().filter_map(|line| of(line).and_then(|(from, to)| line.get(from..to))).collect()
}

/// Whether `after` may take the place of `before` where that is locked.
pub(super) fn may_become(before: &str, after: &str) -> bool {
    if !is_locked(before) || before == after {
        return true;
    }
    if !is_locked(after) {
        return false;
    }
    let (old, new) = (seals(before), seals(after));
    let documents = |text: &str| text.split("\n---").map(str::trim).map(str::to_owned).collect::<Vec<_>>();
    let (one, other) = (documents(before), documents(after));
    if old.len() != new.len() || one.len() != other.len() {
        return !new.is_empty() && new.iter().all(|seal| !old.contains(seal));
    }
    // Every document has a seal of its own: one that differs must have another.
    let same_seal = |a: &str, b: &str| seals(a) == seals(b);
    one.iter().zip(&other).all(|(a, b)| a == b || !is_locked(a) || (is_locked(b) && !same_seal(a, b)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sealed(value: &str, mac: &str) -> String {
        format!("a: ENC[AES256_GCM,data:{value}]\nsops:\n    mac: ENC[AES256_GCM,data:{mac}]\n")
    }

    #[test]
    fn only_another_seal_takes_the_place_of_a_seal() {
        let before = sealed("x", "m1");
        assert!(may_become(&before, &sealed("y", "m2")), "sops has written it");
        assert!(!may_become(&before, &sealed("y", "m1")), "by hand");
        assert!(!may_become(&before, "a: hunter2\n"), "unlocked");
        assert!(!may_become(&before, &before.replace("a: E", "b: E")));
        let two = |one: &str, other: &str| format!("{}---\n{}", sealed(one, one), sealed(other, "n"));
        assert!(may_become(&two("a", "b"), &two("c", "b")));
        assert!(!may_become(&two("a", "b"), &two("c", "d")), "the second was changed under its old seal");
    }
}
