//! A lock whose holder panicked still guards what it guarded: plain facts, never half of one.

use std::sync::{Mutex, MutexGuard, PoisonError};

pub trait Lock<T> {
    /// Hold it.
    fn held(&self) -> MutexGuard<'_, T>;
}

impl<T> Lock<T> for Mutex<T> {
    fn held(&self) -> MutexGuard<'_, T> {
        self.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
