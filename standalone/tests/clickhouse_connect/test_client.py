"""What clickhouse-connect does with a server, done with the warehouse at VEZA_TEST_PORT."""

import datetime
import os
import unittest
import uuid

import clickhouse_connect
from clickhouse_connect.driver.exceptions import DatabaseError, StreamFailureError

PORT = int(os.environ["VEZA_TEST_PORT"])


def client(user="veza", **options):
    return clickhouse_connect.get_client(
        host="127.0.0.1", port=PORT, username=user, password=options.pop("password", user), **options
    )


class Client(unittest.TestCase):
    def setUp(self):
        self.client = client(database="veza")
        self.client.command(
            "CREATE OR REPLACE TABLE samples (id UInt64, name String, note Nullable(String), at DateTime64(3, 'UTC'),"
            " track UUID, tags Array(String), kind LowCardinality(String)) ENGINE = MergeTree ORDER BY id"
        )

    def tearDown(self):
        self.client.close()

    def sample(self, number):
        at = datetime.datetime(2026, 1, 2, 3, 4, 5, 678000, tzinfo=datetime.timezone.utc)
        note = None if number % 2 else f"note {number}"
        return [number, "näme\t\n'\\", note, at, uuid.UUID(int=number), ["a"] * (number % 3), f"kind {number % 3}"]

    def test_inserts_and_queries_in_every_compression(self):
        rows = [self.sample(number) for number in range(1_000)]
        for compression in ["lz4", "gzip", False, True]:
            with self.subTest(compression=compression):
                self.client.command("TRUNCATE TABLE samples")
                other = client(database="veza", compress=compression, tz_mode="aware")
                summary = other.insert("samples", rows)
                self.assertEqual(summary.written_rows, 1_000)
                result = other.query("SELECT * FROM samples ORDER BY id")
                self.assertEqual([list(row) for row in result.result_rows], rows)
                other.close()

    def test_many_blocks_in_one_insert(self):
        rows = [self.sample(number) for number in range(200_000)]
        self.client.insert("samples", rows)
        counts = self.client.query("SELECT count(), uniqExact(id) FROM samples").first_row
        self.assertEqual(tuple(counts), (200_000, 200_000))

    def test_raw_inserts_and_queries(self):
        self.client.raw_insert("samples", ["id", "name"], b'1,"a\n\nb"\n2,c\n', fmt="CSV")
        raw = self.client.raw_query("SELECT id, name FROM samples ORDER BY id", fmt="JSONEachRow")
        self.assertEqual(raw, b'{"id":1,"name":"a\\n\\nb"}\n{"id":2,"name":"c"}\n')

    def test_parameters(self):
        hostile = "a'b\\c\t{x:String}"
        for form in [False, True]:
            other = client(form_encode_query_params=form)
            result = other.query(
                "SELECT {number:UInt32} + 1, {text:String}, {list:Array(String)}",
                parameters={"number": 41, "text": hostile, "list": ["x", "y'"]},
            )
            self.assertEqual(result.result_rows, [(42, hostile, ["x", "y'"])])
            other.close()

    def test_settings(self):
        result = self.client.query("SELECT getSetting('max_threads')", settings={"max_threads": 3})
        self.assertEqual(result.first_row[0], 3)
        with self.assertRaises(DatabaseError) as raised:
            self.client.query("SELECT 1", settings={"max_threads": "many"})
        self.assertEqual(raised.exception.code, 27)

    def test_commands(self):
        self.assertEqual(self.client.command("SELECT 7"), 7)
        self.assertEqual(self.client.command("EXISTS TABLE samples"), 1)
        self.assertEqual(self.client.command("SELECT currentDatabase()"), "veza")
        self.assertEqual(self.client.query("SELECT 1 LIMIT 0").result_rows, [])

    def test_errors(self):
        for sql, code in [("SELECT absent", 47), ("SELECT * FROM absent", 60), ("SELEC 1", 62)]:
            with self.subTest(sql=sql), self.assertRaises(DatabaseError) as raised:
                self.client.query(sql)
            self.assertEqual(raised.exception.code, code)
        with self.assertRaises(DatabaseError) as raised:
            client(password="wrong")
        self.assertEqual(raised.exception.code, 516)
        with self.assertRaises(DatabaseError):
            self.client.insert("samples", [["x"]], column_names=["absent"])

    def test_streams(self):
        sql = "SELECT number, toString(number) FROM numbers(1000000)"
        total = 0
        with self.client.query_row_block_stream(sql) as stream:
            for block in stream:
                total += len(block)
        self.assertEqual(total, 1_000_000)

    def test_an_error_within_a_stream(self):
        sql = "SELECT throwIf(number = 900000), repeat('x', 20) FROM numbers(1000000) SETTINGS max_threads = 1"
        with self.assertRaises(StreamFailureError) as raised:
            with self.client.query_row_block_stream(sql) as stream:
                for _ in stream:
                    pass
        self.assertIn("Code: 395", str(raised.exception))

    def test_the_reader(self):
        self.client.insert("samples", [self.sample(1)])
        reader = client("veza_reader", database="veza")
        self.assertEqual(reader.query("SELECT count() FROM samples").first_row[0], 1)
        for statement in [lambda: reader.insert("samples", [self.sample(2)]), lambda: reader.command("DROP TABLE samples")]:
            with self.assertRaises(DatabaseError) as raised:
                statement()
            self.assertEqual(raised.exception.code, 164)
        with self.assertRaises(DatabaseError) as raised:
            reader.query("SELECT 1", settings={"max_execution_time": 4_000})
        self.assertEqual(raised.exception.code, 452)
        reader.close()


if __name__ == "__main__":
    unittest.main()
