"""Proof of what README and docs promise; `make test` runs it all."""
