//! Fields of a kustomization that seem plain and reach further than the one place where they are usually read.

use crate::yaml::{Node, What};

/// Which fields of a kustomization change an object in more than its namespace and its new labels.
pub(super) fn beyond(by: &Node, object: &Node) -> Vec<String> {
    let mut found = Vec::new();
    if by.said("namespace").is_some_and(|it| names_another(object, it)) {
        found.push("namespace".to_owned());
    }
    let lists = ["labels", "matchLabels", "selector"];
    if by.get("commonLabels").is_some_and(|it| says_otherwise(object, &lists, it)) {
        found.push("commonLabels".to_owned());
    }
    let pairs = by.get("labels").map(Node::items).unwrap_or_default().iter();
    if pairs.filter_map(|it| it.get("pairs")).any(|it| says_otherwise(object, &lists, it)) {
        found.push("labels".to_owned());
    }
    if by.get("commonAnnotations").is_some_and(|it| says_otherwise(object, &["annotations"], it)) {
        found.push("commonAnnotations".to_owned());
    }
    found
}

/// Whether an object names a namespace that is not its own: kustomize changes that too.
fn names_another(object: &Node, namespace: &str) -> bool {
    let other = |it: Option<&str>| it.is_some_and(|it| it != namespace);
    let of = |list: &str, at: &str| {
        object.at(list).map(Node::items).unwrap_or_default().iter().any(|it| other(it.said(at)))
    };
    match object.said("kind").unwrap_or_default() {
        "Namespace" => other(object.said("metadata.name")),
        "RoleBinding" | "ClusterRoleBinding" => of("subjects", "namespace"),
        "ValidatingWebhookConfiguration" | "MutatingWebhookConfiguration" => {
            of("webhooks", "clientConfig.service.namespace")
        }
        "APIService" => other(object.said("spec.service.namespace")),
        "CustomResourceDefinition" => {
            other(object.said("spec.conversion.webhook.clientConfig.service.namespace"))
        }
        _ => false,
    }
}

/// Whether something under one of these keys has another value for one of the pairs.
fn says_otherwise(node: &Node, under: &[&str], pairs: &Node) -> bool {
    match &node.what {
        What::Map(entries) => entries.iter().any(|(key, it)| {
            let here = under.contains(&key.as_str())
                && pairs.entries().iter().any(|(key, wanted)| {
                    it.get(key).and_then(Node::text).is_some_and(|it| Some(it) != wanted.text())
                });
            here || says_otherwise(it, under, pairs)
        }),
        What::List(items) => items.iter().any(|it| says_otherwise(it, under, pairs)),
        What::Scalar { .. } => false,
    }
}
