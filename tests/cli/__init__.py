"""The command line: flags, environment variables, exit statuses and their words."""
