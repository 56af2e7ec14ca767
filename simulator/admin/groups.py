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
        subject, digits = self.text(body, "subject"), _numbers(body, "members")
        if not digits:
            raise ComplaintError(400, 'A group has "members".')
        with self.server.records.transaction():
            members = [self.server.accounts.ensure(each) for each in digits]
            group = self.server.groups.create(subject, members)
            self.server.group_changes.made(group)
        self.answer(**_shown(group))


class Change(AdminHandler):
    """A group's owner changes it."""

    def post(self) -> None:
        """Rename it, add and remove members; who is linked hears of it."""
        body = self.body()
        group = self.group(body, "group")
        subject = self.text(body, "subject") if "subject" in body else None
        added = _numbers(body, "add") if "add" in body else []
        removed = _numbers(body, "remove") if "remove" in body else []
        changes = self.server.group_changes
        with self.server.records.transaction():
            if subject is not None:
                group = changes.rename(group, subject)
            group = changes.remove(group, removed)
            group = changes.add(group, [self.server.accounts.ensure(each) for each in added])
        self.answer(**_shown(group))


def _numbers(body: dict[str, object], name: str) -> list[str]:
    """Return a field's list of numbers, digits only."""
    numbers = body.get(name)
    if not isinstance(numbers, list) or not all(isinstance(each, str) for each in numbers):
        raise ComplaintError(400, f'"{name}" is a list of phone numbers.')
    if len(set(numbers)) != len(numbers) or len(numbers) > MAX_MEMBERS:
        raise ComplaintError(400, f'"{name}" are up to {MAX_MEMBERS} different numbers.')
    return [number_of(each) for each in numbers]


def _shown(group: Group) -> dict[str, object]:
    members = [f"+{number}" for number in group.members]
    return {"jid": str(group.jid), "subject": group.subject, "members": members}
