//! The terminal: raw mode, the alternate screen, and giving both back whatever happens.

use crate::encoder;
use crossterm::event::{
    DisableBracketedPaste, DisableMouseCapture, EnableBracketedPaste, EnableMouseCapture,
};
use crossterm::terminal::{
    BeginSynchronizedUpdate, EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen, SetTitle,
    disable_raw_mode, enable_raw_mode, size,
};
use crossterm::{cursor, execute, queue};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use std::io::{self, Write};

/// The screen while the cockpit has it.
pub struct Terminal {
    /// What is on the screen; of another size where that is not known.
    shown: Buffer,
    next: Buffer,
    /// It clears to the ground that is set, not only to its own.
    clears_to_ground: bool,
}

impl Terminal {
    /// Take the screen. It is given back when this is dropped, and when anything panics.
    pub fn take() -> io::Result<Self> {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            give_back();
            before(panic);
        }));
        enter()?;
        // Of the terminals that people use, only GNU screen clears to its own ground whatever is set.
        let clears_to_ground = std::env::var("TERM").is_ok_and(|it| !it.starts_with("screen"));
        Ok(Self { shown: Buffer::default(), next: Buffer::default(), clears_to_ground })
    }

    /// Draw one frame. What changed is sent in one piece; nothing is sent where nothing did. Answers whether anything
    /// below the first line did.
    pub fn draw(&mut self, paint: impl FnOnce(Rect, &mut Buffer)) -> io::Result<bool> {
        let (width, height) = self.size()?;
        let area = Rect::new(0, 0, width, height);
        self.next.resize(area);
        self.next.reset();
        paint(area, &mut self.next);
        let mut cleared = Vec::new();
        if self.shown.area != area {
            self.shown = encoder::clear(&self.next, self.clears_to_ground, &mut cleared);
        }
        let changed = encoder::changed(&self.shown, &self.next);
        let below = changed.iter().any(|(_, y, _)| *y > 0);
        if !changed.is_empty() {
            cleared.extend(encoder::encode(changed, &self.shown, &self.next));
        }
        send_frame(&cleared)?;
        std::mem::swap(&mut self.shown, &mut self.next);
        Ok(below)
    }

    /// Draw the first line alone, where a whole frame was drawn before.
    pub fn draw_first_line(&mut self, paint: impl FnOnce(Rect, &mut Buffer)) -> io::Result<()> {
        let line = Rect { height: self.shown.area.height.min(1), ..self.shown.area };
        let mut next = Buffer::empty(line);
        paint(line, &mut next);
        let changed = encoder::changed(&self.shown, &next);
        if !changed.is_empty() {
            send_frame(&encoder::encode(changed, &self.shown, &next))?;
        }
        for (cell, now) in self.shown.content.iter_mut().zip(next.content) {
            *cell = now;
        }
        Ok(())
    }

    pub fn size(&self) -> io::Result<(u16, u16)> {
        size()
    }

    /// Send bytes that draw nothing, such as what is copied.
    pub fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        let mut out = io::stdout();
        out.write_all(bytes)?;
        out.flush()
    }

    /// Give the screen to another program for as long as it runs.
    pub async fn lend<T>(&mut self, to: impl Future<Output = T>) -> io::Result<T> {
        give_back();
        let answer = to.await;
        enter()?;
        self.shown = Buffer::default();
        Ok(answer)
    }

    /// Leave the screen to the shell until the person comes back with `fg`.
    pub fn suspend(&mut self) -> io::Result<()> {
        give_back();
        signal_hook::low_level::raise(signal_hook::consts::SIGSTOP)?;
        enter()?;
        self.shown = Buffer::default();
        Ok(())
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        give_back();
    }
}

/// Send what changed in one piece, so that no half of it is seen.
fn send_frame(bytes: &[u8]) -> io::Result<()> {
    if bytes.is_empty() {
        return Ok(());
    }
    let mut piece = Vec::with_capacity(bytes.len() + 16);
    queue!(piece, BeginSynchronizedUpdate)?;
    piece.extend_from_slice(bytes);
    queue!(piece, EndSynchronizedUpdate)?;
    let mut out = io::stdout();
    out.write_all(&piece)?;
    out.flush()
}

fn enter() -> io::Result<()> {
    enable_raw_mode()?;
    execute!(
        io::stdout(),
        EnterAlternateScreen,
        SetTitle("pilothouse"),
        EnableMouseCapture,
        EnableBracketedPaste,
        cursor::Hide
    )
}

/// Give the screen back. Nothing can be done where that fails, and nothing must be in the way of the exit.
fn give_back() {
    let _ = execute!(
        io::stdout(),
        EndSynchronizedUpdate,
        DisableBracketedPaste,
        DisableMouseCapture,
        LeaveAlternateScreen,
        cursor::Show
    );
    let _ = disable_raw_mode();
}
