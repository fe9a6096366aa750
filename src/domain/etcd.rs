//! etcd: what each control-plane node says of it, and what follows for the whole.

use crate::{Entity, MemberId, NodeName, first_label};

/// One member, as a node lists it.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub struct ListedMember {
    pub id: MemberId,
    /// The name it gave when it joined: the host's.
    pub name: String,
    /// Hosts of its peer URLs.
    pub addresses: Vec<String>,
    pub learner: bool,
}

/// What a member says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub struct MemberStatus {
    pub id: MemberId,
    /// `None` while there is no leader.
    pub leader: Option<MemberId>,
    pub learner: bool,
    /// Bytes of the database file, and of what in it is in use.
    pub size: u64,
    pub in_use: u64,
    pub term: u64,
    /// How far the log is agreed upon, and how far this member has applied it.
    pub index: u64,
    pub applied: u64,
    /// The version of etcd's storage, as in "3.6"; of the server where it says more.
    pub version: String,
    pub errors: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub enum Alarm {
    /// The database is full: nothing can be written.
    NoSpace,
    /// The data of this member differs from the others'.
    Corrupt,
}

impl Alarm {
    pub fn words(self) -> &'static str {
        match self {
            Alarm::NoSpace => "no space: nothing can be written",
            Alarm::Corrupt => "data is corrupt",
        }
    }
}

/// etcd as seen from one control-plane node. Where a part could not be asked, the last known one stays.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub struct EtcdView {
    pub node: NodeName,
    /// Whether it answered when it was last asked.
    pub answers: bool,
    pub members: Vec<ListedMember>,
    pub status: Option<MemberStatus>,
    pub alarms: Vec<(MemberId, Alarm)>,
    /// Bytes the database may grow to, where its config says; etcd's own default is [`DEFAULT_QUOTA`].
    pub quota: Option<u64>,
}

/// 2 GiB.
pub const DEFAULT_QUOTA: u64 = 2 << 30;

impl Entity for EtcdView {
    type Id = NodeName;
    fn id(&self) -> &NodeName {
        &self.node
    }
}

/// One member, put together from everybody's views.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Member {
    pub id: MemberId,
    pub name: String,
    pub learner: bool,
    pub leader: bool,
    /// The node it runs on, where one says so.
    pub node: Option<NodeName>,
    /// Its node has been asked. Before that its silence means nothing.
    pub asked: bool,
    /// It answers, without errors and without corrupt data.
    pub healthy: bool,
    pub status: Option<MemberStatus>,
    pub alarms: Vec<Alarm>,
    /// How many entries it is behind the furthest one.
    pub lag: Option<u64>,
}

/// etcd as a whole.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub struct Etcd {
    /// By name.
    pub members: Vec<Member>,
    pub term: Option<u64>,
    pub index: Option<u64>,
    pub quota: u64,
    /// A member that answers says who leads. Without a quorum nobody leads for longer than an election takes, so
    /// the quorum stands even where too few members answer us.
    pub led: bool,
    /// Control-plane nodes whose own member is on nobody's list.
    pub strays: Vec<NodeName>,
    /// Nodes whose member list differs from the one shown, and how, in words.
    pub disagreements: Vec<(NodeName, String)>,
}

/// How many voters must agree.
pub fn quorum(voters: usize) -> usize {
    voters / 2 + 1
}

impl Etcd {
    /// Put the views of all nodes together. The list shown is the leader's, else the one most nodes agree on.
    pub fn of<'a>(views: impl Iterator<Item = &'a EtcdView>) -> Self {
        let views: Vec<&EtcdView> = views.collect();
        let Some(shown) = best_list(&views) else { return Self::default() };
        let answering = || views.iter().filter(|it| it.answers);
        let leader = answering().filter_map(|it| it.status.as_ref()).filter(|it| it.leader.is_some());
        let leader = leader.max_by_key(|it| it.term).and_then(|it| it.leader);
        let index = answering().filter_map(|it| it.status.as_ref()).map(|it| it.index).max();
        let mut members: Vec<Member> =
            shown.members.iter().map(|listed| member(listed, &views, leader, index)).collect();
        members.sort_by(|a, b| a.name.cmp(&b.name).then(a.id.cmp(&b.id)));
        let listed = |id: MemberId| shown.members.iter().any(|it| it.id == id);
        let strays = answering()
            .filter(|it| it.status.as_ref().is_some_and(|status| !listed(status.id)))
            .map(|it| it.node.clone())
            .collect();
        let disagreements =
            answering().filter_map(|it| Some((it.node.clone(), difference(shown, it)?))).collect();
        Self {
            members,
            term: answering().filter_map(|it| it.status.as_ref()).map(|it| it.term).max(),
            index,
            quota: views.iter().find_map(|it| it.quota).unwrap_or(DEFAULT_QUOTA),
            led: leader.is_some(),
            strays,
            disagreements,
        }
    }

    pub fn voters(&self) -> usize {
        self.members.iter().filter(|it| !it.learner).count()
    }

    pub fn healthy_voters(&self) -> usize {
        self.members.iter().filter(|it| !it.learner && it.healthy).count()
    }

    /// How many more voters may be lost; `None` where there is no quorum any more.
    pub fn may_lose(&self) -> Option<usize> {
        self.healthy_voters().checked_sub(quorum(self.voters())).filter(|_| self.voters() > 0)
    }

    pub fn leader(&self) -> Option<&Member> {
        self.members.iter().find(|it| it.leader)
    }

    /// What would be left without one of its members.
    pub fn without(&self, id: MemberId) -> Etcd {
        let members = self.members.iter().filter(|it| it.id != id).cloned().collect();
        // Who leads then is not known now.
        Etcd { members, led: false, ..self.clone() }
    }

    /// Voters whose nodes have not been asked yet: until then the whole is not known.
    pub fn unasked(&self) -> usize {
        self.members.iter().filter(|it| !it.learner && !it.asked).count()
    }

    /// "4 of 4 healthy, may lose 1" in parts: healthy voters of all, then what that is worth.
    pub fn worth(&self) -> String {
        match (self.voters(), self.may_lose()) {
            (0, _) => "no member is known".into(),
            (_, None) if self.led => "too few answer here, yet it has a leader".into(),
            (_, None) => "no quorum: nothing can be written".into(),
            (_, Some(0)) => "may lose none".into(),
            (_, Some(some)) => format!("may lose {some}"),
        }
    }
}

