//! `pilothouse edit`: the edits of the cockpit without a screen, with the same code and the same guards.

use crate::Failure;
use crate::cli::SetOne;
use backends::plain::plain;
use backends::yaml::{self, SetFault, SetValue, ValuePath, Which};
use std::fmt::Display;
use std::io::{self, Write};
use std::process::ExitCode;

/// Endings of files that hold settings and are no YAML.
const OTHERS: [&str; 6] = ["tf", "tfvars", "hcl", "j2", "toml", "json5"];

/// `pilothouse edit set FILE PATH VALUE --print`: 0 printed, 1 refused, 2 the file could not be read.
pub fn set(one: &SetOne) -> Result<ExitCode, Failure> {
    let file = one.file.display();
    let bytes = std::fs::read(&one.file)
        .map_err(|err| Failure::Settings(format!("{file} could not be read: {err}")))?;
    let Ok(text) = String::from_utf8(bytes) else {
        return refused(&file, &"it is not text", Some("only a value of a YAML file can be set"));
    };
    let ending = one.file.extension().and_then(|it| it.to_str()).unwrap_or_default();
    if OTHERS.contains(&ending) {
        let hint = Some("edit it as text: only a value of a YAML file can be set");
        return refused(&file, &format!("a .{ending} file is no YAML"), hint);
    }
    let path = match ValuePath::parse(&one.path) {
        Ok(path) => path,
        Err(fault) => {
            return refused(&file, &fault, Some("for example: spec.version, or containers[name=web].image"));
        }
    };
    let which = one.document.as_deref().map(Which::parse);
    let wish = SetValue { document: which.as_ref(), path: &path, value: &one.value };
    match yaml::set(&text, &wish) {
        Ok(edited) => {
            io::stdout().write_all(edited.text.as_bytes())?;
            Ok(ExitCode::SUCCESS)
        }
        // It is what it shall be: the file as it is.
        Err(SetFault::Same { .. }) => {
            io::stdout().write_all(text.as_bytes())?;
            Ok(ExitCode::SUCCESS)
        }
        Err(fault) => refused(&file, &fault, fault.hint()),
    }
}

fn refused(file: &dyn Display, why: &dyn Display, hint: Option<&str>) -> Result<ExitCode, Failure> {
    let mut error = io::stderr().lock();
    // Names of the file's own stand in it: they do not steer the terminal.
    writeln!(error, "pilothouse: {}", plain(&format!("{file}: {why}")))?;
    if let Some(hint) = hint {
        writeln!(error, "  hint: {hint}")?;
    }
    Ok(ExitCode::from(1))
}
