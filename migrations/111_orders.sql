-- What was bought, as it was priced at that moment. One seller, one currency, one tax rate an order.
-- list − discount = net (tax on top) or total (tax inclusive); net + tax = total; everything of an order is the sum of its lines.
CREATE TABLE orders (
  id uuid PRIMARY KEY DEFAULT uuidv7(),
  buyer_id uuid NOT NULL CONSTRAINT orders_buyer_id_fkey REFERENCES users,
  seller_id bigint NOT NULL REFERENCES creators,
  currency text NOT NULL,
  state text NOT NULL CONSTRAINT orders_state
    CHECK (state IN ('pending_payment', 'paid', 'partially_refunded', 'refunded', 'canceled')),
  list_minor bigint NOT NULL,
  discount_minor bigint NOT NULL,
  net_minor bigint NOT NULL,
  tax_minor bigint NOT NULL,
  total_minor bigint NOT NULL,
  refunded_minor bigint NOT NULL DEFAULT 0,             -- of the total
  refunded_tax_minor bigint NOT NULL DEFAULT 0,         -- the tax in it
  tax_country text NOT NULL CONSTRAINT orders_tax_country CHECK (tax_country ~ '^[A-Z]{2}$'),   -- as declared; it decides
  tax_bps integer NOT NULL,
  tax_inclusive boolean NOT NULL,
  tax_is_default boolean NOT NULL,                      -- the country had no rate of its own
  address_country text CONSTRAINT orders_address_country CHECK (address_country ~ '^[A-Z]{2}$'),   -- null: unknown
  evidence_conflict boolean GENERATED ALWAYS AS (address_country <> tax_country) STORED,           -- null: unknown
  created_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz NOT NULL,                      -- unpaid at this time: canceled
  paid_at timestamptz,
  canceled_at timestamptz,
  CONSTRAINT orders_id_buyer_key UNIQUE (id, buyer_id),
  CONSTRAINT orders_total CHECK (total_minor = net_minor + tax_minor AND net_minor >= 0 AND tax_minor >= 0),
  CONSTRAINT orders_refunded CHECK (refunded_minor BETWEEN 0 AND total_minor AND refunded_tax_minor BETWEEN 0 AND tax_minor
    AND refunded_tax_minor <= refunded_minor),
  CONSTRAINT orders_state_of_refunds CHECK (CASE state
    WHEN 'partially_refunded' THEN refunded_minor > 0 AND refunded_minor < total_minor
    WHEN 'refunded' THEN refunded_minor > 0 AND refunded_minor = total_minor
    ELSE refunded_minor = 0 END),
  CONSTRAINT orders_paid_at CHECK ((paid_at IS NULL) = (state IN ('pending_payment', 'canceled'))),
  CONSTRAINT orders_canceled_at CHECK ((canceled_at IS NULL) = (state <> 'canceled'))
);
CREATE INDEX orders_by_buyer ON orders (buyer_id, id);
CREATE INDEX orders_of_seller_by_payment ON orders (seller_id, paid_at, id) WHERE paid_at IS NOT NULL;
CREATE INDEX orders_by_payment ON orders (paid_at) WHERE paid_at IS NOT NULL;
CREATE INDEX orders_unpaid ON orders (expires_at) WHERE state = 'pending_payment';

