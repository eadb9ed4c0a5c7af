"""A small stand-in for the service that AWS Deadline Cloud's worker agent works for. It runs in the agent's Python.

It serves one job on the loopback of its own network namespace. What happens is told on standard output, one JSON line
each. Lines on standard input are wishes: ``cancel`` cancels the job, ``drain`` asks the workers to stop, and
``refuse NAME STATUS COUNT`` answers so many requests for work with an error. Its argument is the folder of the farm.
"""

from __future__ import annotations

import fcntl
import json
import shutil
import socket
import struct
import sys
import threading
import uuid
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from api import Api
from job import FARM, FLEET, Job
from schedule import Schedule

SET_INTERFACE_FLAGS = 0x8914  # SIOCSIFFLAGS
IS_UP = 0x1  # IFF_UP


class RefusedError(Exception):
    """The service does not perform an operation now.

    Args:
        name: The error's name in the service's model.
        status: That of HTTP.
    """

    def __init__(self, name, status):
        super().__init__(f"{name} {status}")
        self.name = name
        self.status = status


class Service:
    """What the operations do."""

    def __init__(self, job, workers):
        self.api = Api()
        self._schedule = Schedule(job, workers, self.tell)
        self._job = job
        self._refused = []
        self._is_draining = False
        self._lock = threading.Lock()
        self._output = threading.Lock()

    def tell(self, what, **facts):
        with self._output:
            print(json.dumps({"what": what, **facts}), flush=True)

    def cancel(self):
        with self._lock:
            self._schedule.is_canceled = True

    def drain(self):
        with self._lock:
            self._is_draining = True

    def refuse(self, name, status, count):
        with self._lock:
            self._refused += [RefusedError(name, int(status))] * int(count)

    def perform(self, name, arguments):
        """Return the answer to an operation."""
        self.tell("operation", name=name)
        with self._lock:
            return getattr(self, f"_{name}")(arguments)

    def _CreateWorker(self, _):  # noqa: N802  # named as the service names it
        return {"workerId": f"worker-{uuid.uuid4().hex}"}

    def _AssumeFleetRoleForWorker(self, _):  # noqa: N802
        expiration = datetime.now(timezone.utc) + timedelta(hours=1)
        keys = dict.fromkeys(("accessKeyId", "secretAccessKey", "sessionToken"), "made up for the tests")
        return {"credentials": {**keys, "expiration": expiration}}

    _AssumeQueueRoleForWorker = _AssumeFleetRoleForWorker

    def _UpdateWorker(self, arguments):  # noqa: N802
        worker, status = arguments["workerId"], arguments["status"]
        self.tell("worker", worker=worker, status=status)
        if status != "STOPPING":
            self._schedule.worker_changed(worker)
        options = {"logGroupName": f"/aws/deadline/{FARM}/{FLEET}", "logStreamName": worker}
        return {"log": {"logDriver": "awslogs", "options": options, "parameters": {"interval": "1"}}}

    def _UpdateWorkerSchedule(self, arguments):  # noqa: N802
        if self._refused:
            refused = self._refused.pop(0)
            self.tell("refused", name=refused.name)
            raise refused
        assigned, cancel = self._schedule.update(arguments["workerId"], arguments.get("updatedSessionActions", {}))
        answer = {"assignedSessions": assigned, "cancelSessionActions": cancel, "updateIntervalSeconds": 1}
        if self._is_draining:
            self._is_draining = False
            answer["desiredWorkerStatus"] = "STOPPED"
        return answer

    def _BatchGetJobEntity(self, arguments):  # noqa: N802
        return {"entities": [self._job.entity(each) for each in arguments["identifiers"]], "errors": []}

    def put_log_events(self, arguments):
        for event in arguments["logEvents"]:
            self.tell("log", stream=arguments["logStreamName"], message=event["message"])
        return {"nextSequenceToken": "1"}


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def _answer(self):
        size = self.headers.get("Content-Length")
        body = self.rfile.read(int(size or 0))
        if (size is None and self.command != "GET") or len(body) < int(size or 0):
            self.close_connection = True  # its sender was killed before it had sent all of it
            return
        error_name = None
        try:
            status, content = 200, self._content(json.loads(body or b"{}"))
        except RefusedError as refused:
            status, content, error_name = refused.status, b'{"message": "not now"}', refused.name
        except Exception as error:  # a defect of this service fails the test that sees it
            self.server.service.tell("defect", request=f"{self.command} {self.path}", error=repr(error))
            status, content = 500, b"{}"
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        if error_name is not None:
            self.send_header("x-amzn-ErrorType", error_name)
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = _answer  # noqa: N815

    def _content(self, body):
        service = self.server.service
        target = self.headers.get("X-Amz-Target", "")
        if target == "Logs_20140328.PutLogEvents":
            return service.api.log_answer("PutLogEvents", service.put_log_events(body))
        found = service.api.find(self.command, self.path)
        if found is None:
            raise ValueError(f"no operation here {target}".rstrip())
        operation, arguments = found
        return operation.answer(service.perform(operation.name, {**arguments, **body}))

    def log_message(self, *_):
        """Write no access log."""


def bring_up_loopback():
    """Give this network namespace a loopback: it has no other interface."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, SET_INTERFACE_FLAGS, struct.pack("16sh14x", b"lo", IS_UP))


def main():
    options = json.loads(sys.stdin.readline())
    workers = options.pop("workers")
    bring_up_loopback()
    service = Service(Job(**options), workers)
    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        server.service = service
        threading.Thread(target=server.serve_forever, daemon=True).start()
        service.tell("ready", address=f"http://127.0.0.1:{server.server_port}", farm=FARM, fleet=FLEET)
        for line in sys.stdin:
            wish, *words = line.split()
            {"cancel": service.cancel, "drain": service.drain, "refuse": service.refuse}[wish](*words)
        server.shutdown()
    shutil.rmtree(sys.argv[1], ignore_errors=True)  # pytest was killed: otherwise, this ends before its input does


if __name__ == "__main__":
    main()
