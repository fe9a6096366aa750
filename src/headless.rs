//! The same model without a screen: look once, or go on looking, and say what was found.

use crate::cli::Output;
use crate::interrupts::Interrupts;
use crate::runtime::now;
use crate::tasks::Arrival;
use crate::{Failure, settings};
use app::queries::drift;
use app::queries::status::{self, Status};
use app::{Effect, Message, Model, update, watches};
use backends::plain::plain;
use backends::{Hands, Sources};
use domain::{Link, Look, Watch};
use futures::StreamExt;
use std::collections::HashMap;
use std::io::Write;
use std::process::ExitCode;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::task::AbortHandle;
use tokio::time::{Instant, MissedTickBehavior, interval, timeout_at};

/// Nobody waits longer than this for a status.
const PATIENCE: Duration = Duration::from_secs(8);
/// Nor longer than this for all sides to be compared: configs are rendered for it.
const COMPARED: Duration = Duration::from_secs(60);
/// Once every feed has answered, what still trickles in gets this long.
const QUIET: Duration = Duration::from_millis(400);
/// Whoever goes on looking is told of a change at most this often.
const BETWEEN: Duration = Duration::from_millis(500);

/// `pilothouse status`: 0 healthy, 1 problems, 2 could not look.
pub async fn status(sources: Sources, output: Output, watch: bool) -> Result<ExitCode, Failure> {
    let mut looker = Looker::new(sources, false)?;
    looker.settle().await;
    let mut said = status::of(&looker.model);
    say(&said, output, watch)?;
    if !watch {
        return Ok(ExitCode::from(said.exit));
    }
    let mut interrupts = Interrupts::new()?;
    let mut tick = interval(BETWEEN);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = interrupts.next() => return Ok(ExitCode::from(said.exit)),
            _ = tick.tick() => {
                looker.tick();
                let is = status::of(&looker.model);
                if !is.same_as(&said) {
                    say(&is, output, watch)?;
                    said = is;
                }
            }
            () = looker.hear() => {}
        }
    }
}

/// `pilothouse drift`: 0, or with `by_exit` 1 where something differs and 2 where not everything could be compared.
pub async fn drift(sources: Sources, output: Output, by_exit: bool) -> Result<ExitCode, Failure> {
    let mut looker = Looker::new(sources, true)?;
    looker.settle().await;
    let last = Instant::now() + COMPARED;
    // What two sides say at two moments is no difference: they get time to settle on one.
    let mut until = last.min(Instant::now() + QUIET);
    while timeout_at(until, looker.hear()).await.is_ok() || !drift::settled(&looker.model) {
        looker.tick();
        if Instant::now() >= last {
            break;
        }
        until = last.min(Instant::now() + QUIET);
    }
    looker.tick();
    let report = drift::report(&looker.model);
    if report.commit.is_none() {
        let why = app::queries::source_map::read(&looker.model).err().unwrap_or_default();
        return Err(Failure::World(why));
    }
    let text = match output {
        Output::Json => {
            serde_json::to_string_pretty(&report).map_err(|err| Failure::World(err.to_string()))?
        }
        // Names of files and objects are other people's.
        Output::Text => {
            let text = drift::text(&looker.model);
            text.trim_end().lines().map(|it| plain(it).into_owned()).collect::<Vec<_>>().join("\n")
        }
    };
    let mut stdout = std::io::stdout().lock();
    writeln!(stdout, "{text}")?;
    stdout.flush()?;
    Ok(if by_exit { ExitCode::from(report.exit()) } else { ExitCode::SUCCESS })
}

/// One status: in JSON whole, or on a line of its own where others follow; as text parted by an empty line.
fn say(status: &Status, output: Output, watch: bool) -> Result<(), Failure> {
    let text = match (output, watch) {
        (Output::Json, false) => serde_json::to_string_pretty(status),
        (Output::Json, true) => serde_json::to_string(status),
        (Output::Text, false) => Ok(status.text().trim_end().to_owned()),
        (Output::Text, true) => Ok(status.text()),
    };
    let mut stdout = std::io::stdout().lock();
    writeln!(stdout, "{}", text.map_err(|err| Failure::World(err.to_string()))?)?;
    Ok(stdout.flush()?)
}

