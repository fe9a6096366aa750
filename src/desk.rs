//! The drafts without a screen: the same model, the same orders, the same journal and ledger as the cockpit's.

use crate::Failure;
use crate::journal::Journal;
use crate::ledger::LedgerFile;
use crate::runtime::now;
use crate::settings;
use crate::tasks::{Arrival, Tasks};
use app::{DraftStage, DraftState, Effect, Message, Model, Page, Place, update};
use backends::plain::plain;
use backends::{Hands, Sources};
use domain::{Link, Look, Observation, OrderId, Watch};
use std::collections::{BTreeSet, VecDeque};
use std::io::{self, Write};
use std::process::ExitCode;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::timeout;

/// Nobody waits longer than this for the repository to be read and the remote to be asked.
const PATIENCE: Duration = Duration::from_secs(60);

/// Exit status of what was refused.
pub const REFUSED: u8 = 1;

pub struct Desk {
    pub model: Model,
    pub hands: Hands,
    tasks: Tasks,
    settled: mpsc::UnboundedReceiver<Message>,
    journal: Journal,
}

impl Desk {
    /// Read the drafts and the repository, and ask the remote. Where it cannot be asked that is said on standard
    /// error, and what was known before is taken.
    pub async fn open(mut sources: Sources) -> Result<Self, Failure> {
        settings::named(&sources)?;
        let clusters = settings::clusters(sources.repository.as_deref())?;
        sources.forge.clone_from(&clusters.forge);
        let ledger = LedgerFile::open(sources.state_dir.as_deref())?;
        let (journal, drafts) = Journal::open(sources.state_dir.as_deref())?;
        let mut model = Model { now: now(), ..Model::default() };
        model.settings.clusters = clusters;
        model.screen.place = Place::Page(Page::Changes);
        let hands = Hands::new(sources);
        let (inbox, mut arrivals) = mpsc::channel(64);
        let (tell, settled) = mpsc::unbounded_channel();
        let mut tasks = Tasks::new(hands.clone(), inbox, tell, ledger);
        tasks.attend(BTreeSet::from([Watch::Repository]));
        let began = model.now;
        update(&mut model, Message::Restored(drafts));
        let mut desk = Self { model, hands, tasks, settled, journal };
        let heard = timeout(PATIENCE, desk.listen(&mut arrivals, began)).await;
        heard.unwrap_or_else(|_| Err(Failure::World("the repository was not read in time".into())))?;
        if let Some(why) = desk.model.world.repository.as_ref().and_then(|it| it.fetch_failed.clone()) {
            complain(&format!("the remote was not asked: {why}"), None)?;
        }
        // What is heard from now on is of no use: one thing is done on what was read.
        desk.tasks.attend(BTreeSet::new());
        Ok(desk)
    }

    /// Hear what the repository is until the remote was asked and its tip was read.
    async fn listen(
        &mut self,
        arrivals: &mut mpsc::Receiver<Arrival>,
        began: domain::Moment,
    ) -> Result<(), Failure> {
        while let Some(arrival) = arrivals.recv().await {
            let Some(Message::Observed(observation)) = self.tasks.admit(arrival) else { continue };
            let live = match &observation {
                Observation::Link(_, Link::Live) => true,
                Observation::Link(_, Link::NotConfigured { why } | Link::Forbidden { why })
                | Observation::Link(_, Link::Degraded { why, .. }) => {
                    return Err(Failure::World(plain(why).into_owned()));
                }
                _ => false,
            };
            self.take(Message::Observed(observation)).await?;
            let world = &self.model.world;
            let asked = world
                .repository
                .as_ref()
                .is_some_and(|it| it.fetch_failed.is_some() || it.fetched.is_some_and(|at| at >= began));
            // The tip is read before the link is called live.
            if live && asked && world.sources.is_some() {
                return Ok(());
            }
            if live && asked && self.model.world.repository.as_ref().is_some_and(|it| it.remote_tip.is_none())
            {
                return Err(Failure::World("the remote's branch was never fetched".into()));
            }
        }
        Ok(())
    }

    /// Take a message, and see to all that comes of it, one thing after another.
    pub async fn take(&mut self, message: Message) -> Result<(), Failure> {
        self.model.now = now();
        let mut open = VecDeque::from(update(&mut self.model, message));
        while let Some(effect) = open.pop_front() {
            match effect {
                Effect::Look(look) => open.extend(self.ask(look).await),
                Effect::Keep(record) => self.journal.keep(&record)?,
                Effect::Carry(id, order) => {
                    self.tasks.carry(id, order);
                    open.extend(self.outcome(id).await);
                }
                // Nobody is there to be shown anything.
                Effect::Copy(_) | Effect::External(_) | Effect::Suspend | Effect::Quit => {}
            }
        }
        Ok(())
    }

    async fn ask(&mut self, look: Look) -> Vec<Effect> {
        let found = self.hands.look(look.clone()).await;
        update(&mut self.model, Message::Found(look, found))
    }

    /// Wait for the end of an order.
    async fn outcome(&mut self, id: OrderId) -> Vec<Effect> {
        let mut effects = Vec::new();
        while let Some(message) = self.settled.recv().await {
            let ended = match &message {
                Message::Settled(of, outcome) => {
                    self.tasks.ended(*of, outcome);
                    *of == id
                }
                _ => false,
            };
            effects.extend(update(&mut self.model, message));
            if ended {
                break;
            }
        }
        effects
    }

    /// The drafts of this repository for which that holds, oldest first.
    pub fn drafts(&self, wanted: impl Fn(&DraftState) -> bool) -> Vec<&DraftState> {
        let here = self.model.world.repository.as_ref().map(|it| it.folder.as_str());
        let ours = |it: &DraftState| it.repository.is_empty() || Some(it.repository.as_str()) == here;
        self.model.drafts.list.iter().filter(|it| ours(it) && wanted(it)).collect()
    }

    /// Those that are changed and not committed.
    pub fn open_drafts(&self) -> Vec<&DraftState> {
        self.drafts(|it| it.stage == DraftStage::Open && it.changed())
    }

    /// What the model says of the last thing that was asked of it.
    pub fn notice(&self) -> String {
        self.model.screen.notice.clone().unwrap_or_default()
    }
}

/// Say why on standard error.
pub fn complain(why: &str, hint: Option<&str>) -> io::Result<()> {
    let mut error = io::stderr().lock();
    // Names of files and words of servers stand in it: they do not steer the terminal.
    writeln!(error, "pilothouse: {}", plain(why))?;
    match hint {
        Some(hint) => writeln!(error, "  hint: {}", plain(hint)),
        None => Ok(()),
    }
}

pub fn refused(why: &str, hint: Option<&str>) -> Result<ExitCode, Failure> {
    complain(why, hint)?;
    Ok(ExitCode::from(REFUSED))
}
