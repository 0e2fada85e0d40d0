"""What a model learned with, beside what its project shows now."""

from engine.images.tone import Tone
from engine.models.card import Card


def tone_remark(card: Card, shown: Tone) -> str:
    """Say that a model is asked with another tone than the images show; "" where it is the same.

    Args:
        card: Of the model.
        shown: How the project shows its images.
    """
    learned = card.learned_tone
    if learned is None or learned == shown:
        return ""
    return (
        f"{card.name} sees images otherwise than they show. It learned with “{learned.words()}” "
        f"and is asked with that; they show “{shown.words()}”. Learn again to use that."
    )
