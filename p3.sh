. /tmp/lead_rev/work/e.sh; H=6
B="Z:\\\\tmp\\\\lead_rev\\\\work\\\\bat dir"
w c.py run --run-data "{\"args\":[\"$B\\\\my tool.bat\",\"a b\",\"x&y\",\"%PATH%\",\"q\\\"q\"]}"
w c.py run --run-data "{\"args\":[\"$B\\\\my tool.bat\",\"a b\",\"x y\"]}"
w c.py run --run-data "{\"args\":[\"tool\",\"1\"]}"
w c.py run --run-data "{\"args\":[\"tool.bat\",\"1\"]}"
w c.py run --run-data "{\"args\":[\"tool\",\"1\"],\"env\":{\"Path\":\"$B\"}}"
w c.py run --run-data "{\"args\":[\"tool.bat\",\"1\"],\"env\":{\"PATH\":\"\\\"$B\\\";;.;bat dir\"}}"
w c.py run --run-data "{\"args\":[\"toolx\",\"--version\"],\"env\":{\"pAtH\":\"$B\"}}"
w c.py run --run-data "{\"args\":[\"nosuch\"]}"
w c.py run --run-data file://nosuch.json
w c.py run --run-data "[1"
L=Z:\\tmp\\lead_rev\\work\\$(printf 'x%.0s' {1..200})\\$(printf 'y%.0s' {1..100})
w -m look report s.jsonl -o "$L\\r.html"
w -m look report s.jsonl -o "bat dir"
w -m look report s.jsonl -o NUL
w -m look run --journal NUL --run-data "key: 3"
w -m look run --journal "bat dir" --run-data "key: 3"
w -m look run --journal "$L" --run-data "key: 3"
w -m look daemon start --connection-file "$L\\c.json"
