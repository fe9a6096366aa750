//! Typing into a prompt: the filter of a list, the palette, or the copy picker.

use super::{ask, looked, moved, scrolled, text};
use crate::queries::palette::Offered;
use crate::{Effect, Key, Model, Place, Prompt, PromptKind, queries};
use domain::KindRef;

pub(super) fn open(model: &mut Model, kind: PromptKind) {
    let text = match kind {
        PromptKind::Filter => model.screen.listing().map(|it| it.filter.clone()).unwrap_or_default(),
        _ => String::new(),
    };
    let cursor = text.chars().count();
    model.screen.prompt = Some(Prompt { kind, text, cursor, choice: 0 });
}

pub(super) fn typed(model: &mut Model, key: &Key) -> Vec<Effect> {
    let Some(mut prompt) = model.screen.prompt.take() else { return Vec::new() };
    if prompt.kind == PromptKind::Name {
        return super::roll::typed(model, prompt, key);
    }
    if let PromptKind::Value(id) | PromptKind::Message(id) = prompt.kind {
        return super::edit::typed(model, prompt, id, key);
    }
    if let PromptKind::Find(id) = prompt.kind
        && ["esc", "ctrl-c", "enter"].contains(&key.0.as_str())
    {
        let what = if key.0 == "enter" { prompt.text.clone() } else { String::new() };
        return text::search(model, id, &what);
    }
    match key.0.as_str() {
        "esc" | "ctrl-c" => {
            if prompt.kind == PromptKind::Filter {
                model.screen.listing_mut().filter.clear();
                moved::follow(model);
            }
            return Vec::new();
        }
        "enter" => return entered(model, &prompt),
        "down" | "ctrl-n" => prompt.choice += 1,
        "up" | "ctrl-p" => prompt.choice = prompt.choice.saturating_sub(1),
        _ => {
            edit(&mut prompt, key);
            prompt.choice = 0;
        }
    }
    if prompt.kind == PromptKind::Filter {
        model.screen.listing_mut().filter = prompt.text.clone();
        scrolled::seek(model);
        moved::follow(model);
    }
    model.screen.prompt = Some(prompt);
    Vec::new()
}

fn entered(model: &mut Model, prompt: &Prompt) -> Vec<Effect> {
    match prompt.kind {
        PromptKind::Filter
        | PromptKind::Name
        | PromptKind::Value(_)
        | PromptKind::Message(_)
        | PromptKind::Text(_)
        | PromptKind::Find(_) => Vec::new(),
        PromptKind::Move(id) => text::moved(model, id, &prompt.text),
        PromptKind::Files => text::chosen(model, prompt),
        PromptKind::Snapshot => super::snapshot::entered(model, &prompt.text),
        PromptKind::Copy => copied(model, prompt),
        PromptKind::Palette => {
            match queries::palette::offers(model, &prompt.text).into_iter().nth(prompt.choice) {
                Some(offer) => chosen(model, offer.what),
                None => Vec::new(),
            }
        }
    }
}

/// Copy what was chosen.
fn copied(model: &mut Model, prompt: &Prompt) -> Vec<Effect> {
    let mut offers = queries::copies::offers(model, &prompt.text);
    if offers.is_empty() {
        return Vec::new();
    }
    let chosen = offers.swap_remove(prompt.choice.min(offers.len() - 1));
    model.screen.notice = Some(match chosen.text.lines().count() {
        0 | 1 => format!("copied {}", chosen.text.trim()),
        many => format!("copied {}: {many} lines", chosen.what),
    });
    vec![Effect::Copy(chosen.text)]
}

/// Do what was chosen in the palette.
fn chosen(model: &mut Model, what: Offered) -> Vec<Effect> {
    match what {
        Offered::Action(action) => return ask::asked(model, action),
        Offered::Kind(kind, namespace) => {
            if namespace.is_some() {
                model.screen.namespace = namespace;
            }
            looked::go(model, Place::Rows(kind));
        }
        Offered::NodeTab(tab) => match queries::sheets::node(model) {
            Some(node) => looked::go(model, Place::NodeTab(node, tab)),
            None => model.screen.notice = Some(queries::palette::NO_NODE.into()),
        },
        Offered::Namespace(name) => {
            model.screen.namespace = Some(name);
            if !matches!(model.screen.place, Place::Rows(_)) {
                looked::go(model, Place::Rows(KindRef::new("", "Pod")));
            }
        }
    }
    Vec::new()
}

/// The keys every line of text understands.
pub(super) fn edit(prompt: &mut Prompt, key: &Key) {
    let mut text: Vec<char> = prompt.text.chars().collect();
    let at = prompt.cursor.min(text.len());
    match key.0.as_str() {
        "left" | "ctrl-b" => prompt.cursor = at.saturating_sub(1),
        "right" | "ctrl-f" => prompt.cursor = (at + 1).min(text.len()),
        "home" | "ctrl-a" => prompt.cursor = 0,
        "end" | "ctrl-e" => prompt.cursor = text.len(),
        "backspace" | "ctrl-h" if at > 0 => {
            text.remove(at - 1);
            prompt.cursor = at - 1;
        }
        "delete" if at < text.len() => {
            text.remove(at);
        }
        "ctrl-u" => {
            text.drain(..at);
            prompt.cursor = 0;
        }
        "ctrl-k" => text.truncate(at),
        "ctrl-w" => {
            let kept = text[..at].iter().rposition(|it| !it.is_alphanumeric()).unwrap_or(0);
            text.drain(kept..at);
            prompt.cursor = kept;
        }
        _ => {
            if let Some(it) = key.typed() {
                text.insert(at, it);
                prompt.cursor = at + 1;
            }
        }
    }
    prompt.text = text.into_iter().collect();
}
