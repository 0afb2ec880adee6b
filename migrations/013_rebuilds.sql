-- Rebuilds of the warehouse: rows judged again, month by month. One that has not finished is resumed by the next run.
CREATE TABLE rebuilds (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  only_unknown_track boolean NOT NULL,
  rule smallint NOT NULL,                               -- the rule by which it judges
  started_at timestamptz NOT NULL DEFAULT now(),
  finished_at timestamptz
);
CREATE UNIQUE INDEX rebuilds_one_unfinished ON rebuilds ((true)) WHERE finished_at IS NULL;

-- Its months: a row from before a month's new rows take the place of the old ones, or when nothing of it changes.
CREATE TABLE rebuilt_months (
  rebuild_id bigint NOT NULL REFERENCES rebuilds ON DELETE CASCADE,
  month integer NOT NULL,                               -- as 202611
  rows_changed bigint NOT NULL,                         -- 0: the month was left as it is
  done_at timestamptz,                                  -- null: it may stand or not, and is judged again
  PRIMARY KEY (rebuild_id, month)
);
