"""The web configuration: TLS, passwords, headers and the rate limit of our own port."""
