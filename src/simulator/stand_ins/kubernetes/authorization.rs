//! What somebody may do: everything but what is kept from them.

use super::authentication::Identity;
use super::kinds::Kind;
use super::status::Status;

/// What somebody wants to do, in the words of RBAC.
#[derive(Debug, Clone, Copy)]
pub struct Wish<'a> {
    pub verb: &'a str,
    pub kind: &'a Kind,
    pub subresource: &'a str,
    pub namespace: &'a str,
    pub name: &'a str,
}

pub fn is_forbidden(who: &Identity, group: &str, resource: &str) -> bool {
    let full = format!("{group}/{resource}");
    !who.is_master() && who.forbidden.iter().any(|it| it == resource && group.is_empty() || *it == full)
}

/// Refuses with the very words of Kubernetes.
pub fn authorize(who: &Identity, wish: Wish<'_>) -> Result<(), Status> {
    if !is_forbidden(who, &wish.kind.group, &wish.kind.plural) {
        return Ok(());
    }
    let scope = match wish.namespace {
        "" => "at the cluster scope".to_owned(),
        namespace => format!("in the namespace \"{namespace}\""),
    };
    let mut resource = wish.kind.plural.clone();
    if !wish.subresource.is_empty() {
        resource = format!("{resource}/{}", wish.subresource);
    }
    let why = format!(
        "User \"{}\" cannot {} resource \"{resource}\" in API group \"{}\" {scope}",
        who.name, wish.verb, wish.kind.group
    );
    Err(Status::forbidden(wish.kind, wish.name, &why))
}
