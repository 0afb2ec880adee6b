-- One row a record that could not be read. `raw` may hold addresses, so it is emptied after 14 days.
CREATE TABLE IF NOT EXISTS rejected (
  topic_id LowCardinality(String), kafka_partition UInt16, kafka_offset UInt64,
  code LowCardinality(String), reason String,
  at DateTime64(3, 'UTC'),
  raw String TTL toDateTime(at) + INTERVAL 14 DAY
) ENGINE = MergeTree PARTITION BY toYYYYMM(at) ORDER BY (topic_id, kafka_partition, kafka_offset)
SETTINGS non_replicated_deduplication_window = 100000, fsync_after_insert = 1, fsync_part_directory = 1;
