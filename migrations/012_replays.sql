-- Rejected records that an operator has sent again, by `veza-aggregator rejected replay`; each is a new record of the same topic.
CREATE TABLE replays (
  topic_id text NOT NULL,                               -- of the rejected record, as in the warehouse
  kafka_partition integer NOT NULL,
  kafka_offset bigint NOT NULL,
  begun_at timestamptz NOT NULL DEFAULT now(),
  new_partition integer,                                -- where the new record is; null: sent, and not known to have arrived
  new_offset bigint,
  PRIMARY KEY (topic_id, kafka_partition, kafka_offset)
);