/// A model and those who listen for it.
struct Looker {
    hands: Hands,
    model: Model,
    /// Whether Git is compared with what is live: it takes rendering, and a look at every node and kind.
    compares: bool,
    heard: HashMap<Watch, AbortHandle>,
    inbox: mpsc::Sender<Arrival>,
    arrivals: mpsc::Receiver<Arrival>,
}

impl Looker {
    fn new(mut sources: Sources, compares: bool) -> Result<Self, Failure> {
        settings::named(&sources)?;
        let clusters = settings::clusters(sources.repository.as_deref())?;
        sources.forge.clone_from(&clusters.forge);
        let mut model = Model { now: now(), ..Model::default() };
        (model.settings.clusters, model.settings.context) = (clusters, sources.kube_context());
        let hands = Hands::new(sources);
        let (inbox, arrivals) = mpsc::channel(4096);
        let mut looker = Self { hands, model, compares, heard: HashMap::new(), inbox, arrivals };
        looker.attend();
        Ok(looker)
    }

    /// Listen until every feed has said what it is, and then until it is quiet.
    async fn settle(&mut self) {
        let last = Instant::now() + PATIENCE;
        let mut until = last;
        while timeout_at(until, self.hear()).await.is_ok() {
            let feeds = &self.model.world.feeds;
            let waiting = feeds.is_empty() || feeds.values().any(|feed| feed.link == Link::Connecting);
            until = if waiting { last } else { last.min(Instant::now() + QUIET) };
        }
        self.tick();
    }

    /// Take in the next fact.
    async fn hear(&mut self) {
        // The inbox is held here too, so that it never closes.
        let Some(arrival) = self.arrivals.recv().await else { return };
        self.tick();
        match arrival {
            Arrival::Heard(watch, _, observation) if self.heard.contains_key(&watch) => {
                update(&mut self.model, Message::Observed(observation));
            }
            // It comes from a listener that was dropped.
            Arrival::Heard(..) => {}
            Arrival::Message(message) => _ = update(&mut self.model, message),
        }
        self.attend();
    }

    /// Time goes on. What the model would like to have looked up to compare is looked up; a screen there is not.
    fn tick(&mut self) {
        for effect in update(&mut self.model, Message::Ticked(now())) {
            let Effect::Look(
                look @ (Look::Writers(_) | Look::FormerRules { .. } | Look::LoadBalancers | Look::Networks),
            ) = effect
            else {
                continue;
            };
            let (hands, inbox) = (self.hands.clone(), self.inbox.clone());
            tokio::spawn(async move {
                let found = hands.look(look.clone()).await;
                // It fails only when the looker is gone.
                let _ = inbox.send(Arrival::Message(Message::Found(look, found))).await;
            });
        }
    }

    fn attend(&mut self) {
        let compares = |it: &Watch| matches!(it, Watch::Configs { .. } | Watch::Objects { .. });
        let mut wanted = watches(&self.model);
        wanted.retain(|it| self.compares || !compares(it));
        self.heard.retain(|watch, task| {
            let stays = wanted.contains(watch);
            if !stays {
                task.abort();
            }
            stays
        });
        for watch in wanted {
            if !self.heard.contains_key(&watch) {
                let task = forward(&self.hands, watch.clone(), self.inbox.clone());
                self.heard.insert(watch, task);
            }
        }
    }
}

fn forward(hands: &Hands, watch: Watch, inbox: mpsc::Sender<Arrival>) -> AbortHandle {
    let mut stream = hands.watch(&watch);
    let task = tokio::spawn(async move {
        while let Some(observation) = stream.next().await {
            if inbox.send(Arrival::Heard(watch.clone(), 0, observation)).await.is_err() {
                break;
            }
        }
    });
    task.abort_handle()
}
