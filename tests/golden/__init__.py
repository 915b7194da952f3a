"""Golden tests: a configuration in, pages served, the exposition out."""
