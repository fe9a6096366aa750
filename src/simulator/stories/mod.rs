//! Named courses that a world can take.
