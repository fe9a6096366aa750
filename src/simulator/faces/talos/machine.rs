//! `machine.MachineService`: one line a method; what each does stands in a file of its own.

use super::stream::{Streaming, target};
use super::{apply, etcd, logs, power, stats, tell};
use tonic::{Request, Response, Status, async_trait};
use wire::common::Data;
use wire::machine as w;
use wire::machine::machine_service_server::MachineService;

#[derive(Debug, Clone, Copy)]
pub struct Machined;

type Answer<T> = Result<Response<T>, Status>;

#[async_trait]
impl MachineService for Machined {
    type DmesgStream = Streaming<Data>;
    type EtcdSnapshotStream = Streaming<Data>;
    type EventsStream = Streaming<w::Event>;
    type LogsStream = Streaming<Data>;

    async fn apply_configuration(
        &self,
        request: Request<w::ApplyConfigurationRequest>,
    ) -> Answer<w::ApplyConfigurationResponse> {
        let message = apply::apply(&target(&request)?, request.into_inner())?;
        Ok(Response::new(w::ApplyConfigurationResponse { messages: vec![message] }))
    }

    async fn bootstrap(&self, request: Request<w::BootstrapRequest>) -> Answer<w::BootstrapResponse> {
        etcd::bootstrap(&target(&request)?)?;
        Ok(Response::new(w::BootstrapResponse { messages: vec![w::Bootstrap::default()] }))
    }

    async fn containers(&self, request: Request<w::ContainersRequest>) -> Answer<w::ContainersResponse> {
        let containers = stats::containers(&*target(&request)?, &request.into_inner().namespace);
        Ok(Response::new(w::ContainersResponse {
            messages: vec![w::Container { metadata: None, containers }],
        }))
    }

    async fn cpu_info(&self, request: Request<()>) -> Answer<w::CpuInfoResponse> {
        Ok(Response::new(w::CpuInfoResponse { messages: vec![stats::cpu_info(&*target(&request)?)] }))
    }

    async fn disk_stats(&self, request: Request<()>) -> Answer<w::DiskStatsResponse> {
        Ok(Response::new(w::DiskStatsResponse { messages: vec![stats::disk_stats(&*target(&request)?)] }))
    }

    async fn dmesg(&self, request: Request<w::DmesgRequest>) -> Answer<Self::DmesgStream> {
        let node = target(&request)?;
        let asked = request.into_inner();
        Ok(logs::dmesg(node, asked.follow, asked.tail))
    }

    async fn etcd_alarm_list(&self, request: Request<()>) -> Answer<w::EtcdAlarmListResponse> {
        Ok(Response::new(w::EtcdAlarmListResponse { messages: vec![etcd::alarms(&*target(&request)?)?] }))
    }

    async fn etcd_forfeit_leadership(
        &self,
        request: Request<w::EtcdForfeitLeadershipRequest>,
    ) -> Answer<w::EtcdForfeitLeadershipResponse> {
        let member = etcd::forfeit(&*target(&request)?)?;
        let message = w::EtcdForfeitLeadership { metadata: None, member };
        Ok(Response::new(w::EtcdForfeitLeadershipResponse { messages: vec![message] }))
    }

    async fn etcd_leave_cluster(
        &self,
        request: Request<w::EtcdLeaveClusterRequest>,
    ) -> Answer<w::EtcdLeaveClusterResponse> {
        etcd::leave(&target(&request)?)?;
        Ok(Response::new(w::EtcdLeaveClusterResponse { messages: vec![w::EtcdLeaveCluster::default()] }))
    }

    async fn etcd_member_list(
        &self,
        request: Request<w::EtcdMemberListRequest>,
    ) -> Answer<w::EtcdMemberListResponse> {
        let node = target(&request)?;
        let message = etcd::members(&node, request.into_inner().query_local)?;
        Ok(Response::new(w::EtcdMemberListResponse { messages: vec![message] }))
    }

    async fn etcd_remove_member_by_id(
        &self,
        request: Request<w::EtcdRemoveMemberByIdRequest>,
    ) -> Answer<w::EtcdRemoveMemberByIdResponse> {
        let node = target(&request)?;
        etcd::remove(&node, request.into_inner().member_id)?;
        Ok(Response::new(w::EtcdRemoveMemberByIdResponse {
            messages: vec![w::EtcdRemoveMemberById::default()],
        }))
    }

