//! The road from a commit to nodes: rendered from the object database, foretold for each node, and put in force on
//! one of them at a time. The one place where Git, a renderer and Talos meet.

use crate::Witness;
use crate::git::{Committed, Drafted, GitFailure, Repository};
use crate::kubernetes::Cluster;
use crate::kubernetes::drain;
use crate::render::{Live, Manifests, RenderedNode, Rendering, Tools, objects};
use crate::talos::plan::{Comparison, Documents, Installer, Kin, Subject, effect, foretell};
use crate::talos::transaction::{self, Ground};
use crate::talos::{Place, Places, Talos};
use domain::{
    Approval, CommitId, Confirmed, DeliveredFolder, Draft, GateReport, GateState, NodeEffect, NodeName,
    NodePreview, NodeRole, Outcome, Plan, Planned, Previewed, Progress, Rendered, RepoPath, RollGate,
    RollStep, Upgrade,
};
use futures::{FutureExt, StreamExt};
use std::collections::BTreeSet;
use std::sync::Arc;

/// How many nodes are asked at a time.
const AT_A_TIME: usize = 8;

/// Everything that the road leads over.
pub(crate) struct Road<'a> {
    pub repository: &'a Repository,
    pub talos: &'a Arc<Talos>,
    pub kubernetes: &'a Cluster,
    pub tools: &'a Tools,
}

