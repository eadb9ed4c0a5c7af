"""An adaptor with children that run no program of their own: workers, pools, forks."""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
import sys
import time
from concurrent.futures import ProcessPoolExecutor

import structlog
from scripted import Scripted


def double(number):
    return 2 * number


def speak(number):
    """Say something in each way that there is."""
    print("printed", number)
    print("printed as an error", number, file=sys.stderr)
    os.write(1, b"written %d\n" % number)
    logging.getLogger("workers").warning("logged %d", number)
    structlog.get_logger().warning("logged with structlog", number=number)
    Workers.update_status(progress=number, status_message=f"status {number}")


def wait_for_ever(*_):
    while True:
        time.sleep(60)


def ignore_everything(ready):
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    ready.set()
    wait_for_ever()


class Workers(Scripted):
    def step_process(self, number):
        context = multiprocessing.get_context("fork")
        worker = context.Process(target=speak, args=(number,))
        worker.start()
        worker.join()
        print("worker ended with", worker.exitcode)

    def step_terminate(self, text):
        """End a worker at once, and one that has come further."""
        context = multiprocessing.get_context("fork")
        for ready in (None, context.Event()):
            worker = context.Process(target=wait_for_ever if ready is None else self._tell_and_wait, args=(ready,))
            worker.start()
            if ready is not None:
                ready.wait()
            worker.terminate()
            worker.join()
            print(text, worker.exitcode)

    @staticmethod
    def _tell_and_wait(ready):
        ready.set()
        wait_for_ever()

    def step_pool(self, kind_method_and_end):
        """Use a pool and leave it open, or not."""
        kind, method, end = kind_method_and_end
        context = multiprocessing.get_context(method)
        pool = context.Pool(2) if kind == "Pool" else ProcessPoolExecutor(2, mp_context=context)
        if end == "with":
            with pool:
                self._use(pool)
            return
        self._use(pool)
        if end == "close":
            pool.close() if kind == "Pool" else pool.shutdown()
        else:
            self.pool = pool

    def step_use_pool(self, _):
        self._use(self.pool)

    def _use(self, pool):
        print("doubled:", list(pool.map(double, [1, 2, 3])))

    def step_fork(self, end):
        """Fork a child that comes back out of this hook in its own way, and wait for it."""
        child = os.fork()
        if child == 0:
            if end == "raise":
                raise ValueError("a child")
            if end == "exit":
                sys.exit(7)
            self.take = lambda *_: None  # it does nothing else in this hook
            self.forked = True
            return
        print("child ended with", os.waitpid(child, 0)[1] >> 8)

    def step_leave_deaf_worker(self, _):
        ready = multiprocessing.get_context("fork").Event()
        self.worker = multiprocessing.get_context("fork").Process(target=ignore_everything, args=(ready,))
        self.worker.start()
        ready.wait()

    def step_leave_fork(self, _):
        if os.fork() == 0:
            wait_for_ever()

    def step_speak_in_fork_of_fork(self, number):
        if os.fork() == 0:
            if os.fork() == 0:
                speak(number)
                os._exit(0)
            os.wait()
            os._exit(0)
        os.wait()

    def step_secret(self, value):
        worker = multiprocessing.get_context("fork").Process(
            target=self.set_environment_variable, args=("TOKEN", value), kwargs={"redact": True}
        )
        worker.start()
        worker.join()
