"""An adaptor whose module starts a pool, and a helper that inherits all descriptors, when it is imported."""

from __future__ import annotations

import multiprocessing
import os

from scripted import Scripted
from workers import speak, wait_for_ever

POOL = multiprocessing.get_context("fork").Pool(1)
if os.fork() == 0:
    wait_for_ever()


class PoolAtImport(Scripted):
    def step_speak(self, number):
        POOL.apply(speak, (number,))
