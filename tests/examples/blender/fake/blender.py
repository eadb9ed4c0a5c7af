"""Runs a script as Blender does, with the module ``bpy`` that lies beside this file."""

from __future__ import annotations

import runpy
import sys

print("Blender 3.4.1")
runpy.run_path(sys.argv[sys.argv.index("--python") + 1])
print("\nBlender quit")
