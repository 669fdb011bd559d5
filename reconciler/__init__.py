"""Keep AWS worker fleets, and what they stand on, as git says they should be."""

__version__ = "0.1.0"
