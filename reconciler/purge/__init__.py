"""All that carries an estate's tag, in every region, and its removal in an order that works.

What a name says counts for nothing here, and so does what is declared: the tag alone decides.
"""

from reconciler.purge.owned import Owned, Survey
from reconciler.purge.remove import remove
from reconciler.purge.sorts import EVERYTHING
from reconciler.purge.survey import survey

__all__ = ["EVERYTHING", "Owned", "Survey", "remove", "survey"]
