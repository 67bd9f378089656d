"""Running notebooks, staleness, status and the build."""
