#!/usr/bin/env bash
# Run the tests on Windows CPython under Wine, folder by folder, or file by file:  run.sh FOLDER [TESTS...]
# FOLDER is what setup.sh has made. At the end: a table of what passed, failed, and was skipped in each folder of tests.
# `all` in the place of the tests is every one that tells something about the system; it takes about half an hour.
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

cd "$project" || exit 1
commands=()  # of the tests that start commands, each of which takes its time, those that run without names
for name in run tasks data is_compatible left_limits status_text announcement compat_path; do
    commands+=("tests/adaptors/command_line/test_$name.py")
done
units=(tests/statemachine tests/ipc)
for path in tests/adaptors/*; do
    case ${path##*/} in
    application | command_line | processes | conftest.py | __pycache__) ;;
    *) units+=("$path") ;;
    esac
done
chosen=(
    tests/windows
    "${units[*]}"
    "tests/adaptors/application tests/adaptors/processes tests/examples ${commands[*]}"
)
case ${1-} in
"") tests=("${chosen[@]}") ;;
all)
    tests=("${chosen[@]}" "$(echo tests/test_{hostile_input,aftermath,groups,documents}.py)")
    others=()
    for file in tests/adaptors/command_line/test_*.py; do
        [[ " ${commands[*]} " == *" $file "* ]] || others+=("$file")
    done
    for ((at = 0; at < ${#others[@]}; at += 10)); do
        tests+=("${others[*]:at:10}")
    done
    ;;
*) tests=("$@") ;; # such as tests/ipc
esac

cd tests || exit 1
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
    # What is ended at the limit has exit code 0.
    if [ -z "$closing" ] || [ $code -ne 0 ]; then
        status=1
        # Without the lines that look like the closing line of another run of pytest.
        tr -d '\r' <"$log" | sed -E 's/^=+ (.*) =+$/\1/'
    fi
    folders+=$(tr -d '\r' <"$log" | sed -n 's/^on Windows: //p')$'\n'
    table+=$(printf '%-56s %s' "$name" "${closing:-failed: it was ended before its end (limit: $limit s)}")$'\n'
done
printf '\n%s\n%s' "$(grep . <<<"$folders")" "$table"
exit $status
