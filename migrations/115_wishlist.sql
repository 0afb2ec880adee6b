-- What somebody would like to have, and what it cost when they put it there.
CREATE TABLE wishlist (
  user_id uuid NOT NULL CONSTRAINT wishlist_user_id_fkey REFERENCES users ON DELETE CASCADE,
  product_id uuid NOT NULL CONSTRAINT wishlist_product_id_fkey REFERENCES products,
  price_minor bigint NOT NULL,                          -- payable then, under a promotion that ran
  added_at timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (user_id, product_id)
);
CREATE INDEX wishlist_by_product ON wishlist (product_id, added_at);
