//! Rows once they are here: memory, filter, order, updates.

use crate::crowd::pod;
use crate::{frames, milliseconds, resident, timed};
use app::{Action, Key, Message, Model, Place, arrange, update};
use domain::{
    Cell, Change, ColumnTitle, Fare, KindRef, Moment, Observation, ResourceRow, RowId, RowsChange, RowsOf,
};
use std::hint::black_box;
use std::time::Instant;

const KEYS: &str = include_str!("../../keymap.toml");

/// The row of a pod, as the backend makes it.
fn row(at: usize) -> ResourceRow {
    let name = format!("service-{}-{:08x}-{:05x}", at % 400, at * 7_919, at);
    ResourceRow {
        id: RowId::new(&format!("team-{}", at % 40), &name),
        created: Some(Moment(1_795_000_000_000 + at as i64)),
        fare: Fare::Good,
        labels: format!("app=service-{},team=team-{}", at % 400, at % 40).into(),
        cells: [
            Cell::Share(2, 2),
            Cell::text("Running"),
            Cell::Number(at as i64 % 5),
            Cell::text(format!("10.{}.{}.{}", at >> 16, (at >> 8) & 255, at & 255)),
            Cell::text(format!("worker-{}", at % 500)),
        ]
        .into(),
    }
}

fn columns() -> Vec<ColumnTitle> {
    ["ready", "status", "restarts", "ip", "node"].map(ColumnTitle::left).to_vec()
}

fn pods() -> RowsOf {
    RowsOf::all(KindRef::new("", "Pod"))
}

/// The list of so many pods on the screen.
pub fn model(count: usize) -> Model {
    let mut model = Model::default();
    model.settings.keymap = app::Keymap::parse("keymap.toml", KEYS).unwrap();
    model.now = Moment(1_795_300_000_000);
    model.screen.place = Place::Rows(pods().kind);
    model.screen.rows = 40;
    let mut say = |change| update(&mut model, Message::Observed(Observation::Rows(pods(), change)));
    say(RowsChange::Columns(columns()));
    say(RowsChange::Rows(Change::Snapshot(Vec::new())));
    for page in 0..count.div_ceil(500) {
        say(RowsChange::Rows(Change::Part((page * 500..((page + 1) * 500).min(count)).map(row).collect())));
    }
    model
}

pub fn measure() {
    memory();
    decode();
    filter();
    frames::measure();
    updates();
}

fn memory() {
    let before = resident();
    let model = model(50_000);
    let each = resident().saturating_sub(before) / 50_000;
    println!("{:<56} {each:>13} bytes", "memory of a pod's row, of 50,000");
    drop(model);
}

fn decode() {
    let items: Vec<_> = (0..500).map(|at| pod(at, 0)).collect();
    let list =
        serde_json::json!({ "kind": "PodList", "metadata": { "resourceVersion": "1" }, "items": items });
    let bytes = serde_json::to_vec(&list).unwrap();
    let name = format!("decode a page of 500 pods, {} KiB each", bytes.len() / 500 / 1024);
    timed(&name, 40, |_| {
        black_box(backends::kubernetes::pod_rows(&bytes).unwrap());
    });
}

fn filter() {
    let mut model = model(50_000);
    arrange(&mut model);
    let typed = ["w", "wo", "wor", "work", "worke", "worker", "worker-", "worker-4", "worker-49"];
    update(&mut model, Message::Asked(Action::Filter));
    let mut press = |key: &str| update(&mut model, Message::Pressed(Key::from(key)));
    timed("filter 50,000 rows, a key typed after another", typed.len() * 20, |turn| {
        if turn % typed.len() == 0 {
            press("ctrl-u");
        }
        let word = typed[turn % typed.len()];
        press(&word[word.len() - 1..]);
    });
    timed("filter 50,000 rows, all taken back at once", 40, |turn| {
        press(if turn % 2 == 0 { "ctrl-u" } else { "w" });
    });
    press("ctrl-u");
    press("enter");
    timed("sort 50,000 rows by the next column", 16, |_| {
        press("o");
    });
    timed("down one row of 50,000", 400, |_| {
        press("j");
    });
}

fn updates() {
    let mut model = model(20_000);
    arrange(&mut model);
    let began = Instant::now();
    let count = 200_000;
    for turn in 0..count {
        let change = RowsChange::Rows(Change::Upsert(row(turn * 31 % 20_000)));
        update(&mut model, Message::Observed(Observation::Rows(pods(), change)));
    }
    let took = began.elapsed();
    println!(
        "{:<56} {:>13.0} a second",
        "updates of 20,000 rows",
        f64::from(count as u32) / took.as_secs_f64()
    );
    println!("{:<56} {:>13.3} ms", "an update", milliseconds(took) / f64::from(count as u32));
    timed("order of 20,000 rows after 30 updates", 60, |turn| {
        for at in 0..30 {
            let change = RowsChange::Rows(Change::Upsert(row((turn * 30 + at) * 17 % 20_000)));
            update(&mut model, Message::Observed(Observation::Rows(pods(), change)));
        }
        arrange(&mut model);
    });
}
