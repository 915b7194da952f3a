"""Proof that a configuration is either what its author meant, or refused with plain words."""
