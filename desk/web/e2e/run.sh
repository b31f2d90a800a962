#!/usr/bin/env bash
# Runs the tests of the page, each file against a hasshin of its own (stack.sh): what one leaves behind, such as callbacks that come due, records
# that are used up or a list that grew, is nothing to the next. All are run even if one fails; at the end it is said which did, and how long each took. One
# that does not end is ended.
#
#   desk/web/e2e/run.sh                       # all of them
#   desk/web/e2e/run.sh desk/web/e2e/tour.test.mjs
#
# A file whose first lines have "// stack: NAME=value" has that in the stack's environment.
set -euo pipefail
cd "$(dirname "$0")/../../.."

files=("$@")
((${#files[@]})) || files=(desk/web/e2e/*.test.mjs)
trap 'exit 130' INT TERM
if [[ -z ${HASSHIN_BINARY:-} ]]; then
	built=$(mktemp -d)
	trap 'rm -rf "$built"' EXIT
	go build -o "$built/hasshin" ./cmd/hasshin
	export HASSHIN_BINARY=$built/hasshin
fi

failed=()
summary=''
for file in "${files[@]}"; do
	echo "==> $file" >&2
	mapfile -t with < <(sed -n '1,9s|^// stack: ||p' "$file" | tr ' ' '\n')
	began=$SECONDS
	outcome=passed
	env "${with[@]}" timeout 400 desk/web/e2e/stack.sh node --test --test-concurrency=1 --test-reporter=spec "$file" || { outcome=FAILED; failed+=("$file"); }
	summary+=$(printf '%-40s %s, %3d s' "${file##*/}" "$outcome" $((SECONDS - began)))$'\n'
done
printf '\n%s' "$summary"
echo "all of it: $SECONDS s"
((${#failed[@]} == 0))
