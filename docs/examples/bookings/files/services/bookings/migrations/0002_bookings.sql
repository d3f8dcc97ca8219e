CREATE TABLE bookings (
  id         uuid PRIMARY KEY,
  owner_id   uuid NOT NULL,
  room       text NOT NULL,
  day        date NOT NULL,
  hours      int4range NOT NULL, -- the range [9, 12) means 9:00 to 12:00
  created_at timestamptz(3) NOT NULL
);
CREATE INDEX bookings_by_owner ON bookings (owner_id, id);
CREATE INDEX bookings_by_day ON bookings (room, day);
