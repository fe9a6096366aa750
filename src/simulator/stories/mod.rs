//! Named courses that a world can take.

/// One course: what it is called, what happens, and the named state that it ends in.
#[derive(Debug, Clone, Copy)]
pub struct Story {
    pub name: &'static str,
    pub about: &'static str,
    pub ends: &'static str,
}

/// Every story, in the order of the list.
pub fn stories() -> &'static [Story] {
    &[Story { name: "steady", about: "nothing happens", ends: "as it began" }]
}
