"""The look: tokens, fonts, icons, the style sheet and the common widgets."""
