#!/bin/sh
# Make the Hetzner snapshot talos-amd64-<version> from talos/schematic.yaml.
set -eu
version=$1
schematic=$(curl -fsS --data-binary @talos/schematic.yaml https://factory.talos.dev/schematics | jq -r .id)
hcloud-upload-image upload --architecture x86 --compression xz \
  --labels "caph-image-name=talos-amd64-$version" \
  --image-url "https://factory.talos.dev/image/$schematic/$version/hcloud-amd64.raw.xz"
