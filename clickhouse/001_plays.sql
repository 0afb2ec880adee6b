-- One table, no roll-ups, no views: every number is computed from these rows. One row a report that could be read.
-- Unknown text is '', and the API says null; there are no Nullable columns.
CREATE TABLE IF NOT EXISTS plays (
  creator_id UInt64 CODEC(ZSTD(1)),                 -- integer id from Postgres; 0: unknown track
  slot DateTime('UTC') CODEC(Delta(4), LZ4),        -- started_at floored to 15 min
  -- hot: LZ4 (the default) or none
  track_id UUID,
  listener UInt64 CODEC(NONE),                      -- keyed hash; 0: none. Never in ORDER BY: erasure updates it
  counted UInt8, completed UInt8, skipped UInt8, bot UInt8,
  heard_ms UInt32,
  reason LowCardinality(String),                    -- '': counted
  country LowCardinality(String),
  place UInt64 CODEC(ZSTD(1)),                      -- hash of (country, region, city): what places are grouped by
  device LowCardinality(String), os LowCardinality(String), browser LowCardinality(String),
  channel LowCardinality(String),
  source LowCardinality(String),                    -- 'channel/source': one key to group by
  context LowCardinality(String),
  -- cold
  region LowCardinality(String) CODEC(ZSTD(1)), city String CODEC(ZSTD(1)),
  os_version LowCardinality(String) CODEC(ZSTD(1)), browser_version LowCardinality(String) CODEC(ZSTD(1)),
  campaign LowCardinality(String) CODEC(ZSTD(1)), page String CODEC(ZSTD(1)),
  play_id UUID CODEC(NONE), seq UInt32 CODEC(ZSTD(1)),
  started_at DateTime64(3, 'UTC') CODEC(Delta(8), ZSTD(1)), received_at DateTime64(3, 'UTC') CODEC(Delta(8), ZSTD(1)),
  -- what the verdict was judged by
  heard_before_ms UInt32 CODEC(ZSTD(1)), wall_ms UInt32 CODEC(ZSTD(1)), duration_ms UInt32 CODEC(ZSTD(1)),
  ended UInt8, own UInt8, imported UInt8, assumed UInt8, rule UInt8,
  -- identity of the record; topic_id is Kafka's topic UUID
  topic_id LowCardinality(String), kafka_partition UInt16 CODEC(ZSTD(1)), kafka_offset UInt64 CODEC(Delta(8), ZSTD(1)),
  INDEX by_offset kafka_offset TYPE minmax GRANULARITY 1
) ENGINE = MergeTree PARTITION BY toYYYYMM(slot) ORDER BY (creator_id, slot)
SETTINGS non_replicated_deduplication_window = 100000, fsync_after_insert = 1, fsync_part_directory = 1;
