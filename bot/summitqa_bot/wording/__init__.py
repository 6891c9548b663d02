"""What is said, and what was meant: replies as plain data, made and read without I/O."""
