//! The Etcd screen in words.

use super::*;
use crate::{Message, update};
use domain::{Change, EtcdView, Feed, ListedMember, MemberId, MemberStatus, Node, Observation};

fn view(at: u64, of: &[u64]) -> EtcdView {
    let listed =
        |id: &u64| ListedMember { id: MemberId(*id), name: format!("cp-{id}"), ..Default::default() };
    EtcdView {
        node: format!("cp-{at}").as_str().into(),
        answers: true,
        members: of.iter().map(listed).collect(),
        status: Some(MemberStatus {
            id: MemberId(at),
            leader: Some(MemberId(1)),
            term: 14,
            index: 48_291_003,
            applied: 48_291_003,
            ..Default::default()
        }),
        ..Default::default()
    }
}

fn model(views: Vec<EtcdView>) -> Model {
    let mut model = Model::default();
    model.screen.place = Place::Page(Page::Etcd);
    let nodes =
        (1..=3).map(|at| Node { name: format!("cp-{at}").as_str().into(), ..Default::default() }).collect();
    update(&mut model, Message::Observed(Observation::Nodes(Change::Snapshot(nodes))));
    update(&mut model, Message::Observed(Observation::Etcd(Change::Snapshot(views))));
    model
}

fn said(model: &Model) -> Vec<String> {
    let answer = answer(model);
    let mut said = vec![answer.head.text(), answer.log];
    said.extend(answer.sentences.iter().map(Phrase::text));
    said
}

#[test]
fn a_whole_etcd_says_what_it_is_worth() {
    let all = [1, 2, 3];
    let mut model = model(all.iter().map(|at| view(*at, &all)).collect());
    model.screen.listing_mut().selected = Some(RowKey(MemberId(1).to_string()));
    assert_eq!(
        said(&model),
        [
            "3 of 3 healthy · quorum is 2 · may lose 1",
            "term 14 · index 48,291,003",
            "If cp-1 leaves: 2 of 2, quorum 2, may lose none; a new leader is elected first.",
            "No alarm.",
        ]
    );
}

#[test]
fn a_member_on_no_machine_and_one_that_is_silent_are_told_apart() {
    let all = [1, 2, 3, 9];
    let mut views: Vec<EtcdView> = [1, 2, 3].iter().map(|at| view(*at, &all)).collect();
    views[2].answers = false;
    views.iter_mut().filter_map(|it| it.status.as_mut()).for_each(|it| it.leader = None);
    let model = model(views);
    let rows = answer(&model).rows;
    let notes: Vec<String> = rows.iter().map(|it| it.note.text()).collect();
    assert_eq!(notes, ["", "", "does not answer", "no machine has this name"]);
    assert_eq!(said(&model)[0], "2 of 4 healthy · quorum is 3 · no quorum: nothing can be written");
}

#[test]
fn where_nothing_is_known_the_reason_is() {
    let mut model = Model::default();
    assert_eq!(said(&model), ["asking the control planes", ""]);
    let forbidden = Link::Forbidden { why: "not authorized".into() };
    update(&mut model, Message::Observed(Observation::Link(Feed::of(Source::Etcd, "cp-1"), forbidden)));
    assert_eq!(said(&model)[0], "forbidden: not authorized");
}
