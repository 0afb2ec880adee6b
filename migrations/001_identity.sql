-- Accounts, and the tokens that keep them signed in.
CREATE TABLE users (
  id uuid PRIMARY KEY DEFAULT uuidv7(),
  email text NOT NULL CONSTRAINT users_email_key UNIQUE CONSTRAINT users_email_folded CHECK (email = lower(email) AND length(email) <= 254),
  password_hash text NOT NULL,
  name text NOT NULL CONSTRAINT users_name_length CHECK (length(name) BETWEEN 1 AND 100),
  role text NOT NULL DEFAULT 'user' CONSTRAINT users_role CHECK (role IN ('user', 'creator', 'admin')),
  zone text NOT NULL DEFAULT 'UTC',
  language text NOT NULL DEFAULT 'en' CONSTRAINT users_language CHECK (language IN ('en', 'fr')),
  created_at timestamptz NOT NULL DEFAULT now(),
  last_active_at timestamptz
);

-- One row a sign-in. It ends by logging out, or when a refresh token of it comes back that was used before.
CREATE TABLE sessions (
  id uuid PRIMARY KEY DEFAULT uuidv7(),
  user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
  created_at timestamptz NOT NULL DEFAULT now(),
  ended_at timestamptz
);
CREATE INDEX sessions_by_user ON sessions (user_id);

-- Every refresh token given out, hashed; all of a session are its family. Each is good for one use.
CREATE TABLE refresh_tokens (
  token_hash bytea PRIMARY KEY,
  session_id uuid NOT NULL REFERENCES sessions ON DELETE CASCADE,
  created_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz NOT NULL,
  used_at timestamptz
);
CREATE INDEX refresh_tokens_by_session ON refresh_tokens (session_id);

-- Failed sign-ins, counted per account and address; forgotten after 15 minutes, and when one succeeds.
CREATE TABLE login_failures (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  email text NOT NULL,
  address inet NOT NULL,                                -- of IPv6, the /64
  at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX login_failures_recent ON login_failures (email, address, at);
