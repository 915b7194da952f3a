"""Tests of what replicas behind one address need: probes, discovery, own metrics."""
