#!/usr/bin/env bash
# Installs what the tests of the page need and the machine lacks: the packages of desk/web, a Chromium, and a Japanese font, so that
# screenshots show what people see.
set -euo pipefail
cd "$(dirname "$0")/.."

[[ -d node_modules/playwright-core ]] || npm ci --no-audit --no-fund --loglevel=error
missing=()
command -v "${CHROMIUM:-chromium}" >/dev/null || missing+=(chromium)
[[ -n $(fc-list :lang=ja 2>/dev/null) ]] || missing+=(fonts-noto-cjk)
((${#missing[@]})) || exit 0
if ((EUID)); then
	echo "hasshin: the tests of the page need ${missing[*]}; install them" >&2
	exit 1
fi
echo "==> installing ${missing[*]} …" >&2
apt-get -o Acquire::Check-Valid-Until=false update -qq
DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
