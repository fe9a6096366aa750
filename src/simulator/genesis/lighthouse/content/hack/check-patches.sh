#!/bin/sh
# Every sysctl of talos/patches must stand in cluster-api/ with the same value.
set -eu
grep -hE '^ +[a-z]+\.[a-z_.]+:' talos/patches/*.yaml | sed 's/^ *//' | sort -u | while read -r line; do
  grep -qF "$line" cluster-api/control-plane.yaml || { echo "missing in cluster-api: $line"; exit 1; }
done
