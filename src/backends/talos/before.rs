//! What must hold before a node is changed, asked of everybody now.

use super::places::{Place, Places};
use super::running::{self, RunningConfig};
use super::signs;
use super::{etcd, trouble::Trouble};
use crate::kubernetes::Cluster;
use crate::talos::plan::lacks;
use domain::{
    Alarm, Etcd, EtcdView, GateReport, GateState, MemberId, NodeName, Pending, Plan, RollGate, RollStep,
    Stage, quorum,
};
use futures::future::join_all;
use futures::{FutureExt, StreamExt};

/// How many nodes are asked at a time whether they roll.
const AT_A_TIME: usize = 16;

/// A gate that is not passed, with what was seen and what to do about it.
pub(super) type Shut = (GateReport, Option<String>);

pub(super) fn passed(gate: RollGate, saw: impl Into<String>) -> GateReport {
    GateReport { gate, state: GateState::Passed, saw: saw.into() }
}

pub(super) fn failed(gate: RollGate, saw: impl Into<String>) -> GateReport {
    GateReport { gate, state: GateState::Failed, saw: saw.into() }
}

pub(super) fn skipped(gate: RollGate, saw: impl Into<String>) -> GateReport {
    GateReport { gate, state: GateState::Skipped, saw: saw.into() }
}

fn shut(gate: RollGate, saw: impl Into<String>, hint: &str) -> Shut {
    (failed(gate, saw), Some(hint.to_owned()))
}

/// What the node runs is what the plan was made against, and nobody else's config is pending on it.
pub(super) async fn config(
    places: &Places,
    place: &Place,
    plan: &Plan,
) -> Result<(GateReport, RunningConfig), Shut> {
    let gate = RollGate::Config;
    let runs = running::running(&places.roads, &place.at).await.map_err(|trouble| match trouble {
        Trouble::Forbidden(_) => {
            shut(gate, lacks(&places.roads.config.roles()), "use a talosconfig whose role is os:admin")
        }
        trouble => shut(gate, format!("what it runs could not be read: {trouble}"), "see that it answers"),
    })?;
    let is = runs.digests();
    if is.active == plan.wanted && is.persistent == plan.wanted {
        return Ok((passed(gate, "it runs this already"), runs));
    }
    // What is staged already is what shall be staged: a run before this one was ended between the two steps.
    let staged = runs.pending != Some(Pending::Try) && is.persistent == plan.wanted;
    if let Some(pending) = runs.pending.filter(|_| !staged) {
        let hint = "it is not ours to cancel: wait until it is over, or ask whoever began it";
        return Err(shut(gate, pending.words(), hint));
    }
    match &plan.against {
        Some(against) if *against == is || staged && against.active == is.active => {
            Ok((passed(gate, format!("runs {}", is.active.short())), runs))
        }
        Some(against) => {
            let saw = format!(
                "it runs {} now; the plan was made against {}",
                is.active.short(),
                against.active.short()
            );
            Err(shut(gate, saw, "somebody changed it meanwhile: look at a new plan"))
        }
        None => Err(shut(gate, "the plan does not say what it was made against", "look at a new plan")),
    }
}

/// Ask every member of etcd about itself and about the others.
pub(super) async fn ask_etcd(places: &Places) -> (Etcd, Vec<String>) {
    let mut asked = Vec::new();
    for (name, place) in &places.nodes {
        if place.control_plane {
            asked.push(etcd::ask(&places.roads, name, &place.at, EtcdView::default(), false).boxed());
        }
    }
    let answers = join_all(asked).await;
    let silent = answers
        .iter()
        .filter_map(|(view, trouble)| Some(format!("{}: {}", view.node, trouble.as_ref()?)))
        .collect();
    (Etcd::of(answers.iter().map(|(view, _)| view)), silent)
}

/// All members healthy and of one mind, no alarm, and a quorum while this node is away.
pub(super) async fn members(
    places: &Places,
    place: &Place,
    name: &NodeName,
    reboots: bool,
) -> Result<Vec<GateReport>, Shut> {
    let (etcd, silent) = ask_etcd(places).await;
    judge(&etcd, &silent, place.control_plane.then_some(name), reboots)
}

