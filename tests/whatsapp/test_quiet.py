from __future__ import annotations

from whatsapp.quiet import Quiet

A_WHILE = 10.0


def test_it_is_not_quiet_while_an_event_is_handled_however_long_that_takes() -> None:
    quiet = Quiet()
    quiet._since -= A_WHILE
    assert quiet.seconds() >= A_WHILE
    with quiet.broken():
        assert quiet.seconds() == 0
    assert 0 < quiet.seconds() < A_WHILE
