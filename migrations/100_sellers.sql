-- Creators sell. All products of a seller have the seller's currency.
CREATE EXTENSION IF NOT EXISTS btree_gist;             -- for exclusion constraints

ALTER TABLE creators ADD COLUMN currency text NOT NULL DEFAULT 'EUR' CONSTRAINT creators_currency CHECK (currency ~ '^[A-Z]{3}$');
ALTER TABLE creators ADD CONSTRAINT creators_currency_key UNIQUE (id, currency);

-- What is left of a list price under a discount: the rule of `api/src/money/discount.rs`, for queries that compare prices.
CREATE FUNCTION discounted(list_minor bigint, percent integer) RETURNS bigint LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  RETURN list_minor - (list_minor * percent + 50) / 100;

-- Text as it is searched: without case and accents.
CREATE FUNCTION folded(text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
  RETURN regexp_replace(lower(normalize($1, NFKD)), '[\u0300-\u036f]', '', 'g');
