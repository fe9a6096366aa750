//! A cockpit without a screen: what its model wants to hear is listened to, until a state is reached.

use super::PATIENCE;
use app::{Message, Model, arrange, update, watches};
use backends::{Hands, Heard, Sources};
use domain::{Finding, Look, Moment, Watch};
use futures::StreamExt;
use futures::stream::{AbortHandle, Abortable, SelectAll, abortable};
use std::collections::BTreeMap;
use std::time::SystemTime;

pub struct Cockpit {
    pub model: Model,
    hands: Hands,
    /// What is listened to; whoever is aborted is not heard any more.
    listening: BTreeMap<Watch, AbortHandle>,
    heard: SelectAll<Abortable<Heard>>,
}

impl Cockpit {
    pub fn of(sources: Sources) -> Self {
        let mut model = Model::default();
        (model.screen.width, model.screen.height, model.screen.rows) = (160, 45, 30);
        Self { model, hands: Hands::new(sources), listening: BTreeMap::new(), heard: SelectAll::new() }
    }

    /// Ask one question.
    pub async fn look(&self, look: Look) -> Result<Finding, String> {
        self.hands.look(look).await
    }

    /// Listen to one thing beside what the model wants.
    pub fn hear(&self, watch: &Watch) -> Heard {
        self.hands.watch(watch)
    }

    /// Listen to what the model wants to hear, and to nothing else.
    fn attend(&mut self) {
        let wanted = watches(&self.model);
        self.listening.retain(|watch, heard| {
            let stays = wanted.contains(watch);
            if !stays {
                heard.abort();
            }
            stays
        });
        for watch in wanted {
            if !self.listening.contains_key(&watch) {
                let (heard, handle) = abortable(self.hands.watch(&watch));
                self.heard.push(heard);
                self.listening.insert(watch, handle);
            }
        }
    }

    /// Take in what is heard until `holds`.
    pub async fn until(&mut self, what: &str, holds: impl Fn(&Model) -> bool) {
        self.until_drawn(what, |it| holds(&it.model)).await;
    }

    /// The same, of all that a cockpit is.
    pub async fn until_drawn(&mut self, what: &str, holds: impl Fn(&Self) -> bool) {
        let waiting = async {
            loop {
                arrange(&mut self.model);
                if holds(self) {
                    return;
                }
                self.attend();
                let observation = self.heard.next().await.expect("a watch never ends");
                let now = SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default().as_millis();
                update(&mut self.model, Message::Ticked(Moment(i64::try_from(now).unwrap())));
                update(&mut self.model, Message::Observed(observation));
            }
        };
        if tokio::time::timeout(PATIENCE, waiting).await.is_err() {
            panic!(
                "waited in vain until {what}: {:#?}\n{:#?}",
                self.model.world.feeds, self.model.world.access
            );
        }
    }
}
