. /tmp/lead_rev/work/e.sh
H=4
for x in exit sysexit closerange abort kill; do echo "== run $x"; w hooks.py run --run-data "what: $x"; done
echo "== threads"; H=100000 w hooks.py run --run-data "what: threads" | grep -c "^thr"
for x in ctor ctorexit; do echo "== $x"; w hooks.py run --init-data "what: $x"; done
for x in exit closerange abort; do echo "== daemon $x"; w hooks.py daemon start --connection-file h$x.json; w hooks.py daemon run --connection-file h$x.json --run-data "what: $x";  w hooks.py daemon stop --connection-file h$x.json; ls h$x.json 2>&1; done
