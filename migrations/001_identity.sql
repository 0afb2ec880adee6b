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

-- One row a refresh token ever given out, hashed. A family is one sign-in; it ends when a used token comes back.
CREATE TABLE refresh_tokens (
  token_hash bytea PRIMARY KEY,
  family uuid NOT NULL,
  user_id uuid NOT NULL REFERENCES users ON DELETE CASCADE,
  created_at timestamptz NOT NULL DEFAULT now(),
  expires_at timestamptz NOT NULL,
  used_at timestamptz,
  revoked_at timestamptz
);
CREATE INDEX refresh_tokens_family ON refresh_tokens (family);
CREATE INDEX refresh_tokens_user ON refresh_tokens (user_id);

-- Failed sign-ins, counted per account and address.
CREATE TABLE login_failures (
  email text NOT NULL,
  address inet NOT NULL,
  at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX login_failures_recent ON login_failures (email, address, at);
