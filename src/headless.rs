//! The same model without a screen: look once, say what was found.

use crate::Failure;
use crate::cli::Output;
use crate::runtime::now;
use crate::tasks::Arrival;
use app::{Message, Model, queries, update, watches};
use backends::{Hands, Sources};
use domain::{Link, Watch};
use futures::StreamExt;
use std::io::Write;
use std::process::ExitCode;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout_at};

/// Nobody waits longer than this for a status.
const PATIENCE: Duration = Duration::from_secs(8);
/// Once every feed has answered, what still trickles in gets this long.
const QUIET: Duration = Duration::from_millis(400);

/// `pilothouse status`: 0 healthy, 1 problems, 2 could not look.
pub async fn status(sources: Sources, output: Output) -> Result<ExitCode, Failure> {
    let model = listen(Hands::new(sources)).await;
    let status = queries::status::of(&model);
    let text = match output {
        Output::Json => {
            serde_json::to_string_pretty(&status).map_err(|err| Failure::World(err.to_string()))?
        }
        Output::Text => status.text(),
    };
    writeln!(std::io::stdout(), "{}", text.trim_end())?;
    Ok(ExitCode::from(status.exit))
}

/// Listen until every feed has said what it is, and then until it is quiet.
async fn listen(hands: Hands) -> Model {
    let mut model = Model { now: now(), ..Model::default() };
    let (inbox, mut arrivals) = mpsc::channel(4096);
    let mut heard: Vec<Watch> = Vec::new();
    let last = Instant::now() + PATIENCE;
    let mut until = last;
    loop {
        for watch in watches(&model) {
            if !heard.contains(&watch) {
                heard.push(watch.clone());
                forward(&hands, watch, inbox.clone());
            }
        }
        let Ok(Some(arrival)) = timeout_at(until, arrivals.recv()).await else { return model };
        update(&mut model, Message::Ticked(now()));
        if let Arrival::Heard(_, _, observation) = arrival {
            update(&mut model, Message::Observed(observation));
        }
        let feeds = &model.world.feeds;
        let waiting = feeds.is_empty() || feeds.values().any(|feed| feed.link == Link::Connecting);
        until = if waiting { last } else { last.min(Instant::now() + QUIET) };
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
