"""Small pictures of each type that is served: 6 pixels wide and 4 high."""

import zlib
from base64 import b64decode

PNG = b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAYAAAAECAIAAAAiZtkUAAAAFElEQVR4nGPcUhHAgAqYGDAAcUIAb7gBhOBW2twAAAAA"
    "SUVORK5CYII="
)
GIF = b64decode("R0lGODdhBgAEAIEAALR4UAAAAAAAAAAAACwAAAAABgAEAAAICwABCBxIsKDBgQEBADs=")
WEBP = b64decode("UklGRioAAABXRUJQVlA4IB4AAABwAQCdASoGAAQADMDOJaACdAFAAADaRpEIITdlUAA=")
AVIF = b64decode(
    "AAAAIGZ0eXBhdmlmAAAAAGF2aWZtaWYxbWlhZk1BMUIAAADrbWV0YQAAAAAAAAAhaGRscgAAAAAAAAAAcGljdAAAAAAA"
    "AAAAAAAAAAAAAAAOcGl0bQAAAAAAAQAAAB5pbG9jAAAAAEQAAAEAAQAAAAEAAAETAAAAIAAAAChpaW5mAAAAAAABAAAA"
    "GmluZmUCAAAAAAEAAGF2MDFDb2xvcgAAAABqaXBycAAAAEtpcGNvAAAAFGlzcGUAAAAAAAAABgAAAAQAAAAQcGl4aQAA"
    "AAADCAgIAAAADGF2MUOBAAwAAAAAE2NvbHJuY2x4AAEADQAGgAAAABdpcG1hAAAAAAAAAAEAAQQBAoMEAAAAKG1kYXQS"
    "AAoIGAhu0QENBoQyEh/3h4UV3///4sAAAJA1jXxjVg=="
)
JPEG = (
    b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"
    b"\xff\xc0\x00\x11\x08\x00\x04\x00\x06\x03\x01\x11\x00\x02\x11\x01\x03\x11\x01\xff\xd9"
)
"""The frame's header alone, which the size is read from."""

SAMPLES = {"png": PNG, "jpg": JPEG, "gif": GIF, "webp": WEBP, "avif": AVIF}


def build_png(width: int, height: int) -> bytes:
    """A PNG that says it is so large; it holds no line of it."""
    header = b"IHDR" + width.to_bytes(4, "big") + height.to_bytes(4, "big") + b"\x08\x02\0\0\0"
    chunk = len(header[4:]).to_bytes(4, "big") + header + zlib.crc32(header).to_bytes(4, "big")
    return PNG[:8] + chunk
