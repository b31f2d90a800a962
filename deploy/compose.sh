#!/usr/bin/env bash
# Runs the compose command that this machine has, v2 before 1.29, on compose.yaml.
#
#   deploy/compose.sh ps
set -euo pipefail
cd "$(dirname "$0")"
if docker compose version >/dev/null 2>&1; then
	exec docker compose -p hasshin -f compose.yaml "$@"
fi
exec docker-compose -p hasshin -f compose.yaml "$@"
