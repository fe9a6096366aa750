# What Cluster API does not make at Hetzner: the firewall around the nodes, and the office's network.
# Plan and apply by hand: tofu -chdir=cloud plan
terraform {
  required_version = ">= 1.8"

  required_providers {
    hcloud = {
      source  = "hetznercloud/hcloud"
      version = "~> 1.52"
    }
  }
}

# the token comes from HCLOUD_TOKEN
provider "hcloud" {}
