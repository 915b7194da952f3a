"""The alert rules, the examples around them and the runbook."""
