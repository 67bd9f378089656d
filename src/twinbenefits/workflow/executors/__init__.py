"""Where the notebooks of a build are run: on this computer, or on the workers of a cluster."""
