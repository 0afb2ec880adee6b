-- Listening histories that people have uploaded: how far each is, and what became of it. The file itself is kept nowhere.
CREATE TABLE listening_imports (
  id uuid PRIMARY KEY DEFAULT uuidv7(),
  user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
  file_name text NOT NULL CONSTRAINT listening_imports_file_name_length CHECK (length(file_name) BETWEEN 1 AND 255),
  state text NOT NULL DEFAULT 'receiving' CONSTRAINT listening_imports_state
    CHECK (state IN ('receiving', 'reading', 'sending', 'counting', 'done', 'failed', 'interrupted')),
  hearings bigint,                                      -- in the file; null: not read yet
  sent bigint NOT NULL DEFAULT 0,                       -- of them
  summary jsonb,                                        -- of one that is done
  broken jsonb NOT NULL DEFAULT '[]',                   -- files that could not be read: [{"file", "line", "reason"}]
  failure text CONSTRAINT listening_imports_failure
    CHECK (failure IN ('no_history', 'damaged', 'too_large', 'unavailable', 'internal')),
  begun_at timestamptz NOT NULL DEFAULT now(),
  seen_at timestamptz NOT NULL DEFAULT now(),           -- the last sign of life of the process that brings it in
  ended_at timestamptz,
  CONSTRAINT listening_imports_ended CHECK ((ended_at IS NOT NULL) = (state IN ('done', 'failed', 'interrupted'))),
  CONSTRAINT listening_imports_summary CHECK ((summary IS NOT NULL) = (state = 'done')),
  CONSTRAINT listening_imports_failed CHECK ((failure IS NOT NULL) = (state = 'failed'))
);
CREATE UNIQUE INDEX listening_imports_one_at_a_time ON listening_imports (user_id) WHERE ended_at IS NULL;
CREATE INDEX listening_imports_by_user ON listening_imports (user_id, id);

-- The state as it is now: one whose process gives no sign of life was cut off by its end.
CREATE FUNCTION listening_import_state(state text, ended_at timestamptz, seen_at timestamptz) RETURNS text LANGUAGE sql STABLE
  RETURN CASE WHEN ended_at IS NULL AND seen_at < now() - interval '30 seconds' THEN 'interrupted' ELSE state END;