impl Road<'_> {
    /// What a commit would do to each node. It need not be published: that is asked when it is applied.
    pub(crate) async fn plan(&self, commit: CommitId) -> Result<Planned, String> {
        let tree = self.repository.tree(commit.clone()).await.map_err(|err| err.told())?;
        let mut places = self.talos.places().await?;
        let known = live(&places);
        let (rendering, cordoned) =
            tokio::join!(tree.render(self.tools, &known), drain::left_over(self.kubernetes));
        let rendering = rendering.map_err(|err| err.told())?;
        let content = rendering.content();
        let (cordoned, unasked) = match cordoned {
            Ok(cordoned) => (cordoned, None),
            Err(trouble) => {
                let note = format!("whether a roll left it cordoned could not be asked: {trouble}");
                (BTreeSet::new(), Some(note))
            }
        };
        name_after(&mut places, content);
        let mut asked = Vec::new();
        for node in &content.nodes {
            asked.push(self.ask(&places, &rendering, node, &cordoned).boxed());
        }
        let answers: Vec<Option<Plan>> = futures::stream::iter(asked).buffered(AT_A_TIME).collect().await;
        let mut plans: Vec<Plan> = answers.into_iter().flatten().collect();
        plans.iter_mut().for_each(|it| it.notes.extend(unasked.clone()));
        let known: Vec<String> = plans.iter().map(|it| it.target.0.clone()).collect();
        let absent = content.nodes.iter().filter(|it| !known.contains(&it.name));
        plans.extend(absent.map(|node| nowhere(&commit, content, node)));
        plans.sort_by(|one, other| one.target.cmp(&other.target));
        Ok(Planned { commit, rendered: content.rendered.clone(), plans, unasked })
    }

    /// What a draft changes in the configs that are rendered from its base.
    pub(crate) async fn preview(&self, draft: Draft) -> Result<Previewed, String> {
        let told = |err: GitFailure| err.told();
        let base = self.repository.tree(draft.base.clone()).await.map_err(told)?;
        let drafted = self.repository.drafted(draft.clone()).await.map_err(told)?;
        let places = self.talos.places().await?;
        let live = live(&places);
        let (before, after) = tokio::join!(base.render(self.tools, &live), drafted.render(self.tools, &live));
        let before = before.map_err(|err| format!("as it was: {}", err.told()))?;
        let after: Drafted<Rendering> = after.map_err(|err| format!("with the draft: {}", err.told()))?;
        let (before, after) = (before.content(), after.content());
        let mut names: Vec<&str> =
            before.nodes.iter().chain(&after.nodes).map(|it| it.name.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        let versions = self.talos.versions();
        let find = |of: &'_ Rendering, name: &str| of.nodes.iter().find(|it| it.name == name).cloned();
        let nodes = names
            .into_iter()
            .map(|name| {
                let version = versions.get(&NodeName(name.to_owned())).map(String::as_str);
                preview(name, find(before, name).as_ref(), find(after, name).as_ref(), version)
            })
            .collect();
        Ok(Previewed { draft, rendered: after.rendered.clone(), nodes, objects: Vec::new() })
    }

    /// What a draft changes in the objects that a folder is rendered to before it is delivered.
    pub(crate) async fn preview_delivered(
        &self,
        draft: Draft,
        of: DeliveredFolder,
    ) -> Result<Previewed, String> {
        let told = |err: GitFailure| err.told();
        let base = self.repository.tree(draft.base.clone()).await.map_err(told)?;
        let drafted = self.repository.drafted(draft.clone()).await.map_err(told)?;
        let spec = crate::delivery::spec(self.kubernetes, &of.by)
            .await
            .map_err(|err| format!("{}: {err}", of.by))?;
        let (before, after) = tokio::join!(
            objects(base.content(), self.tools, &of, &spec),
            objects(drafted.content(), self.tools, &of, &spec)
        );
        let before = before.map_err(|err| format!("as it was: {}", err.told()))?;
        let after = after.map_err(|err| format!("with the draft: {}", err.told()))?;
        if before.is_some() != after.is_some() {
            let word = if after.is_some() { "begins" } else { "ends" };
            return Err(format!("{} {word} with the draft: there is nothing alike to compare", of.folder));
        }
        let text = |it: &Option<Manifests>| it.as_ref().map(|it| it.text.clone());
        let changes =
            crate::git::between(&RepoPath(of.folder), text(&before).as_deref(), text(&after).as_deref());
        let nothing = Rendered {
            by: String::new(),
            from: RepoPath(String::new()),
            cluster: String::new(),
            isolation: String::new(),
        };
        let rendered = after.or(before).map_or(nothing, |it| it.rendered);
        Ok(Previewed { draft, rendered, nodes: Vec::new(), objects: changes })
    }

    /// One node's whole transaction.
    pub(crate) async fn apply(&self, approval: &Approval, step: &RollStep, witness: &Witness) -> Outcome {
        let plan = approval.plan();
        let mut gates = Vec::new();
        let stop = |gates: Vec<GateReport>, gate: RollGate, saw: String, hint: Option<String>| {
            let gate = GateReport { gate, state: GateState::Failed, saw };
            let _ = witness(&Progress::Gate(gate.clone()));
            transaction::untouched(plan, gates, gate, hint)
        };
        let pass = |gates: &mut Vec<GateReport>, gate: RollGate, saw: String| {
            let gate = GateReport { gate, state: GateState::Passed, saw };
            let _ = witness(&Progress::Gate(gate.clone()));
            gates.push(gate);
        };
        let commit = &plan.revision.commit;
        let tree = match self.repository.tree(commit.clone()).await {
            Ok(tree) => tree,
            Err(err) => return stop(gates, RollGate::Published, err.to_string(), err.hint()),
        };
        let tree = match self.repository.published(tree).await {
            Ok(tree) => tree,
            Err(refusal) => return stop(gates, RollGate::Published, refusal.why, refusal.hint),
        };
        pass(&mut gates, RollGate::Published, commit.short().to_owned());
        let mut places = match self.talos.places().await {
            Ok(places) => places,
            Err(why) => return stop(gates, RollGate::Config, why, None),
        };
        let rendering = match tree.render(self.tools, &live(&places)).await {
            Ok(rendering) => rendering,
            Err(err) => return stop(gates, RollGate::Rendered, err.to_string(), err.hint()),
        };
        name_after(&mut places, rendering.content());
        let Some(config) = rendering.config(&plan.target.0) else {
            return stop(gates, RollGate::Rendered, format!("nothing is rendered for {}", plan.target), None);
        };
        let is = config.content().digest();
        if *is != plan.wanted {
            let saw = format!("it renders to {} now; the plan was for {}", is.short(), plan.wanted.short());
            let hint = "the renderer or its secrets are other ones by now: look at a new plan";
            return stop(gates, RollGate::Rendered, saw, Some(hint.into()));
        }
        pass(
            &mut gates,
            RollGate::Rendered,
            format!("{} by {}", is.short(), rendering.content().rendered.by),
        );
        let ground = Ground { places: &places, kubernetes: self.kubernetes, witness };
        transaction::apply(&ground, approval, step, &config, gates).await
    }

    /// The plan of one node that is in the cluster.
    async fn ask(
        &self,
        places: &Places,
        rendering: &Committed<Rendering>,
        node: &RenderedNode,
        cordoned: &BTreeSet<NodeName>,
    ) -> Option<Plan> {
        let name = NodeName(node.name.clone());
        let place = places.nodes.get(&name)?;
        let config = rendering.config(&node.name)?;
        let (rendered, secrets) = (&rendering.content().rendered, &rendering.content().secrets);
        let cordoned = cordoned.contains(&name);
        let of = Subject { name: &name, place, cluster: &rendered.cluster, secrets, cordoned };
        let mut plan = foretell(&places.roads, &of, &config).await;
        if plan.reboots() {
            plan.notes.extend(self.drains(&name, &place.addresses).await);
        }
        Some(plan)
    }

    /// What draining a node would meet, in a few lines.
    async fn drains(&self, node: &NodeName, addresses: &[String]) -> Vec<String> {
        let load = match drain::load(self.kubernetes, node, addresses).await {
            Ok(load) if load.others == 0 => {
                return vec!["there is no other node: its pods go down and come back with it".into()];
            }
            Ok(load) if load.takers == 0 => {
                return vec![format!("none of the {} other nodes takes pods now", load.others)];
            }
            Ok(load) => load,
            Err(trouble) => return vec![format!("what draining it would meet is not known: {trouble}")],
        };
        let mut notes = vec![format!("drained before: {}", load.words())];
        let blocking = drain::blocking(self.kubernetes, node, &load.pods).await;
        if !blocking.is_empty() {
            notes.push(format!(
                "no disruption is allowed now by the budget {}: it waits for room",
                blocking.join(", ")
            ));
        }
        notes
    }
}

