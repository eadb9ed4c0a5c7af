"""An adaptor that runs a command for each task: ffmpeg, which encodes a video."""
