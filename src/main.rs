//! Read the command line, and start what it asks for.

use clap::Parser;
use pilothouse::cli::{Cli, Command, Edit, LedgerQuestion};
use pilothouse::{Failure, changes, cockpit, edit, headless, inspect, ledger, rollout, settings, texts};
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

fn main() -> ExitCode {
    let cli = Cli::parse();
    match start(cli) {
        Ok(code) => code,
        Err(failure) => {
            texts::complain(&failure);
            ExitCode::from(failure.code())
        }
    }
}

fn start(cli: Cli) -> Result<ExitCode, Failure> {
    match cli.command {
        Some(Command::Keys) => return texts::keys(&cli.face),
        Some(Command::Completions { shell }) => return texts::completions(shell),
        Some(Command::Man) => return texts::man(),
        Some(Command::Ledger { question: None, output }) => {
            return ledger::print(settings::state_dir().as_deref(), output);
        }
        Some(Command::Ledger { question: Some(LedgerQuestion::Verify), .. }) => {
            return ledger::verify(settings::state_dir().as_deref());
        }
        Some(Command::Inspect { ref folder, output }) => {
            let folder = folder.as_deref().or(cli.wires.repo.as_deref()).unwrap_or(Path::new("."));
            return inspect::inspect(folder, output);
        }
        Some(Command::Edit(Edit::Set(ref one))) if one.print => return edit::print(one),
        #[cfg(feature = "demo")]
        Some(Command::DemoTalhelper { ref arguments }) => return Ok(pilothouse::demo::talhelper(arguments)),
        #[cfg(feature = "demo")]
        Some(Command::DemoTofu { ref arguments }) => {
            // An error means that a provider is installed already, which is what is wanted.
            let _ = rustls::crypto::ring::default_provider().install_default();
            return Ok(pilothouse::demo::tofu(arguments));
        }
        #[cfg(feature = "demo")]
        Some(Command::Demo(ref demo)) if demo.list => return texts::stories(),
        _ => {}
    }
    // An error means that a provider is installed already, which is what is wanted.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let code = runtime.block_on(async {
        match &cli.command {
            #[cfg(feature = "demo")]
            Some(Command::Demo(demo)) if demo.serve.is_some() => pilothouse::demo::serve(demo).await,
            #[cfg(feature = "demo")]
            Some(Command::Demo(demo)) => pilothouse::demo::run(demo, &cli.face).await,
            Some(Command::Drift { output, exit_code }) => {
                headless::drift(cli.sources(), *output, *exit_code).await
            }
            Some(Command::Status { output, watch }) => headless::status(cli.sources(), *output, *watch).await,
            Some(Command::Edit(Edit::Set(one))) => edit::stage(cli.sources(), one).await,
            Some(Command::Edit(Edit::Show { output })) => changes::show(cli.sources(), *output).await,
            Some(Command::Commit { message }) => changes::commit(cli.sources(), message.as_deref()).await,
            Some(Command::Push { pr }) => changes::push(cli.sources(), *pr).await,
            Some(Command::Changes { output }) => changes::list(cli.sources(), *output).await,
            Some(Command::Revert { revision }) => changes::revert(cli.sources(), revision).await,
            Some(Command::Plan { revision, node, output }) => {
                rollout::plan(cli.sources(), revision, node.as_deref(), *output).await
            }
            Some(Command::Apply(wish)) => rollout::apply(cli.sources(), wish).await,
            _ => cockpit::run(cli.sources(), &cli.face).await,
        }
    });
    // Whatever still waits on a dead wire has nothing more to say; the private folders and programs of what is dropped
    // go with it.
    runtime.shutdown_timeout(Duration::from_millis(500));
    code
}
