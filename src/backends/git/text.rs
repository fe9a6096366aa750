//! Text that comes from outside: no control characters, no passwords in addresses.

/// One line without control characters.
pub(super) fn clean(text: &str) -> String {
    let spaced = text.chars().map(|it| if it.is_control() { ' ' } else { it });
    spaced.filter(|it| !domain::unseen(*it)).collect::<String>().trim().to_owned()
}

/// Hide what stands between `://` and `@` in every address of `text`.
pub(super) fn masked(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("://") {
        let (head, tail) = rest.split_at(at + 3);
        out.push_str(head);
        let host = tail.find(|it: char| it == '/' || it.is_whitespace() || it == '\'').unwrap_or(tail.len());
        match tail[..host].rfind('@') {
            Some(user) => {
                out.push('…');
                rest = &tail[user..];
            }
            None => rest = tail,
        }
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_in_addresses_are_hidden() {
        assert_eq!(masked("fatal: https://jo:s3cret@h.example/x.git'"), "fatal: https://…@h.example/x.git'");
        assert_eq!(
            masked("to https://h.example/a@b and ssh://git@h/x"),
            "to https://h.example/a@b and ssh://…@h/x"
        );
        assert_eq!(masked("git@host:x.git"), "git@host:x.git");
    }

    #[test]
    fn control_characters_become_spaces() {
        assert_eq!(clean("a\u{1b}[31mb\r\n"), "a [31mb");
    }
}
