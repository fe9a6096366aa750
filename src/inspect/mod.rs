//! `pilothouse inspect`: what a repository declares, and where. Exit 0 told, 2 could not look.

mod text;

use crate::Failure;
use crate::cli::Output;
use backends::git::Inspector;
use std::io::{self, Write as _};
use std::path::Path;
use std::process::ExitCode;

pub fn inspect(folder: &Path, output: Output) -> Result<ExitCode, Failure> {
    let found = Inspector::default().inspect(folder).map_err(|err| Failure::Repository(err.told()))?;
    let mut out = io::stdout().lock();
    match output {
        Output::Json => {
            serde_json::to_writer_pretty(&mut out, &found).map_err(io::Error::from)?;
            writeln!(out)?;
        }
        Output::Text => out.write_all(text::text(&found).as_bytes())?,
    }
    out.flush()?;
    Ok(ExitCode::SUCCESS)
}
