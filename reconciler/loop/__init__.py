"""Pass after pass: when, by which documents, and who hears of it; none of it asks AWS."""
