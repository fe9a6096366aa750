//! etcd's answers, as Talos passes them on.

use super::Yaml;
use crate::talos::talosconfig::authority;
use crate::talos::tidy::plain;
use domain::{Alarm, ListedMember, MemberId, MemberStatus};
use wire::machine as pb;

pub(crate) fn members(answer: pb::EtcdMemberListResponse) -> Vec<ListedMember> {
    let all = answer.messages.into_iter().flat_map(|it| it.members);
    let listed = |it: pb::EtcdMember| ListedMember {
        id: MemberId(it.id),
        name: plain(&it.hostname),
        addresses: it.peer_urls.iter().filter_map(|it| Some(authority(it)?.host)).collect(),
        learner: it.is_learner,
    };
    all.map(listed).collect()
}

pub(crate) fn status(answer: pb::EtcdStatusResponse) -> Option<MemberStatus> {
    let it = answer.messages.into_iter().next()?.member_status?;
    let bytes = |it: i64| u64::try_from(it).unwrap_or(0);
    let version = if it.storage_version.is_empty() { it.protocol_version } else { it.storage_version };
    Some(MemberStatus {
        id: MemberId(it.member_id),
        leader: (it.leader != 0).then_some(MemberId(it.leader)),
        learner: it.is_learner,
        size: bytes(it.db_size),
        in_use: bytes(it.db_size_in_use),
        term: it.raft_term,
        index: it.raft_index,
        applied: it.raft_applied_index,
        version: plain(&version),
        errors: it.errors.iter().map(|it| plain(it)).collect(),
    })
}

pub(crate) fn alarms(answer: pb::EtcdAlarmListResponse) -> Vec<(MemberId, Alarm)> {
    use pb::etcd_member_alarm::AlarmType;
    let all = answer.messages.into_iter().flat_map(|it| it.member_alarms);
    let alarm = |it: pb::EtcdMemberAlarm| match it.alarm() {
        AlarmType::None => None,
        AlarmType::Nospace => Some((MemberId(it.member_id), Alarm::NoSpace)),
        AlarmType::Corrupt => Some((MemberId(it.member_id), Alarm::Corrupt)),
    };
    all.filter_map(alarm).collect()
}

/// How large the database may grow, where the spec of etcd sets it.
pub(crate) fn quota(spec: &str) -> Option<u64> {
    let said = Yaml::read(spec).at(&["extraArgs", "quota-backend-bytes"]);
    // One value, or since Talos 1.13 a list of them.
    let value = said.text().or_else(|| said.texts_at(&[]).pop()).or_else(|| said.texts_at(&["values"]).pop());
    value?.parse().ok().filter(|it| *it > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_read() {
        let member = pb::EtcdMember {
            id: 0x8e9e,
            hostname: "cp-1\n".into(),
            peer_urls: vec!["https://10.0.0.2:2380".into(), "https://[fd00::2]:2380".into()],
            ..Default::default()
        };
        let answer = pb::EtcdMemberListResponse {
            messages: vec![pb::EtcdMembers { members: vec![member], ..Default::default() }],
        };
        let read = members(answer);
        assert_eq!((read[0].name.as_str(), read[0].addresses.join(" ")), ("cp-1", "10.0.0.2 fd00::2".into()));
        let it = pb::EtcdMemberStatus {
            db_size: -1,
            leader: 0,
            storage_version: "3.6.0".into(),
            ..Default::default()
        };
        let answer = pb::EtcdStatusResponse {
            messages: vec![pb::EtcdStatus { member_status: Some(it), ..Default::default() }],
        };
        let read = status(answer).unwrap();
        assert_eq!((read.size, read.leader, read.version.as_str()), (0, None, "3.6.0"));
    }

    #[test]
    fn the_quota_has_several_shapes() {
        assert_eq!(quota("extraArgs:\n  quota-backend-bytes: \"8589934592\"\n"), Some(8_589_934_592));
        assert_eq!(quota("extraArgs:\n  quota-backend-bytes:\n    - \"100\"\n"), Some(100));
        assert_eq!(quota("extraArgs:\n  quota-backend-bytes: {values: [\"7\"]}\n"), Some(7));
        assert_eq!(quota("name: x\n"), None);
    }
}
