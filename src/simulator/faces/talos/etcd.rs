//! What a control-plane machine answers about etcd.

use super::stream::{Streaming, all};
use crate::world::etcd::EtcdError;
use crate::world::{Lock, Node, life};
use std::sync::Arc;
use tonic::{Response, Status};
use wire::common::Data;
use wire::machine as w;

/// etcd's words under the code that gRPC has for them.
fn refused(why: EtcdError) -> Status {
    match why {
        EtcdError::NoLeader => Status::unavailable(why.to_string()),
        EtcdError::NoSuchMember => Status::not_found(why.to_string()),
        EtcdError::TooManyLearners | EtcdError::NotReady | EtcdError::NotEnoughStarted => {
            Status::failed_precondition(why.to_string())
        }
    }
}

fn only_control_plane(node: &Node) -> Result<(), Status> {
    if node.is_control_plane() {
        return Ok(());
    }
    Err(Status::unimplemented("etcd API is only available on control plane nodes"))
}

/// The asked machine's own member, which must run.
fn local(node: &Node) -> Result<u64, Status> {
    only_control_plane(node)?;
    let member = node.state.held().etcd_member;
    match member {
        Some(id) if node.runs("etcd") => Ok(id),
        _ => Err(Status::unavailable(
            "error building etcd client: context deadline exceeded: dial tcp 127.0.0.1:2379: connect: connection refused",
        )),
    }
}

pub fn bootstrap(node: &Arc<Node>) -> Result<(), Status> {
    if !node.is_control_plane() {
        return Err(Status::failed_precondition("bootstrap can only be performed on a control plane node"));
    }
    life::bootstrap(node).map_err(Status::already_exists)
}

pub fn members(node: &Node, query_local: bool) -> Result<w::EtcdMembers, Status> {
    local(node)?;
    if !query_local && node.cluster.etcd.leader().is_none() {
        return Err(Status::unavailable("etcdserver: no leader"));
    }
    let members = node.cluster.etcd.members();
    Ok(w::EtcdMembers {
        metadata: None,
        legacy_members: members.iter().map(|it| it.name.clone()).collect(),
        members: members
            .into_iter()
            .map(|it| w::EtcdMember {
                id: it.id,
                hostname: it.name.clone(),
                peer_urls: vec![format!("https://{}:2380", it.address)],
                client_urls: if it.name.is_empty() {
                    Vec::new()
                } else {
                    vec![format!("https://{}:2379", it.address)]
                },
                is_learner: it.learner,
            })
            .collect(),
    })
}

pub fn status(node: &Node) -> Result<w::EtcdStatus, Status> {
    let id = local(node)?;
    let it = node.cluster.etcd.status(id).ok_or_else(|| refused(EtcdError::NoSuchMember))?;
    let member_status = w::EtcdMemberStatus {
        protocol_version: "3.6.7".into(),
        storage_version: "3.6.0".into(),
        db_size: it.db_size,
        db_size_in_use: it.db_size_in_use,
        leader: it.leader,
        raft_index: it.index,
        raft_term: it.term,
        raft_applied_index: it.index,
        errors: it.errors,
        is_learner: it.member.learner,
        member_id: id,
    };
    Ok(w::EtcdStatus { metadata: None, member_status: Some(member_status) })
}

pub fn alarms(node: &Node) -> Result<w::EtcdAlarm, Status> {
    local(node)?;
    let etcd = &node.cluster.etcd;
    let full = if etcd.is_full() { etcd.members() } else { Vec::new() };
    let alarm = w::etcd_member_alarm::AlarmType::Nospace.into();
    let member_alarms = full.into_iter().map(|it| w::EtcdMemberAlarm { member_id: it.id, alarm }).collect();
    Ok(w::EtcdAlarm { metadata: None, member_alarms })
}

/// The new leader's name; empty where this machine's member did not lead.
pub fn forfeit(node: &Node) -> Result<String, Status> {
    let id = local(node)?;
    Ok(node.cluster.etcd.forfeit(id).map_err(refused)?.unwrap_or_default())
}

pub fn leave(node: &Arc<Node>) -> Result<(), Status> {
    local(node)?;
    life::leave_etcd(node).map_err(refused)
}

pub fn remove(node: &Node, id: u64) -> Result<(), Status> {
    local(node)?;
    node.cluster.etcd.remove(id).map_err(refused)?;
    Ok(())
}

/// The beginning of a database: enough to see that bytes come.
pub fn snapshot(node: &Arc<Node>) -> Result<Response<Streaming<Data>>, Status> {
    let id = local(node)?;
    let mut page = vec![0_u8; 4_096];
    page[16..20].copy_from_slice(&0xED0C_DAED_u32.to_le_bytes());
    page[24..32].copy_from_slice(&id.to_le_bytes());
    Ok(all(vec![Data { metadata: None, bytes: page }; 64]))
}