CREATE TABLE order_items (
  id uuid PRIMARY KEY DEFAULT uuidv7(),
  order_id uuid NOT NULL,
  line smallint NOT NULL CONSTRAINT order_items_line CHECK (line BETWEEN 1 AND 50),
  buyer_id uuid NOT NULL,
  product_id uuid NOT NULL REFERENCES products,
  promotion_id uuid,                                    -- the one that gave the discount
  title text NOT NULL,
  list_minor bigint NOT NULL CONSTRAINT order_items_list CHECK (list_minor >= 0),
  discount_percent integer NOT NULL DEFAULT 0,
  discount_minor bigint NOT NULL,
  net_minor bigint NOT NULL,
  tax_bps integer NOT NULL,
  tax_inclusive boolean NOT NULL,
  tax_minor bigint NOT NULL,
  total_minor bigint NOT NULL,
  refunded_minor bigint NOT NULL DEFAULT 0,
  refunded_tax_minor bigint NOT NULL DEFAULT 0,
  owned_from timestamptz,                               -- paid
  owned_until timestamptz,                              -- refunded in full
  CONSTRAINT order_items_order FOREIGN KEY (order_id, buyer_id) REFERENCES orders (id, buyer_id),
  CONSTRAINT order_items_line_key UNIQUE (order_id, line),
  CONSTRAINT order_items_product_key UNIQUE (order_id, product_id),
  CONSTRAINT order_items_promotion CHECK ((promotion_id IS NULL) = (discount_percent = 0)),
  -- The rules of `api/src/money/`.
  CONSTRAINT order_items_discount CHECK (discount_minor = (list_minor * discount_percent + 50) / 100),
  CONSTRAINT order_items_tax CHECK (total_minor = net_minor + tax_minor AND CASE WHEN tax_inclusive
    THEN total_minor = list_minor - discount_minor
      AND net_minor = (total_minor * 10000 + (10000 + tax_bps) / 2) / (10000 + tax_bps)
    ELSE net_minor = list_minor - discount_minor AND tax_minor = (net_minor * tax_bps + 5000) / 10000 END),
  CONSTRAINT order_items_refunded CHECK (refunded_minor BETWEEN 0 AND total_minor AND refunded_tax_minor BETWEEN 0 AND tax_minor
    AND refunded_tax_minor <= refunded_minor),
  CONSTRAINT order_items_owned CHECK (owned_until IS NULL OR owned_until >= owned_from)
);
CREATE UNIQUE INDEX order_items_owned_once ON order_items (buyer_id, product_id)
  WHERE owned_from IS NOT NULL AND owned_until IS NULL;
CREATE INDEX order_items_by_product ON order_items (product_id, owned_from);

-- An order is the sum of its lines, looked at when the transaction ends.
CREATE FUNCTION check_sum_of_lines() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  order_of uuid;
BEGIN
  IF TG_TABLE_NAME = 'orders' THEN order_of = NEW.id; ELSE order_of = NEW.order_id; END IF;
  PERFORM FROM orders o, LATERAL (
    SELECT sum(list_minor) AS list, sum(discount_minor) AS discount, sum(net_minor) AS net, sum(tax_minor) AS tax,
      sum(total_minor) AS total, sum(refunded_minor) AS refunded, sum(refunded_tax_minor) AS refunded_tax
    FROM order_items WHERE order_id = o.id) lines
  WHERE o.id = order_of
    AND (o.list_minor, o.discount_minor, o.net_minor, o.tax_minor, o.total_minor, o.refunded_minor, o.refunded_tax_minor)
      = (lines.list, lines.discount, lines.net, lines.tax, lines.total, lines.refunded, lines.refunded_tax);
  IF NOT FOUND THEN
    RAISE EXCEPTION 'order % is not the sum of its lines', order_of
      USING ERRCODE = 'check_violation', CONSTRAINT = 'orders_sum_of_lines';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER orders_sum_of_lines AFTER INSERT OR UPDATE OF list_minor, discount_minor, net_minor, tax_minor, total_minor,
  refunded_minor, refunded_tax_minor ON orders DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION check_sum_of_lines();
CREATE CONSTRAINT TRIGGER order_items_sum AFTER UPDATE OF list_minor, discount_minor, net_minor, tax_minor, total_minor,
  refunded_minor, refunded_tax_minor ON order_items DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION check_sum_of_lines();

-- A request to order is carried out once a key: the row is written in the order's transaction, with what was answered.
CREATE TABLE idempotency_keys (
  user_id uuid NOT NULL CONSTRAINT idempotency_keys_user_id_fkey REFERENCES users ON DELETE CASCADE,
  key text NOT NULL CONSTRAINT idempotency_keys_length CHECK (length(key) BETWEEN 1 AND 255),
  body_sha256 bytea NOT NULL,
  order_id uuid REFERENCES orders,
  answer text,                                          -- the JSON, byte by byte
  created_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (user_id, key)
);
CREATE INDEX idempotency_keys_old ON idempotency_keys (created_at);
