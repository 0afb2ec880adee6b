-- Addresses that redirect to a fresh signed one, so that a broken download goes on: a day, for one buyer, item and file.
CREATE TABLE download_grants (
  token_sha256 bytea PRIMARY KEY,
  buyer_id uuid NOT NULL REFERENCES users,
  item_id uuid NOT NULL REFERENCES order_items,
  file_id uuid NOT NULL REFERENCES product_files,
  created_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz NOT NULL
);
CREATE INDEX download_grants_old ON download_grants (expires_at);

-- Every signed address that was given out. Only added to.
CREATE TABLE downloads (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  buyer_id uuid NOT NULL REFERENCES users,
  item_id uuid NOT NULL REFERENCES order_items,
  file_id uuid NOT NULL REFERENCES product_files,
  by_grant boolean NOT NULL,                            -- through the address that redirects
  at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX downloads_by_item ON downloads (item_id, at);
