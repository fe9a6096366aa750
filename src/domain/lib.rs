//! The words of the house: what a cluster is, and how a wish becomes a fact.
//!
//! Nothing here reads a clock, a file or a socket, and nothing here is drawn.

mod application;
mod capi;
mod change;
mod change_on_its_way;
mod check;
mod cluster;
mod condition;
mod delivery;
mod draft;
mod drift;
mod etcd;
mod feed;
mod firewall;
mod flux;
mod id;
mod infrastructure;
pub mod inventory;
mod kube_node;
mod last_known;
mod log;
mod machine;
mod meta;
mod moment;
mod news;
mod node;
mod object;
mod observation;
mod order;
mod plan;
mod proposal;
mod release;
mod repository;
mod resource;
mod revision;
mod roll;
mod seal;
mod server;
mod sheet;
mod source_map;
mod sync_window;
mod token;
mod unseen;
mod veil;

pub use application::{
    AppCondition, AppResource, AppSource, Application, ApplicationSet, Automated, Deployed, Health,
    Operation, OperationPhase, Project, SetMember, Sync,
};
pub use capi::CapiChange;
pub use change::{Change, Entity, Table};
pub use change_on_its_way::{Journey, Leg, Reached, Step};
pub use check::{Check, Diagnosis, Verdict};
pub use cluster::{
    ChartProxy, Cluster, ControlPlane, Counts, HealthCheck, InfraCluster, MachineDeployment, MachineSet,
    Strategy, WantedBalancer,
};
pub use condition::{Condition, Conditions, Severity, Truth};
pub use delivery::DeliveryChange;
pub use draft::{Draft, DraftFile, ScalarEdit, ValueChange};
pub use drift::{
    Basis, Class, ConfigComparison, ConfigInstaller, Difference, Found, LookedBack, Mend, ObjectComparison,
    Overtaken, Return, Said, Subject, Sureness, Unlike, Way, Writer, Written,
};
pub use etcd::{Alarm, DEFAULT_QUOTA, Etcd, EtcdView, ListedMember, Member, MemberStatus, quorum};
pub use feed::{Feed, Link, Source};
pub use firewall::{CloudAction, Firewall, FirewallRule, FormerRules, Network};
pub use flux::{FluxObject, FluxStep};
pub use id::{Digest, MachineId, MemberId, NodeName, ObjectRef, OrderId, RollId, ServerId};
pub use infrastructure::{BootstrapConfig, InfraMachine, MachineTemplate};
pub use kube_node::{Budget, KubeNode};
pub use last_known::LastKnown;
pub use log::{LogChange, LogLine, PodLogs, writes_logs};
pub use machine::{Address, Deletion, DeletionStage, Machine, MachinePhase, first_label};
pub use meta::Meta;
pub use moment::Moment;
pub use news::News;
pub use node::{ConfigFact, KubernetesSide, Node, NodeRole, NodeUse, Service, Share, Stage};
pub use object::{ObjectText, Section, SummaryLine};
pub use observation::{Finding, Look, Merged, Merging, Observation, Watch};
pub use order::{Order, Outcome, Refusal};
pub use plan::{
    Approval, Confirmed, Consent, DeliveredFolder, Demand, FieldChange, NodeEffect, NodePreview, Pending,
    Plan, Planned, Previewed, Rendered, Running,
};
pub use proposal::{Proposal, Review};
pub use release::{Release, Upgrade};
pub use repository::{BlameLine, Commit, CommitDiff, DiffLine, FileDiff, Log, RepositoryState, WorkTree};
pub use resource::{Cell, ColumnTitle, Fare, Kind, KindRef, ResourceRow, RowId, RowsChange, RowsOf};
pub use revision::{BranchName, CommitId, RepoPath, Revision};
pub use roll::{
    Act, Aftermath, DRAIN_SECONDS, GateReport, GateState, Installed, Progress, Receipt, RollGate, RollStep,
    STEADY, StandingRoll, Stopped,
};
pub use seal::is_locked;
pub use server::{CloudProject, LoadBalancer, LoadBalancerService, LoadBalancerTarget, Server};
pub use sheet::{CosiType, NodeLog, NodeLogs, Sheet, SheetCell, SheetColumn, SheetKind, SheetOf, SheetRow};
pub use source_map::{DeclaredNode, Quotes, Scalar, SourceMap, SourceObject};
pub use sync_window::{Cron, Gate, SyncWindow, gate};
pub use token::written;
pub use unseen::{revealed, unseen};
pub use veil::{hidden, veiled, veiled_value, without_passwords};
