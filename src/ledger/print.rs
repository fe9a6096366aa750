//! `pilothouse ledger`: what was done from here, and whether the ledger is as it was written.

use super::chain::{self, Verified};
use super::file;
use crate::Failure;
use crate::cli::Output;
use backends::plain::plain;
use serde_json::Value;
use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

fn read(state_dir: Option<&Path>) -> Result<String, Failure> {
    let Some(dir) = state_dir else {
        return Err(Failure::Settings("there is no folder for state: set HOME or XDG_STATE_HOME".into()));
    };
    let path = file::path(dir);
    match std::fs::read(&path) {
        Ok(bytes) => Ok(String::from_utf8_lossy(&bytes).into_owned()),
        Err(err) if err.kind() == io::ErrorKind::NotFound => Ok(String::new()),
        Err(err) => Err(Failure::Settings(format!("{} could not be read: {err}", path.display()))),
    }
}

/// `pilothouse ledger`: every line that can be read, oldest first.
pub fn print(state_dir: Option<&Path>, output: Output) -> Result<ExitCode, Failure> {
    let text = read(state_dir)?;
    let entries: Vec<Value> = text.lines().filter_map(|it| serde_json::from_str(it).ok()).collect();
    let mut out = io::stdout().lock();
    match output {
        Output::Json => writeln!(out, "{:#}", Value::from(entries))?,
        Output::Text if entries.is_empty() => writeln!(out, "nothing was ordered from here yet")?,
        Output::Text => {
            for entry in &entries {
                // A message may have come from anywhere: it does not steer the terminal.
                writeln!(out, "{}", plain(&told(entry)))?;
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// "2026-11-21T12:00:00Z  mara  begins  push a91f3c2, branch main"
fn told(entry: &Value) -> String {
    let word = |key: &str| entry[key].as_str().unwrap_or("-");
    let at = word("at").split('.').next().unwrap_or_default().trim_end_matches('Z');
    let (how, what) = match (&entry["begins"], &entry["tells"], &entry["ends"]) {
        (Value::Null, Value::Null, what) => ("ended", what),
        (Value::Null, what, _) => ("     ", what),
        (what, ..) => ("began", what),
    };
    let one = |(key, value): (&String, &Value)| match value {
        Value::String(text) => format!("{key} {}", short(text)),
        Value::Array(list) if key == "gates" => {
            format!("{} gates passed", list.iter().filter(|it| it["is"] == "passed").count())
        }
        Value::Array(list) => {
            format!("{key} {}", list.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" "))
        }
        other => format!("{key} {other}"),
    };
    let what: Vec<String> = what.as_object().into_iter().flatten().map(one).collect();
    format!("{at}Z  {:<10}  order {:<3}  {how}  {}", word("who"), entry["order"], what.join(", "))
}

/// A commit by its first seven digits; any other text as it is.
fn short(text: &str) -> &str {
    let id = text.len() == 40 && text.bytes().all(|it| it.is_ascii_hexdigit());
    if id { &text[..7] } else { text }
}

/// `pilothouse ledger verify`: 0 whole, 1 broken, 2 could not be read.
pub fn verify(state_dir: Option<&Path>) -> Result<ExitCode, Failure> {
    let text = read(state_dir)?;
    let mut out = io::stdout().lock();
    match chain::verify(&text) {
        Verified::Whole { lines, torn, last } => {
            writeln!(out, "whole: {lines} lines, each bound to the one before")?;
            for line in torn {
                writeln!(
                    out,
                    "line {line} was cut short, as by a crash; what it should have said is not known"
                )?;
            }
            if let Some(last) = last {
                writeln!(out, "last hash {last}")?;
            }
            Ok(ExitCode::SUCCESS)
        }
        Verified::Broken { line, why } => {
            writeln!(out, "broken at line {line}: {why}")?;
            Ok(ExitCode::from(1))
        }
    }
}
