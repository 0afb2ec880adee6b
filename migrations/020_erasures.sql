-- Requests to erase who listened. An aggregator gives the listener's rows fresh random ids, once at once and once more when
-- Kafka no longer holds what was reported before; rejected records, which are kept whole, forget theirs after 14 days.
CREATE TABLE erasures (
  id uuid PRIMARY KEY DEFAULT uuidv7(),
  user_id uuid NOT NULL,                                -- no reference: an account may be gone before its traces are
  requested_at timestamptz NOT NULL DEFAULT now(),      -- rows received from then on stay
  erased_at timestamptz,                                -- the first time
  repeated_at timestamptz,                              -- once Kafka had forgotten
  done_at timestamptz,
  rows bigint CONSTRAINT erasures_rows CHECK (rows >= 0 AND (rows IS NULL) = (erased_at IS NULL))
);
CREATE UNIQUE INDEX erasures_queued ON erasures (user_id) WHERE erased_at IS NULL;
CREATE INDEX erasures_by_user ON erasures (user_id, requested_at DESC);
CREATE INDEX erasures_unfinished ON erasures (requested_at) WHERE done_at IS NULL;
