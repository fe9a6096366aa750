//! The cockpit on a terminal.

use crate::Failure;
use crate::cli::Face;
use crate::journal::Journal;
use crate::last_known_file::LastKnownFile;
use crate::ledger::{self, LedgerFile};
use crate::runtime::{Runtime, now};
use crate::sealed_editor::Sops;
use crate::settings;
use crate::tasks::Tasks;
use crate::terminal::Terminal;
use app::{Message, Model, Settings};
use backends::{Hands, Sources};
use std::io::IsTerminal;
use std::process::ExitCode;
use tokio::sync::mpsc;

/// How many facts may wait; a wire that talks faster waits itself.
const INBOX: usize = 4096;

/// Run until the person leaves.
pub async fn run(mut sources: Sources, face: &Face) -> Result<ExitCode, Failure> {
    // Before anything is started: what comes of it could not be shown.
    let keys = std::io::stdin().is_terminal() || std::fs::File::open("/dev/tty").is_ok();
    if !(keys && std::io::stdout().is_terminal()) {
        return Err(Failure::NoTerminal);
    }
    // What a cockpit that was killed has left may be in clear.
    tokio::task::spawn_blocking(backends::PrivateFolder::sweep);
    settings::named(&sources)?;
    let chosen = settings::choose(face, sources.repository.as_deref())?;
    sources.forge.clone_from(&chosen.clusters.forge);
    let standing = ledger::standing(sources.state_dir.as_deref());
    let ledger = LedgerFile::open(sources.state_dir.as_deref())?;
    let (journal, drafts) = Journal::open(sources.state_dir.as_deref())?;
    let mut model = Model { now: now(), ..Model::default() };
    model.settings = Settings {
        keymap: chosen.keymap,
        utc_offset: if chosen.utc { 0 } else { utc_offset() },
        clusters: chosen.clusters,
        context: sources.kube_context(),
    };

    let memory = LastKnownFile::of(&sources);
    if let Some(known) = memory.read() {
        app::recall(&mut model, known);
    }

    let (inbox, arrivals) = mpsc::channel(INBOX);
    let (tell, settled) = mpsc::unbounded_channel();
    let mut terminal = Terminal::take()?;
    let sops = Sops { tools: sources.tools.clone(), age_key_file: sources.age_key_file.clone() };
    let tasks = Tasks::new(Hands::new(sources), inbox, tell, ledger);
    let mut runtime = Runtime::new(model, chosen.theme, tasks, arrivals, settled);
    runtime.memory = memory;
    runtime.journal = journal;
    runtime.sops = sops;
    runtime.take(Message::Restored(drafts));
    if let Some(standing) = standing {
        runtime.take(Message::Recalled(standing));
    }
    let ended = runtime.run(&mut terminal).await;
    drop(terminal);
    ended?;
    Ok(ExitCode::SUCCESS)
}

/// Seconds to add to UTC for the clock on this wall.
fn utc_offset() -> i32 {
    jiff::Zoned::now().offset().seconds()
}
