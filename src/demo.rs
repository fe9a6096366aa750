//! The demo: a simulated world in a process of its own, and the ordinary cockpit on it by ordinary configuration.

use crate::cli::{Demo, DemoWorld, Face};
use crate::{Failure, cockpit};
use backends::{Secret, Sources};
use clap::ValueEnum as _;
use simulator::{StoryState, WorldKind};
use std::io::Write;
use std::path::Path;
use std::process::{ExitCode, Stdio};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

/// What the world says on its standard output once everything answers.
const READY: &str = "ready";
/// And when its story has come to its end.
const ENDED: &str = "ended";

fn kind(demo: &Demo) -> WorldKind {
    match demo.world {
        DemoWorld::Default => WorldKind::Default,
        DemoWorld::Talhelper => WorldKind::Talhelper,
    }
}

/// The program that a world's `bin/talhelper` starts.
pub fn talhelper(arguments: &[String]) -> ExitCode {
    simulator::talhelper(arguments, &mut std::io::stdout(), &mut std::io::stderr()).into()
}

/// The program that a world's `bin/tofu` starts.
pub fn tofu(arguments: &[String]) -> ExitCode {
    simulator::tofu(arguments, &mut std::io::stdout(), &mut std::io::stderr()).into()
}

/// `pilothouse demo --serve DIR`: the world alone, until it is told to end.
pub async fn serve(demo: &Demo) -> Result<ExitCode, Failure> {
    let dir = demo.serve.clone().unwrap_or_default();
    let input = Input::default();
    let options = simulator::Options {
        dir: std::path::absolute(&dir)?,
        seed: demo.seed,
        speed: demo.speed,
        world: kind(demo),
        nodes: demo.nodes.unwrap_or_else(|| kind(demo).usual_nodes()),
        pods: demo.pods,
        engines: demo.engines.as_ref().map(std::path::absolute).transpose()?,
        program: None,
        story: demo.story.clone(),
        begins: demo.begin_on_line.then(|| input.line.subscribe()),
    };
    let served = simulator::serve(&options).await.map_err(|err| Failure::World(err.to_string()))?;
    writeln!(std::io::stdout(), "{READY} {}", options.dir.display())?;

    let mut terminate = signal(SignalKind::terminate())?;
    if demo.until_eof || demo.begin_on_line {
        input.read();
    }
    let eof = async { if demo.until_eof { input.ended().await } else { std::future::pending().await } };
    let told = tokio::select! {
        _ = terminate.recv() => Ok(()),
        _ = tokio::signal::ctrl_c() => Ok(()),
        () = eof => Ok(()),
        told = tell_the_end(&served, demo) => told,
    };
    served.stop().await;
    told.map(|()| ExitCode::SUCCESS)
}

/// Say how the story ended; returns only where the world shall end with it.
async fn tell_the_end(served: &simulator::Served, demo: &Demo) -> Result<(), Failure> {
    served.ended().await;
    let told = match served.story_state() {
        StoryState::Failed(why) => Err(Failure::World(format!("{}: {why}", demo.story))),
        _ => Ok(()),
    };
    let line = match &told {
        Ok(()) => format!("{ENDED} {}", demo.story),
        Err(why) => format!("failed {why}"),
    };
    // A cockpit listens for the first line only.
    let _ = writeln!(std::io::stdout(), "{line}");
    if demo.once { told } else { std::future::pending().await }
}

/// What whoever holds the other end of standard input does there.
#[derive(Default)]
struct Input {
    /// Whether a line was said.
    line: watch::Sender<bool>,
    ended: watch::Sender<bool>,
}

impl Input {
    fn read(&self) {
        let (line, ended) = (self.line.clone(), self.ended.clone());
        std::thread::spawn(move || {
            // Input that cannot be read has ended.
            for _ in std::io::stdin().lines().map_while(Result::ok) {
                line.send_replace(true);
            }
            ended.send_replace(true);
        });
    }

    /// Returns when the other end is gone.
    async fn ended(&self) {
        // An error means that this is gone too.
        let _ = self.ended.subscribe().wait_for(|it| *it).await;
    }
}

/// `pilothouse demo`: start a world, look at it, and take it down.
pub async fn run(demo: &Demo, face: &Face) -> Result<ExitCode, Failure> {
    let dir = tempfile::Builder::new().prefix("pilothouse-").tempdir()?;
    let mut world = start(demo, dir.path()).await?;
    let left = cockpit::run(sources(dir.path())?, face).await;
    // The world ends with its standard input; one that does not is ended by its id.
    drop(world.stdin.take());
    if tokio::time::timeout(Duration::from_secs(5), world.wait()).await.is_err() {
        world.kill().await?;
    }
    left
}

async fn start(demo: &Demo, dir: &Path) -> Result<Child, Failure> {
    let mut command = Command::new(std::env::current_exe()?);
    command.arg("demo").arg("--serve").arg(dir).arg("--until-eof");
    let world = demo.world.to_possible_value();
    command.args(["--world", world.as_ref().map_or("default", |it| it.get_name())]);
    command.args([
        "--story",
        &demo.story,
        "--speed",
        &demo.speed.to_string(),
        "--seed",
        &demo.seed.to_string(),
    ]);
    command.args(["--pods", &demo.pods.to_string()]);
    if let Some(nodes) = demo.nodes {
        command.args(["--nodes", &nodes.to_string()]);
    }
    if let Some(engines) = &demo.engines {
        command.arg("--engines").arg(engines);
    }
    if demo.once {
        command.arg("--once");
    }
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    // A process group of its own: ctrl-c at the cockpit is the cockpit's.
    command.process_group(0);
    let mut world = command.spawn()?;
    let stdout = world.stdout.take().ok_or_else(|| Failure::World("the world has no output".into()))?;
    let mut line = String::new();
    BufReader::new(stdout).read_line(&mut line).await?;
    if !line.starts_with(READY) {
        let mut said = String::new();
        if let Some(mut stderr) = world.stderr.take() {
            stderr.read_to_string(&mut said).await?;
        }
        let said = said.trim();
        let said = said.strip_prefix("pilothouse: ").unwrap_or(said);
        return Err(Failure::World(format!("the world did not start: {said}")));
    }
    if let Some(mut stderr) = world.stderr.take() {
        // A full pipe would stop the world.
        tokio::spawn(async move { tokio::io::copy(&mut stderr, &mut tokio::io::sink()).await });
    }
    Ok(world)
}

/// The files that the world wrote, as anybody would give them.
fn sources(dir: &Path) -> Result<Sources, Failure> {
    let cloud = std::fs::read_to_string(dir.join("hcloud.env")).unwrap_or_default();
    let value = |name: &str| {
        let line = cloud.lines().find_map(|line| {
            line.trim().strip_prefix("export ").or(Some(line.trim())).and_then(|it| it.strip_prefix(name))
        });
        line.and_then(|it| it.strip_prefix('=')).map(|it| it.trim_matches('"').to_owned())
    };
    Ok(Sources {
        kubeconfig: Some(dir.join("kubeconfig")),
        talosconfig: Some(dir.join("talosconfig")),
        repository: Some(dir.join("repo")),
        hcloud_token: value("HCLOUD_TOKEN").map(Secret::new),
        hcloud_endpoint: value("HCLOUD_ENDPOINT"),
        hcloud_calls: value("PILOTHOUSE_HCLOUD_CALLS").and_then(|it| it.parse().ok()),
        state_dir: Some(dir.join("state")),
        tools: Some(dir.join("bin")).filter(|it| it.is_dir()),
        age_key_file: Some(dir.join("age.key")).filter(|it| it.is_file()),
        ..Sources::default()
    })
}
