//! The loop: input, outcomes and facts go in one door, effects come out, and the screen is drawn when it is quiet.

use crate::journal::Journal;
use crate::last_known_file::LastKnownFile;
use crate::sealed_editor::Sops;
use crate::tasks::{Arrival, Tasks};
use crate::terminal::Terminal;
use crate::{clipboard, external_editor, input};
use app::queries::editor;
use app::{Action, DraftId, Effect, Key, Message, Model, Resolved, Scope, update, watches};
use crossterm::event::{Event, EventStream, MouseButton, MouseEvent, MouseEventKind};
use domain::Moment;
use futures::StreamExt;
use std::io;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc;
use tokio::time::{Instant, MissedTickBehavior, interval_at, sleep_until};
use views::{Target, Targets, Theme};

/// Facts are drawn at most this often; a key is answered at once.
const FRAME: Duration = Duration::from_millis(33);
/// Where only the clock goes on, all but the clock is drawn this seldom.
const STILL_FRAME: Duration = Duration::from_secs(5);
/// How long facts may be taken in before the keys are looked at again.
const GULP: Duration = Duration::from_millis(3);

/// How often what is known is kept for the next start.
const REMEMBER: Duration = Duration::from_secs(60);

pub struct Runtime {
    pub model: Model,
    pub theme: Theme,
    pub tasks: Tasks,
    pub arrivals: mpsc::Receiver<Arrival>,
    pub settled: mpsc::UnboundedReceiver<Message>,
    pub journal: Journal,
    pub memory: LastKnownFile,
    written: Instant,
    targets: Targets,
    /// A second that passed has changed nothing but the clock: no age in seconds is on the screen.
    still: bool,
    quitting: bool,
    suspended: bool,
    copied: Option<String>,
    /// The draft that is to be edited by the person's own editor.
    external: Option<DraftId>,
    /// How files are edited that SOPS has sealed.
    pub sops: Sops,
}

/// Wait until then; what is due is not kept waiting for the timer's next millisecond.
async fn until(due: Instant) {
    if due > Instant::now() {
        sleep_until(due).await;
    }
}

