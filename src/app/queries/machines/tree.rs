//! The tree of clusters as `clusterctl describe` would show it, live: cluster, infrastructure, control plane and its
//! machines, deployments and theirs.

use super::{outdated, waits};
use crate::queries::drift;
use crate::queries::fleet::Mark;
use crate::queries::join::{SeenEtcd, of_machine_in, seen};
use crate::queries::rollout::victims;
use crate::queries::words::{Phrase, Tone, count};
use crate::{Capi, Model, RowKey};
use domain::{Cluster, Conditions, ControlPlane, Counts, Machine, MachineDeployment, ObjectRef, Subject};

/// One line of the tree.
#[derive(Debug, Clone, PartialEq)]
pub struct TreeRow {
    pub key: RowKey,
    pub object: ObjectRef,
    /// "│ ├ ", in front of the name.
    pub branch: String,
    pub name: Phrase,
    pub replicas: Phrase,
    /// None: no mark.
    pub mark: Option<Mark>,
    pub state: Phrase,
    pub fresh: Option<Mark>,
    pub up_to_date: Phrase,
    pub version: Phrase,
    pub node: Phrase,
    /// Whether it can be opened, and is.
    pub open: Option<bool>,
}

/// The name of an object's row.
pub fn key(object: &ObjectRef) -> RowKey {
    RowKey(format!("{} {}/{}", object.kind, object.namespace, object.name))
}

/// Columns of the tree, in the order in which they are shown.
pub const COLUMNS: &[&str] = &["name", "replicas", "state", "up to date", "version", "node"];

/// The lines of the tree, as the filter lets through. Rows are made of those in sight only.
pub struct Tree<'a> {
    model: &'a Model,
    etcd: SeenEtcd,
    lines: Vec<Line<'a>>,
    /// Everything is open, so that a filter finds it.
    all: bool,
}

/// A line, before anybody looks at it.
enum Line<'a> {
    Row(TreeRow),
    /// Of these there are many.
    Machine {
        machine: &'a Machine,
        branch: String,
        next: bool,
        rolling: bool,
    },
}

impl Line<'_> {
    fn object(&self) -> &ObjectRef {
        match self {
            Line::Row(row) => &row.object,
            Line::Machine { machine, .. } => &machine.meta.id,
        }
    }
}

pub fn tree(model: &Model) -> Tree<'_> {
    let filter = model.screen.listing().map(|it| it.filter.to_lowercase()).unwrap_or_default();
    let mut tree = Tree { model, etcd: seen(&model.world), lines: Vec::new(), all: !filter.is_empty() };
    for cluster in model.world.capi.clusters.iter() {
        tree.cluster(cluster);
    }
    tree.orphans();
    let matches = |row: &TreeRow| {
        let hay =
            format!("{} {} {} {}", row.name.text(), row.state.text(), row.version.text(), row.node.text());
        filter.split_whitespace().all(|word| match word.strip_prefix('!') {
            Some(word) if !word.is_empty() => !hay.to_lowercase().contains(word),
            _ => hay.to_lowercase().contains(word),
        })
    };
    if !filter.is_empty() {
        let rows = tree.rows(0, tree.len()).into_iter().filter(matches);
        tree.lines = rows.map(|row| Line::Row(TreeRow { branch: String::new(), ..row })).collect();
    }
    tree
}

/// The object of the selected row.
pub fn selected(model: &Model) -> Option<ObjectRef> {
    let key = model.screen.listing()?.selected.as_ref()?;
    tree(model).object(key).cloned()
}

impl Tree<'_> {
    pub fn len(&self) -> usize {
        self.lines.len()
    }

    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    pub fn keys(&self) -> Vec<RowKey> {
        self.lines.iter().map(|it| key(it.object())).collect()
    }

    /// The object of a line.
    pub fn object(&self, row: &RowKey) -> Option<&ObjectRef> {
        self.lines.iter().map(Line::object).find(|it| key(it) == *row)
    }

    /// The object of the first line.
    pub fn first(&self) -> Option<&ObjectRef> {
        self.lines.first().map(Line::object)
    }

    pub fn row(&self, row: &RowKey) -> Option<TreeRow> {
        self.lines.iter().find(|it| key(it.object()) == *row).map(|it| self.made(it))
    }

    /// `count` rows from `top` on, as far as there are any.
    pub fn rows(&self, top: usize, count: usize) -> Vec<TreeRow> {
        self.lines.iter().skip(top).take(count).map(|it| self.made(it)).collect()
    }

    fn made(&self, line: &Line<'_>) -> TreeRow {
        match line {
            Line::Row(row) => row.clone(),
            Line::Machine { machine, branch, next, rolling } => {
                TreeRow { branch: branch.clone(), ..self.machine(machine, *next, *rolling) }
            }
        }
    }
}

