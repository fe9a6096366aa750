//! Starts, replaces and awaits what the model wants done: listening, looking, carrying.

use crate::ledger::LedgerFile;
use app::Message;
use backends::{Hands, Witness};
use domain::{Look, Observation, Order, OrderId, Outcome, Progress, Refusal, Watch};
use futures::StreamExt;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::mem::{Discriminant, discriminant};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::mpsc;
use tokio::task::AbortHandle;

/// One listener among all that ever were; what a dropped one still had in the queue is refused by it.
type Generation = u64;

/// What comes back from the hands.
pub enum Arrival {
    Heard(Watch, Generation, Observation),
    Message(Message),
}

pub struct Tasks {
    hands: Hands,
    inbox: mpsc::Sender<Arrival>,
    /// What is told of orders has a way of its own, which no flood of facts can fill.
    settled: mpsc::UnboundedSender<Message>,
    /// Written by this, and by whoever carries an order before each of its steps.
    ledger: Arc<Mutex<LedgerFile>>,
    watches: BTreeMap<Watch, (Generation, AbortHandle)>,
    looks: HashMap<Discriminant<Look>, AbortHandle>,
    generation: Generation,
    pub under_way: usize,
}

impl Tasks {
    pub fn new(
        hands: Hands,
        inbox: mpsc::Sender<Arrival>,
        settled: mpsc::UnboundedSender<Message>,
        ledger: LedgerFile,
    ) -> Self {
        Self {
            hands,
            inbox,
            settled,
            ledger: Arc::new(Mutex::new(ledger)),
            watches: BTreeMap::new(),
            looks: HashMap::new(),
            generation: 0,
            under_way: 0,
        }
    }

    pub fn hands(&self) -> &Hands {
        &self.hands
    }

    /// Start listening to what is wanted and not heard; stop what is not wanted any more.
    pub fn attend(&mut self, wanted: BTreeSet<Watch>) {
        self.watches.retain(|watch, (_, task)| {
            let keep = wanted.contains(watch);
            if !keep {
                task.abort();
            }
            keep
        });
        for watch in wanted {
            if !self.watches.contains_key(&watch) {
                self.generation += 1;
                let task = self.listen(watch.clone(), self.generation);
                self.watches.insert(watch, (self.generation, task));
            }
        }
    }

    fn listen(&self, watch: Watch, generation: Generation) -> AbortHandle {
        let mut heard = self.hands.watch(&watch);
        let inbox = self.inbox.clone();
        let task = async move {
            while let Some(observation) = heard.next().await {
                if inbox.send(Arrival::Heard(watch.clone(), generation, observation)).await.is_err() {
                    break;
                }
            }
        };
        tokio::spawn(task).abort_handle()
    }

    /// The message in an arrival; none where it is from a listener that was dropped.
    pub fn admit(&self, arrival: Arrival) -> Option<Message> {
        match arrival {
            Arrival::Message(message) => Some(message),
            Arrival::Heard(watch, generation, observation) => {
                let current = self.watches.get(&watch).is_some_and(|(it, _)| *it == generation);
                current.then_some(Message::Observed(observation))
            }
        }
    }

    /// Ask a question; an older one of the same kind is dropped.
    pub fn look(&mut self, look: Look) {
        let (hands, inbox, key) = (self.hands.clone(), self.inbox.clone(), discriminant(&look));
        let task = tokio::spawn(async move {
            let found = hands.look(look.clone()).await;
            // The cockpit is gone if nobody takes it.
            let _ = inbox.send(Arrival::Message(Message::Found(look, found))).await;
        });
        if let Some(older) = self.looks.insert(key, task.abort_handle()) {
            older.abort();
        }
    }

    /// Carry an order. It is written down first; where that fails it is not given at all.
    pub fn carry(&mut self, id: OrderId, mut order: Order) {
        if let Order::Apply { approval, step } = &mut order {
            step.installed = held(&self.ledger).installed(&approval.plan().target);
        }
        if let Err(err) = held(&self.ledger).begins(id, &order) {
            let why = format!("the ledger cannot be written, so nothing was done: {err}");
            let refusal =
                Refusal { why, hint: Some("see that the state folder has room and is yours".into()) };
            let _ = self.settled.send(Message::Settled(id, Outcome::Refused(refusal)));
            return;
        }
        self.under_way += 1;
        let (hands, settled) = (self.hands.clone(), self.settled.clone());
        let witness = self.witness(id);
        tokio::spawn(async move {
            let outcome = hands.carry_before(order, &witness).await;
            let _ = settled.send(Message::Settled(id, outcome));
        });
    }

    /// Who writes down the steps of an order, each before the next one, and passes them on.
    fn witness(&self, id: OrderId) -> Witness {
        let (ledger, settled) = (self.ledger.clone(), self.settled.clone());
        Arc::new(move |progress: &Progress| {
            // What is shown is written down: who is killed after it was seen finds it in the ledger.
            let written = held(&ledger).tells(id, progress).map_err(|err| err.to_string());
            let _ = settled.send(Message::Progressed(id, progress.clone()));
            written
        })
    }

    /// An order ended: write that down too.
    pub fn ended(&mut self, id: OrderId, outcome: &Outcome) {
        self.under_way = self.under_way.saturating_sub(1);
        // It did end, whether or not that can be written; the next start tells an order without an end as such.
        let _ = held(&self.ledger).ends(id, outcome);
    }
}

fn held(ledger: &Mutex<LedgerFile>) -> std::sync::MutexGuard<'_, LedgerFile> {
    ledger.lock().unwrap_or_else(PoisonError::into_inner)
}
