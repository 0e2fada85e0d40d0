"""Which tool takes a press: one that was lent for it, a sheet's guest, or the one in use."""

from app.canvas.unseen import refusal
from app.session import Session
from app.tools.base import Pointer, Tool
from app.tools.guest import Guest
from app.tools.registry import tool_info


class Taking:
    """Answers it for each press.

    Attributes:
        borrowed: a tool that takes the next press in place of the one in use.
        guest: a tool that takes what it wants as long as it is there.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self.borrowed: Tool | None = None
        self.guest: Guest | None = None

    def tool_for(self, press: Pointer) -> Tool | None:
        """What a press begins; None where nothing may begin, which has been said.

        A tool that was lent is given back by it.
        """
        borrowed, self.borrowed = self.borrowed, None
        if borrowed is not None:
            return borrowed
        if self.guest is not None and self.is_guests(press):
            return self.guest
        info = tool_info(self._session.tool)
        if info.paints and press.ctrl and not press.shift:
            from app.tools.select import Eyedropper  # at first use, as all tools

            return Eyedropper()
        why_not = refusal(self._session) if info.paints else ""
        if why_not:
            self._session.say(why_not, "warning")
            return None
        return info.tool

    def is_guests(self, press: Pointer) -> bool:
        """Whether the guest takes it from the tool in use, which does not paint."""
        if self.guest is None or tool_info(self._session.tool).paints:
            return False
        return self.guest.takes(press)
