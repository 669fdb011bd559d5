"""What makes files of the program, and is no part of it."""
