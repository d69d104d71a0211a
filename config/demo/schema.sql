-- The table of the demo, at the source and at the destination.
CREATE TABLE customers (
  id         INTEGER PRIMARY KEY,
  name       TEXT NOT NULL,
  email      TEXT,
  balance    DECIMAL(12,2),
  score      DOUBLE,
  active     BOOLEAN NOT NULL,
  created_at TIMESTAMP NOT NULL,
  notes      TEXT
);
