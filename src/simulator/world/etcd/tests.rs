//! Membership and quorum, as etcd has them.

use super::*;

fn address(last: u8) -> IpAddr {
    IpAddr::from([127, 9, 9, last])
}

/// Three voters, the first of which leads.
fn three() -> (Etcd, [u64; 3]) {
    let etcd = Etcd::new(Clock::running(1_000.0), 7);
    let ids = [1, 2, 3].map(|n| etcd.place(&format!("cp-{n}"), address(n)));
    (etcd, ids)
}

#[tokio::test]
async fn a_lost_leader_is_followed_by_another_in_a_new_term() {
    let (etcd, ids) = three();
    let before = etcd.status(ids[1]).unwrap();
    assert_eq!(before.leader, ids[0]);
    etcd.stop(ids[0]);
    assert!(*etcd.quorum().borrow(), "two of three are enough");
    let mut changed = etcd.changed();
    while etcd.leader().is_none() {
        changed.changed().await.unwrap();
    }
    let after = etcd.status(ids[1]).unwrap();
    assert_ne!(after.leader, ids[0]);
    assert!(after.term > before.term);
}

#[tokio::test]
async fn two_of_three_lost_is_no_quorum_and_nothing_can_be_changed() {
    let (etcd, ids) = three();
    etcd.stop(ids[1]);
    etcd.stop(ids[2]);
    assert!(!*etcd.quorum().borrow());
    assert_eq!(etcd.remove(ids[2]), Err(EtcdError::NoLeader));
    let frozen = etcd.status(ids[0]).unwrap();
    assert_eq!(frozen.errors, ["etcdserver: no leader"]);
    etcd.start(ids[1], "cp-2").unwrap();
    assert!(*etcd.quorum().borrow());
}

#[tokio::test]
async fn a_new_member_learns_first_and_votes_then() {
    let (etcd, ids) = three();
    let new = etcd.add_learner("cp-4", address(4)).unwrap();
    assert_eq!(etcd.add_learner("cp-5", address(5)), Err(EtcdError::TooManyLearners));
    assert_eq!(etcd.member(new).unwrap().name, "");
    assert_eq!(etcd.promote(new), Err(EtcdError::NotReady));
    etcd.start(new, "cp-4").unwrap();
    etcd.promote(new).unwrap();
    assert!(!etcd.member(new).unwrap().learner);
    assert_eq!(etcd.forfeit(ids[0]).unwrap(), Some("cp-2".into()));
    assert_eq!(etcd.forfeit(ids[0]).unwrap(), None, "it no longer leads");
    etcd.remove(ids[0]).unwrap();
    assert_eq!(etcd.remove(ids[0]), Err(EtcdError::NoSuchMember));
    assert_eq!(etcd.members().len(), 3);
}

#[tokio::test]
async fn a_full_database_takes_no_writes_until_there_is_room() {
    let (etcd, ids) = three();
    etcd.set_full(true);
    assert!(!*etcd.space().borrow());
    assert!(etcd.status(ids[0]).unwrap().db_size >= 2 * 1024 * 1024 * 1024);
    etcd.set_full(false);
    assert!(*etcd.space().borrow());
}