/// What is known of the cluster, to find what declares it.
fn live(places: &Places) -> Live {
    Live {
        names: places.nodes.keys().map(|it| it.0.clone()).collect(),
        addresses: places
            .nodes
            .values()
            .flat_map(|it| it.addresses.iter().chain([&it.at]))
            .cloned()
            .collect(),
    }
}

/// A node that nobody calls by its name is known by its address: from here on it has the name that the repository
/// gives it, and the role.
fn name_after(places: &mut Places, rendering: &Rendering) {
    for node in &rendering.nodes {
        let name = NodeName(node.name.clone());
        if !places.nodes.contains_key(&name) {
            let same = |place: &Place| {
                node.addresses.iter().any(|it| *it == place.at || place.addresses.contains(it))
            };
            let found = places.nodes.iter().find(|(_, place)| same(place)).map(|(it, _)| it.clone());
            let Some(place) = found.and_then(|it| places.nodes.remove(&it)) else { continue };
            places.nodes.insert(name.clone(), place);
        }
        let role = Documents::read(node.config.text()).ok().and_then(|it| it.role());
        if let Some(place) = places.nodes.get_mut(&name) {
            place.control_plane |= role == Some(NodeRole::ControlPlane);
        }
    }
}

/// The plan for a node that the repository declares and the cluster does not have.
fn nowhere(commit: &CommitId, rendering: &Rendering, node: &RenderedNode) -> Plan {
    Plan {
        revision: domain::Revision { commit: commit.clone(), path: rendering.rendered.from.clone() },
        cluster: rendering.rendered.cluster.clone(),
        target: NodeName(node.name.clone()),
        role: Documents::read(node.config.text()).ok().and_then(|it| it.role()),
        talos: None,
        effect: NodeEffect::Unknown("it is not in the cluster".into()),
        upgrade: None,
        cordoned: false,
        fields: Vec::new(),
        diff: Vec::new(),
        against: None,
        wanted: node.config.digest().clone(),
        secrets: rendering.secrets.clone(),
        pending: None,
        confirmed: Confirmed::NotAsked("it is not in the cluster".into()),
        notes: Vec::new(),
    }
}

/// How one node's config differs with a draft.
fn preview(
    name: &str,
    before: Option<&RenderedNode>,
    after: Option<&RenderedNode>,
    version: Option<&str>,
) -> NodePreview {
    let mut found = NodePreview {
        node: NodeName(name.to_owned()),
        role: None,
        effect: NodeEffect::Unknown("it is in one of them only".into()),
        upgrade: None,
        fields: Vec::new(),
        diff: Vec::new(),
    };
    let (Some(before), Some(after)) = (before, after) else {
        let word = if after.is_some() { "the draft adds it" } else { "the draft takes it away" };
        found.effect = NodeEffect::Unknown(word.into());
        return found;
    };
    match (Documents::read(before.config.text()), Documents::read(after.config.text())) {
        (Ok(old), Ok(new)) => {
            let same = before.config.digest() == after.config.digest();
            let compared = Comparison::of(&old, &new);
            found.role = new.role();
            found.effect = effect(&Kin { running: &old, wanted: &new }, &compared, same, version).0;
            (found.fields, found.diff) = (compared.fields, compared.diff);
            if let (Ok(from), Ok(to)) = (Installer::within(&old), Installer::within(&new))
                && from.release != to.release
            {
                found.upgrade = Some(Upgrade { image: to.image, from: from.release, to: to.release });
            }
        }
        (Err(why), _) | (_, Err(why)) => found.effect = NodeEffect::Impossible(why),
    }
    found
}
