//! The Resources screens drawn: rows, objects, texts and logs, at every size.

use app::{Action, Key, Keymap, Message, Model, Page, Place, Tab, arrange, queries, update};
use domain::{
    Cell, Change, ColumnTitle, Fare, Feed, Kind, KindRef, Link, LogChange, LogLine, Moment, ObjectRef,
    ObjectText, Observation, PodLogs, ResourceRow, RowId, RowsChange, RowsOf, Section, Source, SummaryLine,
};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use std::path::Path;
use views::Theme;

fn shipped(path: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

const NOW: i64 = 1_795_300_000_000;

fn pods() -> RowsOf {
    RowsOf::all(KindRef::new("", "Pod"))
}

fn pod(namespace: &str, name: &str, status: &str, fare: Fare, minutes: i64) -> ResourceRow {
    ResourceRow {
        id: RowId::new(namespace, name),
        created: Some(Moment(NOW - minutes * 60_000)),
        fare,
        labels: "app=web".into(),
        cells: [
            Cell::Share(u32::from(fare == Fare::Good), 1),
            Cell::text(status),
            Cell::Number(0),
            Cell::text("10.0.0.1"),
            Cell::text("k8s-cp-a1b2c"),
        ]
        .into(),
    }
}

fn hear(model: &mut Model, observation: Observation) {
    update(model, Message::Observed(observation));
}

fn object() -> ObjectRef {
    ObjectRef { group: String::new(), kind: "Pod".into(), namespace: "ory".into(), name: "hydra-0".into() }
}

fn model() -> Model {
    let mut model = Model::default();
    model.settings.keymap = Keymap::parse("keymap.toml", &shipped("keymap.toml")).unwrap();
    model.now = Moment(NOW);
    model.screen.rows = 10;
    let kind = Kind {
        id: pods().kind,
        version: "v1".into(),
        plural: "pods".into(),
        singular: "pod".into(),
        short: vec!["po".into()],
        namespaced: true,
        watchable: true,
    };
    hear(&mut model, Observation::Kinds(Change::Snapshot(vec![kind])));
    hear(&mut model, Observation::Count(pods().kind, 20_000));
    let titles = vec![
        ColumnTitle::right("ready"),
        ColumnTitle::left("status"),
        ColumnTitle::right("restarts"),
        ColumnTitle::left("ip").wide(),
        ColumnTitle::left("node"),
    ];
    hear(&mut model, Observation::Rows(pods(), RowsChange::Columns(titles)));
    let rows = vec![
        pod("kube-system", "coredns-7db6d8ff4d-x2x9q", "Running", Fare::Good, 3),
        pod("ory", "hydra-0", "CrashLoopBackOff", Fare::Bad, 200),
        pod(
            "ory",
            "名前のとても長いポッド-with-a-name-that-goes-on-and-on-for-ever",
            "Pending",
            Fare::UnderWay,
            1,
        ),
    ];
    hear(&mut model, Observation::Rows(pods(), RowsChange::Rows(Change::Snapshot(rows))));
    hear(&mut model, Observation::Link(Feed::of(Source::Kube, pods().feed_part()), Link::Live));
    let facts = vec![SummaryLine {
        label: "main".into(),
        value: "waiting, CrashLoopBackOff".into(),
        fare: Fare::Bad,
    }];
    let text = ObjectText {
        yaml: "apiVersion: v1\nkind: Pod\nspec:\n  replicas: 3".lines().map(Box::from).collect(),
        summary: vec![Section { title: "containers".into(), lines: facts }],
        has_logs: true,
    };
    hear(&mut model, Observation::Object(object(), Some(Box::new(text))));
    let logs = PodLogs { pods: vec![object()], previous: false };
    hear(
        &mut model,
        Observation::PodLogs(logs.clone(), LogChange::Writers(vec!["main".into(), "proxy".into()])),
    );
    let line = |at: i64| LogLine {
        at: Some(Moment(NOW + at)),
        writer: (at % 2) as u16,
        text: format!("line {at} {}", "of a log ".repeat(at as usize % 30)).into(),
    };
    hear(&mut model, Observation::PodLogs(logs, LogChange::Lines((0..100).map(line).collect())));
    model
}

/// Every place of this screen.
fn places() -> Vec<Place> {
    let mut places = vec![
        Place::Page(Page::Resources),
        Place::Rows(pods().kind),
        Place::Rows(KindRef::new("x", "Absent")),
    ];
    places.extend(Tab::of(&object()).iter().map(|tab| Place::Object(object(), *tab)));
    places.push(Place::PodLogs(vec![object(), object()]));
    places
}

fn drawn(model: &Model, width: u16, height: u16) -> (Vec<String>, u16) {
    let theme = Theme::parse("night", &shipped("themes/night.toml")).unwrap();
    let mut buf = Buffer::empty(Rect::new(0, 0, width, height));
    let rows = views::draw(model, &theme, buf.area, &mut buf).rows;
    let line = |y| (0..width).map(|x| buf[(x, y)].symbol()).collect::<String>().trim_end().to_owned();
    ((0..height).map(line).collect(), rows)
}

#[test]
fn every_place_fits_every_terminal() {
    let mut model = model();
    for place in places() {
        model.screen.place = place;
        for (wrapped, timed) in [(false, false), (true, true)] {
            let list = model.screen.listing_mut();
            (list.wrapped, list.timed) = (wrapped, timed);
            for (width, height) in
                [(1, 1), (2, 5), (7, 3), (20, 6), (40, 10), (80, 24), (60, 15), (180, 50), (250, 80)]
            {
                arrange(&mut model);
                let (_, rows) = drawn(&model, width, height);
                update(&mut model, Message::Fitted { rows });
                for action in [Action::Bottom, Action::PageUp, Action::Down, Action::Top] {
                    update(&mut model, Message::Asked(action));
                    drawn(&model, width, height);
                }
            }
        }
    }
}

#[test]
fn rows_say_what_they_are_and_fit_eighty_columns() {
    let mut model = model();
    model.screen.place = Place::Rows(pods().kind);
    arrange(&mut model);
    let (lines, _) = drawn(&model, 80, 24);
    let text = lines.join("\n");
    for words in ["PODS 3   all namespaces", "CrashLoopBackOff", "coredns-", "3 h"] {
        assert!(text.contains(words), "no {words:?} in\n{text}");
    }
    for key in ["/", "c", "r", "d", "n", "s"] {
        update(&mut model, Message::Pressed(Key::from(key)));
    }
    let text = drawn(&model, 120, 24).0.join("\n");
    assert!(text.contains("nothing holds it; these are like it") && text.contains("coredns-"), "{text}");
    update(&mut model, Message::Pressed(Key::from("esc")));
    for key in ["/", "n", "o", "t", "h", "i", "n", "g", "x"] {
        update(&mut model, Message::Pressed(Key::from(key)));
    }
    let text = drawn(&model, 80, 24).0.join("\n");
    assert!(text.contains("none of 3 pods match; esc shows them all"), "{text}");
}

#[test]
fn a_row_stays_selected_while_others_come_and_its_neighbour_follows_it() {
    let mut model = model();
    model.screen.place = Place::Rows(pods().kind);
    arrange(&mut model);
    let selected = |model: &Model| model.screen.listing().unwrap().selected.clone().unwrap().0;
    assert_eq!(selected(&model), "kube-system/coredns-7db6d8ff4d-x2x9q");
    let early = pod("argocd", "early", "Running", Fare::Good, 1);
    hear(&mut model, Observation::Rows(pods(), RowsChange::Rows(Change::Upsert(early))));
    arrange(&mut model);
    assert_eq!(selected(&model), "argocd/early", "nobody chose yet: the first row is selected");
    for _ in 0..2 {
        update(&mut model, Message::Asked(Action::Down));
    }
    assert_eq!(selected(&model), "ory/hydra-0");
    let other = pod("argocd", "other", "Running", Fare::Good, 1);
    hear(&mut model, Observation::Rows(pods(), RowsChange::Rows(Change::Upsert(other))));
    arrange(&mut model);
    assert_eq!(selected(&model), "ory/hydra-0");
    hear(
        &mut model,
        Observation::Rows(pods(), RowsChange::Rows(Change::Remove(RowId::new("ory", "hydra-0")))),
    );
    arrange(&mut model);
    assert!(selected(&model).starts_with("ory/名前"), "{}", selected(&model));
}

#[test]
fn a_log_stands_still_when_it_is_read_and_follows_again_at_its_end() {
    let mut model = model();
    model.screen.place = Place::Object(object(), Tab::Logs);
    let of = queries::resources::logs_of(&model).unwrap();
    let last = |model: &Model| {
        let book = &model.world.pod_logs[&of];
        let list = model.screen.listing().cloned().unwrap_or_default();
        queries::text::log_in_sight(book, &list, 10).last().map(|(number, _)| *number)
    };
    assert_eq!(last(&model), Some(99));
    update(&mut model, Message::Asked(Action::Up));
    assert_eq!(last(&model), Some(98));
    let more = LogChange::Lines(vec![LogLine::default(); 5]);
    hear(&mut model, Observation::PodLogs(of.clone(), more));
    assert_eq!(last(&model), Some(98), "it stands still");
    update(&mut model, Message::Asked(Action::Bottom));
    assert_eq!(last(&model), Some(104));
    hear(&mut model, Observation::PodLogs(of.clone(), LogChange::Lines(vec![LogLine::default()])));
    assert_eq!(last(&model), Some(105), "it follows again");
}
