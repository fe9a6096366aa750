//! talconfig.yaml, as far as it says which cluster it is and who is in it.

use crate::plain::plain;
use serde::Deserialize;
use serde_yaml::Value;

/// One cluster as talhelper knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TalConfig {
    pub cluster: String,
    /// The host of the Kubernetes API.
    pub endpoint: String,
    pub nodes: Vec<TalNode>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TalNode {
    pub hostname: String,
    pub addresses: Vec<String>,
    pub control_plane: bool,
    /// What its file is called, where it says.
    template: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct File {
    cluster_name: String,
    #[serde(default)]
    endpoint: String,
    nodes: Vec<Node>,
    #[serde(default)]
    control_plane: Value,
    #[serde(default)]
    worker: Value,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Node {
    hostname: String,
    #[serde(default)]
    ip_address: String,
    #[serde(default)]
    control_plane: bool,
    filename_tmpl: Option<String>,
}

impl TalConfig {
    /// None where the text is no talconfig: it has a name of a cluster, and nodes.
    pub(super) fn read(text: &str) -> Result<Self, String> {
        // The message of a YAML error may quote what it met: only its place is told.
        let file: File = serde_yaml::from_str(text).map_err(|err| match err.location() {
            Some(at) => format!("line {} is not what belongs there", at.line()),
            None => "it has no clusterName or no nodes".to_owned(),
        })?;
        let of_group = |it: &Value| it.get("filenameTmpl").and_then(Value::as_str).map(str::to_owned);
        let (planes, workers) = (of_group(&file.control_plane), of_group(&file.worker));
        let node = |it: Node| TalNode {
            addresses: it
                .ip_address
                .split(',')
                .map(|it| it.trim().to_owned())
                .filter(|it| !it.is_empty())
                .collect(),
            template: it
                .filename_tmpl
                .or_else(|| if it.control_plane { planes.clone() } else { workers.clone() }),
            hostname: plain(&it.hostname).into_owned(),
            control_plane: it.control_plane,
        };
        let host = file.endpoint.trim_start_matches("https://");
        let host = host.split('/').next().unwrap_or_default();
        let host = host.rsplit_once(':').map_or(host, |(host, _)| host).trim_matches(['[', ']']).to_owned();
        Ok(Self {
            cluster: plain(&file.cluster_name).into_owned(),
            endpoint: host,
            nodes: file.nodes.into_iter().map(node).collect(),
        })
    }

    /// What talhelper calls the file of a node.
    pub(super) fn file_of(&self, node: &TalNode) -> String {
        let Some(template) = &node.template else {
            return format!("{}-{}.yaml", self.cluster, node.hostname);
        };
        let role = if node.control_plane { "controlplane" } else { "worker" };
        let address = node.addresses.first().map_or("", String::as_str);
        let pairs = [
            ("ClusterName", self.cluster.as_str()),
            ("Hostname", &node.hostname),
            ("IPAddress", address),
            ("Role", role),
        ];
        pairs.iter().fold(template.clone(), |text, (name, value)| {
            let forms = [format!("{{{{ .{name} }}}}"), format!("{{{{.{name}}}}}")];
            forms.iter().fold(text, |text, form| text.replace(form, value))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_talconfig_says_who_is_in_the_cluster() {
        let text = "clusterName: home\nendpoint: https://[fd00::1]:6443\ntalosVersion: v1.13.9\nnodes:\n\
            - {hostname: cp-1, ipAddress: '10.0.0.1, fd00::2', controlPlane: true}\n\
            - {hostname: w-1, ipAddress: 10.0.0.9}\nworker: {filenameTmpl: '{{ .Role }}-{{.Hostname}}.yaml'}\n";
        let read = TalConfig::read(text).unwrap();
        assert_eq!((read.cluster.as_str(), read.endpoint.as_str()), ("home", "fd00::1"));
        assert_eq!(read.nodes[0].addresses, ["10.0.0.1", "fd00::2"]);
        let files: Vec<String> = read.nodes.iter().map(|it| read.file_of(it)).collect();
        assert_eq!(files, ["home-cp-1.yaml", "worker-w-1.yaml"]);
        let odd = TalConfig::read("clusterName: \"a\\e[2Jb\"\nnodes: [{hostname: \"c\\nd\"}]\n").unwrap();
        assert_eq!((odd.cluster.as_str(), odd.nodes[0].hostname.as_str()), ("ab", "c d"));
        assert!(TalConfig::read("a: b\n").is_err());
        assert!(!TalConfig::read("clusterName: [s3cret\n").unwrap_err().contains("s3cret"));
    }
}
