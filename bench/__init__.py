"""How long a pass over a big fleet takes, beside other work of the same run: `make bench`."""
