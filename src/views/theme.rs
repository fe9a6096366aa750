//! Themes: roles to colours. A role is a meaning, never a place; this is the only file that may name a colour.
#![expect(clippy::disallowed_types, reason = "the one file that may name a colour")]

use ratatui::buffer::Buffer;
use ratatui::style::{Color, Modifier, Style};
use serde::Deserialize;
use std::collections::BTreeMap;

/// What a word or a mark means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// Plain words.
    Text,
    /// What is there to be found, not to be read.
    Faint,
    /// What the eye should meet first.
    Strong,
    /// Where the person is, and what can be followed.
    Accent,
    /// A key one can press.
    Key,
    Good,
    /// Under way.
    Wait,
    Bad,
    /// Not known, or not known any more.
    Unknown,
    /// Rules and dividers.
    Rule,
    Added,
    Removed,
    /// What sits in a production environment.
    Production,
    /// YAML and code: a key, a string, a number, a comment.
    SyntaxKey,
    SyntaxString,
    SyntaxNumber,
    SyntaxComment,
    /// Grounds.
    Ground,
    SelectedGround,
    AddedGround,
    RemovedGround,
    FloatGround,
}

impl Role {
    pub const ALL: [Role; 22] = [
        Role::Text,
        Role::Faint,
        Role::Strong,
        Role::Accent,
        Role::Key,
        Role::Good,
        Role::Wait,
        Role::Bad,
        Role::Unknown,
        Role::Rule,
        Role::Added,
        Role::Removed,
        Role::Production,
        Role::SyntaxKey,
        Role::SyntaxString,
        Role::SyntaxNumber,
        Role::SyntaxComment,
        Role::Ground,
        Role::SelectedGround,
        Role::AddedGround,
        Role::RemovedGround,
        Role::FloatGround,
    ];

    /// Its name in a theme file.
    pub fn word(self) -> &'static str {
        match self {
            Role::Text => "text",
            Role::Faint => "faint",
            Role::Strong => "strong",
            Role::Accent => "accent",
            Role::Key => "key",
            Role::Good => "good",
            Role::Wait => "wait",
            Role::Bad => "bad",
            Role::Unknown => "unknown",
            Role::Rule => "rule",
            Role::Added => "added",
            Role::Removed => "removed",
            Role::Production => "production",
            Role::SyntaxKey => "syntax-key",
            Role::SyntaxString => "syntax-string",
            Role::SyntaxNumber => "syntax-number",
            Role::SyntaxComment => "syntax-comment",
            Role::Ground => "ground",
            Role::SelectedGround => "selected-ground",
            Role::AddedGround => "added-ground",
            Role::RemovedGround => "removed-ground",
            Role::FloatGround => "float-ground",
        }
    }

    fn is_ground(self) -> bool {
        matches!(
            self,
            Role::Ground | Role::SelectedGround | Role::AddedGround | Role::RemovedGround | Role::FloatGround
        )
    }
}

/// What is wrong with a theme, and where.
#[derive(Debug, thiserror::Error)]
pub enum ThemeError {
    #[error("{file}:{line}: {why}")]
    Malformed { file: String, line: usize, why: String },
    #[error("{file}: no colour for `{role}`")]
    Missing { file: String, role: &'static str },
    #[error(
        "{file}:{line}: `{role} = \"{value}\"` is no colour; write \"#rrggbb\", a name like \"red\" or \"default\""
    )]
    NoColour { file: String, line: usize, role: &'static str, value: String },
}

/// How many colours the terminal has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    True,
    /// 256: the colour cube and its greys.
    Indexed,
    Sixteen,
    /// `NO_COLOR`: words, marks and weight only.
    None,
}

#[derive(Debug, Clone)]
pub struct Theme {
    colors: BTreeMap<Role, Color>,
    /// Draw marks with plain letters.
    pub ascii: bool,
    depth: Depth,
}

impl Theme {
    /// Read a theme from the text of `file`. Every role needs a colour.
    pub fn parse(file: &str, text: &str) -> Result<Self, ThemeError> {
        let raw: BTreeMap<Role, String> = toml::from_str(text).map_err(|err| {
            let line =
                err.span().map_or(1, |span| text.get(..span.start).unwrap_or("").matches('\n').count() + 1);
            ThemeError::Malformed { file: file.into(), line, why: err.message().to_owned() }
        })?;
        let mut colors = BTreeMap::new();
        for role in Role::ALL {
            let missing = || ThemeError::Missing { file: file.into(), role: role.word() };
            let value = raw.get(&role).ok_or_else(missing)?;
            let color = if value == "default" { Ok(Color::Reset) } else { value.parse() };
            let wrong = |_| ThemeError::NoColour {
                file: file.into(),
                line: text.lines().position(|line| line.starts_with(role.word())).map_or(1, |at| at + 1),
                role: role.word(),
                value: value.clone(),
            };
            colors.insert(role, color.map_err(wrong)?);
        }
        Ok(Self { colors, ascii: false, depth: Depth::True })
    }

