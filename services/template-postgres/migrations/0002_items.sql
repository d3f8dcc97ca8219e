CREATE TABLE items (
  id         uuid PRIMARY KEY,
  owner_id   uuid NOT NULL,
  name       text NOT NULL,
  created_at timestamptz(3) NOT NULL,
  UNIQUE (owner_id, name)
);
CREATE INDEX items_by_owner ON items (owner_id, id);
