"""The exporter's own port: routes, headers, faults."""