pub fn now() -> Moment {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Moment(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
}

impl Runtime {
    pub fn new(
        model: Model,
        theme: Theme,
        tasks: Tasks,
        arrivals: mpsc::Receiver<Arrival>,
        settled: mpsc::UnboundedReceiver<Message>,
    ) -> Self {
        Self {
            model,
            theme,
            tasks,
            arrivals,
            settled,
            journal: Journal::default(),
            memory: LastKnownFile::default(),
            written: Instant::now(),
            targets: Targets::default(),
            still: false,
            quitting: false,
            suspended: false,
            copied: None,
            external: None,
            sops: Sops::default(),
        }
    }

    /// Run until the person leaves. Orders under way are waited for, visibly; what is known is kept for the next
    /// start.
    pub async fn run(&mut self, terminal: &mut Terminal) -> io::Result<()> {
        let ended = self.turn(terminal).await;
        self.memory.write(&app::last_known(&self.model));
        ended
    }

    async fn turn(&mut self, terminal: &mut Terminal) -> io::Result<()> {
        let mut keys = EventStream::new();
        let mut terminate = signal(SignalKind::terminate())?;
        // ctrl-c is a key here, and a signal only from elsewhere.
        let mut interrupt = signal(SignalKind::interrupt())?;
        let mut hang_up = signal(SignalKind::hangup())?;
        let second = Duration::from_secs(1);
        let mut tick = interval_at(Instant::now() + second, second);
        tick.set_missed_tick_behavior(MissedTickBehavior::Skip);

        let (width, height) = terminal.size()?;
        self.take(Message::Ticked(now()));
        self.take(Message::Resized { width, height });
        self.draw(terminal)?;
        self.tasks.attend(watches(&self.model));
        let mut drawn = Instant::now();
        let mut due: Option<Instant> = None;
        let mut ticked = false;

        loop {
            tokio::select! {
                biased;
                key = keys.next() => {
                    match key {
                        Some(Ok(event)) => self.typed(&event),
                        Some(Err(err)) => return Err(err),
                        None => return Ok(()),
                    }
                    due = Some(Instant::now());
                }
                _ = terminate.recv() => return Ok(()),
                _ = interrupt.recv() => return Ok(()),
                _ = hang_up.recv() => return Ok(()),
                Some(told) = self.settled.recv() => {
                    if let Message::Settled(id, outcome) = &told {
                        self.tasks.ended(*id, outcome);
                    }
                    self.take(told);
                    due = Some(Instant::now());
                }
                _ = tick.tick() => {
                    let news = self.tick();
                    if due.is_none() && self.still && !news && drawn.elapsed() < STILL_FRAME {
                        let (model, theme) = (&self.model, &self.theme);
                        terminal.draw_first_line(|area, buf| views::draw_bar(model, theme, area, buf))?;
                    } else {
                        ticked = drawn.elapsed() >= second / 2;
                        due = Some(Instant::now());
                    }
                }
                () = until(due.unwrap_or(drawn)), if due.is_some() => {
                    let below = self.draw(terminal)?;
                    self.still = !below && (self.still || ticked);
                    (drawn, due, ticked) = (Instant::now(), None, false);
                }
                Some(arrival) = self.arrivals.recv() => {
                    self.gulp(arrival);
                    due = due.or(Some(drawn + FRAME));
                }
            }
            self.tasks.attend(watches(&self.model));
            if let Some(text) = self.copied.take() {
                if let Some(bytes) = clipboard::sequence(&text) {
                    terminal.send(&bytes)?;
                }
                clipboard::native(text);
            }
            if let Some(id) = self.external.take() {
                // Who listens for keys would take them from the editor.
                drop(keys);
                let means = (&self.model, self.tasks.hands(), &self.sops);
                let answer = external_editor::run(terminal, means, id).await;
                keys = EventStream::new();
                // A ctrl-c meanwhile was for that program.
                interrupt = signal(SignalKind::interrupt())?;
                self.take(Message::Returned(id, answer));
                due = Some(Instant::now());
            }
            if std::mem::take(&mut self.suspended) {
                terminal.suspend()?;
                due = Some(Instant::now());
            }
            if self.quitting && self.tasks.under_way == 0 {
                return Ok(());
            }
        }
    }

    /// Take a second in. Answers whether anything but ages may look other for it.
    fn tick(&mut self) -> bool {
        let problems = |model: &Model| model.problems.iter().map(|it| it.id.clone()).collect::<Vec<_>>();
        let differs = self.model.drift.generation;
        let (lit, before) = (!self.model.screen.changed.is_empty(), problems(&self.model));
        self.take(Message::Ticked(now()));
        self.journal.pause();
        self.remember();
        lit || before != problems(&self.model) || differs != self.model.drift.generation
    }

    /// Keep what is known, so that even a crash leaves it. It is written off the loop.
    fn remember(&mut self) {
        if self.written.elapsed() >= REMEMBER {
            self.written = Instant::now();
            let (memory, known) = (self.memory.clone(), app::last_known(&self.model));
            tokio::task::spawn_blocking(move || memory.write(&known));
        }
    }

    /// Take in facts for a moment, but not for so long that a key would wait.
    fn gulp(&mut self, first: Arrival) {
        let began = Instant::now();
        self.take(Message::Ticked(now()));
        let mut next = Some(first);
        while let Some(arrival) = next {
            if let Some(message) = self.tasks.admit(arrival) {
                self.take(message);
            }
            next = if began.elapsed() < GULP { self.arrivals.try_recv().ok() } else { None };
        }
    }

    pub fn take(&mut self, message: Message) {
        for effect in update(&mut self.model, message) {
            match effect {
                Effect::Carry(id, order) => self.tasks.carry(id, order),
                Effect::Look(look) => self.tasks.look(look),
                Effect::Keep(record) => {
                    if let Err(err) = self.journal.keep(&record) {
                        self.model.screen.notice = Some(format!("the draft could not be saved: {err}"));
                    }
                }
                Effect::Copy(text) => self.copied = Some(text),
                Effect::External(id) => self.external = Some(id),
                Effect::Suspend => self.suspended = true,
                Effect::Quit => self.quitting = true,
            }
        }
    }

    fn typed(&mut self, event: &Event) {
        match event {
            Event::Key(key) => {
                if let Some(word) = input::word(key) {
                    let message = self.meant(word);
                    self.take(message);
                }
            }
            Event::Paste(text) => self.take(Message::Pasted(text.clone())),
            Event::Resize(width, height) => self.take(Message::Resized { width: *width, height: *height }),
            Event::Mouse(mouse) => self.pointed(*mouse),
            Event::FocusGained | Event::FocusLost => {}
        }
    }

    /// What a key is to the model: for a text that is open, what it does to the text.
    fn meant(&self, key: Key) -> Message {
        let bound = self.model.settings.keymap.resolve(&[Scope::Editor], &key.0) != Resolved::Nothing;
        let text = editor::typing(&self.model).filter(|_| !bound);
        let typing = text.and_then(|it| views::typed(it, &key, usize::from(self.model.screen.rows)));
        typing.map_or(Message::Pressed(key), Message::Typed)
    }

    fn pointed(&mut self, mouse: MouseEvent) {
        match mouse.kind {
            MouseEventKind::ScrollDown => self.take(Message::Asked(Action::Down)),
            MouseEventKind::ScrollUp => self.take(Message::Asked(Action::Up)),
            MouseEventKind::Down(MouseButton::Left) => {
                match self.targets.at(mouse.column, mouse.row).cloned() {
                    Some(Target::Action(action)) => self.take(Message::Asked(action)),
                    Some(Target::Row(key)) => self.take(Message::Clicked(key)),
                    None => {}
                }
            }
            _ => {}
        }
    }

    /// Draw, and once more where the drawing found that another number of rows fits. Answers whether anything below
    /// the first line changed.
    fn draw(&mut self, terminal: &mut Terminal) -> io::Result<bool> {
        app::arrange(&mut self.model);
        let before = std::mem::take(&mut self.targets);
        let mut below = false;
        for _ in 0..2 {
            below |= self.paint(terminal)?;
            let rows = self.targets.rows;
            if rows == self.model.screen.rows {
                break;
            }
            self.take(Message::Fitted { rows });
        }
        let changed = self.targets.changed_since(&before);
        if !changed.is_empty() {
            self.take(Message::Changed(changed));
            below |= self.paint(terminal)?;
        }
        Ok(below)
    }

    fn paint(&mut self, terminal: &mut Terminal) -> io::Result<bool> {
        let (model, theme, targets) = (&self.model, &self.theme, &mut self.targets);
        terminal.draw(|area, buf| *targets = views::draw(model, theme, area, buf))
    }
}
