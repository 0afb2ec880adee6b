-- What was given back of paid orders: together never more than was paid, spread over the lines, each part with its tax.
-- `orders.refunded_minor`, `refunded_tax_minor` and those of the lines are changed in the same transaction.
CREATE TABLE refunds (
  id uuid PRIMARY KEY DEFAULT uuidv7(),                 -- the key by which the provider refunds once
  order_id uuid NOT NULL REFERENCES orders,
  payment_id uuid NOT NULL REFERENCES payments,
  amount_minor bigint NOT NULL CONSTRAINT refunds_amount CHECK (amount_minor > 0),
  tax_minor bigint NOT NULL CONSTRAINT refunds_tax CHECK (tax_minor BETWEEN 0 AND amount_minor),
  reason text NOT NULL,
  decided_by uuid REFERENCES users,
  refunded_at timestamptz NOT NULL DEFAULT now(),       -- decided: from now on it counts
  reference text,                                       -- the provider's own name of it
  sent_at timestamptz                                   -- the provider has confirmed it; null: to be sent (again)
);
CREATE INDEX refunds_by_order ON refunds (order_id, id);
CREATE INDEX refunds_by_time ON refunds (refunded_at);
CREATE INDEX refunds_unsent ON refunds (refunded_at) WHERE sent_at IS NULL;

CREATE TABLE refund_lines (
  refund_id uuid NOT NULL REFERENCES refunds,
  item_id uuid NOT NULL REFERENCES order_items,
  amount_minor bigint NOT NULL CONSTRAINT refund_lines_amount CHECK (amount_minor > 0),
  tax_minor bigint NOT NULL CONSTRAINT refund_lines_tax CHECK (tax_minor BETWEEN 0 AND amount_minor),
  PRIMARY KEY (refund_id, item_id)
);
CREATE INDEX refund_lines_by_item ON refund_lines (item_id);

-- A refund is the sum of its lines, and what is refunded of a line is the sum of its refunds, when the transaction ends.
CREATE FUNCTION check_refund() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM WHERE (NEW.amount_minor, NEW.tax_minor)
      = (SELECT sum(amount_minor), sum(tax_minor) FROM refund_lines WHERE refund_id = NEW.id)
    AND NOT EXISTS (
      SELECT FROM order_items i
      LEFT JOIN LATERAL (SELECT coalesce(sum(amount_minor), 0) AS amount, coalesce(sum(tax_minor), 0) AS tax
        FROM refund_lines WHERE item_id = i.id) l ON true
      WHERE i.order_id = NEW.order_id AND (i.refunded_minor, i.refunded_tax_minor) <> (l.amount, l.tax));
  IF NOT FOUND THEN
    RAISE EXCEPTION 'refund % is not the sum of its lines, or its order does not know it', NEW.id
      USING ERRCODE = 'check_violation', CONSTRAINT = 'refunds_sum_of_lines';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER refunds_sum_of_lines AFTER INSERT ON refunds DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION check_refund();
