"""A stand-in for the Python module of Maya: as much of it as the published client calls."""
