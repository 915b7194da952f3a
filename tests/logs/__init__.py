"""Log lines: their form, their bounds, what never gets into them, and where they go."""
