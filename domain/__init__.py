"""The rules: values in, decisions out. Imports nothing but the standard library."""
