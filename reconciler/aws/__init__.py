"""Everything that talks to AWS goes through here: sessions, paging, errors, tags."""
