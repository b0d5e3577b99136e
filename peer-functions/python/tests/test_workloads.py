"""What each workload computes, where the shared vectors cannot show it or a mistake would be Python's own."""

import gzip
import hashlib
import json
import unittest
from io import BytesIO
from pathlib import Path

import zstandard
from function import Function
from PIL import Image

ITEM = {"id": "a", "quantity": 2, "price_cents": 3, "tags": ["x", "x"]}


def memory_bytes(function, line="VmRSS"):
    status = Path(f"/proc/{function.process.pid}/status").read_text()
    return int(status.split(f"{line}:")[1].split()[0]) * 1024


def most_memory_bytes(function):
    return memory_bytes(function, "VmHWM")


def image(size, mode="RGB", form="PNG", color=None):
    output = BytesIO()
    Image.new(mode, size, color or 0).save(output, form)
    return output.getvalue()


class Echo(unittest.TestCase):
    def test_sends_the_body_back_with_its_type(self):
        with Function("workloads", "echo") as function:
            reply = function.ask(body=b"\x00\xff", headers={"Content-Type": "image/x-odd"})
            self.assertEqual(reply, (200, "image/x-odd", b"\x00\xff"))
            self.assertEqual(function.ask(), (200, "application/octet-stream", b""))

    def test_holds_only_a_small_part_of_a_large_body_in_memory(self):
        body = bytes(range(256)) * (50 << 12)
        with Function("workloads", "echo") as function:
            function.ask(body=b"warm")
            before = most_memory_bytes(function)
            # http.client reads after it has sent: a stream of this size would be stuck otherwise, too.
            for chunked in (False, True):
                self.assertEqual(function.ask(body=body, chunked=chunked).body, body)
            self.assertLess(most_memory_bytes(function) - before, 16 << 20)


class Hash(unittest.TestCase):
    def test_hashes_the_body_and_then_each_digest(self):
        twice = hashlib.sha256(hashlib.sha256(b"abc").digest()).hexdigest()
        with Function("workloads", "hash") as function:
            self.assertEqual(function.ask("/?rounds=2", b"abc", chunked=True).body, f"{twice}\n".encode())

    def test_makes_up_as_many_bytes_as_are_asked_for(self):
        size = 3_000_001
        expected = hashlib.sha256(bytes(i % 251 for i in range(size))).hexdigest()
        with Function("workloads", "hash") as function:
            self.assertEqual(function.ask(f"/?size={size}", b"dropped").body, f"{expected}\n".encode())


class Json(unittest.TestCase):
    FOLDERS = ("workloads", "fastapi")

    def test_adds_up_an_order(self):
        items = [ITEM, {**ITEM, "id": "é", "price_cents": 9, "other": {"deep": [1]}}, {**ITEM, "id": "c"}]
        expected = {
            "count": 3,
            "quantity": 6,
            "total_cents": 30,
            "tags": {"x": 6},
            "items": [
                {"id": "é", "total_cents": 18},
                {"id": "a", "total_cents": 6},
                {"id": "c", "total_cents": 6},
            ],
        }
        for folder in self.FOLDERS:
            with self.subTest(folder=folder), Function(folder, "json") as function:
                reply = function.ask(body=json.dumps({"items": items, "stranger": None}).encode())
                self.assertEqual(reply[:2], (200, "application/json"))
                self.assertEqual(json.loads(reply.body), expected)

    def test_refuses_what_only_python_takes_for_the_right_json(self):
        refused = {
            "a truth value": json.dumps({"items": [{**ITEM, "quantity": True}]}),
            "a whole fraction": json.dumps({"items": [{**ITEM, "quantity": 1.0}]}),
            "a number in a text": json.dumps({"items": [{**ITEM, "quantity": "1"}]}),
            "NaN where nobody looks": '{"items": [], "x": NaN}',
            "Infinity where nobody looks": '{"items": [], "x": [-Infinity]}',
            "half of a surrogate pair": '{"items": [{"id": "\\ud800", "quantity": 1, "price_cents": 1, "tags": []}]}',
            "thousands of digits": json.dumps({"items": [ITEM]}).replace("2", "9" * 5000),
            "a byte order mark": '\ufeff{"items": []}',
        }
        for folder in self.FOLDERS:
            with Function(folder, "json") as function:
                for name, body in refused.items():
                    with self.subTest(folder=folder, body=name):
                        reply = function.ask(body=body.encode())
                        self.assertEqual(reply.status, 400)
                        self.assertRegex(reply.body, rb"^[^\n]+\n$")
                for encoding in ("utf-16", "utf-32", "latin-1"):
                    with self.subTest(folder=folder, encoding=encoding):
                        self.assertEqual(function.ask(body='{"items": [], "é": 1}'.encode(encoding)).status, 400)

    def test_goes_64_levels_deep_and_no_further(self):
        for folder in self.FOLDERS:
            with Function(folder, "json") as function:
                for levels, status in ((64, 200), (65, 400), (100_000, 400)):
                    with self.subTest(folder=folder, levels=levels):
                        # The document is the first level of all; an item is the third.
                        beside = '{"items": [], "x": %s}' % nested(levels - 1)
                        self.assertEqual(function.ask(body=beside.encode()).status, status)
                        inside = json.dumps({"items": [{**ITEM, "x": 0}]}).replace("0}", nested(levels - 3) + "}")
                        self.assertEqual(function.ask(body=inside.encode()).status, status)


