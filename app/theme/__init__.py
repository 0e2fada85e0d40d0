"""Tokens to palette, style sheet, icons and fonts; the small widgets drawn from them."""
