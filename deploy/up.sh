#!/usr/bin/env bash
# Starts hasshin with an Asterisk, a Redis and a simulated carrier of its own, and waits
# until all are healthy. Called by `make up` with everything built.
set -euo pipefail
cd "$(dirname "$0")"

say()  { printf '==> %s\n' "$*" >&2; }
stop() {
	printf 'hasshin: %s\n' "$1" >&2
	shift
	for line in "$@"; do printf '    %s\n' "$line" >&2; done
	exit 1
}

random() { od -An -N18 -tx1 /dev/urandom | tr -d ' \n'; }

# write_env makes passwords of this installation's own, once.
write_env() {
	[[ -s .env ]] && return
	say "writing deploy/.env with random passwords"
	local password hash
	password=$(random | cut -c1-12)
	hash=$(printf '%s\n' "$password" | ./server/hasshin password)
	umask 077
	cat >.env.new <<-EOT
		# Written by make up; belongs to this machine only. Ports and addresses that can
		# be set here are in deploy/README.md.
		ARI_PASSWORD=$(random)
		DEMO_PASSWORD=$password
		DEMO_PASSWORD_HASH='$hash'
	EOT
	mv .env.new .env
}

# setting prints what .env says of a name, or the default.
setting() {
	local value
	value=$(sed -n "s/^$1=//p" .env | tail -n 1)
	value=${value#\'} value=${value%\'}
	printf '%s' "${value:-$2}"
}

running() { [[ -n $(docker ps -q --filter label=com.docker.compose.project=hasshin --filter "label=com.docker.compose.service=$1") ]]; }

# check_port refuses a port that somebody else has: the containers share this host's
# network, and what they say about it is hard to find.
check_port() {
	local service=$1 kind=$2 name=$3 port
	port=$(setting "$name" "$4")
	running "$service" && return
	if ss -Hln"${kind:0:1}" "sport = :${port##*:}" 2>/dev/null | grep -q .; then
		stop "$kind port ${port##*:}, wanted for $service, is taken on this machine" \
			"Stop what uses it (ss -lnp${kind:0:1} 'sport = :${port##*:}' names it), or write a line" \
			"$name=${port/%${port##*:}/$((${port##*:} + 10000))} into deploy/.env and run make up again."
	fi
}

check_ports() {
	command -v ss >/dev/null || return 0
	check_port redis tcp REDIS_PORT 6379
	check_port asterisk tcp ASTERISK_HTTP_PORT 8088
	check_port asterisk udp ASTERISK_SIP_PORT 5060
	check_port carrier tcp CARRIER_HTTP_PORT 8089
	check_port carrier udp CARRIER_SIP_PORT 5070
	check_port hasshin tcp HASSHIN_LISTEN 127.0.0.1:8080
}

container_of() {
	docker ps -aq --filter label=com.docker.compose.project=hasshin --filter "label=com.docker.compose.service=$1" | head -n 1
}

# The image's own health check, now and not at its next turn.
healthy() {
	local check
	check=$(docker inspect -f '{{join (slice .Config.Healthcheck.Test 1) " "}}' "$1") || return
	docker exec "$1" sh -c "$check" >/dev/null 2>&1 </dev/null
}

wait_healthy() {
	local service=$1 id state='' deadline=$((SECONDS + 90))
	while :; do
		id=$(container_of "$service")
		[[ -n $id ]] && healthy "$id" && return
		state=$([[ -n $id ]] && docker inspect -f '{{.State.Status}}' "$id" || echo missing)
		if ((SECONDS >= deadline)) || [[ $(docker inspect -f '{{.RestartCount}}' "$id" 2>/dev/null || echo 0) -ge 5 ]]; then
			[[ -n $id ]] && docker logs --tail 30 "$id" 2>&1 | sed 's/^/      /' >&2
			stop "$service did not become healthy (it is $state); its last words are above" \
				"All of them: make logs"
		fi
		sleep 0.5
	done
}

write_env
check_ports
say "starting redis, asterisk, carrier and hasshin …"
log=$(mktemp)
./compose.sh up -d --no-build --remove-orphans >"$log" 2>&1 </dev/null || {
	cat "$log" >&2
	rm -f "$log"
	for service in redis asterisk carrier hasshin; do
		id=$(container_of "$service")
		[[ -n $id ]] && ! healthy "$id" &&
			docker logs --tail 15 "$id" 2>&1 | sed "s/^/      $service: /" >&2
	done
	stop "compose could not start everything; see above"
}
rm -f "$log"
for service in redis asterisk carrier hasshin; do
	wait_healthy "$service"
	printf '    %s is healthy\n' "$service" >&2
done

listen=$(setting HASSHIN_LISTEN 127.0.0.1:8080)
cat <<EOT

hasshin is up.

  agents' page      http://$listen/     (sign in, allow the microphone, go ready, get a record)
  sign in as        hanako, password $(setting DEMO_PASSWORD '(none in deploy/.env)'); taro has a SIP phone
  see it work       make demo     (a robot agent calls the 12 contacts of deploy/demo/contacts.csv)
  its API           http://$listen/docs
  what it says      make logs
  stop it           make down

EOT
