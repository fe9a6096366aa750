//! Live over real wires: an API server in a process of its own, the hands and the mind in this one.

use crate::crowd::{node, pod};
use crate::resident;
use app::{Message, Model, Place, arrange, update};
use backends::{Hands, Sources};
use domain::{Feed, KindRef, Link, Observation, RowsOf, Source, Watch};
use futures::StreamExt;
use simulator::Clock;
use simulator::kubernetes::{ApiServer, Options, User};
use simulator::pki::{Authority, Identity, KeyKind, kubeconfig};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const NODES: usize = 500;

/// The child: serve pods and nodes until the parent goes.
pub fn serve(arguments: &[String]) {
    let (file, pods) = (Path::new(&arguments[1]), arguments[2].parse::<usize>().unwrap());
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let authority = Authority::new("kubernetes", KeyKind::EcdsaP256).unwrap();
        let leaf = authority.server(&["127.0.0.1"]).unwrap();
        let mut options =
            Options::new(&leaf.cert_pem, &leaf.key_pem, authority.cert_pem(), Clock::running(1.0));
        options.controllers = false;
        options.seed = (0..NODES).map(node).chain((0..pods).map(pod)).collect();
        let groups = vec!["system:masters".into()];
        options.users.push(User { token: Some("t".into()), name: "t".into(), groups, forbidden: Vec::new() });
        let server = ApiServer::start(options).await.unwrap();
        let url = format!("https://{}", server.address());
        let text = kubeconfig("bench", &url, authority.cert_pem(), "t", &Identity::Token("t".into()));
        std::fs::write(file, text).unwrap();
        println!("ready");
        let mut line = String::new();
        // The parent never writes; its end closes this.
        let _ = tokio::task::spawn_blocking(move || std::io::stdin().read_line(&mut line)).await;
    });
}

pub fn measure(pods: usize) {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("kubeconfig");
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["serve", &file.display().to_string(), &pods.to_string()])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut ready = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut ready).unwrap();
    let before = resident();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    runtime.block_on(listen(pods, &file, before));
    child.kill().unwrap();
    child.wait().unwrap();
}

async fn listen(pods: usize, file: &Path, before: u64) {
    let (began, cpu) = (Instant::now(), processor());
    let hands = Hands::new(Sources { kubeconfig: Some(file.into()), ..Sources::default() });
    let mut model = Model::default();
    model.screen.place = Place::Rows(KindRef::new("", "Pod"));
    model.screen.rows = 40;
    let (tell, mut heard) = tokio::sync::mpsc::channel::<Observation>(64);
    let watched = [RowsOf::all(KindRef::new("", "Pod")), RowsOf::all(KindRef::new("", "Node"))];
    for of in &watched {
        let (mut stream, tell) = (hands.watch(&Watch::Rows(of.clone())), tell.clone());
        tokio::spawn(async move {
            while let Some(it) = stream.next().await {
                if tell.send(it).await.is_err() {
                    break;
                }
            }
        });
    }
    let mut first = None;
    let live = |model: &Model, of: &RowsOf| {
        let feed = Feed::of(Source::Kube, of.feed_part());
        model.world.feeds.get(&feed).is_some_and(|it| it.link == Link::Live)
    };
    while !watched.iter().all(|of| live(&model, of)) {
        let observation = heard.recv().await.unwrap();
        update(&mut model, Message::Observed(observation));
        if first.is_none() && model.world.rows.get(&watched[0]).is_some_and(|rows| !rows.is_empty()) {
            arrange(&mut model);
            first = Some(began.elapsed());
        }
    }
    arrange(&mut model);
    let (all, spent) = (began.elapsed(), processor() - cpu);
    assert_eq!(model.arranged.len(), pods);
    let mebibytes = |it: u64| it / (1 << 20);
    println!(
        "{:<56} first rows {} ms, all {} ms, {} ms of CPU, {} MiB resident, {} MiB before",
        format!("{pods} pods and {NODES} nodes live on loopback"),
        first.unwrap_or_default().as_millis(),
        all.as_millis(),
        spent.as_millis(),
        mebibytes(resident()),
        mebibytes(before)
    );
}

/// The time that this process has had of all cores.
fn processor() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after = stat.rsplit_once(')').map(|(_, rest)| rest).unwrap_or_default();
    let ticks: u64 = after.split_whitespace().skip(11).take(2).filter_map(|it| it.parse::<u64>().ok()).sum();
    Duration::from_millis(ticks * 10)
}