def nested(levels):
    return "[" * levels + "]" * levels


class Alloc(unittest.TestCase):
    def test_has_every_page_in_memory_and_gives_them_back(self):
        with Function("workloads", "alloc") as function:
            function.ask("/?mb=0")
            before = memory_bytes(function)
            self.assertEqual(json.loads(function.ask("/?mb=256").body)["pages"], 65536)
            self.assertGreater(most_memory_bytes(function) - before, 255 << 20)
            self.assertLess(memory_bytes(function) - before, 32 << 20)


class Template(unittest.TestCase):
    def test_escapes_the_name_and_counts_its_code_points(self):
        with Function("workloads", "template") as function:
            page = function.ask(body=b'{"username": "<&>", "size": 2, "seed": 1}')
            self.assertEqual(page[:2], (200, "text/html; charset=utf-8"))
            self.assertIn(b"<h1>Hello, &lt;&amp;&gt;!</h1>\n<ol>\n<li>270369</li>\n<li>634689</li>\n</ol>\n", page.body)
            for length, status in ((256, 200), (257, 400), (0, 400)):
                body = json.dumps({"username": "\U0001f600" * length, "size": 1, "seed": 1}).encode()
                self.assertEqual(function.ask(body=body).status, status)


class Compress(unittest.TestCase):
    def test_can_be_undone(self):
        body = b"givre" * 100_000
        with Function("workloads", "compress") as function:
            zipped = function.ask(body=body)
            self.assertEqual((zipped.content_type, gzip.decompress(zipped.body)), ("application/gzip", body))
            packed = function.ask("/?format=zstd", body)
            self.assertEqual(packed.content_type, "application/zstd")
            self.assertEqual(zstandard.ZstdDecompressor().decompress(packed.body), body)


class Thumbnail(unittest.TestCase):
    def test_fits_into_the_frame_and_never_grows(self):
        cases = {(400, 200): (128, 64), (3, 1000): (1, 128), (10, 20): (10, 20), (129, 129): (128, 128)}
        with Function("workloads", "thumbnail") as function:
            for size, expected in cases.items():
                for form in ("PNG", "JPEG"):
                    with self.subTest(size=size, form=form):
                        reply = function.ask(body=image(size, form=form))
                        self.assertEqual(reply[:2], (200, "image/png"))
                        self.assertEqual(Image.open(BytesIO(reply.body)).size, expected)

    def test_has_eight_bits_a_channel_and_alpha_only_if_the_image_has_it(self):
        cases = {"1": "L", "L": "L", "I;16": "L", "P": "RGB", "RGB": "RGB", "LA": "RGBA", "RGBA": "RGBA"}
        with Function("workloads", "thumbnail") as function:
            for mode, expected in cases.items():
                with self.subTest(mode=mode):
                    reply = function.ask(body=image((200, 200), mode))
                    self.assertEqual(Image.open(BytesIO(reply.body)).mode, expected)
            for deep, expected in ((0, 0), (0x8000, 0x80), (0xFFFF, 0xFF)):
                grey = function.ask(body=image((200, 200), "I;16", color=deep))
                self.assertEqual(Image.open(BytesIO(grey.body)).getpixel((64, 64)), expected)
            inked = function.ask(body=image((200, 200), "CMYK", "JPEG", (0, 255, 255, 0)))
            self.assertEqual(Image.open(BytesIO(inked.body)).mode, "RGB")

    def test_refuses_what_is_broken_and_what_has_too_many_pixels(self):
        whole = image((300, 300), form="PNG")
        with Function("workloads", "thumbnail") as function:
            others = (image((9, 9), form="GIF"), image((9, 9), form="BMP"))
            for body in (b"", b"no image", whole[:60], whole[: len(whole) // 2], *others):
                reply = function.ask(body=body)
                self.assertEqual(reply.status, 400)
                self.assertRegex(reply.body, rb"^[^\n]+\n$")
            self.assertEqual(function.ask(body=image((5001, 5000), "1")).status, 413)
            self.assertEqual(function.ask(body=image((20_000, 20_000), "1")).status, 413)
            self.assertEqual(function.ask(body=image((5000, 5000), "1")).status, 200)


class Pagerank(unittest.TestCase):
    def test_keeps_the_sum_of_all_ranks(self):
        with Function("workloads", "pagerank") as function:
            result = json.loads(function.ask("/?nodes=300&degree=3").body)
            self.assertEqual((result["nodes"], result["edges"], result["iterations"]), (300, 900, 20))
            self.assertAlmostEqual(result["sum"], 1)
            ranks = [top["rank"] for top in result["top"]]
            self.assertEqual((len(ranks), ranks), (5, sorted(ranks, reverse=True)))


class Primes(unittest.TestCase):
    def test_counts_up_to_and_with_the_number(self):
        with Function("workloads", "primes") as function:
            for n, count, largest in ((1, 0, 0), (2, 1, 2), (97, 25, 97), (100, 25, 97)):
                self.assertEqual(
                    json.loads(function.ask(f"/?n={n}").body), {"n": n, "count": count, "largest": largest}
                )


if __name__ == "__main__":
    unittest.main()
