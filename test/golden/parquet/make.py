"""Writes the Parquet files beside it, each in another of the ways that pyarrow knows.

    pip install pyarrow==26.0.1
    python test/golden/parquet/make.py

Nothing is random: what stands in row i of each column is written here and in test/unit/data-parquet.test.ts.
"""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

here = Path(__file__).parent

rows = 40
languages = ["hau", "yor", "ibo"]
sentences = pa.table(
    {
        "anchor": pa.array([f"Jumla ta {i} – नमस्ते" for i in range(rows)], pa.string()),
        "positive": pa.array([f"Sentence {i}" for i in range(rows)], pa.large_string()),
        "negative": pa.array([f"No sentence {i}" for i in range(rows)], pa.string()),
        "language": pa.array([languages[i % 3] for i in range(rows)], pa.string()),
        "id": pa.array([2**53 + 1 if i == 0 else i for i in range(rows)], pa.int64()),
        "score": pa.array([i / 8 for i in range(rows)], pa.float64()),
        "good": pa.array([i % 2 == 0 for i in range(rows)], pa.bool_()),
        "tags": pa.array([["a", "b"], []] * (rows // 2), pa.list_(pa.string())),
        "meta": pa.array([{"year": 2000 + i} for i in range(rows)], pa.struct([("year", pa.int32())])),
    }
)
with_nulls = sentences.set_column(
    0, "anchor", pa.array([None if i % 5 == 2 else f"Jumla ta {i}" for i in range(rows)], pa.string())
)


def write(name, table=sentences, **options):
    options = {"compression": "none", "use_dictionary": False, **options}
    pq.write_table(table, here / f"{name}.parquet", **options)


write("plain")
write("dictionary", use_dictionary=True)
for codec in ["snappy", "gzip", "zstd", "brotli", "lz4"]:
    write(codec, compression=codec, use_dictionary=True)
write("pages-v2", compression="zstd", data_page_version="2.0")
write("deltas", column_encoding={"anchor": "DELTA_BYTE_ARRAY", "positive": "DELTA_LENGTH_BYTE_ARRAY", "id": "DELTA_BINARY_PACKED"})
write("runs", column_encoding={"good": "RLE"}, data_page_version="2.0")
write("nulls", with_nulls)
write("row-groups", row_group_size=16)
write("many-pages", data_page_size=64, write_batch_size=4)
write("empty", sentences.slice(0, 0))
write("not-utf8", pa.table({"text": pa.array([b"good", b"\xff\xfe"], pa.binary())}))
