//! One machine of the first moment, with its server, its config and its data.

use serde_json::{Value, json};

use super::declared::Declared;
use super::{Founder, Premises};
use crate::control::{Kind, Naming, Problem, kinds, name, namespace, owner_reference, text, timestamp};
use crate::providers::caph;
use crate::stand_ins::cabpt::{self, Bundle};
use crate::stand_ins::cacppt::new_machine;
use crate::stand_ins::capi::{CLUSTER_NAME, CONTROL_PLANE, from_template};
use crate::world::{Hardware, MachineSpec};

/// Objects get an identity and a day of birth.
pub(super) struct Birth<'a> {
    pub naming: &'a Naming,
}

impl Birth<'_> {
    pub fn give(&self, object: &mut Value, at: i64) {
        let metadata = &mut object["metadata"];
        if metadata["namespace"].is_null() {
            metadata["namespace"] = json!("default");
        }
        metadata["uid"] = json!(self.naming.uid());
        metadata["creationTimestamp"] = json!(timestamp(at));
        metadata["generation"] = json!(1);
    }
}

/// A machine and everything that is part of it.
pub(super) struct Made {
    pub machine: Value,
    pub config: Value,
    pub server: Value,
    pub data: Value,
    user_data: String,
}

pub(super) struct Maker<'a> {
    pub premises: &'a Premises<'a>,
    pub declared: &'a Declared,
    pub bundle: &'a Bundle,
    pub birth: &'a Birth<'a>,
    /// When the machine was made; milliseconds since the epoch.
    pub at: i64,
}

