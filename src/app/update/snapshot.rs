//! A snapshot of etcd to a file: where to, then how it went. It is a read and asks for no approval.

use crate::{Effect, Model, Prompt, PromptKind, queries};
use domain::{Finding, Look, Moment, NodeName};

/// Whether one can be asked for now, and from whom: the leader, else any member that answers.
pub(crate) fn source(model: &Model) -> Result<NodeName, String> {
    let etcd = queries::etcd::whole(model);
    let answering = || etcd.members.iter().filter(|it| it.healthy);
    let chosen = answering().find(|it| it.leader).or_else(|| answering().next());
    chosen.and_then(|it| it.node.clone()).ok_or_else(|| "no etcd member answers".into())
}

/// Ask where to.
pub(super) fn open(model: &mut Model) {
    let text = format!("etcd-{}.snapshot", stamp(model.now));
    let cursor = text.chars().count();
    model.screen.prompt = Some(Prompt { kind: PromptKind::Snapshot, text, cursor, choice: 0 });
}

/// A path was typed.
pub(super) fn entered(model: &mut Model, path: &str) -> Vec<Effect> {
    let path = path.trim().to_owned();
    if path.is_empty() {
        return Vec::new();
    }
    match source(model) {
        Ok(node) => {
            model.screen.notice = Some(format!("etcd is being copied from {node} to {path}"));
            vec![Effect::Look(Look::EtcdSnapshot { node, path })]
        }
        Err(why) => {
            model.screen.notice = Some(why);
            Vec::new()
        }
    }
}

/// How it went.
pub(super) fn found(model: &mut Model, finding: &Result<Finding, String>) {
    model.screen.notice = match finding {
        Ok(Finding::EtcdSnapshot { path, bytes }) => {
            Some(format!("the snapshot is in {path}, {}", queries::ages::bytes(*bytes)))
        }
        Ok(_) => None,
        Err(why) => Some(why.clone()),
    };
}

/// "20260102-0304", UTC.
fn stamp(now: Moment) -> String {
    let (days, second) = (now.seconds().div_euclid(86_400), now.seconds().rem_euclid(86_400));
    let (year, month, day) = date(days);
    format!("{year:04}{month:02}{day:02}-{:02}{:02}", second / 3_600, second % 3_600 / 60)
}

/// The day of the Gregorian calendar so many days after 1970-01-01.
fn date(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_named_after_its_day() {
        assert_eq!(stamp(Moment::from_seconds(1_767_323_045)), "20260102-0304");
        assert_eq!(stamp(Moment::from_seconds(951_782_400)), "20000229-0000");
        assert_eq!(stamp(Moment::default()), "19700101-0000");
    }

    #[test]
    fn nobody_is_asked_while_no_member_answers() {
        let mut model = Model::default();
        assert_eq!(entered(&mut model, "x"), []);
        assert_eq!(model.screen.notice.as_deref(), Some("no etcd member answers"));
    }
}
