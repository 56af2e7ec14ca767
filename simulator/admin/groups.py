"""`/groups`: groups, and who is in them."""

from simulator.admin.base import AdminHandler, ComplaintError, number_of
from simulator.groups import Group

#: WhatsApp's own limit.
MAX_MEMBERS = 1_024


class Groups(AdminHandler):
    """All groups."""

    def get(self) -> None:
        """List them."""
        self.answer(groups=[_shown(group) for group in self.server.groups.all()])

    def post(self) -> None:
        """Make a group of numbers, the first of which owns it; who is linked hears of it."""
        body = self.body()
        subject, numbers = self.text(body, "subject"), body.get("members")
        if not isinstance(numbers, list) or not all(isinstance(each, str) for each in numbers):
            raise ComplaintError(400, '"members" is a list of phone numbers.')
        if not 0 < len(set(numbers)) == len(numbers) <= MAX_MEMBERS:
            raise ComplaintError(400, f'"members" are 1 to {MAX_MEMBERS} different numbers.')
        digits = [number_of(each) for each in numbers]
        with self.server.records.transaction():
            members = [self.server.accounts.ensure(each) for each in digits]
            group = self.server.groups.create(subject, members)
            self.server.group_exchange.announce(group)
        self.answer(**_shown(group))


def _shown(group: Group) -> dict[str, object]:
    members = [f"+{number}" for number in group.members]
    return {"jid": str(group.jid), "subject": group.subject, "members": members}
