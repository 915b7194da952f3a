"""Files and YAML that are read strictly."""
