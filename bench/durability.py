"""What durability costs: events a second through journal, pipe and ledger.

    python -m bench.durability [--texts 6000] [--empresas 1 50]

Real workers' journals and pipes (`bench/flood.py`), real actors, SQLite with an fsync for each
commit and a private PostgreSQL with fsync on; only WhatsApp is left out, as the simulator's own
ceiling is lower. The way from a customer's send to the WebSocket is `bench/report.py`'s.
"""

from __future__ import annotations

import argparse


def main() -> None:
    """Print the report as JSON."""
    parser = argparse.ArgumentParser(description=__doc__, prog="python -m bench.durability")
    parser.add_argument("--texts", type=int, default=6000, help="in each run")
    parser.add_argument("--empresas", type=int, nargs="+", default=[1, 50])
    arguments = parser.parse_args()
    # Here and not above: each worker runs this file again.
    from bench.ledger_flow import run  # noqa: PLC0415 - as it says

    run(arguments.empresas, arguments.texts)


if __name__ == "__main__":
    main()
