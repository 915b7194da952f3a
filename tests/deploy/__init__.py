"""What operators install the exporter with: image, compose, Kubernetes, Helm, systemd, releases."""
