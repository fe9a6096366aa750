//! What the person set: XDG folders, config.toml, the theme, the keys.

use crate::Failure;
use crate::cli::Face;
use app::{ClusterMap, Keymap};
use backends::Sources;
use serde::Deserialize;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use views::{Depth, Theme};

const THEMES: [(&str, &str); 5] = [
    ("night", include_str!("../themes/night.toml")),
    ("day", include_str!("../themes/day.toml")),
    ("high-contrast", include_str!("../themes/high-contrast.toml")),
    ("colour-blind", include_str!("../themes/colour-blind.toml")),
    ("mono", include_str!("../themes/mono.toml")),
];

const PRESETS: [(&str, &str); 2] =
    [("k9s", include_str!("../keymaps/k9s.toml")), ("vim", include_str!("../keymaps/vim.toml"))];

/// `config.toml`. State is never written here.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Config {
    theme: Option<String>,
    keys: Option<String>,
    #[serde(default)]
    ascii: bool,
    #[serde(default)]
    utc: bool,
    /// Commands of repositories that may be run to render them, each as `.pilothouse.toml` names it, with spaces
    /// between its words.
    #[serde(default)]
    renderers: Vec<String>,
}

/// How the cockpit looks and listens to keys.
#[derive(Debug)]
pub struct Chosen {
    pub theme: Theme,
    pub keymap: Keymap,
    pub utc: bool,
    /// What the repository says of its clusters.
    pub clusters: ClusterMap,
}

fn xdg(variable: &str, under_home: &str) -> Option<PathBuf> {
    let named = env::var_os(variable).map(PathBuf::from).filter(|it| it.is_absolute());
    named.or_else(|| env::home_dir().map(|home| home.join(under_home))).map(|dir| dir.join("pilothouse"))
}

/// `$XDG_CONFIG_HOME/pilothouse`.
pub fn config_dir() -> Option<PathBuf> {
    xdg("XDG_CONFIG_HOME", ".config")
}

/// `$XDG_STATE_HOME/pilothouse`.
pub fn state_dir() -> Option<PathBuf> {
    xdg("XDG_STATE_HOME", ".local/state")
}

/// Everything the person chose: the command line wins over config.toml, which wins over what is shipped.
pub fn choose(face: &Face, repository: Option<&Path>) -> Result<Chosen, Failure> {
    let config = config()?;
    let ascii = face.ascii || config.ascii || !speaks_unicode();
    let mut theme =
        theme(face.theme.as_deref().or(config.theme.as_deref()).unwrap_or("night"))?.at_depth(depth());
    theme.ascii = ascii;
    Ok(Chosen {
        theme,
        keymap: keymap(face.keys.as_deref().or(config.keys.as_deref()))?,
        utc: face.utc || config.utc,
        clusters: clusters(repository)?,
    })
}

/// The commands of repositories that the person allows; none where config.toml cannot be read.
pub fn allowed_renderers() -> Vec<String> {
    config().map(|it| it.renderers).unwrap_or_default()
}

fn config() -> Result<Config, Failure> {
    let Some(path) = config_dir().map(|dir| dir.join("config.toml")) else { return Ok(Config::default()) };
    let Some(text) = read(&path)? else { return Ok(Config::default()) };
    toml::from_str(&text).map_err(|err| {
        let line =
            err.span().map_or(1, |span| text.get(..span.start).unwrap_or("").matches('\n').count() + 1);
        Failure::Settings(format!("{}:{line}: {}", path.display(), err.message()))
    })
}

/// `.pilothouse.toml` of the repository that is named, or that encloses the working directory.
pub fn clusters(repository: Option<&Path>) -> Result<ClusterMap, Failure> {
    let start = match repository {
        Some(named) => named.to_owned(),
        None => env::current_dir().unwrap_or_default(),
    };
    let root = start.ancestors().find(|it| it.join(".git").exists());
    let path = root.unwrap_or(&start).join(".pilothouse.toml");
    let Some(text) = read(&path)? else { return Ok(ClusterMap::default()) };
    ClusterMap::parse(&path.display().to_string(), &text).map_err(|err| Failure::Settings(err.to_string()))
}

