"""Takes each guard out in turn, and shows that a test fails."""
