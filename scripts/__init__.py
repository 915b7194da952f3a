"""Programs for those who work on the exporter; nothing of it is installed."""
