-- What buyers report of a paid order, and how it was decided: `open → seller_responded → under_review → resolved`, or withdrawn.
-- One that is open for 72 h is under review, too: `dispute_status` says so on reading.
CREATE TABLE disputes (
  id uuid PRIMARY KEY DEFAULT uuidv7(),
  order_id uuid NOT NULL,
  buyer_id uuid NOT NULL,
  reason text NOT NULL CONSTRAINT disputes_reason
    CHECK (reason IN ('not_as_described', 'corrupt_file', 'wrong_file', 'duplicate_charge', 'other')),
  details text NOT NULL CONSTRAINT disputes_details_length CHECK (length(details) BETWEEN 1 AND 5000),
  status text NOT NULL DEFAULT 'open' CONSTRAINT disputes_status
    CHECK (status IN ('open', 'seller_responded', 'under_review', 'resolved', 'withdrawn')),
  resolution text CONSTRAINT disputes_resolution CHECK (resolution IN ('refund_full', 'refund_partial', 'rejected')),
  resolved_by uuid REFERENCES users,
  resolved_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT disputes_order FOREIGN KEY (order_id, buyer_id) REFERENCES orders (id, buyer_id),
  CONSTRAINT disputes_resolved CHECK (num_nulls(resolution, resolved_by, resolved_at) = CASE status WHEN 'resolved' THEN 0 ELSE 3 END)
);
CREATE UNIQUE INDEX disputes_one_unresolved ON disputes (order_id) WHERE status NOT IN ('resolved', 'withdrawn');
CREATE INDEX disputes_by_order ON disputes (order_id, id);
CREATE INDEX disputes_by_buyer ON disputes (buyer_id, id);

-- The status as it is now: nobody answered for 72 h, and so it is an administrator's turn.
CREATE FUNCTION dispute_status(status text, created_at timestamptz) RETURNS text LANGUAGE sql STABLE
  RETURN CASE WHEN status = 'open' AND now() >= created_at + interval '72 hours' THEN 'under_review' ELSE status END;

-- What buyer, seller and administrators wrote. The seller's first answer, which is counted as such, is one of them.
-- The clock and not the transaction's begin: they are in the order in which they got hold of the dispute's row.
CREATE TABLE dispute_messages (
  id uuid PRIMARY KEY DEFAULT uuidv7(),
  dispute_id uuid NOT NULL REFERENCES disputes,
  author_id uuid NOT NULL REFERENCES users,
  side text NOT NULL CONSTRAINT dispute_messages_side CHECK (side IN ('buyer', 'seller', 'admin')),
  is_response boolean NOT NULL DEFAULT false,
  text text NOT NULL CONSTRAINT dispute_messages_length CHECK (length(text) BETWEEN 1 AND 5000),
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  CONSTRAINT dispute_messages_response CHECK (NOT is_response OR side = 'seller')
);
CREATE INDEX dispute_messages_by_dispute ON dispute_messages (dispute_id, created_at);
CREATE UNIQUE INDEX dispute_messages_one_response ON dispute_messages (dispute_id) WHERE is_response;

-- What else happened: who did it, and of a decision how it was and why.
CREATE TABLE dispute_events (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  dispute_id uuid NOT NULL REFERENCES disputes,
  event text NOT NULL CONSTRAINT dispute_events_event CHECK (event IN ('opened', 'review_began', 'resolved', 'withdrawn')),
  actor_id uuid NOT NULL REFERENCES users,
  at timestamptz NOT NULL DEFAULT clock_timestamp(),
  resolution text,
  amount_minor bigint,                                  -- given back; null: nothing
  refund_id uuid REFERENCES refunds,
  reason text CONSTRAINT dispute_events_reason_length CHECK (length(reason) BETWEEN 1 AND 2000),
  CONSTRAINT dispute_events_decision CHECK ((event = 'resolved') = (resolution IS NOT NULL) AND (event = 'resolved') = (reason IS NOT NULL)),
  CONSTRAINT dispute_events_refund CHECK (num_nulls(amount_minor, refund_id) = CASE WHEN resolution LIKE 'refund%' THEN 0 ELSE 2 END)
);
-- Each of these happens once.
CREATE UNIQUE INDEX dispute_events_once ON dispute_events (dispute_id, event);

-- What a decision rests on can't be changed afterwards.
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is only added to', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END $$;
CREATE TRIGGER dispute_messages_only_added BEFORE UPDATE OR DELETE OR TRUNCATE ON dispute_messages
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER dispute_events_only_added BEFORE UPDATE OR DELETE OR TRUNCATE ON dispute_events
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER downloads_only_added BEFORE UPDATE OR DELETE OR TRUNCATE ON downloads
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
