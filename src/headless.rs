//! The same model without a screen: look once, or go on looking, and say what was found.

use crate::cli::Output;
use crate::interrupts::Interrupts;
use crate::runtime::now;
use crate::tasks::Arrival;
use crate::{Failure, settings};
use app::queries::status::{self, Status};
use app::{Message, Model, update, watches};
use backends::{Hands, Sources};
use domain::{Link, Watch};
use futures::StreamExt;
use std::io::Write;
use std::process::ExitCode;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::{Instant, MissedTickBehavior, interval, timeout_at};

/// Nobody waits longer than this for a status.
const PATIENCE: Duration = Duration::from_secs(8);
/// Once every feed has answered, what still trickles in gets this long.
const QUIET: Duration = Duration::from_millis(400);
/// Whoever goes on looking is told of a change at most this often.
const BETWEEN: Duration = Duration::from_millis(500);

/// `pilothouse status`: 0 healthy, 1 problems, 2 could not look.
pub async fn status(sources: Sources, output: Output, watch: bool) -> Result<ExitCode, Failure> {
    settings::named(&sources)?;
    let mut looker = Looker::new(Hands::new(sources));
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
                update(&mut looker.model, Message::Ticked(now()));
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
    heard: Vec<Watch>,
    inbox: mpsc::Sender<Arrival>,
    arrivals: mpsc::Receiver<Arrival>,
}

impl Looker {
    fn new(hands: Hands) -> Self {
        let (inbox, arrivals) = mpsc::channel(4096);
        let model = Model { now: now(), ..Model::default() };
        let mut looker = Self { hands, model, heard: Vec::new(), inbox, arrivals };
        looker.attend();
        looker
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
        update(&mut self.model, Message::Ticked(now()));
    }

    /// Take in the next fact.
    async fn hear(&mut self) {
        // The inbox is held here too, so that it never closes.
        let Some(arrival) = self.arrivals.recv().await else { return };
        update(&mut self.model, Message::Ticked(now()));
        if let Arrival::Heard(_, _, observation) = arrival {
            update(&mut self.model, Message::Observed(observation));
        }
        self.attend();
    }

    fn attend(&mut self) {
        for watch in watches(&self.model) {
            if !self.heard.contains(&watch) {
                self.heard.push(watch.clone());
                forward(&self.hands, watch, self.inbox.clone());
            }
        }
    }
}

fn forward(hands: &Hands, watch: Watch, inbox: mpsc::Sender<Arrival>) {
    let mut stream = hands.watch(&watch);
    tokio::spawn(async move {
        while let Some(observation) = stream.next().await {
            if inbox.send(Arrival::Heard(watch.clone(), 0, observation)).await.is_err() {
                break;
            }
        }
    });
}