fn member(
    listed: &ListedMember,
    views: &[&EtcdView],
    leader: Option<MemberId>,
    index: Option<u64>,
) -> Member {
    let host = first_label(&listed.name);
    // A node that never told its member's number is known by its name.
    let own = views
        .iter()
        .find(|it| it.status.as_ref().is_some_and(|status| status.id == listed.id))
        .or_else(|| views.iter().find(|it| it.status.is_none() && first_label(&it.node.0) == host));
    let mut alarms: Vec<Alarm> = views
        .iter()
        .flat_map(|it| &it.alarms)
        .filter(|(id, _)| *id == listed.id)
        .map(|(_, alarm)| *alarm)
        .collect();
    alarms.sort();
    alarms.dedup();
    let status = own.and_then(|it| it.status.clone());
    let answers = own.is_some_and(|it| it.answers);
    // Alarms stand among the errors too; a full database still answers and votes.
    let errors = status.iter().flat_map(|it| &it.errors).filter(|it| !it.contains("alarm:"));
    let sound = status.is_some() && errors.count() == 0 && !alarms.contains(&Alarm::Corrupt);
    Member {
        id: listed.id,
        name: if listed.name.is_empty() { listed.addresses.join(" ") } else { listed.name.clone() },
        learner: listed.learner,
        leader: leader == Some(listed.id) && answers,
        node: own.map(|it| it.node.clone()),
        asked: own.is_some(),
        healthy: answers && sound,
        lag: status
            .as_ref()
            .filter(|_| answers)
            .zip(index)
            .map(|(it, index)| index.saturating_sub(it.applied)),
        status,
        alarms,
    }
}

/// The view whose member list is believed.
fn best_list<'a>(views: &[&'a EtcdView]) -> Option<&'a EtcdView> {
    let with: Vec<&&EtcdView> = views.iter().filter(|it| !it.members.is_empty()).collect();
    let leads = |it: &EtcdView| it.status.as_ref().is_some_and(|status| status.leader == Some(status.id));
    let agreeing = |it: &EtcdView| with.iter().filter(|other| ids(other) == ids(it)).count();
    with.iter().max_by_key(|it| (it.answers, leads(it), agreeing(it))).map(|it| **it)
}

fn ids(view: &EtcdView) -> Vec<(MemberId, bool)> {
    let mut ids: Vec<_> = view.members.iter().map(|it| (it.id, it.learner)).collect();
    ids.sort();
    ids
}

/// How a node's list differs from the one shown.
fn difference(shown: &EtcdView, other: &EtcdView) -> Option<String> {
    if other.members.is_empty() || ids(shown) == ids(other) {
        return None;
    }
    let named = |it: &ListedMember| if it.name.is_empty() { it.id.to_string() } else { it.name.clone() };
    let not_in = |a: &EtcdView, b: &EtcdView| -> Vec<String> {
        a.members.iter().filter(|it| b.members.iter().all(|other| other.id != it.id)).map(named).collect()
    };
    let (lacks, more) = (not_in(shown, other), not_in(other, shown));
    Some(match (lacks.is_empty(), more.is_empty()) {
        (false, true) => format!("does not list {}", lacks.join(", ")),
        (true, false) => format!("lists {} as well", more.join(", ")),
        (false, false) => format!("lists {} instead of {}", more.join(", "), lacks.join(", ")),
        (true, true) => "takes another member for a learner".into(),
    })
}

#[cfg(test)]
#[path = "etcd_tests.rs"]
mod tests;
