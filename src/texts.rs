//! What is printed rather than drawn: keys, completions, the manual page, stories, complaints.

use crate::cli::{Cli, Face};
use crate::{Failure, settings};
use app::{Action, Keymap, Scope};
use clap::CommandFactory;
use clap_complete::Shell;
use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::process::ExitCode;

/// Say on standard error what went wrong.
pub fn complain(failure: &Failure) {
    // Where even this cannot be written there is nobody to tell.
    let _ = writeln!(io::stderr(), "pilothouse: {failure}");
}

/// `pilothouse keys`.
pub fn keys(face: &Face) -> Result<ExitCode, Failure> {
    let keymap = settings::keymap(face.keys.as_deref())?;
    let mut text = String::new();
    for scope in scopes(&keymap) {
        let _ = writeln!(text, "[{}]", scope.word());
        for (keys, action) in bound(&keymap, scope) {
            let _ = writeln!(text, "  {keys:<12} {:<22} {}", action.id(), action.help());
        }
        text.push('\n');
    }
    io::stdout().write_all(text.as_bytes())?;
    Ok(ExitCode::SUCCESS)
}

/// docs/keys.md, as the shipped keymap and the action list have it.
pub fn keys_page(keymap: &Keymap) -> String {
    let mut text = String::from(
        "# Keys\n\nGenerated from keymap.toml and the action list; `pilothouse keys` prints the same with your own \
         keys laid over. Scopes are searched from the innermost outwards: dialog, screen, global.\n",
    );
    for scope in scopes(keymap) {
        let _ =
            write!(text, "\n## {}\n\n| keys | action | what it does |\n| --- | --- | --- |\n", scope.word());
        for (keys, action) in bound(keymap, scope) {
            let _ =
                writeln!(text, "| `{}` | `{}` | {} |", keys.replace('|', "\\|"), action.id(), action.help());
        }
    }
    text
}

fn scopes(keymap: &Keymap) -> Vec<Scope> {
    let mut scopes: Vec<Scope> = keymap.bindings().map(|(scope, ..)| scope).collect();
    scopes.dedup();
    scopes
}

fn bound(keymap: &Keymap, scope: Scope) -> Vec<(&str, Action)> {
    let mut bound: Vec<(&str, Action)> =
        keymap.bindings().filter(|(it, ..)| *it == scope).map(|(_, keys, action)| (keys, action)).collect();
    bound.sort_by_key(|(keys, action)| (*action, *keys));
    bound
}

/// `pilothouse completions SHELL`.
pub fn completions(shell: Shell) -> Result<ExitCode, Failure> {
    let mut text = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "pilothouse", &mut text);
    io::stdout().write_all(&text)?;
    Ok(ExitCode::SUCCESS)
}

/// `pilothouse man`.
pub fn man() -> Result<ExitCode, Failure> {
    clap_mangen::Man::new(Cli::command()).render(&mut io::stdout())?;
    Ok(ExitCode::SUCCESS)
}

/// `pilothouse demo --list`.
#[cfg(feature = "demo")]
pub fn stories() -> Result<ExitCode, Failure> {
    for story in simulator::stories() {
        let worlds: Vec<&str> = story.worlds.iter().map(|it| it.word()).collect();
        let (name, about, ends) = (story.name, story.about, story.ends);
        writeln!(io::stdout(), "{name:<20} {about}\n{:<20} ends: {ends}", "")?;
        writeln!(io::stdout(), "{:<20} worlds: {}", "", worlds.join(", "))?;
    }
    Ok(ExitCode::SUCCESS)
}
