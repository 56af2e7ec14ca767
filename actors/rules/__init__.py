"""Rules: the message handler that greets, shows a menu and hands over to a person."""

from actors.rules.answering import answer, person_answered
from actors.rules.conversation import Conversation
from actors.rules.settings import Option, Rules

__all__ = ["Conversation", "Option", "Rules", "answer", "person_answered"]
