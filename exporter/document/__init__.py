"""Reading a document that a user wrote: a file, strict YAML, and checks that tell all mistakes."""
