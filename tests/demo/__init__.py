"""The sample cloud and its account."""
