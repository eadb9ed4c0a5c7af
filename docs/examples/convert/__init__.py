"""An adaptor for ImageMagick: a command for each task, whose messages and output files decide about it."""
