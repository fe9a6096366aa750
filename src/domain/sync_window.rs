//! Sync windows of an AppProject: when Argo CD may sync, and when it must not.

use crate::Moment;
use std::collections::BTreeSet;
use std::time::Duration;

/// A cron schedule of five fields: minute, hour, day of month, month, day of week.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Cron {
    minutes: BTreeSet<u32>,
    hours: BTreeSet<u32>,
    days: BTreeSet<u32>,
    months: BTreeSet<u32>,
    weekdays: BTreeSet<u32>,
    /// Where both day fields are restricted, either of them is enough; as in every cron.
    either_day: bool,
}

const MONTHS: [&str; 12] =
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const WEEKDAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

impl Cron {
    /// None where it is not a schedule.
    pub fn parse(text: &str) -> Option<Self> {
        let text = match text.trim() {
            "@hourly" => "0 * * * *",
            "@daily" | "@midnight" => "0 0 * * *",
            "@weekly" => "0 0 * * 0",
            "@monthly" => "0 0 1 * *",
            "@yearly" | "@annually" => "0 0 1 1 *",
            other => other,
        };
        let parts: Vec<&str> = text.split_whitespace().collect();
        let [minute, hour, day, month, weekday] = parts[..] else { return None };
        let mut weekdays = field(weekday, 0, 7, &WEEKDAYS, 0)?;
        if weekdays.remove(&7) {
            weekdays.insert(0);
        }
        let open = |it: &str| it.starts_with('*') || it.starts_with('?');
        Some(Self {
            minutes: field(minute, 0, 59, &[], 0)?,
            hours: field(hour, 0, 23, &[], 0)?,
            days: field(day, 1, 31, &[], 0)?,
            months: field(month, 1, 12, &MONTHS, 1)?,
            weekdays,
            either_day: !open(day) && !open(weekday),
        })
    }

    /// Whether it strikes in the minute that begins at `minute` (minutes since the epoch, local time).
    fn strikes(&self, minute: i64) -> bool {
        let days = minute.div_euclid(1440);
        let of_day = u32::try_from(minute.rem_euclid(1440)).unwrap_or(0);
        if !self.minutes.contains(&(of_day % 60)) || !self.hours.contains(&(of_day / 60)) {
            return false;
        }
        let (month, day) = civil(days);
        let weekday = u32::try_from((days + 4).rem_euclid(7)).unwrap_or(0);
        let (by_day, by_weekday) = (self.days.contains(&day), self.weekdays.contains(&weekday));
        let right_day = if self.either_day { by_day || by_weekday } else { by_day && by_weekday };
        right_day && self.months.contains(&month)
    }
}

/// Month and day of month of a day since the epoch (the civil calendar).
fn civil(days: i64) -> (u32, u32) {
    let z = days + 719_468;
    let of_era = z.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    (u32::try_from(month).unwrap_or(1), u32::try_from(day).unwrap_or(1))
}

/// One field: `*`, `a`, `a-b`, `*/n`, `a-b/n`, lists of these, and names where the field has them.
fn field(text: &str, low: u32, high: u32, names: &[&str], first: u32) -> Option<BTreeSet<u32>> {
    let number = |it: &str| -> Option<u32> {
        let named = names.iter().position(|name| name.eq_ignore_ascii_case(it));
        let named = named.and_then(|at| u32::try_from(at).ok()).map(|at| at + first);
        named.or_else(|| it.parse().ok()).filter(|it| (low..=high).contains(it))
    };
    let mut set = BTreeSet::new();
    for part in text.split(',') {
        let (range, step) = match part.split_once('/') {
            Some((range, step)) => (range, step.parse().ok().filter(|it: &usize| *it > 0)?),
            None => (part, 1),
        };
        let (from, to) = match range.split_once('-') {
            Some((from, to)) => (number(from)?, number(to)?),
            None if range == "*" || range == "?" => (low, high),
            None if part.contains('/') => (number(range)?, high),
            None => (number(range)?, number(range)?),
        };
        set.extend((from..=to).step_by(step));
    }
    Some(set)
}

#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct SyncWindow {
    pub allow: bool,
    /// As written.
    pub schedule: String,
    pub cron: Option<Cron>,
    pub duration: Duration,
    /// A person may sync although the window forbids it.
    pub manual: bool,
    pub applications: Vec<String>,
    pub namespaces: Vec<String>,
    pub clusters: Vec<String>,
    /// All of the three lists must match, not any.
    pub all: bool,
    /// Seconds its time zone was ahead of UTC when it was read.
    pub utc_offset: i64,
    pub description: String,
}

impl SyncWindow {
    /// When it closes, where it is open at `now`.
    pub fn open_until(&self, now: Moment) -> Option<Moment> {
        let cron = self.cron.as_ref()?;
        let local = now.seconds() + self.utc_offset;
        let length = i64::try_from(self.duration.as_secs()).unwrap_or(i64::MAX).min(366 * 86_400);
        let began = (0..=length / 60).map(|back| local.div_euclid(60) - back).find(|it| cron.strikes(*it))?;
        let closes = began * 60 + length;
        (local < closes).then(|| Moment::from_seconds(closes - self.utc_offset))
    }

    /// When it opens next, where that is within a week.
    pub fn opens(&self, now: Moment) -> Option<Moment> {
        let cron = self.cron.as_ref()?;
        let minute = (now.seconds() + self.utc_offset).div_euclid(60);
        let next = (1..=7 * 1440).map(|on| minute + on).find(|it| cron.strikes(*it))?;
        Some(Moment::from_seconds(next * 60 - self.utc_offset))
    }

