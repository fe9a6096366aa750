//! Text that comes from outside: no control characters, no passwords in addresses.

pub(super) use domain::without_passwords as masked;

/// One line without control characters.
pub(super) fn clean(text: &str) -> String {
    let spaced = text.chars().map(|it| if it.is_control() { ' ' } else { it });
    spaced.filter(|it| !domain::unseen(*it)).collect::<String>().trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_become_spaces() {
        assert_eq!(clean("a\u{1b}[31mb\r\n"), "a [31mb");
    }
}
