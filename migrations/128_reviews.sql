-- What buyers think of what they bought: one each, of a purchase that is theirs, with at most one reply of the seller.
CREATE TABLE product_reviews (
  id uuid PRIMARY KEY DEFAULT uuidv7(),
  product_id uuid NOT NULL CONSTRAINT product_reviews_product_id_fkey REFERENCES products,
  buyer_id uuid NOT NULL REFERENCES users,
  item_id uuid NOT NULL REFERENCES order_items,         -- the purchase
  rating smallint NOT NULL CONSTRAINT product_reviews_rating CHECK (rating BETWEEN 1 AND 5),
  text text NOT NULL DEFAULT '' CONSTRAINT product_reviews_text_length CHECK (length(text) <= 5000),
  reply text CONSTRAINT product_reviews_reply_length CHECK (length(reply) BETWEEN 1 AND 5000),
  replied_at timestamptz,
  created_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT product_reviews_one_each UNIQUE (product_id, buyer_id),
  CONSTRAINT product_reviews_replied CHECK ((reply IS NULL) = (replied_at IS NULL))
);
CREATE INDEX product_reviews_by_product ON product_reviews (product_id, id);
CREATE INDEX product_reviews_by_buyer ON product_reviews (buyer_id, id);

-- A product carries how many ratings it has, and their sum.
CREATE FUNCTION count_rating() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE products SET ratings = ratings + 1, rating_sum = rating_sum + NEW.rating WHERE id = NEW.product_id;
  RETURN NULL;
END $$;
CREATE TRIGGER product_reviews_count AFTER INSERT ON product_reviews FOR EACH ROW EXECUTE FUNCTION count_rating();
