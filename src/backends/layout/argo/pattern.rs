//! Patterns of folders and files, as Argo CD matches them.

/// Go's `path.Match`: `*` and `?` stop at `/`, `[a-z]` is one letter.
pub(super) fn matches(pattern: &str, path: &str) -> bool {
    let pattern: Vec<&str> = pattern.split('/').collect();
    let path: Vec<&str> = path.split('/').collect();
    pattern.len() == path.len() && pattern.iter().zip(&path).all(|(one, other)| part(one, other))
}

/// The same with `**` for any number of folders, as the generator of files has it.
pub(super) fn matches_deep(pattern: &str, path: &str) -> bool {
    let pattern: Vec<&str> = pattern.split('/').collect();
    let path: Vec<&str> = path.split('/').collect();
    // Which parts of the path may come next, after each part of the pattern.
    let mut next = vec![false; path.len() + 1];
    next[0] = true;
    for wanted in pattern {
        let mut after = vec![false; path.len() + 1];
        if wanted == "**" {
            let from = next.iter().position(|it| *it).unwrap_or(next.len());
            after.iter_mut().skip(from).for_each(|it| *it = true);
        } else {
            for (at, there) in path.iter().enumerate() {
                after[at + 1] = next[at] && part(wanted, there);
            }
        }
        next = after;
    }
    next.last().copied().unwrap_or_default()
}

/// One part, without `/`.
fn part(pattern: &str, text: &str) -> bool {
    let pattern: Vec<char> = pattern.chars().collect();
    let text: Vec<char> = text.chars().collect();
    let (mut at, mut there) = (0, 0);
    // Where to go on from, where the last `*` took too few.
    let mut back: Option<(usize, usize)> = None;
    while there < text.len() {
        match pattern.get(at) {
            Some('*') => {
                back = Some((at + 1, there));
                at += 1;
                continue;
            }
            Some('[') => {
                if let Some((end, true)) = class(&pattern[at..], text[there]) {
                    (at, there) = (at + end, there + 1);
                    continue;
                }
            }
            Some('\\') if pattern.get(at + 1) == Some(&text[there]) => {
                (at, there) = (at + 2, there + 1);
                continue;
            }
            Some('?') => {
                (at, there) = (at + 1, there + 1);
                continue;
            }
            Some(letter) if *letter == text[there] => {
                (at, there) = (at + 1, there + 1);
                continue;
            }
            _ => {}
        }
        let Some((again, from)) = back else { return false };
        back = Some((again, from + 1));
        (at, there) = (again, from + 1);
    }
    pattern[at..].iter().all(|it| *it == '*')
}

/// A class of letters: how long it is, and whether a letter is of it.
fn class(pattern: &[char], letter: char) -> Option<(usize, bool)> {
    let end = pattern.iter().skip(2).position(|it| *it == ']')? + 2;
    let body = &pattern[1..end];
    let (body, not) = match body.first() {
        Some('^' | '!') => (&body[1..], true),
        _ => (body, false),
    };
    let mut at = 0;
    let mut found = false;
    while at < body.len() {
        match (body.get(at + 1), body.get(at + 2)) {
            (Some('-'), Some(last)) => {
                found |= (body[at]..=*last).contains(&letter);
                at += 3;
            }
            _ => {
                found |= body[at] == letter;
                at += 1;
            }
        }
    }
    Some((end + 1, found != not))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stops_at_a_slash() {
        assert!(
            matches("apps/*/*", "apps/a/b") && !matches("apps/*", "apps/a/b") && !matches("apps/*", "apps")
        );
        assert!(matches("apps/a-*", "apps/a-") && matches("a*c*e", "abcde") && !matches("a*c*e", "abcd"));
        assert!(matches("x/[a-c]?", "x/b1") && !matches("x/[^a-c]?", "x/b1") && matches(r"a\*", "a*"));
        assert!(!matches("a[", "a["), "no class at all");
    }

    #[test]
    fn two_stars_are_any_number_of_folders() {
        let deep = "clusters/**/config.yaml";
        assert!(matches_deep(deep, "clusters/config.yaml") && matches_deep(deep, "clusters/a/b/config.yaml"));
        assert!(!matches_deep(deep, "other/config.yaml") && !matches_deep(deep, "clusters/a/other.yaml"));
        assert!(matches_deep("**", "a/b") && matches_deep("a/*", "a/b"));
    }
}
