"""Tests of a scrape over all targets."""
