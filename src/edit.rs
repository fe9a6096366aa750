//! `pilothouse edit set`: one value, by the code and the guards of the cockpit, as a draft or printed.

use crate::Failure;
use crate::cli::SetOne;
use crate::desk::{Desk, refused};
use app::{Message, Staging};
use backends::Sources;
use backends::plain::plain;
use backends::yaml::{self, Edited, SetFault, SetValue, ValuePath, Which};
use domain::{Finding, Look, RepoPath, Revision};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Endings of files that hold settings and are no YAML.
const OTHERS: [&str; 6] = ["tf", "tfvars", "hcl", "j2", "toml", "json5"];

/// Why a value is not set, and what a person can do about it.
struct Refused {
    why: String,
    hint: Option<&'static str>,
}

/// The text with the value set; none where it is what it shall be.
fn edited(one: &SetOne, text: &str) -> Result<Option<Edited>, Refused> {
    let ending = one.file.extension().and_then(|it| it.to_str()).unwrap_or_default();
    if OTHERS.contains(&ending) {
        let hint = Some("edit it as text: only a value of a YAML file can be set");
        return Err(Refused { why: format!("a .{ending} file is no YAML"), hint });
    }
    let example = Some("for example: spec.version, or containers[name=web].image");
    let path =
        ValuePath::parse(&one.path).map_err(|fault| Refused { why: fault.to_string(), hint: example })?;
    let which = one.document.as_deref().map(Which::parse);
    match yaml::set(text, &SetValue { document: which.as_ref(), path: &path, value: &one.value }) {
        Ok(edited) => Ok(Some(edited)),
        Err(SetFault::Same { .. }) => Ok(None),
        Err(fault) => Err(Refused { why: fault.to_string(), hint: fault.hint() }),
    }
}

fn refuse(file: &Path, it: &Refused) -> Result<ExitCode, Failure> {
    refused(&format!("{}: {}", file.display(), it.why), it.hint)
}

/// `pilothouse edit set FILE PATH VALUE --print`: 0 printed, 1 refused, 2 the file could not be read.
pub fn print(one: &SetOne) -> Result<ExitCode, Failure> {
    let file = one.file.display();
    let bytes = std::fs::read(&one.file)
        .map_err(|err| Failure::Settings(format!("{file} could not be read: {err}")))?;
    let Ok(text) = String::from_utf8(bytes) else {
        let hint = Some("only a value of a YAML file can be set");
        return refuse(&one.file, &Refused { why: "it is not text".into(), hint });
    };
    match edited(one, &text) {
        Ok(edited) => {
            io::stdout().write_all(edited.map_or(text, |it| it.text).as_bytes())?;
            Ok(ExitCode::SUCCESS)
        }
        Err(it) => refuse(&one.file, &it),
    }
}

/// `pilothouse edit set FILE PATH VALUE`: a draft on what the remote's branch says. 0 made, 1 refused, 2 could not look.
pub async fn stage(sources: Sources, one: &SetOne) -> Result<ExitCode, Failure> {
    let mut desk = Desk::open(sources).await?;
    let folder = desk.model.world.repository.as_ref().map(|it| PathBuf::from(&it.folder)).unwrap_or_default();
    let Some(path) = inside(&folder, &one.file) else {
        let why = format!("{} is not in the repository {}", one.file.display(), folder.display());
        return refused(&why, Some("name the repository with --repo, or go there"));
    };
    let Some(tip) = desk.model.world.sources.as_ref().map(|it| it.commit.clone()) else {
        return Err(Failure::World("the remote's branch was not read".into()));
    };
    let open = desk.model.drafts.open_file(&path).and_then(|it| it.text()).and_then(|it| it.after.clone());
    let text = match open {
        Some(text) => text,
        None => match desk.hands.look(Look::File(Revision { commit: tip, path: path.clone() })).await {
            Ok(Finding::File { text, .. }) => text,
            Ok(_) => String::new(),
            Err(why) => return refused(&why, Some("a value is set in a file that the remote's branch has")),
        },
    };
    let edited = match edited(one, &text) {
        Ok(Some(edited)) => edited,
        Ok(None) => {
            writeln!(io::stdout(), "{}: it is {} already", plain(&path.0), plain(&one.value))?;
            return Ok(ExitCode::SUCCESS);
        }
        Err(it) => return refuse(&one.file, &it),
    };
    let key = edited.field.rsplit('.').next().unwrap_or(&edited.field).to_owned();
    let told = |value: &str| domain::veiled(&format!("{key}: {value}")).replacen(&format!("{key}: "), "", 1);
    let (before, after) = (told(&edited.before), told(&edited.after));
    let said = format!("{path}:{}  {}  {before} → {after}", edited.line, edited.field);
    let document = u32::try_from(edited.document).unwrap_or(0);
    let (field, line, value, text) = (edited.field, edited.line, edited.after, edited.text);
    desk.take(Message::Staged(Staging { path, document, field, line, value, text })).await?;
    writeln!(io::stdout(), "{}", plain(&said))?;
    Ok(ExitCode::SUCCESS)
}

/// A file as a path of the repository; none where it is elsewhere. It need not be in the work tree.
fn inside(folder: &Path, file: &Path) -> Option<RepoPath> {
    let whole = std::path::absolute(file).ok()?;
    let parent = whole.ancestors().skip(1).find_map(|it| it.canonicalize().ok().map(|real| (it, real)));
    let (parent, real) = parent?;
    let whole = real.join(whole.strip_prefix(parent).ok()?);
    let path = whole.strip_prefix(folder.canonicalize().ok()?).ok()?;
    let parts: Option<Vec<&str>> = path.components().map(|it| it.as_os_str().to_str()).collect();
    Some(RepoPath(parts?.join("/")))
}
