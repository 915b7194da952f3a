"""Tests of the metric families and their exposition."""
