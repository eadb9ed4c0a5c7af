"""Complete adaptors to run, read, and copy."""
