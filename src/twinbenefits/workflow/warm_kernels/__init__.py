"""Kernels that begin with the stack imported, forked from a parent that imported it once."""
