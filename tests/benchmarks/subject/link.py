"""Measure the link to an application, or path mapping, in one process. Prints the figures as JSON.

``actions COUNT``, ``latency COUNT``, ``client-mapping COUNT RULES`` or ``mapping COUNT RULES``.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time

from adaptor_runtime_client import Action

from .adaptor import Subject


def adaptor(rules):
    rule = {"source_path_format": "POSIX", "destination_path": "/mnt/farm"}
    sources = [{**rule, "source_path": f"/projects/show{number}/assets"} for number in range(rules)]
    return Subject({"server": True}, path_mapping_data={"path_mapping_rules": sources})


class Application:
    """A process with a client in it, which reports through a pipe."""

    def __init__(self, subject, *arguments):
        subject.on_start()
        self.subject = subject
        read_end, write_end = os.pipe()
        command = [sys.executable, "-m", "subject.application", subject.server.server_path, str(write_end), *arguments]
        self.process = subprocess.Popen(command, pass_fds=[write_end], stdout=subprocess.DEVNULL)
        os.close(write_end)
        self.reports = os.fdopen(read_end)

    def ask(self, name):
        self.subject.actions.enqueue_action(Action(name))

    def report(self):
        return json.loads(self.reports.readline())

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.process.wait(30)
        self.subject.on_stop()


def actions(count):
    with Application(adaptor(1), "poll") as application:
        application.ask("report")
        application.report()
        began = time.monotonic_ns()
        for _ in range(count):
            application.ask("nothing")
        application.ask("report")
        ended = application.report()
        application.ask("close")
    return count * 1e9 / (ended - began)


def latency(count):
    figures = []
    with Application(adaptor(1), "poll") as application:
        application.ask("report")
        application.report()
        for _ in range(count):
            time.sleep(0.003)  # the client is to be waiting for an action
            began = time.monotonic_ns()
            application.ask("report")
            figures.append((application.report() - began) / 1e6)
        application.ask("close")
    return statistics.median(figures)


def client_mapping(count, rules):
    last = f"/projects/show{rules - 1}/assets"
    with Application(adaptor(rules), "map", str(count), last) as application:
        return application.report()


def mapping(count, rules):
    subject = adaptor(rules)
    paths = [f"/projects/show{rules - 1}/assets/shot{number}/plate.exr" for number in range(count)]
    assert subject.map_path(paths[0]).startswith("/mnt/farm"), subject.map_path(paths[0])
    began = time.perf_counter()
    for path in paths:
        subject.map_path(path)
    return (time.perf_counter() - began) / count * 1e6


if __name__ == "__main__":
    measures = {"actions": actions, "latency": latency, "client-mapping": client_mapping, "mapping": mapping}
    figure = measures[sys.argv[1]](*map(int, sys.argv[2:]))
    sys.stdout.write(f"\n{json.dumps(figure)}\n")
    sys.stdout.flush()
    os._exit(0)
