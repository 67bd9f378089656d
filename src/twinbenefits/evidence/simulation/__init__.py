"""A synthetic study with known truth, for demonstration and for testing analyses against what was planted."""
