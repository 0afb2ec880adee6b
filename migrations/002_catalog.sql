-- Creators, their tracks, and who follows them.
CREATE TABLE creators (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,   -- the warehouse's creator_id; 0 is never one
  user_id uuid CONSTRAINT creators_user_key UNIQUE REFERENCES users,   -- null: a creator without login
  library boolean NOT NULL DEFAULT false,               -- the installation's library: tracks of uploaded histories
  name text NOT NULL CONSTRAINT creators_name_length CHECK (length(name) BETWEEN 1 AND 100),
  created_at timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX creators_one_library ON creators (library) WHERE library;

CREATE TABLE tracks (
  id uuid PRIMARY KEY DEFAULT uuidv7(),
  creator_id bigint NOT NULL REFERENCES creators,
  title text NOT NULL CONSTRAINT tracks_title_length CHECK (length(title) BETWEEN 1 AND 300),
  artist text NOT NULL CONSTRAINT tracks_artist_length CHECK (length(artist) BETWEEN 1 AND 300),
  duration_ms integer NOT NULL CONSTRAINT tracks_duration CHECK (duration_ms BETWEEN 1 AND 86400000),
  duration_estimated boolean NOT NULL DEFAULT false,    -- from an import that knew only what was heard
  released_at timestamptz,
  import_key text,                                      -- artist and title, folded; only tracks that were imported
  audio_key text,                                       -- the object in the store; null: no audio yet
  audio_type text,
  audio_size bigint,
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  CONSTRAINT tracks_import_key UNIQUE (creator_id, import_key)
);
CREATE INDEX tracks_by_creator ON tracks (creator_id, id);

-- Every creator that a track has ever had: a play is looked for under all of them.
CREATE TABLE track_creators (
  track_id uuid NOT NULL REFERENCES tracks ON DELETE CASCADE,
  creator_id bigint NOT NULL REFERENCES creators,
  since timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (track_id, creator_id)
);

CREATE FUNCTION remember_track_creator() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO track_creators (track_id, creator_id) VALUES (NEW.id, NEW.creator_id) ON CONFLICT DO NOTHING;
  RETURN NULL;
END $$;
CREATE TRIGGER tracks_remember_creator AFTER INSERT OR UPDATE OF creator_id ON tracks
  FOR EACH ROW EXECUTE FUNCTION remember_track_creator();

-- The aggregators forget what they knew of a track as soon as it changes: LISTEN catalog; the payload is the track's id.
CREATE FUNCTION announce_track() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_notify('catalog', NEW.id::text);
  RETURN NULL;
END $$;
CREATE TRIGGER tracks_announce AFTER INSERT OR UPDATE OF creator_id, duration_ms ON tracks
  FOR EACH ROW EXECUTE FUNCTION announce_track();

CREATE TABLE follows (
  creator_id bigint NOT NULL REFERENCES creators,
  user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
  followed_at timestamptz NOT NULL DEFAULT now(),
  unfollowed_at timestamptz CONSTRAINT follows_in_order CHECK (unfollowed_at >= followed_at)
);
CREATE UNIQUE INDEX follows_current ON follows (creator_id, user_id) WHERE unfollowed_at IS NULL;
CREATE INDEX follows_by_user ON follows (user_id) WHERE unfollowed_at IS NULL;
