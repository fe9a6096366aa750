# The nodes' own network is Cluster API's (cluster-api/cluster.yaml). This one is for the tunnel from the office.
resource "hcloud_network" "office" {
  name     = "office"
  ip_range = "10.8.0.0/16"
}

resource "hcloud_network_subnet" "office" {
  network_id   = hcloud_network.office.id
  type         = "cloud"
  network_zone = "eu-central"
  ip_range     = "10.8.0.0/24"
}
