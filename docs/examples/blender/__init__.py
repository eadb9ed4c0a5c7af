"""An adaptor that keeps Blender loaded, from the first frame of a session to its last."""
