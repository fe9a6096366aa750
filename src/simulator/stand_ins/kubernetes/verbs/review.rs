//! Questions about who one is and what one may do.

use super::super::authentication::Identity;
use super::super::authorization::is_forbidden;
use super::super::call::Call;
use super::super::kinds::Kinds;
use super::super::status::Status;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// The question with its answer as status.
pub fn review(kinds: &Kinds, call: &Call) -> Result<Value, Status> {
    let mut question = call.object()?;
    let user = |who: &Identity| json!({ "username": who.name, "groups": who.groups });
    question["status"] = match call.target.kind.kind.as_str() {
        "SelfSubjectReview" => json!({ "userInfo": user(&call.who) }),
        "TokenReview" => json!({ "authenticated": false }),
        "SelfSubjectRulesReview" => rules(kinds, &call.who),
        _ => {
            let wish = &question["spec"]["resourceAttributes"];
            let text = |key: &str| wish[key].as_str().unwrap_or_default();
            let allowed = !is_forbidden(&call.who, text("group"), text("resource"));
            json!({ "allowed": allowed })
        }
    };
    question["apiVersion"] = call.target.api_version().into();
    question["kind"] = call.target.kind.kind.as_str().into();
    Ok(question)
}

fn rules(kinds: &Kinds, who: &Identity) -> Value {
    let verbs = json!(["*"]);
    let everything = json!([{ "verbs": ["*"], "nonResourceURLs": ["*"] }]);
    if who.is_master() || who.forbidden.is_empty() {
        let all = json!([{ "verbs": verbs, "apiGroups": ["*"], "resources": ["*"] }]);
        return json!({ "resourceRules": all, "nonResourceRules": everything, "incomplete": false });
    }
    let mut groups: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for kind in kinds.all().iter().filter(|kind| !is_forbidden(who, &kind.group, &kind.plural)) {
        groups.entry(kind.group.clone()).or_default().push(kind.plural.clone());
    }
    let rule = |(group, resources): (&String, &Vec<String>)| json!({ "verbs": verbs, "apiGroups": [group], "resources": resources });
    let rules: Vec<Value> = groups.iter().map(rule).collect();
    json!({ "resourceRules": rules, "nonResourceRules": everything, "incomplete": false })
}
