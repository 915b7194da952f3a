"""Tests of the status page and of `/config`."""
