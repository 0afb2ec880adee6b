-- What is sold: files under one title and one price. `draft → published → archived` (not sold any more, still downloaded).
CREATE TABLE products (
  id uuid PRIMARY KEY DEFAULT uuidv7(),
  seller_id bigint NOT NULL REFERENCES creators,
  kind text NOT NULL CONSTRAINT products_kind CHECK (kind IN ('album', 'ep', 'single', 'samples', 'stems', 'other')),
  title text NOT NULL CONSTRAINT products_title_length CHECK (length(title) BETWEEN 1 AND 200),
  description text NOT NULL DEFAULT '' CONSTRAINT products_description_length CHECK (length(description) <= 5000),
  price_minor bigint NOT NULL CONSTRAINT products_price CHECK (price_minor BETWEEN 0 AND 100000000),   -- the list price
  currency text NOT NULL,
  track_id uuid REFERENCES tracks,                      -- what is heard on its page; revenue by track goes by it
  cover_key text,                                       -- the object in the store; null: no cover yet
  state text NOT NULL DEFAULT 'draft' CONSTRAINT products_state CHECK (state IN ('draft', 'published', 'archived')),
  published_at timestamptz,
  archived_at timestamptz,
  ratings integer NOT NULL DEFAULT 0 CONSTRAINT products_ratings CHECK (ratings >= 0),            -- how many
  rating_sum integer NOT NULL DEFAULT 0 CONSTRAINT products_rating_sum CHECK (rating_sum BETWEEN ratings AND 5 * ratings),
  search tsvector NOT NULL DEFAULT '',                  -- kept by a trigger: title, seller's name, kind, description
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT products_sellers_currency FOREIGN KEY (seller_id, currency) REFERENCES creators (id, currency),
  CONSTRAINT products_published_at CHECK ((published_at IS NULL) = (state = 'draft')),
  CONSTRAINT products_archived_at CHECK ((archived_at IS NULL) = (state <> 'archived'))
);
CREATE INDEX products_by_seller ON products (seller_id, id);
CREATE INDEX products_by_track ON products (track_id) WHERE track_id IS NOT NULL;
CREATE INDEX products_newest ON products (published_at DESC, id DESC) WHERE state = 'published';
CREATE INDEX products_search ON products USING gin (search);

CREATE FUNCTION index_product() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.search = setweight(to_tsvector('simple', folded(NEW.title)), 'A')
    || setweight(to_tsvector('simple', folded((SELECT name FROM creators WHERE id = NEW.seller_id))), 'B')
    || setweight(to_tsvector('simple', NEW.kind || ' ' || folded(NEW.description)), 'C');
  RETURN NEW;
END $$;
CREATE TRIGGER products_index BEFORE INSERT OR UPDATE OF title, description, kind, seller_id ON products
  FOR EACH ROW EXECUTE FUNCTION index_product();

CREATE FUNCTION index_products_of_seller() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE products SET title = title WHERE seller_id = NEW.id;
  RETURN NULL;
END $$;
CREATE TRIGGER creators_index_products AFTER UPDATE OF name ON creators
  FOR EACH ROW WHEN (OLD.name IS DISTINCT FROM NEW.name) EXECUTE FUNCTION index_products_of_seller();

-- Every list price that a product ever had, without gap or overlap; the last one is open.
CREATE TABLE product_prices (
  product_id uuid NOT NULL REFERENCES products ON DELETE CASCADE,
  price_minor bigint NOT NULL,
  since timestamptz NOT NULL,
  until timestamptz CONSTRAINT product_prices_in_order CHECK (until > since),
  PRIMARY KEY (product_id, since),
  CONSTRAINT product_prices_one_at_a_time EXCLUDE USING gist (product_id WITH =, tstzrange(since, until) WITH &&)
);

-- The clock and not the transaction's begin: changes are in the order in which they got hold of the product's row. A clock
-- that was set back does not change that.
CREATE FUNCTION remember_price() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  at timestamptz = greatest(clock_timestamp(),
    (SELECT max(since) + interval '1 microsecond' FROM product_prices WHERE product_id = NEW.id));
BEGIN
  UPDATE product_prices SET until = at WHERE product_id = NEW.id AND until IS NULL;
  INSERT INTO product_prices (product_id, price_minor, since) VALUES (NEW.id, NEW.price_minor, at);
  RETURN NULL;
END $$;
CREATE TRIGGER products_first_price AFTER INSERT ON products FOR EACH ROW EXECUTE FUNCTION remember_price();
CREATE TRIGGER products_next_price AFTER UPDATE OF price_minor ON products
  FOR EACH ROW WHEN (OLD.price_minor <> NEW.price_minor) EXECUTE FUNCTION remember_price();

-- What is downloaded. A file that is complete never changes, and stays as long as an order may want it.
CREATE TABLE product_files (
  id uuid PRIMARY KEY,
  product_id uuid NOT NULL REFERENCES products,
  name text NOT NULL CONSTRAINT product_files_name_length CHECK (length(name) BETWEEN 1 AND 200),
  content_type text NOT NULL,
  size bigint NOT NULL CONSTRAINT product_files_size CHECK (size BETWEEN 1 AND 2147483648),
  object_key text CONSTRAINT product_files_object_key UNIQUE,                 -- of what is in the store; no signed upload leads there
  sha256 bytea CONSTRAINT product_files_sha256 CHECK (length(sha256) = 32),   -- of the same
  created_at timestamptz NOT NULL DEFAULT now(),
  completed_at timestamptz,                             -- null: its upload is not complete
  CONSTRAINT product_files_complete CHECK (num_nulls(object_key, sha256, completed_at) IN (0, 3))
);
CREATE INDEX product_files_by_product ON product_files (product_id, created_at);
