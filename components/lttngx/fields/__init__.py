"""Keeping, dropping and redacting fields: patterns over field names → plans of the core's *rewrite*.

`patterns` says which fields a pattern names, `dependencies` what else must go or stay with a field, `redaction` what a
field's value becomes, `plans` puts them together and answers the core.
"""

from lttngx.fields.patterns import FieldPattern, parse_pattern
from lttngx.fields.plans import FieldPlans
from lttngx.fields.redaction import Redaction

__all__ = ["FieldPattern", "FieldPlans", "Redaction", "parse_pattern"]
