"""The exporter as users run it, scraped by a real Prometheus."""
