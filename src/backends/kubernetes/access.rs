//! By which credentials a server is asked, in words: which server, context and user, never what proves them.

use super::connection::Found;
use crate::plain::plain;
use kube::config::Kubeconfig;

/// "https://10.0.0.2:6443, context k8s of /home/me/kubeconfig, as admin"; none where no kubeconfig says it.
pub(super) fn access(found: &Found) -> Option<String> {
    let Found::File { path, context } = found else { return None };
    let kubeconfig = match path {
        Some(path) => Kubeconfig::read_from(path),
        None => Kubeconfig::read(),
    };
    let file = path.as_ref().map(|it| format!(" of {}", it.display())).unwrap_or_default();
    Some(plain(&said(&kubeconfig.ok()?, context.as_deref(), &file)?).into_owned())
}

fn said(kubeconfig: &Kubeconfig, context: Option<&str>, file: &str) -> Option<String> {
    let name = context.or(kubeconfig.current_context.as_deref())?;
    let context = kubeconfig.contexts.iter().find(|it| it.name == name)?.context.as_ref()?;
    let cluster = kubeconfig.clusters.iter().find(|it| it.name == context.cluster)?.cluster.as_ref()?;
    let server = cluster.server.as_deref()?;
    // A password may be written into an address.
    let server = match (server.split_once("://"), server.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, host))) => format!("{scheme}://{host}"),
        _ => server.to_owned(),
    };
    let user = context.user.as_ref().map(|it| format!(", as {it}")).unwrap_or_default();
    Some(format!("{server}, context {name}{file}{user}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_server_the_context_and_the_user_are_named_and_nothing_that_proves_them() {
        let text = "apiVersion: v1\nkind: Config\ncurrent-context: far\n\
                    clusters: [{name: c, cluster: {server: 'https://me:hunter2@10.0.0.2:6443'}}]\n\
                    users: [{name: admin, user: {token: abc123}}]\n\
                    contexts: [{name: far, context: {cluster: c, user: admin}}]\n";
        let kubeconfig = Kubeconfig::from_yaml(text).unwrap();
        assert_eq!(
            said(&kubeconfig, None, " of kc").as_deref(),
            Some("https://10.0.0.2:6443, context far of kc, as admin")
        );
        assert_eq!(said(&kubeconfig, Some("near"), ""), None);
    }
}
