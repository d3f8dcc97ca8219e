CREATE TABLE drafts (id uuid PRIMARY KEY);
