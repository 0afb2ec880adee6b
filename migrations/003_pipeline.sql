-- How far each partition is stored, written by its aggregator every second. `as_of` of every report comes from here.
CREATE TABLE partition_progress (
  topic_id text NOT NULL,                               -- Kafka's UUID of the topic
  kafka_partition integer NOT NULL,
  partitions integer NOT NULL,                          -- how many the topic has
  next_offset bigint NOT NULL,                          -- everything below is stored
  log_end bigint NOT NULL,                              -- the log's end as asked at seen_at
  oldest_unstored_at timestamptz,                       -- received time of the oldest fetched record not yet stored
  last_stored_at timestamptz,                           -- received time of the newest record stored
  seen_at timestamptz NOT NULL,
  PRIMARY KEY (topic_id, kafka_partition)
);
