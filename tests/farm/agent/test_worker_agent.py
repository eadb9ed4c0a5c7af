"""AWS Deadline Cloud's worker agent, from PyPI, runs the sessions of a job, is stopped, and is killed.

The service is a small stand-in for the real one; the agent, its session runtimes, and the adaptor are real.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import sys
from pathlib import Path

import pytest
from patience import within
from worker_agents import chunked_template, words_of

HERE = Path(__file__).parent
LOST_SECONDS = 5
"""How long what a killed agent has left may live, where nothing else runs."""

HELD = 3
"""The frame that does not end before it is read: its picture is a pipe."""

pytestmark = [pytest.mark.farm, pytest.mark.timeout(300)]

each_runtime = pytest.mark.parametrize("runtime", ["python", "rust"])


def ended(farm, kind):
    return [(event["status"], event["exit_code"]) for event in farm.actions(kind)]


def frames(events):
    return sorted(int(event["parameters"]["Frame"]["int"]) for event in events)


def loads(farm):
    """Return how often each session has loaded the scene."""
    sessions = {event["session"] for event in farm.actions("envEnter")}
    return [sum("Scene loaded" in line for line in farm.log(session)) for session in sessions]


def pictures(farm):
    return [path.name for path in sorted(farm.pictures.iterdir())]


EVERY_PICTURE = [f"frame_{frame:04d}.png" for frame in range(1, 9)]


def last_record(farm):
    """Return the state in which the first session ended, and why."""
    records = [entry for entry in farm.journal() if entry["kind"] == "transition" and "machine" not in entry]
    causes = [entry["cause"] for entry in records if entry["cause"] is not None]
    return records[-1]["target"], causes[0]


def agent_in_the_held_frame(farm, runtime, *name):
    """Return the agent of a farm whose job is in a frame that does not end."""
    farm.submit_frames()
    pipe = farm.pictures / EVERY_PICTURE[HELD - 1]
    os.mkfifo(pipe)
    pipe.chmod(0o666)  # the sessions may be those of another user
    agent = farm.agent(*name, runtime=runtime)
    farm.wait_for("progress", message=f"rendering frame {HELD}")
    return agent


def release_the_frame(farm):
    (farm.pictures / EVERY_PICTURE[HELD - 1]).unlink()


def check_the_others(farm, runtime, name):
    """Another agent does the tasks that the first one has not ended."""
    release_the_frame(farm)
    farm.agent(name, runtime=runtime)
    farm.wait_for("session ended")
    succeeded = [event for event in farm.actions("taskRun") if event["status"] == "SUCCEEDED"]
    assert frames(succeeded) == list(range(1, 9))
    assert ended(farm, "envExit")[-1] == ("SUCCEEDED", 0)
    assert pictures(farm) == EVERY_PICTURE
    assert loads(farm) == [1, 1]


@each_runtime
def test_two_agents_share_a_job_and_each_loads_the_scene_once(farm, runtime):
    farm.submit_frames(workers=2)
    for name in ("one", "two"):
        farm.agent(name, runtime=runtime)
    farm.wait_for("session ended", 2)
    assert ended(farm, "taskRun") == [("SUCCEEDED", 0)] * 8
    assert frames(farm.actions("taskRun")) == list(range(1, 9))
    assert ended(farm, "envEnter") == ended(farm, "envExit") == [("SUCCEEDED", 0)] * 2
    assert loads(farm) == [1, 1]
    assert {event["message"] for event in farm.actions("taskRun")} == {f"rendering frame {n}" for n in range(1, 9)}
    assert pictures(farm) == EVERY_PICTURE


@each_runtime
def test_an_agent_runs_tasks_of_several_frames_with_the_paths_of_its_host(farm, runtime):
    """The job names folders of the studio; the session maps its parameters of the type PATH."""
    farm.submit_frames(chunked_template(4), studio="/studio")
    farm.agent(runtime=runtime)
    farm.wait_for("session ended")
    assert ended(farm, "taskRun") == [("SUCCEEDED", 0)] * 2
    assert [event["parameters"]["Frame"] for event in farm.actions("taskRun")] == [
        {"chunkInt": "1-4"},
        {"chunkInt": "5-8"},
    ]
    assert loads(farm) == [1]
    assert pictures(farm) == EVERY_PICTURE


@each_runtime
def test_an_adaptor_maps_paths_by_the_rules_of_the_agent(farm, runtime):
    farm.submit(
        (HERE / "mapped.yaml").read_text(encoding="utf-8"),
        {"Python": sys.executable, "Adaptor": str(HERE / "mapped.py")},
        path_mapping=[("/studio", "/mnt/a"), ("/studio/textures", "/mnt/b")],
    )
    farm.agent(runtime=runtime)
    farm.wait_for("session ended")
    assert [event["message"] for event in farm.actions("taskRun")] == ["the texture is /mnt/b/bark.png"]


def test_a_session_goes_on_while_the_service_refuses_requests(farm):
    farm.submit_frames()
    farm.agent(runtime="python")
    farm.wait_for("action", kind="envEnter")
    farm.refuse("ThrottlingException", 429, 4)
    farm.wait_for("session ended")
    assert [event["what"] for event in farm.events].count("refused") == 4
    assert ended(farm, "taskRun") == [("SUCCEEDED", 0)] * 8
    assert ended(farm, "envExit") == [("SUCCEEDED", 0)]
    assert loads(farm) == [1]
    assert pictures(farm) == EVERY_PICTURE


@each_runtime
def test_a_canceled_task_ends_and_the_session_is_left(farm, runtime):
    agent_in_the_held_frame(farm, runtime)
    farm.cancel()
    farm.wait_for("session ended")
    statuses = [status for status, _ in ended(farm, "taskRun")]
    assert [statuses.count(status) for status in ("SUCCEEDED", "CANCELED", "FAILED")] == [HELD - 1, 1, 0]
    assert ended(farm, "envExit") == [("SUCCEEDED", 0)]
    assert farm.wait_gone(within(LOST_SECONDS)) == []
    assert last_record(farm)[0] == "cleaned"
    assert "SIGTERM" in last_record(farm)[1]


@each_runtime
def test_an_agent_that_is_stopped_leaves_its_session_and_another_agent_does_the_rest(farm, runtime):
    agent = agent_in_the_held_frame(farm, runtime, "one")
    agent.process.send_signal(signal.SIGTERM)
    farm.wait_for("worker", status="STOPPED")
    assert agent.process.wait() == 0
    assert farm.wait_gone(within(LOST_SECONDS)) == []
    # The agent sometimes stops before it has told how the task has ended, so the service must not rely on it.
    assert {status for status, _ in ended(farm, "taskRun")} <= {"SUCCEEDED", "INTERRUPTED", "NEVER_ATTEMPTED"}
    assert last_record(farm)[0] == "cleaned"
    assert "SIGTERM" in last_record(farm)[1]
    check_the_others(farm, runtime, "two")


@each_runtime
def test_an_agent_that_the_service_asks_to_stop_leaves_its_session(farm, runtime):
    agent_in_the_held_frame(farm, runtime)
    farm.drain()
    farm.wait_for("worker", status="STOPPING")  # then it waits until its host is shut down
    assert farm.wait_gone(within(LOST_SECONDS)) == []
    assert last_record(farm)[0] == "cleaned"
    assert "SIGTERM" in last_record(farm)[1]


@each_runtime
def test_a_killed_agent_leaves_nothing_and_the_next_one_does_the_rest(farm, runtime):
    agent = agent_in_the_held_frame(farm, runtime)
    agent.kill()
    assert farm.wait_gone(within(LOST_SECONDS)) == []
    assert last_record(farm)[0] == "cleaned"
    assert re.search(r"its worker, process \d+, has exited", last_record(farm)[1])
    check_the_others(farm, runtime, "host")


@each_runtime
def test_a_killed_agent_leaves_nothing_if_its_session_s_directory_is_removed_as_well(farm, runtime):
    agent = agent_in_the_held_frame(farm, runtime)
    agent.kill()
    shutil.rmtree(agent.sessions)
    assert farm.wait_gone(within(LOST_SECONDS)) == []
    assert last_record(farm)[0] == "cleaned"


@each_runtime
def test_of_a_killed_agent_nothing_of_another_user_is_left(farm_of_another_user, runtime):
    farm = farm_of_another_user
    agent = agent_in_the_held_frame(farm, runtime)
    (daemon,) = [process for process in farm.processes() if words_of(process)[-1:] == ["_serve"]]
    assert daemon.uids().real == farm.user.number
    agent.kill()
    assert farm.wait_gone(within(LOST_SECONDS)) == []
    assert last_record(farm)[0] == "cleaned"
    assert re.search(r"its worker, process \d+, has exited", last_record(farm)[1])
    check_the_others(farm, runtime, "host")
