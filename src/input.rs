//! What the person does at the terminal, as words: "j", "ctrl-a", "enter".

use app::Key;
use crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

/// The word for a key; none for what is no press of a known key.
pub fn word(event: &KeyEvent) -> Option<Key> {
    if event.kind == KeyEventKind::Release {
        return None;
    }
    let name = match event.code {
        KeyCode::Char(' ') => "space".to_owned(),
        KeyCode::Char(it) => it.to_string(),
        KeyCode::Enter => "enter".into(),
        KeyCode::Esc => "esc".into(),
        KeyCode::Tab => "tab".into(),
        KeyCode::BackTab => "backtab".into(),
        KeyCode::Backspace => "backspace".into(),
        KeyCode::Delete => "delete".into(),
        KeyCode::Insert => "insert".into(),
        KeyCode::Up => "up".into(),
        KeyCode::Down => "down".into(),
        KeyCode::Left => "left".into(),
        KeyCode::Right => "right".into(),
        KeyCode::Home => "home".into(),
        KeyCode::End => "end".into(),
        KeyCode::PageUp => "pageup".into(),
        KeyCode::PageDown => "pagedown".into(),
        KeyCode::F(number) => format!("f{number}"),
        _ => return None,
    };
    let mut word = String::new();
    if event.modifiers.contains(KeyModifiers::CONTROL) {
        word.push_str("ctrl-");
    }
    if event.modifiers.contains(KeyModifiers::ALT) {
        word.push_str("alt-");
    }
    // With a letter, shift is in the letter.
    let moves =
        !matches!(event.code, KeyCode::Char(_) | KeyCode::BackTab | KeyCode::Enter | KeyCode::Backspace);
    if event.modifiers.contains(KeyModifiers::SHIFT) && moves {
        word.push_str("shift-");
    }
    word.push_str(&name);
    Some(Key(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_have_words() {
        let press = |code, modifiers| word(&KeyEvent::new(code, modifiers)).map(|it| it.0);
        assert_eq!(press(KeyCode::Char('G'), KeyModifiers::SHIFT).as_deref(), Some("G"));
        assert_eq!(press(KeyCode::Char('d'), KeyModifiers::CONTROL).as_deref(), Some("ctrl-d"));
        assert_eq!(press(KeyCode::Char(' '), KeyModifiers::NONE).as_deref(), Some("space"));
        assert_eq!(press(KeyCode::Up, KeyModifiers::SHIFT).as_deref(), Some("shift-up"));
        assert_eq!(press(KeyCode::CapsLock, KeyModifiers::NONE), None);
    }
}
