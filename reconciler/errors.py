"""The one base of what goes wrong in a way that its text explains to whoever runs a command."""


class ReconcileError(Exception):
    """What is wrong, where, and what to do; the text is ready to be shown."""


class Locked(ReconcileError):
    """Another run had the estate's lock for as long as we would wait."""


class Stale(ReconcileError):
    """A saved plan is not, or no longer, one that may be carried out here."""
