-- Tax by the buyer's country. The JSON is what is configured; the rows are written from it when the API starts.
CREATE TABLE marketplace_settings (
  name text PRIMARY KEY,
  value jsonb NOT NULL
);
INSERT INTO marketplace_settings VALUES ('TAX_RATES', '{"FR": 20, "US": 0, "UK": 20}');

CREATE TABLE tax_rates (
  country text NOT NULL CONSTRAINT tax_rates_country CHECK (country ~ '^[A-Z]{2}$' AND country <> 'UK'),   -- ISO 3166
  bps integer NOT NULL CONSTRAINT tax_rates_bps CHECK (bps BETWEEN 0 AND 10000),
  inclusive boolean NOT NULL DEFAULT false,             -- prices contain the tax
  valid tstzrange NOT NULL DEFAULT '(,)' CONSTRAINT tax_rates_valid CHECK (NOT isempty(valid)),
  CONSTRAINT tax_rates_one_at_a_time EXCLUDE USING gist (country WITH =, valid WITH &&)
);
