"""Tests of the fold of snapshots into figures."""
