"""Results registry, prose gate, staging and rendering."""
