#!/usr/bin/env bash
# Run the tests on Windows CPython under Wine, folder by folder:  run.sh FOLDER [TESTS...]
# FOLDER is what setup.sh has made. At the end: a table of what passed, failed, and was skipped in each folder of tests.
set -uo pipefail

top=$(realpath "$1")
shift
project=$(realpath "$(dirname "${BASH_SOURCE[0]}")/../..")
jobs=${JOBS:-4}
# shellcheck source=/dev/null
. "$top/env.sh"
trap windows_end EXIT

tests=("$@")
[ ${#tests[@]} -gt 0 ] || tests=(  # others by name, such as tests/ipc
    tests/windows tests/statemachine tests/ipc/files tests/ipc/processes tests/ipc/own_process tests/ipc/daemon
    tests/adaptors/data tests/adaptors/session
)

cd "$project/tests" || exit 1
status=0
table=""
for name in "${tests[@]}"; do
    log=$top/$(tr / - <<<"$name").log
    # In a folder from which no source can be imported by accident.
    windows_python -m pytest -c "Z:$project/pyproject.toml" --rootdir "Z:$project" -p no:cacheprovider -q --no-header \
        --basetemp "C:\\tests" -n "$jobs" --dist loadgroup -m "not applications" --each-value "Z:$project/$name" >"$log" 2>&1
    code=$?
    [ $code -eq 0 ] || [ $code -eq 5 ] || status=1
    grep -aE "^(FAILED|ERROR) " "$log"
    table+=$(printf '%-32s %s' "$name" "$(grep -aE ' in [0-9.]+s' "$log" | tail -n 1 | tr -d '\r=')")$'\n'
done
echo "$table"
exit $status