impl<'a> Tree<'a> {
    fn capi(&self) -> &'a Capi {
        &self.model.world.capi
    }

    fn open(&self, object: &ObjectRef, by_default: bool) -> bool {
        self.all || self.model.screen.folds.get(&key(object)).copied().unwrap_or(by_default)
    }

    fn cluster(&mut self, cluster: &Cluster) {
        let capi = &self.model.world.capi;
        let id = &cluster.meta.id;
        let infra = cluster.infrastructure.as_ref().and_then(|it| capi.infra_clusters.get(it));
        let plane = capi.control_plane_of(cluster);
        let mine = |it: &&MachineDeployment| {
            it.meta.id.namespace == id.namespace && it.meta.cluster.as_deref() == Some(&id.name)
        };
        let deployments: Vec<&MachineDeployment> = capi.machine_deployments.iter().filter(mine).collect();
        let rolls = self.model.world.history.rolls.keys();
        let rolling = rolls.into_iter().any(|it| {
            plane.is_some_and(|plane| plane.meta.id == *it) || deployments.iter().any(|md| md.meta.id == *it)
        });
        let open = self.open(id, true);
        let (mark, state) = cluster_state(cluster, rolling);
        self.lines.push(Line::Row(TreeRow {
            name: Phrase::new().strong(&id.name),
            mark: Some(mark),
            state,
            open: Some(open),
            ..blank(id)
        }));
        if !open {
            return;
        }
        let mut children = usize::from(infra.is_some()) + usize::from(plane.is_some()) + deployments.len();
        let mut branch = || {
            children -= 1;
            if children == 0 { ("└ ", "  ") } else { ("├ ", "│ ") }
        };
        if let Some(infra) = infra {
            let (mark, state) = if infra.ready && !bad(&infra.conditions) {
                (Mark::Good, Phrase::new().faint("ready"))
            } else if infra.ready {
                (Mark::Problem, Phrase::new().say(Tone::Bad, "ready, with complaints"))
            } else {
                (Mark::UnderWay, Phrase::new().say(Tone::Wait, "not ready"))
            };
            let name = Phrase::new().plain(format!("{} {}", infra.meta.id.kind, infra.meta.name()));
            let branch = branch().0.to_owned();
            self.lines.push(Line::Row(TreeRow {
                branch,
                name,
                mark: Some(mark),
                state,
                ..blank(&infra.meta.id)
            }));
        }
        if let Some(plane) = plane {
            let (head, rest) = branch();
            self.plane(plane, head, rest);
        }
        for deployment in deployments {
            let (head, rest) = branch();
            self.deployment(deployment, head, rest);
        }
    }

    fn plane(&mut self, plane: &ControlPlane, head: &str, rest: &str) {
        let id = &plane.meta.id;
        let machines = self.machines_of(id);
        let open = self.open(id, true);
        let row =
            self.owner(id, head, plane.replicas, &plane.counts, &plane.conditions, plane.version.as_deref());
        let paused = plane.meta.paused;
        self.lines.push(Line::Row(TreeRow { open: Some(open), ..said_paused(row, paused) }));
        if open {
            self.machines(&machines, id, rest);
        }
    }

    fn deployment(&mut self, deployment: &MachineDeployment, head: &str, rest: &str) {
        let id = &deployment.meta.id;
        let machines = self.machines_of(id);
        let rolling = self.model.world.history.rolls.contains_key(id);
        let open = self.open(id, rolling);
        let (counts, conditions) = (&deployment.counts, &deployment.conditions);
        let row =
            self.owner(id, head, deployment.replicas, counts, conditions, deployment.version.as_deref());
        let row = said_paused(row, deployment.meta.paused);
        let node = if open {
            Phrase::new()
        } else {
            Phrase::new().faint(format!("{} ▸", count(machines.len(), "machine", "machines")))
        };
        self.lines.push(Line::Row(TreeRow { open: Some(open), node, ..row }));
        if open {
            self.machines(&machines, id, rest);
        }
    }

    /// The row of a control plane or deployment.
    fn owner(
        &self,
        id: &ObjectRef,
        branch: &str,
        replicas: u32,
        counts: &Counts,
        conditions: &Conditions,
        version: Option<&str>,
    ) -> TreeRow {
        let machines = self.machines_of(id);
        let there = machines.len();
        let fresh = machines
            .iter()
            .filter(|it| outdated::reasons(self.capi(), it).is_empty() && !it.deleting())
            .count();
        let living = machines.iter().filter(|it| !it.deleting()).count();
        let rolling = self.model.world.history.rolls.contains_key(id);
        let broken = machines.iter().any(|it| waits::state(it).0 == Tone::Bad);
        let stuck = rolling && crate::queries::stuck::of_roller(self.model, id).is_some();
        let (mark, state) = if stuck {
            (Mark::Problem, Phrase::new().say(Tone::Bad, "stands still"))
        } else if rolling {
            (Mark::UnderWay, Phrase::new().plain("rolling"))
        } else if there < replicas as usize {
            (Mark::UnderWay, Phrase::new().say(Tone::Wait, "scaling up"))
        } else if there > replicas as usize {
            (Mark::UnderWay, Phrase::new().say(Tone::Wait, "scaling down"))
        } else if broken
            || conditions.is_false("Available")
            || conditions.is_false("EtcdClusterHealthyCondition")
        {
            (Mark::Problem, Phrase::new().say(Tone::Bad, "not healthy"))
        } else if counts.ready.is_some_and(|it| it < replicas) {
            (Mark::UnderWay, Phrase::new().say(Tone::Wait, format!("{} ready", counts.ready.unwrap_or(0))))
        } else {
            (Mark::Good, Phrase::new().faint("ready"))
        };
        let of =
            |number: usize, all: usize| Phrase::new().plain(number.to_string()).faint(format!(" of {all}"));
        let tone = if rolling { Tone::Strong } else { Tone::Faint };
        TreeRow {
            branch: branch.to_owned(),
            name: Phrase::new().plain(format!("{} {}", id.kind, id.name)),
            replicas: of(there, replicas as usize),
            mark: Some(mark),
            state,
            up_to_date: match drift::count(self.model, &Subject::Object(id.clone())) {
                0 => of(fresh, living.max(replicas as usize)),
                many => of(fresh, living.max(replicas as usize)).say(Tone::Wait, format!(" drift {many}")),
            },
            version: Phrase::new().say(tone, version.unwrap_or_default()),
            ..blank(id)
        }
    }

    fn machines_of(&self, owner: &ObjectRef) -> Vec<&'a Machine> {
        let capi = self.capi();
        let mut found: Vec<&'a Machine> =
            capi.machines.iter().filter(|it| capi.roller_of(it).as_ref() == Some(owner)).collect();
        found.sort_by_key(|it| (it.meta.created, it.id.clone()));
        found
    }

    fn machines(&mut self, machines: &[&'a Machine], owner: &ObjectRef, rest: &str) {
        let order = victims(self.capi(), owner);
        let rolling = self.model.world.history.rolls.contains_key(owner);
        for (at, machine) in machines.iter().enumerate() {
            let last = at + 1 == machines.len();
            let branch = format!("{rest}{}", if last { "└ " } else { "├ " });
            let next = order.first() == Some(&machine.id);
            self.lines.push(Line::Machine { machine, branch, next, rolling });
        }
    }

    /// How much of a machine's node is not as Git says.
    fn drifts(&self, machine: &Machine) -> usize {
        machine.node.as_ref().map_or(0, |it| drift::count(self.model, &Subject::Node(it.clone())))
    }

    fn machine(&self, machine: &Machine, next: bool, rolling: bool) -> TreeRow {
        let (tone, word) = waits::state(machine);
        let chain = of_machine_in(self.model, machine, &self.etcd);
        let mark = match tone {
            Tone::Bad => Mark::Problem,
            Tone::Wait => Mark::UnderWay,
            _ => Mark::Good,
        };
        let stale = !outdated::reasons(self.capi(), machine).is_empty();
        let up_to_date = match self.drifts(machine) {
            _ if next && rolling && !machine.deleting() => Phrase::new().faint("next"),
            0 => Phrase::new(),
            many => Phrase::new().say(Tone::Wait, format!("drift {many}")),
        };
        let version_tone = if stale && rolling { Tone::Plain } else { Tone::Faint };
        let mut node = Phrase::new();
        if let Some(kube) = &machine.node {
            node = node.plain(kube.0.clone());
            node = match &chain.member {
                Some(member) => node.faint(format!(" {}", member.word())),
                None if machine.control_plane && self.etcd.known() && !machine.deleting() => {
                    node.say(Tone::Bad, " no member")
                }
                None => node,
            };
            if chain.kube.is_some_and(|it| !it.ready()) {
                node = node.say(Tone::Bad, " not ready");
            }
        }
        TreeRow {
            name: Phrase::new().plain(&machine.id.name),
            mark: Some(mark),
            state: Phrase::new().say(tone, word),
            fresh: Some(if stale { Mark::NotConfigured } else { Mark::Good }),
            up_to_date,
            version: Phrase::new().say(version_tone, machine.version.clone().unwrap_or_default()),
            node,
            ..blank(&machine.meta.id)
        }
    }

    /// Machines that no cluster above has shown.
    fn orphans(&mut self) {
        let capi = &self.model.world.capi;
        let known = |it: &Machine| {
            capi.roller_of(it).is_some()
                && capi.clusters.iter().any(|cluster| cluster.meta.name() == it.cluster)
        };
        let lost = capi.machines.iter().filter(|it| !known(it));
        self.lines.extend(lost.map(|machine| Line::Machine {
            machine,
            branch: String::new(),
            next: false,
            rolling: false,
        }));
    }
}

