//! Nine months of steps: people's edits, new applications, the bot's bumps, the weekly line of the rota.

use super::platform::{Platform, platform};
use super::{Branch, Commit, Person, Step, Template, Wanted};
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

#[derive(Debug, Deserialize)]
struct Written {
    people: BTreeMap<String, Person>,
    start: BTreeMap<String, String>,
    files: Vec<LateFile>,
    edits: Vec<Edit>,
}

#[derive(Debug, Deserialize)]
struct LateFile {
    at: f64,
    by: String,
    path: String,
    say: String,
}

#[derive(Debug, Deserialize)]
struct Edit {
    at: f64,
    by: String,
    set: BTreeMap<String, String>,
    say: String,
}

const DAY: i64 = 86_400;
const LIFE: i64 = 274 * DAY;
/// The newest commit is this old.
const FRESH: i64 = 11 * 60;
const BOT: &str = "renovate";

/// Turns the share of a life into moments, and names into people.
struct Course<'a> {
    written: &'a Written,
    start: i64,
    now: i64,
    random: StdRng,
    steps: Vec<Step>,
}

/// Every step, oldest first.
pub(super) fn steps(wanted: &Wanted, templates: &[Template]) -> Result<Vec<Step>, serde_yaml::Error> {
    let written: Written = serde_yaml::from_str(include_str!("content/history.yaml"))?;
    let platform = platform()?;
    let mut course = Course {
        written: &written,
        start: wanted.now - LIFE,
        now: wanted.now,
        random: StdRng::seed_from_u64(wanted.seed),
        steps: Vec::new(),
    };
    course.first(wanted, templates, &platform);
    course.people(wanted);
    course.applications(templates, &platform);
    course.bumps(wanted, &platform);
    course.rota();
    course.steps.sort_by_key(|step| step.at);
    Ok(course.steps)
}

impl Course<'_> {
    fn step(
        &mut self,
        at: f64,
        by: &str,
        say: impl Into<String>,
        set: BTreeMap<String, String>,
        add: Vec<String>,
    ) {
        let Some(author) = self.written.people.get(by).cloned() else { return };
        let at = self.moment(at, by == BOT);
        self.steps.push(Step { at, author, say: say.into(), set, add });
    }

    /// People commit in office hours of weekdays, the bot before six; the last days are taken as they are.
    fn moment(&mut self, share: f64, bot: bool) -> i64 {
        #[expect(clippy::cast_possible_truncation, reason = "a share of nine months in seconds fits")]
        let raw = self.start + (share * LIFE as f64) as i64;
        if self.now - raw < 2 * DAY {
            return raw.min(self.now - FRESH);
        }
        let hour = if bot { self.random.random_range(3..5) } else { self.random.random_range(8..17) };
        let day = raw.div_euclid(DAY);
        // 1970-01-01 was a Thursday: 0 is Monday after adding three.
        let weekday = (day + 3).rem_euclid(7);
        let day = if weekday > 4 { day - (weekday - 4) } else { day };
        day * DAY + hour * 3_600 + self.random.random_range(0..3_600)
    }

    fn first(&mut self, wanted: &Wanted, templates: &[Template], platform: &Platform) {
        let late: BTreeSet<&str> = self.written.files.iter().map(|it| it.path.as_str()).collect();
        let add = templates
            .iter()
            .map(|it| &it.path)
            .filter(|path| !late.contains(path.as_str()) && !path.starts_with("apps/"))
            .cloned()
            .collect();
        let mut set = self.written.start.clone();
        set.insert("remote".into(), wanted.remote.clone());
        set.insert("year".into(), format!("{}", 1970 + self.start / (365 * DAY + DAY / 4)));
        set.insert("oncall".into(), "Mara".into());
        for (image, tags) in &platform.images {
            if let Some(tag) = tags.first() {
                set.insert(format!("image:{image}"), tag.clone());
            }
        }
        self.step(
            0.0,
            "mara",
            "Everything that runs, as it runs today\n\nMoved out of the wiki and three laptops.",
            set,
            add,
        );
    }

    fn people(&mut self, wanted: &Wanted) {
        let written = self.written;
        for file in &written.files {
            self.step(file.at, &file.by, &file.say, BTreeMap::new(), vec![file.path.clone()]);
        }
        for edit in &written.edits {
            self.step(edit.at, &edit.by, &edit.say, edit.set.clone(), Vec::new());
        }
        if wanted.workers != 3 {
            let set = BTreeMap::from([("md.replicas".to_owned(), wanted.workers.to_string())]);
            self.step(0.95, "mara", format!("workers: {} of them", wanted.workers), set, Vec::new());
        }
    }

    fn applications(&mut self, templates: &[Template], platform: &Platform) {
        for app in &platform.apps {
            let folder = format!("{}/", app.folder());
            let add =
                templates.iter().map(|it| &it.path).filter(|it| it.starts_with(&folder)).cloned().collect();
            let say = match self.random.random_range(0..4) {
                0 => format!("Add {}", app.name),
                1 => format!("feat({}): install it", app.name),
                2 => format!("{}: plain manifests instead of the chart", app.name),
                _ => format!("{}: first version", app.name),
            };
            self.step(app.at, &app.by, say, BTreeMap::new(), add);
        }
    }

    /// Images that share their tags are bumped together, as one pull request of the bot.
    fn bumps(&mut self, wanted: &Wanted, platform: &Platform) {
        let mut families: BTreeMap<(String, &Vec<String>), Vec<&str>> = BTreeMap::new();
        for (image, tags) in &platform.images {
            let family = image.rsplit_once('/').map_or(image.as_str(), |(owner, _)| owner);
            families.entry((family.to_owned(), tags)).or_default().push(image);
        }
        let mut number = 17;
        for ((_, tags), images) in families {
            let came = platform
                .apps
                .iter()
                .filter(|app| app.workloads.iter().any(|it| images.contains(&it.image.as_str())))
                .map(|app| app.at)
                .fold(1.0, f64::min);
            let span = (0.97 - came - 0.04).max(0.1);
            for (index, tag) in tags.iter().enumerate().skip(1) {
                if wanted.without.iter().any(|(image, late)| images.contains(&image.as_str()) && late == tag)
                {
                    continue;
                }
                let at = came
                    + 0.04
                    + span * (index as f64 - 0.5 + self.random.random_range(-0.2..0.2)) / tags.len() as f64;
                let set = images.iter().map(|image| (format!("image:{image}"), tag.clone())).collect();
                number += self.random.random_range(1..4);
                let name = images.first().copied().unwrap_or_default();
                let by = if self.random.random_range(0..9) == 0 { "ines" } else { BOT };
                let say = match (by, images.len()) {
                    (BOT, 1) => format!("chore(deps): update {name} docker tag to {tag} (#{number})"),
                    (BOT, _) => format!("chore(deps): update {} group to {tag} (#{number})", short(name)),
                    _ => format!("{}: {tag}, the bot is too slow", short(name)),
                };
                self.step(at, by, say, set, Vec::new());
            }
        }
    }

    fn rota(&mut self) {
        let who = ["Mara", "Jonas", "Inês", "Tariq", "Selin"];
        for week in 1..38_usize {
            let name = who[week % who.len()];
            let by = ["mara", "jonas", "ines", "tariq", "selin"][(week + 4) % who.len()];
            let set = BTreeMap::from([("oncall".to_owned(), name.to_owned())]);
            self.step(week as f64 / 39.5, by, format!("on call: {name}"), set, Vec::new());
        }
    }
}

