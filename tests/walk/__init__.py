"""Tests of the walk over a list that may change."""