/// The same, of what was answered. `of` is the control plane that is to be changed, where it is one.
fn judge(
    etcd: &Etcd,
    silent: &[String],
    of: Option<&NodeName>,
    reboots: bool,
) -> Result<Vec<GateReport>, Shut> {
    let heal = "bring etcd in order first: the Etcd screen shows it";
    if let Some(why) = silent.first() {
        return Err(shut(RollGate::Members, format!("not all could be asked: {why}"), heal));
    }
    if let Some((node, how)) = etcd.disagreements.first() {
        return Err(shut(RollGate::Members, format!("{node} {how}"), heal));
    }
    if let Some(node) = etcd.strays.first() {
        return Err(shut(RollGate::Members, format!("{node} has a member that is on no list"), heal));
    }
    let ill = etcd.members.iter().find(|it| !it.healthy || it.learner);
    if let Some(it) = ill {
        let how = match (it.asked, it.learner) {
            (false, _) => "is on the list, and no node says that it is its member",
            (true, true) => "is still learning",
            (true, false) => "is not healthy",
        };
        return Err(shut(RollGate::Members, format!("{} {how}", it.name), heal));
    }
    if etcd.members.is_empty() || !etcd.led {
        let saw = if etcd.led { "no member of etcd is known" } else { "etcd has no leader" };
        return Err(shut(RollGate::Members, saw, heal));
    }
    let voters = etcd.voters();
    let mut gates = vec![passed(RollGate::Members, format!("{voters} of {voters} healthy"))];
    gates.push(match of {
        None => skipped(RollGate::Quorum, "it is no member"),
        Some(_) if voters == 1 => passed(
            RollGate::Quorum,
            if reboots {
                "the only member: etcd is away while it boots"
            } else {
                "the only member, and it stays up"
            },
        ),
        Some(_) if voters > quorum(voters) => passed(
            RollGate::Quorum,
            format!("while it is away: {} of {voters}, quorum {}", voters - 1, quorum(voters)),
        ),
        Some(_) => {
            let saw = format!(
                "while it is away {} of {voters} would be left, and {} must agree",
                voters - 1,
                quorum(voters)
            );
            return Err(shut(RollGate::Quorum, saw, "bring the missing control plane back first"));
        }
    });
    let alarm = etcd.members.iter().find_map(|it| Some((&it.name, *it.alarms.first()?)));
    if let Some((name, alarm)) = alarm {
        return Err(shut(RollGate::Alarms, format!("{name}: {}", Alarm::words(alarm)), heal));
    }
    gates.push(passed(RollGate::Alarms, "none"));
    Ok(gates)
}

/// Another node: whether it rolls.
struct Other {
    name: NodeName,
    control_plane: bool,
    stage: Result<Stage, Trouble>,
    pending: Option<Pending>,
}

async fn rolls(places: &Places, name: &NodeName, place: &Place) -> Other {
    let (signs, runs) = tokio::join!(
        signs::signs(&places.roads, name, &place.at),
        running::running(&places.roads, &place.at)
    );
    Other {
        name: name.clone(),
        control_plane: place.control_plane,
        stage: signs.map(|it| it.stage),
        pending: runs.ok().and_then(|it| it.pending),
    }
}

/// Neither this node nor another one boots or is taken down, and no other tries a config.
pub(super) async fn quiet(
    places: &Places,
    place: &Place,
    name: &NodeName,
    step: &RollStep,
) -> Result<GateReport, Shut> {
    let own = signs::signs(&places.roads, name, &place.at).await.map(|it| it.stage);
    match own {
        Ok(Stage::Running | Stage::Unknown) => {}
        // Somebody told it to, and it may have been us before we were ended.
        Ok(stage) => {
            let saw = format!("it is {} already", stage.word());
            return Err(shut(RollGate::Quiet, saw, "wait until it is through, and look at a new plan"));
        }
        Err(trouble) => {
            let saw = format!("it does not answer: {trouble}");
            return Err(shut(RollGate::Quiet, saw, "see that it answers"));
        }
    }
    let mut asked = Vec::new();
    for (other, place) in &places.nodes {
        if other != name && !step.beside.contains(other) {
            asked.push(rolls(places, other, place).boxed());
        }
    }
    let answers: Vec<_> = futures::stream::iter(asked).buffer_unordered(AT_A_TIME).collect().await;
    let mut silent = Vec::new();
    let mut staged = Vec::new();
    for Other { name: other, control_plane, stage, pending } in &answers {
        let wait = "wait until it is through";
        match stage {
            Ok(Stage::Running | Stage::Unknown) => {}
            Ok(stage) => return Err(shut(RollGate::Quiet, format!("{other} is {}", stage.word()), wait)),
            Err(trouble) if *control_plane => {
                return Err(shut(
                    RollGate::Quiet,
                    format!("{other} does not answer: {trouble}"),
                    "bring it back first",
                ));
            }
            Err(_) => silent.push(other.0.clone()),
        }
        match pending {
            Some(Pending::Try) => {
                return Err(shut(RollGate::Quiet, format!("a config is being tried on {other}"), wait));
            }
            Some(Pending::Either) => {
                let saw = format!("a config is being tried or staged on {other}");
                return Err(shut(RollGate::Quiet, saw, wait));
            }
            Some(Pending::Staged) => staged.push(other.0.clone()),
            None => {}
        }
    }
    let mut saw = format!("{} others run", answers.len() - silent.len());
    if !silent.is_empty() {
        saw.push_str(&format!("; {} do not answer", silent.join(", ")));
    }
    if !staged.is_empty() {
        saw.push_str(&format!("; a config waits on {} for its next boot", staged.join(", ")));
    }
    Ok(passed(RollGate::Quiet, saw))
}

