//! What the provider sells: server types, load balancer types, locations, and what they cost.

use serde_json::{Value, json};

/// Name, city, country, network zone, latitude, longitude.
const LOCATIONS: [(&str, &str, &str, &str, f64, f64); 6] = [
    ("fsn1", "Falkenstein", "DE", "eu-central", 50.47612, 12.370071),
    ("nbg1", "Nuremberg", "DE", "eu-central", 49.452102, 11.076665),
    ("hel1", "Helsinki", "FI", "eu-central", 60.169855, 24.938379),
    ("ash", "Ashburn, VA", "US", "us-east", 39.045821, -77.487073),
    ("hil", "Hillsboro, OR", "US", "us-west", 45.54222, -122.951924),
    ("sin", "Singapore", "SG", "ap-southeast", 1.283333, 103.833333),
];

/// Id, name, architecture, processor, cores, memory in GB, disk in GB, net price a month in EUR.
type ServerType = (u64, &'static str, &'static str, &'static str, u64, f64, f64, f64);

const SERVER_TYPES: [ServerType; 10] = [
    (114, "cx23", "x86", "shared", 2, 4.0, 40.0, 2.99),
    (115, "cx33", "x86", "shared", 4, 8.0, 80.0, 4.99),
    (116, "cx43", "x86", "shared", 8, 16.0, 160.0, 8.99),
    (117, "cx53", "x86", "shared", 16, 32.0, 320.0, 16.99),
    (45, "cax11", "arm", "shared", 2, 4.0, 40.0, 3.29),
    (93, "cax21", "arm", "shared", 4, 8.0, 80.0, 5.99),
    (108, "cpx22", "x86", "shared", 2, 4.0, 80.0, 5.49),
    (110, "cpx32", "x86", "shared", 4, 8.0, 160.0, 9.49),
    (96, "ccx13", "x86", "dedicated", 2, 8.0, 80.0, 11.99),
    (97, "ccx23", "x86", "dedicated", 4, 16.0, 160.0, 23.99),
];

/// Id, name, services, targets, connections, net price a month in EUR.
const LOAD_BALANCER_TYPES: [(u64, &str, u64, u64, u64, f64); 3] = [
    (1, "lb11", 5, 25, 10_000, 5.39),
    (2, "lb21", 15, 75, 20_000, 16.40),
    (3, "lb31", 30, 150, 40_000, 32.90),
];

pub(crate) fn locations() -> Vec<Value> {
    LOCATIONS
        .iter()
        .zip(1_u64..)
        .map(|((name, city, country, zone, latitude, longitude), id)| {
            json!({"id": id, "name": name, "description": format!("{city} DC Park 1"), "country": country,
                "city": city, "latitude": latitude, "longitude": longitude, "network_zone": zone})
        })
        .collect()
}

/// The location of a name; the second of the list, Nuremberg, where the name is unknown.
pub(crate) fn location(name: &str) -> Value {
    let mut all = locations();
    let place = all.iter().position(|it| it["name"] == name).unwrap_or(1);
    all.swap_remove(place)
}

fn price(net: f64) -> Value {
    json!({"net": format!("{net:.10}"), "gross": format!("{:.10}", net * 1.19)})
}

fn prices(monthly: f64, traffic: u64) -> Value {
    let of = |location: &str| {
        json!({"location": location, "price_hourly": price(monthly / 624.0), "price_monthly": price(monthly),
            "included_traffic": traffic, "price_per_tb_traffic": price(1.0)})
    };
    LOCATIONS.iter().map(|it| of(it.0)).collect()
}

pub(crate) fn server_types() -> Vec<Value> {
    SERVER_TYPES
        .iter()
        .map(|(id, name, architecture, processor, cores, memory, disk, monthly)| {
            let locations: Vec<Value> = LOCATIONS
                .iter()
                .zip(1_u64..)
                .map(|(it, id)| json!({"id": id, "name": it.0, "deprecation": null, "available": true}))
                .collect();
            json!({"id": id, "name": name, "description": name.to_uppercase(), "category": "Cost-Optimized",
                "cores": cores, "memory": memory, "disk": disk, "deprecated": false, "deprecation": null,
                "prices": prices(*monthly, 21_990_232_555_520), "storage_type": "local", "cpu_type": processor,
                "architecture": architecture, "locations": locations})
        })
        .collect()
}

pub(crate) fn load_balancer_types() -> Vec<Value> {
    LOAD_BALANCER_TYPES
        .iter()
        .map(|(id, name, services, targets, connections, monthly)| {
            json!({"id": id, "name": name, "description": name.to_uppercase(), "deprecated": null,
                "max_services": services, "max_targets": targets, "max_connections": connections,
                "max_assigned_certificates": 10, "prices": prices(*monthly, 21_990_232_555_520)})
        })
        .collect()
}

/// `GET /pricing`.
pub(crate) fn pricing() -> Value {
    let of = |all: Vec<Value>| -> Vec<Value> {
        all.into_iter()
            .map(|it| json!({"id": it["id"], "name": it["name"], "prices": it["prices"]}))
            .collect()
    };
    json!({
        "currency": "EUR",
        "vat_rate": "19.000000",
        "image": {"price_per_gb_month": price(0.011)},
        "floating_ip": {"price_monthly": price(3.0)},
        "floating_ips": [],
        "primary_ips": [],
        "server_backup": {"percentage": "20.000000"},
        "volume": {"price_per_gb_month": price(0.044)},
        "server_types": of(server_types()),
        "load_balancer_types": of(load_balancer_types()),
    })
}

/// A snapshot of Talos, as the image provider of a cluster uploads it: `talos-amd64-v1.12.2`.
pub(crate) fn talos_snapshot(id: u64, name: &str, created: &str) -> Value {
    json!({
        "id": id, "type": "snapshot", "status": "available", "name": null, "description": name, "image_size": 0.19,
        "disk_size": 40.0, "created": created, "created_from": {"id": 1, "name": "talos-builder"}, "bound_to": null,
        "os_flavor": "unknown", "os_version": null, "rapid_deploy": false, "protection": {"delete": true},
        "deprecated": null, "deleted": null, "labels": {"caph-image-name": name, "os": "talos"},
        "architecture": if name.contains("arm64") { "arm" } else { "x86" },
    })
}

/// One image of the provider's own.
pub(crate) fn system_image(id: u64, name: &str, flavor: &str, created: &str) -> Value {
    json!({
        "id": id, "type": "system", "status": "available", "name": name, "description": name, "image_size": null,
        "disk_size": 5.0, "created": created, "created_from": null, "bound_to": null, "os_flavor": flavor,
        "os_version": name.rsplit('-').next(), "rapid_deploy": true, "protection": {"delete": false},
        "deprecated": null, "deleted": null, "labels": {}, "architecture": "x86",
    })
}
