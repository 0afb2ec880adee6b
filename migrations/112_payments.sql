-- Attempts to pay, each with the provider's answer. `started → approved | declined | returned`: an approval that came when the
-- order could no longer be paid is returned at once, and was never revenue.
CREATE TABLE payments (
  id uuid PRIMARY KEY DEFAULT uuidv7(),                 -- the key by which the provider charges once
  order_id uuid NOT NULL REFERENCES orders,
  provider text NOT NULL,
  method text NOT NULL,
  amount_minor bigint NOT NULL CONSTRAINT payments_amount CHECK (amount_minor > 0),
  currency text NOT NULL,
  state text NOT NULL DEFAULT 'started' CONSTRAINT payments_state CHECK (state IN ('started', 'approved', 'declined', 'returned')),
  reference text,                                       -- the provider's own name of the charge
  reason text,                                          -- why it was declined or returned
  created_at timestamptz NOT NULL DEFAULT now(),
  decided_at timestamptz,
  returned_at timestamptz,                              -- the provider has confirmed to give it back
  CONSTRAINT payments_decided CHECK ((decided_at IS NULL) = (state = 'started')),
  CONSTRAINT payments_returned CHECK (returned_at IS NULL OR state = 'returned')
);
-- One at a time, and none after an approval: an order is paid once.
CREATE UNIQUE INDEX payments_once ON payments (order_id) WHERE state IN ('started', 'approved');
CREATE INDEX payments_by_order ON payments (order_id, id);
CREATE INDEX payments_unfinished ON payments (created_at) WHERE state = 'started' OR state = 'returned' AND returned_at IS NULL;
