"""Writes images.json: small JPEG and TIFF files by other programs, and the planes that they hold.

JPEG files are written by libjpeg (through Pillow) and their gray is OpenCV's. TIFF files are written by libtiff (through
Pillow) and by tifffile; their planes are those that were written.
"""

import base64
import io
import json
from pathlib import Path

import cv2
import numpy as np
import PIL
import tifffile
from PIL import Image


def plane(height, width, k, top):
    """A smooth plane, different for each k, with values up to top."""
    y, x = np.mgrid[0:height, 0:width]
    wave = np.sin(0.31 * x + 0.7 * k) + np.cos(0.23 * y - 0.4 * k) + 0.1 * ((x * 7 + y * 5 + k) % 3)
    return np.round((wave + 2) / 4.2 * top).astype(np.uint16 if top > 255 else np.uint8)


def text(raw):
    return base64.b64encode(raw).decode()


def jpeg(image, **options):
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", **options)
    raw = buffer.getvalue()
    gray = cv2.imdecode(np.frombuffer(raw, np.uint8), cv2.IMREAD_GRAYSCALE)
    return {"file": text(raw), "shape": list(gray.shape), "gray": text(gray.tobytes())}


colour = np.stack([plane(19, 37, k, 255) for k in range(3)], axis=2)
rgb = Image.fromarray(colour)
gray = Image.fromarray(colour[:, :, 0])
jpegs = {
    "gray": jpeg(gray, quality=90),
    "gray, progressive": jpeg(gray, quality=90, progressive=True),
    "colour, 4:2:0": jpeg(rgb, quality=85),
    "colour, 4:4:4": jpeg(rgb, quality=85, subsampling=0),
    "colour, progressive": jpeg(rgb, quality=85, progressive=True),
    "colour, with restarts": jpeg(rgb, quality=85, restart_marker_blocks=2),
    "RGB": jpeg(rgb, quality=95, keep_rgb=True),
}
cmyk = io.BytesIO()
rgb.convert("CMYK").save(cmyk, "JPEG")


def pillow(array, **options):
    buffer = io.BytesIO()
    Image.fromarray(array).save(buffer, "TIFF", **options)
    return buffer.getvalue()


def written(array, **options):
    buffer = io.BytesIO()
    tifffile.imwrite(buffer, array, **options)
    return buffer.getvalue()


def tiff(raw, *planes):
    """planes: the upper bytes that channels 1, 2, … should give."""
    upper = [p if p.dtype == np.uint8 else (p >> 8).astype(np.uint8) for p in planes]
    return {"file": text(raw), "shape": list(upper[0].shape), "channels": [text(p.tobytes()) for p in upper]}


small, wide = plane(50, 61, 1, 255), plane(50, 61, 1, 65535)
planes = [plane(9, 11, k, 65535) for k in range(6)]
zc = np.stack(planes).reshape(2, 3, 9, 11)
parts = [plane(33, 20, k, 255) for k in range(3)]
tiffs = {
    "LZW": tiff(pillow(small, compression="tiff_lzw"), small),
    "LZW of 16-bit differences": tiff(pillow(wide, compression="tiff_lzw", tiffinfo={317: 2}), wide),
    "PackBits": tiff(pillow(small, compression="packbits"), small),
    "tiles": tiff(written(small, tile=(16, 32)), small),
    "tiles, 16-bit, Deflate of differences": tiff(
        written(wide, tile=(16, 16), compression="zlib", predictor=True), wide
    ),
    "tiles, big-endian": tiff(written(wide, tile=(16, 16), byteorder=">"), wide),
    "interleaved samples": tiff(written(np.stack(parts, 2), photometric="minisblack", planarconfig="contig"), *parts),
    "samples in planes": tiff(written(np.stack(parts), photometric="rgb", planarconfig="separate"), *parts),
    "samples in planes of tiles": tiff(
        written(np.stack(parts), photometric="minisblack", planarconfig="separate", tile=(16, 16)), *parts
    ),
    "OME, channels in pages": tiff(written(zc[0], ome=True, metadata={"axes": "CYX"}), *planes[:3]),
    "OME, channels fastest": tiff(written(zc, ome=True, metadata={"axes": "ZCYX"}), *planes[:3]),
    "OME, planes fastest": tiff(
        written(zc.swapaxes(0, 1), ome=True, metadata={"axes": "CZYX"}), *planes[:3]
    ),
    "ImageJ": tiff(written(zc, imagej=True, metadata={"axes": "ZCYX"}, byteorder=">"), *planes[:3]),
    "plain pages": tiff(written(zc[0], photometric="minisblack", metadata=None), *planes[:3]),
}
target = Path(__file__).with_name("images.json")
versions = {"opencv": cv2.__version__, "pillow": PIL.__version__, "tifffile": tifffile.__version__}
target.write_text(json.dumps({**versions, "jpegs": jpegs, "cmyk": text(cmyk.getvalue()), "tiffs": tiffs}) + "\n")
