"""The server and its phones, put together."""

from pathlib import Path

from simulator import handlers
from simulator.accounts import Accounts
from simulator.announcements import Announcements
from simulator.bundles import Bundles
from simulator.connections import Connections
from simulator.delivery import Delivery
from simulator.devices import Devices
from simulator.downloads import Downloads
from simulator.exchange import Exchange
from simulator.faults import Faults
from simulator.group_changes import GroupChanges
from simulator.group_chat import GroupChat
from simulator.group_exchange import GroupExchange
from simulator.groups import Groups
from simulator.handset import Handset
from simulator.inbox import Inbox
from simulator.media_files import MediaFiles
from simulator.pairing import Pairing
from simulator.pictures import Pictures
from simulator.prekeys import Prekeys
from simulator.presences import Presences
from simulator.records import SqliteRecords
from simulator.refusals import Refusals
from simulator.router import Router
from simulator.sent import Sent
from simulator.server_keys import NoiseKeys
from simulator.stats import Stats
from simulator.uploads import Uploads


class Server:
    """Everything that one simulator is made of. Its parts are used on the event loop only."""

    def __init__(self, folder: Path) -> None:
        self.records = SqliteRecords(folder / "records.sqlite")
        self.noise = NoiseKeys(self.records)
        self.stats = Stats()
        self.faults = Faults()
        self.refusals = Refusals()
        self.connections = Connections()
        self.accounts = Accounts(self.records)
        self.groups = Groups(self.records, self.accounts)
        self.devices = Devices(self.records)
        self.prekeys = Prekeys(self.records)
        self.delivery = Delivery(self.records, self.connections, self.faults)
        self.media = MediaFiles(folder / "media", self.records)
        self.downloads = Downloads(self.media, self.records, self.refusals)
        self.inbox = Inbox(self.records, self.accounts, self.downloads)
        self.pictures = Pictures(self.records, self.accounts)
        self.presences = Presences(self)
        self.sent = Sent(self.records)
        self.uploads = Uploads(self.media, self.sent)
        self.bundles = Bundles(self)
        self.announcements = Announcements(self)
        self.pairing = Pairing(self)
        self.exchange = Exchange(self)
        self.group_exchange = GroupExchange(self)
        self.group_changes = GroupChanges(self)
        self.handset = Handset(self)
        self.group_chat = GroupChat(self)
        self.router = Router()
        handlers.register(self.router)

    def close(self) -> None:
        """Drop all connections and close the records."""
        for connection in self.connections.all():
            connection.close()
        self.records.close()
