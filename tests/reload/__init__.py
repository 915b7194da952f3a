"""Tests of reloading the configuration."""
