//! The program: `genconfig` with talhelper's own options, as far as they are known here.

use super::RenderError;
use super::render::{Tree, render};
use crate::pki::write_private;
use crate::sops::Identity;
use std::io::Write;
use std::path::Path;

const USAGE: &str = "\
The stand-in for talhelper of Pilothouse's simulated worlds. It renders a part of what talhelper 3.1 renders, and
refuses the rest.

  talhelper genconfig [-c FILE] [-s FILE]... [-o DIR] [--offline-mode] [--no-gitignore]

  -c, --config-file FILE   [default: talconfig.yaml]
  -s, --secret-file FILE   may be given several times; the last that is there is read
                           [default: talsecret.yaml, talsecret.sops.yaml, talsecret.yml, talsecret.sops.yml]
  -o, --out-dir DIR        [default: ./clusterconfig]
      --offline-mode       it never asks the image factory
      --no-gitignore       it never writes a .gitignore

Sealed files are opened with the age keys of $SOPS_AGE_KEY_FILE, or of $SOPS_AGE_KEY.
";
const SECRETS: [&str; 4] = ["talsecret.yaml", "talsecret.sops.yaml", "talsecret.yml", "talsecret.sops.yml"];
const VARIABLES: [&str; 4] = ["talenv.yaml", "talenv.sops.yaml", "talenv.yml", "talenv.sops.yml"];

#[derive(Debug, PartialEq, Eq)]
enum Asked {
    Version,
    Help,
    Genconfig { config: String, secrets: Vec<String>, out: String },
}

/// Run it in the working directory with these arguments, the program's name not among them. The answer is its exit
/// code: 0, or 1 and the reason on `stderr`.
pub fn run(arguments: &[String], stdout: &mut dyn Write, stderr: &mut dyn Write) -> u8 {
    // Where nothing can be written there is nobody to tell.
    match asked(arguments).and_then(|it| answer(&it)) {
        Ok(text) => {
            let _ = stdout.write_all(text.as_bytes());
            0
        }
        Err(why) => {
            let _ = writeln!(stderr, "talhelper (stand-in): {why}");
            1
        }
    }
}

fn asked(arguments: &[String]) -> Result<Asked, RenderError> {
    let refused = |text: String| Err(RenderError::Asked(text));
    let mut words = arguments.iter().map(String::as_str);
    match words.next() {
        Some("--version" | "version") => return Ok(Asked::Version),
        None | Some("--help" | "-h" | "help") => return Ok(Asked::Help),
        Some("genconfig") => {}
        Some(other) => return refused(format!("{other}: only genconfig is known here")),
    }
    let (mut config, mut secrets, mut out) =
        ("talconfig.yaml".to_owned(), Vec::new(), "clusterconfig".to_owned());
    while let Some(word) = words.next() {
        let (name, joined) = match word.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (word, None),
        };
        if matches!(name, "--offline-mode" | "--no-gitignore") && joined.is_none() {
            continue;
        }
        if !matches!(name, "-c" | "--config-file" | "-s" | "--secret-file" | "-o" | "--out-dir") {
            return refused(format!("{word}: this option is not known here"));
        }
        let Some(value) = joined.or_else(|| words.next()) else {
            return refused(format!("{name} needs a value"));
        };
        match name {
            "-c" | "--config-file" => config = value.to_owned(),
            "-o" | "--out-dir" => out = value.to_owned(),
            _ => secrets.extend(value.split(',').map(str::to_owned)),
        }
    }
    if secrets.is_empty() {
        secrets = SECRETS.map(str::to_owned).to_vec();
    }
    Ok(Asked::Genconfig { config, secrets, out })
}

fn answer(asked: &Asked) -> Result<String, RenderError> {
    let (config, secrets, out) = match asked {
        Asked::Version => {
            return Ok(format!(
                "talhelper stand-in of pilothouse {}: a part of talhelper 3.1, for simulated worlds\n",
                env!("CARGO_PKG_VERSION")
            ));
        }
        Asked::Help => return Ok(USAGE.to_owned()),
        Asked::Genconfig { config, secrets, out } => (config, secrets, out),
    };
    if let Some(found) = VARIABLES.into_iter().find(|it| Path::new(it).exists()) {
        return Err(RenderError::refused(found, "env", "files of variables are not known here"));
    }
    let found = secrets.iter().rfind(|it| Path::new(it).exists());
    let found = found.ok_or_else(|| {
        let why = "no such file; without secrets every run would make new ones, so nothing was rendered";
        RenderError::refused(&secrets.join(", "), "secrets", why)
    })?;
    let identities = identities()?;
    let variable = |name: &str| std::env::var(name).ok();
    let read = |file: &str| std::fs::read_to_string(file);
    let tree = Tree { config, read: &read, identities: &identities, variable: &variable };
    let rendered = render(&tree, found)?;
    let at = |file: &str| {
        let file = file.to_owned();
        move |source| RenderError::Unreadable { file, source }
    };
    std::fs::create_dir_all(out).map_err(at(out))?;
    let mut said = String::new();
    for one in rendered {
        let path = Path::new(out).join(&one.file_name);
        let shown = path.display().to_string();
        write_private(&path, &one.text).map_err(at(&shown))?;
        said.push_str(&format!("generated config for {} in {shown}\n", one.hostname));
    }
    Ok(said)
}

fn identities() -> Result<Vec<Identity>, RenderError> {
    let (file, text) = match std::env::var("SOPS_AGE_KEY_FILE").ok().filter(|it| !it.is_empty()) {
        Some(file) => {
            let text = std::fs::read_to_string(&file);
            let text = text.map_err(|source| RenderError::Unreadable { file: file.clone(), source })?;
            (file, text)
        }
        None => match std::env::var("SOPS_AGE_KEY").ok().filter(|it| !it.is_empty()) {
            Some(text) => ("SOPS_AGE_KEY".to_owned(), text),
            None => return Ok(Vec::new()),
        },
    };
    Identity::read(&text).map_err(|source| RenderError::Sealed { file, source })
}
