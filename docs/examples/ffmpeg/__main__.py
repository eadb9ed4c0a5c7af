"""``python -m adaptor_runtime.examples.ffmpeg run --run-data '{"output": "test.mp4"}'``."""

from __future__ import annotations

from adaptor_runtime import EntryPoint

if __name__ == "__main__":
    EntryPoint("adaptor_runtime.examples.ffmpeg.adaptor:FfmpegAdaptor").start()
