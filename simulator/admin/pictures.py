"""Reading a QR code from a picture, as a phone's camera does."""

import base64
import binascii
import io

import zxingcpp
from PIL import Image, UnidentifiedImageError

from simulator.admin.base import ComplaintError


def qr_text(picture: bytes | str) -> str:
    """Return the text of the QR code in a PNG, given as bytes, base64 or a data URL."""
    data = _decoded(picture) if isinstance(picture, str) else picture
    try:
        with Image.open(io.BytesIO(data)) as image:
            found = zxingcpp.read_barcode(image.convert("L"), zxingcpp.BarcodeFormat.QRCode)
    except (UnidentifiedImageError, OSError, Image.DecompressionBombError) as error:
        raise ComplaintError(422, "Isto não é uma imagem.") from error
    if found is None:
        raise ComplaintError(422, "Não há QR code nesta imagem.")
    return str(found.text)


def _decoded(picture: str) -> bytes:
    _, _, data = picture.rpartition(",")
    try:
        return base64.b64decode(data, validate=True)
    except binascii.Error as error:
        raise ComplaintError(400, "The picture is not base64.") from error
