//! Deployments and whatever else makes pods.

use super::{Column, age, age_column, at, column, count, joined, labels, number, text};
use serde_json::Value;

pub fn columns(resource: &str) -> Option<Vec<Column>> {
    let containers = |template: &'static str| {
        let list = move |object: &Value, what: &str| {
            joined(object.pointer(template).unwrap_or(&Value::Null), |it| at(it, what, ""))
        };
        [text("Containers", 1, move |it| list(it, "/name")), text("Images", 1, move |it| list(it, "/image"))]
    };
    const TEMPLATE: &str = "/spec/template/spec/containers";
    let selector = || text("Selector", 1, |it| labels(&it["spec"]["selector"]["matchLabels"]));
    let ready = |ready: &'static str, wanted: &'static str| {
        text("Ready", 0, move |it| format!("{}/{}", number(it, ready), number(it, wanted)))
    };
    let mut found = match resource {
        "deployments.apps" => vec![
            ready("/status/readyReplicas", "/spec/replicas"),
            count("Up-to-date", "/status/updatedReplicas"),
            count("Available", "/status/availableReplicas"),
            age_column(),
        ],
        "replicasets.apps" | "replicationcontrollers" => vec![
            count("Desired", "/spec/replicas"),
            count("Current", "/status/replicas"),
            count("Ready", "/status/readyReplicas"),
            age_column(),
        ],
        "statefulsets.apps" => {
            let mut found = vec![ready("/status/readyReplicas", "/spec/replicas"), age_column()];
            found.extend(containers(TEMPLATE));
            return Some(found);
        }
        "daemonsets.apps" => vec![
            count("Desired", "/status/desiredNumberScheduled"),
            count("Current", "/status/currentNumberScheduled"),
            count("Ready", "/status/numberReady"),
            count("Up-to-date", "/status/updatedNumberScheduled"),
            count("Available", "/status/numberAvailable"),
            text("Node Selector", 0, |it| labels(&it["spec"]["template"]["spec"]["nodeSelector"])),
            age_column(),
        ],
        "jobs.batch" => vec![
            text("Status", 0, job_status),
            text("Completions", 0, |it| {
                format!("{}/{}", number(it, "/status/succeeded"), number(it, "/spec/completions"))
            }),
            column("Duration", "string", 0, |it, now| duration(it, now).into()),
            age_column(),
        ],
        "cronjobs.batch" => vec![
            text("Schedule", 0, |it| at(it, "/spec/schedule", "")),
            text("Timezone", 0, |it| at(it, "/spec/timeZone", "<none>")),
            text("Suspend", 0, |it| if it["spec"]["suspend"] == true { "True" } else { "False" }.into()),
            text("Active", 0, |it| it["status"]["active"].as_array().map_or(0, Vec::len).to_string()),
            column("Last Schedule", "string", 0, |it, now| match &it["status"]["lastScheduleTime"] {
                Value::Null => "<none>".into(),
                since => age(since, now).into(),
            }),
            age_column(),
        ],
        _ => return None,
    };
    let template = if resource == "cronjobs.batch" {
        "/spec/jobTemplate/spec/template/spec/containers"
    } else {
        TEMPLATE
    };
    found.extend(containers(template));
    found.push(selector());
    Some(found)
}

fn job_status(job: &Value) -> String {
    let conditions = job["status"]["conditions"].as_array().into_iter().flatten();
    let holds: Vec<&str> =
        conditions.filter(|it| it["status"] == "True").filter_map(|it| it["type"].as_str()).collect();
    let found = ["Complete", "Failed", "Suspended"].into_iter().find(|it| holds.contains(it));
    found.unwrap_or("Running").into()
}

fn duration(job: &Value, now: i64) -> String {
    let moment = |key: &str| job["status"][key].as_str().and_then(super::moments::parse);
    match (moment("startTime"), moment("completionTime")) {
        (None, _) => String::new(),
        (Some(start), end) => super::moments::age(end.unwrap_or(now) - start),
    }
}
