"""Reading the bodies of answers."""
