//! One request answered: who asks, what for, may they, and the verb that does it.

use super::super::authentication::Identity;
use super::super::authorization::{Wish, authorize};
use super::super::call::Call;
use super::super::cluster::Cluster;
use super::super::discovery;
use super::super::negotiation::Form;
use super::super::route::target;
use super::super::status::{Status, success};
use super::super::store::Stored;
use super::super::verbs::delete::DeleteOptions;
use super::super::verbs::{
    How, Record, bind, create, delete, evict, get, judge, list, log, patch, review, scale, update, watch,
};
use super::represent::Represent;
use super::response;
use crate::mutations::{Mutations, OWN, digest};
use axum::body::Body;
use bytes::Bytes;
use futures::StreamExt;
use http::request::Parts;
use http::{Method, Response, StatusCode};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use serde_json::{Value, json};
use std::sync::Arc;

pub async fn answer(
    cluster: &Arc<Cluster>,
    mutations: &Mutations,
    who: Option<Identity>,
    request: http::Request<Incoming>,
) -> Response<Body> {
    let (parts, body) = request.into_parts();
    if let Some(page) = discovery::public(&parts) {
        return page;
    }
    let Some(who) = who else { return response::status(&Status::unauthorized()) };
    if let Some(page) = discovery::page(&cluster.kinds, &parts) {
        return page;
    }
    let Some(target) = target(parts.uri.path(), &cluster.kinds) else { return response::no_such_page() };
    let Ok(body) = body.collect().await else {
        return response::status(&Status::bad_request("the body ended too early"));
    };
    let call = Call::new(&parts, who, target, body.to_bytes());
    let answer = act(cluster, &parts, &call).unwrap_or_else(|refused| response::status(&refused));
    record(mutations, &parts, &call, answer.status());
    answer
}

/// Write down what somebody from outside asked to change. A review asks, whatever its verb.
fn record(mutations: &Mutations, parts: &Parts, call: &Call, code: StatusCode) {
    let asks =
        matches!(parts.method, Method::GET | Method::HEAD | Method::OPTIONS) || call.target.kind.review;
    if asks || call.who.name == OWN {
        return;
    }
    let fields = json!({
        "verb": verb(parts, call).unwrap_or("unknown"), "path": parts.uri.to_string(), "user": call.who.name,
        "dry_run": call.query.get("dryRun").is_some(), "sha256": digest(&call.body), "code": code.as_u16(),
    });
    mutations.write("kubernetes", fields);
}

/// The verb of a request, in the words of RBAC.
fn verb(parts: &Parts, call: &Call) -> Result<&'static str, Status> {
    let one = !call.target.name.is_empty();
    Ok(match parts.method {
        Method::GET if call.query.flag("watch") => "watch",
        Method::GET if one => "get",
        Method::GET => "list",
        Method::POST => "create",
        Method::PUT if one => "update",
        Method::PATCH if one => "patch",
        Method::DELETE if one => "delete",
        Method::DELETE => "deletecollection",
        _ => return Err(Status::method_not_allowed()),
    })
}

fn act(cluster: &Arc<Cluster>, parts: &Parts, call: &Call) -> Result<Response<Body>, Status> {
    let verb = verb(parts, call)?;
    let target = &call.target;
    let wish = Wish {
        verb,
        kind: &target.kind,
        subresource: &target.subresource,
        namespace: &target.namespace,
        name: &target.name,
    };
    authorize(&call.who, wish)?;
    if !target.kind.verbs().contains(&verb) {
        return Err(Status::method_not_allowed());
    }
    let how = How { record: Record::Update(call.manager()), dry_run: call.dry_run()? };
    match (verb, target.subresource.as_str()) {
        ("get", "") => Ok(show(cluster, call, 200, &get::get(cluster, target)?)),
        ("get", "status") if target.kind.status => Ok(show(cluster, call, 200, &get::get(cluster, target)?)),
        ("list", "") if call.form == (Form::Metadata { list: false }) => {
            let list = format!("{}List", target.kind.kind);
            Err(Status::not_acceptable(format!(
                "you requested PartialObjectMetadata, but the requested object is a list (*core.{list})"
            )))
        }
        ("list", "") => {
            let page = list::list(cluster, target, &call.query)?;
            Ok(response::chunks(Represent::new(call, &cluster.clock).list(&page)))
        }
        // As the real one: it says yes, and ends with the first event, for which it has no form.
        ("watch", "") if call.form == (Form::Metadata { list: true }) => {
            let events = watch::watch(cluster, call)?;
            Ok(response::events(events.take(1).map(|_| Bytes::new())))
        }
        ("watch", "") => Ok(response::events(watch::watch(cluster, call)?)),
        ("create", "") if target.kind.review => {
            Ok(response::json(201, &review::review(&cluster.kinds, call)?))
        }
        ("create", "") if target.name.is_empty() => {
            let object = call.object()?;
            judge::object(call, &object)?;
            let stored = create::create(cluster, target, object, &how)?;
            Ok(show(cluster, call, 201, &stored))
        }
        ("update", "") => {
            let object = call.object()?;
            judge::object(call, &object)?;
            Ok(show(cluster, call, 200, &update::update(cluster, target, object, &how)?))
        }
        ("update", "status") if target.kind.status => {
            Ok(show(cluster, call, 200, &update::update(cluster, target, call.object()?, &how)?))
        }
        ("patch", sub) if sub.is_empty() || sub == "status" && target.kind.status => {
            let (stored, created) = patch::patch(cluster, call, &how)?;
            Ok(show(cluster, call, if created { 201 } else { 200 }, &stored))
        }
        ("update", "finalize") if target.kind.plural == "namespaces" => {
            Ok(show(cluster, call, 200, &update::update(cluster, target, call.object()?, &how)?))
        }
        (_, "status" | "finalize") => Ok(response::no_such_page()),
        ("delete", "") => remove(cluster, call, how.dry_run),
        ("deletecollection", "") => remove_all(cluster, call, how.dry_run),
        ("create", "") => Err(Status::method_not_allowed()),
        (verb, subresource) => special(cluster, call, verb, subresource, &how),
    }
}

