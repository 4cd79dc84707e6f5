"""Commands that concern several subjects at once."""
