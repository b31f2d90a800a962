#!/usr/bin/env bash
# Stops what `make up` started; with --volumes also forgets its data.
set -euo pipefail
cd "$(dirname "$0")"
if ! docker info >/dev/null 2>&1; then
	echo "no Docker engine runs here, so nothing of hasshin does" >&2
	exit
fi
# The file wants these even to stop things; any value will do.
export ARI_PASSWORD=${ARI_PASSWORD:-none} DEMO_PASSWORD_HASH=${DEMO_PASSWORD_HASH:-none}
./compose.sh down --remove-orphans "$@"