impl Maker<'_> {
    /// The three names of a control-plane machine differ; the server's is the node's.
    pub fn control_plane(&self, founder: &Founder) -> Result<Made, Problem> {
        let plane = &self.declared.control_plane;
        let base = format!("{}-", name(plane));
        let machine_name = self.birth.naming.name(&base);
        let config_name = self.birth.naming.name(&base);
        let machine = new_machine(plane, &self.declared.cluster, &machine_name, &config_name, &founder.name);
        let config = json!({
            "metadata": {"name": config_name, "namespace": namespace(plane), "labels": self.labels(true)},
            "spec": plane["spec"]["controlPlaneConfig"]["controlplane"],
        });
        let template = text(plane, "/spec/infrastructureTemplate/name");
        self.complete(founder, machine, config, template)
    }

    /// A worker, its server and its config share one name.
    pub fn worker(&self, founder: &Founder, set: &Value) -> Result<Made, Problem> {
        let template = &set["spec"]["template"]["spec"];
        let mut labels = set["spec"]["template"]["metadata"]["labels"].clone();
        labels["cluster.x-k8s.io/set-name"] = json!(name(set));
        let reference = |kind: Kind| json!({"apiGroup": kind.group, "kind": kind.kind, "name": founder.name});
        let mut spec = template.clone();
        spec["bootstrap"] = json!({"configRef": reference(kinds::TALOS_CONFIG)});
        spec["infrastructureRef"] = reference(kinds::HCLOUD_MACHINE);
        let machine = json!({
            "metadata": {"name": founder.name, "namespace": namespace(set), "labels": labels,
                "ownerReferences": [owner_reference(kinds::MACHINE_SET, set, true)],
                "finalizers": ["machine.cluster.x-k8s.io"]},
            "spec": spec,
        });
        let bootstrap =
            self.declared.template("TalosConfigTemplate", text(template, "/bootstrap/configRef/name"))?;
        let config = from_template(bootstrap, kinds::TALOS_CONFIG, &founder.name, &self.labels(false));
        self.complete(founder, machine, config, text(template, "/infrastructureRef/name"))
    }

    fn labels(&self, control_plane: bool) -> Value {
        let cluster = name(&self.declared.cluster);
        if control_plane {
            json!({CLUSTER_NAME: cluster, CONTROL_PLANE: ""})
        } else {
            json!({CLUSTER_NAME: cluster})
        }
    }

    fn complete(
        &self,
        founder: &Founder,
        mut machine: Value,
        mut config: Value,
        template: &str,
    ) -> Result<Made, Problem> {
        let kind = |object: &mut Value, kind: Kind| {
            object["apiVersion"] = json!(kind.api_version());
            object["kind"] = json!(kind.kind);
        };
        kind(&mut machine, kinds::MACHINE);
        kind(&mut config, kinds::TALOS_CONFIG);
        self.birth.give(&mut machine, self.at);
        let owner = owner_reference(kinds::MACHINE, &machine, true);
        config["metadata"]["ownerReferences"] = json!([owner]);
        self.birth.give(&mut config, self.at);
        let soon = timestamp(self.at + 1_000);
        let secret = format!("{}-bootstrap-data", name(&machine));
        cabpt::ready(&mut config, &secret, founder.control_plane, &soon);
        machine["spec"]["bootstrap"]["dataSecretName"] = json!(secret);

        let template = self.declared.template("HCloudMachineTemplate", template)?;
        let mut server = from_template(
            template,
            kinds::HCLOUD_MACHINE,
            &founder.name,
            &self.labels(founder.control_plane),
        );
        server["metadata"]["ownerReferences"] = json!([owner]);
        server["metadata"]["finalizers"] = json!(["infrastructure.cluster.x-k8s.io/hcloudmachine"]);
        self.birth.give(&mut server, self.at);
        let later = timestamp(self.at + 24_000);
        caph::reachable(&mut server, &soon);
        caph::machine_status(&mut server, &server_of(founder, &self.declared.infrastructure), &later);
        machine["spec"]["providerID"] = server["spec"]["providerID"].clone();

        let user_data = self.machine_config(founder, &config, &machine)?;
        let mut data = cabpt::data_secret(&config, name(&self.declared.cluster), name(&machine), &user_data);
        self.birth.give(&mut data, self.at + 1_000);
        Ok(Made { machine, config, server, data, user_data })
    }

    fn machine_config(&self, founder: &Founder, config: &Value, machine: &Value) -> Result<String, Problem> {
        let (host, port) = &self.premises.endpoint;
        let patches = config["spec"]["strategicPatches"].as_array();
        let wanted = cabpt::Wanted {
            role: if founder.control_plane { cabpt::Role::ControlPlane } else { cabpt::Role::Worker },
            cluster: name(&self.declared.cluster),
            hostname: None,
            kubernetes_version: text(machine, "/spec/version"),
            talos_version: cabpt::TALOS_VERSION,
            endpoint: &format!("https://{host}:{port}"),
            operations: config["spec"]["configPatches"].as_array().map_or(&[][..], Vec::as_slice),
            patches: patches.into_iter().flatten().filter_map(Value::as_str).collect(),
        };
        cabpt::machine_config(self.bundle, &wanted)
    }

    /// The machine as it was ordered.
    pub fn spec(&self, founder: &Founder, made: &Made) -> Result<MachineSpec, Problem> {
        let image = text(&made.server, "/spec/imageName");
        let talos = image.rsplit('-').next().filter(|it| it.starts_with('v'));
        let talos = talos.ok_or_else(|| Problem::Other(format!("no version in the image name {image}")))?;
        Ok(MachineSpec {
            server_id: founder.server_id,
            name: founder.name.clone(),
            address: founder.address,
            user_data: made.user_data.clone(),
            talos_version: talos.to_owned(),
            hardware: Hardware::Hetzner { region: region(&self.declared.infrastructure).to_owned() },
        })
    }
}

pub(super) fn region(infrastructure: &Value) -> &str {
    infrastructure["spec"]["controlPlaneRegions"][0].as_str().unwrap_or("nbg1")
}

/// As much of a server as an HCloudMachine tells of it.
pub(super) fn server_of(founder: &Founder, infrastructure: &Value) -> Value {
    let mut server = json!({
        "id": founder.server_id,
        "status": "running",
        "location": {"name": region(infrastructure)},
        "public_net": {"ipv4": {"ip": founder.address}},
        "private_net": [],
    });
    if infrastructure["spec"]["hcloudNetwork"]["enabled"] == true {
        server["private_net"] = json!([{"ip": founder.address}]);
    }
    server
}
