"""The workload `thumbnail`: a smaller PNG of a PNG or JPEG, by Pillow."""

from io import BytesIO
from math import floor

from exchange import Answer, Refusal
from PIL import Image

BODY_LIMIT = 10 * 1024 * 1024
MOST_PIXELS = 25_000_000
FORMATS = ("PNG", "JPEG")
# Pillow's own limit warns, and is for everything that it can open; ours is checked before pixels are read.
Image.MAX_IMAGE_PIXELS = None
# Loads what knows these two formats now instead of with the first request.
Image.preinit()


def answer(request):
    width = request.number("width", 128, 1, 2048)
    height = request.number("height", 128, 1, 2048)
    with opened(request.body) as image:
        if image.width * image.height > MOST_PIXELS:
            raise Refusal(413, f"The image has {image.width} x {image.height} pixels, and {MOST_PIXELS} is the limit.")
        pixels = decoded(image)
    scaled = pixels.resize(scaled_size(pixels.size, width, height), Image.Resampling.BICUBIC)
    output = BytesIO()
    scaled.save(output, "PNG")
    return Answer("image/png", output.getvalue())


def opened(file):
    try:
        return Image.open(file, formats=FORMATS)
    except Exception as error:
        raise not_an_image(error) from error


def decoded(image):
    """The pixels in 8 bits a channel, with alpha only if the image has it."""
    try:
        image.load()
        if image.has_transparency_data:
            return image.convert("RGBA")
        return eight_bits(image)
    except Exception as error:
        raise not_an_image(error) from error


def eight_bits(image):
    if image.mode == "I;16":
        # Grey of 16 bits: convert("L") cuts off what is above 255, so it is scaled down before.
        return image.point(lambda value: value * (1 / 257) + 0.5).convert("L")
    return image.convert("L" if image.mode in ("1", "L") else "RGB")


def not_an_image(error):
    # A broken file ends in one of many types of error, of Pillow's, of zlib's, of Python's: whichever, it is the file.
    reason = str(error).splitlines()
    return Refusal(400, f"The body is not a readable PNG or JPEG ({reason[0] if reason else type(error).__name__}).")


def scaled_size(size, width, height):
    scale = min(width / size[0], height / size[1], 1)
    return tuple(max(1, floor(side * scale + 0.5)) for side in size)
