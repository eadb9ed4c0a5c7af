#!/usr/bin/env bash
# Run the tests on Windows CPython under Wine, folder by folder, or file by file:  run.sh FOLDER [TESTS...]
# FOLDER is what setup.sh has made. At the end: a table of what passed, failed, and was skipped in each folder of tests.
# VALUES=--each-value tries each value of each parameter in tests of the command line, and not the first one only.
# No folder of tests takes longer than LIMIT seconds; then everything in it is ended, and it has failed.
set -uo pipefail

top=$(realpath "$1")
shift
project=$(realpath "$(dirname "${BASH_SOURCE[0]}")/../..")
jobs=${JOBS:-4}
limit=${LIMIT:-600}
values=${VALUES---first-value}            # option of pytest
read -ra tried_again <<<"${TRIED_AGAIN:-}" # options of pytest
# shellcheck source=/dev/null
. "$top/env.sh"
trap 'windows_unlimit; windows_end' EXIT

# Several files of a folder run together, as one line of the table.
files() {
    local folder=$1
    shift
    printf '%s.py ' "${@/#/$folder/}"
}

tests=("$@")
[ ${#tests[@]} -gt 0 ] || tests=(  # others by name, such as tests/ipc
    tests/windows
    "tests/statemachine tests/ipc/files tests/ipc/processes tests/ipc/own_process tests/ipc/stream tests/ipc/client \
        tests/adaptors/data tests/adaptors/session tests/adaptors/paths tests/adaptors/output tests/adaptors/executables"
    "tests/ipc/daemon tests/ipc/application tests/ipc/commands tests/adaptors/processes"
    "tests/adaptors/compatibility tests/adaptors/configuration tests/adaptors/hosting tests/adaptors/messages \
        tests/adaptors/testing tests/adaptors/typed_data tests/adaptors/report"
    "$(files tests/adaptors test_{adaptor,application_life,command_task,expected_outputs,frames,how_to,mapped_path} \
        test_{misbehaving_programs,response_file,rule_effects,serving_application,stop_grace,task_chunk,verdict,version})"
    tests/adaptors/application
    tests/examples
    "$(files tests/adaptors/command_line test_run test_map_path test_show_config test_daemon test_tasks test_data \
        test_daemon_queries test_is_compatible test_left_limits test_status_text test_announcement test_compat_path \
        test_executable)"
)

cd "$project/tests" || exit 1
status=0
table=""
folders=""
for selected in "${tests[@]}"; do
    read -ra names <<<"$selected"
    name=${names[0]}
    [ ${#names[@]} -eq 1 ] || name+=" and $((${#names[@]} - 1)) more"
    log=$top/$(tr '/ ' - <<<"$name").log
    echo "Windows: $name"
    windows_end 2>/dev/null # what the tests before have left
    rm -rf "$WINEPREFIX/drive_c/tests"
    windows_limit "$limit"
    windows_begin
    # In a folder from which no source can be imported by accident.
    windows_python -m pytest -c "Z:$project/pyproject.toml" --rootdir "Z:$project" -p no:cacheprovider -q --no-header \
        --color no --basetemp "C:\\tests" -n "$jobs" --dist loadgroup -m "not applications" $values \
        ${tried_again[@]+"${tried_again[@]}"} "${names[@]/#/Z:$project/}" >"$log" 2>&1
    code=$?
    windows_unlimit
    closing=$(grep -aE ' in [0-9.]+s' "$log" | tail -n 1 | tr -d '\r=')
    # Exit code 5: no test was selected. What is ended at the limit has exit code 0.
    if [ -z "$closing" ] || { [ $code -ne 0 ] && [ $code -ne 5 ]; }; then
        status=1
        # Without the lines that look like the closing line of another run of pytest.
        tr -d '\r' <"$log" | sed -E 's/^=+ (.*) =+$/\1/'
    fi
    folders+=$(tr -d '\r' <"$log" | sed -n 's/^on Windows: //p')$'\n'
    table+=$(printf '%-56s %s' "$name" "${closing:-failed: it was ended before its end (limit: $limit s)}")$'\n'
done
printf '\n%s\n%s' "$(grep . <<<"$folders")" "$table"
exit $status
