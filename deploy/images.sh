#!/usr/bin/env bash
# Builds the images named, by default asterisk and redis:
#
#   deploy/images.sh asterisk redis server
#
# The image server needs the binary: make build.
set -euo pipefail
cd "$(dirname "$0")"
# Without buildx the client falls back to the engine's own builder and complains about
# it at length; told so beforehand it is quiet.
docker buildx version >/dev/null 2>&1 || export DOCKER_BUILDKIT=0
[[ $# -gt 0 ]] || set -- asterisk redis
for image in "$@"; do
	printf '==> building hasshin/%s:dev …\n' "$image" >&2
	start=$SECONDS
	log=$(mktemp)
	# The host's network, because containers of a bridge may have no way to a mirror.
	docker build --network host -t "hasshin/$image:dev" "$image" >"$log" 2>&1 </dev/null || {
		tail -n 40 "$log" >&2
		rm -f "$log"
		printf 'hasshin: the image %s could not be built; see above\n' "$image" >&2
		exit 1
	}
	rm -f "$log"
	printf '    done in %d s\n' $((SECONDS - start)) >&2
done
