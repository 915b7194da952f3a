"""Writes the dashboard anew."""

from grafana.dashboard import FILE, generate

if __name__ == "__main__":
    FILE.write_text(generate(), encoding="utf-8")