    /// Whether it is about an application of this name, namespace and cluster.
    pub fn concerns(&self, application: &str, namespace: &str, cluster: &str) -> bool {
        let any = |patterns: &[String], it: &str| patterns.iter().any(|pattern| glob(pattern, it));
        let lists =
            [(&self.applications, application), (&self.namespaces, namespace), (&self.clusters, cluster)];
        let mut named =
            lists.iter().filter(|(list, _)| !list.is_empty()).map(|(list, it)| any(list, it)).peekable();
        if named.peek().is_none() {
            return false;
        }
        if self.all { named.all(|it| it) } else { named.any(|it| it) }
    }
}

/// Whether syncing is held up now: by which window, until when, and whether a person may still sync.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Gate {
    Open,
    /// A deny window is open, or only allow windows exist and none is.
    Shut {
        window: String,
        until: Option<Moment>,
        manual: bool,
    },
}

/// Argo CD's own rule: an open deny window wins; where there are allow windows, one must be open.
pub fn gate(windows: &[&SyncWindow], now: Moment) -> Gate {
    let named = |it: &SyncWindow| {
        if it.description.is_empty() { it.schedule.clone() } else { it.description.clone() }
    };
    let denying: Vec<(&&SyncWindow, Moment)> =
        windows.iter().filter(|it| !it.allow).filter_map(|it| Some((it, it.open_until(now)?))).collect();
    if let Some((window, until)) = denying.iter().max_by_key(|(_, until)| *until) {
        let manual = denying.iter().all(|(it, _)| it.manual);
        return Gate::Shut { window: named(window), until: Some(*until), manual };
    }
    let mut allowing = windows.iter().filter(|it| it.allow).peekable();
    if allowing.peek().is_none() || allowing.clone().any(|it| it.open_until(now).is_some()) {
        return Gate::Open;
    }
    let next = allowing.clone().filter_map(|it| Some((it.opens(now)?, it))).min_by_key(|(at, _)| *at);
    let manual = allowing.clone().any(|it| it.manual);
    let window =
        next.map(|(_, it)| named(it)).or_else(|| allowing.next().map(|it| named(it))).unwrap_or_default();
    Gate::Shut { window, until: next.map(|(at, _)| at), manual }
}

/// `*` stands for any text and `?` for one character.
fn glob(pattern: &str, text: &str) -> bool {
    match (pattern.chars().next(), text.chars().next()) {
        (None, None) => true,
        (Some('*'), None) => glob(&pattern[1..], text),
        (Some('*'), Some(first)) => glob(&pattern[1..], text) || glob(pattern, &text[first.len_utf8()..]),
        (Some('?'), Some(first)) => glob(&pattern[1..], &text[first.len_utf8()..]),
        (Some(a), Some(b)) if a == b => glob(&pattern[a.len_utf8()..], &text[b.len_utf8()..]),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window(allow: bool, schedule: &str, hours: u64) -> SyncWindow {
        SyncWindow {
            allow,
            schedule: schedule.into(),
            cron: Cron::parse(schedule),
            duration: Duration::from_secs(hours * 3600),
            manual: false,
            applications: vec!["*".into()],
            namespaces: Vec::new(),
            clusters: Vec::new(),
            all: false,
            utc_offset: 0,
            description: String::new(),
        }
    }

    /// Saturday, 21 November 2026, 08:30:00 UTC.
    const SATURDAY: Moment = Moment(1_795_249_800_000);

    #[test]
    fn a_window_is_open_for_its_duration() {
        let it = window(false, "0 6 * * 6", 3);
        assert_eq!(it.open_until(SATURDAY), Some(SATURDAY.plus(Duration::from_secs(30 * 60))));
        assert_eq!(it.open_until(SATURDAY.plus(Duration::from_secs(30 * 60))), None);
        assert_eq!(window(false, "0 6 * * mon-fri", 3).open_until(SATURDAY), None);
        assert_eq!(
            window(false, "*/20 8 21 11 *", 1).open_until(SATURDAY),
            Some(SATURDAY.plus(Duration::from_secs(50 * 60)))
        );
        assert!(Cron::parse("0 25 * * *").is_none() && Cron::parse("every day").is_none());
    }

    #[test]
    fn deny_wins_and_allow_must_be_open_where_there_is_one() {
        let deny = window(false, "0 6 * * *", 3);
        let allow = window(true, "0 8 * * *", 1);
        let later = window(true, "0 10 * * *", 1);
        assert!(matches!(gate(&[&deny, &allow], SATURDAY), Gate::Shut { until: Some(_), .. }));
        assert_eq!(gate(&[&allow], SATURDAY), Gate::Open);
        assert_eq!(gate(&[], SATURDAY), Gate::Open);
        let opens = SATURDAY.plus(Duration::from_secs(90 * 60));
        assert!(matches!(gate(&[&later], SATURDAY), Gate::Shut { until: Some(at), .. } if at == opens));
    }

    #[test]
    fn windows_concern_by_pattern() {
        let mut it = window(false, "0 0 * * *", 1);
        it.applications = vec!["prod-*".into()];
        it.namespaces = vec!["kube-system".into()];
        assert!(
            it.concerns("prod-loki", "obs", "in-cluster") && it.concerns("x", "kube-system", "in-cluster")
        );
        assert!(!it.concerns("dev-loki", "obs", "in-cluster"));
        it.all = true;
        assert!(!it.concerns("prod-loki", "obs", "in-cluster"));
    }
}
