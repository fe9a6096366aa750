//! Jobs: pods until enough of them have succeeded.

use super::super::store::Key;
use super::desk::{Desk, set_condition};
use super::pod_template::pod;
use super::replica_set::count;
use serde_json::Value;

const RESOURCE: &str = "jobs.batch";

pub fn look(desk: &mut Desk, key: &Key) {
    let Some(job) = desk.get(RESOURCE, key) else { return };
    let value = job.value();
    let conditions = value["status"]["conditions"].as_array().into_iter().flatten();
    let over = conditions
        .into_iter()
        .any(|it| matches!(it["type"].as_str(), Some("Complete" | "Failed")) && it["status"] == "True");
    if job.deleting || over || value["spec"]["suspend"] == true {
        return;
    }
    let number = |name: &str| usize::try_from(value["spec"][name].as_i64().unwrap_or(1)).unwrap_or(0);
    let pods = desk.pods_of(&job.uid);
    let phase = |wanted: &str| pods.iter().filter(|it| it.phase == wanted).count();
    let (succeeded, failed) = (phase("Succeeded"), phase("Failed"));
    let active =
        pods.iter().filter(|it| !it.deleting && !matches!(it.phase.as_str(), "Succeeded" | "Failed"));
    let active: Vec<_> = active.cloned().collect();
    let (completions, limit) = (number("completions"), value["spec"]["backoffLimit"].as_i64().unwrap_or(6));
    let given_up = i64::try_from(failed).unwrap_or(0) > limit;
    let complete = succeeded >= completions;
    let mut running = active.len();
    if given_up || complete {
        active.iter().for_each(|it| desk.delete_pod(&it.key));
        running = 0;
    } else {
        let wanted = number("parallelism").min(completions - succeeded);
        for _ in active.len()..wanted {
            let mut fresh = pod(&labelled(&value, &job.uid, &key.name), "batch/v1", "Job", &job);
            fresh["metadata"]["generateName"] = format!("{}-", key.name).into();
            if desk.create("pods", fresh).is_none() {
                break;
            }
            running += 1;
        }
    }
    let now = desk.cluster.now();
    desk.edit(RESOURCE, key, |value| {
        let status = &mut value["status"];
        if status["startTime"].is_null() {
            status["startTime"] = now.as_str().into();
        }
        count(status, "active", running, false);
        count(status, "succeeded", succeeded, false);
        count(status, "failed", failed, false);
        if complete {
            status["completionTime"] = now.as_str().into();
            let message = "Reached expected number of succeeded pods";
            set_condition(value, &now, "Complete", "True", "CompletionsReached", message);
        } else if given_up {
            let message = "Job has reached the specified backoff limit";
            set_condition(value, &now, "Failed", "True", "BackoffLimitExceeded", message);
        }
    });
}

fn labelled(job: &Value, uid: &str, name: &str) -> Value {
    let mut template = job["spec"]["template"].clone();
    let labels = &mut template["metadata"]["labels"];
    labels["batch.kubernetes.io/controller-uid"] = uid.into();
    labels["batch.kubernetes.io/job-name"] = name.into();
    labels["job-name"] = name.into();
    template
}
