#!/bin/bash
# Ends with 0 when hasshin says that it is ready to work. Needs no HTTP client.
set -eu
exec 3<>"/dev/tcp/${HEALTH_ADDRESS%:*}/${HEALTH_ADDRESS##*:}"
printf 'GET /readyz HTTP/1.0\r\nHost: %s\r\n\r\n' "$HEALTH_ADDRESS" >&3
read -r _ status _ <&3
[[ $status == 200 ]]
