"""An adaptor that keeps a renderer loaded, from the first task of a session to its last."""
