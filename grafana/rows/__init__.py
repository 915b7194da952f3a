"""The rows of the dashboard, the most urgent first."""