/// Subresources that speak another kind than their object.
fn special(
    cluster: &Arc<Cluster>,
    call: &Call,
    verb: &str,
    subresource: &str,
    how: &How,
) -> Result<Response<Body>, Status> {
    let target = &call.target;
    match (target.kind.resource().as_str(), verb, subresource) {
        ("pods", "get", "log") => Ok(response::stream(response::TEXT, log::log(cluster, call)?)),
        ("pods", "create", "eviction") => {
            evict::evict(cluster, target, &call.object()?, how)?;
            Ok(response::json(201, &evict::success()))
        }
        ("pods", "create", "binding") => {
            bind::bind(cluster, target, &call.object()?, how)?;
            Ok(response::json(201, &evict::success()))
        }
        (_, "get", "scale") if target.kind.scale.is_some() => {
            Ok(response::json(200, &scale::read(cluster, call)?))
        }
        (_, "update" | "patch", "scale") if target.kind.scale.is_some() => {
            Ok(response::json(200, &scale::write(cluster, call, how)?))
        }
        _ => Ok(response::no_such_page()),
    }
}

fn show(cluster: &Cluster, call: &Call, code: u16, stored: &Arc<Stored>) -> Response<Body> {
    response::bytes(code, Represent::new(call, &cluster.clock).object(stored))
}

/// The options of a delete: in the body, or in the query.
fn options(call: &Call, dry_run: bool) -> Result<DeleteOptions, Status> {
    let body = if call.body.is_empty() { Value::Null } else { call.object()? };
    let mut options = DeleteOptions::read(&body);
    options.dry_run |= dry_run;
    if options.grace.is_none() {
        options.grace = call.query.number("gracePeriodSeconds").and_then(|it| i64::try_from(it).ok());
    }
    if options.propagation.is_none() {
        options.propagation = call.query.get("propagationPolicy").map(String::from);
    }
    Ok(options)
}

fn remove(cluster: &Cluster, call: &Call, dry_run: bool) -> Result<Response<Body>, Status> {
    let (stored, gone) = delete::delete(cluster, &call.target, &options(call, dry_run)?)?;
    // Pods and custom objects are shown as they were at last; for others there is a word of success.
    if gone && !(call.target.kind.custom || call.target.kind.plural == "pods") {
        return Ok(response::json(200, &success(&call.target.kind, &stored.key.name, &stored.uid)));
    }
    Ok(show(cluster, call, 200, &stored))
}

fn remove_all(cluster: &Cluster, call: &Call, dry_run: bool) -> Result<Response<Body>, Status> {
    let options = options(call, dry_run)?;
    let page = list::list(cluster, &call.target, &call.query)?;
    for item in &page.items {
        let mut one = call.target.clone();
        one.namespace = item.key.namespace.clone();
        one.name = item.key.name.clone();
        match delete::delete(cluster, &one, &options) {
            Err(refused) if refused.code != 404 => return Err(refused),
            _ => {}
        }
    }
    let form = if call.form == Form::Table { Form::Whole } else { call.form };
    Ok(response::chunks(Represent::new(call, &cluster.clock).in_form(form).list(&page)))
}
