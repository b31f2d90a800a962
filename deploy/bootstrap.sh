#!/usr/bin/env bash
# Brings what `make up` and `make test` stand on: a Docker engine that answers, the
# base image debian:forky-slim, and a compose command.
#
#   deploy/bootstrap.sh            all three
#   deploy/bootstrap.sh engine     only the engine
#   deploy/bootstrap.sh base       the engine and the base image
#   deploy/bootstrap.sh compose    all three
#
# What is there already is used as it is, so a second run takes a second. What is
# missing is installed where that is possible (root on Debian or a relative of it);
# elsewhere the script says what to install and ends with status 1.
set -euo pipefail

readonly base_image=debian:forky-slim
readonly base_suite=forky
readonly engine_log=${HASSHIN_ENGINE_LOG:-/var/log/hasshin-dockerd.log}
readonly lock_file=${TMPDIR:-/tmp}/hasshin-bootstrap.$(id -u).lock

say()  { printf '==> %s\n' "$*" >&2; }
note() { printf '    %s\n' "$*" >&2; }

# stop ends the script with what to do about it, one line an argument.
stop() {
	printf 'hasshin: %s\n' "$1" >&2
	shift
	for line in "$@"; do note "$line"; done
	exit 1
}

# timed runs a long step with its name before it and its duration behind it. Its
# output is shown only when it fails.
timed() {
	local what=$1 out start=$SECONDS status=0
	shift
	out=$(mktemp)
	say "$what …"
	"$@" >"$out" 2>&1 </dev/null 9>&- || status=$?
	if ((status == 0)); then
		note "done in $((SECONDS - start)) s"
	else
		note "ended with status $status after $((SECONDS - start)) s; its last words:"
		tail -n 15 "$out" | sed 's/^/      /' >&2
	fi
	rm -f "$out"
	return "$status"
}

can_install() { [[ $(id -u) -eq 0 ]] && command -v apt-get >/dev/null; }

apt_updated=
apt_install() {
	export DEBIAN_FRONTEND=noninteractive
	if [[ -z $apt_updated ]]; then
		# One source of several that does not answer need not be the one we need.
		timed "reading the package lists" \
			apt-get -o Acquire::Check-Valid-Until=false update || note "going on with the lists that are there"
		apt_updated=yes
	fi
	timed "installing $*" \
		apt-get -o DPkg::Lock::Timeout=300 install -y --no-install-recommends "$@"
}

engine_answers() { timeout 20 docker info >/dev/null 2>&1 9>&-; }

# start_engine starts dockerd by the init system where there is one, else by itself
# in a session of its own, so that it outlives this script and its terminal.
start_engine() {
	if [[ -d /run/systemd/system ]]; then
		timed "starting the Docker engine (systemd)" systemctl start docker || return
	else
		local pid
		if [[ -s /var/run/docker.pid ]] && pid=$(</var/run/docker.pid) &&
			[[ $(cat "/proc/$pid/comm" 2>/dev/null) != dockerd ]]; then
			# Left behind by an engine that was killed; a new one would take
			# whatever process has that number now for a running engine.
			rm -f /var/run/docker.pid
		fi
		say "starting the Docker engine (log: $engine_log) …"
		setsid nohup dockerd >>"$engine_log" 2>&1 </dev/null 9>&- &
		disown
	fi
	local deadline=$((SECONDS + 60))
	until engine_answers; do
		if ((SECONDS >= deadline)); then
			[[ -r $engine_log ]] && tail -n 15 "$engine_log" | sed 's/^/      /' >&2
			return 1
		fi
		sleep 0.2
	done
	note "it answers"
}

ensure_engine() {
	if command -v docker >/dev/null && engine_answers; then
		return
	fi
	if ! command -v dockerd >/dev/null; then
		if [[ -n ${DOCKER_HOST:-} ]]; then
			stop "no Docker engine answers at DOCKER_HOST=$DOCKER_HOST" \
				"Start it, or unset DOCKER_HOST to use an engine on this machine."
		fi
		can_install || stop "no Docker engine answers, and this script cannot install one here" \
			"On Debian or Ubuntu, as root:   apt-get install docker.io mmdebstrap" \
			"Elsewhere: install Docker Engine 20.10 or later and Compose v2 from your system's" \
			"packages, start the engine, and let this user reach it (group docker)." \
			"Then run this again."
		apt_install docker.io || stop "docker.io could not be installed; see above"
	fi
	if ! command -v docker >/dev/null; then
		# Newer Debian releases package the client by itself.
		can_install && apt_install docker-cli ||
			stop "the engine is here but the docker command is not" \
				"Install it, for example:   apt-get install docker-cli"
	fi
	engine_answers && return
	[[ $(id -u) -eq 0 ]] || stop "no Docker engine answers to this user" \
		"Either start it as root:            systemctl start docker   (or: dockerd &)" \
		"or, if it runs, join its group:     adduser $(id -un) docker   and sign in again."
	start_engine || stop "the Docker engine did not start" "See $engine_log"
}

