"""What a signature drawn on screen must be: a small picture with a line in it, made plain for the form."""

import base64
import binascii
import io

from PIL import Image, UnidentifiedImageError

PREFIX = "data:image/png;base64,"
LARGEST = 400_000
MOST_PIXELS = 4_000_000
LEAST_INK = 60
"""Fewer dark points than this are a slip, not a name."""


def picture(told: str) -> bytes | None:
    """The drawing as PNG, dark on white and cut to the line; None for anything that is no signature."""
    if not told.startswith(PREFIX) or len(told) > LARGEST:
        return None
    try:
        image = Image.open(io.BytesIO(base64.b64decode(told[len(PREFIX) :], validate=True)), formats=["PNG"])
        if image.width * image.height > MOST_PIXELS:
            return None
        ink = image.convert("RGBA").getchannel("A").point(lambda value: 255 if value > 60 else 0)
    except (binascii.Error, UnidentifiedImageError, OSError, SyntaxError, ValueError):
        return None
    box = ink.getbbox()
    if box is None or ink.histogram()[255] < LEAST_INK or ink.histogram()[0] == 0:
        return None
    paper = Image.new("L", ink.size, 255)
    paper.paste(0, mask=ink)
    file = io.BytesIO()
    paper.crop(box).save(file, "PNG")
    return file.getvalue()
