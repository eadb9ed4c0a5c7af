. /tmp/lead_rev/work/e.sh
H=20
T=20 w -m look daemon status --connection-file c.json
w -m look daemon run --connection-file c.json --run-data "key: 4"
w -m look daemon cancel --connection-file c.json
w -m look daemon run --connection-file c.json --run-data "key: 3"
w -m look daemon stop --connection-file c.json
w -m look graph --journal s.jsonl --format text
w -m look daemon status --connection-file c.json
