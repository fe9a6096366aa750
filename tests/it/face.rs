//! Keys and themes as they are shipped: complete, legible, told in the docs; and screens that fit any terminal.

use app::{Action, Keymap, Message, Model, Page, Place, Scope, update};
use domain::Moment;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use std::fs;
use std::path::{Path, PathBuf};
use views::{Depth, Role, Theme};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

fn shipped_keymap() -> Keymap {
    Keymap::parse("keymap.toml", &fs::read_to_string(root().join("keymap.toml")).unwrap()).unwrap()
}

fn themes() -> Vec<(String, Theme)> {
    let mut found: Vec<PathBuf> =
        fs::read_dir(root().join("themes")).unwrap().map(|entry| entry.unwrap().path()).collect();
    found.sort();
    found
        .into_iter()
        .map(|path| {
            let name = path.file_stem().unwrap().to_string_lossy().into_owned();
            let theme = Theme::parse(&name, &fs::read_to_string(&path).unwrap())
                .unwrap_or_else(|err| panic!("{err}"));
            (name, theme)
        })
        .collect()
}

/// Relative luminance as WCAG has it.
fn light((r, g, b): (u8, u8, u8)) -> f64 {
    let linear = |it: u8| {
        let it = f64::from(it) / 255.0;
        if it <= 0.04045 { it / 12.92 } else { ((it + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * linear(r) + 0.7152 * linear(g) + 0.0722 * linear(b)
}

fn contrast(a: (u8, u8, u8), b: (u8, u8, u8)) -> f64 {
    let (a, b) = (light(a) + 0.05, light(b) + 0.05);
    if a > b { a / b } else { b / a }
}

#[test]
fn every_theme_is_complete_and_legible() {
    let read =
        [Role::Text, Role::Strong, Role::Accent, Role::Key, Role::Good, Role::Wait, Role::Bad, Role::Unknown];
    for (name, theme) in themes() {
        let wanted = if name == "high-contrast" { 7.0 } else { 4.5 };
        for ground in [Role::Ground, Role::SelectedGround, Role::FloatGround] {
            let under = theme.rgb(ground).unwrap();
            for role in read {
                let ratio = contrast(theme.rgb(role).unwrap(), under);
                assert!(ratio >= wanted, "{name}: {} on {} is {ratio:.1}", role.word(), ground.word());
            }
            let ratio = contrast(theme.rgb(Role::Faint).unwrap(), under);
            assert!(ratio >= 3.0, "{name}: faint on {} is {ratio:.1}", ground.word());
        }
    }
}

#[test]
fn every_action_is_bound_or_in_the_palette_only() {
    let keymap = shipped_keymap();
    let unbound: Vec<&str> = Action::ALL
        .iter()
        .filter(|action| !keymap.bindings().any(|(.., bound)| bound == **action))
        .map(|action| action.id())
        .collect();
    // These are asked for by name.
    assert_eq!(unbound, Vec::<&str>::new());
}

#[test]
fn nothing_dangerous_is_one_plain_key_everywhere() {
    for (scope, keys, action) in shipped_keymap().bindings() {
        let plain = keys.chars().count() == 1;
        let dangerous = action.danger() == app::Danger::Publishes;
        assert!(!(scope == Scope::Global && plain && dangerous), "{keys} does {} everywhere", action.id());
    }
}

#[test]
fn presets_lie_over_the_shipped_keys() {
    for name in ["k9s", "vim"] {
        let text = fs::read_to_string(root().join(format!("keymaps/{name}.toml"))).unwrap();
        shipped_keymap().overlaid(name, &text).unwrap_or_else(|err| panic!("{err}"));
    }
}

/// docs/keys.md is made of the keymap and the action list; `UPDATE_DOCS=1 cargo test keys_page` writes it.
#[test]
fn keys_page_is_fresh() {
    let page = pilothouse::texts::keys_page(&shipped_keymap());
    let path = root().join("docs/keys.md");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&path, &page).unwrap();
    }
    let kept = fs::read_to_string(&path).unwrap_or_default();
    assert!(kept == page, "docs/keys.md is stale; run `UPDATE_DOCS=1 cargo test --test it keys_page`");
}

#[test]
fn every_page_fits_every_terminal() {
    let (_, theme) = themes().into_iter().find(|(name, _)| name == "night").unwrap();
    let mut model = Model { now: Moment(1_800_000_000_000), ..Model::default() };
    model.settings.keymap = shipped_keymap();
    for depth in [Depth::True, Depth::None] {
        let theme = theme.clone().at_depth(depth);
        for page in Page::ALL {
            model.screen.place = Place::Page(page);
            for (width, height) in
                [(1, 1), (2, 9), (20, 3), (40, 10), (60, 15), (80, 24), (100, 30), (200, 60), (250, 80)]
            {
                update(&mut model, Message::Resized { width, height });
                let area = Rect::new(0, 0, width, height);
                let mut buf = Buffer::empty(area);
                views::draw(&model, &theme, area, &mut buf);
            }
        }
    }
}
