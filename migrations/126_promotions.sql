-- A discount on one product for the time [starts_at, ends_at), by the database's clock. One that is canceled while it runs ends
-- then; one that is canceled before has an empty time. So a price of the past can be told from these rows and `product_prices`.
CREATE TABLE promotions (
  id uuid PRIMARY KEY DEFAULT uuidv7(),
  product_id uuid NOT NULL REFERENCES products,
  seller_id bigint NOT NULL REFERENCES creators,
  discount_percent integer NOT NULL CONSTRAINT promotions_percent CHECK (discount_percent BETWEEN 1 AND 90),
  starts_at timestamptz NOT NULL,
  ends_at timestamptz NOT NULL,
  is_active boolean NOT NULL DEFAULT true,              -- false: canceled
  created_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT promotions_in_order CHECK (starts_at < ends_at OR starts_at = ends_at AND NOT is_active),
  CONSTRAINT promotions_no_overlap EXCLUDE USING gist (product_id WITH =, tstzrange(starts_at, ends_at) WITH &&) WHERE (is_active)
);
CREATE INDEX promotions_by_product ON promotions (product_id, starts_at);
CREATE INDEX promotions_by_seller ON promotions (seller_id, starts_at);
CREATE INDEX promotions_by_end ON promotions (ends_at, id) WHERE is_active;

ALTER TABLE order_items ADD CONSTRAINT order_items_promotion_id_fkey FOREIGN KEY (promotion_id) REFERENCES promotions;
