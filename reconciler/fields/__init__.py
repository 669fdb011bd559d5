"""The types that the fields of a document may have, each checked and brought to one form."""
