"""Which worker gets which action of the job: what the service decides."""

from __future__ import annotations

import uuid

from job import JOB, LOG_GROUP, QUEUE, STEP

AHEAD = 4
"""How many tasks a session has at most that have not ended: the one that runs, and those after it."""

UNFINISHED = ("INTERRUPTED", "NEVER_ATTEMPTED")
"""How a task ends that another session has to run."""


class Session:
    """One session of the job on one worker.

    It enters the environments, runs tasks while there are any, and leaves the environments. The agent is told of
    every action that has not ended, in order.
    """

    def __init__(self, schedule):
        self.id = f"session-{uuid.uuid4().hex}"
        self._schedule = schedule
        self._count = 0
        self._open = {}
        self._entered = []
        self._is_closing = False
        for name in schedule.job.environments:
            self._add("envEnter", {"environmentId": name})

    def _add(self, kind, definition):
        identifier = f"sessionaction-{self.id.partition('-')[2]}-{self._count}"
        self._count += 1
        self._open[identifier] = (kind, definition)

    def end(self, identifier, status):
        """Record that an action has ended, and return its kind and definition.

        After a failure or a cancel, the session runs no further task.
        """
        kind, definition = self._open.pop(identifier)
        if kind == "envEnter" and status != "NEVER_ATTEMPTED":
            self._entered.append(definition["environmentId"])
        if kind == "taskRun" and status in UNFINISHED:
            self._schedule.waiting.append(definition["parameters"])
        if status != "SUCCEEDED":
            self._is_closing = True
        return kind, definition

    def abandon(self):
        """Give the tasks back: the worker has ended, or has started anew."""
        for identifier in list(self._open):
            self.end(identifier, "NEVER_ATTEMPTED")

    def advance(self):
        """Add the actions that are due; return whether the session has any left."""
        self._is_closing = self._is_closing or self._schedule.is_canceled
        if not self._is_closing:
            while sum(kind == "taskRun" for kind, _ in self._open.values()) < AHEAD and self._schedule.waiting:
                task = self._schedule.waiting.pop(0)
                self._add("taskRun", {"taskId": f"task-{uuid.uuid4().hex}-0", "stepId": STEP, "parameters": task})
        if not self._open:
            self._is_closing = True
            for name in reversed(self._entered):
                self._add("envExit", {"environmentId": name})
            self._entered.clear()
        return bool(self._open)

    def assigned(self):
        """Return the session as the agent is told of it."""
        actions = [
            {"sessionActionId": identifier, "definition": {kind: definition}}
            for identifier, (kind, definition) in self._open.items()
        ]
        log = {
            "logDriver": "awslogs",
            "options": {"logGroupName": LOG_GROUP, "logStreamName": self.id},
            "parameters": {"interval": "1"},
        }
        return {"queueId": QUEUE, "jobId": JOB, "sessionActions": actions, "logConfiguration": log}

    def to_cancel(self):
        """Return the actions that a cancel of the job is for."""
        return [identifier for identifier, (kind, _) in self._open.items() if kind == "taskRun"]


class Schedule:
    """The tasks that wait, and the session of each worker.

    Args:
        job: The job.
        workers: So many workers have to be there before any of them gets work.
        tell: Called with what has happened, for the test.
    """

    def __init__(self, job, workers, tell):
        self.job = job
        self.waiting = list(job.tasks)
        self.is_canceled = False
        self._workers = workers
        self._seen = set()
        self._sessions = {}
        self._tell = tell

    def worker_changed(self, worker):
        """Take back what a worker had to do: it has started, or has stopped."""
        session = self._sessions.pop(worker, None)
        if session is not None:
            session.abandon()

    def update(self, worker, updated):
        """Take what a worker says of its actions; return what it has to do."""
        self._seen.add(worker)
        session = self._sessions.get(worker)
        if session is not None:
            for identifier, action in updated.items():
                self._note(worker, session, identifier, action)
        elif self.waiting and not self.is_canceled and len(self._seen) >= self._workers:
            session = self._sessions[worker] = Session(self)
        if session is None:
            return {}, {}
        if not session.advance():
            del self._sessions[worker]
            self._tell("session ended", worker=worker, session=session.id)
            return {}, {}
        cancel = {session.id: session.to_cancel()} if self.is_canceled and session.to_cancel() else {}
        return {session.id: session.assigned()}, cancel

    def _note(self, worker, session, identifier, action):
        status = action.get("completedStatus")
        if status is None:
            self._tell("progress", worker=worker, action=identifier, message=action.get("progressMessage", ""))
            return
        kind, definition = session.end(identifier, status)
        self._tell(
            "action",
            worker=worker,
            session=session.id,
            kind=kind,
            status=status,
            exit_code=action.get("processExitCode"),
            message=action.get("progressMessage", ""),
            parameters=definition.get("parameters", {}),
        )
