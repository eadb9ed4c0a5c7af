"""A stand-in for a module that the published client imports and, without a color configuration, does not use."""
