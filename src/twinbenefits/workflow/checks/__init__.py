"""What the check of the compendium looks at: one module per matter, a place and a next step per finding."""
