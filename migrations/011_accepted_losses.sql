-- Offsets of which an operator has decided that the partition goes on without them, by `veza-aggregator accept-loss`. `veza verify` lists them.
CREATE TABLE accepted_losses (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  topic_id text NOT NULL,                               -- Kafka's UUID of the topic
  kafka_partition integer NOT NULL,
  first_offset bigint NOT NULL,
  last_offset bigint NOT NULL CONSTRAINT accepted_losses_in_order CHECK (last_offset >= first_offset),
  -- The log ended below: Kafka gives these offsets to other records now. What is stored of the lost ones stays, under the topic id
  -- `<topic_id>~<id>`.
  beyond_log boolean NOT NULL,
  stored bigint NOT NULL,                               -- so many of them were stored, as rows or rejections
  resumed_at bigint NOT NULL,                           -- the offset at which the partition goes on
  why text NOT NULL,
  accepted_at timestamptz NOT NULL DEFAULT now(),
  done_at timestamptz                                   -- null: begun, and to be run again
);
CREATE INDEX accepted_losses_by_partition ON accepted_losses (topic_id, kafka_partition);
