//! Quorum in numbers and words.

use super::*;

fn view(at: u64, of: &[u64]) -> EtcdView {
    EtcdView {
        node: NodeName(format!("cp-{at}")),
        answers: true,
        members: of
            .iter()
            .map(|id| ListedMember { id: MemberId(*id), name: format!("cp-{id}"), ..Default::default() })
            .collect(),
        status: Some(MemberStatus {
            id: MemberId(at),
            leader: Some(MemberId(1)),
            index: 100,
            applied: 100 - at,
            ..Default::default()
        }),
        ..Default::default()
    }
}

fn etcd(views: &[EtcdView]) -> Etcd {
    Etcd::of(views.iter())
}

#[test]
fn what_may_be_lost() {
    let table = [
        (1, 1, Some(0)),
        (2, 2, Some(0)),
        (3, 3, Some(1)),
        (3, 2, Some(0)),
        (3, 1, None),
        (4, 4, Some(1)),
        (5, 5, Some(2)),
    ];
    for (voters, healthy, may_lose) in table {
        let of: Vec<u64> = (1..=voters).collect();
        let mut views: Vec<EtcdView> = of.iter().map(|at| view(*at, &of)).collect();
        views.iter_mut().skip(healthy).for_each(|it| it.answers = false);
        assert_eq!(etcd(&views).may_lose(), may_lose, "{healthy} of {voters}");
    }
}

#[test]
fn a_learner_has_no_vote() {
    let mut views: Vec<EtcdView> = (1..=4).map(|at| view(at, &[1, 2, 3, 4])).collect();
    views.iter_mut().for_each(|it| it.members[3].learner = true);
    let whole = etcd(&views);
    assert_eq!((whole.voters(), whole.may_lose()), (3, Some(1)));
    assert_eq!(whole.without(MemberId(2)).worth(), "may lose none");
    assert_eq!(whole.members[0].lag, Some(1));
    assert!(whole.members[0].leader && !whole.members[1].leader);
}

#[test]
fn the_leaders_list_is_believed_and_who_differs_is_named() {
    let views = [view(1, &[1, 2, 3]), view(2, &[1, 2, 3]), view(3, &[1, 2, 3, 4])];
    let whole = etcd(&views);
    assert_eq!(whole.members.len(), 3);
    assert_eq!(whole.disagreements, [(NodeName::from("cp-3"), "lists cp-4 as well".to_owned())]);
    // A member that left etcd while its machine lives on.
    let views = [view(1, &[1, 2]), view(2, &[1, 2]), view(3, &[1, 2])];
    assert_eq!(etcd(&views).strays, [NodeName::from("cp-3")]);
}

#[test]
fn a_corrupt_member_is_not_healthy_and_nothing_is_known_of_nothing() {
    let mut views = [view(1, &[1, 2, 3]), view(2, &[1, 2, 3]), view(3, &[1, 2, 3])];
    views[0].alarms = vec![(MemberId(2), Alarm::Corrupt), (MemberId(2), Alarm::Corrupt)];
    let whole = etcd(&views);
    assert_eq!((whole.healthy_voters(), whole.members[1].alarms.len()), (2, 1));
    assert_eq!(etcd(&[]).worth(), "no member is known");
}