/// The shipped keys, a preset over them, the person's own file over both.
pub fn keymap(preset: Option<&str>) -> Result<Keymap, Failure> {
    let wrong = |err: app::KeymapError| Failure::Settings(err.to_string());
    let mut keymap = Keymap::parse("keymap.toml", include_str!("../keymap.toml")).map_err(wrong)?;
    if let Some(name) = preset {
        let (_, text) = PRESETS.iter().find(|(it, _)| *it == name).ok_or_else(|| {
            Failure::Settings(format!("no keys are called `{name}`; there are {}", words(&PRESETS)))
        })?;
        keymap = keymap.overlaid(&format!("keymaps/{name}.toml"), text).map_err(wrong)?;
    }
    if let Some(path) = config_dir().map(|dir| dir.join("keymap.toml"))
        && let Some(text) = read(&path)?
    {
        keymap = keymap.overlaid(&path.display().to_string(), &text).map_err(wrong)?;
    }
    Ok(keymap)
}

fn theme(name: &str) -> Result<Theme, Failure> {
    let wrong = |err: views::ThemeError| Failure::Settings(err.to_string());
    if let Some((_, text)) = THEMES.iter().find(|(it, _)| *it == name) {
        return Theme::parse(&format!("themes/{name}.toml"), text).map_err(wrong);
    }
    let own = config_dir().map(|dir| dir.join("themes").join(format!("{name}.toml")));
    for path in own.into_iter().chain([PathBuf::from(name)]) {
        if let Some(text) = read(&path)? {
            return Theme::parse(&path.display().to_string(), &text).map_err(wrong);
        }
    }
    Err(Failure::Settings(format!(
        "no theme is called `{name}`; there are {}, or give a file",
        words(&THEMES)
    )))
}

fn words(named: &[(&str, &str)]) -> String {
    named.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ")
}

/// The text of a file; none where there is no such file.
fn read(path: &std::path::Path) -> Result<Option<String>, Failure> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(err) if err.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(err) => Err(Failure::Settings(format!("{}: {err}", path.display()))),
    }
}

fn set(variable: &str) -> Option<String> {
    env::var(variable).ok().filter(|it| !it.is_empty())
}

/// How many colours the terminal says it has.
fn depth() -> Depth {
    let term = set("TERM").unwrap_or_default();
    if set("NO_COLOR").is_some() || term == "dumb" {
        return Depth::None;
    }
    let many = ["truecolor", "24bit"].contains(&set("COLORTERM").unwrap_or_default().as_str());
    let modern = ["kitty", "alacritty", "foot", "ghostty", "wezterm", "direct"];
    if many || modern.iter().any(|it| term.contains(it)) {
        Depth::True
    } else if term.contains("256") {
        Depth::Indexed
    } else {
        Depth::Sixteen
    }
}

fn speaks_unicode() -> bool {
    let locale = set("LC_ALL").or_else(|| set("LC_CTYPE")).or_else(|| set("LANG"));
    // No locale at all is what containers and ssh sessions have; their terminals speak UTF-8.
    locale.is_none_or(|it| {
        let it = it.to_lowercase();
        it.contains("utf-8") || it.contains("utf8") || it == "c" || it == "posix"
    })
}
/// What a person named must be there: to go on without it would be to look at something else, and call that well.
pub fn named(sources: &Sources) -> Result<(), Failure> {
    let named = [
        ("--kubeconfig", &sources.kubeconfig),
        ("--talosconfig", &sources.talosconfig),
        ("--repo", &sources.repository),
    ];
    for (option, path) in named {
        if let Some(path) = path
            && !path.exists()
        {
            return Err(Failure::Settings(format!("{option}: there is no {}", path.display())));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_was_named_and_is_not_there_is_said() {
        let mut sources = Sources { repository: Some(env::temp_dir()), ..Sources::default() };
        assert!(named(&sources).is_ok());
        sources.kubeconfig = Some(PathBuf::from("/nowhere/config"));
        let said = named(&sources).unwrap_err().to_string();
        assert_eq!(said, "--kubeconfig: there is no /nowhere/config");
    }
}
