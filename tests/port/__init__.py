"""Tests of our own port: its limits, and what odd or hostile clients get."""