    async fn etcd_snapshot(
        &self,
        request: Request<w::EtcdSnapshotRequest>,
    ) -> Answer<Self::EtcdSnapshotStream> {
        etcd::snapshot(&target(&request)?)
    }

    async fn etcd_status(&self, request: Request<()>) -> Answer<w::EtcdStatusResponse> {
        Ok(Response::new(w::EtcdStatusResponse { messages: vec![etcd::status(&*target(&request)?)?] }))
    }

    async fn events(&self, request: Request<w::EventsRequest>) -> Answer<Self::EventsStream> {
        let node = target(&request)?;
        tell::events(node, request.into_inner())
    }

    async fn hostname(&self, request: Request<()>) -> Answer<w::HostnameResponse> {
        let message = w::Hostname { metadata: None, hostname: target(&request)?.hostname() };
        Ok(Response::new(w::HostnameResponse { messages: vec![message] }))
    }

    async fn load_avg(&self, request: Request<()>) -> Answer<w::LoadAvgResponse> {
        Ok(Response::new(w::LoadAvgResponse { messages: vec![stats::load_avg(&*target(&request)?)] }))
    }

    async fn logs(&self, request: Request<w::LogsRequest>) -> Answer<Self::LogsStream> {
        let node = target(&request)?;
        logs::logs(node, &request.into_inner())
    }

    async fn logs_containers(&self, request: Request<()>) -> Answer<w::LogsContainersResponse> {
        let message = w::LogsContainer { metadata: None, ids: logs::sources(&*target(&request)?) };
        Ok(Response::new(w::LogsContainersResponse { messages: vec![message] }))
    }

    async fn memory(&self, request: Request<()>) -> Answer<w::MemoryResponse> {
        Ok(Response::new(w::MemoryResponse { messages: vec![stats::memory(&*target(&request)?)] }))
    }

    async fn mounts(&self, request: Request<()>) -> Answer<w::MountsResponse> {
        Ok(Response::new(w::MountsResponse { messages: vec![stats::mounts(&*target(&request)?)] }))
    }

    async fn network_device_stats(&self, request: Request<()>) -> Answer<w::NetworkDeviceStatsResponse> {
        Ok(Response::new(w::NetworkDeviceStatsResponse {
            messages: vec![stats::network(&*target(&request)?)],
        }))
    }

    async fn processes(&self, request: Request<()>) -> Answer<w::ProcessesResponse> {
        Ok(Response::new(w::ProcessesResponse { messages: vec![stats::processes(&*target(&request)?)] }))
    }

    async fn reboot(&self, request: Request<w::RebootRequest>) -> Answer<w::RebootResponse> {
        let message = w::Reboot { metadata: None, actor_id: power::reboot(&target(&request)?) };
        Ok(Response::new(w::RebootResponse { messages: vec![message] }))
    }

    async fn reset(&self, request: Request<w::ResetRequest>) -> Answer<w::ResetResponse> {
        let node = target(&request)?;
        let message = power::reset(&node, request.into_inner())?;
        Ok(Response::new(w::ResetResponse { messages: vec![message] }))
    }

    async fn service_list(&self, request: Request<()>) -> Answer<w::ServiceListResponse> {
        Ok(Response::new(w::ServiceListResponse { messages: vec![stats::services(&*target(&request)?)] }))
    }

    async fn stats(&self, request: Request<w::StatsRequest>) -> Answer<w::StatsResponse> {
        let stats = stats::usage(&*target(&request)?, &request.into_inner().namespace);
        Ok(Response::new(w::StatsResponse { messages: vec![w::Stats { metadata: None, stats }] }))
    }

    async fn system_stat(&self, request: Request<()>) -> Answer<w::SystemStatResponse> {
        Ok(Response::new(w::SystemStatResponse { messages: vec![stats::system(&*target(&request)?)] }))
    }

    async fn upgrade(&self, request: Request<w::UpgradeRequest>) -> Answer<w::UpgradeResponse> {
        let node = target(&request)?;
        let message = power::upgrade(&node, &request.into_inner())?;
        Ok(Response::new(w::UpgradeResponse { messages: vec![message] }))
    }

    async fn version(&self, request: Request<()>) -> Answer<w::VersionResponse> {
        Ok(Response::new(w::VersionResponse { messages: vec![stats::version(&*target(&request)?)] }))
    }
}
