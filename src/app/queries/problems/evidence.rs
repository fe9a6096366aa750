//! A problem: what is wrong, since when, what proves it, and what can be done.

use crate::Place;
use crate::queries::words::Phrase;
use domain::{Moment, Source};

/// A rule and what it found: stable from one look to the next.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProblemId {
    pub rule: &'static str,
    pub subject: String,
}

/// How much it matters. The order is that of the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Weight {
    /// Good to know; nothing is broken by it.
    Notice,
    /// Something does not go on, or is not as it should be.
    Stuck,
    /// Something is lost: a node, a member, a source.
    Lost,
    /// The cluster cannot work, or is one failure away from it.
    Critical,
}

/// How sure the cause is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Certainty {
    /// The evidence leaves no other cause.
    Proven,
    /// A guess, and said to be one.
    Likely,
    /// What is wrong is known, why is not.
    Unexplained,
}

/// One fact that speaks for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence {
    pub says: Phrase,
    /// How it shows: a condition, a count, a message.
    pub detail: String,
    pub source: Source,
    /// When the source last said anything; none where it never did.
    pub heard: Option<Moment>,
}

/// Something that can be done about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remedy {
    pub title: String,
    pub detail: String,
    /// What it would cost: live, replaces a machine, nothing.
    pub effect: String,
    /// Where it is done in the cockpit; none where it is done elsewhere or by waiting.
    pub place: Option<Place>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    pub id: ProblemId,
    pub weight: Weight,
    pub title: Phrase,
    /// Where it is, or where it is written.
    pub whereabouts: String,
    pub since: Option<Moment>,
    /// What `enter` opens.
    pub place: Option<Place>,
    pub certainty: Certainty,
    /// Why it is so, where that is known.
    pub cause: Option<String>,
    pub evidence: Vec<Evidence>,
    pub remedies: Vec<Remedy>,
    /// Problems that are but signs of this one: they are not listed beside it.
    pub explains: Vec<ProblemId>,
}

impl Problem {
    pub fn new(rule: &'static str, subject: impl Into<String>, weight: Weight, title: Phrase) -> Self {
        Self {
            id: ProblemId { rule, subject: subject.into() },
            weight,
            title,
            whereabouts: String::new(),
            since: None,
            place: None,
            certainty: Certainty::Unexplained,
            cause: None,
            evidence: Vec::new(),
            remedies: Vec::new(),
            explains: Vec::new(),
        }
    }

    pub fn at(mut self, whereabouts: impl Into<String>) -> Self {
        self.whereabouts = whereabouts.into();
        self
    }

    pub fn since(mut self, since: Option<Moment>) -> Self {
        self.since = since;
        self
    }

    pub fn opens(mut self, place: Place) -> Self {
        self.place = Some(place);
        self
    }

    pub fn because(mut self, certainty: Certainty, cause: impl Into<String>) -> Self {
        (self.certainty, self.cause) = (certainty, Some(cause.into()));
        self
    }

    pub fn proof(mut self, evidence: Evidence) -> Self {
        self.evidence.push(evidence);
        self
    }

    pub fn remedy(
        mut self,
        title: impl Into<String>,
        detail: impl Into<String>,
        effect: impl Into<String>,
    ) -> Self {
        let (title, detail, effect) = (title.into(), detail.into(), effect.into());
        self.remedies.push(Remedy { title, detail, effect, place: None });
        self
    }

    /// Where the remedy that was named last is done.
    pub fn done_at(mut self, place: Place) -> Self {
        if let Some(remedy) = self.remedies.last_mut() {
            remedy.place = Some(place);
        }
        self
    }

    pub fn explains(mut self, rule: &'static str, subject: impl Into<String>) -> Self {
        self.explains.push(ProblemId { rule, subject: subject.into() });
        self
    }
}