/// What does not answer at once is asked again: what is not known before is no gate after.
async fn asked<T, E, F>(ask: impl Fn() -> F) -> Result<T, E>
where
    F: Future<Output = Result<T, E>>,
{
    for _ in 0..2 {
        if let Ok(answer) = ask().await {
            return Ok(answer);
        }
    }
    ask().await
}

/// How a node fared before it was changed: what the gates after it are held against.
#[derive(Debug, Clone, Default)]
pub(super) struct Before {
    /// Services that did what they should.
    pub well: Vec<String>,
    pub member: Option<MemberId>,
    /// Why Kubernetes is not asked about it; none where it was ready.
    pub no_kubernetes: Option<String>,
    /// Its own server could be asked, nobody in between.
    pub itself: bool,
    pub boot: Option<String>,
}

impl Before {
    pub(super) async fn of(
        places: &Places,
        kubernetes: &Cluster,
        name: &NodeName,
        place: &Place,
    ) -> Result<Self, Shut> {
        let (roads, at) = (&places.roads, place.at.as_str());
        let (signs, itself, boot, ready) = tokio::join!(
            asked(|| signs::signs(roads, name, at)),
            asked(|| signs::answers_itself(roads, at)),
            asked(|| signs::boot(roads, at)),
            asked(|| super::gates::kube_ready(kubernetes, name))
        );
        let signs = signs.map_err(|trouble| {
            shut(RollGate::Quiet, format!("how it fares cannot be read: {trouble}"), "see that it answers")
        })?;
        Ok(Self {
            well: signs.services.iter().filter(|it| signs::is_well(it)).map(|it| it.name.clone()).collect(),
            member: signs.etcd,
            no_kubernetes: match ready {
                Ok(true) => None,
                Ok(false) => Some("it was not ready before either".into()),
                Err(why) => Some(why),
            },
            itself: itself.is_ok(),
            boot: boot.ok(),
        })
    }

    /// Of a node that somebody else took down: how it fared is not known, and all must be well.
    pub(super) async fn unknown(places: &Places, place: &Place) -> Self {
        let itself = signs::answers_itself(&places.roads, &place.at).await.is_ok();
        Self { itself, ..Self::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{ListedMember, MemberStatus};

    fn three() -> Vec<EtcdView> {
        let members: Vec<ListedMember> = (1..4)
            .map(|id| ListedMember { id: MemberId(id), name: format!("cp-{id}"), ..Default::default() })
            .collect();
        let view = |id: u64| EtcdView {
            node: NodeName(format!("cp-{id}")),
            answers: true,
            members: members.clone(),
            status: Some(MemberStatus { id: MemberId(id), leader: Some(MemberId(1)), ..Default::default() }),
            ..Default::default()
        };
        (1..4).map(view).collect()
    }

    fn judged(views: &[EtcdView]) -> Result<Vec<GateReport>, (RollGate, String)> {
        judge(&Etcd::of(views.iter()), &[], Some(&"cp-2".into()), true).map_err(|(it, _)| (it.gate, it.saw))
    }

    #[test]
    fn three_healthy_members_may_lose_one() {
        let gates = judged(&three()).unwrap();
        assert!(gates.iter().all(|it| it.state == GateState::Passed), "{gates:?}");
        assert_eq!(gates[1].saw, "while it is away: 2 of 3, quorum 2");
    }

    #[test]
    fn whatever_is_wrong_with_etcd_stops_it() {
        let mut ill = three();
        ill[2].answers = false;
        assert_eq!(judged(&ill).unwrap_err(), (RollGate::Members, "cp-3 is not healthy".into()));
        let mut torn = three();
        torn[2].members.pop();
        assert_eq!(judged(&torn).unwrap_err().0, RollGate::Members);
        let mut alarmed = three();
        alarmed[0].alarms = vec![(MemberId(3), Alarm::NoSpace)];
        assert_eq!(judged(&alarmed).unwrap_err().0, RollGate::Alarms);
        let mut two = three();
        two.pop();
        two.iter_mut().for_each(|it| _ = it.members.pop());
        assert_eq!(judged(&two).unwrap_err().0, RollGate::Quorum);
        let silent = judge(&Etcd::of(three().iter()), &["cp-3: no answer in time".into()], None, false);
        assert!(silent.unwrap_err().0.saw.contains("cp-3"));
    }
}