have_base() { docker image inspect "$base_image" >/dev/null 2>&1; }

# pull_base succeeds when a registry has the image. Which one is the engine's to say: it
# knows mirrors that the client does not. An engine that is told of no image within
# registry_wait seconds is not waited for: it may be waiting for a connection that nobody
# refuses.
readonly registry_wait=15
pull_base() {
	local out pull start=$SECONDS status=0
	out=$(mktemp)
	say "pulling $base_image …"
	docker pull "$base_image" >"$out" 2>&1 </dev/null 9>&- &
	pull=$!
	until grep -q 'Pulling from' "$out" || ! kill -0 "$pull" 2>/dev/null; do
		if ((SECONDS - start >= registry_wait)); then
			kill "$pull"
			break
		fi
		sleep 0.2
	done
	wait "$pull" || status=$?
	if ((status == 0)); then
		note "done in $((SECONDS - start)) s"
	else
		note "no registry offers it"
		tail -n 1 "$out" | sed 's/^/      /' >&2
	fi
	rm -f "$out"
	return "$status"
}

# build_base makes the image from the distribution's archive, as the published one is
# made, and needs no registry.
build_base() {
	if ! command -v mmdebstrap >/dev/null; then
		can_install || stop "$base_image can be neither pulled nor made here" \
			"Give the engine a registry that has it, or as root on Debian or Ubuntu:" \
			"    apt-get install mmdebstrap      and run this again as root."
		apt_install mmdebstrap || stop "mmdebstrap could not be installed; see above"
	fi
	[[ $(id -u) -eq 0 ]] || stop "making $base_image needs root" "Run this once as root."
	local dir
	dir=$(mktemp -d)
	timed "making $base_image from the package archive (about half a minute)" \
		mmdebstrap --variant=apt --aptopt='Acquire::Check-Valid-Until "false"' \
		"$base_suite" "$dir/base.tar" ||
		{ rm -rf "$dir"; stop "mmdebstrap could not make the base image; see above"; }
	timed "importing it" docker import "$dir/base.tar" "$base_image" ||
		{ rm -rf "$dir"; stop "docker import did not take the base image; see above"; }
	rm -rf "$dir"
}

ensure_base() {
	have_base && return
	pull_base || build_base
}

compose_works() {
	docker compose version >/dev/null 2>&1 9>&- || docker-compose version >/dev/null 2>&1 9>&-
}

# install_compose takes the v2 plugin out of the base image's own archive: Debian 12
# has only 1.29. The binary stands alone and runs on the host.
install_compose() {
	local dir plugins container status=0
	if [[ $(id -u) -eq 0 ]]; then
		plugins=/usr/local/lib/docker/cli-plugins
	else
		plugins=${DOCKER_CONFIG:-$HOME/.docker}/cli-plugins
	fi
	dir=$(mktemp -d)
	container=$(docker create --network host "$base_image" sh -ec '
		cd /tmp
		apt-get -o Acquire::Check-Valid-Until=false update
		apt-get -o APT::Sandbox::User=root download docker-compose
		dpkg -x docker-compose_*.deb /compose
		cp "$(find /compose -path "*cli-plugins/docker-compose" -type f)" /docker-compose')
	timed "fetching compose v2" docker start --attach "$container" &&
		docker cp -q "$container:/docker-compose" "$dir/docker-compose" 2>/dev/null ||
		docker cp "$container:/docker-compose" "$dir/docker-compose" >/dev/null || status=1
	docker rm -f "$container" >/dev/null
	if ((status == 0)) && "$dir/docker-compose" docker-cli-plugin-metadata >/dev/null 2>&1; then
		mkdir -p "$plugins"
		install -m 0755 "$dir/docker-compose" "$plugins/docker-compose"
	fi
	rm -rf "$dir"
	docker compose version >/dev/null 2>&1
}

ensure_compose() {
	compose_works && return
	install_compose && return
	if can_install && apt_install docker-compose && compose_works; then
		return
	fi
	stop "no compose command works here" \
		"Install Compose v2 (docker compose) or docker-compose 1.29, for example:" \
		"    apt-get install docker-compose"
}

main() {
	exec 9>"$lock_file"
	flock -n 9 || { say "another run is at it; waiting …"; flock 9; }
	case ${1:-all} in
	engine) ensure_engine ;;
	base) ensure_engine && ensure_base ;;
	all | compose) ensure_engine && ensure_base && ensure_compose ;;
	*) stop "unknown part '$1'" "Say one of: engine, base, compose, all." ;;
	esac
}

main "$@"
