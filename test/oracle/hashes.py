"""split_hash and dataset_hash once more, from what the README says of them, to test/data/hashes.csv.

    python3 test/oracle/hashes.py > test/data/hashes.csv

Nothing but the standard library.  Each line is a call and its answer: of split_hash the float8 in
hexadecimal, of dataset_hash the uuid.
"""

import csv
import datetime
import hashlib
import struct
import sys
import uuid

MASK = (1 << 64) - 1


def splitmix64(state):
    state = (state + 0x9E3779B97F4A7C15) & MASK
    z = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
    return state, z ^ (z >> 31)


def hash_int(value, seed):
    """H(value, seed): two outputs of splitmix64 from a state that both make."""
    state, first = splitmix64((seed & MASK) ^ ((value & MASK) * 0xD6E8FEB86659FD93 & MASK))
    return first ^ splitmix64(state)[1]


def hash_bytes(data, seed=0):
    """The length, then words of eight bytes, the first byte lowest."""
    result = hash_int(len(data), seed)
    for first in range(0, len(data), 8):
        result = hash_int(int.from_bytes(data[first : first + 8], "little"), result)
    return result


def hash_float(number):
    bits = MASK if number != number else struct.unpack(">Q", struct.pack(">d", number + 0.0))[0]
    return hash_int(bits, 0)


def fraction(key_hash, seed):
    return (hash_int(key_hash, seed) >> 11) / 2.0**53


def days(year, month, day):
    return (datetime.date(year, month, day) - datetime.date(2000, 1, 1)).days


# SQL of a key and the hash that it has, by type
KEYS = [
    ("0", hash_int(0, 0)),
    ("1", hash_int(1, 0)),
    ("1::int2", hash_int(1, 0)),
    ("1::int8", hash_int(1, 0)),
    ("(-1)", hash_int(-1, 0)),
    ("5000001", hash_int(5000001, 0)),
    ("9223372036854775807", hash_int(2**63 - 1, 0)),
    ("(-9223372036854775808)::int8", hash_int(-(2**63), 0)),
    ("''::text", hash_bytes(b"")),
    ("'a'::text", hash_bytes(b"a")),
    ("'a'::varchar", hash_bytes(b"a")),
    ("'a  '::char(5)", hash_bytes(b"a")),
    ("'a'::name", hash_bytes(b"a")),
    ("'seven b'::text", hash_bytes(b"seven b")),
    ("'eight by'::text", hash_bytes(b"eight by")),
    ("'nine byte'::text", hash_bytes(b"nine byte")),
    ("U&'Z\\00FCrich'::text", hash_bytes("Zürich".encode())),
    ("'00112233-4455-6677-8899-aabbccddeeff'::uuid", hash_bytes(uuid.UUID("00112233-4455-6677-8899-aabbccddeeff").bytes)),
    ("'\\x00ff10'::bytea", hash_bytes(b"\x00\xff\x10")),
    ("date '2019-01-12'", hash_bytes(struct.pack(">i", days(2019, 1, 12)))),
    ("date '1999-12-31'", hash_bytes(struct.pack(">i", -1))),
    ("timestamptz '2019-01-12 12:00+00'", hash_bytes(struct.pack(">q", (days(2019, 1, 12) * 86400 + 43200) * 10**6))),
    ("timestamp '2019-01-12 12:00'", hash_bytes(struct.pack(">q", (days(2019, 1, 12) * 86400 + 43200) * 10**6))),
    ("true", hash_bytes(b"\x01")),
    ("0.5::float8", hash_float(0.5)),
    ("0.5::float4", hash_float(0.5)),
    ("'-0'::float8", hash_float(0.0)),
    ("'NaN'::float8", hash_float(float("nan"))),
    ("1.50::numeric", hash_bytes(b"1.5")),
    ("1.5::numeric", hash_bytes(b"1.5")),
    ("100::numeric", hash_bytes(b"100")),
]
SEEDS = [0, 42, -1, 2**63 - 1]


def column(value):
    """A column as COPY (FORMAT binary) writes it: length and send form, -1 for NULL."""
    return b"\xff\xff\xff\xff" if value is None else struct.pack(">i", len(value)) + value


def row_digest(row):
    data = struct.pack(">h", len(row)) + b"".join(column(value) for value in row)
    return int.from_bytes(hashlib.sha256(data).digest()[:16], "big")


def dataset_hash(rows):
    total = xor = 0
    for row in rows:
        digest = row_digest(row)
        total = (total + digest) % 2**128
        xor ^= digest
    data = struct.pack(">q", len(rows)) + total.to_bytes(16, "big") + xor.to_bytes(16, "big")
    return uuid.UUID(bytes=hashlib.sha256(data).digest()[:16])


def int4(value):
    return struct.pack(">i", value)


def float8(value):
    return struct.pack(">d", value)


ROWS = [
    ("(1, 'a'::text)", [int4(1), b"a"]),
    ("(1, ''::text)", [int4(1), b""]),
    ("(1, NULL::text)", [int4(1), None]),
    ("('ab'::text, 'c'::text)", [b"ab", b"c"]),
    ("('a'::text, 'bc'::text)", [b"a", b"bc"]),
    ("(NULL::text, NULL::text)", [None, None]),
    ("(0.1::float8, '-0'::float8, '2019-01-12'::date)", [float8(0.1), float8(-0.0), int4(days(2019, 1, 12))]),
    ("(U&'Z\\00FCrich'::text, true)", ["Zürich".encode(), b"\x01"]),
    ("(5::int8, '00112233-4455-6677-8899-aabbccddeeff'::uuid)", [struct.pack(">q", 5), uuid.UUID("00112233-4455-6677-8899-aabbccddeeff").bytes]),
]
SERIES = [[int4(i), float8(i / 4)] for i in range(1, 1001)]


def main():
    out = csv.writer(sys.stdout, lineterminator="\n")
    out.writerow(["call", "answer"])
    for key, key_hash in KEYS:
        for seed in SEEDS:
            out.writerow([f"mlops.split_hash({key}, {seed})", struct.pack(">d", fraction(key_hash, seed)).hex()])
    for sql, row in ROWS:
        for times in 1, 3:
            out.writerow([f"(SELECT mlops.dataset_hash({sql}) FROM generate_series(1, {times}))", dataset_hash([row] * times)])
    series = "(SELECT mlops.dataset_hash((i, i / 4.0::float8)) FROM generate_series(1, 1000) AS i)"
    out.writerow([series, dataset_hash(SERIES)])


if __name__ == "__main__":
    main()
