# Around every node that Cluster API makes. What is not said here is closed from outside.
resource "hcloud_firewall" "nodes" {
  name = "nodes"

  rule {
    description = "Kubernetes API"
    direction   = "in"
    protocol    = "tcp"
    port        = "6443"
    source_ips  = ["0.0.0.0/0", "::/0"]
  }

  rule {
    description = "Talos API, from the private network"
    direction   = "in"
    protocol    = "tcp"
    port        = "50000"
    source_ips  = ["10.0.0.0/16"]
  }

  rule {
    description = "ping"
    direction   = "in"
    protocol    = "icmp"
    source_ips  = ["0.0.0.0/0", "::/0"]
  }
}

resource "hcloud_firewall_attachment" "nodes" {
  firewall_id     = hcloud_firewall.nodes.id
  label_selectors = ["caph-cluster-k8s=owned"]
}