    /// The same theme for a terminal of fewer colours.
    pub fn at_depth(mut self, depth: Depth) -> Self {
        self.depth = depth;
        for (role, color) in &mut self.colors {
            *color = match depth {
                Depth::True | Depth::None => *color,
                Depth::Indexed => nearest_of_256(*color),
                // Sixteen colours have no ground but the terminal's own; what is selected is turned around.
                Depth::Sixteen if role.is_ground() => Color::Reset,
                Depth::Sixteen => nearest_of_sixteen(*color),
            };
        }
        self
    }

    pub fn fg(&self, role: Role) -> Style {
        let weight = match role {
            Role::Strong => Modifier::BOLD,
            _ => Modifier::empty(),
        };
        match self.depth {
            Depth::None => Style::new().add_modifier(match role {
                Role::Strong | Role::Bad | Role::Production => Modifier::BOLD,
                Role::Faint | Role::Rule => Modifier::DIM,
                _ => Modifier::empty(),
            }),
            _ => Style::new().fg(self.color(role)).add_modifier(weight),
        }
    }

    /// A value that has just changed.
    pub fn changed(&self) -> Style {
        Style::new().add_modifier(Modifier::UNDERLINED)
    }

    /// Where typed text goes: the cell under the cursor, turned around.
    pub fn cursor(&self) -> Style {
        Style::new().add_modifier(Modifier::REVERSED)
    }

    pub fn bg(&self, role: Role) -> Style {
        match (self.depth, role) {
            (Depth::None | Depth::Sixteen, Role::SelectedGround) => {
                Style::new().add_modifier(Modifier::REVERSED)
            }
            (Depth::None, _) => Style::new(),
            _ => Style::new().bg(self.color(role)),
        }
    }

    /// Sixteen colours are too few for a ground of their own: what is selected is turned around, and must be so in one
    /// piece, whatever colour its words have.
    pub fn settle(&self, buf: &mut Buffer) {
        if self.depth != Depth::Sixteen {
            return;
        }
        for cell in buf.content.iter_mut().filter(|it| it.modifier.contains(Modifier::REVERSED)) {
            cell.fg = Color::Reset;
            cell.modifier.remove(Modifier::BOLD);
        }
    }

    fn color(&self, role: Role) -> Color {
        self.colors.get(&role).copied().unwrap_or(Color::Reset)
    }

    /// Red, green and blue of a role, where its colour is given as such: for the contrast test.
    pub fn rgb(&self, role: Role) -> Option<(u8, u8, u8)> {
        match self.color(role) {
            Color::Rgb(r, g, b) => Some((r, g, b)),
            _ => None,
        }
    }
}

/// The nearest of the 6×6×6 cube and the 24 greys.
fn nearest_of_256(color: Color) -> Color {
    let Color::Rgb(r, g, b) = color else { return color };
    let level = |it: u8| match it {
        0..=47 => 0,
        48..=114 => 1,
        _ => (it - 35) / 40,
    };
    let light = |level: u8| if level == 0 { 0 } else { 55 + 40 * level };
    let (cr, cg, cb) = (level(r), level(g), level(b));
    let grey = (u16::from(r) + u16::from(g) + u16::from(b)) / 3;
    let step = u8::try_from(grey.saturating_sub(3) / 10).unwrap_or(23).min(23);
    let far = |to: [u8; 3]| -> u32 {
        [r, g, b].into_iter().zip(to).map(|(a, b)| u32::from(a.abs_diff(b)).pow(2)).sum()
    };
    if far([8 + 10 * step; 3]) < far([light(cr), light(cg), light(cb)]) {
        Color::Indexed(232 + step)
    } else {
        Color::Indexed(16 + 36 * cr + 6 * cg + cb)
    }
}

/// The nearest of the terminal's own sixteen colours, by hue and light.
fn nearest_of_sixteen(color: Color) -> Color {
    let Color::Rgb(r, g, b) = color else { return color };
    let (max, min) = (r.max(g).max(b), r.min(g).min(b));
    if max - min < 32 {
        return match max {
            0..=95 => Color::DarkGray,
            96..=159 => Color::DarkGray,
            160..=223 => Color::Gray,
            _ => Color::White,
        };
    }
    let high = |it: u8| u16::from(it) * 4 > u16::from(max) * 3;
    match (high(r), high(g), high(b)) {
        (true, false, false) => Color::LightRed,
        (false, true, false) => Color::LightGreen,
        (false, false, true) => Color::LightBlue,
        (true, true, false) => Color::LightYellow,
        (false, true, true) => Color::LightCyan,
        (true, false, true) => Color::LightMagenta,
        _ => Color::White,
    }
}
