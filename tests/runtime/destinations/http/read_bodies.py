"""Reads bodies back, strictly. Each line of the input is a format, a Content-Type and a body in hexadecimal
digits, with tabs between; each line of the output has the rows as JSON, each a list of names and values."""
import csv
import io
import json
import sys
import urllib.parse
import xml.etree.ElementTree


def form(body, _):
    return [urllib.parse.parse_qsl(body.decode("ascii"), keep_blank_values=True, strict_parsing=True,
                                   errors="strict")]


def multipart(body, content_type):
    """RFC 2046, 5.1: a delimiter is CRLF, two dashes and the boundary."""
    boundary = content_type.split("boundary=")[1].encode()
    parts = (b"\r\n" + body).split(b"\r\n--" + boundary)
    assert parts[0] == b"" and parts[-1] == b"--\r\n", parts
    pairs = []
    for part in parts[1:-1]:
        head, value = part.split(b"\r\n\r\n", 1)
        assert head.startswith(b"\r\nContent-Disposition: form-data; name=\""), head
        pairs.append((head.split(b"\"")[1].decode(), value.decode()))
    return [pairs]


def table(body, _):
    rows = list(csv.reader(io.StringIO(body.decode(), newline=""), strict=True))
    assert all(len(row) == len(rows[0]) for row in rows), rows
    return [list(zip(rows[0], row)) for row in rows[1:]]


def lines(body, _):
    assert body.endswith(b"\n")
    return [list(json.loads(line).items()) for line in body[:-1].split(b"\n")]


def document(body, _):
    root = xml.etree.ElementTree.fromstring(body)
    return [[*row.attrib.items(), *((field.tag, field.text or "") for field in row)] for row in root]


def rows(body, _):
    return [list(row.items()) for row in json.loads(body)]


readers = {"form": form, "multipart": multipart, "csv": table, "ndjson": lines, "xml": document, "json": rows}
for line in sys.stdin:
    kind, content_type, body = line.rstrip("\n").split("\t")
    print(json.dumps(readers[kind](bytes.fromhex(body), content_type)))
