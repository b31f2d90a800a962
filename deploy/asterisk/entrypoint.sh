#!/bin/sh
# Renders the configuration from the environment and becomes Asterisk.
#
#   ARI_PASSWORD        password of the ARI user; required, or ARI_PASSWORD_FILE
#   ARI_USER            its name (hasshin)
#   ARI_PERMIT          network that may use ARI (127.0.0.0/8)
#   BIND                address of HTTP, SIP and RTP (127.0.0.1)
#   HTTP_PORT           ARI, and SIP over WebSocket at /ws (8088; carrier 8089)
#   SIP_PORT            SIP over UDP (5060; carrier 5070)
#   RTP_START, RTP_END  RTP over UDP (10000–10999; carrier 11000–11999)
#   NODE_NAME           system name, part of generated channel ids (the host's name)
#   TRUNK_HOST          host:port of the carrier that endpoint `carrier` sends to
#                       (127.0.0.1:5070)
#   TONE_COUNTRY        whose ringing and busy tones are heard: jp or us (jp)
#   CARRIER             1: be the simulated carrier instead of a node
#
# Snippets may be mounted as /etc/asterisk/NAME.d/*.conf; each file of etc/ says where
# its snippets go. They are read as they are, after our own settings.
set -eu

readonly source=/usr/share/hasshin target=/etc/asterisk

if [ "${1:-}" = healthy ]; then
	# Answers when each module is up; ARI's own ping answers sooner.
	asterisk -C $target/asterisk.conf -rx 'core waitfullybooted' | grep -q 'fully booted'
	exit
fi

refuse() {
	echo "hasshin: $*" >&2
	exit 64
}

if [ -n "${ARI_PASSWORD_FILE:-}" ]; then
	ARI_PASSWORD=$(cat "$ARI_PASSWORD_FILE")
fi
[ -n "${ARI_PASSWORD:-}" ] || refuse "ARI_PASSWORD is not set: give the ARI user a password, here and in hasshin's configuration"
case $ARI_PASSWORD in
*[!A-Za-z0-9._~+/=-]*) refuse "ARI_PASSWORD may hold letters, digits and . _ ~ + / = - only: Asterisk takes others for comments or escapes" ;;
esac

if [ "${CARRIER:-0}" = 1 ]; then
	role=carrier
	: "${HTTP_PORT:=8089}" "${SIP_PORT:=5070}" "${RTP_START:=11000}" "${RTP_END:=11999}"
else
	role=node
	: "${HTTP_PORT:=8088}" "${SIP_PORT:=5060}" "${RTP_START:=10000}" "${RTP_END:=10999}"
fi
: "${ARI_USER:=hasshin}" "${ARI_PERMIT:=127.0.0.0/8}" "${BIND:=127.0.0.1}"
: "${TRUNK_HOST:=127.0.0.1:5070}" "${NODE_NAME:=$(hostname)}" "${TONE_COUNTRY:=jp}"
export ARI_USER ARI_PASSWORD ARI_PERMIT BIND HTTP_PORT SIP_PORT RTP_START RTP_END TRUNK_HOST NODE_NAME TONE_COUNTRY

case $(hostname) in
[0-9]*) echo "hasshin: this host's name starts with a digit, and it stands in SIP Contact headers: browsers' SIP libraries reject those; start the container with --hostname" >&2 ;;
esac

# Only these names are replaced, so that the dialplan keeps its own ${variables}.
readonly names='${ARI_USER} ${ARI_PASSWORD} ${ARI_PERMIT} ${BIND} ${HTTP_PORT} ${SIP_PORT} ${RTP_START} ${RTP_END} ${TRUNK_HOST} ${NODE_NAME} ${TONE_COUNTRY}'

umask 027
for tree in etc $role; do
	cd "$source/$tree"
	find . -type f -name '*.conf' | while read -r file; do
		mkdir -p "$target/${file%/*}"
		envsubst "$names" <"$file" >"$target/$file"
	done
done
cd /var/lib/asterisk

exec asterisk -f -C $target/asterisk.conf "$@"
