"""Pure functions: frames in, frozen result objects out; no files and no plots."""
