-- Who was active when, by the days of the reporting zone.

-- IANA zone whose local dates count users and retention. Fixed by the first activity.
CREATE TABLE reporting_zone (
  one boolean PRIMARY KEY DEFAULT true CONSTRAINT reporting_zone_one CHECK (one),
  name text NOT NULL
);

-- One row a user and day with an authenticated request.
CREATE TABLE activity_days (
  user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
  day date NOT NULL,
  previous_day date CONSTRAINT activity_days_in_order CHECK (previous_day < day),   -- the user's active day before; null: none
  PRIMARY KEY (user_id, day)
);
-- The distinct users of a time are its rows whose previous day lies before it: counted from this index alone.
CREATE INDEX activity_days_by_day ON activity_days (day, previous_day);
CREATE INDEX users_by_sign_up ON users (created_at);

-- What was counted of a day after its end. Stays as it is when accounts are deleted later.
CREATE TABLE closed_days (
  day date PRIMARY KEY,
  signups integer NOT NULL,
  dau integer NOT NULL,                                 -- active on it
  wau integer NOT NULL,                                 -- in the 7 days that end with it
  mau integer NOT NULL,                                 -- in the 30 days that end with it
  active_6 integer NOT NULL,                            -- in the 6 and 29 days that end with it, from which the running day goes on
  active_29 integer NOT NULL,
  returned_1 integer NOT NULL,                          -- active on it, of those who signed up 1, 7, 30 days before
  returned_7 integer NOT NULL,
  returned_30 integer NOT NULL,
  closed_at timestamptz NOT NULL DEFAULT now()
);
