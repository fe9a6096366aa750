#!/bin/sh
# A Secret in this repository is encrypted or it is not in this repository.
set -eu
bad=$(git grep -lE '^kind: Secret$' -- '*.yaml' | while read -r f; do grep -q '^sops:' "$f" || echo "$f"; done)
[ -z "$bad" ] || { echo "plain secrets: $bad"; exit 1; }
