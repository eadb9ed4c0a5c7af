"""Adaptors that run as they are, to be read and copied."""