fn blank(object: &ObjectRef) -> TreeRow {
    TreeRow {
        key: key(object),
        object: object.clone(),
        branch: String::new(),
        name: Phrase::new(),
        replicas: Phrase::new(),
        mark: None,
        state: Phrase::new(),
        fresh: None,
        up_to_date: Phrase::new(),
        version: Phrase::new(),
        node: Phrase::new(),
        open: None,
    }
}

fn said_paused(row: TreeRow, paused: bool) -> TreeRow {
    if paused {
        TreeRow { mark: Some(Mark::NotConfigured), state: Phrase::new().say(Tone::Wait, "paused"), ..row }
    } else {
        row
    }
}

fn bad(conditions: &Conditions) -> bool {
    let grave = |it: &&domain::Condition| it.severity != Some(domain::Severity::Info);
    conditions.iter().filter(|it| it.is_false() && !it.negative()).filter(grave).count() > 0
}

fn cluster_state(cluster: &Cluster, rolling: bool) -> (Mark, Phrase) {
    if cluster.meta.deleted.is_some() {
        return (Mark::UnderWay, Phrase::new().say(Tone::Wait, "is being deleted"));
    }
    if cluster.meta.paused {
        return (Mark::NotConfigured, Phrase::new().say(Tone::Wait, "paused"));
    }
    if rolling {
        return (Mark::UnderWay, Phrase::new().plain("rolling"));
    }
    if cluster.conditions.is_false("RemoteConnectionProbe") {
        return (Mark::Lost, Phrase::new().say(Tone::Bad, "its API does not answer"));
    }
    match cluster.conditions.get("Available") {
        Some(it) if it.is_false() => (Mark::Problem, Phrase::new().say(Tone::Bad, "not available")),
        _ => match cluster.phase.as_str() {
            "Provisioned" => (Mark::Good, Phrase::new().faint("ready")),
            "" => (Mark::Nothing, Phrase::new().faint("not told")),
            other => (Mark::UnderWay, Phrase::new().say(Tone::Wait, other.to_lowercase())),
        },
    }
}
