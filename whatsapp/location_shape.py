"""The `location` of a message (docs/api.md)."""

from __future__ import annotations

from typing import Any

from whatsapp.event_shape import text_of

_MOST_LATITUDE = 90
_MOST_LONGITUDE = 180


def shape_location(value: Any) -> dict[str, Any]:
    """Of a `LocationMessage`."""
    return {
        "location": {
            **_place(value),
            "name": text_of(value.name),
            "address": text_of(value.address),
            "url": text_of(value.URL),
            "live": value.isLive,
        }
    }


def shape_live_location(value: Any) -> dict[str, Any]:
    """Of a `LiveLocationMessage`: where its sender was when the sharing began."""
    return {"location": _place(value) | {"name": None, "address": None, "url": None, "live": True}}


def _place(value: Any) -> dict[str, Any]:
    return {
        "latitude": _degrees(value, "degreesLatitude", _MOST_LATITUDE),
        "longitude": _degrees(value, "degreesLongitude", _MOST_LONGITUDE),
        "accuracy": value.accuracyInMeters or None,
    }


def _degrees(value: Any, name: str, most: float) -> float | None:
    """None for what is on no map: not said, beyond its ends, or no number."""
    degrees: float = getattr(value, name)
    return degrees if value.HasField(name) and -most <= degrees <= most else None
