"""thumbnail: synthetic pictures of a few KB each, and what Pillow makes of them.

Each picture is a smooth gradient with fine stripes of a period of two to three pixels. A filter that averages makes the
stripes vanish; one that picks pixels makes a new pattern of them. So nearest neighbour, and bilinear interpolation
without averaging, are far from the expected picture, while triangle, Catmull-Rom and Lanczos are close to one another.
"""

import io
import math
import struct
import zlib
from math import floor

from PIL import Image

from .shape import answer, generated, octets, out_of_range, refusal, text, vector

PNG = "image/png"
# Triangle and Lanczos are above 43, nearest neighbour below 23 wherever a picture is reduced. A box before Lanczos, as
# libvips does it, weighs the middle less: 33.7 where a picture becomes one pixel.
DECIBEL = 32


def waves(width, height, channels):
    """Low waves of a different direction in each channel, with stripes of 24 levels upon them."""
    data = bytearray()
    for y in range(height):
        stripe_y = 24 if y % 2 else -24
        for x in range(width):
            stripe = stripe_y if x % 3 else -stripe_y
            for channel in range(channels):
                turn = math.pi * (x / width * (1 + channel) + y / height * (2 - channel))
                # In steps of 8, which keep the file small.
                data.append(128 + 8 * round(9 * math.sin(turn)) + stripe)
    mode = {1: "L", 3: "RGB", 4: "RGBA"}[channels]
    picture = Image.frombytes(mode, (width, height), bytes(data))
    if channels == 4:
        # Nearly opaque and smooth: whether colours are weighted by alpha must not decide.
        alpha = Image.linear_gradient("L").resize((width, height)).point(lambda it: 155 + it * 100 // 255)
        picture.putalpha(alpha)
    return picture


def size_for(width, height, box_width, box_height):
    scale = min(box_width / width, box_height / height, 1)
    return max(1, floor(width * scale + 0.5)), max(1, floor(height * scale + 0.5))


def scaled(picture, box, filter=Image.Resampling.BICUBIC):
    """Pillow's bicubic is Catmull-Rom, in the middle between triangle and Lanczos."""
    if picture.mode == "P":
        picture = picture.convert("RGB")
    return picture.resize(size_for(*picture.size, *box), filter)


def header_only(width, height):
    """A PNG that says how large it is and holds one black bit for each pixel, some KB in all."""
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = zlib.compress(bytes((width + 7) // 8 + 1) * height, 9)
    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def encoded(picture, format, **options):
    file = io.BytesIO()
    picture.save(file, format, **options)
    return file.getvalue()


def sources():
    rgb = waves(240, 160, 3)
    return {
        "rgb.png": encoded(rgb, "PNG", optimize=True),
        "rgba.png": encoded(waves(200, 200, 4), "PNG", optimize=True),
        "grey.png": encoded(waves(256, 160, 1), "PNG", optimize=True),
        "palette.png": encoded(rgb.quantize(64, dither=Image.Dither.NONE), "PNG", optimize=True),
        "tall.png": encoded(waves(80, 320, 3), "PNG", optimize=True),
        "line.png": encoded(waves(1000, 3, 3), "PNG", optimize=True),
        "pixel.png": encoded(Image.new("RGB", (1, 1), (200, 100, 50)), "PNG"),
        "rgb.jpg": encoded(rgb, "JPEG", quality=85, subsampling=0),
        "rgb-420-progressive.jpg": encoded(rgb, "JPEG", quality=85, subsampling=2, progressive=True),
        "grey.jpg": encoded(waves(256, 160, 1), "JPEG", quality=85),
        "36-megapixels.png": header_only(6000, 6000),
    }


# name → source, width, height; a box of None is the default one.
CASES = {
    "PNG, default size": ("rgb.png", None),
    "PNG, to an odd size": ("rgb.png", (77, 51)),
    "PNG, width decides": ("rgb.png", (60, 2048)),
    "PNG, height decides": ("rgb.png", (2048, 60)),
    "PNG, to one pixel": ("rgb.png", (1, 1)),
    "PNG, never enlarged": ("rgb.png", (2048, 2048)),
    "with alpha": ("rgba.png", None),
    "grey": ("grey.png", None),
    "with a palette": ("palette.png", None),
    "taller than wide": ("tall.png", None),
    "a line stays one pixel high": ("line.png", None),
    "one pixel": ("pixel.png", None),
    "JPEG": ("rgb.jpg", None),
    "JPEG, progressive, with halved colours": ("rgb-420-progressive.jpg", (60, 60)),
    "JPEG, grey": ("grey.jpg", (64, 64)),
}


def query_of(box):
    return "" if box is None else f"width={box[0]}&height={box[1]}"


def thumbnail_vectors(folder):
    made = sources()
    (folder / "pictures").mkdir(exist_ok=True)
    for name, data in made.items():
        (folder / "pictures" / name).write_bytes(data)
    vectors = []
    for index, (name, (source, box)) in enumerate(CASES.items()):
        picture = Image.open(io.BytesIO(made[source]))
        expected = scaled(picture, box or (128, 128))
        file = f"pictures/expected-{index + 1:02}.png"
        (folder / file).write_bytes(encoded(expected, "PNG", optimize=True))
        body = {"psnr": {"file": file, "decibel": DECIBEL}}
        vectors.append(vector(name, query=query_of(box), body={"file": f"pictures/{source}"}, expect=answer(body, PNG)))
    rgb = {"file": "pictures/rgb.png"}
    half = octets(made["rgb.png"][: len(made["rgb.png"]) // 2])
    return vectors + [
        vector("refused: empty body", body=text(""), expect=refusal()),
        vector("refused: no body, GET", method="GET", expect=refusal()),
        vector("refused: text", body=text("no picture at all"), expect=refusal()),
        vector("refused: a signature and nothing else", body={"base64": "iVBORw0KGgo="}, expect=refusal()),
        vector("refused: half of a PNG", body=half, expect=refusal()),
        vector("refused: a GIF", body={"base64": "R0lGODlhAQABAIAAAP///wAAACwAAAAAAQABAAACAkQBADs="}, expect=refusal()),
        *out_of_range("width", [("empty", ""), ("0", "0"), ("2049", "2049"), ("a fraction", "1.5")], body=rgb),
        *out_of_range("height", [("negative", "-1"), ("0", "0"), ("2049", "2049"), ("a word", "abc")], body=rgb),
        vector("36 megapixels in a few KB", body={"file": "pictures/36-megapixels.png"}, expect=refusal(status=413)),
        vector("10 MiB and one byte", body=generated(10 * 2**20 + 1), expect=refusal(status=413)),
    ]
