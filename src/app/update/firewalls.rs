//! What is heard of firewalls: their rules, and a little later when these were set.

use crate::World;
use domain::{Change, CloudAction, Firewall};

/// Rules that have changed were set later than anything that was told before.
pub(super) fn heard(world: &mut World, change: Change<Firewall>) {
    let before = &world.firewalls;
    let changed = |it: &&Firewall| before.get(&it.name).is_some_and(|old| old.rules != it.rules);
    let heard: &[Firewall] = match &change {
        Change::Snapshot(all) | Change::Part(all) => all,
        Change::Upsert(one) => std::slice::from_ref(one),
        Change::Remove(_) => &[],
    };
    world.rules_untold.extend(heard.iter().filter(changed).map(|it| it.number));
    world.firewalls.absorb(change);
}

pub(super) fn told(world: &mut World, change: Change<CloudAction>) {
    let newest = |world: &World, number: u64| {
        let about = |it: &&CloudAction| it.about.iter().any(|(of, id)| of == "firewall" && *id == number);
        world.cloud_actions.iter().rev().find(about).map(|it| it.number)
    };
    let before: Vec<_> = world.rules_untold.iter().map(|it| (*it, newest(world, *it))).collect();
    world.cloud_actions.absorb(change);
    for (number, known) in before {
        if newest(world, number) > known {
            world.rules_untold.remove(&number);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{FirewallRule, Moment};

    #[test]
    fn rules_that_changed_were_set_when_nothing_has_told_yet() {
        let wall = |rules: usize| Firewall {
            number: 7,
            name: "nodes".into(),
            rules: vec![FirewallRule::default(); rules],
            selectors: Vec::new(),
            guards: Vec::new(),
            created: None,
        };
        let set = |number| {
            let (command, about) = ("set_firewall_rules".into(), vec![("firewall".to_owned(), 7)]);
            Change::Part(vec![CloudAction { number, command, at: Some(Moment(1)), about }])
        };
        let mut world = World::default();
        heard(&mut world, Change::Snapshot(vec![wall(2)]));
        told(&mut world, set(1));
        assert!(world.rules_untold.is_empty(), "what is heard first has not changed");
        heard(&mut world, Change::Snapshot(vec![wall(1)]));
        told(&mut world, set(1));
        assert!(world.rules_untold.contains(&7), "the former setting is not the one that closed it");
        told(&mut world, set(2));
        assert!(world.rules_untold.is_empty());
    }
}
