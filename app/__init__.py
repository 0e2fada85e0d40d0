"""The desktop program: everything that knows Qt."""