/// The last two parts of an image's name that say what it is.
fn short(image: &str) -> &str {
    image.rsplit('/').next().unwrap_or(image)
}

/// Branches that wait: the bot's next bump, an idea, a draft.
pub(super) fn branches(wanted: &Wanted, commits: &[Commit]) -> Result<Vec<Branch>, serde_yaml::Error> {
    let written: Written = serde_yaml::from_str(include_str!("content/history.yaml"))?;
    let head: BTreeMap<&str, &str> =
        commits.iter().flat_map(|it| &it.files).map(|(path, text)| (path.as_str(), text.as_str())).collect();
    let change = |path: &str, from: &str, to: &str| {
        let text = head.get(path).map(|text| text.replacen(from, to, 1)).unwrap_or_default();
        BTreeMap::from([(path.to_owned(), text)])
    };
    let person = |by: &str| written.people.get(by).cloned();
    let wishes = [
        (
            "renovate/kubernetes-1.x",
            BOT,
            6,
            "chore(deps): update kubernetes/kubernetes to v1.35.1 (#214)",
            change("cluster-api/control-plane.yaml", "version: v1.35.0", "version: v1.35.1"),
        ),
        (
            "spike/gateway-api",
            "jonas",
            14,
            "cilium: try the gateway instead of ingress-nginx",
            change(
                "apps/kube-system/cilium/configmap.yaml",
                "routing-mode:",
                "enable-gateway-api: \"true\"\n  routing-mode:",
            ),
        ),
        (
            "tariq/loki-object-storage",
            "tariq",
            9,
            "WIP loki: chunks to object storage",
            change(
                "apps/monitoring/loki/configmap.yaml",
                "retention_enabled: true",
                "retention_enabled: true\n      delete_request_store: s3",
            ),
        ),
    ];
    Ok(wishes
        .into_iter()
        .filter_map(|(name, by, behind, say, files)| {
            let at = wanted.now - DAY * i64::try_from(behind).unwrap_or(1) / 2;
            let commit = Commit { author: person(by)?, at, message: say.into(), files };
            Some(Branch { name: name.into(), behind, commits: vec![commit] })
        })
        .collect())
}
