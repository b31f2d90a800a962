#!/usr/bin/env bash
# Runs a command with a hasshin of its own beside it: an Asterisk, a simulated carrier and a Redis in containers, on ports of their own,
# and the hasshin that was just built. Everything ends with the command.
#
#   desk/web/e2e/stack.sh node --test desk/web/e2e/
#
# HASSHIN_BINARY is a hasshin that is there already; OFFER_COUNTDOWN=false hides how long offers wait; RECORD=always records the calls of the campaign
# demo, and RECORDING_DISK=8m gives Asterisk a disk of its own for them, of that size.
#
# The command finds in its environment: HASSHIN_URL, HASSHIN_PASSWORD (of all agents), HASSHIN_NODE and HASSHIN_CARRIER (containers), MAIL_PORT
# and HOOK_PORT, where letters and webhooks go to, and HOOK_SECRET.
set -euo pipefail
cd "$(dirname "$0")/../../.."

work=$(mktemp -d)
name=hasshin-web-$$
server=''
stop() {
	local status=$?
	[[ -z $server ]] || { kill "$server" 2>/dev/null && wait "$server" 2>/dev/null || true; }
	if ((status != 0)) && [[ -s $work/hasshin.log ]]; then
		echo "what hasshin said last:" >&2
		grep -v '"level":"debug"' "$work/hasshin.log" | tail -n 80 >&2 || true
	fi
	docker rm -fv "$name-redis" "$name-node" "$name-carrier" >/dev/null 2>&1 || true
	rm -rf "$work"
}
trap stop EXIT
trap 'exit 130' INT TERM

# free prints n ports that nobody has.
free() {
	node -e '
		const net = require("net");
		const open = () => new Promise((done) => { const s = net.createServer().listen(0, "127.0.0.1", () => done(s)); });
		(async () => {
			const all = [];
			for (let i = 0; i < Number(process.argv[1]); i++) all.push(await open());
			console.log(all.map((s) => s.address().port).join(" "));
			all.forEach((s) => s.close());
		})();' "$1"
}
read -r redis http sip carrier_http carrier_sip listen mail hook < <(free 8)
rtp=$((20000 + (RANDOM % 40) * 500))
secret=$(od -An -N18 -tx1 /dev/urandom | tr -d ' \n')
password=$(od -An -N6 -tx1 /dev/urandom | tr -d ' \n')

hasshin=${HASSHIN_BINARY:-$work/hasshin}
[[ -n ${HASSHIN_BINARY:-} ]] || go build -o "$hasshin" ./cmd/hasshin
hash=$(printf '%s\n' "$password" | "$hasshin" password)

disk=()
[[ -z ${RECORDING_DISK:-} ]] || disk=(--tmpfs "/var/spool/asterisk/recording:rw,size=$RECORDING_DISK")
docker run -d --name "$name-redis" --network host -e REDIS_PORT="$redis" hasshin/redis:dev >/dev/null
docker run -d --name "$name-node" --network host --hostname node --add-host node:127.0.0.1 -e ARI_PASSWORD="$secret" -e NODE_NAME=ast1 "${disk[@]}" \
	-e HTTP_PORT="$http" -e SIP_PORT="$sip" -e RTP_START="$rtp" -e RTP_END=$((rtp + 199)) -e TRUNK_HOST="127.0.0.1:$carrier_sip" hasshin/asterisk:dev >/dev/null
[[ -z ${RECORDING_DISK:-} ]] || docker exec --user root "$name-node" chown asterisk /var/spool/asterisk/recording # it comes as root's
docker run -d --name "$name-carrier" --network host --hostname carrier --add-host carrier:127.0.0.1 -e CARRIER=1 -e ARI_PASSWORD="$secret" -e NODE_NAME=carrier \
	-e HTTP_PORT="$carrier_http" -e SIP_PORT="$carrier_sip" -e RTP_START=$((rtp + 200)) -e RTP_END=$((rtp + 399)) hasshin/asterisk:dev >/dev/null

cp desk/web/e2e/hasshin.yaml desk/web/e2e/natsu.md desk/web/e2e/*.txt "$work/"
mkdir "$work/recordings"
# A crowd of agents without phones for the bench.
for n in $(seq "${CROWD:-0}"); do
	printf '  crowd%s: {name: "群衆 %s", password_hash: "${env:PASSWORD_HASH}", campaigns: [demo], phone: {kind: sip, leg: per-call}}\n' "$n" "$n"
done >"$work/crowd"
sed -i "/^agents:/r $work/crowd" "$work/hasshin.yaml"
export ARI_URL="http://127.0.0.1:$http/ari" ARI_PASSWORD="$secret" SIP_ADDRESS="127.0.0.1:$sip" REDIS_ADDRESS="127.0.0.1:$redis" LISTEN="127.0.0.1:$listen" \
	PASSWORD_HASH="$hash" MAIL_PORT="$mail" HOOK_PORT="$hook" HOOK_SECRET="$secret" OFFER_COUNTDOWN="${OFFER_COUNTDOWN:-true}" \
	RECORD="${RECORD:-never}" RECORDINGS="$work/recordings"
# The days of the next ten minutes in London, as mon-mon.
LONDON_TODAY=$(node -p '
	const day = (at) => new Intl.DateTimeFormat("en-GB", { weekday: "short", timeZone: "Europe/London" }).format(at).toLowerCase();
	`${day(Date.now())}-${day(Date.now() + 600_000)}`')
export LONDON_TODAY
export HASSHIN_URL="http://127.0.0.1:$listen" HASSHIN_PASSWORD="$password" HASSHIN_NODE="$name-node" HASSHIN_CARRIER="$name-carrier"

until docker exec "$name-redis" redis-cli -p "$redis" ping >/dev/null 2>&1; do sleep 0.2; done
for campaign in demo haru london natsu; do
	"$hasshin" import --config "$work/hasshin.yaml" --campaign "$campaign" "desk/web/e2e/$campaign.csv" >"$work/import.log" 2>&1 || { cat "$work/import.log" >&2; exit 1; }
done
"$hasshin" serve --config "$work/hasshin.yaml" >"$work/hasshin.log" 2>&1 &
server=$!
for _ in $(seq 150); do
	kill -0 "$server" 2>/dev/null || exit 1
	node -e 'fetch(process.argv[1] + "/readyz").then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))' "$HASSHIN_URL" && break
	sleep 0.2
done

"$@"
