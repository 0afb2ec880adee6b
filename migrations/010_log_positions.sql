-- Where each partition's log began and ended, and how far it was stored: written by its aggregator when it takes the partition up,
-- and then each minute. The offsets between two rows are the records received between them. Kept 400 days.
CREATE TABLE log_positions (
  topic_id text NOT NULL,                               -- Kafka's UUID of the topic
  kafka_partition integer NOT NULL,
  at timestamptz NOT NULL,                              -- when the log was asked
  log_start bigint NOT NULL,                            -- the oldest offset that Kafka still has
  log_end bigint NOT NULL,                              -- the offset after its newest record
  next_offset bigint NOT NULL,                          -- everything below is stored
  PRIMARY KEY (topic_id, kafka_partition, at)
);
CREATE INDEX log_positions_by_time ON log_positions (at);
